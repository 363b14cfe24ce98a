/*
 * denied.c: see denied.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/denied.h"

static bool
is_denial(const struct json_value *error)
{
    return str_is(json_str(json_path(error, "extensions.code")), "ACCESS_DENIED");
}

/* What lies at the element of a path: a member's name or a place in a list. */
static const struct json_value *
step(const struct json_value *v, const struct json_value *element)
{
    const struct str name = json_str(element);
    char key[128];
    int64_t at;

    if (json_i64(element, &at))
        return at >= 0 ? json_at(v, (size_t)at) : NULL;
    if (name.n == 0 || name.n >= sizeof(key))
        return NULL;
    memcpy(key, name.p, name.n);
    key[name.n] = '\0';
    return json_get(v, key);
}

/* The path leads into an object that came: {"nodes": [{..}]} or {"node": {..}}. */
static bool
is_inside(const struct json_value *path, const struct json_value *data)
{
    const struct json_value *v = step(data, json_at(path, 0));
    size_t below = 1;

    if (json_is_array(v))
        v = step(v, json_at(path, below++));
    return json_is_object(v) && below < json_size(path);
}

bool
denied_fields_only(const struct json_value *errors, const struct json_value *data)
{
    bool only = json_size(errors) > 0;

    for (size_t i = 0; only && i < json_size(errors); i++)
        only = is_denial(json_at(errors, i)) &&
               is_inside(json_get(json_at(errors, i), "path"), data);
    return only;
}

struct str
denied_field(const struct json_value *errors)
{
    const struct json_value *path = json_get(json_at(errors, 0), "path");
    const size_t n = json_size(path);

    if (!is_denial(json_at(errors, 0)) || n == 0)
        return (struct str){ 0 };
    return json_str(json_at(path, n - 1));
}
