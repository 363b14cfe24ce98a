/*
 * shuffle.c: other orders of arrival; see shuffle.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shuffle.h"

#include "life.h"

enum {
    WHOLE_MAX = 4, /* a history of so many records arrives in every order: 24 of them */
    ORDERS = 24,   /* else in so many, by the dice */
    EXTRA_MAX = 4, /* records that come twice, at most */
    PLAYED_MAX = LIFE_RECORDS_MAX + EXTRA_MAX
};

static uint64_t
play(const struct model_rules *rules, const struct life *h, const size_t *order, size_t n)
{
    struct model m;

    model_init(&m, rules);
    for (size_t i = 0; i < n; i++)
        model_apply(&m, &h->records[order[i]]);
    return model_fingerprint(&m);
}

/* The k-th order of n: k written in the factorial system says which of the rest comes next. */
static void
permute(size_t *order, size_t n, uint64_t k)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        const size_t other = k % i, mine = order[i - 1];
        order[i - 1] = order[other];
        order[other] = mine;
        k /= i;
    }
}

/* Some records come a second time, at any later or earlier place. */
static size_t
twice(size_t *order, size_t n, uint64_t *dice)
{
    const size_t extra = dice_roll(dice, EXTRA_MAX + 1), records = n;

    for (size_t i = 0; i < extra; i++, n++) {
        const size_t place = dice_roll(dice, n + 1), what = dice_roll(dice, records);
        memmove(&order[place + 1], &order[place], (n - place) * sizeof *order);
        order[place] = what;
    }
    return n;
}

static uint64_t
orders_of(size_t n)
{
    uint64_t all = 1;

    for (size_t i = 2; i <= n && i <= WHOLE_MAX; i++)
        all *= i;
    return n <= WHOLE_MAX ? all : ORDERS;
}

static bool
depends(const struct model_rules *rules, const struct life *h, uint64_t *dice, uint64_t *arrivals)
{
    size_t order[PLAYED_MAX];

    for (size_t i = 0; i < h->n; i++)
        order[i] = i;
    const uint64_t wanted = play(rules, h, order, h->n);
    for (uint64_t k = 0; k < orders_of(h->n); k++) {
        permute(order, h->n, h->n <= WHOLE_MAX ? k : dice_roll(dice, UINT64_MAX));
        ++*arrivals;
        if (play(rules, h, order, twice(order, h->n, dice)) != wanted)
            return true;
    }
    return false;
}

void
shuffle_all(struct shuffle_figures *ret, const struct model_rules *rules, uint64_t seed,
            uint64_t histories)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    uint64_t dice = seed;
    struct life h;

    *ret = (struct shuffle_figures){ 0 };
    for (uint64_t n = 0; n < histories; n++) {
        arena_reset(mem);
        life_make(&h, seed, n, mem);
        ret->histories++;
        ret->records += h.n;
        if (depends(rules, &h, &dice, &ret->arrivals) && ret->dependent++ == 0)
            ret->first = n;
    }
}
