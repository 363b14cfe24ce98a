/*
 * types.h: the small vocabulary of the whole tree.
 *
 * Ids are distinct types, so that swapping two of them does not compile.  A struct str always
 * borrows; whoever hands one out says how long its bytes live.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Shopify's ids: int64 inside, GIDs only at Shopify's edge (domain/gid.h).  0 means none. */
struct order_id { int64_t v; };
struct line_id { int64_t v; };
struct product_id { int64_t v; };
struct variant_id { int64_t v; };
struct inventory_item_id { int64_t v; };
struct location_id { int64_t v; };
struct fulfillment_order_id { int64_t v; };
struct fulfillment_id { int64_t v; };

struct time_us { int64_t v; };           /* UTC microseconds since 1970-01-01; 0 means none */
struct str { const char *p; size_t n; }; /* borrowed, not NUL-terminated; p NULL means null */
struct text_file { const char *name, *text; }; /* an embedded file */

#define STR(literal) ((struct str){ "" literal "", sizeof(literal) - 1 })

static inline struct str
str_of(const char *z)
{
    return (struct str){ z, z != NULL ? strlen(z) : 0 };
}

static inline bool
str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
str_is(struct str a, const char *z)
{
    return str_eq(a, str_of(z));
}

/* Orders bytes like memcmp; a prefix comes first. */
static inline int
str_cmp(struct str a, struct str b)
{
    const size_t n = a.n < b.n ? a.n : b.n;
    const int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

#endif
