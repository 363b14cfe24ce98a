/*
 * number.c: see number.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/number.h"

enum { NUMBER_TEXT_MAX = 64 };

bool
number_decimal(const struct json_value *v, struct decimal *ret)
{
    CLEANUP_VALUE(buf_fini) struct buf text;

    if (json_is_null(v) || json_is_object(v) || json_is_array(v) || json_is_string(v))
        return false;
    buf_init(&text, NUMBER_TEXT_MAX);
    json_dump(v, &text);
    return decimal_of_number(buf_str(&text), ret);
}

int64_t
number_floor(const struct json_value *v, int64_t otherwise)
{
    struct decimal d;

    if (!number_decimal(v, &d))
        return otherwise;
    const int64_t whole = d.micro / DECIMAL_ONE;
    return d.micro % DECIMAL_ONE < 0 ? whole - 1 : whole;
}
