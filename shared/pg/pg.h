/*
 * pg.h: one Postgres connection, for one thread, always in libpq's pipeline mode.
 *
 * Statements live in .sql files, are embedded at build time and prepared by pg_open(); a typo stops
 * the process there with file and position.  pg_send() queues a statement whose rows nobody needs;
 * pg_exec() queues one, flushes everything before it and waits for its rows.  Errors of queued
 * statements surface at the next pg_exec(), pg_commit() or pg_flush(): inside a transaction nothing
 * of it can then have been committed.
 *
 * After any error in a transaction call pg_rollback() (it is safe to call always).  A broken
 * connection gives RETRY; pg_reconnect() opens it anew and prepares everything again.
 *
 * Session settings on connect: timezone UTC, application_name, statement_timeout, lock_timeout,
 * idle_in_transaction_session_timeout and tcp_user_timeout below the consumer group's session
 * time-out, so that a stopped process cannot hold a lock over its successor.
 *
 * Owns     the connection; a struct pg_rows is owned by the caller and outlives the next call.
 * Errors   RETRY connection, serialization, deadlock, lock or statement time-out, shutdown;
 *          REJECT data refused (class 22, 23) ; FATAL our statement or schema is wrong
 *          (sqlstate.c). e->code is the SQLSTATE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PG_PG_H
#define PG_PG_H

#include "base/cleanup.h"
#include "base/decimal.h"
#include "base/err.h"
#include "base/types.h"

struct pg;
struct pg_rows;
struct pg_stmt { const char *name; int n_params; const char *sql; };

enum { PG_PARAMS_MAX = 48 };

/* One parameter, scalar or array (for unnest); all go over the wire in binary. Arrays borrow. */
enum pg_kind {
    PG_K_NULL, PG_K_I64, PG_K_I32, PG_K_BOOL, PG_K_TEXT, PG_K_TIME, PG_K_BYTEA, PG_K_DECIMAL
};
struct pg_arg {
    enum pg_kind kind;
    bool array;
    size_t n;          /* elements of an array */
    const void *v;     /* array of int64_t, int32_t, bool, struct str, time_us or decimal */
    int64_t i;         /* scalar I64, I32, BOOL, TIME (us), DECIMAL (micro) */
    struct str s;      /* scalar TEXT, BYTEA */
};
/* struct str with p NULL, and struct time_us 0, are sent as NULL, in scalars and arrays alike. */
#define PG_NULL() ((struct pg_arg){ .kind = PG_K_NULL })
#define PG_I64(x) ((struct pg_arg){ .kind = PG_K_I64, .i = (x) })
#define PG_I64_OR_NULL(x) ((x) != 0 ? PG_I64(x) : PG_NULL())
#define PG_I32(x) ((struct pg_arg){ .kind = PG_K_I32, .i = (x) })
#define PG_BOOL(x) ((struct pg_arg){ .kind = PG_K_BOOL, .i = (x) })
#define PG_TEXT(x) ((struct pg_arg){ .kind = PG_K_TEXT, .s = (x) })
#define PG_CSTR(x) PG_TEXT(str_of(x))
#define PG_TIME(x) ((struct pg_arg){ .kind = PG_K_TIME, .i = (x).v })
#define PG_DECIMAL(x) ((struct pg_arg){ .kind = PG_K_DECIMAL, .i = (x).micro })
#define PG_BYTEA(x) ((struct pg_arg){ .kind = PG_K_BYTEA, .s = (x) })
#define PG_ARRAY_(k, p, count) \
    ((struct pg_arg){ .kind = (k), .array = true, .n = (count), .v = (p) })
#define PG_I64S(p, count) PG_ARRAY_(PG_K_I64, p, count)
#define PG_I32S(p, count) PG_ARRAY_(PG_K_I32, p, count)
#define PG_BOOLS(p, count) PG_ARRAY_(PG_K_BOOL, p, count)
#define PG_TEXTS(p, count) PG_ARRAY_(PG_K_TEXT, p, count)
#define PG_TIMES(p, count) PG_ARRAY_(PG_K_TIME, p, count)
#define PG_BYTEAS(p, count) PG_ARRAY_(PG_K_BYTEA, p, count)
#define PG_DECIMALS(p, count) PG_ARRAY_(PG_K_DECIMAL, p, count)

