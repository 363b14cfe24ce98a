/* Names, slots, readiness and exit codes: what supervisors, brokers and people rely on.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "service/lease.h"
#include "service/stream.h"

static const struct service_spec spec = { .name = "tester",
                                          .summary = "tests",
                                          .conf_size = sizeof(struct service_conf) };
static struct service_conf cfg;

static struct service *
load(void)
{
    struct service *s = NULL;
    struct err e = { 0 };
    cfg = (struct service_conf){ 0 };
    if (service_load(&s, &spec, NULL, &cfg, &e) != ERR_NONE)
        fail_msg("%s", e.text);
    return s;
}

static int
environment(void **state)
{
    (void)state;
    setenv("MILLRACE_TOPICS_PREFIX", "t-", 1);
    setenv("MILLRACE_GROUP_PREFIX", "g-", 1);
    setenv("MILLRACE_GROUP_INSTANCE", "3", 1);
    return 0;
}

/* Two names for one topic would be two topics. */
static void
names_carry_their_prefix_and_stay(void **state)
{
    CLEANUP(service_free) struct service *s = load();
    const char *topic = service_topic(s, "orders");
    (void)state;
    assert_string_equal(topic, "t-orders");
    assert_string_equal(service_group(s, "orders"), "g-orders");
    assert_ptr_equal(service_topic(s, "orders"), topic);
    assert_string_equal(service_instance(s), "tester-3");
    assert_string_equal(service_name(s), "tester");
}

static void
a_slot_with_a_slash_is_refused(void **state)
{
    struct service *s = NULL;
    struct err e = { 0 };
    (void)state;
    setenv("MILLRACE_GROUP_INSTANCE", "a/b", 1);
    cfg = (struct service_conf){ 0 };
    assert_int_equal(service_load(&s, &spec, NULL, &cfg, &e), ERR_FATAL);
    assert_non_null(strstr(e.text, "group.instance"));
    setenv("MILLRACE_GROUP_INSTANCE", "3", 1);
}

static void
kafka_has_an_address_even_without_configuration(void **state)
{
    CLEANUP(service_free) struct service *s = load();
    struct kafka_settings k;
    (void)state;
    service_kafka_settings(s, &k);
    assert_int_equal(k.n_options, 1);
    assert_string_equal(k.options[0].key, "bootstrap.servers");
    assert_string_equal(k.client_id, "tester-3");
}

/* A supervisor restarts on 70 and 75 and must not on 78. */
static void
exit_codes_tell_the_supervisor(void **state)
{
    const struct err retry = { ERR_RETRY, "08006", "" }, bug = { ERR_FATAL, "42703", "" },
                     config = { ERR_FATAL, "config", "" }, gap = { ERR_FATAL, "OFFSET_GAP", "" },
                     fenced = { ERR_FATAL, "FENCED_INSTANCE", "" }, reject = { ERR_REJECT, "22003", "" };
    (void)state;
    assert_int_equal(service_exit_code(&retry), 75);
    assert_int_equal(service_exit_code(&bug), 70);
    assert_int_equal(service_exit_code(&reject), 70);
    assert_int_equal(service_exit_code(&config), 78);
    assert_int_equal(service_exit_code(&gap), 78);
    assert_int_equal(service_exit_code(&fenced), 78); /* the name as err.code cuts it */
}

/* n failures that come when `attempt` came before; how long they made us wait. */
static int64_t
wait_of_failures(struct service *s, int n, int attempt)
{
    const struct err e = { ERR_RETRY, "08006", "the database is away" };
    const int64_t before = clock_monotonic_ms();
    for (int i = 0; i < n; i++) {
        int so_far = attempt;
        service_back_off(s, &so_far, &e);
        assert_int_equal(so_far, attempt + 1);
    }
    return clock_monotonic_ms() - before;
}

/* A wait that never grows hammers what is away; one that is long at once makes every hiccup felt. */
static void
failures_in_a_row_wait_longer(void **state)
{
    CLEANUP(service_free) struct service *s = load();
    (void)state;
    assert_in_range(wait_of_failures(s, 5, 0), 0, 400); /* 1 to 20 ms each, and a busy machine */
    assert_in_range(wait_of_failures(s, 4, 5), 50, 4000); /* up to 640 ms each */
}

static void
a_lease_ends_by_the_clock(void **state)
{
    struct lease l = { .token = 4, .until_ms = clock_monotonic_ms() + 10000 };
    (void)state;
    assert_true(lease_is_held(&l));
    l.until_ms = clock_monotonic_ms() - 1;
    assert_false(lease_is_held(&l));
    l = (struct lease){ .token = 0, .until_ms = clock_monotonic_ms() + 10000 };
    assert_false(lease_is_held(&l));
}

static void
a_rejected_record_keeps_its_reason(void **state)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    enum outcome outcome[2] = { OUTCOME_APPLIED, OUTCOME_APPLIED };
    struct err *why[2] = { NULL, NULL };
    struct batch b = { .n = 2, .outcome = outcome, .mem = mem, .why = why };
    struct err reason = { ERR_REJECT, "BAD", "first" };
    (void)state;
    batch_reject(&b, 1, &reason);
    snprintf(reason.text, sizeof reason.text, "second");
    assert_int_equal(outcome[0], OUTCOME_APPLIED);
    assert_int_equal(outcome[1], OUTCOME_DEAD);
    assert_string_equal(why[1]->text, "first"); /* a copy: callers reuse their struct err */
    batch_reject(&b, 1, &reason);
    assert_string_equal(why[1]->text, "second");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_carry_their_prefix_and_stay),
        cmocka_unit_test(a_slot_with_a_slash_is_refused),
        cmocka_unit_test(kafka_has_an_address_even_without_configuration),
        cmocka_unit_test(exit_codes_tell_the_supervisor),
        cmocka_unit_test(failures_in_a_row_wait_longer),
        cmocka_unit_test(a_lease_ends_by_the_clock),
        cmocka_unit_test(a_rejected_record_keeps_its_reason),
    };
    return cmocka_run_group_tests(tests, environment, NULL);
}
