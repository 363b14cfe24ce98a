/*
 * rules.c: the rules and the order in which they are tried; see rules.h.
 *
 * A new rule is a function and a row of the table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rules.h"

#include <assert.h>

static int64_t *
usable(const struct supply *s, size_t item, size_t facility)
{
    assert(item < s->n_items && facility < s->n_facilities);
    return &s->usable[item * s->n_facilities + facility];
}

static int64_t
wanted(const struct route *r)
{
    int64_t units = 0;

    for (size_t i = 0; i < r->n_lines; i++)
        units += r->lines[i].wanted;
    return units;
}

/* Takes units of a line from a facility. */
static void
place(struct route *r, size_t line, size_t facility, int64_t units)
{
    int64_t *left = usable(r->supply, r->lines[line].item, facility);

    assert(units > 0 && units <= *left && units <= r->lines[line].wanted);
    *left -= units;
    r->lines[line].wanted -= units;
    r->parts[r->n_parts++] = (struct route_part){ line, facility, units };
}

/* Places as much of every line as the facility has. */
static void
take_from(struct route *r, size_t facility)
{
    for (size_t i = 0; i < r->n_lines; i++) {
        const int64_t has = *usable(r->supply, r->lines[i].item, facility);
        const int64_t units = has < r->lines[i].wanted ? has : r->lines[i].wanted;
        if (units > 0)
            place(r, i, facility, units);
    }
}

/* Lines may share an item, so the facility is asked for an item's lines together. */
static bool
has_all(const struct route *r, size_t facility)
{
    for (size_t i = 0; i < r->n_lines; i++) {
        int64_t units = 0;
        for (size_t j = 0; j < r->n_lines; j++)
            if (r->lines[j].item == r->lines[i].item)
                units += r->lines[j].wanted;
        if (units > *usable(r->supply, r->lines[i].item, facility))
            return false;
    }
    return true;
}

/* One parcel is cheaper than two: the first facility that can ship everything. */
static void
whole_order(struct route *r)
{
    for (size_t k = 0; k < r->n_facilities; k++)
        if (has_all(r, r->facilities[k])) {
            take_from(r, r->facilities[k]);
            return;
        }
}

/* Two parcels are better than none: each facility in turn gives what it has. */
static void
split_order(struct route *r)
{
    for (size_t k = 0; k < r->n_facilities; k++)
        take_from(r, r->facilities[k]);
}

typedef void route_rule(struct route *r);
static route_rule *const rules[] = { whole_order, split_order };

static enum route_outcome
outcome_of(const struct route *r)
{
    if (wanted(r) > 0)
        return r->n_parts > 0 ? ROUTE_PARTIAL : ROUTE_NONE;
    for (size_t i = 1; i < r->n_parts; i++)
        if (r->parts[i].facility != r->parts[0].facility)
            return ROUTE_SPLIT;
    return ROUTE_WHOLE;
}

enum route_outcome
route_decide(struct route *r)
{
    r->n_parts = 0;
    if (wanted(r) == 0)
        return ROUTE_NOTHING;
    for (size_t k = 0; k < sizeof rules / sizeof rules[0] && wanted(r) > 0; k++)
        rules[k](r);
    return outcome_of(r);
}

const char *
route_outcome_name(enum route_outcome outcome)
{
    static const char *const names[] = { "nothing", "whole", "split", "partial", "none" };

    assert((size_t)outcome < sizeof names / sizeof names[0]);
    return names[outcome];
}
