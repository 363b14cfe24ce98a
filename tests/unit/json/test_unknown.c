/* Keys that a closed table does not know: refused, or told and ignored.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "json/shape.h"

struct inner { int64_t n; };
static const struct jfield inner_fields[] = { JSON_I64(struct inner, n, "n", 0) };
static const struct shape inner_shape = SHAPE(struct inner, SHAPE_CLOSED, inner_fields);
struct outer { struct inner in; int64_t a; };
static const struct jfield outer_fields[] = {
    JSON_I64(struct outer, a, "a", 0),
    JSON_OBJ(struct outer, in, "in", 0, &inner_shape),
};
static const struct shape outer_shape = SHAPE(struct outer, SHAPE_CLOSED, outer_fields);

static const char newer[] = "{\"a\":1,\"b\":[2],\"in\":{\"m\":{\"x\":null},\"n\":3},\"z\":0}";

struct told { const char *text; char keys[16]; };

static void
note(void *ctx, struct str text, struct str key)
{
    struct told *t = ctx;
    t->text = text.p;
    strncat(t->keys, key.p, key.n);
}

/* Breaks if a test no longer fails when a producer writes what no schema has. */
static void
an_unknown_key_is_refused_by_name(void **state)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    struct outer o;
    (void)state;
    check_error(shape_scan(&outer_shape, str_of(newer), mem, &o, &e), ERR_REJECT,
                "outer.in.m: unknown key");
}

/* Breaks if an older consumer stops at a newer producer's record, or ignores without a word. */
static void
a_forgiven_key_is_told_and_the_rest_is_read(void **state)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    struct told told = { 0 };
    struct outer o;
    (void)state;
    shape_forgive(note, &told);
    check_ok(shape_scan(&outer_shape, str_of(newer), mem, &o, &e));
    shape_forgive(NULL, NULL);
    assert_string_equal(told.keys, "mbz");
    assert_ptr_equal(told.text, newer);
    assert_int_equal(o.a, 1);
    assert_int_equal(o.in.n, 3);
    check_error(shape_scan(&outer_shape, str_of(newer), mem, &o, &e), ERR_REJECT,
                "outer.in.m: unknown key");
}

/* Breaks if forgiveness lets through what is missing or of the wrong kind. */
static void
what_is_known_must_still_be_right(void **state)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    struct told told = { 0 };
    struct outer o;
    (void)state;
    shape_forgive(note, &told);
    check_error(shape_scan(&outer_shape, STR("{\"a\":\"x\",\"b\":1,\"in\":{\"n\":1}}"), mem, &o, &e),
                ERR_REJECT, "outer.a: expected integer");
    shape_forgive(NULL, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_key_is_refused_by_name),
        cmocka_unit_test(a_forgiven_key_is_told_and_the_rest_is_read),
        cmocka_unit_test(what_is_known_must_still_be_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
