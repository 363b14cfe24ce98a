/*
 * pipeline.c: queue statements, send them together, collect what comes back.
 *
 * After an error the server skips everything up to the next synchronization point, so a round trip
 * either did all of its statements or reports the first that failed.  That error sticks to the open
 * transaction: a caller that overlooks it cannot commit the rest.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "pg/encode.h"
#include "pg/internal.h"
#include "pg/sqlstate.h"

PGresult *
pg_next_result(struct pg *db)
{
    const int64_t until =
        clock_monotonic_ms() + db->settings.statement_timeout_ms + PG_ANSWER_GRACE_MS;
    while (!db->dead && PQstatus(db->conn) == CONNECTION_OK && PQisBusy(db->conn)) {
        struct pollfd fd = { .fd = PQsocket(db->conn), .events = POLLIN };
        const int64_t left = until - clock_monotonic_ms();
        const int ready = left > 0 ? poll(&fd, 1, (int)left) : 0;
        if (ready == 0)
            db->dead = true;
        else if (ready > 0)
            (void)PQconsumeInput(
                db->conn); /* a lost connection shows in its status and in the result */
    }
    return db->dead ? NULL : PQgetResult(db->conn);
}

/* Postgres counts characters from 1; a file has lines. 0 if the error has no position. */
static int
line_of(const char *sql, const char *position)
{
    long at = position != NULL ? strtol(position, NULL, 10) : 0;
    int line = 1;
    if (at <= 0)
        return 0;
    for (const char *p = sql; *p != '\0' && at > 1; p++) {
        at -=
            ((unsigned char)p[1] & 0xC0) != 0x80; /* bytes that continue a character do not count */
        line += *p == '\n';
    }
    return line;
}

enum err_class
pg_result_error(const struct pg_stmt *s, const PGresult *result, struct err *e)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const int line = line_of(s->sql, PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION));
    const enum err_class class = pg_sqlstate_class(state);

    if (state == NULL)
        state = "08006";
    if (message == NULL)
        message = "the connection was lost";
    if (s->name == NULL)
        return err_set(e, class, state, "line %d: %s: %s", line, state, message);
    if (line > 0)
        return err_set(e, class, state, "%s.sql:%d: %s: %s", s->name, line, state, message);
    return err_set(e, class, state, "%s: %s: %s", s->name, state, message);
}

static enum err_class
remember(struct pg *db, enum err_class class, const struct err *e)
{
    if (class != ERR_NONE && db->in_transaction && db->failure.class == ERR_NONE)
        db->failure = *e;
    return class;
}

static enum err_class
usable(const struct pg *db, struct err *e)
{
    if (db->failure.class != ERR_NONE) {
        *e = db->failure;
        return e->class;
    }
    return pg_healthy(db) ? ERR_NONE : pg_lost(db, "not connected", e);
}

/* Collects up to the synchronization point. *last, if wanted: the last statement's result. */
static enum err_class
collect(struct pg *db, PGresult **last, struct err *e)
{
    enum err_class class = ERR_NONE;
    for (size_t at = 0;;) {
        PGresult *result = pg_next_result(db);
        if (result == NULL && pg_healthy(db) && at < db->n_pending) {
            at++;
            continue;
        }
        if (result == NULL)
            return class != ERR_NONE ? class : pg_lost(db, "waiting for an answer", e);
        const ExecStatusType status = PQresultStatus(result);
        if ((status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) && class == ERR_NONE)
            class = pg_result_error(db->pending[at < db->n_pending ? at : 0]->stmt, result, e);
        if (last != NULL && at + 1 == db->n_pending && *last == NULL &&
            (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK))
            *last = result;
        else
            PQclear(result);
        if (status == PGRES_PIPELINE_SYNC)
            return class;
    }
}

static enum err_class
round_trip(struct pg *db, PGresult **last, struct err *e)
{
    if (db->n_pending == 0)
        return ERR_NONE;
    const bool sent = PQpipelineSync(db->conn);
    const enum err_class class = sent ? collect(db, last, e) : pg_lost(db, "sending", e);
    db->n_pending = 0;
    return class;
}

