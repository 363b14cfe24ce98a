/*
 * writer.c: what a turn does, in which order, and how long it may sleep; see writer.h.
 *
 * Nothing in a turn waits for Shopify, or for Kafka to take a report: calls in the air move only
 * when they are polled, and one whose time-out ran out meanwhile has to be asked for again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "writer.h"

#include "base/clock.h"
#include "base/log.h"
#include "first_push.h"
#include "parcel_read.h"
#include "report.h"
#include "stock_read.h"
#include "stock_write.h"
#include "writer_documents.h"

enum {
    BUSY_MS = 5,            /* how long a turn waits for answers while calls are in the air */
    LOOK_MS = 20,           /* how often due work is looked for then, if nothing happened */
    REPORT_MS = 100,
    REPORT_QUIET_MS = 1000, /* after a look that found none */
    DRAIN_POLL_MS = 100,
    PRUNE_MS = 600000,
};

struct time_us
writer_after_ms(int64_t ms)
{
    return (struct time_us){ clock_now().v + ms * US_PER_MS };
}

static bool
mode_is(const struct shop_conf *shop, const char *effect)
{
    return strcmp(shop->mode, "all") == 0 || strcmp(shop->mode, effect) == 0;
}

static enum err_class
open_shop(struct writer *w, const struct shop_conf *conf, struct err *e)
{
    struct shop_state *s = &w->shops[w->n_shops];

    *s = (struct shop_state){ .conf = conf, .writes_stock = mode_is(conf, "atp"),
                              .writes_parcels = mode_is(conf, "fulfil") };
    TRY(shopify_open(&s->api, conf, e));
    w->n_shops++;
    LOG_INFO(MSG("shop"), KV("shop", conf->key), KV("mode", conf->mode),
             KV("endpoint", conf->endpoint));
    return pg_exec(w->db, e, NULL, &sql_start_writing, PG_CSTR(conf->key), PG_CSTR(w->owner),
                   PG_BOOL(s->writes_stock), PG_BOOL(s->writes_parcels), PG_TIME(clock_now()));
}

enum err_class
writer_open(struct writer **ret, struct service *svc, struct pg *db, struct publisher *out,
            const struct config *cfg, struct err *e)
{
    CLEANUP(writer_free) struct writer *w = calloc(1, sizeof *w);
    const struct shop_conf *shops = cfg->shops.v;

    if (w == NULL)
        return err_set(e, ERR_FATAL, "", "no memory for the writer");
    w->svc = svc;
    w->db = db;
    w->out = out;
    w->cfg = cfg;
    w->owner = service_instance(svc);
    TRY(documents_check(writer_documents, e));
    TRY(http_multi_open(&w->http, "millrace", HTTP_MULTI_MAX, e));
    for (size_t i = 0; i < cfg->shops.n; i++)
        TRY(open_shop(w, &shops[i], e));
    *ret = TAKE(w);
    return ERR_NONE;
}

void
writer_free(struct writer *w)
{
    if (w == NULL)
        return;
    http_multi_free(w->http);
    for (size_t i = 0; i < w->n_shops; i++)
        shopify_free(w->shops[i].api);
    free(w);
}

/* Everything that is due in a shop, in the order of what it is worth. */
static enum err_class
work_shop(struct writer *w, struct shop_state *s, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *due = NULL;
    const struct time_us oldest = writer_after_ms(-w->cfg->writer.key_life_ms);

    TRY(pg_exec(w->db, e, &due, &sql_writer_work, PG_CSTR(s->conf->key), PG_TIME(oldest),
                PG_TIME(clock_now())));
    if (pg_bool(due, 0, 0))
        TRY(stock_write_expire(w, s, e));
    if (pg_bool(due, 0, 2))
        TRY(parcel_read(w, s, e));
    if (pg_bool(due, 0, 1))
        TRY(stock_write_repeat(w, s, e));
    TRY(first_push_weigh(w, s, e));
    if (pg_bool(due, 0, 3))
        TRY(stock_write_new(w, s, e));
    if (pg_bool(due, 0, 4))
        TRY(stock_read(w, s, e));
    return ERR_NONE;
}

