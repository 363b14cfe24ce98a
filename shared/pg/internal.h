/*
 * internal.h: the connection as the files of this layer see it.
 *
 * connect.c opens and prepares, pipeline.c sends and collects, rows.c reads.  A statement is queued
 * in `pending` until its results were collected; every round trip ends with a synchronization
 * point, so the pipeline is empty after a pg_exec, pg_flush or pg_commit that succeeded, and after
 * every pg_rollback.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PG_INTERNAL_H
#define PG_INTERNAL_H

#include <libpq-fe.h>

#include "base/buf.h"
#include "pg/pg.h"

enum {
    PG_PIPELINE_MAX = 1024,      /* statements in flight; the next one waits for them */
    PG_WIRE_MAX = 64 << 20,      /* bytes of one statement's arguments */
    PG_WIRE_KEEP = 4 << 20,      /* a larger buffer is given back at once */
    PG_NAME_SIZE = 96,
    PG_STATEMENT_TIMEOUT_MS = 8000, /* below the group's 10 s, like the two that follow */
    PG_LOCK_TIMEOUT_MS = 4000,
    PG_IDLE_TIMEOUT_MS = 5000,
    PG_ANSWER_GRACE_MS = 5000,   /* beyond the statement time-out: the server is taken for dead */
};

struct prepared {
    const struct pg_stmt *stmt;
    char name[PG_NAME_SIZE]; /* in the server: lists may share a statement's name */
    Oid params[PG_PARAMS_MAX];
    bool binary; /* format of the results */
};

struct pg {
    PGconn *conn;
    char *url, *application;
    struct pg_settings settings;
    struct prepared *prepared; /* by address of the statement; begin, commit, rollback among them */
    size_t n_prepared;
    struct buf wire;
    const struct prepared *pending[PG_PIPELINE_MAX];
    size_t n_pending;
    bool dead;          /* the server did not answer in time: only pg_reconnect() helps */
    bool in_transaction;
    struct err failure; /* the first error of the open transaction; sticks until pg_rollback() */
};

struct pg_rows {
    PGresult *result;
};

extern const struct pg_stmt pg_stmt_begin, pg_stmt_commit, pg_stmt_rollback;

MUST_CHECK enum err_class pg_lost(const struct pg *db, const char *what, struct err *e);
/* An error result as an error of ours: "name.sql:3: 42703: ..." */
MUST_CHECK enum err_class pg_result_error(const struct pg_stmt *s, const PGresult *result,
                                          struct err *e);
/* The next result, or NULL at the end of a statement's; a silent server is dead. */
PGresult *pg_next_result(struct pg *db);

#endif
