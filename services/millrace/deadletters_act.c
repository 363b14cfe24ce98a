/*
 * deadletters_act.c: `millrace deadletters retry|drop`: what a person does with records that could
 * not be applied, once the cause is gone.
 *
 * Retrying sends the record again, unchanged, to the end of its topic: the consumer judges it by
 * what is known by then, so an old snapshot that was overtaken is stale and nothing goes backwards;
 * what will become of it is said before and with it.  Sent first, marked after: a kill between the
 * two sends it twice, which consumers bear.  A record that came back RETRIES_MAX times is only sent
 * again by its id: the cause is still there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "deadletters.h"
#include "json/json.h"
#include "kafka/producer.h"
#include "millrace_sql.h"

enum { LETTERS_MAX = 100000, RETRIES_MAX = 5, OUT_MAX = 16 << 20, SEND_MS = 30000 };
static const char retries_header[] = "millrace_retries";

static const struct column outlook_columns[] = {
    { "count", COLUMN_NUMBER, "COUNT" }, { "outlook", COLUMN_TEXT, "IF SENT AGAIN NOW" }, { 0 },
};
static const struct form outlook_form = { .name = "outlook", .columns = outlook_columns };

/* What was chosen, one by its id or all that pass the filter, and what would become of it. */
struct choice {
    struct arena *mem;
    struct pg *db;
    struct letters_filter filter;
    struct pg_rows *list, *outlook;
    struct str *ids;
    size_t n;
};

static enum err_class
choose_all(struct choice *ret, struct err *e)
{
    TRY(letters_read_list(ret->db, &ret->filter, &ret->list, e));
    ret->ids = ARENA_NEW(ret->mem, struct str, pg_n(ret->list) + 1);
    for (size_t i = 0; i < pg_n(ret->list); i++)
        ret->ids[ret->n++] = pg_text(ret->list, i, 0);
    return ERR_NONE;
}

static enum err_class
choose_one(struct choice *ret, const char *id, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *one = NULL;

    TRY(letters_read_one(ret->db, str_of(id), &one, e));
    ret->ids = ARENA_NEW(ret->mem, struct str, 1);
    ret->ids[0] = str_of(id);
    ret->n = 1;
    return ERR_NONE;
}

static enum err_class
choose(const struct cli *c, struct choice *ret, struct err *e)
{
    TRY(letters_filter(c, LETTERS_MAX, &ret->filter, e));
    ret->filter.all = PG_BOOL(false);
    if (letters_filter_says(&ret->filter) == (c->argc > 0))
        return err_set(e, ERR_REJECT, CLI_USAGE,
                       "say which: one ID, or some of --group, --topic, --code and --text");
    TRY(c->argc > 0 ? choose_one(ret, c->argv[0], e) : choose_all(ret, e));
    return pg_exec(ret->db, e, &ret->outlook, &sql_deadletter_outlook,
                   PG_TEXTS(ret->ids, ret->n));
}

static void
choice_fini(struct choice *x)
{
    pg_rows_free(x->list);
    pg_rows_free(x->outlook);
    pg_free(x->db);
    arena_free(x->mem);
}

struct resend {
    struct pg *db;
    struct kafka_producer *producer;
    struct arena *mem;
    bool by_id;
    struct err failed; /* of the delivery in flight */
    size_t sent, held;
};

static void
delivered(void *ctx, const struct kafka_delivery *d)
{
    struct resend *s = ctx;
    if (d->result.class != ERR_NONE)
        s->failed = d->result;
}

/* The record's own headers, and how often it came back. */
static size_t
headers_of(struct resend *s, const struct json_doc *doc, int64_t retries, struct kafka_header *v)
{
    const struct json_value *member;
    struct str name;
    size_t n = 0;
    for (void *iter = NULL; json_next(json_root(doc), &iter, &name, &member);) {
        if (n == KAFKA_HEADERS_MAX - 1 || str_is(name, retries_header))
            continue;
        v[n++] = (struct kafka_header){ arena_str(s->mem, name).p, json_str(member) };
    }
    char *text = ARENA_NEW(s->mem, char, 24);
    snprintf(text, 24, "%" PRId64, retries);
    v[n++] = (struct kafka_header){ retries_header, str_of(text) };
    return n;
}

/* How often this record came back: counted by its row, and by the header of the one it was. */
static int64_t
retries_of(const struct pg_rows *one, const struct json_doc *headers)
{
    const struct str said = json_str(json_get(json_root(headers), retries_header));
    int64_t n = 0;
    for (size_t i = 0; i < said.n && said.p[i] >= '0' && said.p[i] <= '9' && n < RETRIES_MAX; i++)
        n = n * 10 + said.p[i] - '0';
    return n + pg_i64(one, 0, ONE_RETRIES);
}