static const struct prepared *
find(const struct pg *db, const struct pg_stmt *s)
{
    size_t low = 0, high = db->n_prepared;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (db->prepared[middle].stmt == s)
            return &db->prepared[middle];
        if (db->prepared[middle].stmt < s)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static enum err_class
encode_all(struct pg *db, const struct prepared *p, const struct pg_arg *v, size_t n,
           struct pg_param *ret, struct err *e)
{
    buf_clear(&db->wire);
    for (size_t i = 0; i < n; i++)
        if (pg_encode(&v[i], p->params[i], &db->wire, &ret[i], e) != ERR_NONE)
            return err_wrap(e, "%s: $%zu: ", p->stmt->name, i + 1);
    return buf_check(&db->wire, p->stmt->name, e);
}

static enum err_class
queue(struct pg *db, const struct pg_stmt *s, const struct pg_arg *v, size_t n, struct err *e)
{
    const struct prepared *p = find(db, s);
    struct pg_param param[PG_PARAMS_MAX];
    const char *values[PG_PARAMS_MAX];
    int lengths[PG_PARAMS_MAX], formats[PG_PARAMS_MAX];

    if (p == NULL)
        return err_set(e, ERR_FATAL, "26000", "%s.sql is in none of the lists given to pg_open()",
                       s->name);
    if ((size_t)s->n_params != n)
        return err_set(e, ERR_FATAL, "42P02", "%s.sql takes %d arguments, not %zu", s->name,
                       s->n_params, n);
    TRY(encode_all(db, p, v, n, param, e));
    for (size_t i = 0; i < n; i++) {
        values[i] = param[i].null ? NULL : db->wire.p + param[i].at;
        lengths[i] = (int)param[i].n;
        formats[i] = param[i].binary;
    }
    if (!PQsendQueryPrepared(db->conn, p->name, (int)n, values, lengths, formats, p->binary))
        return pg_lost(db, s->name, e);
    db->pending[db->n_pending++] = p;
    if (db->wire.cap > PG_WIRE_KEEP) {
        buf_fini(&db->wire);
        buf_init(&db->wire, PG_WIRE_MAX);
    }
    return ERR_NONE;
}

enum err_class
pg_send_args(struct pg *db, const struct pg_stmt *s, const struct pg_arg *v, size_t n,
             struct err *e)
{
    TRY(usable(db, e));
    if (db->n_pending == PG_PIPELINE_MAX)
        TRY(pg_flush(db, e));
    return remember(db, queue(db, s, v, n, e), e);
}

enum err_class
pg_exec_args(struct pg *db, const struct pg_stmt *s, const struct pg_arg *v, size_t n,
             struct pg_rows **ret, struct err *e)
{
    PGresult *result = NULL;
    TRY(pg_send_args(db, s, v, n, e));
    const enum err_class class = remember(db, round_trip(db, &result, e), e);
    struct pg_rows *rows = class == ERR_NONE && ret != NULL ? calloc(1, sizeof *rows) : NULL;
    if (rows == NULL) {
        PQclear(result);
        return class != ERR_NONE || ret == NULL
                   ? class
                   : err_set(e, ERR_FATAL, "53200", "no memory for rows");
    }
    rows->result = result;
    *ret = rows;
    return ERR_NONE;
}

enum err_class
pg_flush(struct pg *db, struct err *e)
{
    TRY(usable(db, e));
    return remember(db, round_trip(db, NULL, e), e);
}

enum err_class
pg_begin(struct pg *db, struct err *e)
{
    if (db->in_transaction)
        return err_set(e, ERR_FATAL, "25001",
                       "pg_begin() inside a transaction: pg_commit() or pg_rollback() first");
    TRY(pg_send_args(db, &pg_stmt_begin, NULL, 0, e));
    db->in_transaction = true;
    return ERR_NONE;
}

enum err_class
pg_commit(struct pg *db, struct err *e)
{
    if (!db->in_transaction)
        return err_set(e, ERR_FATAL, "25P01", "pg_commit() without pg_begin()");
    TRY(pg_exec_args(db, &pg_stmt_commit, NULL, 0, NULL, e));
    db->in_transaction = false;
    return ERR_NONE;
}

/* Leaves an empty pipeline and no transaction, whatever was under way; or a connection that says
 * it is lost. */
void
pg_rollback(struct pg *db)
{
    struct err ignored = { 0 };
    db->failure = (struct err){ 0 };
    db->in_transaction = false;
    if (!pg_healthy(db))
        return;
    (void)round_trip(db, NULL, &ignored);
    const PGTransactionStatusType status = PQtransactionStatus(db->conn);
    if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR)
        if (pg_exec_args(db, &pg_stmt_rollback, NULL, 0, NULL, &ignored) != ERR_NONE)
            db->dead = true; /* a rollback that fails leaves nothing that one could trust */
}

enum err_class
pg_script(struct pg *db, const char *text, struct err *e)
{
    const struct pg_stmt script = { NULL, 0, text };
    enum err_class class = ERR_NONE;

    TRY(pg_flush(db, e));
    if (!PQexitPipelineMode(db->conn))
        return pg_lost(db, "leaving the pipeline", e);
    PGresult *result = PQexec(db->conn, text);
    const ExecStatusType status = PQresultStatus(result);
    if (result == NULL)
        class = pg_lost(db, "script", e);
    else if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
        class = pg_result_error(&script, result, e);
    PQclear(result);
    if (!PQenterPipelineMode(db->conn) && class == ERR_NONE)
        class = pg_lost(db, "entering the pipeline", e);
    return remember(db, class, e);
}
