/*
 * serve.c: a request is admitted, read into rows, and handed to the courier; see serve.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "serve.h"

#include <stdio.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/movement.h"
#include "domain/name.h"
#include "domain/shipment.h"
#include "inventory.h"
#include "json/emit.h"
#include "metrics/metrics.h"
#include "parcels.h"
#include "tokens.h"

enum { ERROR_MAX = 4096 };

static struct metric refused_total =
    METRIC(METRIC_COUNTER, "millrace_ingest_refused_requests_total",
           "Requests of which nothing was taken, by status.");

typedef enum err_class read_fn(struct str body, size_t max, const struct defaults *d,
                               struct arena *mem, struct intake *ret, struct err *e);
struct kind {
    struct destination to;
    read_fn *json, *csv; /* csv NULL: only JSON */
};
static const struct kind inventory = { { MOVEMENT_TOPIC, MOVEMENT_TYPE },
                                       inventory_from_json,
                                       inventory_from_csv };
static const struct kind shipments = { { SHIPMENT_TOPIC, SHIPMENT_TYPE }, parcels_from_json, NULL };

static void
refuse(struct httpd_request *r, int status, const char *text)
{
    CLEANUP_VALUE(buf_fini) struct buf body = { 0 };
    char labels[METRIC_LABELS_MAX];
    struct emit j;

    snprintf(labels, sizeof labels, "status=\"%d\"", status);
    metric_add(&refused_total, labels, 1);
    buf_init(&body, ERROR_MAX);
    emit_init(&j, &body);
    emit_object(&j, NULL);
    emit_cstr(&j, "error", text);
    emit_object_end(&j);
    httpd_respond(r, status, "application/json", buf_str(&body));
}

/* "text/csv; charset=utf-8" is text/csv. */
static bool
is_type(struct str header, const char *type)
{
    const char *semicolon = header.n > 0 ? memchr(header.p, ';', header.n) : NULL;
    const struct str bare = { header.p,
                              semicolon != NULL ? (size_t)(semicolon - header.p) : header.n };
    const struct str trimmed = name_trim(bare);

    return trimmed.n == strlen(type) && strncasecmp(trimmed.p, type, trimmed.n) == 0;
}

static read_fn *
reader_of(const struct kind *k, struct str type)
{
    if (type.n == 0 || is_type(type, "application/json"))
        return k->json;
    return is_type(type, "text/csv") ? k->csv : NULL;
}

static struct defaults
defaults_of(const struct door *door, const struct httpd_request *r)
{
    const struct str source = httpd_header(r, "X-Source");

    return (struct defaults){ .source = source.n > 0 ? source : str_of(door->cfg->ingest.source),
                              .idempotency_key = httpd_header(r, "Idempotency-Key"),
                              .now = clock_now() };
}

static void
take(const struct door *door, struct httpd_request *r, const struct kind *k, read_fn *read)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    const struct defaults defaults = defaults_of(door, r);
    struct intake in;
    struct err why = { 0 };

    if (read(httpd_body(r), (size_t)door->cfg->ingest.records_max, &defaults, mem, &in, &why) !=
        ERR_NONE) {
        refuse(r, 400, why.text);
        return;
    }
    if (in.n_messages > 0) {
        courier_take(door->courier, r, &k->to, &in);
        return;
    }
    CLEANUP_VALUE(buf_fini) struct buf body = { 0 };
    buf_init(&body, INTAKE_ANSWER_MAX);
    intake_answer(&in, 0, &body);
    metric_add(&refused_total, "status=\"400\"", 1);
    httpd_respond(r, 400, "application/json", buf_str(&body));
}

static void
on_post(const struct door *door, struct httpd_request *r, const struct kind *k)
{
    read_fn *read = reader_of(k, httpd_header(r, "Content-Type"));

    if (!token_admits(door->cfg->ingest.tokens, httpd_header(r, "Authorization")))
        refuse(r, 401, "send Authorization: Bearer <token>, with a token this gateway knows");
    else if (read == NULL)
        refuse(r, 415,
               k->csv != NULL ? "send application/json or text/csv" : "send application/json");
    else
        take(door, r, k, read);
}

static void
on_inventory(void *ctx, struct httpd_request *r)
{
    on_post(ctx, r, &inventory);
}

static void
on_shipments(void *ctx, struct httpd_request *r)
{
    on_post(ctx, r, &shipments);
}

static void
on_root(void *ctx, struct httpd_request *r)
{
    (void)ctx;
    if (!str_is(httpd_path(r), "/")) {
        refuse(r, 404, "POST /v1/inventory and POST /v1/shipments are here; GET / says more");
        return;
    }
    httpd_respond(r, 200, "text/plain; charset=utf-8",
                  STR("Millrace ingest gateway\n\n"
                      "POST /v1/inventory  stock movements and counts (JSON, CSV)\n"
                      "POST /v1/shipments  parcels that left a building (JSON)\n\n"
                      "A record, an array of records, or {\"records\": [..]}. 202: all accepted\n"
                      "records are stored for good; bad ones are named by index and field.\n"
                      "The same source and event_id count once, so after a 503 send the same\n"
                      "again. Every field: schemas/http/ingest.json.\n"));
}

static const struct httpd_route routes[] = {
    { "POST", "/v1/inventory", on_inventory },
    { "POST", "/v1/shipments", on_shipments },
    { "GET", "/", on_root },
    { 0 },
};

enum err_class
serve_open(struct httpd **ret, struct door *door, struct err *e)
{
    const struct ingest_conf *c = &door->cfg->ingest;
    const struct httpd_settings settings = {
        .mode = HTTPD_LOOP,
        .bind = c->bind,
        .port = c->port,
        .routes = routes,
        .ctx = door,
        .body_max = (size_t)c->body_max,
        .bodies_max = (size_t)c->in_flight_max,
        .deadline_ms = c->deadline_ms,
        .connections_max = (unsigned)c->connections_max,
        .per_address_max = (unsigned)c->per_address_max,
        .tls_cert = c->tls_cert,
        .tls_key = c->tls_key,
    };

    if (httpd_open(ret, &settings, e) != ERR_NONE)
        return err_wrap(e, "ingest-gateway.bind %s, port %lld: ", c->bind, (long long)c->port);
    LOG_INFO(MSG("listening for records"), KV("bind", c->bind), KV("port", httpd_port(*ret)));
    if (c->tokens == NULL)
        LOG_WARN(MSG("no tokens_file: everyone who reaches this port may book stock and parcels"));
    return ERR_NONE;
}
