/*
 * inventory.c: a row from JSON or CSV, completed, checked, made a message; see inventory.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "inventory.h"

#include <assert.h>
#include <stddef.h>

#include "base/clock.h"
#include "csv.h"
#include "domain/movement.h"
#include "domain/name.h"
#include "json/shape.h"
#include "rows.h"

enum { VALUE_MAX = 16384 };
#define FUTURE_MAX_US (24 * 3600 * US_PER_S)

struct row {
    struct str event_id, facility, item, kind, reason, sku, source;
    int64_t quantity;
    struct time_us as_of;
};

static const struct jfield row_fields[] = {
    JSON_TIME(struct row, as_of, "as_of", J_ANY),
    JSON_STR(struct row, event_id, "event_id", J_ANY),
    JSON_STR(struct row, facility, "facility", 0),
    JSON_STR(struct row, item, "item", J_ANY),
    JSON_STR(struct row, kind, "kind", 0),
    JSON_I64(struct row, quantity, "quantity", 0),
    JSON_STR(struct row, reason, "reason", J_ANY),
    JSON_STR(struct row, sku, "sku", J_ANY),
    JSON_STR(struct row, source, "source", J_ANY),
};
static const struct shape row_shape = { "record", sizeof(struct row), SHAPE_CLOSED,
                                        sizeof(row_fields) / sizeof(row_fields[0]), row_fields };

/* --- a row becomes a message ---------------------------------------------------------- */

static enum err_class
complete_item(const struct row *r, struct arena *mem, struct str *ret, struct err *e)
{
    const struct str sku = name_trim(r->sku);

    if (r->item.n > 0 && sku.n > 0)
        return err_set(e, ERR_REJECT, "", "item: give item or sku, not both");
    if (r->item.n == 0 && sku.n == 0)
        return err_set(e, ERR_REJECT, "",
                       "item: missing; give item (\"sku:ABC-1\") or sku (\"ABC-1\")");
    *ret = r->item.n > 0 ? r->item : arena_printf(mem, "sku:%.*s", (int)sku.n, sku.p);
    return ERR_NONE;
}

static enum err_class
complete(const struct row *r, size_t index, const struct defaults *d, struct arena *mem,
         struct movement *ret, struct err *e)
{
    struct movement m = { .source = r->source.n > 0 ? r->source : d->source,
                          .event_id = r->event_id,
                          .count = str_is(r->kind, "count"),
                          .facility = r->facility,
                          .quantity = r->quantity,
                          .as_of = r->as_of.v != 0 ? r->as_of : d->now,
                          .reason = r->reason.n > 0 ? r->reason : (struct str){ 0 } };

    if (m.source.n == 0)
        return err_set(e, ERR_REJECT, "", "source: missing; say it in the row or in X-Source");
    if (!m.count && !str_is(r->kind, "movement"))
        return err_set(e, ERR_REJECT, "", "kind: must be \"movement\" or \"count\"");
    if (m.as_of.v > d->now.v + FUTURE_MAX_US)
        return err_set(e, ERR_REJECT, "", "as_of: more than a day in the future");
    if (m.event_id.n == 0)
        TRY(intake_event_id(d, index, mem, &m.event_id, e));
    TRY(complete_item(r, mem, &m.item, e));
    TRY(movement_check(&m, e));
    *ret = m;
    return ERR_NONE;
}

static struct message
message_of(const struct movement *m, struct arena *mem)
{
    CLEANUP_VALUE(buf_fini) struct buf text = { 0 };
    struct message out = { .source = arena_str(mem, m->source), .time = m->as_of };

    buf_init(&text, VALUE_MAX);
    movement_key(&text, m);
    out.key = arena_str(mem, buf_str(&text));
    buf_clear(&text);
    movement_version(&text, m);
    out.version = arena_str(mem, buf_str(&text));
    buf_clear(&text);
    movement_emit(&text, m);
    out.value = arena_str(mem, buf_str(&text));
    return out;
}

static void
take(struct intake *in, const struct row *r, size_t index, const struct defaults *d)
{
    struct movement m = { 0 };
    struct err why = { 0 };

    if (complete(r, index, d, in->mem, &m, &why) != ERR_NONE) {
        intake_refuse(in, index, &why);
        return;
    }
    const struct message out = message_of(&m, in->mem);
    intake_accept(in, &out);
}

/* --- JSON ----------------------------------------------------------------------------- */

enum err_class
inventory_from_json(struct str body, size_t max, const struct defaults *d, struct arena *mem,
                    struct intake *ret, struct err *e)
{
    CLEANUP(json_free) struct json_doc *doc = NULL;
    struct rows rows;

    TRY(json_parse(&doc, body, e));
    TRY(rows_of(json_root(doc), max, &rows, e));
    *ret = intake_new(mem, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        struct row r = { 0 };
        struct err why = { 0 };
        if (shape_decode(&row_shape, rows_at(&rows, i), mem, &r, &why) == ERR_NONE)
            take(ret, &r, i, d);
        else
            intake_refuse(ret, i, &why);
    }
    return ERR_NONE;
}

/* --- CSV ------------------------------------------------------------------------------ */

