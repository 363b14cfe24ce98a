/*
 * explain.c: `millrace explain atp SKU`: every term of a promise, the buildings behind it, and what
 * Shopify was told.
 *
 * The terms come from the view that the promise itself is computed from, so they add up by
 * construction.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>

#include "base/clock.h"
#include "cli.h"
#include "json/emit.h"
#include "millrace_sql.h"

enum { EXPLAIN_MAX = 1 << 20 };

/* Columns of explain_atp.sql. */
enum {
    A_SHOP,
    A_LOCATION_ID,
    A_LOCATION,
    A_ITEM,
    A_USABLE,
    A_SHORTAGE,
    A_UNALLOCATED,
    A_THRESHOLD,
    A_NET,
    A_PROMISE,
    A_ATP,
    A_COMMITTED_MIN,
    A_COMMITTED_MAX,
    A_KNOWN,
    A_LEVEL_MIN,
    A_LEVEL_MAX,
    A_WATERMARK,
    A_VERSION,
    A_PUBLISHED_VERSION,
    A_PUBLISHED_PROMISE,
    A_REASON,
    A_COMPUTED_AT,
    A_WRITTEN,
    A_RESIDUAL,
    A_JUDGED,
    A_IN_FLIGHT,
    A_REFUSED,
    A_LAST_WRITE_AT,
    A_SHOPIFY_ON_HAND,
};
/* Columns of explain_stock.sql. */
enum {
    S_FACILITY,
    S_ON_HAND,
    S_RESERVED,
    S_SAFETY,
    S_USABLE,
    S_SHORTAGE,
    S_AS_OF,
    S_KNOWN,
    S_FEEDS,
    S_LAST
};

struct term {
    int column;
    const char *sign, *label, *key;
};
static const struct term terms[] = {
    { A_USABLE, " ", "usable in all buildings", "usable" },
    { A_SHORTAGE, "-", "shortage: reserved beyond on hand", "shortage" },
    { A_UNALLOCATED, "-", "ordered, but no building chosen yet", "unallocated" },
    { A_THRESHOLD, "-", "threshold kept back (only down to 0)", "threshold" },
    { A_PROMISE, "=", "promise (negative: demand beyond supply)", "promise" },
    { A_ATP, " ", "available to promise, what people see", "atp" },
};

static void
write_buildings(const struct pg_rows *stock, struct buf *out)
{
    buf_printf(out, "  %-12s %8s %9s %7s %7s  %s\n", "BUILDING", "ON HAND", "RESERVED", "SAFETY",
               "USABLE", "LAST ENTRY");
    for (size_t i = 0; i < pg_n(stock); i++) {
        const struct str f = pg_text(stock, i, S_FACILITY), last = pg_text(stock, i, S_LAST);
        buf_printf(out, "  %-12.*s %8" PRId64 " %9" PRId64 " %7" PRId64 " %7" PRId64 "  %.*s%s\n",
                   (int)f.n, f.p, pg_i64(stock, i, S_ON_HAND), pg_i64(stock, i, S_RESERVED),
                   pg_i64(stock, i, S_SAFETY), pg_i64(stock, i, S_USABLE), (int)last.n,
                   last.n > 0 ? last.p : "",
                   !pg_bool(stock, i, S_KNOWN)   ? " (unknown, off or not shipping: not counted)"
                   : !pg_bool(stock, i, S_FEEDS) ? " (feeds no channel)"
                                                 : "");
    }
}

static const char *
writer_state(const struct pg_rows *a, size_t row)
{
    if (!pg_is_null(a, row, A_REFUSED))
        return "Shopify refuses this row; see the exception shopify_refused";
    if (pg_is_null(a, row, A_JUDGED))
        return "the writer has not seen this row yet";
    if (pg_bool(a, row, A_IN_FLIGHT))
        return "a write is in flight";
    if (!pg_bool(a, row, A_JUDGED))
        return "closed until a first read has been judged";
    return pg_i64(a, row, A_RESIDUAL) != 0 ? "open; an outside change waits to be judged"
                                           : "open, at rest";
}

