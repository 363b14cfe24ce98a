/* Every file under tests/corpus/demo.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <fcntl.h>

#include "demo.h"
#include "runner.h"

static enum err_class
decode_demo(struct str text, struct err *e)
{
    CLEANUP(json_free) struct json_doc *doc = NULL;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    struct demo demo;
    TRY(json_parse(&doc, text, e));
    return shape_decode(&demo_shape, json_root(doc), mem, &demo, e);
}

/* Breaks if a shape error changed its place or its words: people find bad records by them. */
static void
every_case_is_judged_as_written(void **state)
{
    (void)state;
    int cases = 0;
    assert_int_equal(corpus_run("tests/corpus/demo", decode_demo, &cases), 0);
    assert_true(cases >= 40);
}

static enum err_class
take_all(struct str text, struct err *e)
{
    (void)text;
    (void)e;
    return ERR_NONE;
}

/* Breaks if the runner itself could not fail. */
static void
a_decoder_that_takes_all_is_caught(void **state)
{
    (void)state;
    int cases = 0;
    const int saved = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    const int missed = corpus_run("tests/corpus/demo", take_all, &cases);
    const int absent = corpus_run("tests/corpus/absent", decode_demo, &cases);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(nowhere);
    assert_true(missed > 20);
    assert_true(absent > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_is_judged_as_written),
        cmocka_unit_test(a_decoder_that_takes_all_is_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
