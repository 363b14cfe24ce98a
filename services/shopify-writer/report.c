/*
 * report.c: a batch at a time, in two steps, so that a slow Kafka never holds up Shopify; see
 * report.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "domain/shopify_write.h"

enum { VALUE_MAX = 64 << 10, ACK_TIMEOUT_MS = 10000, SOURCE_MAX = 128 };
enum { COL_ID, COL_SHOP, COL_CAUSE, COL_EFFECT, COL_OUTCOME, COL_MESSAGE, COL_KEY, COL_ITEM,
       COL_LOCATION, COL_QUANTITY, COL_FROM, COL_ORDER, COL_PARCEL, COL_FULFILLMENT, COL_AT };

static struct shopify_write
read_report(const struct pg_rows *r, size_t i)
{
    return (struct shopify_write){
        .shop = pg_text(r, i, COL_SHOP),
        .cause = pg_text(r, i, COL_CAUSE),
        .effect = pg_text(r, i, COL_EFFECT),
        .outcome = pg_text(r, i, COL_OUTCOME),
        .message = pg_text(r, i, COL_MESSAGE),
        .request_key = pg_text(r, i, COL_KEY),
        .inventory_item = { pg_i64(r, i, COL_ITEM) },
        .location = { pg_i64(r, i, COL_LOCATION) },
        .quantity = pg_i64(r, i, COL_QUANTITY),
        .change_from = pg_i64(r, i, COL_FROM),
        .order = { pg_i64(r, i, COL_ORDER) },
        .parcel = pg_text(r, i, COL_PARCEL),
        .fulfillment = { pg_i64(r, i, COL_FULFILLMENT) },
        .at = pg_time(r, i, COL_AT),
    };
}

static enum err_class
publish_one(struct writer *w, const struct pg_rows *rows, size_t i, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf value;
    const struct shopify_write report = read_report(rows, i);
    char version[32], source[SOURCE_MAX];

    buf_init(&value, VALUE_MAX);
    shopify_write_emit(&value, &report);
    TRY(buf_check(&value, "report", e));
    (void)snprintf(version, sizeof version, "%" PRId64, pg_i64(rows, i, COL_ID));
    (void)snprintf(source, sizeof source, "millrace/%.*s", (int)report.shop.n, report.shop.p);
    const struct event event = {
        .topic = SHOPIFY_WRITE_TOPIC,
        .key = report.cause,
        .value = buf_str(&value),
        .type = SHOPIFY_WRITE_TYPE,
        .source = str_of(source),
        .version = str_of(version),
        .time = report.at,
    };
    return publish_add(w->out, &event, e);
}

static enum err_class
queue_batch(struct writer *w, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    TRY(pg_exec(w->db, e, &rows, &sql_take_reports, PG_I64(REPORTS_MAX)));
    for (size_t i = 0; i < pg_n(rows); i++) {
        w->reports[i] = pg_i64(rows, i, COL_ID);
        TRY(publish_one(w, rows, i, e));
    }
    w->n_reports = pg_n(rows);
    w->reports_until_ms = clock_monotonic_ms() + ACK_TIMEOUT_MS;
    return ERR_NONE;
}

/* Waiting: the queued batch is not acknowledged yet, and may still be. */
static bool
is_waiting(const struct writer *w, enum err_class class, const struct err *e)
{
    return class == ERR_RETRY && strcmp(e->code, "TIMED_OUT") == 0
           && clock_monotonic_ms() < w->reports_until_ms;
}

enum err_class
report_step(struct writer *w, bool *more, struct err *e)
{
    *more = false;
    if (w->n_reports == 0)
        TRY(queue_batch(w, e));
    if (w->n_reports == 0)
        return ERR_NONE;
    *more = true;
    FAILPOINT("reports_waiting", e);
    const enum err_class class = publish_wait(w->out, 0, e);
    if (is_waiting(w, class, e))
        return ERR_NONE;
    const size_t n = w->n_reports;
    w->n_reports = 0;
    TRY(class);
    publish_marks_clear(w->out);
    FAILPOINT("reports_produced", e);
    *more = n == REPORTS_MAX;
    return pg_exec(w->db, e, NULL, &sql_drop_reports, PG_I64S(w->reports, n));
}
