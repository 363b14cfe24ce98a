/*
 * canonical.h: small steps that take the accidents out of Shopify's answers: case, order,
 * emptiness.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_CANONICAL_H
#define SHOPIFY_CANONICAL_H

#include "base/arena.h"
#include "json/shape.h"
#include "shopify/map.h"

/* Shapes that several objects share: {"id": gid}, MoneyBag, and {"amount": "1.00"}. */
struct id_ref { int64_t id; };
extern const struct shape id_ref_shape;
extern const struct shape amount_shape;      /* lands in a struct decimal */
extern const struct shape money_bag_shape;   /* camelCase: shopMoney, presentmentMoney */
extern const struct shape money_set_shape;   /* snake_case: shop_money, presentment_money */
extern const struct shape tax_line_node_shape; /* of a read; lands in a struct order_tax_line */

/* A connection is an object with "nodes"; the array lands where the connection is decoded to. It is
 * absent from an object that was put together from a bulk result and has no such child. */
struct connection { struct jarray nodes; };
#define CONNECTION_SHAPE(name, element)                                       \
    static const struct jfield name##_fields[] = {                            \
        JSON_ARR(struct connection, nodes, "nodes", 0, &(element)),           \
    };                                                                        \
    static const struct shape name = SHAPE(struct connection, SHAPE_OPEN, name##_fields)
#define JSON_CONNECTION(T, m, k, s) JSON_OBJ(T, m, k, J_OPTIONAL, s)

struct str lower(struct str s, struct arena *mem);
struct str empty_is_null(struct str s);
void sort_strings(struct jarray *a);
void sort_tax_lines(struct jarray *a);
/* Elements of `size` bytes that begin with their id. */
void sort_by_id(struct jarray *a, size_t size);
/* Elements of b behind those of a; both hold elements of `size` bytes. */
struct jarray joined(struct jarray a, struct jarray b, size_t size, struct arena *mem);
/* Decodes the elements of an array of nodes; an absent array has none. */
MUST_CHECK enum err_class decode_nodes(const struct shape *s, const struct json_value *nodes,
                                       struct arena *mem, struct jarray *ret, struct err *e);
/* Adds the further pages of connection `field` of `owner` to its decoded first page. */
MUST_CHECK enum err_class add_pages(const struct shape *element, const char *field, int64_t owner,
                                    const struct pages *more, struct arena *mem,
                                    struct jarray *all, struct err *e);
/* The nodes of connection `field` of an object, with the further pages that belong to it. */
MUST_CHECK enum err_class decode_connection(const struct shape *s, const struct json_value *object,
                                            const char *field, int64_t owner,
                                            const struct pages *more, struct arena *mem,
                                            struct jarray *ret, struct err *e);

#endif
