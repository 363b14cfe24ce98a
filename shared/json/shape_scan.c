/*
 * shape_scan.c: the tables again, filled while the text is read once from front to back.
 *
 * Members come in the order of the text, which is nearly always the same for one kind of object:
 * each is looked for behind the last one that was found.  Whatever is not as the table wants ends
 * the pass at once; then the object is read again by way of a document, which finds the words.  So
 * a reason never depends on the way, and the fast way carries nothing that only errors need.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/shape_scan.h"

#include "json/leaf.h"
#include "json/value.h"

#include <assert.h>

enum { ARRAY_START = 4 };

/* Which fields of an object were met, and which of these were not null. */
struct met {
    uint64_t key[SHAPE_FIELDS_MAX / 64], value[SHAPE_FIELDS_MAX / 64];
};

static bool scan_object(struct scan *s, const struct shape *shape, char *out, int depth);

static void
mark(uint64_t *bits, size_t i)
{
    bits[i / 64] |= UINT64_C(1) << i % 64;
}

static bool
is_marked(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> i % 64 & 1;
}

/* The field of this key, looked for from `guess` on; s->n when there is none. */
static size_t
find_field(const struct shape *s, struct str key, size_t guess)
{
    for (size_t k = 0, i = guess; k < s->n; k++, i++) {
        if (i >= s->n)
            i = 0;
        const struct jfield *f = &s->fields[i];
        if (f->key_n == key.n && f->kind != J_HAS && memcmp(f->key, key.p, key.n) == 0)
            return i;
    }
    return s->n;
}

static bool
scan_id(struct scan *s, int64_t *ret)
{
    struct scan_number n;
    struct str text;

    if (scan_peek(s) == '"') {
        if (!scan_string(s, &text) || !leaf_id(text, ret))
            return false;
    } else {
        if (!scan_number(s, &n) || !n.whole)
            return false;
        *ret = n.i;
    }
    return *ret > 0;
}

static bool
scan_i64(struct scan *s, int64_t *ret)
{
    struct scan_number n;

    if (!scan_number(s, &n) || !n.whole)
        return false;
    *ret = n.i;
    return true;
}

static bool
scan_decimal_number(struct scan *s, struct str *ret)
{
    struct scan_number n;

    return scan_number(s, &n) && leaf_number(n.text, s->mem, ret);
}

static bool
scan_text(struct scan *s, enum jkind kind, void *at)
{
    struct err unused; /* only written when something is wrong */
    struct str text;

    return scan_string(s, &text) && leaf_text(kind, text, at, &unused) == ERR_NONE;
}

static bool
scan_raw(struct scan *s, const struct json_value **ret)
{
    struct json_value *v = ARENA_NEW(s->mem, struct json_value, 1);

    *ret = v;
    return scan_peek(s) != 'n' && value_build(s, v);
}

static bool
scan_element(struct scan *s, const struct shape *shape, char *out, int depth)
{
    if (shape == &shape_str_element)
        return scan_string(s, (struct str *)(void *)out);
    return scan_object(s, shape, out, depth);
}

/* Doubles in the arena: nobody knows the number of elements before the end. */
static char *
more_room(struct arena *mem, const char *items, size_t n, size_t *max, size_t size)
{
    *max = n > 0 ? n * 2 : ARRAY_START;
    char *more = arena_alloc(mem, *max, size);

    if (n > 0)
        memcpy(more, items, n * size);
    return more;
}

static bool
scan_array(struct scan *s, const struct shape *element, struct jarray *ret, int depth)
{
    struct scan_inside in;
    char *items = NULL;
    size_t n = 0, max = 0;

    if (!scan_enter(s, '[', &in))
        return false;
    for (;; n++) {
        const enum scan_step step = scan_item(s, &in);
        if (step == SCAN_OVER)
            break;
        if (step == SCAN_BAD || n == SHAPE_ARRAY_MAX)
            return false;
        if (n == max)
            items = more_room(s->mem, items, n, &max, element->size);
        if (!scan_element(s, element, items + n * element->size, depth))
            return false;
    }
    *ret = (struct jarray){ items, n };
    return true;
}

static bool
scan_field(struct scan *s, const struct jfield *f, char *out, int depth)
{
    void *at = out + f->offset;

    switch (f->kind) {
    case J_I64:
        return scan_i64(s, at);
    case J_ID:
        return scan_id(s, at);
    case J_BOOL:
        return scan_bool(s, at);
    case J_STR:
    case J_TIME:
    case J_DECIMAL:
        return scan_text(s, f->kind, at);
    case J_NUMBER:
        return scan_decimal_number(s, at);
    case J_OBJ:
        return scan_object(s, f->sub, at, depth + 1);
    case J_ARR:
        return scan_array(s, f->sub, at, depth + 1);
    case J_RAW:
        return scan_raw(s, at);
    case J_HAS:
        break;
    }
    assert(false); /* a kind without a decoder */
    return false;
}

/* Is everything there that must be? */
static bool
finish(const struct shape *s, const struct met *met, char *out)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct jfield *f = &s->fields[i];
        if (f->kind == J_HAS)
            *(bool *)(void *)(out + f->offset) = i > 0 && is_marked(met->value, i - 1);
        else if (!is_marked(met->key, i) && !(f->flags & J_OPTIONAL))
            return false;
    }
    return true;
}

static bool
scan_member_value(struct scan *s, const struct shape *shape, size_t i, struct met *met, char *out,
                  int depth)
{
    if (i == shape->n)
        return shape->mode == SHAPE_OPEN && scan_skip(s);
    mark(met->key, i);
    if ((shape->fields[i].flags & J_NULL_OK) && scan_peek(s) == 'n')
        return scan_null(s);
    mark(met->value, i);
    return scan_field(s, &shape->fields[i], out, depth);
}

static bool
scan_object(struct scan *s, const struct shape *shape, char *out, int depth)
{
    struct scan_inside in;
    struct met met = { 0 };
    struct str key;
    size_t guess = 0;

    assert(depth < SHAPE_DEPTH_MAX && shape->n <= SHAPE_FIELDS_MAX); /* tables are static */
    memset(out, 0, shape->size);
    if (!scan_enter(s, '{', &in))
        return false;
    for (;;) {
        const enum scan_step step = scan_member(s, &in, &key);
        if (step == SCAN_OVER)
            return finish(shape, &met, out);
        if (step == SCAN_BAD)
            return false;
        const size_t i = find_field(shape, key, guess);
        if (i < shape->n)
            guess = i + 1;
        if (!scan_member_value(s, shape, i, &met, out, depth))
            return false;
    }
}

bool
shape_scan_fast(const struct shape *s, struct str text, struct arena *mem, void *out)
{
    struct scan scan;

    scan_init(&scan, text, mem);
    return scan_element(&scan, s, out, 0) && scan_at_end(&scan);
}

enum err_class
shape_scan(const struct shape *s, struct str text, struct arena *mem, void *out, struct err *e)
{
    const struct json_value *v = NULL;

    if (shape_scan_fast(s, text, mem, out))
        return ERR_NONE;
    TRY(json_read(&v, text, mem, e));
    shape_reading(text);
    const enum err_class class = shape_decode(s, v, mem, out, e);
    shape_reading((struct str){ 0 });
    return class;
}
