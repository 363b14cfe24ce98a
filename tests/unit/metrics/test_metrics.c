/* The metrics page, line by line and by promtool's judgement.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "metrics/metrics.h"

static struct metric records = METRIC(METRIC_COUNTER, "millrace_records_total", "Records handled.");
static struct metric depth = METRIC(METRIC_GAUGE, "millrace_queue_records", "Records waiting.");
static struct metric lag = METRIC(METRIC_GAUGE, "millrace_lag_seconds",
                                                "Age of the oldest record.");
static struct metric busy = METRIC(METRIC_COUNTER, "millrace_busy_seconds_total", "Time spent.");
static struct metric took = METRIC(METRIC_HISTOGRAM_US, "millrace_batch_seconds",
                                                        "Time per batch.");

static char page_text[1 << 20];

static const char *
page(void)
{
    CLEANUP_VALUE(buf_fini) struct buf out;
    buf_init(&out, sizeof page_text - 1);
    metrics_render(&out);
    check_ok(buf_check(&out, "page", &e));
    memcpy(page_text, buf_cstr(&out), out.n + 1);
    return page_text;
}

/* The page has exactly this line. */
static void
check_line(const char *line)
{
    const char *at = page();
    const size_t n = strlen(line);
    while (at != NULL && !(strncmp(at, line, n) == 0 && at[n] == '\n')) {
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    if (at == NULL)
        fail_msg("no line \"%s\" in\n%s", line, page_text);
}

/* Breaks if an update were lost or landed in another series. */
static void
updates_reach_their_series(void **state)
{
    (void)state;
    metric_add(&records, "topic=\"orders\"", 2);
    metric_add(&records, "topic=\"orders\"", 3);
    metric_add(&records, "topic=\"products\"", 1);
    metric_set(&depth, "", 7);
    metric_set(&depth, "", -4);
    metric_add(&depth, "", 1);
    check_line("# HELP millrace_records_total Records handled.");
    check_line("# TYPE millrace_records_total counter");
    check_line("millrace_records_total{topic=\"orders\"} 5");
    check_line("millrace_records_total{topic=\"products\"} 1");
    check_line("# TYPE millrace_queue_records gauge");
    check_line("millrace_queue_records -3");
    assert_int_equal(metric_get(&records, "topic=\"orders\""), 5);
    assert_int_equal(metric_get(&records, "topic=\"nobody\""), 0);
}

/* Breaks if microseconds were shown as seconds without being divided, or lost their zeros. */
static void
times_are_shown_in_seconds(void **state)
{
    (void)state;
    metric_set(&lag, "", 1500000);
    check_line("millrace_lag_seconds 1.500000");
    metric_set(&lag, "", -1);
    check_line("millrace_lag_seconds -0.000001");
    metric_add(&busy, "", 60000001);
    check_line("millrace_busy_seconds_total 60.000001");
}

/* Breaks if an observation fell into the wrong bucket, at its very edge too. */
static void
observations_fall_into_their_buckets(void **state)
{
    (void)state;
    metric_observe_us(&took, "", 1000);
    metric_observe_us(&took, "", 1001);
    metric_observe_us(&took, "", 60000000);
    metric_observe_us(&took, "", 60000001);
    metric_observe_us(&took, "", -5);
    metric_observe_us(&took, "step=\"commit\"", 40000);
    check_line("# TYPE millrace_batch_seconds histogram");
    check_line("millrace_batch_seconds_bucket{le=\"0.001\"} 2");
    check_line("millrace_batch_seconds_bucket{le=\"0.002\"} 3");
    check_line("millrace_batch_seconds_bucket{le=\"0.5\"} 3");
    check_line("millrace_batch_seconds_bucket{le=\"30\"} 3");
    check_line("millrace_batch_seconds_bucket{le=\"60\"} 4");
    check_line("millrace_batch_seconds_bucket{le=\"+Inf\"} 5");
    check_line("millrace_batch_seconds_sum 120.002002");
    check_line("millrace_batch_seconds_count 5");
    check_line("millrace_batch_seconds_bucket{step=\"commit\",le=\"0.05\"} 1");
    check_line("millrace_batch_seconds_bucket{step=\"commit\",le=\"0.02\"} 0");
    check_line("millrace_batch_seconds_sum{step=\"commit\"} 0.040000");
    assert_int_equal(metric_get(&took, ""), 5);
}

/* Breaks if labels made from data could grow the process without end, or in silence. */
static void
series_are_bounded_and_loss_is_counted(void **state)
{
    (void)state;
    static struct metric many = METRIC(METRIC_COUNTER, "millrace_many_total", "Too many series.");
    char labels[METRIC_LABELS_MAX + 40];
    for (int i = 0; i < METRIC_SERIES_MAX + 5; i++) {
        snprintf(labels, sizeof labels, "n=\"%d\"", i);
        metric_add(&many, labels, 1);
    }
    memset(labels, 'x', sizeof labels - 1);
    labels[sizeof labels - 1] = '\0';
    metric_add(&many, labels, 1);
    check_line("millrace_many_total{n=\"127\"} 1");
    check_line("millrace_metrics_dropped_total 6");
    assert_null(strstr(page_text, "n=\"128\""));
    assert_null(strstr(page_text, "xxxx"));
}

/* Breaks if two files that declare one metric tore the page apart. */
static void
one_name_is_one_metric(void **state)
{
    (void)state;
    static struct metric again = METRIC(METRIC_COUNTER, "millrace_records_total",
                                                        "Records handled.");
    metric_add(&again, "topic=\"again\"", 1);
    const char *first = strstr(page(), "# TYPE millrace_records_total");
    assert_non_null(first);
    assert_null(strstr(first + 1, "# TYPE millrace_records_total"));
    assert_int_equal(metric_get(&records, "topic=\"again\""), 1);
}

/* Breaks if metrics came in the order of their first use. */
static void
the_page_is_sorted(void **state)
{
    (void)state;
    const char *last = "";
    static char name[2][128];
    int n = 0;
    for (const char *at = page(); (at = strstr(at, "# HELP millrace_")) != NULL; at++, n++) {
        char *now = name[n % 2];
        snprintf(now, sizeof name[0], "%.*s", (int)strcspn(at + 7, " "), at + 7);
        if (strcmp(now, "millrace_build_info") == 0)
            break;
        assert_true(strcmp(last, now) < 0);
        last = now;
    }
    assert_true(n >= 6);
}

static void *
hammer(void *unused)
{
    static struct metric shared = METRIC(METRIC_COUNTER, "millrace_hammer_total", "Blows.");
    (void)unused;
    for (int i = 0; i < 20000; i++)
        metric_add(&shared, i % 2 ? "hand=\"left\"" : "hand=\"right\"", 1);
    return NULL;
}

/* Breaks if two threads lost an update, or the page could not be read meanwhile. */
static void
threads_lose_nothing(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, NULL), 0);
    for (int i = 0; i < 20; i++)
        page();
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    check_line("millrace_hammer_total{hand=\"left\"} 40000");
    check_line("millrace_hammer_total{hand=\"right\"} 40000");
}

