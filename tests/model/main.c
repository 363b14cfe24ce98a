/*
 * order-model: the rules about orders, asked from outside.
 *
 *     order-model shuffle HISTORIES SEED [MISTAKE]
 *     order-model tell
 *
 * shuffle: plays random histories in many orders of arrival and prints "histories records arrivals
 * dependent microseconds" (dependent: histories whose end was not always the same).  MISTAKE breaks
 * one rule (broken.c), to see that it is seen.  tell: records on stdin, named numbers on stdout.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "broken.h"
#include "shuffle.h"
#include "told.h"

enum { USAGE = 64 };

static int
usage(void)
{
    (void)fprintf(stderr, "usage: order-model shuffle HISTORIES SEED [MISTAKE]\n"
                          "       order-model tell < RECORDS\nmistakes:\n");
    for (size_t i = 0; i < n_broken_rules; i++)
        (void)fprintf(stderr, "  %-14s %s\n", broken_rules[i].name, broken_rules[i].mistake);
    return USAGE;
}

static const struct model_rules *
rules_of(const char *mistake)
{
    if (mistake == NULL)
        return &model_rules;
    for (size_t i = 0; i < n_broken_rules; i++)
        if (strcmp(broken_rules[i].name, mistake) == 0)
            return &broken_rules[i].rules;
    return NULL;
}

static int
shuffle(char **argv)
{
    const struct model_rules *rules = rules_of(argv[4]);
    const int64_t began = clock_monotonic_us();
    struct shuffle_figures f;

    if (rules == NULL)
        return usage();
    shuffle_all(&f, rules, strtoull(argv[3], NULL, 10), strtoull(argv[2], NULL, 10));
    (void)printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 "\n", f.histories,
                 f.records, f.arrivals, f.dependent, clock_monotonic_us() - began);
    if (f.dependent > 0)
        (void)fprintf(stderr, "the first is history %" PRIu64 "\n", f.first);
    return 0;
}

static int
tell(void)
{
    struct err e = { 0 };

    if (tell_records(stdin, stdout, &e) == ERR_NONE)
        return 0;
    (void)fprintf(stderr, "order-model: %s\n", e.text);
    return 1;
}

int
main(int argc, char **argv)
{
    if ((argc == 4 || argc == 5) && strcmp(argv[1], "shuffle") == 0)
        return shuffle(argv);
    if (argc == 2 && strcmp(argv[1], "tell") == 0)
        return tell();
    return usage();
}
