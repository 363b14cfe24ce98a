/* Facts of our own topics: every file of their corpora, and out again byte for byte.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "domain/fulfillment_orders.h"
#include "domain/order.h"
#include "domain/product.h"
#include "domain/returns.h"
#include "runner.h"

enum { TEXT_MAX = 1 << 20 };

struct opened { struct arena *mem; struct buf out; };

static void
opened_fini(struct opened *o)
{
    arena_free(o->mem);
    buf_fini(&o->out);
}

static void
open_text(struct opened *o)
{
    *o = (struct opened){ .mem = arena_new() };
    buf_init(&o->out, TEXT_MAX);
}

/* What is decoded and emitted again must be what was read: nothing is lost on the way through a
 * service. */
static enum err_class
same(const struct opened *o, struct str text, struct err *e)
{
    if (str_eq(buf_str(&o->out), text))
        return ERR_NONE;
    return err_set(e, ERR_FATAL, "", "comes out as %.400s", o->out.p);
}

static enum err_class
order(struct str text, struct err *e)
{
    CLEANUP_VALUE(opened_fini) struct opened o;
    struct order fact;

    open_text(&o);
    TRY(order_decode(text, o.mem, &fact, e));
    order_emit(&o.out, &fact, fact.reason.p != NULL ? arena_str(o.mem, fact.reason).p : NULL);
    return same(&o, text, e);
}

static enum err_class
product(struct str text, struct err *e)
{
    CLEANUP_VALUE(opened_fini) struct opened o;
    struct product fact;

    open_text(&o);
    TRY(product_decode(text, o.mem, &fact, e));
    product_emit(&o.out, &fact);
    return same(&o, text, e);
}

static enum err_class
fulfillment_orders(struct str text, struct err *e)
{
    CLEANUP_VALUE(opened_fini) struct opened o;
    struct fulfillment_orders fact;

    open_text(&o);
    TRY(fulfillment_orders_decode(text, o.mem, &fact, e));
    fulfillment_orders_emit(&o.out, &fact);
    return same(&o, text, e);
}

static enum err_class
returns(struct str text, struct err *e)
{
    CLEANUP_VALUE(opened_fini) struct opened o;
    struct returns fact;

    open_text(&o);
    TRY(returns_decode(text, o.mem, &fact, e));
    returns_emit(&o.out, &fact);
    return same(&o, text, e);
}

/* Breaks if a closed shape lets something in, keeps something out, or a reason changes its words.
 */
static void
every_case_is_judged_as_written(void **state)
{
    int cases = 0;

    (void)state;
    assert_int_equal(corpus_run("tests/corpus/orders", order, &cases), 0);
    assert_true(cases >= 24);
    assert_int_equal(corpus_run("tests/corpus/products", product, &cases), 0);
    assert_true(cases >= 10);
    assert_int_equal(corpus_run("tests/corpus/fulfillment-orders", fulfillment_orders, &cases), 0);
    assert_true(cases >= 18);
    assert_int_equal(corpus_run("tests/corpus/returns", returns, &cases), 0);
    assert_true(cases >= 12);
}

/* Breaks if a record that was written before agreements, duties and receipts were told is refused
 * when its topic is replayed. */
static void
facts_of_older_publishers_are_taken(void **state)
{
    static const char old[] =
        "{\"channel\":null,\"edited\":false,\"fulfillment_orders\":[],\"groups\":[],"
        "\"metafields\":[],\"observed_at\":\"2026-11-24T10:00:05.000000Z\",\"order_id\":5,"
        "\"return_status\":null,\"risk\":null,\"shop\":\"acme\",\"transactions\":[{\"amount\":"
        "{\"presentment\":\"1.00\",\"shop\":\"1.00\"},\"card_company\":null,\"created_at\":"
        "\"2026-11-24T09:00:00.000000Z\",\"error_code\":null,\"gateway\":null,\"kind\":\"sale\","
        "\"parent_id\":null,\"processed_at\":null,\"status\":\"success\",\"test\":false,"
        "\"transaction_id\":1}],\"updated_at\":\"2026-11-24T10:00:00.000000Z\"}";
    CLEANUP_VALUE(opened_fini) struct opened o;
    struct fulfillment_orders fact;

    (void)state;
    open_text(&o);
    check_ok(fulfillment_orders_decode(str_of(old), o.mem, &fact, &e));
    assert_false(fact.tells_sums);
    assert_int_equal(fact.agreements.n, 0);
    fulfillment_orders_emit(&o.out, &fact);
    assert_non_null(strstr(buf_cstr(&o.out), "\"placed_total\":null"));
    assert_non_null(strstr(buf_cstr(&o.out), "\"receipt_bytes\":0"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_of_older_publishers_are_taken),
        cmocka_unit_test(every_case_is_judged_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
