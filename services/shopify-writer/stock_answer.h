/*
 * stock_answer.h: what the answer to inventorySetQuantities means, row by row.  Pure.
 *
 * One bad row fails the whole call, and only its place in the request names it, so the request's
 * own body is read beside the answer.  `errors` beside data say nothing about whether it was done:
 * the payload does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_STOCK_ANSWER_H
#define SHOPIFY_WRITER_STOCK_ANSWER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"
#include "json/json.h"

enum stock_meaning {
    STOCK_DONE,      /* every row; a row that already had its quantity too */
    STOCK_NOT_DONE,  /* nothing was; stale and refused rows are named, others stood by */
    STOCK_IN_WORK,   /* the same key is being executed just now: ask again */
    STOCK_NEW_KEY,   /* the key is spent on a failure: nothing was done, go on under a new one */
    STOCK_WRONG_KEY, /* the key stands for another body: never send it again */
    STOCK_UNKNOWN,   /* no payload: it may have been done or not */
};
struct stock_verdict {
    enum stock_meaning meaning;
    int64_t *stale, *refused; /* inventory items */
    struct str *reasons;      /* of the refused ones */
    size_t n_stale, n_refused, n_rows;
    struct str message;       /* the first user error's; p NULL: none */
};

/* REJECT when body is not one of our requests. Everything returned lives in mem. */
MUST_CHECK enum err_class stock_answer_read(const struct json_value *data, struct str body,
                                            struct arena *mem, struct stock_verdict *ret,
                                            struct err *e);

#endif
