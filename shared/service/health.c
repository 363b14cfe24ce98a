/*
 * health.c: what the outside may know: alive, ready, and how much.
 *
 * The server has a thread of its own, so that a busy or stuck loop can still be seen; it reads
 * atomics and, under a lock, the reasons of components that are down.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "metrics/metrics.h"
#include "service/internal.h"

enum {
    PAGE_MAX = 4 << 20,
    HEALTH_BODY_MAX = 64 << 10,
    HEALTH_DEADLINE_MS = 5000,
    HEALTH_CONNECTIONS = 32,
};

#define TEXT "text/plain; charset=utf-8"

static void
answer(struct httpd_request *r, int status, const char *type, struct buf *body)
{
    httpd_respond(r, status, type, buf_str(body));
    buf_fini(body);
}

static void
on_health(void *ctx, struct httpd_request *r)
{
    struct service *s = ctx;
    const int64_t still_ms = clock_monotonic_ms() - atomic_load(&s->beat_ms);
    const bool stalled = still_ms > s->cfg->service.stall_ms;
    struct buf body;
    buf_init(&body, PAGE_MAX);
    if (stalled)
        buf_printf(&body, "the loop has not turned for %lld ms\n", (long long)still_ms);
    else
        buf_str_add(&body, STR("ok\n"));
    answer(r, stalled ? 503 : 200, TEXT, &body);
}

static void
on_ready(void *ctx, struct httpd_request *r)
{
    struct service *s = ctx;
    struct buf body;
    buf_init(&body, PAGE_MAX);
    if (service_was_stopped())
        buf_str_add(&body, STR("draining\n"));
    else if (!atomic_load(&s->ready))
        buf_str_add(&body, STR("starting\n"));
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_components; i++)
        if (s->components[i].down)
            buf_printf(&body, "%s: %s\n", s->components[i].name, s->components[i].reason);
    pthread_mutex_unlock(&s->lock);
    const int status = body.n > 0 ? 503 : 200;
    if (status == 200)
        buf_str_add(&body, STR("ready\n"));
    answer(r, status, TEXT, &body);
}

static void
on_metrics(void *ctx, struct httpd_request *r)
{
    struct buf body;
    (void)ctx;
    buf_init(&body, PAGE_MAX);
    metrics_render(&body);
    answer(r, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
}

static bool
matches(const struct httpd_route *route, struct str method, struct str path)
{
    const size_t n = strlen(route->path);
    if (!str_is(method, route->method))
        return false;
    if (n > 0 && route->path[n - 1] == '/')
        return path.n >= n && memcmp(path.p, route->path, n) == 0;
    return str_is(path, route->path);
}

/* The server knows one context; the service's own routes have another. */
static void
on_own(void *ctx, struct httpd_request *r)
{
    const struct service_spec *spec = ((struct service *)ctx)->spec;
    for (const struct httpd_route *own = spec->routes; own->path != NULL; own++)
        if (matches(own, httpd_method(r), httpd_path(r))) {
            own->fn(spec->routes_ctx, r);
            return;
        }
    httpd_respond(r, 404, TEXT, STR("no such page\n"));
}

static enum err_class
write_port(struct service *s, struct err *e)
{
    const char *dir = s->cfg->run.dir;
    char path[1024], made[1040];
    const int n = snprintf(path, sizeof path, "%s/%s.port", dir, s->spec->name);
    if (n < 0 || (size_t)n >= sizeof path)
        return err_set(e, ERR_FATAL, "config", "run.dir is too long: %s", dir);
    (void)mkdir(dir, 0777); /* its parent must be there; what is wrong shows below */
    snprintf(made, sizeof made, "%s.new", path);
    FILE *f = fopen(made, "w");
    if (f == NULL)
        return err_set(e, ERR_FATAL, "config",
                       "cannot write %s: %s; set run.dir to a writable directory", made,
                       strerror(errno));
    const bool written = fprintf(f, "%lld\n", (long long)httpd_port(s->health)) > 0;
    if (fclose(f) != 0 || !written || rename(made, path) != 0)
        return err_set(e, ERR_FATAL, "config", "cannot write %s: %s", path, strerror(errno));
    s->port_file = strdup(path);
    return ERR_NONE;
}

enum err_class
service_health_open(struct service *s, struct err *e)
{
    struct httpd_route *const routes = s->routes; /* read for as long as the server lives */
    size_t n = 0;
    routes[n++] = (struct httpd_route){ "GET", "/healthz", on_health };
    routes[n++] = (struct httpd_route){ "GET", "/readyz", on_ready };
    routes[n++] = (struct httpd_route){ "GET", "/metrics", on_metrics };
    for (size_t i = 0; s->spec->routes != NULL && s->spec->routes[i].path != NULL; i++) {
        if (n == SERVICE_ROUTES_MAX - 1)
            return err_set(e, ERR_FATAL, "LIMIT", "more than %d routes", SERVICE_ROUTES_MAX - 1);
        routes[n] = s->spec->routes[i];
        routes[n++].fn = on_own;
    }
    const struct httpd_settings settings = {
        .mode = HTTPD_THREAD,
        .bind = s->cfg->http.bind,
        .port = s->cfg->http.port,
        .routes = routes,
        .ctx = s,
        .body_max = HEALTH_BODY_MAX,
        .deadline_ms = HEALTH_DEADLINE_MS,
        .connections_max = HEALTH_CONNECTIONS,
        .per_address_max = HEALTH_CONNECTIONS,
    };
    TRY(httpd_open(&s->health, &settings, e));
    return write_port(s, e);
}

/* A successor in the same slot may have written the file meanwhile: then it is not ours. */
static bool
is_ours(const struct service *s)
{
    long long port = -1;
    FILE *f = fopen(s->port_file, "r");
    if (f == NULL)
        return false;
    const bool read = fscanf(f, "%lld", &port) == 1;
    (void)fclose(f);
    return read && port == httpd_port(s->health);
}

void
service_health_close(struct service *s)
{
    if (s->port_file != NULL && is_ours(s))
        (void)unlink(s->port_file);
    free(s->port_file);
    httpd_free(s->health);
}
