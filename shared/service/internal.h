/*
 * internal.h: a process as the files of this layer see it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVICE_INTERNAL_H
#define SERVICE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "service/service.h"

/* A shop may be one, and there is Kafka, Postgres and what a service adds. */
enum {
    COMPONENTS_MAX = CONF_REPEAT_MAX + 8,
    REASON_SIZE = 256,
    NAMES_MAX = 128,
    SERVICE_ROUTES_MAX = 16,
};

struct component {
    const char *name;
    bool down;
    char reason[REASON_SIZE];
};

struct service {
    const struct service_spec *spec;
    const struct service_conf *cfg; /* the beginning of the service's own */
    struct conf *conf;
    struct arena *mem; /* names: as long as the service */
    struct { const char *plain, *full; } names[NAMES_MAX];
    size_t n_names;
    const char *instance; /* the slot: "order-state-0" */
    const char *owner;    /* of leases: the slot and a number drawn at the start */
    struct httpd_route routes[SERVICE_ROUTES_MAX]; /* of the health server; ends with { 0 } */
    struct httpd *health;
    char *port_file;
    struct kafka_option kafka[CONF_PASS_MAX + 1];
    /* shared with the health server's thread */
    atomic_bool ready;
    atomic_int_least64_t beat_ms;
    pthread_mutex_t lock; /* of the components */
    struct component components[COMPONENTS_MAX];
    size_t n_components;
};

/* options.c: what the command line asks for. */
enum service_act { ACT_RUN, ACT_CHECK };
/* Prints and exits for --help, --version and what it does not understand. */
enum service_act service_arguments(const struct service_spec *spec, int argc, char **argv,
                                   const char **path);
/* Loads into cfg; prints all findings and exits with 78 if there are any. */
struct conf *service_load_conf(const struct service_spec *spec, const char *path, void *cfg);
_Noreturn void service_show_conf(const struct conf *conf);

/* health.c: the three routes and the service's own, in a thread of their own. */
MUST_CHECK enum err_class service_health_open(struct service *s, struct err *e);
void service_health_close(struct service *s);

/* stop.c: signals. */
MUST_CHECK enum err_class service_catch_signals(struct err *e);
bool service_was_stopped(void);
int service_stop_event(void);

enum { EXIT_USAGE = 64, EXIT_BUG = 70, EXIT_TEMPORARY = 75, EXIT_CONFIG = 78 };

#endif
