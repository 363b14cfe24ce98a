/*
 * agree.h: holds the scanner against the library, and the two ways of decoding against each other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_JSON_AGREE_H
#define TESTS_JSON_AGREE_H

#include "demo.h"
#include "json/judge.h"
#include "json/shape_scan.h"

enum { AGREE_DUMP_MAX = 1 << 22 };

static inline bool
same_line(const struct demo_line *a, const struct demo_line *b)
{
    return a->id.v == b->id.v && a->quantity == b->quantity && str_eq(a->sku, b->sku) &&
           (a->sku.p == NULL) == (b->sku.p == NULL);
}

static inline bool
same_lists(const struct demo *a, const struct demo *b)
{
    if (a->lines.n != b->lines.n || a->tags.n != b->tags.n)
        return false;
    for (size_t i = 0; i < a->lines.n; i++)
        if (!same_line((const struct demo_line *)a->lines.v + i,
                       (const struct demo_line *)b->lines.v + i))
            return false;
    for (size_t i = 0; i < a->tags.n; i++)
        if (!str_eq(((const struct str *)a->tags.v)[i], ((const struct str *)b->tags.v)[i]))
            return false;
    return (a->lines.v == NULL) == (b->lines.v == NULL) &&
           (a->tags.v == NULL) == (b->tags.v == NULL);
}

static inline bool
same_raw(const struct json_value *a, const struct json_value *b)
{
    CLEANUP_VALUE(buf_fini) struct buf x;
    CLEANUP_VALUE(buf_fini) struct buf y;
    buf_init(&x, AGREE_DUMP_MAX);
    buf_init(&y, AGREE_DUMP_MAX);
    json_dump(a, &x);
    json_dump(b, &y);
    return (a == NULL) == (b == NULL) && str_eq(buf_str(&x), buf_str(&y));
}

static inline bool
same_demo(const struct demo *a, const struct demo *b)
{
    return a->id.v == b->id.v && str_eq(a->name, b->name) && a->test == b->test &&
           a->has_at == b->has_at && a->at.v == b->at.v && str_eq(a->rate, b->rate) &&
           a->total.amount.micro == b->total.amount.micro &&
           str_eq(a->total.currency, b->total.currency) && same_lists(a, b) &&
           same_raw(a->extra, b->extra);
}

static inline const char *
scan_disagrees(const struct json_value *v, struct str text, struct arena *mem)
{
    struct demo way, straight, any;
    struct err slow = { 0 }, fast = { 0 };
    memset(&straight, 0xee, sizeof straight);
    const enum err_class class = shape_decode(&demo_shape, v, mem, &way, &slow);
    if (shape_scan_fast(&demo_shape, text, mem, &straight) != (class == ERR_NONE))
        return class == ERR_NONE ? "the scanner refuses what decodes"
                                 : "the scanner takes too much";
    if (shape_scan(&demo_shape, text, mem, &any, &fast) != class ||
        strcmp(slow.text, fast.text) != 0)
        return "another reason";
    if (class == ERR_NONE && !(same_demo(&way, &straight) && same_demo(&way, &any)))
        return "another value";
    return NULL;
}

/* NULL when all ways of reading the text agree, else where they differ. */
static inline const char *
disagreement(struct str text)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP_VALUE(buf_fini) struct buf dump;
    const struct json_value *v = NULL;
    struct demo unused;
    struct err e = { 0 };
    const bool taken = json_read(&v, text, mem, &e) == ERR_NONE;

    const bool has_nul = text.n > 0 && memchr(text.p, '\0', text.n) != NULL;
    if (has_nul) /* the library overlooks some */
        return taken ? "the scanner takes a NUL" : NULL;
    if (taken != judge_same(text, text))
        return taken ? "the scanner takes what the library refuses" : "the library would take it";
    if (!taken)
        return shape_scan_fast(&demo_shape, text, mem, &unused) ? "decodes what is no JSON" : NULL;
    buf_init(&dump, AGREE_DUMP_MAX);
    json_dump(v, &dump);
    if (!judge_same(text, buf_str(&dump)))
        return "the library reads another value";
    return scan_disagrees(v, text, mem);
}

#endif
