/*
 * service.c: the life of a process from its arguments to its exit code; see service.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "service/service.h"

#include <assert.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "metrics/metrics.h"
#include "service/internal.h"
#include "service_sql.h"

enum { RETRY_BASE_MS = 20, RETRY_CAP_MS = 5000, MALLOC_ARENAS = 2, SAY_EVERY = 10 };

const char *
service_version(void)
{
    return MILLRACE_VERSION;
}

/* The state of a process that has its configuration, and nothing else yet. */
static enum err_class
make(struct service **ret, const struct service_spec *spec, struct conf *conf, void *cfg,
     struct err *e)
{
    CLEANUP(service_free) struct service *s = calloc(1, sizeof *s);
    if (s == NULL) {
        conf_free(conf);
        return err_set(e, ERR_FATAL, "ENOMEM", "no memory for the service");
    }
    s->spec = spec;
    s->cfg = cfg;
    s->conf = conf;
    s->mem = arena_new();
    pthread_mutex_init(&s->lock, NULL);
    atomic_store(&s->beat_ms, clock_monotonic_ms());
    if (strchr(s->cfg->group.instance, '/') != NULL)
        return err_set(e, ERR_FATAL, "config", "group.instance must not contain a slash: %s",
                       s->cfg->group.instance);
    s->instance = arena_printf(s->mem, "%s-%s", spec->name, s->cfg->group.instance).p;
    s->owner = arena_printf(s->mem, "%s/%016" PRIx64, s->instance, rand_u64()).p;
    *ret = TAKE(s);
    return ERR_NONE;
}

enum err_class
service_load(struct service **ret, const struct service_spec *spec, const char *path, void *cfg,
             struct err *e)
{
    return make(ret, spec, service_load_conf(spec, path, cfg), cfg, e);
}

/* Threads of libraries would otherwise each keep memory of their own; secrets stay out of core
 * files. */
