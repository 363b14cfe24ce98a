/*
 * test_order_view.c: is a fulfilment that a read shows the one that our call has made?  If it fails,
 * a parcel is told twice, or never because somebody else's fulfilment was taken for it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"
#include "order_view.h"

#define MADE(id, status, number, lines)                                                        \
    "{\"id\":\"gid://shopify/Fulfillment/" #id "\",\"status\":\"" status "\","                 \
    "\"createdAt\":\"2026-11-24T11:00:00Z\",\"trackingInfo\":[" number "],"                    \
    "\"location\":{\"id\":\"gid://shopify/Location/7\"},"                                      \
    "\"fulfillmentLineItems\":{\"nodes\":[" lines "]}}"
#define NUMBER(n) "{\"number\":\"" n "\"}"
#define LINE(id, n) \
    "{\"quantity\":" #n ",\"lineItem\":{\"id\":\"gid://shopify/LineItem/" #id "\"}}"
#define ORDER(made) \
    "{\"id\":\"gid://shopify/Order/5\",\"cancelledAt\":null,\"fulfillmentOrders\":{\"nodes\":[" \
    "{\"id\":\"gid://shopify/FulfillmentOrder/1\",\"status\":\"OPEN\",\"supportedActions\":[" \
    "{\"action\":\"HOLD\"},{\"action\":\"CREATE_FULFILLMENT\"}],\"assignedLocation\":{\"location\":" \
    "{\"id\":\"gid://shopify/Location/7\"}},\"lineItems\":{\"nodes\":[{\"id\":" \
    "\"gid://shopify/FulfillmentOrderLineItem/2\",\"remainingQuantity\":4,\"lineItem\":{\"id\":" \
    "\"gid://shopify/LineItem/9\"}}],\"pageInfo\":{\"hasNextPage\":true}}}]," \
    "\"pageInfo\":{\"hasNextPage\":false}},\"fulfillments\":[" made "]}"

static int64_t before[] = { 100 }, own[] = { 200 };
static struct line_units part[] = { { 9, 2 } };

static struct job
job(const char *number, bool intent)
{
    return (struct job){
        .intent = intent, .desired = { .tracking_number = str_of(number) },
        .part = part, .n_part = 1, .before = { before, 1 }, .own = { own, 1 },
    };
}

struct fixture { struct arena *mem; struct json_doc *doc; struct order_view v; };

static void
fixture_fini(struct fixture *f)
{
    json_free(f->doc);
    arena_free(f->mem);
}

static void
see(struct fixture *f, const char *node)
{
    struct err e = { 0 };

    f->mem = arena_new();
    assert_int_equal(json_parse(&f->doc, str_of(node), &e), ERR_NONE);
    assert_int_equal(order_view_read(json_root(f->doc), true, f->mem, &f->v, &e), ERR_NONE);
}

static int64_t
found(const struct fixture *f, struct job j)
{
    const struct made *m = order_view_find(&f->v, &j);

    return m != NULL ? m->id : 0;
}

static void
an_order_is_read_with_its_work(void **state)
{
    CLEANUP_VALUE(fixture_fini) struct fixture f = { 0 };

    (void)state;
    see(&f, ORDER(""));
    assert_true(f.v.present && f.v.more && !f.v.cancelled);
    assert_int_equal(f.v.n_works, 1);
    assert_true(f.v.works[0].open && f.v.works[0].can_create);
    assert_int_equal(f.v.works[0].location, 7);
    assert_int_equal(f.v.works[0].lines[0].line, 9);
    assert_int_equal(f.v.works[0].lines[0].remaining, 4);
}

static void
an_order_that_is_not_shown_is_told_apart_from_a_broken_answer(void **state)
{
    CLEANUP_VALUE(fixture_fini) struct fixture f = { 0 };
    CLEANUP(json_free) struct json_doc *doc = NULL;
    struct order_view v;
    struct err e = { 0 };

    (void)state;
    f.mem = arena_new();
    assert_int_equal(order_view_read(NULL, false, f.mem, &v, &e), ERR_NONE);
    assert_false(v.present);
    assert_int_equal(json_parse(&doc, STR("{\"id\":\"gid://shopify/Order/5\"}"), &e), ERR_NONE);
    assert_int_equal(order_view_read(json_root(doc), false, f.mem, &v, &e), ERR_REJECT);
}

static void
our_tracking_number_is_ours(void **state)
{
    CLEANUP_VALUE(fixture_fini) struct fixture f = { 0 };

    (void)state;
    see(&f, ORDER(MADE(300, "SUCCESS", NUMBER("X"), LINE(9, 2)) ","
                  MADE(301, "SUCCESS", NUMBER("Y") "," NUMBER("T"), LINE(9, 1))));
    assert_int_equal(found(&f, job("T", true)), 301);
    assert_int_equal(found(&f, job("T", false)), 301);
    assert_int_equal(found(&f, job("Z", true)), 0);
}

static void
without_a_number_the_units_of_the_intent_tell(void **state)
{
    CLEANUP_VALUE(fixture_fini) struct fixture f = { 0 };

    (void)state;
    see(&f, ORDER(MADE(300, "SUCCESS", "", LINE(9, 1)) "," MADE(301, "SUCCESS", "", LINE(9, 1) "," LINE(9, 1))));
    assert_int_equal(found(&f, job(NULL, true)), 301);
    assert_int_equal(found(&f, job(NULL, false)), 0); /* nothing was sent: it is somebody else's */
}

static void
what_was_there_before_or_is_recorded_or_cancelled_is_not_it(void **state)
{
    CLEANUP_VALUE(fixture_fini) struct fixture f = { 0 };

    (void)state;
    see(&f, ORDER(MADE(100, "SUCCESS", NUMBER("T"), LINE(9, 2)) ","
                  MADE(200, "SUCCESS", NUMBER("T"), LINE(9, 2)) ","
                  MADE(300, "CANCELLED", NUMBER("T"), LINE(9, 2))));
    assert_int_equal(found(&f, job("T", true)), 0);
    assert_int_equal(found(&f, job(NULL, true)), 0);
    assert_int_equal(found(&f, job("T", false)), 100); /* no intent: staff typed our number in */
}

/* Breaks if a parcel whose fulfilment failed is taken for told, or one under way is told twice. */
static void
what_failed_is_not_it_and_what_is_under_way_is(void **state)
{
    static const struct { const char *status; bool stands; } cases[] = {
        { "SUCCESS", true }, { "OPEN", true }, { "PENDING", true }, { "NEW_ONE", true },
        { "CANCELLED", false }, { "FAILURE", false }, { "ERROR", false },
    };
    CLEANUP_VALUE(fixture_fini) struct fixture f = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(fulfillment_stands(str_of(cases[i].status)), cases[i].stands);
    see(&f, ORDER(MADE(300, "FAILURE", NUMBER("T"), LINE(9, 2)) ","
                  MADE(301, "ERROR", NUMBER("T"), LINE(9, 2)) ","
                  MADE(302, "PENDING", NUMBER("T"), LINE(9, 2))));
    assert_int_equal(found(&f, job("T", true)), 302);
    assert_int_equal(found(&f, job(NULL, true)), 302);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_failed_is_not_it_and_what_is_under_way_is),
        cmocka_unit_test(an_order_is_read_with_its_work),
        cmocka_unit_test(an_order_that_is_not_shown_is_told_apart_from_a_broken_answer),
        cmocka_unit_test(our_tracking_number_is_ours),
        cmocka_unit_test(without_a_number_the_units_of_the_intent_tell),
        cmocka_unit_test(what_was_there_before_or_is_recorded_or_cancelled_is_not_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