static enum err_class
prune(struct writer *w, int64_t now_ms, struct err *e)
{
    if (now_ms < w->prune_at_ms)
        return ERR_NONE;
    w->prune_at_ms = now_ms + PRUNE_MS;
    for (size_t i = 0; i < w->n_shops; i++)
        TRY(stock_write_prune(w, &w->shops[i], e));
    return ERR_NONE;
}

static enum err_class
work(struct writer *w, struct err *e)
{
    const int64_t now_ms = clock_monotonic_ms();

    TRY(prune(w, now_ms, e));
    if (!w->moved && now_ms < w->look_at_ms)
        return ERR_NONE;
    w->moved = false;
    w->look_at_ms = now_ms + LOOK_MS;
    for (size_t i = 0; i < w->n_shops; i++)
        if (now_ms >= w->shops[i].hold_until_ms)
            TRY(work_shop(w, &w->shops[i], e));
    return ERR_NONE;
}

static enum err_class
report(struct writer *w, struct err *e)
{
    const int64_t now_ms = clock_monotonic_ms();
    bool more = false;

    if (now_ms < w->report_at_ms)
        return ERR_NONE;
    w->report_at_ms = now_ms + (http_multi_in_flight(w->http) > 0 ? REPORT_MS : REPORT_QUIET_MS);
    TRY(report_step(w, &more, e));
    if (more)
        w->report_at_ms = now_ms;
    return ERR_NONE;
}

/* What a turn of ours could not do is still there for the next. */
static enum err_class
forgive(struct writer *w, enum err_class class, struct err *e)
{
    struct err again = { 0 };

    if (class == ERR_NONE)
        w->attempt = 0;
    if (class == ERR_NONE || class == ERR_FATAL)
        return class;
    pg_rollback(w->db);
    service_back_off(w->svc, &w->attempt, e);
    class = service_pg_restore(w->svc, w->db, &again);
    if (class == ERR_FATAL)
        *e = again;
    return class == ERR_FATAL ? class : ERR_NONE;
}

enum err_class
writer_turn(struct writer *w, struct stream *in, struct err *e)
{
    const bool busy = http_multi_in_flight(w->http) > 0 || w->moved;
    const bool reporting = w->n_reports > 0;
    size_t handled = 0, ended = 0;

    stream_wait(in, busy ? 0 : reporting ? BUSY_MS : w->cfg->writer.idle_ms);
    TRY(stream_step(in, &handled, e));
    if ((!busy && !reporting) || handled > 0)
        w->moved = true;
    TRY(http_multi_poll(w->http, handled > 0 ? 0 : BUSY_MS, &ended, e));
    if (w->fatal.class != ERR_NONE) {
        *e = w->fatal;
        return e->class;
    }
    enum err_class class = work(w, e);
    if (class == ERR_NONE)
        class = report(w, e);
    return forgive(w, class, e);
}

static enum err_class
drain_reports(struct writer *w, int64_t until_ms, struct err *e)
{
    for (bool more = true; more;) {
        TRY(report_step(w, &more, e));
        if (more && clock_monotonic_ms() >= until_ms) {
            LOG_WARN(MSG("reports are left for the next start: Kafka is slow"),
                     KV("queued", (int64_t)w->n_reports));
            return ERR_NONE;
        }
        if (w->n_reports > 0)
            clock_sleep_ms(BUSY_MS);
        service_beat(w->svc);
    }
    return ERR_NONE;
}

enum err_class
writer_drain(struct writer *w, struct err *e)
{
    const int64_t until_ms = clock_monotonic_ms() + w->cfg->service.service.drain_ms;

    while (http_multi_in_flight(w->http) > 0 && clock_monotonic_ms() < until_ms) {
        TRY(http_multi_poll(w->http, DRAIN_POLL_MS, NULL, e));
        service_beat(w->svc);
    }
    if (w->fatal.class != ERR_NONE) {
        *e = w->fatal;
        return e->class;
    }
    return drain_reports(w, until_ms, e);
}