static void
limit_process(void)
{
    (void)mallopt(M_ARENA_MAX, MALLOC_ARENAS);
#ifndef MILLRACE_FAILPOINTS /* test flavours want their core files and leak checks */
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

enum err_class
service_start(struct service **ret, const struct service_spec *spec, int argc, char **argv,
              void *cfg, struct err *e)
{
    const char *path = NULL;
    enum log_level level;
    const enum service_act act = service_arguments(spec, argc, argv, &path);

    log_setup(spec->name, LEVEL_INFO);
    limit_process();
    CLEANUP(service_free) struct service *s = NULL;
    TRY(service_load(&s, spec, path, cfg, e));
    if (log_level_parse(str_of(s->cfg->log.level), &level, e) != ERR_NONE) {
        fprintf(stderr, "%s: log.level: %s\n", spec->name, e->text);
        exit(EXIT_CONFIG);
    }
    if (spec->check != NULL && spec->check(cfg, e) != ERR_NONE) {
        fprintf(stderr, "%s\n", e->text);
        exit(EXIT_CONFIG);
    }
    if (act == ACT_CHECK)
        service_show_conf(s->conf);
    log_setup(spec->name, level);
    metrics_build_info(service_version());
    TRY(service_catch_signals(e));
    TRY(service_health_open(s, e));
    LOG_INFO(MSG("started"), KV("version", service_version()), KV("instance", s->instance),
             KV("port", httpd_port(s->health)));
    *ret = TAKE(s);
    return ERR_NONE;
}

void
service_free(struct service *s)
{
    if (s == NULL)
        return;
    service_health_close(s);
    arena_free(s->mem);
    conf_free(s->conf);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void
service_ready(struct service *s)
{
    if (!atomic_exchange(&s->ready, true))
        LOG_INFO(MSG("ready"));
}

bool
service_stopping(const struct service *s)
{
    (void)s;
    return service_was_stopped();
}

int
service_stop_fd(const struct service *s)
{
    (void)s;
    return service_stop_event();
}

void
service_beat(struct service *s)
{
    atomic_store(&s->beat_ms, clock_monotonic_ms());
}

static struct component *
component(struct service *s, const char *name)
{
    for (size_t i = 0; i < s->n_components; i++)
        if (strcmp(s->components[i].name, name) == 0)
            return &s->components[i];
    assert(s->n_components < COMPONENTS_MAX);
    s->components[s->n_components].name = name;
    return &s->components[s->n_components++];
}

/* Logged when it changes: down with the reason, up again. */
void
service_component(struct service *s, const char *name, const char *reason)
{
    pthread_mutex_lock(&s->lock);
    struct component *c = component(s, name);
    const bool changed = c->down != (reason != NULL);
    c->down = reason != NULL;
    if (reason != NULL)
        snprintf(c->reason, sizeof c->reason, "%s", reason);
    pthread_mutex_unlock(&s->lock);
    if (changed && reason != NULL)
        LOG_WARN(MSG("component down"), KV("component", name), KV("reason", reason));
    else if (changed)
        LOG_INFO(MSG("component up"), KV("component", name));
}

/* Errors after which a restart changes nothing: a person must act. */
static bool
needs_a_person(const struct err *e)
{
    static const char *const codes[] = { "config",     "CONFIG",       "FIXED",
                                         "INVALID",    "UNKNOWN",      "08001",
                                         "OFFSET_GAP", "OFFSET_AHEAD", "FENCED_INSTANCE_ID",
                                         "CHECKSUM" };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strncmp(e->code, codes[i], sizeof e->code - 1) == 0)
            return true;
    return false;
}

int
service_exit_code(const struct err *e)
{
    if (e->class == ERR_RETRY)
        return EXIT_TEMPORARY;
    return needs_a_person(e) ? EXIT_CONFIG : EXIT_BUG;
}

int
service_exit(const struct err *e)
{
    static const char *const names[] = { "none", "retry", "reject", "fatal" };
    if (e->class == ERR_RETRY && service_was_stopped())
        return 0; /* stopped while it waited for something */
    LOG_ERROR(MSG("exit"), KV("class", names[e->class]), KV("code", (const char *)e->code),
              KV("error", (const char *)e->text));
    return service_exit_code(e);
}

void
service_wait_ms(struct service *s, int64_t ms)
{
    struct pollfd fd = { .fd = service_stop_event(), .events = POLLIN };
    service_beat(s);
    if (ms > 0 && !service_was_stopped())
        (void)poll(&fd, fd.fd >= 0, (int)(ms < INT32_MAX ? ms : INT32_MAX));
    service_beat(s);
}

void
service_back_off(struct service *s, int *attempt, const struct err *e)
{
    if (*attempt % SAY_EVERY == 0)
        LOG_WARN(MSG("trying again"), KV("attempt", *attempt), KV("code", (const char *)e->code),
                 KV("error", (const char *)e->text));
    service_wait_ms(s, rand_backoff_ms(RETRY_BASE_MS, RETRY_CAP_MS, (*attempt)++));
}

static const char *
full_name(struct service *s, const char *prefix, const char *name)
{
    for (size_t i = 0; i < s->n_names; i++)
        if (strcmp(s->names[i].plain, name) == 0 &&
            strncmp(s->names[i].full, prefix, strlen(prefix)) == 0 &&
            strcmp(s->names[i].full + strlen(prefix), name) == 0)
            return s->names[i].full;
    assert(s->n_names < NAMES_MAX);
    s->names[s->n_names].plain = arena_str(s->mem, str_of(name)).p;
    s->names[s->n_names].full = arena_printf(s->mem, "%s%s", prefix, name).p;
    return s->names[s->n_names++].full;
}

const char *
service_topic(struct service *s, const char *topic)
{
    return full_name(s, s->cfg->topics.prefix, topic);
}

const char *
service_group(struct service *s, const char *group)
{
    return full_name(s, s->cfg->group.prefix, group);
}

const char *
service_instance(const struct service *s)
{
    return s->instance;
}

const char *
service_name(const struct service *s)
{
    return s->spec->name;
}

void
service_kafka_settings(struct service *s, struct kafka_settings *ret)
{
    const struct conf_pass *pass = &s->cfg->kafka;
    bool servers = false;
    size_t n = 0;
    for (; n < pass->n; n++) {
        s->kafka[n] = (struct kafka_option){ pass->v[n].key, pass->v[n].value };
        servers = servers || strcmp(pass->v[n].key, "bootstrap.servers") == 0;
    }
    if (!servers)
        s->kafka[n++] = (struct kafka_option){ "bootstrap.servers", "127.0.0.1:9092" };
    *ret = (struct kafka_settings){ .options = s->kafka, .n_options = n, .client_id = s->instance };
}

static enum err_class
schema_advice(enum err_class class, struct err *e)
{
    if (class == ERR_FATAL && strncmp(e->code, "42", 2) == 0)
        return err_wrap(e, "the database does not fit this version, run `millrace migrate`: ");
    return class;
}

enum err_class
service_pg_open(struct service *s, struct pg **ret, const struct pg_stmt *const *own, struct err *e)
{
    const struct pg_settings settings = {
        .url = s->cfg->postgres.url,
        .application = s->instance,
        .statement_timeout_ms = s->cfg->postgres.statement_timeout_ms,
    };
    for (int attempt = 0;; attempt++) {
        const enum err_class class = pg_open(
            ret, &settings, (const struct pg_stmt *const *const[]){ service_sql, own, NULL }, e);
        service_component(s, "postgres", class == ERR_NONE ? NULL : e->text);
        if (class != ERR_RETRY || service_was_stopped())
            return schema_advice(class, e);
        if (attempt % SAY_EVERY == 0)
            LOG_WARN(MSG("waiting for postgres"), KV("attempt", attempt),
                     KV("error", (char *)e->text));
        service_wait_ms(s, rand_backoff_ms(RETRY_BASE_MS, RETRY_CAP_MS, attempt));
    }
}

enum err_class
service_pg_restore(struct service *s, struct pg *db, struct err *e)
{
    if (pg_healthy(db))
        return ERR_NONE;
    const enum err_class class = pg_reconnect(db, e);
    service_component(s, "postgres", class == ERR_NONE ? NULL : e->text);
    return schema_advice(class, e);
}
