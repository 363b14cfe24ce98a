/*
 * connect.c: open a connection, make its session ours, prepare every statement.
 *
 * Each statement is described after it was prepared: the parameter types tell encode.c what to
 * send, the column types whether results come in binary.  All of it is one round trip.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pg/encode.h"
#include "pg/internal.h"
#include "pg/sqlstate.h"

const struct pg_stmt pg_stmt_begin = { "begin", 0, "begin isolation level read committed" };
const struct pg_stmt pg_stmt_commit = { "commit", 0, "commit" };
const struct pg_stmt pg_stmt_rollback = { "rollback", 0, "rollback" };

static const struct pg_stmt *const transaction_sql[] = {
    &pg_stmt_begin,
    &pg_stmt_commit,
    &pg_stmt_rollback,
    NULL,
};

/* Server messages ("relation already exists, skipping") are nobody's business here. */
static void
ignore_notice(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

/* What stands above dbname may be overridden by the URL. */
static PGconn *
dial(const char *url)
{
    const char *const keys[] = { "connect_timeout",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "keepalives_count",
                                 "tcp_user_timeout",
                                 "dbname",
                                 NULL };
    const char *const values[] = { "5", "5", "2", "3", "8000", url, NULL };
    return PQconnectdbParams(keys, values, 1);
}

/* libpq's messages have newlines and tabs; errors are one line. */
static struct str
one_line(const char *message, char text[ERR_TEXT_SIZE])
{
    size_t n = 0;
    for (; message != NULL && *message != '\0' && n < ERR_TEXT_SIZE - 1; message++) {
        const bool space = *message == '\n' || *message == '\t' || *message == ' ';
        if (!space || (n > 0 && text[n - 1] != ' '))
            text[n++] = space ? ' ' : *message;
    }
    if (n > 0 && text[n - 1] == ' ')
        n--;
    text[n] = '\0';
    return (struct str){ text, n };
}

enum err_class
pg_lost(const struct pg *db, const char *what, struct err *e)
{
    char text[ERR_TEXT_SIZE];
    const char *said =
        db->dead ? "no answer within the statement time-out" : PQerrorMessage(db->conn);
    const struct str line = one_line(said, text);
    return err_set(e, ERR_RETRY, "08006", "postgres: %s: %s", what,
                   line.n > 0 ? line.p : "the connection is gone");
}

static enum err_class
check_url(const char *url, struct err *e)
{
    char *why = NULL, text[ERR_TEXT_SIZE];
    PQconninfoOption *parsed = PQconninfoParse(url, &why);
    if (parsed != NULL) {
        PQconninfoFree(parsed);
        return ERR_NONE;
    }
    const enum err_class class =
        err_set(e, ERR_FATAL, "08001", "postgres.url is not a connection string: %s",
                one_line(why, text).p);
    PQfreemem(why);
    return class;
}

static enum err_class
set_session(struct pg *db, struct err *e)
{
    char *application = PQescapeLiteral(db->conn, db->application, strlen(db->application));
    char text[1024];
    const int n =
        snprintf(text, sizeof text,
                 "set timezone = 'UTC'; set datestyle = 'ISO'; set client_encoding = 'UTF8'; set "
                 "bytea_output = 'hex';"
                 "set application_name = %s; set statement_timeout = %" PRId64
                 "; set lock_timeout = %" PRId64 ";"
                 "set idle_in_transaction_session_timeout = %" PRId64,
                 application != NULL ? application : "''", db->settings.statement_timeout_ms,
                 db->settings.lock_timeout_ms, db->settings.idle_in_transaction_timeout_ms);
    PQfreemem(application);
    if (n < 0 || (size_t)n >= sizeof text)
        return err_set(e, ERR_FATAL, "22001", "postgres: the application's name is too long");

    static const struct pg_stmt session = { "session settings", 0, "" };
    PGresult *result = PQexec(db->conn, text);
    enum err_class class = ERR_NONE;
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        class = result != NULL ? pg_result_error(&session, result, e)
                               : pg_lost(db, "session settings", e);
    PQclear(result);
    return class;
}

static bool
queue_preparation(struct pg *db)
{
    for (size_t i = 0; i < db->n_prepared; i++) {
        const struct prepared *p = &db->prepared[i];
        if (!PQsendPrepare(db->conn, p->name, p->stmt->sql, 0, NULL) ||
            !PQsendDescribePrepared(db->conn, p->name))
            return false;
    }
    return PQpipelineSync(db->conn);
}

/* Binary if we can read all columns so; bytea must not be printed, because its printed form is not
 * its bytes. */
static enum err_class
choose_format(struct prepared *p, const PGresult *described, struct err *e)
{
    bool bytes = false;
    p->binary = true;
    for (int i = 0; i < PQnfields(described); i++) {
        const struct pg_type *t = pg_type_of(PQftype(described, i));
        p->binary = p->binary && t != NULL && t->wire != WIRE_PRINTED;
        bytes = bytes || (t != NULL && t->wire == WIRE_BYTEA);
    }
    if (bytes && !p->binary)
        return err_set(
            e, ERR_FATAL, "0A000",
            "%s.sql: returns bytea beside a numeric, uuid, date or array; cast the others to text",
            p->stmt->name);
    return ERR_NONE;
}

static enum err_class
learn_types(struct prepared *p, const PGresult *described, struct err *e)
{
    if (PQnparams(described) != p->stmt->n_params)
        return err_set(e, ERR_FATAL, "42P02",
                       "%s.sql: Postgres sees %d parameters, the file has %d", p->stmt->name,
                       PQnparams(described), p->stmt->n_params);
    for (int i = 0; i < p->stmt->n_params; i++)
        p->params[i] = PQparamtype(described, i);
    return choose_format(p, described, e);
}

/* Results come as prepare, NULL, describe, NULL for each statement; then the point of
 * synchronization. */
static enum err_class
collect_preparation(struct pg *db, struct err *e)
{
    enum err_class class = ERR_NONE;
    size_t ends = 0;
    for (;;) {
        PGresult *result = pg_next_result(db);
        if (result == NULL && PQstatus(db->conn) == CONNECTION_OK && !db->dead &&
            ends < 2 * db->n_prepared) {
            ends++;
            continue;
        }
        if (result == NULL)
            return class != ERR_NONE ? class : pg_lost(db, "preparing statements", e);
        const ExecStatusType status = PQresultStatus(result);
        struct prepared *p = &db->prepared[ends / 2 < db->n_prepared ? ends / 2 : 0];
        if (status == PGRES_COMMAND_OK && ends % 2 == 1 && class == ERR_NONE)
            class = learn_types(p, result, e);
        else if (status == PGRES_FATAL_ERROR && class == ERR_NONE)
            class = pg_result_error(p->stmt, result, e);
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC)
            return class;
    }
}

