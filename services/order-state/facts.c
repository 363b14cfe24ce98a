/*
 * facts.c: decode by topic, check, make canonical, append; see facts.h.
 *
 * What goes to the database is our own canonical text, never the record's bytes: equal facts are
 * then equal rows, and only what was checked gets there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "facts.h"

#include <assert.h>

#include "base/clock.h"
#include "base/hash.h"
#include "domain/fulfillment_orders.h"
#include "domain/key.h"
#include "domain/name.h"
#include "domain/order.h"
#include "domain/returns.h"
#include "domain/shipment.h"

#define UNITS_MAX INT64_C(1000000000)

/* What every record says of itself, whatever its topic. */
struct fact {
    struct str kind, shop, source, body;
    struct order_id order;
    struct version version;
    bool hashed;
};

struct facts
facts_new(struct arena *mem, size_t max)
{
    return (struct facts){
        .max = max,
        .record = ARENA_NEW(mem, size_t, max),
        .kinds = ARENA_NEW(mem, struct str, max),
        .shops = ARENA_NEW(mem, struct str, max),
        .hashes = ARENA_NEW(mem, struct str, max),
        .sources = ARENA_NEW(mem, struct str, max),
        .bodies = ARENA_NEW(mem, struct str, max),
        .orders = ARENA_NEW(mem, int64_t, max),
        .updated = ARENA_NEW(mem, struct time_us, max),
        .observed = ARENA_NEW(mem, struct time_us, max),
    };
}

static void
append(struct facts *to, size_t record, const struct fact *f, struct arena *mem)
{
    const size_t k = to->n++;
    char hash[SHA256_HEX_SIZE];

    assert(k < to->max);
    if (f->hashed)
        hash_sha256_hex(f->body, hash);
    to->record[k] = record;
    to->kinds[k] = f->kind;
    to->shops[k] = arena_str(mem, f->shop);
    to->hashes[k] = f->hashed ? arena_str(mem, str_of(hash)) : (struct str){ 0 };
    to->sources[k] = f->source;
    to->bodies[k] = f->body;
    to->orders[k] = f->order.v;
    to->updated[k] = f->version.updated_at;
    to->observed[k] = f->version.observed_at;
}

static enum err_class
check_units(int64_t units, const char *what, struct line_id line, struct err *e)
{
    if (units >= 0 && units <= UNITS_MAX)
        return ERR_NONE;
    return err_set(e, ERR_REJECT, "", "line %lld: %s of %lld: expected 0 to %lld",
                   (long long)line.v, what, (long long)units, (long long)UNITS_MAX);
}

static enum err_class
check_order(const struct order *o, struct err *e)
{
    EACH(struct order_line, l, &o->lines) {
        TRY(check_units(l->quantity, "quantity", l->id, e));
        TRY(check_units(l->current_quantity, "current_quantity", l->id, e));
        TRY(check_units(l->unfulfilled_quantity, "unfulfilled_quantity", l->id, e));
    }
    EACH(struct order_fulfillment, f, &o->fulfillments)
        EACH(struct order_fulfillment_line, l, &f->lines)
            TRY(check_units(l->quantity, "fulfilled quantity", l->line_id, e));
    EACH(struct order_refund, r, &o->refunds)
        EACH(struct order_refund_line, l, &r->lines)
            TRY(check_units(l->quantity, "refunded quantity", l->line_id, e));
    return ERR_NONE;
}

static enum err_class
read_order(struct str value, const char *topic, struct arena *mem, struct fact *ret, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf text;
    struct order o = { 0 };

    buf_init(&text, ORDER_TEXT_MAX);
    TRY(order_decode(value, mem, &o, e));
    TRY(check_order(&o, e));
    order_emit(&text, &o, NULL); /* without its reason: seen twice it is still one fact */
    TRY(buf_check(&text, "order", e));
    *ret = (struct fact){ .kind = STR("order"),
                          .shop = arena_str(mem, o.shop),
                          .order = o.id,
                          .version = o.version,
                          .hashed = true,
                          .source = o.reason.p == NULL
                                        ? arena_str(mem, str_of(topic))
                                        : arena_printf(mem, "%s %.*s", topic, (int)o.reason.n,
                                                       o.reason.p),
                          .body = arena_str(mem, buf_str(&text)) };
    return ERR_NONE;
}