struct header {
    const struct jfield *columns[CSV_COLUMNS_MAX];
    size_t n;
};

static const struct jfield *
field_named(struct str name)
{
    for (size_t i = 0; i < row_shape.n; i++)
        if (str_is(name, row_fields[i].key))
            return &row_fields[i];
    return NULL;
}

static enum err_class
read_header(const struct csv_row *cells, struct header *ret, struct err *e)
{
    for (size_t i = 0; i < cells->n; i++) {
        const struct str name = name_trim(cells->cells[i]);
        ret->columns[i] = field_named(name);
        if (ret->columns[i] == NULL)
            return err_set(e, ERR_REJECT, "",
                           "column \"%.*s\" is unknown; the header line may name as_of, event_id,"
                           " facility, item, kind, quantity, reason, sku and source",
                           name.n > 40 ? 40 : (int)name.n, name.p);
        for (size_t k = 0; k < i; k++)
            if (ret->columns[k] == ret->columns[i])
                return err_set(e, ERR_REJECT, "", "column %s stands there twice",
                               ret->columns[i]->key);
    }
    ret->n = cells->n;
    return ERR_NONE;
}

static enum err_class
parse_integer(struct str text, int64_t *ret, struct err *e)
{
    const bool minus = text.n > 0 && text.p[0] == '-';
    int64_t v = 0;
    bool good = text.n > (minus ? 1 : 0);

    for (size_t i = minus ? 1 : 0; i < text.n && good; i++)
        good = text.p[i] >= '0' && text.p[i] <= '9' && !__builtin_mul_overflow(v, 10, &v) &&
               !__builtin_sub_overflow(v, text.p[i] - '0', &v); /* down to the minimum */
    if (!good || (!minus && v == INT64_MIN))
        return err_set(e, ERR_REJECT, "", ": expected integer");
    *ret = minus ? v : -v;
    return ERR_NONE;
}

static enum err_class
set_field(struct row *r, const struct jfield *f, struct str cell, struct err *e)
{
    void *at = (char *)r + f->offset;
    enum err_class rc = ERR_NONE;

    if (f->kind == J_I64)
        rc = parse_integer(cell, at, e);
    else if (f->kind == J_TIME && time_parse(cell, at, e) != ERR_NONE)
        rc = err_wrap(e, ": ");
    else if (f->kind == J_STR)
        *(struct str *)at = cell;
    return rc == ERR_NONE ? rc : err_wrap(e, "%s", f->key);
}

static enum err_class
row_from_cells(const struct header *h, const struct csv_row *cells, struct row *ret, struct err *e)
{
    bool has_quantity = false;

    if (cells->n != h->n)
        return err_set(e, ERR_REJECT, "", "the row has %zu cells, the header %zu", cells->n, h->n);
    for (size_t i = 0; i < h->n; i++) {
        const struct str cell = name_trim(cells->cells[i]);
        if (cell.n == 0)
            continue;
        has_quantity = has_quantity || h->columns[i]->offset == offsetof(struct row, quantity);
        TRY(set_field(ret, h->columns[i], cell, e));
    }
    if (!has_quantity)
        return err_set(e, ERR_REJECT, "", "quantity: missing");
    return ERR_NONE;
}

static size_t
count_lines(struct str body)
{
    size_t n = 1;

    for (size_t i = 0; i < body.n; i++)
        n += body.p[i] == '\n';
    return n;
}

static enum err_class
read_rows(struct csv *csv, const struct header *header, size_t max, const struct defaults *d,
          struct intake *ret, struct err *e)
{
    struct csv_row cells;
    enum err_class rc;

    for (size_t i = 0; csv_next(csv, &cells, &rc, e); i++) {
        struct row r = { 0 };
        struct err why = { 0 };
        if (i == max)
            return err_set(e, ERR_REJECT, "", "more than %zu rows: send them in parts", max);
        if (row_from_cells(header, &cells, &r, &why) == ERR_NONE)
            take(ret, &r, i, d);
        else
            intake_refuse(ret, i, &why);
    }
    return rc;
}

enum err_class
inventory_from_csv(struct str body, size_t max, const struct defaults *d, struct arena *mem,
                   struct intake *ret, struct err *e)
{
    const size_t lines = count_lines(body);
    struct header header = { 0 };
    struct csv_row cells;
    struct csv csv;
    enum err_class rc;
    char *bytes = ARENA_NEW(mem, char, body.n + 1);

    if (body.n > 0)
        memcpy(bytes, body.p, body.n);
    csv_init(&csv, bytes, body.n);
    if (!csv_next(&csv, &cells, &rc, e))
        return rc != ERR_NONE
                   ? rc
                   : err_set(e, ERR_REJECT, "", "the body is empty: a header line comes first");
    TRY(read_header(&cells, &header, e));
    *ret = intake_new(mem, lines < max ? lines : max);
    TRY(read_rows(&csv, &header, max, d, ret, e));
    if (ret->n_messages + ret->n_refused == 0)
        return err_set(e, ERR_REJECT, "", "the body holds no row below its header line");
    return ERR_NONE;
}
