/*
 * value.h: what a parsed document is made of: nodes in an arena, text borrowed from the input;
 * private to this layer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_VALUE_H
#define JSON_VALUE_H

#include "json/json.h"
#include "json/scan.h"

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_WHOLE,
    JSON_FRACTION, /* kept as it was written */
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json_member;
struct json_value {
    enum json_type type;
    uint32_t n; /* bytes, items or members */
    union {
        int64_t i;
        const char *text;
        const struct json_value *items;
        struct json_member *members; /* behind them their order by key, once it was asked for */
    };
};
struct json_member { struct str key; struct json_value value; };

static inline bool
json_is(const struct json_value *v, enum json_type t)
{
    return v != NULL && v->type == t;
}

/* Places of an object's members in the order of their keys; all 0 until the first ordered walk. */
static inline uint32_t *
value_order(const struct json_value *object)
{
    return (uint32_t *)(void *)(object->members + object->n);
}

/* The value that the scanner stands before; nodes in the scanner's arena. */
bool value_build(struct scan *s, struct json_value *ret);

#endif
