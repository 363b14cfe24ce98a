/*
 * service.h: what every process does the same way: options, health, signals, drain, exit codes.
 *
 *   NAME [--config FILE]      default: $MILLRACE_CONFIG, else ./millrace.ini if it is there
 *   NAME --help | --version | --check-config
 *
 *   /healthz  200 while the loop turns; 503 after a stall of more than service.stall_ms
 *   /readyz   200 once service_ready() was called and no component reports itself down;
 *             else 503 and why
 *   /metrics  Prometheus text
 *
 * The HTTP port that was chosen is written to <run.dir>/<name>.port: each slot needs a run.dir of
 * its own, or a fixed http.port.  The first SIGTERM or SIGINT drains, the second exits at once.
 *
 * Exit codes: 0 drained, 64 usage, 70 bug, 75 temporary (restart with back-off), 78 configuration
 * (do not restart).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include "conf/conf.h"
#include "httpd/httpd.h"
#include "kafka/kafka.h"
#include "pg/pg.h"

/* The options all services share: the FIRST member of a service's own configuration struct. */
struct service_conf {
    struct conf_pass kafka;                    /* [kafka] any librdkafka property */
    struct { const char *prefix; } topics;     /* [topics] */
    struct { const char *prefix, *instance; } group; /* [group] instance: the slot, "0" */
    struct { const char *url; int64_t statement_timeout_ms; } postgres;
    struct { const char *dir; } run;           /* [run] port files and other small state */
    struct { const char *bind; int64_t port; } http; /* [http] health and metrics */
    struct { const char *level; } log;
    struct { int64_t drain_ms, stall_ms; } service;
};

struct service_spec {
    const char *name;                    /* "order-state" */
    const char *summary;                 /* one sentence for --help */
    const struct conf_section *sections; /* the service's own; the shared ones are added */
    size_t n_sections;
    size_t conf_size;
    /* What the sections cannot say; its refusal ends --check-config and the start alike with 78.
     * May be NULL. */
    enum err_class (*check)(const void *cfg, struct err *e);
    const struct httpd_route *routes;    /* more on the health server (HTTPD_THREAD), or NULL */
    void *routes_ctx;
};

struct service;
const char *service_version(void);
/*
 * Parses arguments, loads the configuration into cfg, sets up logging, signals and the health
 * server. Prints and exits the process (0, 64 or 78) for --help, --version, --check-config and bad
 * configuration.
 */
MUST_CHECK enum err_class service_start(struct service **ret, const struct service_spec *spec,
                                        int argc, char **argv, void *cfg, struct err *e);
/* For tools: the configuration alone; prints its findings and exits 78. path NULL: as above. */
MUST_CHECK enum err_class service_load(struct service **ret, const struct service_spec *spec,
                                       const char *path, void *cfg, struct err *e);
void service_free(struct service *s);
void service_ready(struct service *s);
bool service_stopping(const struct service *s);
/* Becomes and stays readable with the first signal: for loops that sleep in poll(). */
int service_stop_fd(const struct service *s);
void service_beat(struct service *s); /* the loop is alive; called once a turn */
/* A component's state for /readyz: reason NULL means up. `name` must be a literal. */
void service_component(struct service *s, const char *name, const char *reason);
/* Logs once and maps the class to an exit code. */
int service_exit(const struct err *e);
int service_exit_code(const struct err *e); /* without the log line */
/* Sleep that ends early when a signal arrives. */
void service_wait_ms(struct service *s, int64_t ms);
/*
 * After a RETRY: logs the first failure in a row and every tenth, and waits longer each time, with
 * jitter. *attempt: failures in a row so far; set it to 0 when something worked.
 */
void service_back_off(struct service *s, int *attempt, const struct err *e);

/* Names with the configured prefix; they live as long as the service. */
const char *service_topic(struct service *s, const char *topic);
const char *service_group(struct service *s, const char *group);
/* The slot, whatever the host: "<name>-<instance>". */
const char *service_instance(const struct service *s);
const char *service_name(const struct service *s);
void service_kafka_settings(struct service *s, struct kafka_settings *ret);
/*
 * Opens Postgres with this service's settings, prepares its own and the shared statements, and
 * waits through RETRY with back-off until the database is there; RETRY comes out only when we shall
 * stop.
 */
MUST_CHECK enum err_class service_pg_open(struct service *s, struct pg **ret,
                                          const struct pg_stmt *const *own, struct err *e);
/* After a RETRY: opens the connection anew if it is broken, and says so on /readyz. */
MUST_CHECK enum err_class service_pg_restore(struct service *s, struct pg *db, struct err *e);
DEFINE_CLEANUP(service_free, struct service *);

#endif
