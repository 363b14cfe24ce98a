/*
 * deadletters.c: `millrace deadletters ls|show|retry|drop`: records that could not be applied, by
 * reason, and what a person does with them once the cause is gone.
 *
 * Retrying sends the record again, unchanged, to the end of its topic: the consumer judges it by
 * what is known by then, so an old snapshot that was overtaken is stale and nothing goes backwards.
 * Sent first, marked after: a kill between the two sends it twice, which consumers bear. A record
 * that came back RETRIES_MAX times is only sent again by its id: the cause is still there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "cli.h"
#include "json/emit.h"
#include "json/json.h"
#include "kafka/producer.h"
#include "millrace_sql.h"

enum { LIST_MAX = 100, LETTERS_MAX = 100000, RETRIES_MAX = 5, OUT_MAX = 64 << 20,
       SEND_MS = 30000 };
static const char retries_header[] = "millrace_retries";

struct filter {
    struct pg_arg group, topic, code, text, all;
    int64_t limit;
};

static struct pg_arg
text_or_null(const char *z)
{
    return z != NULL ? PG_CSTR(z) : PG_NULL();
}

static enum err_class
read_filter(const struct cli *c, int64_t limit, struct filter *ret, struct err *e)
{
    ret->group = text_or_null(cli_option(c, "group"));
    ret->topic = text_or_null(cli_option(c, "topic"));
    ret->code = text_or_null(cli_option(c, "code"));
    ret->text = text_or_null(cli_option(c, "text"));
    ret->all = PG_BOOL(cli_option(c, "all") != NULL);
    return cli_option_number(c, "max", limit, &ret->limit, e);
}

static enum err_class
read_reasons(struct pg *db, const struct filter *f, struct pg_rows **ret, struct err *e)
{
    return pg_exec(db, e, ret, &sql_deadletter_reasons, f->group, f->topic, f->code, f->text,
                   f->all);
}

static enum err_class
read_list(struct pg *db, const struct filter *f, struct pg_rows **ret, struct err *e)
{
    return pg_exec(db, e, ret, &sql_deadletter_list, f->group, f->topic, f->code, f->text, f->all,
                   PG_I64(f->limit));
}

static void
reasons_page(const struct pg_rows *r, struct buf *out)
{
    char oldest[TIME_TEXT_SIZE];
    buf_printf(out, "%8s  %-22s %-28s %-12s %s\n", "COUNT", "GROUP", "TOPIC", "CODE", "OLDEST");
    for (size_t i = 0; i < pg_n(r); i++) {
        const struct str group = pg_text(r, i, 0), topic = pg_text(r, i, 1),
                         code = pg_text(r, i, 2), example = pg_text(r, i, 6);
        buf_printf(out, "%8" PRId64 "  %-22.*s %-28.*s %-12.*s %s\n          %.*s\n",
                   pg_i64(r, i, 3), (int)group.n, group.p, (int)topic.n, topic.p, (int)code.n,
                   code.p, time_format(pg_time(r, i, 4), oldest), (int)example.n, example.p);
    }
}

static const char *
state_of(const struct pg_rows *r, size_t i)
{
    return !pg_is_null(r, i, 7) ? "dropped" : !pg_is_null(r, i, 6) ? "sent again" : "waits";
}

static void
list_page(const struct pg_rows *r, struct buf *out)
{
    char at[TIME_TEXT_SIZE];
    for (size_t i = 0; i < pg_n(r); i++) {
        const struct str id = pg_text(r, i, 0), key = pg_text(r, i, 1), code = pg_text(r, i, 2),
                         reason = pg_text(r, i, 3);
        buf_printf(out, "\n%.*s\n  %s, %s, key %.*s, %" PRId64 " bytes", (int)id.n, id.p,
                   time_format(pg_time(r, i, 4), at), state_of(r, i), (int)key.n, key.p,
                   pg_i64(r, i, 8));
        if (pg_i64(r, i, 5) > 0)
            buf_printf(out, ", came back %" PRId64 " time(s)", pg_i64(r, i, 5));
        buf_printf(out, "\n  %.*s: %.*s\n", (int)code.n, code.p, (int)reason.n, reason.p);
    }
}

static void
reasons_json(const struct pg_rows *r, struct emit *j)
{
    emit_array(j, "reasons");
    for (size_t i = 0; i < pg_n(r); i++) {
        emit_object(j, NULL);
        emit_str(j, "code", pg_text(r, i, 2));
        emit_i64(j, "count", pg_i64(r, i, 3));
        emit_str(j, "example", pg_text(r, i, 6));
        emit_str(j, "group", pg_text(r, i, 0));
        emit_time(j, "newest", pg_time(r, i, 5));
        emit_time(j, "oldest", pg_time(r, i, 4));
        emit_str(j, "topic", pg_text(r, i, 1));
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void
list_json(const struct pg_rows *r, struct emit *j)
{
    emit_array(j, "dead_letters");
    for (size_t i = 0; i < pg_n(r); i++) {
        emit_object(j, NULL);
        emit_time(j, "at", pg_time(r, i, 4));
        emit_i64(j, "bytes", pg_i64(r, i, 8));
        emit_str(j, "code", pg_text(r, i, 2));
        emit_str(j, "id", pg_text(r, i, 0));
        emit_str(j, "key", pg_text(r, i, 1));
        emit_str(j, "reason", pg_text(r, i, 3));
        emit_i64(j, "retries", pg_i64(r, i, 5));
        emit_cstr(j, "state", state_of(r, i));
        emit_object_end(j);
    }
    emit_array_end(j);
}

static enum err_class
print(struct buf *out, struct err *e)
{
    const enum err_class class = buf_check(out, "the answer", e);
    if (class == ERR_NONE)
        cli_print(out);
    return class;
}

enum err_class
cli_deadletters_ls(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_deadletter_reasons,
                                                        &sql_deadletter_list, NULL };
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *reasons = NULL, *list = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;
    struct filter f;
    struct emit j;

    buf_init(&out, OUT_MAX);
    TRY(read_filter(c, LIST_MAX, &f, e));
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(read_reasons(db, &f, &reasons, e));
    TRY(read_list(db, &f, &list, e));
    if (c->json) {
        emit_init(&j, &out);
        emit_object(&j, NULL);
        list_json(list, &j);
        reasons_json(reasons, &j);
        emit_object_end(&j);
    } else if (pg_n(reasons) == 0) {
        buf_printf(&out, "no dead letters%s\n",
                   f.all.i ? "" : " wait; --all shows those of before");
    } else {
        reasons_page(reasons, &out);
        list_page(list, &out);
        if ((int64_t)pg_n(list) == f.limit)
            buf_printf(&out, "\nthe oldest %" PRId64 " are shown; --max N shows more\n", f.limit);
    }
    return print(&out, e);
}

/* A payload is anybody's: what is not text is shown as \xNN. */
static void
add_readable(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char ch = (unsigned char)s.p[i];
        if (ch >= 0x20 ? ch != 0x7f : ch == '\n' || ch == '\t')
            buf_char(out, s.p[i]);
        else
            buf_printf(out, "\\x%02x", ch);
    }
}

