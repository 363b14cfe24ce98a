/*
 * life.c: acts at random, and looks at what became of it; see life.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "life.h"

#include <assert.h>

enum { LINES_MAX = 6, SENT_MAX = 8, REFUNDS_MAX = 8, SECOND = 1000000, HASH_SIZE = 16 };

/* A shop's own view of the order; `note` is what staff write and what no rule looks at. */
struct shop {
    struct arena *mem;
    uint64_t dice;
    struct life *out;
    int64_t now, updated, ids, note, cancelled_at;
    size_t n_lines, n_sent, n_refunds;
    struct order_line lines[LINES_MAX];
    struct order_fulfillment sent[SENT_MAX];
    struct order_refund refunds[REFUNDS_MAX];
    int64_t left[LINES_MAX]; /* units that parcels carried */
    struct str number;       /* of the last parcel that has one */
};

uint64_t
dice_roll(uint64_t *dice, uint64_t below)
{
    uint64_t z = *dice += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static bool
by_chance(struct shop *s, uint64_t percent)
{
    return dice_roll(&s->dice, 100) < percent;
}

static struct str
hex(struct arena *mem, uint64_t v)
{
    char *text = ARENA_NEW(mem, char, HASH_SIZE);

    for (size_t i = 0; i < HASH_SIZE; i++, v <<= 4)
        text[i] = "0123456789abcdef"[v >> 60];
    return (struct str){ text, HASH_SIZE };
}

/* -- records --------------------------------------------------------------------------------- */

static bool
is_full(const struct shop *s)
{
    return s->out->n == LIFE_RECORDS_MAX;
}

static struct model_record *
record(struct shop *s, enum model_kind kind)
{
    struct model_record *r = &s->out->records[s->out->n++];

    assert(s->out->n <= LIFE_RECORDS_MAX);
    *r = (struct model_record){ .kind = kind,
                                .version = { { s->updated / SECOND * SECOND }, { s->now } } };
    return r;
}

static struct jarray
copy(struct arena *mem, const void *v, size_t n, size_t size)
{
    void *mine = arena_alloc(mem, n > 0 ? n : 1, size);

    if (n > 0)
        memcpy(mine, v, n * size);
    return (struct jarray){ mine, n };
}

/* Any number that differs when the body does. */
static struct str
hash_of(const struct shop *s, const struct order *o)
{
    uint64_t sum = (uint64_t)s->note * 31 + (uint64_t)s->ids + (uint64_t)o->cancelled_at.v;

    EACH(struct order_line, l, &o->lines)
    sum = dice_roll(&sum, UINT64_MAX) + (uint64_t)(l->current_quantity * 64 + l->quantity);
    EACH(struct order_fulfillment, f, &o->fulfillments)
    sum = dice_roll(&sum, UINT64_MAX) + f->status.n + f->tracking_numbers.n;
    return hex(s->mem, dice_roll(&sum, UINT64_MAX));
}

static void
snapshot(struct shop *s)
{
    struct order *o = ARENA_NEW(s->mem, struct order, 1);
    struct model_record *r = record(s, MODEL_ORDER);

    *o = (struct order){ .version = r->version, .cancelled_at = { s->cancelled_at } };
    o->lines = copy(s->mem, s->lines, s->n_lines, sizeof s->lines[0]);
    o->fulfillments = copy(s->mem, s->sent, s->n_sent, sizeof s->sent[0]);
    o->refunds = copy(s->mem, s->refunds, s->n_refunds, sizeof s->refunds[0]);
    r->order = o;
    r->hash = hash_of(s, o);
}

static void
look_elsewhere(struct shop *s, enum model_kind kind)
{
    struct model_record *r = record(s, kind);

    r->hash = hex(s->mem, dice_roll(&s->dice, UINT64_MAX));
}

/* -- people ---------------------------------------------------------------------------------- */

static struct order_line *
open_line(struct shop *s)
{
    struct order_line *l = &s->lines[dice_roll(&s->dice, s->n_lines)];

    return l->unfulfilled_quantity > 0 ? l : NULL;
}

static void
add_line(struct shop *s)
{
    struct order_line *l = &s->lines[s->n_lines];
    const int64_t quantity = 1 + (int64_t)dice_roll(&s->dice, 4);

    if (s->n_lines == LINES_MAX)
        return;
    *l = (struct order_line){ .id = { ++s->ids },
                              .sku = hex(s->mem, s->n_lines++),
                              .quantity = quantity,
                              .current_quantity = quantity,
                              .unfulfilled_quantity = quantity,
                              .requires_shipping = !by_chance(s, 10) };
}

static void
edit_up(struct shop *s)
{
    struct order_line *l = &s->lines[dice_roll(&s->dice, s->n_lines)];

    l->quantity++;
    l->current_quantity++;
    l->unfulfilled_quantity++;
}

static void
edit_down(struct shop *s)
{
    struct order_line *l = open_line(s);

    if (l == NULL)
        return;
    l->current_quantity--;
    l->unfulfilled_quantity--;
}

static void
fulfil_units(struct shop *s, struct order_line *l, int64_t units, struct str number)
{
    const struct order_fulfillment_line line = { l->id, units };
    struct order_fulfillment *f = &s->sent[s->n_sent];

    if (s->n_sent == SENT_MAX)
        return;
    s->n_sent++;
    l->unfulfilled_quantity -= units;
    *f = (struct order_fulfillment){ .id = { ++s->ids }, .status = STR("success") };
    f->lines = copy(s->mem, &line, 1, sizeof line);
    f->tracking_numbers = copy(s->mem, &number, number.n > 0, sizeof number);
}

static void
fulfil(struct shop *s)
{
    struct order_line *l = open_line(s);

    if (l != NULL)
        fulfil_units(s, l, 1 + (int64_t)dice_roll(&s->dice, (uint64_t)l->unfulfilled_quantity),
                     (struct str){ 0 });
}

/* Staff write the parcel's number on a fulfilment that had none. */
static void
tell_number(struct shop *s)
{
    if (s->n_sent > 0 && s->number.n > 0 && s->sent[s->n_sent - 1].tracking_numbers.n == 0)
        s->sent[s->n_sent - 1].tracking_numbers = copy(s->mem, &s->number, 1, sizeof s->number);
}

static struct order_line *
line_by_id(struct shop *s, struct line_id id)
{
    struct order_line *l = s->lines;

    while (l->id.v != id.v)
        l++;
    return l;
}

static int64_t
returned(const struct shop *s, struct line_id id)
{
    int64_t units = 0;

    for (size_t i = 0; i < s->n_refunds; i++)
        EACH(struct order_refund_line, r, &s->refunds[i].lines)
    if (r->line_id.v == id.v && str_is(r->restock_type, "return"))
        units += r->quantity;
    return units;
}

static void
undo_fulfillment(struct shop *s)
{
    struct order_fulfillment *f = &s->sent[s->n_sent - (s->n_sent > 0)];
    const struct order_fulfillment_line *in = f->lines.v;

    if (s->n_sent == 0 || s->cancelled_at != 0 || !str_is(f->status, "success") ||
        returned(s, in->line_id) > 0)
        return;
    f->status = STR("cancelled");
    line_by_id(s, in->line_id)->unfulfilled_quantity += in->quantity;
}

static void
refund_unit(struct shop *s, struct order_line *l, const char *how)
{
    const struct order_refund_line line = {
        .id = ++s->ids, .line_id = l->id, .quantity = 1, .restock_type = str_of(how)
    };

    if (s->n_refunds == REFUNDS_MAX)
        return;
    l->current_quantity--;
    l->unfulfilled_quantity -= strcmp(how, "return") != 0;
    s->refunds[s->n_refunds] = (struct order_refund){ .id = ++s->ids };
    s->refunds[s->n_refunds++].lines = copy(s->mem, &line, 1, sizeof line);
}

static void
refund(struct shop *s)
{
    struct order_line *l = &s->lines[dice_roll(&s->dice, s->n_lines)];
    const int64_t with_buyer = l->current_quantity - l->unfulfilled_quantity;

    if (with_buyer > 0 && by_chance(s, 50))
        refund_unit(s, l, "return");
    else if (l->unfulfilled_quantity > 0)
        refund_unit(s, l, by_chance(s, 50) ? "cancel" : "no_restock");
}

static void
cancel(struct shop *s)
{
    if (s->cancelled_at != 0 || by_chance(s, 50))
        return;
    s->cancelled_at = s->now;
    for (size_t i = 0; i < s->n_lines; i++) {
        s->lines[i].current_quantity -= s->lines[i].unfulfilled_quantity;
        s->lines[i].unfulfilled_quantity = 0;
    }
}

/* A parcel leaves; Shopify hears of it sometimes, with its number or without. */
static void
ship(struct shop *s)
{
    const size_t at = dice_roll(&s->dice, s->n_lines);
    struct order_line *l = &s->lines[at];
    const bool by_sku = by_chance(s, 50);
    const struct shipment_line line = { .id = { by_sku ? 0 : l->id.v },
                                        .sku = by_sku ? l->sku : (struct str){ 0 },
                                        .quantity = 1 };
    struct shipment *p = ARENA_NEW(s->mem, struct shipment, 1);

    *p = (struct shipment){ .source = STR("wms"), .event_id = hex(s->mem, (uint64_t)++s->ids) };
    p->lines = copy(s->mem, &line, 1, sizeof line);
    if (by_chance(s, 70))
        p->tracking_number = s->number = p->event_id;
    record(s, MODEL_PARCEL)->parcel = p;
    s->left[at]++;
    if (l->unfulfilled_quantity > 0 && by_chance(s, 60))
        fulfil_units(s, l, 1, by_chance(s, 60) ? p->tracking_number : (struct str){ 0 });
}

static void
write_down(struct shop *s)
{
    s->note++;
}

static void
act(struct shop *s)
{
    static void (*const deeds[])(
        struct shop *) = { edit_up,     edit_down, add_line, fulfil, refund,           refund,
                           tell_number, ship,      cancel,   ship,   undo_fulfillment, write_down };
    static void (*const late[])(struct shop *) = { ship, refund, write_down, tell_number };

    if (s->cancelled_at != 0)
        late[dice_roll(&s->dice, sizeof late / sizeof late[0])](s);
    else
        deeds[dice_roll(&s->dice, sizeof deeds / sizeof deeds[0])](s);
}

/* Somebody looks: mostly at the order.  `again`: another body of the version before. */
static void
look(struct shop *s)
{
    const uint64_t what = dice_roll(&s->dice, 100);

    if (what < 60) {
        snapshot(s);
    } else if (what < 75) {
        snapshot(s);
        write_down(s);
        if (!is_full(s))
            snapshot(s);
    } else if (what < 82) {
        look_elsewhere(s, MODEL_ROUTES);
    } else if (what < 89) {
        look_elsewhere(s, MODEL_RETURNS);
    } else if (what < 95) {
        (void)record(s, MODEL_BLOCK);
    } else {
        (void)record(s, MODEL_GONE);
    }
}

void
life_make(struct life *ret, uint64_t seed, uint64_t n, struct arena *mem)
{
    struct shop s = { .mem = mem, .out = ret, .now = SECOND, .updated = SECOND, .ids = 1000 };

    s.dice = seed * UINT64_C(0x2545f4914f6cdd1d) + n;
    const size_t wanted = 1 + dice_roll(&s.dice, LIFE_RECORDS_MAX);
    ret->n = 0;
    add_line(&s);
    add_line(&s);
    snapshot(&s);
    while (ret->n < wanted) {
        s.now += by_chance(&s, 50) ? SECOND / 5 : 3 * SECOND;
        s.updated = by_chance(&s, 80) ? s.now : s.updated;
        act(&s);
        if (!is_full(&s))
            look(&s);
    }
}
