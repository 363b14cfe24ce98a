/*
 * words.c: see words.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "words.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "domain/gid.h"

enum { WORDS_MAX = 4 << 20, RETURNED_MAX = 10 };

static struct str
text(const struct json_value *node, const char *key)
{
    const struct str s = json_str(json_get(node, key));
    return s.n > 0 ? s : STR("-");
}

/* Enums as facts have them: in lower case. */
static void
add_enum(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        buf_char(out, (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 'a' - 'A' : s.p[i]));
}

static enum err_class
add_time(struct buf *out, const struct json_value *v, struct err *e)
{
    char at[TIME_TEXT_SIZE];
    struct time_us t;

    if (json_is_null(v)) {
        buf_char(out, '-');
        return ERR_NONE;
    }
    TRY(time_parse(json_str(v), &t, e));
    buf_str_add(out, str_of(time_format_s(t, at)));
    return ERR_NONE;
}

static enum err_class
identify(const struct json_value *node, const char *owner, struct seen_object *ret, struct err *e)
{
    ret->id = gid_id(json_str(json_get(node, "id")));
    ret->owner = gid_id(json_str(json_get(node, owner)));
    if (ret->id == 0 || ret->owner == 0)
        return err_set(e, ERR_REJECT, "", "an object without its %s", ret->id == 0 ? "id" : owner);
    return time_parse(json_str(json_get(node, "updatedAt")), &ret->updated_at, e);
}

struct line {
    int64_t id, quantity, current;
};
struct returned {
    int64_t id;
    struct str status;
};

/* Lines and returns begin with their id. */
static int
by_id(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void
add_lines(struct buf *out, const struct json_value *nodes, struct arena *mem)
{
    struct line *v = ARENA_NEW(mem, struct line, json_size(nodes) + 1);

    for (size_t i = 0; i < json_size(nodes); i++) {
        const struct json_value *node = json_at(nodes, i);
        v[i] = (struct line){ .id = gid_id(json_str(json_get(node, "id"))) };
        (void)json_i64(json_get(node, "quantity"), &v[i].quantity);
        (void)json_i64(json_get(node, "currentQuantity"), &v[i].current);
    }
    qsort(v, json_size(nodes), sizeof(*v), by_id);
    buf_str_add(out, json_size(nodes) > 0 ? STR(" lines=") : STR(" lines=-"));
    for (size_t i = 0; i < json_size(nodes); i++)
        buf_printf(out, "%s%" PRId64 ":%" PRId64 "/%" PRId64, i > 0 ? "," : "", v[i].id,
                   v[i].quantity, v[i].current);
}

/* '?': the token may not see them, or a file names none. */
static void
add_returned(struct buf *out, const struct json_value *nodes, struct arena *mem)
{
    struct returned *v = ARENA_NEW(mem, struct returned, json_size(nodes) + 1);

    for (size_t i = 0; i < json_size(nodes); i++) {
        const struct json_value *node = json_at(nodes, i);
        v[i] = (struct returned){ .id = gid_id(json_str(json_get(node, "id"))),
                                  .status = text(node, "status") };
    }
    qsort(v, json_size(nodes), sizeof(*v), by_id);
    buf_str_add(out, STR(" returned="));
    if (json_size(nodes) == 0)
        buf_char(out, json_is_array(nodes) ? '-' : '?');
    for (size_t i = 0; i < json_size(nodes) && i < RETURNED_MAX; i++) {
        buf_printf(out, "%s%" PRId64 ":", i > 0 ? "," : "", v[i].id);
        add_enum(out, v[i].status);
    }
}

static enum err_class
finish(struct buf *out, struct arena *mem, struct seen_object *ret, struct err *e)
{
    TRY(buf_check(out, "words about an object", e));
    ret->words = arena_str(mem, buf_str(out));
    return ERR_NONE;
}

/* Of what a webhook's body does not show, as much as tells that it was not read since. */
static void
add_story(struct buf *out, const struct json_value *node)
{
    int64_t payments = 0;

    (void)json_i64(json_path(node, "transactionsCount.count"), &payments);
    buf_printf(out, " payments=%" PRId64 " returns=", payments);
    add_enum(out, text(node, "returnStatus"));
    buf_printf(out, " edited=%c", json_bool(json_get(node, "edited")) ? 't' : 'f');
}

enum err_class
order_words(const struct json_value *node, bool whole, struct arena *mem, struct seen_object *ret,
            struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf out;
    char amount[DECIMAL_TEXT_SIZE];
    struct decimal total;

    buf_init(&out, WORDS_MAX);
    TRY(identify(node, "id", ret, e));
    TRY(decimal_parse(json_str(json_path(node, "currentTotalPriceSet.shopMoney.amount")), &total,
                      e));
    buf_str_add(&out, STR("name="));
    buf_str_add(&out, text(node, "name"));
    buf_str_add(&out, STR(" financial="));
    add_enum(&out, text(node, "displayFinancialStatus"));
    buf_printf(&out, " total=%s cancelled=", decimal_format(total, amount));
    TRY(add_time(&out, json_get(node, "cancelledAt"), e));
    buf_str_add(&out, STR(" closed="));
    TRY(add_time(&out, json_get(node, "closedAt"), e));
    buf_printf(&out, " test=%c", json_bool(json_get(node, "test")) ? 't' : 'f');
    add_story(&out, node);
    if (whole)
        add_lines(&out, json_path(node, "lineItems.nodes"), mem);
    add_returned(&out, json_path(node, "returns.nodes"), mem);
    return finish(&out, mem, ret, e);
}

enum err_class
fulfillment_order_words(const struct json_value *node, bool whole, struct arena *mem,
                        struct seen_object *ret, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf out;
    const int64_t location = gid_id(json_str(json_path(node, "assignedLocation.location.id")));

    (void)whole;
    buf_init(&out, WORDS_MAX);
    TRY(identify(node, "orderId", ret, e));
    buf_str_add(&out, STR("status="));
    add_enum(&out, text(node, "status"));
    buf_str_add(&out, STR(" request="));
    add_enum(&out, text(node, "requestStatus"));
    if (location != 0)
        buf_printf(&out, " location=%" PRId64, location);
    else
        buf_str_add(&out, STR(" location=-"));
    return finish(&out, mem, ret, e);
}

enum err_class
product_words(const struct json_value *node, bool whole, struct arena *mem, struct seen_object *ret,
              struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf out;
    int64_t variants = 0;

    (void)whole;
    buf_init(&out, WORDS_MAX);
    TRY(identify(node, "id", ret, e));
    (void)json_i64(json_path(node, "variantsCount.count"), &variants);
    buf_str_add(&out, STR("title="));
    buf_str_add(&out, text(node, "title"));
    buf_str_add(&out, STR(" handle="));
    buf_str_add(&out, text(node, "handle"));
    buf_str_add(&out, STR(" status="));
    add_enum(&out, text(node, "status"));
    buf_printf(&out, " variants=%" PRId64, variants);
    return finish(&out, mem, ret, e);
}