static enum err_class
read_fulfillment_orders(struct str value, struct arena *mem, struct fact *ret, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf text;
    struct fulfillment_orders f = { 0 };

    buf_init(&text, FULFILLMENT_ORDERS_TEXT_MAX);
    TRY(fulfillment_orders_decode(value, mem, &f, e));
    EACH(struct fulfillment_order, o, &f.fulfillment_orders)
        EACH(struct fulfillment_order_line, l, &o->lines) {
            TRY(check_units(l->total_quantity, "total_quantity", l->line_id, e));
            TRY(check_units(l->remaining_quantity, "remaining_quantity", l->line_id, e));
        }
    fulfillment_orders_emit(&text, &f);
    TRY(buf_check(&text, "fulfilment orders", e));
    *ret = (struct fact){ .kind = STR("fulfillment-orders"),
                          .shop = arena_str(mem, f.shop),
                          .order = f.order_id,
                          .version = f.version,
                          .hashed = true,
                          .source = STR("fulfillment-orders"),
                          .body = arena_str(mem, buf_str(&text)) };
    return ERR_NONE;
}

static enum err_class
check_returns(const struct returns *f, struct err *e)
{
    EACH(struct order_return, r, &f->returns) {
        TRY(check_units(r->total_quantity, "total_quantity", (struct line_id){ r->id }, e));
        EACH(struct return_line, l, &r->lines) {
            TRY(check_units(l->quantity, "returned quantity", l->sent.line_id, e));
            TRY(check_units(l->processed_quantity, "processed_quantity", l->sent.line_id, e));
            TRY(check_units(l->refunded_quantity, "refunded_quantity", l->sent.line_id, e));
        }
        EACH(struct exchange_line, l, &r->exchange_lines)
            TRY(check_units(l->quantity, "exchanged quantity", (struct line_id){ l->id }, e));
    }
    return ERR_NONE;
}

static enum err_class
read_returns(struct str value, struct arena *mem, struct fact *ret, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf text;
    struct returns f = { 0 };

    buf_init(&text, RETURNS_TEXT_MAX);
    TRY(returns_decode(value, mem, &f, e));
    TRY(check_returns(&f, e));
    returns_emit(&text, &f);
    TRY(buf_check(&text, "returns", e));
    *ret = (struct fact){ .kind = STR("returns"),
                          .shop = arena_str(mem, f.shop),
                          .order = f.order_id,
                          .version = f.version,
                          .hashed = true,
                          .source = STR("returns"),
                          .body = arena_str(mem, buf_str(&text)) };
    return ERR_NONE;
}

static enum err_class
read_shipment(struct str value, struct arena *mem, struct fact *ret, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf text;
    CLEANUP_VALUE(buf_fini) struct buf parcel;
    struct shipment s = { 0 };

    buf_init(&text, ORDER_TEXT_MAX);
    buf_init(&parcel, KEY_TEXT_SIZE * 8);
    TRY(shipment_decode(value, mem, &s, e));
    shipment_emit(&text, &s);
    shipment_parcel(&parcel, &s);
    TRY(buf_check(&text, "shipment", e));
    TRY(buf_check(&parcel, "parcel", e));
    *ret = (struct fact){ .kind = STR("shipment"),
                          .shop = arena_str(mem, s.shop),
                          .order = s.order,
                          .source = arena_str(mem, buf_str(&parcel)),
                          .body = arena_str(mem, buf_str(&text)) };
    return ERR_NONE;
}