static void
show_page(const struct pg_rows *r, const char *id, struct buf *out)
{
    char at[TIME_TEXT_SIZE];
    const struct str headers = pg_text(r, 0, 6), code = pg_text(r, 0, 7), reason = pg_text(r, 0, 8);

    buf_printf(out, "%s\n  refused    %s\n  reason     %.*s: %.*s\n  came back  %" PRId64
                    " time(s)\n",
               id, time_format(pg_time(r, 0, 9), at), (int)code.n, code.p, (int)reason.n, reason.p,
               pg_i64(r, 0, 10));
    if (!pg_is_null(r, 0, 11))
        buf_printf(out, "  sent again %s\n", time_format(pg_time(r, 0, 11), at));
    if (!pg_is_null(r, 0, 12)) {
        const struct str why = pg_text(r, 0, 13);
        buf_printf(out, "  dropped    %s: %.*s\n", time_format(pg_time(r, 0, 12), at), (int)why.n,
                   why.p);
    }
    buf_printf(out, "  key        ");
    add_readable(out, pg_text(r, 0, 4));
    buf_printf(out, "\n  headers    %.*s\n\n", (int)headers.n, headers.p);
    add_readable(out, pg_text(r, 0, 5));
    buf_char(out, '\n');
}

static struct str
readable(struct buf *work, struct str s)
{
    buf_clear(work);
    add_readable(work, s);
    return buf_str(work);
}

