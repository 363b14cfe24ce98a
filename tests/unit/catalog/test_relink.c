/*
 * test_relink.c: if this fails, which stock a variant draws on depends on the order in which the
 * versions of its product happened to arrive.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "arena_case.h"

#include <inttypes.h>
#include <stdio.h>

#include "relink.h"

enum { VERSIONS_MAX = 6, VARIANTS_MAX = 3, OUTSIDER = 77, CASES = 20000 };

/* "1:A 2:B" is a version in which variant 1 is A and variant 2 is B; "1:" has no SKU; "" none. */
static struct chain_version
version(const char *text)
{
    struct chain_version ret = { ARENA_NEW(mem, struct chain_variant, VARIANTS_MAX), 0 };
    char sku[8];
    int id, used;

    for (; sscanf(text, " %d:%n", &id, &used) == 1; text += used) {
        text += used;
        used = 0;
        sku[0] = '\0';
        if (*text != ' ' && *text != '\0')
            (void)sscanf(text, "%7[A-Z]%n", sku, &used);
        ret.v[ret.n++] = (struct chain_variant){
            .variant_id = id,
            .want = link_item(IDENTIFIER_SKU, STR("acme"), id, str_of(sku), (struct str){ 0 }, mem),
            .owner = sku[0] == 'X' ? OUTSIDER : 0, /* another product's */
            .want_item_id = sku[0] == 'X' ? 1 : 0,
        };
    }
    return ret;
}

static struct life *lives;
static size_t n_lives;

static void
go(const char *const *texts)
{
    struct chain c = { .shop = STR("acme"),
                       .versions = ARENA_NEW(mem, struct chain_version, VERSIONS_MAX) };

    for (; *texts != NULL; texts++)
        c.versions[c.n++] = version(*texts);
    relink(&c, NULL, 0, mem, &lives, &n_lives);
}

#define GO(...) go((const char *const[]){ __VA_ARGS__, NULL })

static void
expect(int64_t variant_id, const char *item, bool linked, bool live)
{
    const struct life *l = life_find(lives, n_lives, variant_id);

    assert_non_null(l);
    check_str(l->now.item, item);
    assert_int_equal(l->now.linked, linked);
    assert_int_equal(l->now.live, live);
}

static void
the_first_identifier_holds(void **state)
{
    (void)state;
    GO("1:A", "1:B", "1:C");
    expect(1, "sku:A", true, true);
    GO("1:", "1:B", "1:");
    expect(1, "sku:B", true, true);
}

static void
those_who_swap_keep_what_they_have(void **state)
{
    (void)state;
    GO("1:A 2:B", "1:B 2:A");
    expect(1, "sku:A", true, true);
    expect(2, "sku:B", true, true);
}

static void
the_first_of_two_has_the_item_until_it_is_gone(void **state)
{
    (void)state;
    GO("1:A 2:A", "1:B 2:A");
    expect(1, "sku:A", true, true);
    expect(2, "variant:acme/2", false, true);
    assert_int_equal(life_find(lives, n_lives, 2)->owner, 1);
    GO("1:A 2:A", "2:A");
    expect(1, "sku:A", true, false);
    expect(2, "sku:A", true, true);
}

static void
what_another_product_holds_is_not_given(void **state)
{
    (void)state;
    GO("1:X", "1:X");
    expect(1, "variant:acme/1", false, true);
    assert_int_equal(life_find(lives, n_lives, 1)->owner, OUTSIDER);
    GO("1:X", "1:A");
    expect(1, "sku:A", true, true);
}

static void
one_that_comes_back_begins_anew(void **state)
{
    (void)state;
    GO("1:A 2:B", "2:B", "1:C 2:B");
    expect(1, "sku:C", true, true);
    GO("1:A", "");
    expect(1, "sku:A", true, false);
}

static void
an_archived_product_has_none_alive(void **state)
{
    struct chain c = { .shop = STR("acme"), .archived = true, .n = 1 };

    (void)state;
    c.versions = ARENA_NEW(mem, struct chain_version, 1);
    c.versions[0] = version("1:A");
    relink(&c, NULL, 0, mem, &lives, &n_lives);
    expect(1, "sku:A", true, false);
}

/* --- the same as living through it ---------------------------------------------------------- */

static uint64_t seed = 1;

static unsigned
chance(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % n;
}

static void
random_version(char *ret, size_t size)
{
    size_t n = 0;

    ret[0] = '\0';
    for (int id = 1; id <= VARIANTS_MAX; id++)
        if (chance(4) > 0) {
            const char sku[] = { "ABCX"[chance(4)], '\0' };
            n += (size_t)snprintf(ret + n, size - n, "%d:%s ", id, chance(5) > 0 ? sku : "");
        }
}

/* Whatever happened, nobody shares an item and nobody waits for one that is free. */
static void
every_history_ends_in_a_possible_state(void **state)
{
    char texts[VERSIONS_MAX][32];
    const char *list[VERSIONS_MAX + 1];

    (void)state;
    for (int i = 0; i < CASES; i++) {
        arena_reset(mem);
        const unsigned n = 1 + chance(VERSIONS_MAX);
        for (unsigned j = 0; j < n; j++) {
            random_version(texts[j], sizeof(texts[j]));
            list[j] = texts[j];
        }
        list[n] = NULL;
        go(list);
        for (size_t a = 0; a < n_lives; a++) {
            const struct life *x = &lives[a];
            if (!x->now.live)
                continue;
            assert_true(!x->now.linked || !str_is(x->now.item, "sku:X"));
            for (size_t b = a + 1; b < n_lives; b++)
                assert_false(lives[b].now.live && str_eq(x->now.item, lives[b].now.item));
            assert_true(x->now.linked || x->owner != 0);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        arena_case(the_first_identifier_holds),
        arena_case(those_who_swap_keep_what_they_have),
        arena_case(the_first_of_two_has_the_item_until_it_is_gone),
        arena_case(what_another_product_holds_is_not_given),
        arena_case(one_that_comes_back_begins_anew),
        arena_case(an_archived_product_has_none_alive),
        arena_case(every_history_ends_in_a_possible_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