static enum err_class
read_fact(struct str value, const char *topic, struct arena *mem, struct fact *ret, struct err *e)
{
    if (str_is(STR("shipments"), topic))
        return read_shipment(value, mem, ret, e);
    if (str_is(STR("fulfillment-orders"), topic))
        return read_fulfillment_orders(value, mem, ret, e);
    if (str_is(STR("returns"), topic))
        return read_returns(value, mem, ret, e);
    return read_order(value, topic, mem, ret, e);
}

static enum err_class
check_key(const struct fact *f, struct str key, struct err *e)
{
    struct str shop = { 0 };
    int64_t order = 0;

    TRY(name_check_shop("shop", f->shop, e));
    TRY(key_split_shop_id(key, &shop, &order, e));
    if (order != f->order.v || !str_eq(shop, f->shop))
        return err_set(e, ERR_REJECT, "", "key %.*s, but the value is of %.*s/%lld", (int)key.n,
                       key.p, (int)f->shop.n, f->shop.p, (long long)f->order.v);
    return ERR_NONE;
}

/* A time of a snapshot that could not be read as a whole; none when even that is unreadable. */
static struct time_us
time_of(const struct json_value *v, const char *key)
{
    struct time_us t = { 0 };
    struct err ignored = { 0 };

    return time_parse(json_str(json_get(v, key)), &t, &ignored) == ERR_NONE
               ? t
               : (struct time_us){ 0 };
}

struct str
facts_printable(struct str text, struct arena *mem)
{
    char *copy = ARENA_NEW(mem, char, text.n + 1);

    for (size_t i = 0; i < text.n; i++)
        copy[i] = text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?';
    return (struct str){ copy, text.n };
}

bool
facts_key(const struct kafka_record *r, struct str *shop, struct order_id *order)
{
    struct err ignored = { 0 };

    return key_split_shop_id(r->key, shop, &order->v, &ignored) == ERR_NONE
           && name_check_shop("shop", *shop, &ignored) == ERR_NONE;
}

bool
facts_is_order_topic(const char *topic)
{
    return str_is(STR("orders"), topic) || str_is(STR("order-updates"), topic);
}

static void
block(struct facts *to, size_t record, const char *topic, const struct kafka_record *r,
      const struct err *why, struct arena *mem)
{
    struct fact f = { .kind = STR("block"), .source = arena_str(mem, str_of(topic)) };
    const struct json_value *v = NULL; /* stays so when it is no JSON */
    struct err ignored = { 0 };

    if (!facts_key(r, &f.shop, &f.order))
        return;
    if (json_read(&v, r->value, mem, &ignored) != ERR_NONE)
        v = NULL;
    f.version.updated_at = time_of(v, "updated_at");
    f.version.observed_at = time_of(v, "observed_at");
    if (f.version.updated_at.v == 0 || f.version.observed_at.v == 0)
        f.version = (struct version){ 0 };
    f.body = facts_printable(str_of(why->text), mem);
    append(to, record, &f, mem);
}

enum err_class
facts_add(struct facts *to, size_t record, const char *topic, const struct kafka_record *r,
          struct arena *mem, struct err *e)
{
    struct fact f = { 0 };

    enum err_class class = read_fact(r->value, topic, mem, &f, e);
    if (class == ERR_NONE)
        class = check_key(&f, r->key, e);
    if (class == ERR_NONE)
        append(to, record, &f, mem);
    else if (class == ERR_REJECT && facts_is_order_topic(topic))
        block(to, record, topic, r, e, mem);
    return class;
}

bool
facts_add_gone(struct facts *to, size_t record, const char *topic, const struct kafka_record *r,
               struct arena *mem)
{
    struct fact f = { .kind = STR("gone"), .source = arena_str(mem, str_of(topic)) };

    f.version.observed_at = r->timestamp; /* of what was seen later it says nothing */
    if (!facts_key(r, &f.shop, &f.order))
        return false;
    append(to, record, &f, mem);
    return true;
}
