/*
 * atp.c: shape, checks and canonical form; see atp.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/atp.h"

#include "domain/key.h"
#include "json/emit.h"
#include "json/shape.h"

static const struct jfield terms_fields[] = {
    JSON_I64(struct atp_terms, committed_max, "committed_max", 0),
    JSON_I64(struct atp_terms, committed_min, "committed_min", 0),
    JSON_I64(struct atp_terms, known, "known", 0),
    JSON_I64(struct atp_terms, net, "net", 0),
    JSON_I64(struct atp_terms, shortage, "shortage", 0),
    JSON_I64(struct atp_terms, threshold, "threshold", 0),
    JSON_I64(struct atp_terms, unallocated, "unallocated", 0),
    JSON_I64(struct atp_terms, usable, "usable", 0),
};
static const struct shape terms_shape = SHAPE(struct atp_terms, SHAPE_CLOSED, terms_fields);

static const struct jfield atp_fields[] = {
    JSON_I64(struct atp, atp, "atp", 0),
    JSON_TIME(struct atp, computed_at, "computed_at", 0),
    JSON_ID(struct atp, inventory_item.v, "inventory_item_id", 0),
    JSON_STR(struct atp, item, "item", 0),
    JSON_I64(struct atp, level_max, "level_max", 0),
    JSON_I64(struct atp, level_min, "level_min", 0),
    JSON_ID(struct atp, location.v, "location_id", 0),
    JSON_I64(struct atp, promise, "promise", 0),
    JSON_STR(struct atp, reason, "reason", 0),
    JSON_STR(struct atp, shop, "shop", 0),
    JSON_OBJ(struct atp, terms, "terms", 0, &terms_shape),
    JSON_I64(struct atp, version, "version", 0),
    JSON_TIME(struct atp, watermark, "watermark", J_NULL_OK),
};
static const struct shape atp_shape = SHAPE(struct atp, SHAPE_CLOSED, atp_fields);

enum err_class
atp_decode(struct str text, struct arena *mem, struct atp *ret, struct err *e)
{
    struct atp a = { 0 };

    TRY(shape_scan(&atp_shape, text, mem, &a, e));
    if (a.version < 1)
        return err_set(e, ERR_REJECT, NULL, "version: must be 1 or more");
    if (a.level_min > a.level_max)
        return err_set(e, ERR_REJECT, NULL, "level_min: above level_max");
    *ret = a;
    return ERR_NONE;
}

static void
emit_terms(struct emit *j, const struct atp_terms *t)
{
    emit_object(j, "terms");
    emit_i64(j, "committed_max", t->committed_max);
    emit_i64(j, "committed_min", t->committed_min);
    emit_i64(j, "known", t->known);
    emit_i64(j, "net", t->net);
    emit_i64(j, "shortage", t->shortage);
    emit_i64(j, "threshold", t->threshold);
    emit_i64(j, "unallocated", t->unallocated);
    emit_i64(j, "usable", t->usable);
    emit_object_end(j);
}

void
atp_emit(struct buf *ret, const struct atp *a)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_i64(&j, "atp", a->atp);
    emit_time(&j, "computed_at", a->computed_at);
    emit_i64(&j, "inventory_item_id", a->inventory_item.v);
    emit_str(&j, "item", a->item);
    emit_i64(&j, "level_max", a->level_max);
    emit_i64(&j, "level_min", a->level_min);
    emit_i64(&j, "location_id", a->location.v);
    emit_i64(&j, "promise", a->promise);
    emit_str(&j, "reason", a->reason);
    emit_str(&j, "shop", a->shop);
    emit_terms(&j, &a->terms);
    emit_i64(&j, "version", a->version);
    emit_time(&j, "watermark", a->watermark);
    emit_object_end(&j);
}

enum err_class
atp_split_key(struct str key, struct atp *ret, struct err *e)
{
    size_t cut = key.n;
    struct str shop, rest;
    int64_t item, location;

    while (cut > 0 && key.p[cut - 1] != '/')
        cut--;
    rest = (struct str){ key.p, cut > 0 ? cut - 1 : 0 };
    TRY(key_split_shop_id(rest, &shop, &item, e));
    /* "<shop>/<location>" stands in for the last part, so that one rule reads both numbers */
    char last[KEY_TEXT_SIZE];
    const size_t n = key.n - cut;
    if (n + 2 > sizeof last)
        return err_set(e, ERR_REJECT, "", "key: the location's number is too long");
    memcpy(last, "s/", 2);
    memcpy(last + 2, key.p + cut, n);
    struct str ignored;
    TRY(key_split_shop_id((struct str){ last, n + 2 }, &ignored, &location, e));
    *ret = (struct atp){ .shop = shop, .inventory_item = { item }, .location = { location } };
    return ERR_NONE;
}
