/* Configuration from files and the environment, right and wrong.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/utf8.h"
#include "options.h"

static struct conf *conf;
static struct options cfg;
static bool as_nobody;

static void
write_bytes(const char *name, const char *bytes, size_t n)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void
write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

static enum err_class
load(const char *path, struct err *e)
{
    conf_free(conf);
    cfg = (struct options){ 0 };
    if (as_nobody)
        assert_int_equal(seteuid(65534), 0);
    const enum err_class rc = conf_load(&conf, path, sections, SECTIONS, &cfg, e);
    if (as_nobody) {
        assert_int_equal(seteuid(0), 0);
        prctl(PR_SET_DUMPABLE, 1); /* lost with the user; the leak check needs it */
    }
    return rc;
}

#define FINE "[postgres]\nurl = host=db\n"

/* The report of a file is exactly this. */
static void
check_report(const char *text, const char *report)
{
    struct err e = { 0 };
    write_text("m.ini", text);
    assert_int_equal(load("m.ini", &e), report[0] != '\0' ? ERR_FATAL : ERR_NONE);
    const struct str got = conf_report(conf);
    if (!str_is(got, report))
        fail_msg("reported:\n%.*s\ninstead of:\n%s", (int)got.n, got.p, report);
}

static int
reset(void **state)
{
    static const char *const names[] = {
        "MILLRACE_POSTGRES_URL", "MILLRACE_POSTGRES_TIMEOUT_MS", "MILLRACE_HTTP_PORT",
        "MILLRACE_KAFKA_BOOTSTRAP_SERVERS", "MILLRACE_SHOP_ACME_TOKEN_FILE",
        "MILLRACE_SHOP_ACME_WEST_TOKEN_FILE", "MILLRACE_SHOP_ACME_POLL_MS", "MILLRACE_HTTP_PROT",
        "MILLRACE_ORDER_STATE_BATCH", "MILLRACE_SOMETHING", "MILLRACE_CONFIG",
        "MILLRACE_SHOP_ACME_TOKEN",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
    conf_free(conf);
    conf = NULL;
    return 0;
}

/* Breaks if values, defaults, comments, other services' sections or a BOM were misread. */
static void
a_whole_file_is_read(void **state)
{
    (void)state;
    write_text("token", "shpat_1\n");
    check_report("\xef\xbb\xbf; a comment\r\n[postgres]\r\n  url =  host=db dbname=a;b  \r\n"
                 "tls = yes\n"
                 "\n# another\n[order-state]\nanything = goes\nbad line\n"
                 "[kafka]\nclient.id = x\nbootstrap.servers = a:1,b:2\n"
                 "[shop.acme]\ntoken_file = token\n[shop.b-2]\ntoken_file=token\npoll_ms=100\n",
                 "");
    assert_string_equal(cfg.postgres.url, "host=db dbname=a;b");
    assert_true(cfg.postgres.tls);
    assert_int_equal(cfg.postgres.timeout_ms, 5000);
    assert_int_equal(cfg.kafka.n, 2);
    assert_string_equal(cfg.kafka.v[0].key, "client.id");
    assert_string_equal(cfg.kafka.v[1].value, "a:1,b:2");
    assert_int_equal(cfg.shops.n, 2);
    const struct shop *shops = cfg.shops.v;
    assert_string_equal(shops[0].name, "acme");
    assert_string_equal(shops[0].token, "shpat_1");
    assert_int_equal(shops[0].poll_ms, 1000);
    assert_null(shops[0].domain);
    assert_string_equal(shops[1].name, "b-2");
    assert_int_equal(shops[1].poll_ms, 100);
}

/* Breaks if a typo were ignored, or its place or its nearest name were not told. */
static void
typos_name_the_line_and_the_nearest(void **state)
{
    (void)state;
    check_report(FINE "timeout = 5\n[htpp]\nport = 1\n[order-stat]\n[shop]\n[http]\nprot = 80\n"
                 "zzzzzzzzzzzz = 1\n",
                 "m.ini:3: unknown option \"timeout\" in [postgres], did you mean \"timeout_ms\"?\n"
                 "m.ini:4: unknown section [htpp], did you mean \"http\"?\n"
                 "m.ini:6: unknown section [order-stat], did you mean \"order-state\"?\n"
                 "m.ini:7: unknown section [shop], did you mean \"shop.*\"?\n"
                 "m.ini:9: unknown option \"prot\" in [http], did you mean \"port\"?\n"
                 "m.ini:10: unknown option \"zzzzzzzzzzzz\" in [http]; --help lists all\n");
}

/* Breaks if one of two equal keys or sections won in silence. */
static void
duplicates_are_refused(void **state)
{
    (void)state;
    check_report(FINE "tls = on\ntls = off\n[http]\nport = 1\n[postgres]\nurl = x\n",
                 "m.ini:4: tls is set a second time, first at m.ini:3; keep one of them\n"
                 "m.ini:7: section [postgres] begins again, first at line 1; join them\n"
                 "m.ini:8: url is set a second time, first at m.ini:2; keep one of them\n");
    check_report(FINE "[kafka]\na = 1\na = 2\n[order-state]\n[order-state]\n",
                 "m.ini:5: a is set a second time, first at m.ini:4; keep one of them\n"
                 "m.ini:7: section [order-state] begins again, first at line 6; join them\n");
}

/* Breaks if a value out of range or of the wrong kind were taken, or cut to fit. */
static void
values_are_checked(void **state)
{
    (void)state;
    check_report("[postgres]\nurl =\ntimeout_ms = 0\ntls = maybe\n[http]\nport = 80x\n",
                 "m.ini:2: url is empty: where the database is\n"
                 "m.ini:3: timeout_ms = 0 is out of range: want 1 to 60000 ms\n"
                 "m.ini:4: tls = maybe: want true or false\n"
                 "m.ini:6: port = 80x: want a whole number, 0 to 65535 port\n");
    static const char *const wrong[] = { "", "+1", " ", "0x10", "1e3", "99999999999999999999",
                                         "1 2" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[128];
        struct err e = { 0 };
        snprintf(text, sizeof text, FINE "[http]\nport = %s\n", wrong[i]);
        write_text("m.ini", text);
        if (load("m.ini", &e) != ERR_FATAL)
            fail_msg("accepted port = \"%s\"", wrong[i]);
        assert_non_null(strstr(e.text, "m.ini:4: port = "));
    }
}

/* Breaks if what is required could be left out, also in an empty repeated section. */
static void
required_options_are_missed(void **state)
{
    (void)state;
    check_report("[http]\nport = 80\n[shop.acme]\n",
                 "configuration: [postgres] url is required: where the database is\n"
                 "configuration: [shop.acme] token_file is required: the Admin API's access "
                 "token\n");
    check_error(load(NULL, &e), ERR_FATAL,
                "configuration: [postgres] url is required: where the database is");
}

/* Breaks if a line that is no setting passed unseen. */
static void
lines_that_are_nothing_are_refused(void **state)
{
    (void)state;
    check_report("port = 1\n" FINE "just words\n[http\n[ht tp]\n[]\n[http] ; health\nport = 1 ; "
                 "one\n"
                 "[http]\nport = 80 # web",
                 "m.ini:1: \"port\" stands before the first [section]\n"
                 "m.ini:4: neither [section] nor key = value nor a comment (; or #)\n"
                 "m.ini:5: a section stands alone on its line: [name]\n"
                 "m.ini:6: section \"ht tp\": want 1 to 47 letters, digits, dots, hyphens, "
                 "underscores\n"
                 "m.ini:7: section \"\": want 1 to 47 letters, digits, dots, hyphens, underscores\n"
                 "m.ini:8: a section stands alone on its line: [name]\n"
                 "m.ini:11: port: a comment stands on a line of its own, not behind a value\n");
}

static void
check_line_length(size_t length, bool fits)
{
    static char text[CONF_LINE_MAX * 4];
    struct err e = { 0 };
    const int head = snprintf(text, sizeof text, FINE "[kafka]\nk = ");
    memset(text + head, 'v', length - 4);
    snprintf(text + head + length - 4, 16, "\nnext = 1\n");
    write_text("m.ini", text);
    assert_int_equal(load("m.ini", &e), fits ? ERR_NONE : ERR_FATAL);
    if (fits)
        assert_int_equal(strlen(cfg.kafka.v[0].value), length - 4);
    else
        assert_string_equal(e.text, "m.ini:4: the line is too long; put long values into files, "
                                    "or into the environment");
    assert_string_equal(cfg.kafka.v[fits ? 1 : 0].key, "next");
}

/* Breaks if a long line were cut, as the library would do it, or took its neighbours along. */
static void
long_lines_are_refused_not_cut(void **state)
{
    (void)state;
    check_line_length(201, true);
    check_line_length(CONF_LINE_MAX, true);
    check_line_length(CONF_LINE_MAX + 1, false);
    check_line_length(CONF_LINE_MAX * 3, false);
    check_report(FINE "[this-name-of-a-section-is-longer-than-the-library-keeps]\n",
                 "m.ini:3: section \"this-name-of-a-section-is-longer-than-the-library-keeps\": "
                 "want 1 "
                 "to 47 letters, digits, dots, hyphens, underscores\n");
}

/* Breaks if bytes that are no text reached a value. */
static void
bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    static const char nul[] = FINE "[kafka]\na = b\0c\n";
    struct err e = { 0 };
    write_bytes("m.ini", nul, sizeof nul - 1);
    assert_int_equal(load("m.ini", &e), ERR_FATAL);
    assert_string_equal(e.text, "m.ini:4: the line holds a NUL byte; is this a text file?");
    check_report(FINE "[kafka]\na = \xff\n",
                 "m.ini:4: the line is not UTF-8; save the file as UTF-8\n");
    check_report("[postgres]\nurl = a\x01" "b\n",
                 "m.ini:2: url holds a control character; remove it\n");
}

