/*
 * demo.h: a shape with one field of every kind, for the corpus, the unit tests and the fuzzer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_JSON_DEMO_H
#define TESTS_JSON_DEMO_H

#include "json/shape.h"

struct demo_line {
    struct line_id id;
    int64_t quantity;
    struct str sku;
};
struct demo_money { struct decimal amount; struct str currency; };
struct demo {
    struct order_id id;
    struct str name;
    bool test, has_at;
    struct time_us at;
    struct str rate;
    struct demo_money total;
    struct jarray lines, tags;
    const struct json_value *extra;
};

static const struct jfield demo_line_fields[] = {
    JSON_ID(struct demo_line, id.v, "id", 0),
    JSON_I64(struct demo_line, quantity, "quantity", 0),
    JSON_STR(struct demo_line, sku, "sku", J_NULL_OK),
};
static const struct shape demo_line_shape = SHAPE(struct demo_line, SHAPE_OPEN, demo_line_fields);

static const struct jfield demo_money_fields[] = {
    JSON_DECIMAL(struct demo_money, amount, "amount", 0),
    JSON_STR(struct demo_money, currency, "currency", 0),
};
static const struct shape demo_money_shape = SHAPE(struct demo_money, SHAPE_CLOSED,
                                                   demo_money_fields);

static const struct jfield demo_fields[] = {
    JSON_ID(struct demo, id.v, "id", 0),
    JSON_STR(struct demo, name, "name", 0),
    JSON_BOOL(struct demo, test, "test", J_OPTIONAL),
    JSON_TIME(struct demo, at, "at", J_ANY),
    JSON_HAS(struct demo, has_at, "at"),
    JSON_NUMBER(struct demo, rate, "rate", J_ANY),
    JSON_OBJ(struct demo, total, "total", J_OPTIONAL, &demo_money_shape),
    JSON_ARR(struct demo, lines, "lines", 0, &demo_line_shape),
    JSON_ARR(struct demo, tags, "tags", J_OPTIONAL, &shape_str_element),
    JSON_RAW(struct demo, extra, "extra", J_OPTIONAL),
};
static const struct shape demo_shape = SHAPE(struct demo, SHAPE_CLOSED, demo_fields);

#endif
