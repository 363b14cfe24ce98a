/*
 * told.c: lines in, named numbers out; see told.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "told.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "order_model.h"

enum { ORDERS_MAX = 4096, PARTS = 6 };
enum { PART_KIND, PART_ORDER, PART_UPDATED, PART_OBSERVED, PART_HASH, PART_VALUE };

struct book {
    struct arena *mem;
    size_t n;
    int64_t ids[ORDERS_MAX];
    struct model *models[ORDERS_MAX];
};

static struct model *
model_of(struct book *b, int64_t id)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->ids[i] == id)
            return b->models[i];
    if (b->n == ORDERS_MAX)
        return NULL;
    b->ids[b->n] = id;
    b->models[b->n] = ARENA_NEW(b->mem, struct model, 1);
    model_init(b->models[b->n], &model_rules);
    return b->models[b->n++];
}

static enum err_class
split(struct str line, struct str ret[PARTS], struct err *e)
{
    size_t n = 0, from = 0;

    for (size_t i = 0; i <= line.n && n < PARTS; i++)
        if (i == line.n || (line.p[i] == '\t' && n < PARTS - 1)) {
            ret[n++] = (struct str){ line.p + from, i - from };
            from = i + 1;
        }
    return n == PARTS ? ERR_NONE : err_set(e, ERR_REJECT, "", "%zu parts instead of %d", n, PARTS);
}

static enum err_class
kind_of(struct str name, enum model_kind *ret, struct err *e)
{
    static const char *const names[] = { "order",   "fulfillment-orders",
                                         "returns", "shipment",
                                         "gone",    "block" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_is(name, names[i])) {
            *ret = (enum model_kind)i;
            return ERR_NONE;
        }
    return err_set(e, ERR_REJECT, "", "unknown kind '%.*s'", (int)name.n, name.p);
}

static enum err_class
read_value(struct str value, struct model_record *r, struct arena *mem, struct err *e)
{
    struct order *o = ARENA_NEW(mem, struct order, 1);
    struct shipment *p = ARENA_NEW(mem, struct shipment, 1);

    r->order = o;
    r->parcel = p;
    if (r->kind == MODEL_ORDER)
        return order_decode(arena_str(mem, value), mem, o, e);
    if (r->kind == MODEL_PARCEL)
        return shipment_decode(arena_str(mem, value), mem, p, e);
    return ERR_NONE;
}

static enum err_class
read_record(struct book *b, struct str line, struct err *e)
{
    struct str part[PARTS];
    struct model_record r = { 0 };

    TRY(split(line, part, e));
    TRY(kind_of(part[PART_KIND], &r.kind, e));
    if (part[PART_UPDATED].n > 0)
        TRY(time_parse(part[PART_UPDATED], &r.version.updated_at, e));
    if (part[PART_OBSERVED].n > 0)
        TRY(time_parse(part[PART_OBSERVED], &r.version.observed_at, e));
    r.hash = arena_str(b->mem, part[PART_HASH]);
    TRY(read_value(part[PART_VALUE], &r, b->mem, e));
    struct model *m = model_of(b, strtoll(part[PART_ORDER].p, NULL, 10));
    if (m == NULL)
        return err_set(e, ERR_REJECT, "", "more than %d orders: send fewer at once", ORDERS_MAX);
    model_apply(m, &r);
    return ERR_NONE;
}

struct place {
    FILE *out;
    int64_t order;
};

static void
print(void *ctx, const char *name, int64_t of, int64_t value)
{
    const struct place *p = ctx;

    (void)fprintf(p->out, "%" PRId64 "\t%s\t%" PRId64 "\t%" PRId64 "\n", p->order, name, of, value);
}

static enum err_class
read_all(struct book *b, FILE *in, char **line, struct err *e)
{
    size_t room = 0;
    ssize_t n;

    for (size_t number = 1; (n = getline(line, &room, in)) > 0; number++) {
        struct err why = { 0 };
        const size_t length = (size_t)n - ((*line)[n - 1] == '\n');
        if (read_record(b, (struct str){ *line, length }, &why) != ERR_NONE)
            return err_set(e, ERR_REJECT, "", "line %zu: %s", number, why.text);
    }
    return ERR_NONE;
}

enum err_class
tell_records(FILE *in, FILE *out, struct err *e)
{
    static struct book b;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    char *line = NULL;

    b = (struct book){ .mem = mem };
    const enum err_class class = read_all(&b, in, &line, e);
    free(line);
    for (size_t i = 0; i < b.n && class == ERR_NONE; i++) {
        struct place p = { out, b.ids[i] };
        model_tell(b.models[i], print, &p);
    }
    return class;
}