/* Breaks if the file's name, absence or rights were left for the reader to guess. */
static void
files_that_cannot_be_read_say_why(void **state)
{
    (void)state;
    static char big[CONF_INI_MAX + 2];
    check_error(load("absent.ini", &e), ERR_FATAL,
                "absent.ini: cannot open absent.ini: No such file or directory; name an existing "
                "file "
                "(and 1 more)");
    check_error(load("/tmp", &e), ERR_FATAL,
                "/tmp: /tmp is a directory; name a file (and 1 more)");
    memset(big, '\n', sizeof big);
    write_bytes("big.ini", big, sizeof big);
    check_error(load("big.ini", &e), ERR_FATAL,
                "big.ini: big.ini is larger than 1048576 bytes; is it the right file? (and 1 "
                "more)");
}

/* Breaks if a secret were cut, padded, or taken from the wrong kind of file. */
static void
secret_files_are_read_whole(void **state)
{
    (void)state;
    static char big[CONF_SECRET_FILE_MAX + 1];
    memset(big, 's', sizeof big);
    write_bytes("token", "a\nb\r\n", 5);
    check_report(FINE "[shop.a]\ntoken_file = token\n", "");
    assert_string_equal(((const struct shop *)cfg.shops.v)->token, "a\nb");
    write_bytes("token", big, sizeof big - 1);
    check_report(FINE "[shop.a]\ntoken_file = token\n", "");
    assert_int_equal(strlen(((const struct shop *)cfg.shops.v)->token), CONF_SECRET_FILE_MAX);

    write_bytes("token", big, sizeof big);
    check_report(FINE "[shop.a]\ntoken_file = token\n",
                 "m.ini:4: token is larger than 65536 bytes; is it the right file?\n");
    write_bytes("token", "a\0b", 3);
    check_report(FINE "[shop.a]\ntoken_file = token\n",
                 "m.ini:4: token_file: file token holds a NUL byte; is it the right file?\n");
    write_text("token", "\n");
    check_report(FINE "[shop.a]\ntoken_file = token\n",
                 "m.ini:4: token_file: file token is empty; write the value into it\n");
    check_report(FINE "[shop.a]\ntoken_file = /nowhere/token\n",
                 "m.ini:4: cannot open /nowhere/token: No such file or directory; name an existing "
                 "file\n");
    write_text("token", "x");
    chmod("token", 0);
    as_nobody = geteuid() == 0; /* root reads everything */
    check_report(FINE "[shop.a]\ntoken_file = token\n",
                 "m.ini:4: cannot open token: Permission denied; let the user of this process "
                 "read it\n");
    as_nobody = false;
    chmod("token", 0600);
}

