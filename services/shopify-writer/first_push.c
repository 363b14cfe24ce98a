/*
 * first_push.c: weigh now and then, say what came of it; see first_push.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "first_push.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"

enum {
    WEIGH_MS = 500,          /* while more becomes known, */
    WEIGH_ROWS_PER_MS = 20,  /* and longer when there is much to count */
    WEIGH_BRAKED_MS = 10000, /* only the figures that people see follow */
    WEIGH_IDLE_MS = 60000,   /* none is held; the first row that is asks for it at once */
};
enum { COL_LOCATION, COL_BEFORE, COL_STATE, COL_ROWS, COL_WAITING, COL_CHANGED, COL_ZEROED };

static struct metric braked_gauge = METRIC(
    METRIC_GAUGE, "millrace_first_push_braked",
    "Channels whose first push is stopped until a person releases it.");

static bool
is(const struct pg_rows *r, size_t i, int column, const char *state)
{
    return str_is(pg_text(r, i, column), state);
}

static void
tell(const struct shop_state *s, const struct pg_rows *r, size_t i)
{
    const struct str state = pg_text(r, i, COL_STATE);

    if (str_eq(pg_text(r, i, COL_BEFORE), state))
        return;
    if (str_is(state, "braked"))
        LOG_ERROR(MSG("the first push is stopped: too much would change; if that is right, set"
                      " first_push = released in the shop's section and restart"),
                  KV("shop", s->conf->key), KV("location", pg_i64(r, i, COL_LOCATION)),
                  KV("rows", pg_i64(r, i, COL_ROWS)), KV("changed", pg_i64(r, i, COL_CHANGED)),
                  KV("zeroed", pg_i64(r, i, COL_ZEROED)));
    else
        LOG_INFO(MSG("the first push goes out"), KV("shop", s->conf->key),
                 KV("location", pg_i64(r, i, COL_LOCATION)), KV("rows", pg_i64(r, i, COL_ROWS)),
                 KV("changed", pg_i64(r, i, COL_CHANGED)),
                 KV("zeroed", pg_i64(r, i, COL_ZEROED)));
}

enum err_class
first_push_weigh(struct writer *w, struct shop_state *s, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    const struct writer_conf *c = &w->cfg->writer;
    const int64_t now_ms = clock_monotonic_ms();
    int64_t wait_ms = WEIGH_IDLE_MS, braked = 0, left = 0;
    char labels[METRIC_LABELS_MAX];

    if (!s->writes_stock || now_ms < s->weigh_at_ms)
        return ERR_NONE;
    TRY(pg_exec(w->db, e, &rows, &sql_weigh_first_push, PG_CSTR(s->conf->key),
                PG_BOOL(shop_first_push_released(s->conf)), PG_I64(c->first_push_rows),
                PG_I64(c->first_push_changed_percent), PG_I64(c->first_push_zeroed_percent),
                PG_TIME(clock_now())));
    for (size_t i = 0; i < pg_n(rows); i++) {
        const int64_t ms = is(rows, i, COL_STATE, "braked")
                               ? WEIGH_BRAKED_MS
                               : WEIGH_MS + pg_i64(rows, i, COL_ROWS) / WEIGH_ROWS_PER_MS;
        tell(s, rows, i);
        if (is(rows, i, COL_STATE, "over"))
            continue;
        left++;
        braked += is(rows, i, COL_STATE, "braked");
        wait_ms = ms < wait_ms ? ms : wait_ms;
    }
    s->weighing = left > 0;
    s->weigh_at_ms = now_ms + wait_ms;
    (void)snprintf(labels, sizeof labels, "shop=\"%s\"", s->conf->key);
    metric_set(&braked_gauge, labels, braked);
    return ERR_NONE;
}

void
first_push_held(struct shop_state *s)
{
    if (s->weighing)
        return;
    s->weighing = true;
    s->weigh_at_ms = 0;
}
