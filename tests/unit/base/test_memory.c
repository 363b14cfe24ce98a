/* Buffers, arenas and cleanup by scope.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"

/* Breaks if the append that does not fit were taken in part, or a later, smaller one slipped in. */
static void
the_first_overflow_sticks(void **state)
{
    (void)state;
    CLEANUP_VALUE(buf_fini) struct buf b;
    buf_init(&b, 10);
    buf_str_add(&b, STR("12345"));
    buf_str_add(&b, STR("678901"));
    buf_char(&b, 'x');
    buf_i64(&b, 7);
    check_str(buf_str(&b), "12345");
    check_error(buf_check(&b, "body", &e), ERR_REJECT, "body: larger than 10 bytes");
    buf_clear(&b);
    buf_str_add(&b, STR("0123456789"));
    check_ok(buf_check(&b, "body", &e));
    assert_string_equal(buf_cstr(&b), "0123456789");
}

/* Breaks if growth lost or moved bytes, or a printed text missed its end. */
static void
a_buffer_grows_without_losing_bytes(void **state)
{
    (void)state;
    CLEANUP_VALUE(buf_fini) struct buf b;
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 10000; i++)
        buf_printf(&b, "%06d,", i);
    check_ok(buf_check(&b, "numbers", &e));
    assert_int_equal(b.n, 70000);
    assert_memory_equal(b.p, "000000,000001,", 14);
    assert_memory_equal(b.p + b.n - 7, "009999,", 7);
    buf_clear(&b);
    buf_i64(&b, INT64_MIN);
    assert_string_equal(buf_cstr(&b), "-9223372036854775808");
}

/* Breaks if an empty buffer handed out NULL, which callers pass on to libraries. */
static void
an_empty_buffer_has_a_text(void **state)
{
    (void)state;
    CLEANUP_VALUE(buf_fini) struct buf b;
    buf_init(&b, 4);
    buf_add(&b, NULL, 0);
    assert_string_equal(buf_cstr(&b), "");
    assert_non_null(buf_str(&b).p);
    buf_str_add(&b, (struct str){ NULL, 0 });
    check_ok(buf_check(&b, "nothing", &e));
}

/* Breaks if arena memory were dirty, misaligned or overlapped. */
static void
arena_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    CLEANUP(arena_free) struct arena *a = arena_new();
    for (int round = 0; round < 3; round++) {
        unsigned char *before = NULL;
        for (size_t n = 1; n < 3000; n += 7) {
            unsigned char *p = arena_alloc(a, n, 3);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < n * 3; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xee, n * 3);
            assert_ptr_not_equal(p, before);
            before = p;
        }
        assert_true(arena_used(a) > 0);
        arena_reset(a);
        assert_int_equal(arena_used(a), 0);
    }
}

/* Breaks if copies borrowed their source, or a null string became an empty one. */
static void
arena_strings_are_copies(void **state)
{
    (void)state;
    CLEANUP(arena_free) struct arena *a = arena_new();
    char source[] = "abc";
    const struct str copy = arena_str(a, (struct str){ source, 3 });
    source[0] = 'X';
    assert_string_equal(copy.p, "abc");
    assert_null(arena_str(a, (struct str){ NULL, 0 }).p);
    check_str(arena_printf(a, "%s/%d", "acme", 5), "acme/5");
}

static void
ask_for_too_much(void)
{
    struct arena *a = arena_new();
    arena_alloc(a, SIZE_MAX / 2, 4);
}

/* Breaks if a product that overflows gave a block smaller than asked for. */
static void
an_overflowing_size_aborts(void **state)
{
    (void)state;
    assert_true(dies_by(SIGABRT, ask_for_too_much));
}

static int released;
struct thing { int unused; };
static void
thing_free(struct thing *t)
{
    released++;
    free(t);
}
DEFINE_CLEANUP(thing_free, struct thing *);

static struct thing *
make_or_not(bool give)
{
    CLEANUP(thing_free) struct thing *t = calloc(1, sizeof *t);
    CLEANUP(thing_free) struct thing *none = NULL;
    CLEANUP(free) char *text = malloc(3);
    (void)none;
    (void)text;
    return give ? TAKE(t) : NULL;
}

/* Breaks if a scope released what was given away, or kept what was not. */
static void
scopes_release_what_was_not_given_away(void **state)
{
    (void)state;
    released = 0;
    assert_null(make_or_not(false));
    assert_int_equal(released, 1);
    CLEANUP(thing_free) struct thing *t = make_or_not(true);
    assert_non_null(t);
    assert_int_equal(released, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_overflow_sticks),
        cmocka_unit_test(a_buffer_grows_without_losing_bytes),
        cmocka_unit_test(an_empty_buffer_has_a_text),
        cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
        cmocka_unit_test(arena_strings_are_copies),
        cmocka_unit_test(an_overflowing_size_aborts),
        cmocka_unit_test(scopes_release_what_was_not_given_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