static int64_t
number_of(const char *name)
{
    char line[128];
    snprintf(line, sizeof line, "\n%s ", name);
    const char *at = strstr(page(), line);
    if (at == NULL)
        fail_msg("no %s", name);
    return strtoll(at + strlen(line), NULL, 10);
}

/* Breaks if the numbers about the process were wrong by an order of magnitude. */
static void
process_numbers_are_plausible(void **state)
{
    (void)state;
    const int64_t before = number_of("process_open_fds");
    FILE *f = fopen("/dev/null", "r");
    assert_int_equal(number_of("process_open_fds"), before + 1);
    fclose(f);
    assert_in_range(number_of("process_resident_memory_bytes"), 1 << 18, INT64_C(1) << 34);
    assert_in_range(number_of("process_cpu_seconds_total"), 0, 600);
    const int64_t age = (int64_t)time(NULL) - number_of("process_start_time_seconds");
    assert_in_range(age, 0, 600);
}

/* Breaks if a version could end its quotes, or were missing from the page. */
static void
the_build_is_named(void **state)
{
    (void)state;
    metrics_build_info("0.1.0-\"x\"\\");
    check_line("millrace_build_info{version=\"0.1.0-_x__\"} 1");
    metrics_build_info("0.1.0");
    check_line("millrace_build_info{version=\"0.1.0\"} 1");
}

/* Breaks if Prometheus' own linter finds anything to say about the page. */
static void
promtool_has_nothing_to_say(void **state)
{
    (void)state;
    FILE *promtool = popen("promtool check metrics 2>&1", "w");
    assert_non_null(promtool);
    const char *text = page();
    assert_int_equal(fwrite(text, 1, strlen(text), promtool), strlen(text));
    assert_int_equal(pclose(promtool), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(updates_reach_their_series),
        cmocka_unit_test(times_are_shown_in_seconds),
        cmocka_unit_test(observations_fall_into_their_buckets),
        cmocka_unit_test(series_are_bounded_and_loss_is_counted),
        cmocka_unit_test(one_name_is_one_metric),
        cmocka_unit_test(the_page_is_sorted),
        cmocka_unit_test(threads_lose_nothing),
        cmocka_unit_test(process_numbers_are_plausible),
        cmocka_unit_test(the_build_is_named),
        cmocka_unit_test(promtool_has_nothing_to_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