static void
show_json(const struct pg_rows *r, const char *id, struct buf *work, struct buf *out)
{
    struct emit j;
    emit_init(&j, out);
    emit_object(&j, NULL);
    emit_time(&j, "at", pg_time(r, 0, 9));
    emit_str(&j, "code", pg_text(r, 0, 7));
    emit_time(&j, "dropped_at", pg_time(r, 0, 12));
    emit_str(&j, "dropped_why", pg_text(r, 0, 13));
    emit_raw(&j, "headers", pg_text(r, 0, 6));
    emit_cstr(&j, "id", id);
    emit_str(&j, "key", readable(work, pg_text(r, 0, 4)));
    emit_str(&j, "payload", readable(work, pg_text(r, 0, 5)));
    emit_str(&j, "reason", pg_text(r, 0, 8));
    emit_time(&j, "retried_at", pg_time(r, 0, 11));
    emit_i64(&j, "retries", pg_i64(r, 0, 10));
    emit_object_end(&j);
}

static enum err_class
read_one(struct pg *db, struct str id, struct pg_rows **ret, struct err *e)
{
    TRY(pg_exec(db, e, ret, &sql_deadletter_one, PG_TEXT(id)));
    if (pg_n(*ret) == 0)
        return err_set(e, ERR_REJECT, "UNKNOWN",
                       "no dead letter %.*s; `millrace deadletters ls` shows their ids", (int)id.n,
                       id.p);
    return ERR_NONE;
}

enum err_class
cli_deadletters_show(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_deadletter_one, NULL };
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *one = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out, work;

    buf_init(&out, OUT_MAX);
    buf_init(&work, OUT_MAX);
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(read_one(db, str_of(c->argv[0]), &one, e));
    if (c->json)
        show_json(one, c->argv[0], &work, &out);
    else
        show_page(one, c->argv[0], &out);
    return print(&out, e);
}

/* What was chosen: one by its id, or all that pass the filter. */
struct choice {
    struct pg_rows *list;
    struct str *ids;
    size_t n;
};

static enum err_class
choose(const struct cli *c, struct pg *db, struct arena *mem, struct choice *ret, struct err *e)
{
    struct filter f;
    TRY(read_filter(c, LETTERS_MAX, &f, e));
    const bool by_filter = f.group.kind != PG_K_NULL || f.topic.kind != PG_K_NULL ||
                           f.code.kind != PG_K_NULL || f.text.kind != PG_K_NULL;
    if (by_filter == (c->argc > 0))
        return err_set(e, ERR_REJECT, "USAGE",
                       "say which: one ID, or some of --group, --topic, --code and --text");
    if (c->argc > 0) {
        CLEANUP(pg_rows_free) struct pg_rows *one = NULL;
        TRY(read_one(db, str_of(c->argv[0]), &one, e));
        ret->ids = ARENA_NEW(mem, struct str, 1);
        ret->ids[0] = str_of(c->argv[0]);
        ret->n = 1;
        return ERR_NONE;
    }
    f.all = PG_BOOL(false);
    TRY(read_list(db, &f, &ret->list, e));
    ret->ids = ARENA_NEW(mem, struct str, pg_n(ret->list) + 1);
    for (size_t i = 0; i < pg_n(ret->list); i++)
        ret->ids[ret->n++] = pg_text(ret->list, i, 0);
    return ERR_NONE;
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
    return n + pg_i64(one, 0, 10);
}

static enum err_class
send_one(struct resend *s, struct str id, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *one = NULL;
    CLEANUP(json_free) struct json_doc *doc = NULL;
    struct kafka_header headers[KAFKA_HEADERS_MAX];

    TRY(read_one(s->db, id, &one, e));
    TRY(json_parse(&doc, pg_text(one, 0, 6), e));
    const int64_t retries = retries_of(one, doc);
    if (retries >= RETRIES_MAX && !s->by_id) {
        s->held++;
        return ERR_NONE;
    }
    const struct str topic = arena_str(s->mem, pg_text(one, 0, 1));
    const struct str value = pg_is_null(one, 0, 5) ? (struct str){ 0 } : pg_text(one, 0, 5);
    const size_t n = headers_of(s, doc, retries + 1, headers);
    s->failed = (struct err){ 0 };
    TRY(kafka_send(s->producer, topic.p, pg_text(one, 0, 4), value, headers, n, NULL, e));
    TRY(kafka_flush(s->producer, SEND_MS, e));
    if (s->failed.class != ERR_NONE) {
        *e = s->failed;
        return err_wrap(e, "%.*s: ", (int)id.n, id.p);
    }
    TRY(pg_exec(s->db, e, NULL, &sql_deadletter_retried, PG_TEXT(id), PG_TIME(clock_now())));
    s->sent++;
    return ERR_NONE;
}

