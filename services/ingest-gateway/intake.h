/*
 * intake.h: what one request brought: the messages it becomes, and an error for each row that is
 * none.
 *
 * A bad row never hides a good one: every row is judged by itself, and the sender is told which of
 * his rows to mend, by their place in what he sent.  Only a body whose rows cannot be told apart (a
 * stray quote in a CSV) is refused whole.  Pure; everything lives in the request's arena.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INGEST_GATEWAY_INTAKE_H
#define INGEST_GATEWAY_INTAKE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"

enum { INTAKE_ROWS_MAX = 10000, INTAKE_ERRORS_MAX = 1000, INTAKE_ANSWER_MAX = 1 << 20 };

/* One record on its way to Kafka. */
struct message {
    struct str key, value;
    struct str source;  /* who says so */
    struct str version; /* "source/event id": makes the event's id */
    struct time_us time;
};
struct row_error {
    size_t index;           /* place of the row, from 0 */
    struct str field, text; /* field empty: the row as a whole */
};
struct intake {
    struct arena *mem;
    struct message *messages;
    struct row_error *errors; /* the first INTAKE_ERRORS_MAX */
    size_t n_messages, n_errors, n_refused;
    size_t max; /* rows there is room for */
};
/* What a row may leave out. */
struct defaults {
    struct str source;          /* p NULL: every row must say it */
    struct str idempotency_key; /* p NULL: every row needs an event_id */
    struct time_us now;
};

struct intake intake_new(struct arena *mem, size_t rows);
void intake_accept(struct intake *in, const struct message *m);
/* why->text is "field: what is wrong"; a shape's path ("movement.quantity: ..") loses its
 * first part. */
void intake_refuse(struct intake *in, size_t index, const struct err *why);
/* The event id of a row that has none: "<idempotency key>/<index>". REJECT when there is no key. */
MUST_CHECK enum err_class intake_event_id(const struct defaults *d, size_t index, struct arena *mem,
                                          struct str *ret, struct err *e);
/* {"accepted":2,"errors":[{"error":"..","field":"quantity","index":1}]}; refused: how many errors
 * in all. */
void intake_answer(const struct intake *in, size_t accepted, struct buf *ret);

#endif