/* Breaks if the environment did not stand above the file, or lost its punctuation. */
static void
the_environment_stands_above_the_file(void **state)
{
    (void)state;
    write_text("token", "t");
    write_text("other", "o");
    setenv("MILLRACE_POSTGRES_URL", "host=env", 1);
    setenv("MILLRACE_POSTGRES_TIMEOUT_MS", "7", 1);
    setenv("MILLRACE_KAFKA_BOOTSTRAP_SERVERS", "env:9", 1);
    setenv("MILLRACE_SHOP_ACME_TOKEN_FILE", "other", 1);
    setenv("MILLRACE_SHOP_ACME_WEST_TOKEN_FILE", "token", 1);
    setenv("MILLRACE_SHOP_ACME_POLL_MS", "500", 1);
    setenv("MILLRACE_ORDER_STATE_BATCH", "1", 1);
    setenv("MILLRACE_SOMETHING", "else", 1);
    setenv("MILLRACE_CONFIG", "m.ini", 1);
    check_report(FINE "[kafka]\nbootstrap.servers = a:1\nx = 1\n[shop.acme]\ntoken_file = token\n",
                      "");
    assert_string_equal(cfg.postgres.url, "host=env");
    assert_int_equal(cfg.postgres.timeout_ms, 7);
    assert_int_equal(cfg.kafka.n, 2);
    assert_string_equal(cfg.kafka.v[0].value, "env:9");
    assert_int_equal(cfg.shops.n, 2);
    const struct shop *shops = cfg.shops.v;
    assert_string_equal(shops[0].token, "o");
    assert_int_equal(shops[0].poll_ms, 500);
    assert_string_equal(shops[1].name, "acme-west");
}

