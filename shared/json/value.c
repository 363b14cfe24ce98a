/*
 * value.c: from tokens to nodes. What is inside an object or array gathers on a stack until its end
 * tells how many there are; then it moves into the arena in one piece.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/value.h"

enum { STACK_START = 64 };

struct builder {
    struct scan *s;
    struct json_member *stack;
    size_t n, max;
};

static bool build(struct builder *b, struct json_value *ret);

static struct json_member *
push(struct builder *b)
{
    if (b->n == b->max) {
        const size_t max = b->max > 0 ? b->max * 2 : STACK_START;
        struct json_member *more = ARENA_NEW(b->s->mem, struct json_member, max);
        if (b->n > 0)
            memcpy(more, b->stack, b->n * sizeof *more);
        b->stack = more;
        b->max = max;
    }
    return &b->stack[b->n++];
}

static struct json_member *
pop_members(struct builder *b, size_t from)
{
    const size_t n = b->n - from;
    struct json_member *v = arena_alloc(b->s->mem, n, sizeof *v + sizeof(uint32_t));
    if (n > 0)
        memcpy(v, b->stack + from, n * sizeof *v);
    b->n = from;
    return v;
}

static struct json_value *
pop_items(struct builder *b, size_t from)
{
    const size_t n = b->n - from;
    struct json_value *v = ARENA_NEW(b->s->mem, struct json_value, n);
    for (size_t i = 0; i < n; i++)
        v[i] = b->stack[from + i].value;
    b->n = from;
    return v;
}

/* Everything up to the closing bracket, onto the stack. */
static bool
gather(struct builder *b, char bracket)
{
    struct scan_inside in;
    struct json_member m = { 0 };
    if (!scan_enter(b->s, bracket, &in))
        return false;
    for (;;) {
        const enum scan_step step =
            bracket == '{' ? scan_member(b->s, &in, &m.key) : scan_item(b->s, &in);
        if (step != SCAN_MORE)
            return step == SCAN_OVER;
        if (!build(b, &m.value))
            return false;
        *push(b) = m;
    }
}

static bool
build_object(struct builder *b, struct json_value *ret)
{
    const size_t from = b->n;
    if (!gather(b, '{'))
        return false;
    *ret = (struct json_value){ .type = JSON_OBJECT, .n = (uint32_t)(b->n - from) };
    ret->members = pop_members(b, from);
    return true;
}

static bool
build_array(struct builder *b, struct json_value *ret)
{
    const size_t from = b->n;
    if (!gather(b, '['))
        return false;
    *ret = (struct json_value){ .type = JSON_ARRAY, .n = (uint32_t)(b->n - from) };
    ret->items = pop_items(b, from);
    return true;
}

static bool
build_string(struct scan *s, struct json_value *ret)
{
    struct str text;
    if (!scan_string(s, &text))
        return false;
    *ret = (struct json_value){ .type = JSON_STRING, .n = (uint32_t)text.n, .text = text.p };
    return true;
}

static bool
build_number(struct scan *s, struct json_value *ret)
{
    struct scan_number n;
    if (!scan_number(s, &n))
        return false;
    if (n.whole)
        *ret = (struct json_value){ .type = JSON_WHOLE, .i = n.i };
    else
        *ret = (struct json_value){ JSON_FRACTION, (uint32_t)n.text.n, { .text = n.text.p } };
    return true;
}

/* Recurses as deep as the scanner lets it. */
static bool
build(struct builder *b, struct json_value *ret)
{
    bool truth;
    switch (scan_peek(b->s)) {
    case '{':
        return build_object(b, ret);
    case '[':
        return build_array(b, ret);
    case '"':
        return build_string(b->s, ret);
    case 't':
    case 'f':
        if (!scan_bool(b->s, &truth))
            return false;
        *ret = (struct json_value){ .type = truth ? JSON_TRUE : JSON_FALSE };
        return true;
    case 'n':
        *ret = (struct json_value){ .type = JSON_NULL };
        return scan_null(b->s);
    default:
        return build_number(b->s, ret);
    }
}

bool
value_build(struct scan *s, struct json_value *ret)
{
    struct builder b = { .s = s };
    return build(&b, ret);
}