static void
report(const struct cli *c, const char *verb, size_t n, size_t held)
{
    if (c->json)
        printf("{\"%s\":%zu,\"held\":%zu}\n", verb, n, held);
    else
        printf("%zu record(s) %s\n", n, verb);
    if (!c->json && held > 0)
        printf("%zu came back %d times before and were left; find the cause, then retry them by "
               "their id\n",
               held, RETRIES_MAX);
}

/* With --dry-run: what would be met, by reason. */
static enum err_class
preview(const struct cli *c, struct pg *db, const struct choice *chosen, const char *verb,
        struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *reasons = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;
    struct filter f;
    struct emit j;

    buf_init(&out, OUT_MAX);
    TRY(read_filter(c, LETTERS_MAX, &f, e));
    f.all = PG_BOOL(false);
    TRY(read_reasons(db, &f, &reasons, e));
    if (c->json) {
        emit_init(&j, &out);
        emit_object(&j, NULL);
        emit_bool(&j, "dry_run", true);
        if (c->argc == 0)
            reasons_json(reasons, &j);
        emit_i64(&j, "records", (int64_t)chosen->n);
        emit_object_end(&j);
    } else {
        if (c->argc == 0)
            reasons_page(reasons, &out);
        buf_printf(&out, "%zu record(s) would be %s; nothing was changed\n", chosen->n, verb);
    }
    return print(&out, e);
}

enum err_class
cli_deadletters_retry(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = {
        &sql_deadletter_reasons, &sql_deadletter_list, &sql_deadletter_one,
        &sql_deadletter_retried, NULL
    };
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(kafka_producer_free) struct kafka_producer *producer = NULL;
    struct choice chosen = { 0 };
    struct kafka_settings settings;
    struct resend s = { .mem = mem, .by_id = c->argc > 0 };

    TRY(cli_pg_open(c, statements, &db, e));
    enum err_class class = choose(c, db, mem, &chosen, e);
    if (class == ERR_NONE && cli_option(c, "dry-run") != NULL) {
        class = preview(c, db, &chosen, "sent again", e);
    } else if (class == ERR_NONE) {
        service_kafka_settings(c->svc, &settings);
        class = kafka_producer_open(&producer, &settings, delivered, &s, e);
        s.db = db;
        s.producer = producer;
        for (size_t i = 0; class == ERR_NONE && i < chosen.n; i++)
            class = send_one(&s, chosen.ids[i], e);
        report(c, "sent again", s.sent, s.held);
    }
    pg_rows_free(chosen.list);
    return class;
}

enum err_class
cli_deadletters_drop(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = {
        &sql_deadletter_reasons, &sql_deadletter_list, &sql_deadletter_one, &sql_deadletter_drop,
        NULL
    };
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *done = NULL;
    struct choice chosen = { 0 };

    if (cli_option(c, "why") == NULL || *cli_option(c, "why") == '\0')
        return err_set(e, ERR_REJECT, "USAGE", "say --why: it is kept with the record");
    TRY(cli_pg_open(c, statements, &db, e));
    enum err_class class = choose(c, db, mem, &chosen, e);
    if (class == ERR_NONE && cli_option(c, "dry-run") != NULL) {
        class = preview(c, db, &chosen, "dropped", e);
    } else if (class == ERR_NONE) {
        class = pg_exec(db, e, &done, &sql_deadletter_drop, PG_TEXTS(chosen.ids, chosen.n),
                        PG_CSTR(cli_option(c, "why")), PG_TIME(clock_now()));
        if (class == ERR_NONE)
            report(c, "dropped", (size_t)pg_affected(done), 0);
    }
    pg_rows_free(chosen.list);
    return class;
}
