/*
 * parcel.c: from the row of a parcel to what is left to do of it, and copies that outlive the read;
 * see parcel.h.
 *
 * Lines are few, so that everything is found by looking through them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "parcel.h"

enum { COL_ORDER, COL_PARCEL, COL_STATE, COL_ATTEMPTS, COL_REFUSALS, COL_GONE, COL_KNOWN };
enum { LINE_DIGITS_MAX = 18 };

bool
ids_hold(const struct ids *ids, int64_t id)
{
    for (size_t i = 0; i < ids->n; i++)
        if (ids->v[i] == id)
            return true;
    return false;
}

static struct ids
read_ids(const struct json_value *v, struct arena *mem)
{
    struct ids ids = { ARENA_NEW(mem, int64_t, json_size(v)), json_size(v) };

    for (size_t i = 0; i < ids.n; i++)
        (void)json_i64(json_at(v, i), &ids.v[i]);
    return ids;
}

/* {"line id": units}; *n may be 0. */
static struct line_units *
read_units(const struct json_value *v, struct arena *mem, size_t *n)
{
    const struct json_value *units = NULL;
    struct str line;
    void *iter = NULL;

    *n = 0;
    while (json_next(v, &iter, &line, &units))
        (*n)++;
    struct line_units *ret = ARENA_NEW(mem, struct line_units, *n);
    iter = NULL;
    for (size_t i = 0; json_next(v, &iter, &line, &units); i++) {
        for (size_t k = 0; k < line.n && k < LINE_DIGITS_MAX + 1; k++)
            ret[i].line = ret[i].line * 10 + (line.p[k] - '0');
        (void)json_i64(units, &ret[i].units);
    }
    return ret;
}

static int64_t
units_of(const struct line_units *v, size_t n, int64_t line)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].line == line)
            return v[i].units;
    return 0;
}

/* A line may be named twice in a parcel: its units add up. */
static void
sum_needs(struct job *j, struct arena *mem)
{
    j->needs = ARENA_NEW(mem, struct line_units, j->desired.lines.n);
    EACH(struct parcel_line, l, &j->desired.lines) {
        size_t i = 0;
        while (i < j->n_needs && j->needs[i].line != l->line.v)
            i++;
        j->needs[i].line = l->line.v;
        j->needs[i].units += l->quantity;
        j->n_needs += i == j->n_needs;
    }
}

static void
take_covered(struct job *j, const struct line_units *covered, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < j->n_needs; i++) {
        const int64_t left = j->needs[i].units - units_of(covered, n, j->needs[i].line);
        if (left > 0)
            j->needs[kept++] = (struct line_units){ j->needs[i].line, left };
    }
    j->n_needs = kept;
}

/* The parcel's strings borrow from the document: they move into the arena with the rest. */
static void
keep_texts(struct parcel *p, struct arena *mem)
{
    struct str *const texts[] = { &p->parcel, &p->facility, &p->carrier, &p->tracking_number,
                                  &p->tracking_url };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i]->p != NULL)
            *texts[i] = arena_str(mem, *texts[i]);
}

enum err_class
job_read(const struct pg_rows *rows, size_t i, struct arena *mem, struct job *ret, struct err *e)
{
    CLEANUP(json_free) struct json_doc *doc = NULL;
    size_t n_covered = 0;

    *ret = (struct job){
        .order = pg_i64(rows, i, COL_ORDER),
        .parcel = arena_str(mem, pg_text(rows, i, COL_PARCEL)),
        .intent = str_is(pg_text(rows, i, COL_STATE), "intent"),
        .attempts = pg_i64(rows, i, COL_ATTEMPTS),
        .refusals = pg_i64(rows, i, COL_REFUSALS),
        .gone_at = pg_time(rows, i, COL_GONE),
    };
    TRY(json_parse(&doc, pg_text(rows, i, COL_KNOWN), e));
    const struct json_value *known = json_root(doc);
    TRY(parcel_decode(json_get(known, "desired"), mem, &ret->desired, e));
    keep_texts(&ret->desired, mem);
    const struct line_units *covered = read_units(json_get(known, "covered"), mem, &n_covered);
    ret->part = read_units(json_get(known, "part"), mem, &ret->n_part);
    ret->before = read_ids(json_get(known, "before"), mem);
    ret->own = read_ids(json_get(known, "own"), mem);
    sum_needs(ret, mem);
    take_covered(ret, covered, n_covered);
    return ERR_NONE;
}

static void *
copy(struct arena *mem, const void *v, size_t n, size_t size)
{
    void *p = arena_alloc(mem, n, size);

    if (n > 0)
        memcpy(p, v, n * size);
    return p;
}

struct job
job_copy(const struct job *j, struct arena *mem)
{
    struct job c = *j;

    c.parcel = arena_str(mem, j->parcel);
    keep_texts(&c.desired, mem);
    c.desired.lines.v = copy(mem, j->desired.lines.v, j->desired.lines.n,
                             sizeof(struct parcel_line));
    c.needs = copy(mem, j->needs, j->n_needs, sizeof *j->needs);
    c.part = copy(mem, j->part, j->n_part, sizeof *j->part);
    c.before.v = copy(mem, j->before.v, j->before.n, sizeof *j->before.v);
    c.own.v = copy(mem, j->own.v, j->own.n, sizeof *j->own.v);
    return c;
}
