/*
 * status.c: one page for the person on call: which services answer, how far each group is, what
 * waits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "http/client.h"
#include "json/emit.h"
#include "kafka/admin.h"
#include "millrace_sql.h"

enum { SERVICES_MAX = 64, PAGE_MAX = 1 << 20, ASK_MS = 1000, STATE_SIZE = 128 };

struct running {
    char name[64];
    int64_t port;
    bool ready;
    char state[STATE_SIZE];
};
struct page {
    struct running services[SERVICES_MAX];
    size_t n_services;
    struct pg_rows *offsets, *counts;
    int64_t *lags; /* of the offsets' rows; -1: unknown */
};

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct running *)a)->name, ((const struct running *)b)->name);
}

static bool
read_port(const char *dir, const char *file, struct running *ret)
{
    char path[1024];
    const size_t n = strlen(file), suffix = strlen(".port");
    if (n <= suffix || n - suffix >= sizeof ret->name || strcmp(file + n - suffix, ".port") != 0)
        return false;
    snprintf(path, sizeof path, "%s/%s", dir, file);
    memcpy(ret->name, file, n - suffix);
    ret->name[n - suffix] = '\0';
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;
    const bool read = fscanf(f, "%" SCNd64, &ret->port) == 1;
    (void)fclose(f);
    return read;
}

static void
find_services(const char *dir, struct page *p)
{
    DIR *d = opendir(dir);
    for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL;)
        if (p->n_services < SERVICES_MAX && strcmp(entry->d_name, "sandbox.port") != 0 &&
            read_port(dir, entry->d_name, &p->services[p->n_services]))
            p->n_services++;
    if (d != NULL)
        (void)closedir(d);
    qsort(p->services, p->n_services, sizeof p->services[0], by_name);
}

/* First line of /readyz: "ready", or what is missing. */
static void
ask(struct http_client *http, struct running *s)
{
    char url[64];
    struct http_response answer;
    struct err e = { 0 };
    snprintf(url, sizeof url, "http://127.0.0.1:%" PRId64 "/readyz", s->port);
    const struct http_request request = {
        .method = "GET", .url = url, .timeout_ms = ASK_MS, .connect_timeout_ms = ASK_MS
    };
    if (http_send(http, &request, &answer, &e) != ERR_NONE) {
        snprintf(s->state, sizeof s->state, "does not answer");
    } else {
        snprintf(s->state, sizeof s->state, "%s", buf_cstr(&answer.body));
        s->state[strcspn(s->state, "\n")] = '\0';
        s->ready = answer.status == 200;
    }
    http_response_fini(&answer);
}

static enum err_class
ask_services(struct cli *c, struct page *p, struct err *e)
{
    CLEANUP(http_client_free) struct http_client *http = NULL;
    find_services(c->cfg.run.dir, p);
    TRY(http_client_open(&http, "millrace", e));
    for (size_t i = 0; i < p->n_services; i++)
        ask(http, &p->services[i]);
    return ERR_NONE;
}

static enum err_class
ask_postgres(struct cli *c, struct page *p, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_status_offsets, &sql_status_counts,
                                                        NULL };
    CLEANUP(pg_free) struct pg *db = NULL;
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(pg_exec(db, e, &p->offsets, &sql_status_offsets));
    return pg_exec(db, e, &p->counts, &sql_status_counts);
}

static enum err_class
ask_kafka(struct cli *c, struct page *p, struct err *e)
{
    struct kafka_settings settings;
    CLEANUP(kafka_admin_free) struct kafka_admin *admin = NULL;
    service_kafka_settings(c->svc, &settings);
    TRY(kafka_admin_open(&admin, &settings, e));
    p->lags = calloc(pg_n(p->offsets) + 1, sizeof *p->lags);
    if (p->lags == NULL)
        return err_set(e, ERR_FATAL, "ENOMEM", "no memory");
    for (size_t i = 0; i < pg_n(p->offsets); i++) {
        char topic[256];
        int64_t low, high;
        const struct str name = pg_text(p->offsets, i, 1);
        snprintf(topic, sizeof topic, "%.*s", (int)name.n, name.p);
        TRY(kafka_admin_end_offsets(admin, topic, (int32_t)pg_i64(p->offsets, i, 2), &low, &high,
                                    e));
        p->lags[i] = high - pg_i64(p->offsets, i, 3);
    }
    return ERR_NONE;
}