/* Breaks if a misspelt variable were ignored. */
static void
misspelt_variables_are_refused(void **state)
{
    (void)state;
    setenv("MILLRACE_HTTP_PROT", "80", 1);
    check_report(FINE, "environment MILLRACE_HTTP_PROT: no option of [http] has this name, did "
                       "you mean "
                       "\"MILLRACE_HTTP_PORT\"?\n");
    unsetenv("MILLRACE_HTTP_PROT");
    setenv("MILLRACE_SHOP_ACME_TOKEN", "x", 1);
    check_report(FINE, "environment MILLRACE_SHOP_ACME_TOKEN: no option of [shop.*] has this name; "
                       "--help lists all\n");
    unsetenv("MILLRACE_SHOP_ACME_TOKEN");
    write_text("token", "t");
    setenv("MILLRACE_SHOP_ACME_POL_MS", "5", 1);
    check_report(FINE "[shop.acme]\ntoken_file = token\n",
                 "environment MILLRACE_SHOP_ACME_POL_MS: no option of [shop.*] has this name, did "
                 "you mean \"MILLRACE_SHOP_ACME_POLL_MS\"?\n");
    unsetenv("MILLRACE_SHOP_ACME_POL_MS");
    setenv("MILLRACE_HTTP_PORT", "nine", 1);
    check_report(FINE, "environment MILLRACE_HTTP_PORT: port = nine: want a whole number, 0 to "
                       "65535 "
                       "port\n");
}

static enum err_class
reader_check(const char *key, const char *value, struct err *e)
{
    if (strcmp(key, "client.id") != 0)
        return err_set(e, ERR_FATAL, "UNKNOWN", "no %s", key);
    return strcmp(value, "odd") == 0 ? err_set(e, ERR_FATAL, "INVALID", "kafka.%s: odd", key)
                                     : ERR_NONE;
}

static const char *const *
reader_names(size_t *n)
{
    static const char *const names[] = { "acks", "client.id" };
    *n = 2;
    return names;
}

/* Breaks if what is passed on were refused only by who reads it, hours later and without its line. */
static void
who_reads_a_section_is_asked_about_its_keys(void **state)
{
    static const struct conf_reader reader = { reader_check, reader_names };
    struct err e = { 0 };
    (void)state;
    setenv("MILLRACE_KAFKA_BOOTSTRAP_SERVERS", "x", 1);
    check_report(FINE "[kafka]\nclient.di = x\nclient.id = odd\n", "");
    assert_int_equal(conf_check_pass(conf, "kafka", &reader, &e), ERR_FATAL);
    const char *told = "m.ini:4: unknown option \"client.di\" in [kafka], did you mean "
                       "\"client.id\"?\nm.ini:5: kafka.client.id: odd\nenvironment "
                       "MILLRACE_KAFKA_BOOTSTRAP_SERVERS: unknown option \"bootstrap.servers\" in "
                       "[kafka]; --help lists all\n";
    assert_true(str_is(conf_report(conf), told));
    unsetenv("MILLRACE_KAFKA_BOOTSTRAP_SERVERS");
    check_report(FINE "[kafka]\nclient.id = x\n", "");
    assert_int_equal(conf_check_pass(conf, "kafka", &reader, &e), ERR_NONE);
}

/* Breaks if limits were passed in silence. */
static void
limits_are_told(void **state)
{
    (void)state;
    CLEANUP_VALUE(buf_fini) struct buf text;
    buf_init(&text, 1 << 16);
    write_text("token", "t");
    buf_str_add(&text, STR(FINE "[kafka]\n"));
    for (int i = 0; i <= CONF_PASS_MAX; i++)
        buf_printf(&text, "k%d = 1\n", i);
    for (int i = 0; i <= CONF_REPEAT_MAX; i++)
        buf_printf(&text, "[shop.s%d]\ntoken_file = token\n", i);
    check_report(buf_cstr(&text), "m.ini:68: more than 64 options in [kafka]\n"
                                  "m.ini:101: more than 16 sections [shop.*]\n");
}

