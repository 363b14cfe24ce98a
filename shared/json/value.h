/*
 * value.h: a struct json_value is a json_t under another name; private to this layer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_VALUE_H
#define JSON_VALUE_H

#include "json/json.h"

#include <jansson.h>

/* Macros of the library that would hide our functions of the same names. */
#undef json_is_null
#undef json_is_object
#undef json_is_array
#undef json_is_string

/* jansson counts references in the value itself, so it wants mutable even what it only reads. */
static inline json_t *
json_inner(const struct json_value *v)
{
    return (json_t *)(uintptr_t)v;
}

static inline const struct json_value *
json_outer(const json_t *v)
{
    return (const struct json_value *)(const void *)v;
}

static inline bool
json_is(const struct json_value *v, json_type t)
{
    return v != NULL && json_typeof(json_inner(v)) == t;
}

#endif
