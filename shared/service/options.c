/*
 * options.c: the options that all services share, and the command line.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "service/internal.h"

enum { TEXT_MAX = 1 << 20 };

#define C struct service_conf

static const struct conf_opt topics_options[] = {
    C_STR(C, topics.prefix, "prefix", 0, "", "stands before the name of every topic"),
    { 0 },
};
static const struct conf_opt group_options[] = {
    C_STR(C, group.prefix, "prefix", 0, "", "stands before the name of every consumer group"),
    C_STR(C, group.instance, "instance", 0, "0",
          "slot of this process; each process of a service needs its own, kept over restarts"),
    { 0 },
};
static const struct conf_opt postgres_options[] = {
    C_STR(C, postgres.url, "url", CONF_SECRET, "postgresql:///millrace", "libpq connection string"),
    C_I64(C, postgres.statement_timeout_ms, "statement_timeout_ms", 0, "8000", 100, 600000, "ms",
          "longest statement; keep it below the consumer group's session time-out of 10 s"),
    { 0 },
};
static const struct conf_opt run_options[] = {
    C_STR(C, run.dir, "dir", 0, "var/run", "port files and other small state of running processes"),
    { 0 },
};
static const struct conf_opt http_options[] = {
    C_STR(C, http.bind, "bind", 0, "127.0.0.1", "address of /healthz, /readyz and /metrics"),
    C_I64(C, http.port, "port", 0, "0", 0, 65535, "port", "0 chooses one and writes it to run.dir"),
    { 0 },
};
static const struct conf_opt log_options[] = {
    C_STR(C, log.level, "level", 0, "info", "debug, info, warn or error"),
    { 0 },
};
static const struct conf_opt service_options[] = {
    C_I64(C, service.drain_ms, "drain_ms", 0, "5000", 0, 600000, "ms",
          "how long open work may take after SIGTERM"),
    C_I64(C, service.stall_ms, "stall_ms", 0, "30000", 1000, 3600000, "ms",
          "/healthz fails when the loop has not turned for so long"),
    { 0 },
};

static const struct conf_section shared_sections[] = {
    { "kafka", NULL, offsetof(C, kafka), 0,
      "any property of librdkafka; bootstrap.servers first of all" },
    { "topics", topics_options, 0, 0, "names of topics" },
    { "group", group_options, 0, 0, "consumer groups and the slot of this process" },
    { "postgres", postgres_options, 0, 0, "the database" },
    { "run", run_options, 0, 0, "files of running processes" },
    { "http", http_options, 0, 0, "health and metrics" },
    { "log", log_options, 0, 0, "logging" },
    { "service", service_options, 0, 0, "the life of a process" },
};
enum { N_SHARED = sizeof shared_sections / sizeof shared_sections[0] };

static const struct conf_reader kafka_reader = { kafka_option_check, kafka_option_names };

static struct conf_section *
all_sections(const struct service_spec *spec, size_t *n)
{
    *n = N_SHARED + spec->n_sections;
    struct conf_section *v = calloc(*n, sizeof *v);
    if (v == NULL)
        abort();
    memcpy(v, shared_sections, sizeof shared_sections);
    if (spec->n_sections > 0)
        memcpy(v + N_SHARED, spec->sections, spec->n_sections * sizeof *v);
    return v;
}

static _Noreturn void
help(const struct service_spec *spec)
{
    struct buf text;
    size_t n;
    struct conf_section *sections = all_sections(spec, &n);

    buf_init(&text, TEXT_MAX);
    conf_help(sections, n, &text);
    printf("%s %s\n\n"
           "Usage: %s [--config FILE] [--check-config]\n"
           "       %s --help | --version\n\n"
           "  --config FILE   configuration; default: $MILLRACE_CONFIG, else ./millrace.ini\n"
           "  --check-config  print the effective configuration, or all that is wrong with it\n\n"
           "Options stand in FILE as [section] key = value; the environment wins: "
           "MILLRACE_SECTION_KEY.\n\n"
           "%s",
           spec->name, spec->summary, spec->name, spec->name, buf_cstr(&text));
    buf_fini(&text);
    free(sections);
    exit(0);
}

static _Noreturn void
usage(const struct service_spec *spec, const char *why, const char *arg)
{
    fprintf(stderr, "%s: %s: %s\nTry: %s --help\n", spec->name, why, arg, spec->name);
    exit(EXIT_USAGE);
}

enum service_act
service_arguments(const struct service_spec *spec, int argc, char **argv, const char **path)
{
    enum service_act act = ACT_RUN;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            help(spec);
        if (strcmp(argv[i], "--version") == 0) {
            printf("%s %s\n", spec->name, service_version());
            exit(0);
        }
        if (strcmp(argv[i], "--check-config") == 0)
            act = ACT_CHECK;
        else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            *path = argv[++i];
        else if (strncmp(argv[i], "--config=", 9) == 0)
            *path = argv[i] + 9;
        else
            usage(spec, strcmp(argv[i], "--config") == 0 ? "needs a file" : "unknown argument",
                  argv[i]);
    }
    return act;
}

static const char *
default_path(void)
{
    const char *named = getenv("MILLRACE_CONFIG");
    if (named != NULL && *named != '\0')
        return named;
    return access("millrace.ini", F_OK) == 0 ? "millrace.ini" : NULL;
}

struct conf *
service_load_conf(const struct service_spec *spec, const char *path, void *cfg)
{
    struct conf *conf = NULL;
    struct err e = { 0 };
    size_t n;
    struct conf_section *sections = all_sections(spec, &n);
    enum err_class class =
        conf_load(&conf, path != NULL ? path : default_path(), sections, n, cfg, &e);
    if (class == ERR_NONE)
        class = conf_check_pass(conf, "kafka", &kafka_reader, &e);
    free(sections);
    if (class == ERR_NONE)
        return conf;
    const struct str report = conf != NULL ? conf_report(conf) : STR("");
    if (report.n > 0)
        fprintf(stderr, "%.*s\n", (int)report.n, report.p);
    else
        fprintf(stderr, "%s: %s\n", spec->name, e.text);
    exit(EXIT_CONFIG);
}

void
service_show_conf(const struct conf *conf)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    conf_dump(conf, &text);
    fputs(buf_cstr(&text), stdout);
    buf_fini(&text);
    exit(0);
}