/* Breaks if a long value tore a character of the report apart. */
static void
long_values_are_shown_in_part(void **state)
{
    (void)state;
    CLEANUP_VALUE(buf_fini) struct buf text;
    struct err e = { 0 };
    buf_init(&text, 1 << 16);
    for (int pad = 0; pad < 3; pad++) {
        buf_clear(&text);
        buf_printf(&text, FINE "[http]\nport = %.*s", pad, "xx");
        for (int i = 0; i < 1000; i++)
            buf_str_add(&text, STR("\xe2\x82\xac"));
        write_text("m.ini", buf_cstr(&text));
        assert_int_equal(load("m.ini", &e), ERR_FATAL);
        assert_true(utf8_valid(conf_report(conf)));
        assert_in_range(conf_report(conf).n, 1000, 1100);
    }
}

/* Breaks if a secret were shown, or the effective value were not. */
static void
the_dump_hides_secrets(void **state)
{
    (void)state;
    CLEANUP_VALUE(buf_fini) struct buf out;
    buf_init(&out, 1 << 16);
    write_text("token", "shpat_secret");
    setenv("MILLRACE_HTTP_PORT", "81", 1);
    check_report("[postgres]\nurl = password=hunter2\n[kafka]\nsasl.password = hunter2\nclient.id "
                 "= x\n"
                 "[shop.acme]\ntoken_file = token\n", "");
    conf_dump(conf, &out);
    assert_string_equal(buf_cstr(&out),
                        "[postgres]\nurl = ****\ntimeout_ms = 5000\ntls = false\n\n[http]\nport = "
                        "81\n\n"
                        "[kafka]\nsasl.password = ****\nclient.id = x\n\n"
                        "[shop.acme]\n; domain is not set\ntoken_file = ****\npoll_ms = 1000\n");
}

/* Breaks if --help left out an option, its range or its default. */
static void
help_tells_every_option(void **state)
{
    (void)state;
    CLEANUP_VALUE(buf_fini) struct buf out;
    buf_init(&out, 1 << 16);
    conf_help(sections, SECTIONS, &out);
    const char *text = buf_cstr(&out);
    for (size_t i = 0; i < SECTIONS; i++)
        for (const struct conf_opt *o = sections[i].opts; o != NULL && o->key != NULL; o++)
            assert_non_null(strstr(text, o->key));
    assert_non_null(strstr(text, "[shop.*]  one shop\n"));
    assert_non_null(strstr(text, "1 to 60000 ms; default 5000\n"));
    assert_non_null(strstr(text, "name of a file that holds the value; required\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_whole_file_is_read, reset),
        cmocka_unit_test_setup(typos_name_the_line_and_the_nearest, reset),
        cmocka_unit_test_setup(duplicates_are_refused, reset),
        cmocka_unit_test_setup(values_are_checked, reset),
        cmocka_unit_test_setup(required_options_are_missed, reset),
        cmocka_unit_test_setup(lines_that_are_nothing_are_refused, reset),
        cmocka_unit_test_setup(long_lines_are_refused_not_cut, reset),
        cmocka_unit_test_setup(bytes_that_are_no_text_are_refused, reset),
        cmocka_unit_test_setup(files_that_cannot_be_read_say_why, reset),
        cmocka_unit_test_setup(secret_files_are_read_whole, reset),
        cmocka_unit_test_setup(the_environment_stands_above_the_file, reset),
        cmocka_unit_test_setup(misspelt_variables_are_refused, reset),
        cmocka_unit_test_setup(who_reads_a_section_is_asked_about_its_keys, reset),
        cmocka_unit_test_setup(limits_are_told, reset),
        cmocka_unit_test_setup(long_values_are_shown_in_part, reset),
        cmocka_unit_test_setup(the_dump_hides_secrets, reset),
        cmocka_unit_test_setup_teardown(help_tells_every_option, reset, reset),
    };
    char folder[] = "/tmp/millrace-conf-XXXXXX";
    if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0 || chdir(folder) != 0)
        return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink("m.ini");
    unlink("big.ini");
    unlink("token");
    unlink("other");
    return rmdir(folder) != 0 || failed;
}
