/*
 * order_model.c: one record after the other; see order_model.h.
 *
 * What follows from facts is computed again from what is known after each record, never adjusted:
 * only sections, sets of ids and sets of names are kept.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "order_model.h"

#include <assert.h>

const struct model_rules model_rules = {
    .judge = version_judge,
    .sent_once = true,
    .parcels_once = true,
    .parcels_wait = true,
    .archive_stays = true,
    .owner_by_newest = true,
};

void
model_init(struct model *m, const struct model_rules *rules)
{
    *m = (struct model){ .rules = rules };
}

/* -- lines --------------------------------------------------------------------------------- */

static struct model_line *
line_by_id(struct model *m, struct line_id id)
{
    for (size_t i = 0; i < m->n_lines; i++)
        if (m->lines[i].id.v == id.v)
            return &m->lines[i];
    return NULL;
}

static struct model_line *
line_new(struct model *m, struct line_id id)
{
    size_t at = m->n_lines++;

    assert(m->n_lines <= MODEL_LINES_MAX);
    for (; at > 0 && m->lines[at - 1].id.v > id.v; at--)
        m->lines[at] = m->lines[at - 1];
    m->lines[at] = (struct model_line){ .id = id };
    return &m->lines[at];
}

/* A line once seen stays; one that the newest snapshot does not show has nothing left. */
static void
take_lines(struct model *m)
{
    for (size_t i = 0; i < m->n_lines; i++)
        m->lines[i].current = 0;
    EACH(struct order_line, l, &m->order->lines)
    {
        struct model_line *mine = line_by_id(m, l->id);
        if (mine == NULL)
            mine = line_new(m, l->id);
        mine->sku = l->sku;
        mine->quantity = l->quantity;
        mine->current = l->current_quantity;
        mine->stocked = l->requires_shipping && !l->gift_card;
    }
}

/* -- what was done to them ------------------------------------------------------------------- */

static bool
counts_as_sent(const struct order_fulfillment *f)
{
    return str_is(f->status, "success") || str_is(f->status, "cancelled");
}

static struct model_sent *
sent_by_id(struct model *m, struct fulfillment_id id, struct line_id line)
{
    for (size_t i = 0; i < m->n_sent && m->rules->sent_once; i++)
        if (m->sent[i].id.v == id.v && m->sent[i].line.v == line.v)
            return &m->sent[i];
    return NULL;
}

static void
learn_sent(struct model *m)
{
    EACH(struct order_fulfillment, f, &m->order->fulfillments)
    EACH(struct order_fulfillment_line, l, &f->lines)
    {
        struct model_sent *s = sent_by_id(m, f->id, l->line_id);
        if (!counts_as_sent(f))
            continue;
        if (s == NULL) {
            assert(m->n_sent < MODEL_SENT_MAX);
            s = &m->sent[m->n_sent++];
            *s = (struct model_sent){ f->id, l->line_id, l->quantity, false, f->tracking_numbers };
        }
        s->undone = s->undone || !str_is(f->status, "success");
    }
}

static int64_t
fulfilled_now(const struct order *o, struct line_id line)
{
    int64_t units = 0;

    EACH(struct order_fulfillment, f, &o->fulfillments)
    EACH(struct order_fulfillment_line, l, &f->lines)
    if (l->line_id.v == line.v && str_is(f->status, "success"))
        units += l->quantity;
    return units;
}

static int64_t
returned_now(const struct order *o, struct line_id line)
{
    int64_t units = 0;

    EACH(struct order_refund, r, &o->refunds)
    EACH(struct order_refund_line, l, &r->lines)
    if (l->line_id.v == line.v && str_is(l->restock_type, "return"))
        units += l->quantity;
    return units;
}

static const struct order_line *
shown_line(const struct order *o, struct line_id id)
{
    EACH(struct order_line, l, &o->lines)
    if (l->id.v == id.v)
        return l;
    return NULL;
}

/* Cancelled is what the newest snapshot leaves neither open nor fulfilled. */
static void
count_line(const struct model *m, struct model_line *l)
{
    const struct order_line *shown = shown_line(m->order, l->id);
    int64_t left = 0;

    l->fulfilled = 0;
    for (size_t i = 0; i < m->n_sent; i++)
        if (m->sent[i].line.v == l->id.v && !m->sent[i].undone)
            l->fulfilled += m->sent[i].units;
    if (shown != NULL && m->order->cancelled_at.v == 0)
        left = shown->unfulfilled_quantity;
    if (shown != NULL)
        left += fulfilled_now(m->order, l->id);
    l->cancelled = l->quantity > left ? l->quantity - left : 0;
    l->returned = returned_now(m->order, l->id);
}

/* -- what left the shelf --------------------------------------------------------------------- */

static bool
same_parcel(const struct shipment *a, const struct shipment *b)
{
    return str_eq(a->source, b->source) && str_eq(a->event_id, b->event_id);
}

/* A parcel names a line, or the SKU of one. */
static bool
is_in(const struct shipment_line *in, const struct model_line *l)
{
    return in->id.v != 0 ? in->id.v == l->id.v : str_eq(in->sku, l->sku);
}