static void
write_channel(const struct pg_rows *a, size_t row, struct buf *out)
{
    char at[TIME_TEXT_SIZE];
    const struct str item = pg_text(a, row, A_ITEM), shop = pg_text(a, row, A_SHOP),
                     place = pg_text(a, row, A_LOCATION), reason = pg_text(a, row, A_REASON);

    buf_printf(out, "\n%.*s at %.*s, %.*s\n\n", (int)item.n, item.p, (int)shop.n, shop.p,
               (int)place.n, place.p);
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        buf_printf(out, "  %s %7" PRId64 "  %s\n", terms[i].sign, pg_i64(a, row, terms[i].column),
                   terms[i].label);
    buf_printf(out,
               "\n  level asked of Shopify: %" PRId64 " to %" PRId64
               " = promise + committed (%" PRId64 " to %" PRId64 ") - known facts (%" PRId64 ")\n",
               pg_i64(a, row, A_LEVEL_MIN), pg_i64(a, row, A_LEVEL_MAX),
               pg_i64(a, row, A_COMMITTED_MIN), pg_i64(a, row, A_COMMITTED_MAX),
               pg_i64(a, row, A_KNOWN));
    if (pg_is_null(a, row, A_VERSION))
        buf_printf(out, "  not computed yet: outbound-producer is next\n");
    else
        buf_printf(out, "  computed %s because of %.*s%s\n",
                   time_format(pg_time(a, row, A_COMPUTED_AT), at), (int)reason.n, reason.p,
                   pg_i64(a, row, A_PUBLISHED_VERSION) < pg_i64(a, row, A_VERSION)
                       ? "; not published yet"
                       : "; published");
    if (!pg_is_null(a, row, A_SHOPIFY_ON_HAND))
        buf_printf(out,
                   "  Shopify's on hand, as we know it: %" PRId64 " (written %" PRId64
                   ", residual %" PRId64 ")\n",
                   pg_i64(a, row, A_SHOPIFY_ON_HAND), pg_i64(a, row, A_WRITTEN),
                   pg_i64(a, row, A_RESIDUAL));
    buf_printf(out, "  writer: %s\n", writer_state(a, row));
}

static void
write_json(const struct pg_rows *a, const struct pg_rows *stock, struct buf *out)
{
    struct emit j;
    emit_init(&j, out);
    emit_object(&j, NULL);
    emit_array(&j, "buildings");
    for (size_t i = 0; i < pg_n(stock); i++) {
        emit_object(&j, NULL);
        emit_str(&j, "facility", pg_text(stock, i, S_FACILITY));
        emit_i64(&j, "on_hand", pg_i64(stock, i, S_ON_HAND));
        emit_i64(&j, "reserved", pg_i64(stock, i, S_RESERVED));
        emit_i64(&j, "usable", pg_i64(stock, i, S_USABLE));
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_array(&j, "channels");
    for (size_t row = 0; row < pg_n(a); row++) {
        emit_object(&j, NULL);
        emit_i64(&j, "atp", pg_i64(a, row, A_ATP));
        emit_str(&j, "item", pg_text(a, row, A_ITEM));
        emit_i64(&j, "location_id", pg_i64(a, row, A_LOCATION_ID));
        emit_i64(&j, "promise", pg_i64(a, row, A_PROMISE));
        emit_str(&j, "shop", pg_text(a, row, A_SHOP));
        emit_i64(&j, "shortage", pg_i64(a, row, A_SHORTAGE));
        emit_i64(&j, "threshold", pg_i64(a, row, A_THRESHOLD));
        emit_i64(&j, "unallocated", pg_i64(a, row, A_UNALLOCATED));
        emit_i64(&j, "usable", pg_i64(a, row, A_USABLE));
        emit_cstr(&j, "writer", writer_state(a, row));
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    buf_char(out, '\n');
}

/* Why there is no promise: no such item, or nobody sells it through a channel. */
static void
write_absence(struct cli *c, const struct pg_rows *item, struct buf *out)
{
    if (pg_n(item) == 0)
        buf_printf(out, "no item %s here: no product, no stock and no order has named it\n",
                   c->argv[0]);
    else if (pg_is_null(item, 0, 1))
        buf_printf(out, "%s has stock or orders, but no variant of a shop has this SKU\n",
                   c->argv[0]);
    else
        buf_printf(
            out,
            "%s is sold, but has no promise: its variant is deleted, untracked or quarantined, or "
            "its shop has no channel\n",
            c->argv[0]);
    c->answer = EXIT_NO;
}

enum err_class
cli_explain_atp(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_explain_atp, &sql_explain_stock,
                                                        &sql_explain_item, NULL };
    const struct pg_arg key = PG_CSTR(c->argv[0]);
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *atp = NULL, *stock = NULL, *item = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;

    buf_init(&out, EXPLAIN_MAX);
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(pg_exec(db, e, &atp, &sql_explain_atp, key));
    TRY(pg_exec(db, e, &stock, &sql_explain_stock, key));
    TRY(pg_exec(db, e, &item, &sql_explain_item, key));
    if (c->json) {
        write_json(atp, stock, &out);
    } else {
        if (pg_n(stock) > 0)
            write_buildings(stock, &out);
        for (size_t row = 0; row < pg_n(atp); row++)
            write_channel(atp, row, &out);
        if (pg_n(atp) == 0)
            write_absence(c, item, &out);
    }
    TRY(buf_check(&out, "explain", e));
    cli_print(&out);
    return ERR_NONE;
}