/* Partitions of one group and topic stand together, because the rows are sorted. */
static bool
same_topic(const struct page *p, size_t a, size_t b)
{
    return str_eq(pg_text(p->offsets, a, 0), pg_text(p->offsets, b, 0)) &&
           str_eq(pg_text(p->offsets, a, 1), pg_text(p->offsets, b, 1));
}

struct topic_line {
    struct str group, topic;
    int64_t partitions, consumed, dead, lag;
};

static struct topic_line
sum_topic(const struct page *p, size_t *row)
{
    const size_t first = *row;
    struct topic_line t = {
        pg_text(p->offsets, first, 0), pg_text(p->offsets, first, 1), 0, 0, 0, 0
    };
    for (; *row < pg_n(p->offsets) && same_topic(p, first, *row); ++*row) {
        t.partitions++;
        t.consumed += pg_i64(p->offsets, *row, 4);
        t.dead += pg_i64(p->offsets, *row, 5);
        t.lag += p->lags[*row];
    }
    return t;
}

static void
write_page(const struct page *p, struct buf *out)
{
    buf_printf(out, "%-28s %6s  %s\n", "SERVICE", "PORT", "STATE");
    for (size_t i = 0; i < p->n_services; i++)
        buf_printf(out, "%-28s %6" PRId64 "  %s\n", p->services[i].name, p->services[i].port,
                   p->services[i].state);
    buf_printf(out, "\n%-20s %-26s %10s %12s %8s %8s\n", "GROUP", "TOPIC", "PARTITIONS", "CONSUMED",
               "LAG", "DEAD");
    for (size_t row = 0; row < pg_n(p->offsets);) {
        const struct topic_line t = sum_topic(p, &row);
        buf_printf(out, "%-20.*s %-26.*s %10" PRId64 " %12" PRId64 " %8" PRId64 " %8" PRId64 "\n",
                   (int)t.group.n, t.group.p, (int)t.topic.n, t.topic.p, t.partitions, t.consumed,
                   t.lag, t.dead);
    }
    buf_printf(out, "\n%-36s %12s\n", "WAITING", "COUNT");
    for (size_t i = 0; i < pg_n(p->counts); i++) {
        const struct str what = pg_text(p->counts, i, 0);
        buf_printf(out, "%-36.*s %12" PRId64 "\n", (int)what.n, what.p, pg_i64(p->counts, i, 1));
    }
}

static void
write_json(const struct page *p, struct buf *out)
{
    struct emit j;
    emit_init(&j, out);
    emit_object(&j, NULL);
    emit_array(&j, "groups");
    for (size_t row = 0; row < pg_n(p->offsets);) {
        const struct topic_line t = sum_topic(p, &row);
        emit_object(&j, NULL);
        emit_i64(&j, "consumed", t.consumed);
        emit_i64(&j, "dead_lettered", t.dead);
        emit_str(&j, "group", t.group);
        emit_i64(&j, "lag", t.lag);
        emit_i64(&j, "partitions", t.partitions);
        emit_str(&j, "topic", t.topic);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_array(&j, "services");
    for (size_t i = 0; i < p->n_services; i++) {
        emit_object(&j, NULL);
        emit_cstr(&j, "name", p->services[i].name);
        emit_i64(&j, "port", p->services[i].port);
        emit_bool(&j, "ready", p->services[i].ready);
        emit_cstr(&j, "state", p->services[i].state);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_array(&j, "waiting");
    for (size_t i = 0; i < pg_n(p->counts); i++) {
        emit_object(&j, NULL);
        emit_i64(&j, "count", pg_i64(p->counts, i, 1));
        emit_str(&j, "what", pg_text(p->counts, i, 0));
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
}

static enum err_class
gather(struct cli *c, struct page *p, struct err *e)
{
    TRY(ask_services(c, p, e));
    TRY(ask_postgres(c, p, e));
    return ask_kafka(c, p, e);
}

enum err_class
cli_status(struct cli *c, struct err *e)
{
    static struct page p;
    struct buf out;
    buf_init(&out, PAGE_MAX);
    enum err_class class = gather(c, &p, e);
    if (class == ERR_NONE) {
        if (c->json)
            write_json(&p, &out);
        else
            write_page(&p, &out);
        class = buf_check(&out, "status", e);
    }
    if (class == ERR_NONE)
        cli_print(&out);
    for (size_t i = 0; i < p.n_services; i++)
        c->answer = p.services[i].ready ? c->answer : EXIT_NO;
    buf_fini(&out);
    pg_rows_free(p.offsets);
    pg_rows_free(p.counts);
    free(p.lags);
    return class;
}