static bool
has_number(const struct model *m, const struct jarray *tracking)
{
    EACH(struct str, number, tracking)
    for (size_t i = 0; i < m->n_parcels; i++)
        if (m->parcels[i]->tracking_number.n > 0 && str_eq(m->parcels[i]->tracking_number, *number))
            return true;
    return false;
}

static const struct jarray *
tracking_of(const struct model *m, const struct model_sent *s)
{
    EACH(struct order_fulfillment, f, &m->order->fulfillments)
    if (f->id.v == s->id.v && m->rules->owner_by_newest)
        return &f->tracking_numbers;
    return &s->tracking;
}

/* Fulfilments that no parcel explains are staff's, up to what had not left by parcel. */
static void
settle_line(const struct model *m, struct model_line *l)
{
    int64_t wanted = 0, room = 0;

    l->shipped = 0;
    for (size_t i = 0; i < m->n_parcels; i++)
        EACH(struct shipment_line, in, &m->parcels[i]->lines)
    if (is_in(in, l))
        l->shipped += in->quantity;
    for (size_t i = 0; i < m->n_sent; i++)
        if (m->sent[i].line.v == l->id.v && !m->sent[i].undone &&
            !has_number(m, tracking_of(m, &m->sent[i])))
            wanted += m->sent[i].units;
    if (l->stocked && l->quantity > l->shipped)
        room = l->quantity - l->shipped;
    l->issued = wanted < room ? wanted : room;
}

/* Everything that follows, anew. */
static void
settle(struct model *m)
{
    for (size_t i = 0; i < m->n_lines && m->order != NULL; i++) {
        count_line(m, &m->lines[i]);
        settle_line(m, &m->lines[i]);
    }
}

/* -- records --------------------------------------------------------------------------------- */

/* Every version that was seen stays; of two bodies with one version the higher hash. */
static void
note_version(struct model *m, const struct model_record *r)
{
    const struct model_version mine = { r->version, r->hash, r->order };
    size_t at = 0;

    while (at < m->n_versions && version_cmp(m->versions[at].version, r->version) < 0)
        at++;
    if (at < m->n_versions && version_cmp(m->versions[at].version, r->version) == 0) {
        if (str_cmp(r->hash, m->versions[at].hash) > 0)
            m->versions[at] = mine;
        return;
    }
    assert(m->n_versions < MODEL_VERSIONS_MAX);
    for (size_t i = m->n_versions++; i > at; i--)
        m->versions[i] = m->versions[i - 1];
    m->versions[at] = mine;
}

static bool
is_newer(struct model *m, const struct model_record *r)
{
    struct model_section *s = &m->section[r->kind];
    const enum version_verdict v = m->rules->judge(s->version, s->hash, r->version, r->hash);

    if (v != VERSION_NEWER && v != VERSION_RIVAL)
        return false;
    *s = (struct model_section){ r->version, r->hash };
    return true;
}

static void
apply_order(struct model *m, const struct model_record *r)
{
    note_version(m, r);
    if (!is_newer(m, r))
        return;
    m->order = r->order;
    if (!m->rules->archive_stays)
        m->gone_at = (struct time_us){ 0 };
    if (version_cmp(r->version, m->blocked) >= 0)
        m->blocked = (struct version){ 0 };
    take_lines(m);
    learn_sent(m);
}

static void
apply_parcel(struct model *m, const struct shipment *p)
{
    bool known = false;

    for (size_t i = 0; i < m->n_parcels && m->rules->parcels_once; i++)
        if (same_parcel(m->parcels[i], p))
            return;
    EACH(struct shipment_line, in, &p->lines)
    for (size_t i = 0; i < m->n_lines; i++)
        known = known || is_in(in, &m->lines[i]);
    if (!known && !m->rules->parcels_wait)
        return;
    assert(m->n_parcels < MODEL_PARCELS_MAX);
    m->parcels[m->n_parcels++] = p;
}

/* Blocks what is older; the newest of several blocks is the one that counts. */
static void
apply_block(struct model *m, struct version v)
{
    if (version_cmp(v, m->section[MODEL_ORDER].version) > 0 && version_cmp(v, m->blocked) >= 0)
        m->blocked = v;
}

bool
model_is_archived(const struct model *m)
{
    return m->gone_at.v != 0 && m->gone_at.v >= m->section[MODEL_ORDER].version.observed_at.v;
}

void
model_apply(struct model *m, const struct model_record *r)
{
    switch (r->kind) {
    case MODEL_ORDER:
        apply_order(m, r);
        break;
    case MODEL_ROUTES:
    case MODEL_RETURNS:
        (void)is_newer(m, r);
        break;
    case MODEL_PARCEL:
        apply_parcel(m, r->parcel);
        break;
    case MODEL_GONE:
        if (r->version.observed_at.v > m->gone_at.v)
            m->gone_at = r->version.observed_at;
        break;
    case MODEL_BLOCK:
        apply_block(m, r->version);
        break;
    }
    settle(m);
}
