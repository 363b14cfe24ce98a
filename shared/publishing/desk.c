/*
 * desk.c: facts become events; see desk.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publishing/desk.h"

#include <stdio.h>

#include "base/failpoint.h"
#include "base/hash.h"
#include "domain/key.h"
#include "publishing_sql.h"

enum { SOURCE_MAX = 96 };

enum err_class
desk_open(struct desk *d, struct service *s, struct err *e)
{
    *d = (struct desk){ .svc = s };
    buf_init(&d->text, ORDER_TEXT_MAX);
    TRY(service_pg_open(s, &d->db, publishing_sql, e));
    return publisher_open(&d->out, s, e);
}

void
desk_fini(struct desk *d)
{
    publisher_free(d->out);
    pg_free(d->db);
    buf_fini(&d->text);
}

/* Queues d->text. */
static enum err_class
send(struct desk *d, const char *topic, const char *type, struct str shop, int64_t id,
     struct version version, struct err *e)
{
    char key[KEY_TEXT_SIZE], source[SOURCE_MAX], text[VERSION_TEXT_SIZE];
    const int n = snprintf(source, sizeof(source), "shopify/%.*s", (int)shop.n, shop.p);
    const struct event event = {
        .topic = topic,
        .key = str_of(key_shop_id(shop, id, key)),
        .value = buf_str(&d->text),
        .type = type,
        .source = { source, n > 0 ? (size_t)n : 0 },
        .version = str_of(version_format(version, text)),
        .time = version.observed_at,
    };

    TRY(buf_check(&d->text, topic, e));
    d->failed = true;
    FAILPOINT("publishing_queue_full", e);
    const enum err_class class = publish_add(d->out, &event, e);
    d->failed = class == ERR_RETRY || class == ERR_FATAL; /* REJECT: this body is too large */
    return class;
}

enum err_class
desk_order(struct desk *d, const char *topic, const struct order *o, const char *reason,
           struct err *e)
{
    buf_clear(&d->text);
    order_emit(&d->text, o, reason);
    return send(d, topic, reason != NULL ? "millrace.order-update.v1" : "millrace.order.v1",
                o->shop, o->id.v, o->version, e);
}

enum err_class
desk_fulfillment_orders(struct desk *d, const struct fulfillment_orders *f, struct err *e)
{
    buf_clear(&d->text);
    fulfillment_orders_emit(&d->text, f);
    return send(d, "fulfillment-orders", "millrace.fulfillment-orders.v1", f->shop, f->order_id.v,
                f->version, e);
}

enum err_class
desk_returns(struct desk *d, const struct returns *r, struct err *e)
{
    buf_clear(&d->text);
    returns_emit(&d->text, r);
    return send(d, "returns", "millrace.returns.v1", r->shop, r->order_id.v, r->version, e);
}

enum err_class
desk_product(struct desk *d, const struct product *p, struct err *e)
{
    buf_clear(&d->text);
    product_emit(&d->text, p);
    return send(d, "products", "millrace.product.v1", p->shop, p->id.v, p->version, e);
}

enum err_class
desk_settle(struct desk *d, struct err *e)
{
    d->failed = publish_wait(d->out, ACK_TIMEOUT_MS, e) != ERR_NONE;
    return d->failed ? e->class : ERR_NONE;
}

static uint64_t
sense(struct desk *d)
{
    const uint64_t h = hash_u64(buf_str(&d->text));

    return h != 0 ? h : 1;
}

uint64_t
order_sense(struct desk *d, struct order o)
{
    o.version.observed_at.v = 0;
    buf_clear(&d->text);
    order_emit(&d->text, &o, NULL);
    return sense(d);
}

uint64_t
fulfillment_orders_sense(struct desk *d, struct fulfillment_orders f)
{
    f.version = (struct version){ { 0 }, { 0 } };
    buf_clear(&d->text);
    fulfillment_orders_emit(&d->text, &f);
    return sense(d);
}

/* The order's own changes are not theirs. */
uint64_t
returns_sense(struct desk *d, struct returns r)
{
    r.version = (struct version){ { 0 }, { 0 } };
    buf_clear(&d->text);
    returns_emit(&d->text, &r);
    return sense(d);
}

uint64_t
product_sense(struct desk *d, struct product p)
{
    p.version.observed_at.v = 0;
    buf_clear(&d->text);
    product_emit(&d->text, &p);
    return sense(d);
}
