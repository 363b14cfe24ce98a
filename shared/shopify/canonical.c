/*
 * canonical.c: see canonical.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/canonical.h"

#include <ctype.h>
#include <stdlib.h>

#include "domain/order.h"

static const struct jfield id_ref_fields[] = {
    JSON_ID(struct id_ref, id, "id", 0),
};
const struct shape id_ref_shape = SHAPE(struct id_ref, SHAPE_OPEN, id_ref_fields);

/* {"amount": "1.00"} lands in a struct decimal, which it equals. */
struct amount { struct decimal amount; };
static const struct jfield amount_fields[] = {
    JSON_DECIMAL(struct amount, amount, "amount", 0),
};
const struct shape amount_shape = SHAPE(struct amount, SHAPE_OPEN, amount_fields);

static const struct jfield money_bag_fields[] = {
    JSON_OBJ(struct order_money, presentment, "presentmentMoney", 0, &amount_shape),
    JSON_OBJ(struct order_money, shop, "shopMoney", 0, &amount_shape),
};
const struct shape money_bag_shape = SHAPE(struct order_money, SHAPE_OPEN, money_bag_fields);

static const struct jfield money_set_fields[] = {
    JSON_OBJ(struct order_money, presentment, "presentment_money", 0, &amount_shape),
    JSON_OBJ(struct order_money, shop, "shop_money", 0, &amount_shape),
};
const struct shape money_set_shape = SHAPE(struct order_money, SHAPE_OPEN, money_set_fields);

struct str
lower(struct str s, struct arena *mem)
{
    if (s.n == 0)
        return (struct str){ 0 };
    char *p = ARENA_NEW(mem, char, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)tolower((unsigned char)s.p[i]);
    return (struct str){ p, s.n };
}

struct str
empty_is_null(struct str s)
{
    return s.n == 0 ? (struct str){ 0 } : s;
}

static int
by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

void
sort_strings(struct jarray *a)
{
    if (a->n > 1)
        qsort(a->v, a->n, sizeof(struct str), by_bytes);
}

static int
by_id(const void *a, const void *b)
{
    int64_t x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

void
sort_by_id(struct jarray *a, size_t size)
{
    if (a->n > 1)
        qsort(a->v, a->n, size, by_id);
}

struct jarray
joined(struct jarray a, struct jarray b, size_t size, struct arena *mem)
{
    if (b.n == 0)
        return a;
    char *v = arena_alloc(mem, a.n + b.n, size);
    if (a.n > 0)
        memcpy(v, a.v, a.n * size);
    memcpy(v + a.n * size, b.v, b.n * size);
    return (struct jarray){ v, a.n + b.n };
}

enum err_class
decode_nodes(const struct shape *s, const struct json_value *nodes, struct arena *mem,
             struct jarray *ret, struct err *e)
{
    const size_t n = json_size(nodes);
    char *v = arena_alloc(mem, n + 1, s->size);

    for (size_t i = 0; i < n; i++)
        if (shape_decode(s, json_at(nodes, i), mem, v + i * s->size, e) != ERR_NONE)
            return err_wrap(e, "[%zu]: ", i);
    *ret = (struct jarray){ v, n };
    return ERR_NONE;
}

enum err_class
add_pages(const struct shape *element, const char *field, int64_t owner, const struct pages *more,
          struct arena *mem, struct jarray *all, struct err *e)
{
    struct jarray page = { 0 };

    for (size_t i = 0; more != NULL && i < more->n; i++) {
        if (more->v[i].owner != owner || strcmp(more->v[i].field, field) != 0)
            continue;
        if (decode_nodes(element, more->v[i].nodes, mem, &page, e) != ERR_NONE)
            return err_wrap(e, "%s, page %zu", field, i + 2);
        *all = joined(*all, page, element->size, mem);
    }
    return ERR_NONE;
}

enum err_class
decode_connection(const struct shape *s, const struct json_value *object, const char *field,
                  int64_t owner, const struct pages *more, struct arena *mem, struct jarray *ret,
                  struct err *e)
{
    if (decode_nodes(s, json_get(json_get(object, field), "nodes"), mem, ret, e) != ERR_NONE)
        return err_wrap(e, "%s", field);
    return add_pages(s, field, owner, more, mem, ret, e);
}
