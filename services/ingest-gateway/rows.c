/*
 * rows.c: find the rows of a JSON body; see rows.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

enum err_class
rows_of(const struct json_value *body, size_t max, struct rows *ret, struct err *e)
{
    const struct json_value *records = json_get(body, "records");
    struct rows r = { .array = json_is_array(body) ? body : records, .n = 1 };

    if (records != NULL && !json_is_array(records))
        return err_set(e, ERR_REJECT, "", "records: must be an array");
    if (r.array == NULL && !json_is_object(body))
        return err_set(e, ERR_REJECT, "",
                       "the body must be a record, an array of records, or {\"records\": [..]}");
    if (r.array != NULL)
        r.n = json_size(r.array);
    else
        r.single = body;
    if (r.n == 0)
        return err_set(e, ERR_REJECT, "", "the body holds no record");
    if (r.n > max)
        return err_set(e, ERR_REJECT, "", "%zu records: at most %zu are taken at a time", r.n, max);
    *ret = r;
    return ERR_NONE;
}

const struct json_value *
rows_at(const struct rows *r, size_t i)
{
    return r->array != NULL ? json_at(r->array, i) : r->single;
}