static enum err_class
send_one(struct resend *s, struct str id, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *one = NULL;
    CLEANUP(json_free) struct json_doc *doc = NULL;
    struct kafka_header headers[KAFKA_HEADERS_MAX];

    TRY(letters_read_one(s->db, id, &one, e));
    TRY(json_parse(&doc, pg_text(one, 0, ONE_HEADERS), e));
    const int64_t retries = retries_of(one, doc);
    if (retries >= RETRIES_MAX && !s->by_id) {
        s->held++;
        return ERR_NONE;
    }
    const struct str topic = arena_str(s->mem, pg_text(one, 0, ONE_TOPIC));
    const struct str value =
        pg_is_null(one, 0, ONE_PAYLOAD) ? (struct str){ 0 } : pg_text(one, 0, ONE_PAYLOAD);
    const size_t n = headers_of(s, doc, retries + 1, headers);
    s->failed = (struct err){ 0 };
    TRY(kafka_send(s->producer, topic.p, pg_text(one, 0, ONE_KEY), value, headers, n, NULL, e));
    TRY(kafka_flush(s->producer, SEND_MS, e));
    if (s->failed.class != ERR_NONE) {
        *e = s->failed;
        return err_wrap(e, "%.*s: ", (int)id.n, id.p);
    }
    TRY(pg_exec(s->db, e, NULL, &sql_deadletter_retried, PG_TEXT(id), PG_TIME(clock_now())));
    s->sent++;
    return ERR_NONE;
}

/* With --dry-run: what is meant, by reason, and what would become of it. */
static enum err_class
preview(const struct cli *c, const struct choice *x, const char *verb, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *reasons = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;
    struct emit j;

    buf_init(&out, OUT_MAX);
    TRY(letters_read_reasons(x->db, &x->filter, &reasons, e));
    const struct table why = table_of(x->mem, &letters_reasons, reasons),
                       then = table_of(x->mem, &outlook_form, x->outlook);
    if (c->json) {
        emit_init(&j, &out);
        emit_object(&j, NULL);
        emit_bool(&j, "dry_run", true);
        table_json(&then, &j);
        if (c->argc == 0)
            table_json(&why, &j);
        emit_i64(&j, "records", (int64_t)x->n);
        emit_object_end(&j);
    } else {
        cli_tables(c, (const struct table[]){ then, why }, c->argc == 0 ? 2 : 1, &out);
        buf_printf(&out, "\n%zu record(s) would be %s; nothing was changed\n", x->n, verb);
    }
    return cli_answer(&out, e);
}

static enum err_class
report_sent(const struct cli *c, const struct choice *x, const struct resend *s, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf out;
    const struct table then = table_of(x->mem, &outlook_form, x->outlook);
    struct emit j;

    buf_init(&out, OUT_MAX);
    if (c->json) {
        emit_init(&j, &out);
        emit_object(&j, NULL);
        emit_i64(&j, "held", (int64_t)s->held);
        table_json(&then, &j);
        emit_i64(&j, "sent again", (int64_t)s->sent);
        emit_object_end(&j);
        return cli_answer(&out, e);
    }
    if (then.n > 0)
        table_page(&then, &out);
    buf_printf(&out, "%s%zu record(s) sent again\n", then.n > 0 ? "\n" : "", s->sent);
    if (s->held > 0)
        buf_printf(&out,
                   "%zu came back %d times before and were left; find the cause, then retry them "
                   "by their id\n",
                   s->held, RETRIES_MAX);
    return cli_answer(&out, e);
}

/* What was sent before something failed is reported all the same. */
static enum err_class
send_all(struct cli *c, struct choice *x, struct err *e)
{
    CLEANUP(kafka_producer_free) struct kafka_producer *producer = NULL;
    struct kafka_settings settings;
    struct resend s = { .db = x->db, .mem = x->mem, .by_id = c->argc > 0 };
    struct err failed = { 0 };
    enum err_class class = ERR_NONE;

    service_kafka_settings(c->svc, &settings);
    TRY(kafka_producer_open(&producer, &settings, delivered, &s, e));
    s.producer = producer;
    for (size_t i = 0; class == ERR_NONE && i < x->n; i++)
        class = send_one(&s, x->ids[i], &failed);
    TRY(report_sent(c, x, &s, e));
    *e = failed;
    return class;
}

enum err_class
cli_deadletters_retry(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = {
        &sql_deadletter_reasons, &sql_deadletter_list,    &sql_deadletter_one,
        &sql_deadletter_outlook, &sql_deadletter_retried, NULL
    };
    CLEANUP_VALUE(choice_fini) struct choice chosen = { .mem = arena_new() };

    TRY(cli_pg_open(c, statements, &chosen.db, e));
    TRY(choose(c, &chosen, e));
    if (cli_option(c, "dry-run") != NULL)
        return preview(c, &chosen, "sent again", e);
    return send_all(c, &chosen, e);
}

enum err_class
cli_deadletters_drop(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = {
        &sql_deadletter_reasons, &sql_deadletter_list, &sql_deadletter_one,
        &sql_deadletter_outlook, &sql_deadletter_drop, NULL
    };
    CLEANUP_VALUE(choice_fini) struct choice chosen = { .mem = arena_new() };
    CLEANUP(pg_rows_free) struct pg_rows *done = NULL;
    const char *why = cli_option(c, "why");

    if (why == NULL || *why == '\0')
        return err_set(e, ERR_REJECT, CLI_USAGE, "say --why TEXT: it is kept with the record");
    TRY(cli_pg_open(c, statements, &chosen.db, e));
    TRY(choose(c, &chosen, e));
    if (cli_option(c, "dry-run") != NULL)
        return preview(c, &chosen, "dropped", e);
    TRY(pg_exec(chosen.db, e, &done, &sql_deadletter_drop, PG_TEXTS(chosen.ids, chosen.n),
                PG_CSTR(why), PG_TIME(clock_now())));
    printf(c->json ? "{\"dropped\":%" PRId64 ",\"held\":0}\n" : "%" PRId64 " record(s) dropped\n",
           pg_affected(done));
    return ERR_NONE;
}
