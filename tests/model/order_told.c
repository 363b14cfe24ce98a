/*
 * order_told.c: the model as named numbers, for people, for the database's answer, for comparing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "order_model.h"

enum state { STATE_PLACEHOLDER, STATE_OPEN, STATE_COMPLETED, STATE_CANCELLED };

static int64_t
positive(int64_t v)
{
    return v > 0 ? v : 0;
}

static int64_t
remaining(const struct model_line *l)
{
    return l->stocked ? positive(l->quantity - l->cancelled - l->shipped - l->issued) : 0;
}

/* Complete when something was ordered and nothing of it is left to be delivered. */
static enum state
state_of(const struct model *m)
{
    int64_t ordered = 0, left = 0;

    if (m->order == NULL)
        return STATE_PLACEHOLDER;
    if (m->order->cancelled_at.v != 0)
        return STATE_CANCELLED;
    for (size_t i = 0; i < m->n_lines; i++) {
        ordered += m->lines[i].quantity;
        left += remaining(&m->lines[i]);
    }
    return ordered > 0 && left == 0 ? STATE_COMPLETED : STATE_OPEN;
}

static void
tell_section(const struct model *m, enum model_kind kind, const char *name, model_sink *sink,
             void *ctx)
{
    static const size_t digits = 12;
    const struct model_section *s = &m->section[kind];
    int64_t hash = 0;

    for (size_t i = 0; i < s->hash.n && i < digits; i++)
        hash = hash * 16 + (s->hash.p[i] <= '9' ? s->hash.p[i] - '0' : s->hash.p[i] - 'a' + 10);
    sink(ctx, name, 0, s->version.updated_at.v);
    sink(ctx, "observed", kind, s->version.observed_at.v);
    sink(ctx, "hash", kind, hash);
}

static void
tell_line(const struct model *m, const struct model_line *l, model_sink *sink, void *ctx)
{
    const int64_t id = l->id.v, left = remaining(l);

    sink(ctx, "quantity", id, l->quantity);
    sink(ctx, "current", id, l->current);
    sink(ctx, "fulfilled", id, l->fulfilled);
    sink(ctx, "cancelled", id, l->cancelled);
    sink(ctx, "returned", id, l->returned);
    sink(ctx, "shipped", id, l->shipped);
    sink(ctx, "issued", id, l->issued);
    sink(ctx, "open", id, positive(l->quantity - l->fulfilled - l->cancelled));
    sink(ctx, "remaining", id, left);
    sink(ctx, "unallocated", id, model_is_archived(m) ? 0 : left);
}

/* What people read: a line's quantity and removed units between neighbouring versions. */
static void
tell_change(const struct order *before, const struct order *after, model_sink *sink, void *ctx)
{
    EACH(struct order_line, b, &after->lines)
    {
        const struct order_line *a = NULL;
        EACH(struct order_line, x, &before->lines)
        if (x->id.v == b->id.v)
            a = x;
        if (a == NULL)
            sink(ctx, "line added", b->id.v, 0);
        else if (a->quantity != b->quantity)
            sink(ctx, "quantity changed", b->id.v, b->quantity);
        if (a != NULL && a->quantity - a->current_quantity != b->quantity - b->current_quantity)
            sink(ctx, "removed", b->id.v, b->quantity - b->current_quantity);
    }
    if (before->cancelled_at.v == 0 && after->cancelled_at.v != 0)
        sink(ctx, "cancelled at", 0, after->cancelled_at.v);
}

static void
tell_history(const struct model *m, model_sink *sink, void *ctx)
{
    for (size_t i = 0; i < m->n_versions; i++) {
        const struct model_version *v = &m->versions[i];
        sink(ctx, "version", v->version.updated_at.v, v->version.observed_at.v);
        if (i > 0)
            tell_change(m->versions[i - 1].order, v->order, sink, ctx);
    }
}

void
model_tell(const struct model *m, model_sink *sink, void *ctx)
{
    int64_t parcels = 0;

    for (size_t i = 0; i < m->n_parcels; i++)
        EACH(struct shipment_line, in, &m->parcels[i]->lines)
    parcels += in->quantity;
    sink(ctx, "state", 0, state_of(m));
    sink(ctx, "archived", 0, model_is_archived(m));
    sink(ctx, "blocked", 0, m->blocked.updated_at.v);
    sink(ctx, "units in parcels", 0, parcels);
    tell_section(m, MODEL_ORDER, "order", sink, ctx);
    tell_section(m, MODEL_ROUTES, "fulfilment orders", sink, ctx);
    tell_section(m, MODEL_RETURNS, "returns", sink, ctx);
    for (size_t i = 0; i < m->n_lines; i++)
        tell_line(m, &m->lines[i], sink, ctx);
    tell_history(m, sink, ctx);
}

static void
mix(void *ctx, const char *name, int64_t of, int64_t value)
{
    uint64_t *sum = ctx;
    const uint64_t parts[] = { (uint64_t)(unsigned char)name[0], (uint64_t)of, (uint64_t)value };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        *sum = (*sum ^ parts[i]) * UINT64_C(0x9e3779b97f4a7c15);
        *sum ^= *sum >> 29;
    }
}

uint64_t
model_fingerprint(const struct model *m)
{
    uint64_t sum = 1;

    model_tell(m, mix, &sum);
    return sum;
}