static enum err_class
connect(struct pg *db, struct err *e)
{
    db->conn = dial(db->url);
    db->dead = false;
    if (PQstatus(db->conn) != CONNECTION_OK)
        return pg_lost(db, "cannot connect", e);
    PQsetNoticeProcessor(db->conn, ignore_notice, NULL);
    TRY(set_session(db, e));
    if (!PQenterPipelineMode(db->conn) || !queue_preparation(db))
        return pg_lost(db, "preparing statements", e);
    return collect_preparation(db, e);
}

static int
by_statement(const void *a, const void *b)
{
    const struct prepared *x = a, *y = b;
    return (x->stmt > y->stmt) - (x->stmt < y->stmt);
}

static size_t
add_list(struct prepared *to, const struct pg_stmt *const *list)
{
    size_t n = 0;
    for (; list[n] != NULL; n++)
        if (to != NULL)
            to[n].stmt = list[n];
    return n;
}

static enum err_class
gather(struct pg *db, const struct pg_stmt *const *const *lists, struct err *e)
{
    size_t n = add_list(NULL, transaction_sql);
    for (size_t i = 0; lists != NULL && lists[i] != NULL; i++)
        n += add_list(NULL, lists[i]);
    db->prepared = calloc(n, sizeof *db->prepared);
    if (db->prepared == NULL)
        return err_set(e, ERR_FATAL, "53200", "postgres: no memory for %zu statements", n);
    db->n_prepared = add_list(db->prepared, transaction_sql);
    for (size_t i = 0; lists != NULL && lists[i] != NULL; i++)
        db->n_prepared += add_list(db->prepared + db->n_prepared, lists[i]);
    for (size_t i = 0; i < n; i++) {
        struct prepared *p = &db->prepared[i];
        snprintf(p->name, sizeof p->name, "%.60s_%zu", p->stmt->name, i);
        if (p->stmt->n_params > PG_PARAMS_MAX)
            return err_set(e, ERR_FATAL, "54023", "%s.sql: more than %d parameters", p->stmt->name,
                           PG_PARAMS_MAX);
    }
    qsort(db->prepared, n, sizeof *db->prepared, by_statement);
    return ERR_NONE;
}

enum err_class
pg_open(struct pg **ret, const struct pg_settings *settings,
        const struct pg_stmt *const *const *lists, struct err *e)
{
    CLEANUP(pg_free) struct pg *db = calloc(1, sizeof *db);
    TRY(check_url(settings->url, e));
    if (db == NULL || (db->url = strdup(settings->url)) == NULL ||
        (db->application =
             strdup(settings->application != NULL ? settings->application : "millrace")) == NULL)
        return err_set(e, ERR_FATAL, "53200", "postgres: no memory for a connection");
    db->settings = *settings;
    if (db->settings.statement_timeout_ms == 0)
        db->settings.statement_timeout_ms = PG_STATEMENT_TIMEOUT_MS;
    if (db->settings.lock_timeout_ms == 0)
        db->settings.lock_timeout_ms = PG_LOCK_TIMEOUT_MS;
    if (db->settings.idle_in_transaction_timeout_ms == 0)
        db->settings.idle_in_transaction_timeout_ms = PG_IDLE_TIMEOUT_MS;
    buf_init(&db->wire, PG_WIRE_MAX);
    TRY(gather(db, lists, e));
    TRY(connect(db, e));
    *ret = TAKE(db);
    return ERR_NONE;
}

enum err_class
pg_reconnect(struct pg *db, struct err *e)
{
    PQfinish(db->conn);
    db->conn = NULL;
    db->n_pending = 0;
    db->in_transaction = false;
    db->failure = (struct err){ 0 };
    return connect(db, e);
}

void
pg_free(struct pg *db)
{
    if (db == NULL)
        return;
    PQfinish(db->conn);
    buf_fini(&db->wire);
    free(db->prepared);
    free(db->application);
    free(db->url);
    free(db);
}

bool
pg_healthy(const struct pg *db)
{
    return !db->dead && PQstatus(db->conn) == CONNECTION_OK;
}