/*
 * Parameter types are what Postgres inferred, asked once after PREPARE; each argument is encoded
 * for the type it meets: integers narrow with a range check (REJECT), text fits text, json, jsonb,
 * uuid, numeric and bytea (raw bytes), decimals fit numeric, and arrays do the same element by
 * element.  Write the casts that make the type plain ($1::bigint[]) in the SQL files.  Results:
 * bytea beside numeric, uuid, date or arrays in one statement is refused at start; cast the others
 * to text.
 */

struct pg_settings {
    const char *url;             /* libpq connection string */
    const char *application;     /* shown in pg_stat_activity */
    int64_t statement_timeout_ms, lock_timeout_ms, idle_in_transaction_timeout_ms; /* 0: defaults */
};

/* lists: NULL-terminated array of embed_sql lists, e.g. { service_sql, own_sql, NULL }, or NULL. */
MUST_CHECK enum err_class pg_open(struct pg **ret, const struct pg_settings *settings,
                                  const struct pg_stmt *const *const *lists, struct err *e);
MUST_CHECK enum err_class pg_reconnect(struct pg *db, struct err *e);
void pg_free(struct pg *db);
bool pg_healthy(const struct pg *db);

MUST_CHECK enum err_class pg_begin(struct pg *db, struct err *e); /* queued; READ COMMITTED */
/* RETRY may hide a commit that happened: what follows must bear it, or ask. */
MUST_CHECK enum err_class pg_commit(struct pg *db, struct err *e);
void pg_rollback(struct pg *db);
/*
 *     pg_send(db, e, &sql_mark, PG_TEXT(key), PG_I64(version));
 *     pg_exec(db, e, &rows, &sql_read, PG_I64(id));        ret may be NULL: wait, but drop the rows
 *
 * The macros count the arguments; a statement that takes another number of them is FATAL.
 */
#define pg_send(db, e, ...) PG_SEND_((db), (e), __VA_ARGS__, PG_NULL())
#define pg_exec(db, e, ret, ...) PG_EXEC_((db), (e), (ret), __VA_ARGS__, PG_NULL())
/* A closing PG_NULL() lets a statement without parameters pass through a variadic macro of C17. */
#define PG_SEND_(db, e, stmt, ...) \
    pg_send_args((db), (stmt), PG_ARGS_(__VA_ARGS__), PG_COUNT_(__VA_ARGS__), (e))
#define PG_EXEC_(db, e, ret, stmt, ...) \
    pg_exec_args((db), (stmt), PG_ARGS_(__VA_ARGS__), PG_COUNT_(__VA_ARGS__), (ret), (e))
#define PG_ARGS_(...) ((const struct pg_arg[]){ __VA_ARGS__ })
#define PG_COUNT_(...) (sizeof PG_ARGS_(__VA_ARGS__) / sizeof(struct pg_arg) - 1)
MUST_CHECK enum err_class pg_send_args(struct pg *db, const struct pg_stmt *s,
                                       const struct pg_arg *v, size_t n, struct err *e);
MUST_CHECK enum err_class pg_exec_args(struct pg *db, const struct pg_stmt *s,
                                       const struct pg_arg *v, size_t n, struct pg_rows **ret,
                                       struct err *e);
MUST_CHECK enum err_class pg_flush(struct pg *db, struct err *e);
/* One or more statements of a text, unprepared, outside a pipeline: migrations only. */
MUST_CHECK enum err_class pg_script(struct pg *db, const char *text, struct err *e);

size_t pg_n(const struct pg_rows *r);
bool pg_is_null(const struct pg_rows *r, size_t row, int col);
int64_t pg_i64(const struct pg_rows *r, size_t row, int col); /* int2, int4, int8; 0 for null */
bool pg_bool(const struct pg_rows *r, size_t row, int col);
/* Every other type, as Postgres prints it (bytea: raw bytes); borrows from r. */
struct str pg_text(const struct pg_rows *r, size_t row, int col);
struct time_us pg_time(const struct pg_rows *r, size_t row, int col); /* timestamptz; 0 for null */
int64_t pg_affected(const struct pg_rows *r); /* rows that an insert, update or delete touched */
void pg_rows_free(struct pg_rows *r);
DEFINE_CLEANUP(pg_free, struct pg *);
DEFINE_CLEANUP(pg_rows_free, struct pg_rows *);

#endif
