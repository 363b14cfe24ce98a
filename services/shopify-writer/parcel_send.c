/*
 * parcel_send.c: see parcel_send.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "parcel_send.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "call.h"
#include "domain/gid.h"
#include "json/emit.h"
#include "metrics/metrics.h"
#include "writer_documents.h"

enum { CLAIM_EXTRA_MS = 2000, PAST_CLAIM_MS = 500, VARIABLES_MAX = 256 << 10, WHY_MAX = 300 };
enum { REFUSALS_MAX = 8, REFUSED_AGAIN_MS = 300 };

static struct metric parcels_total = METRIC(
    METRIC_COUNTER, "millrace_parcels_total",
    "Fulfilments by shop and outcome: done, found (made by a call that nobody heard), refused.");

/* What a call of fulfillmentCreate carries until its answer. */
struct parcel_call {
    struct arena *mem;
    struct job job;
    struct plan plan;
    struct str body;
    int64_t claim_ms; /* monotonic: sent before it, or not at all */
};

static void
count(const struct shop_state *s, const char *outcome)
{
    char labels[METRIC_LABELS_MAX];

    (void)snprintf(labels, sizeof labels, "shop=\"%s\",outcome=\"%s\"", s->conf->key, outcome);
    metric_add(&parcels_total, labels, 1);
}

/* ---- the body */

static void
emit_picks(struct emit *j, const struct plan *p)
{
    char gid[GID_TEXT_SIZE];

    emit_array(j, "lineItemsByFulfillmentOrder");
    for (size_t i = 0; i < p->n; i++) {
        if (i == 0 || p->picks[i].work != p->picks[i - 1].work) {
            emit_object(j, NULL);
            emit_cstr(j, "fulfillmentOrderId",
                      gid_format("FulfillmentOrder", p->picks[i].work, gid));
            emit_array(j, "fulfillmentOrderLineItems");
        }
        emit_object(j, NULL);
        emit_cstr(j, "id", gid_format("FulfillmentOrderLineItem", p->picks[i].work_line, gid));
        emit_i64(j, "quantity", p->picks[i].units);
        emit_object_end(j);
        if (i + 1 == p->n || p->picks[i + 1].work != p->picks[i].work) {
            emit_array_end(j);
            emit_object_end(j);
        }
    }
    emit_array_end(j);
}

static void
emit_tracking(struct emit *j, const struct parcel *p)
{
    if (p->carrier.p == NULL && p->tracking_number.p == NULL && p->tracking_url.p == NULL)
        return;
    emit_object(j, "trackingInfo");
    if (p->carrier.p != NULL)
        emit_str(j, "company", p->carrier);
    if (p->tracking_number.p != NULL)
        emit_str(j, "number", p->tracking_number);
    if (p->tracking_url.p != NULL)
        emit_str(j, "url", p->tracking_url);
    emit_object_end(j);
}

static enum err_class
create_body(struct parcel_call *c, bool notify, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf variables;
    struct emit j;

    buf_init(&variables, VARIABLES_MAX);
    emit_init(&j, &variables);
    emit_object(&j, NULL);
    emit_object(&j, "fulfillment");
    emit_picks(&j, &c->plan);
    emit_bool(&j, "notifyCustomer", notify);
    emit_tracking(&j, &c->job.desired);
    emit_object_end(&j);
    emit_object_end(&j);
    TRY(buf_check(&variables, "fulfilment", e));
    return call_body(c->mem, &text_create_fulfillment, buf_str(&variables), &c->body, e);
}

/* ---- what is left behind */

/* The units of the picks, each line once. */
static size_t
sum_picks(const struct plan *p, struct line_units *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++) {
        size_t k = 0;
        while (k < n && ret[k].line != p->picks[i].line)
            k++;
        ret[k].line = p->picks[i].line;
        ret[k].units += p->picks[i].units;
        n += k == n;
    }
    return n;
}

static enum err_class
record(struct writer *w, struct shop_state *s, const struct job *j, const struct made *m,
       const char *message, struct arena *mem, struct err *e)
{
    int64_t *lines = ARENA_NEW(mem, int64_t, m->n_lines);
    int64_t *units = ARENA_NEW(mem, int64_t, m->n_lines);

    for (size_t i = 0; i < m->n_lines; i++) {
        lines[i] = m->lines[i].line;
        units[i] = m->lines[i].units;
    }
    return pg_exec(w->db, e, NULL, &sql_record_fulfillment, PG_CSTR(s->conf->key),
                   PG_I64(j->order), PG_TEXT(j->parcel), PG_I64(m->id),
                   PG_I64_OR_NULL(m->location), PG_I64S(lines, m->n_lines),
                   PG_I64S(units, m->n_lines), PG_TIME(m->created_at),
                   PG_TEXT(j->desired.tracking_number), PG_TEXT(str_of(message)),
                   PG_TIME(clock_now()));
}

enum err_class
parcel_record(struct writer *w, struct shop_state *s, const struct job *j,
              const struct made *made, const char *message, struct err *e)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();

    TRY(record(w, s, j, made, message, mem, e));
    count(s, "found");
    return ERR_NONE;
}

enum err_class
parcel_release(struct writer *w, struct shop_state *s, const struct job *j,
               const struct release *r, struct err *e)
{
    return pg_exec(w->db, e, NULL, &sql_release_parcel, PG_CSTR(s->conf->key), PG_I64(j->order),
                   PG_TEXT(j->parcel), PG_I64(j->attempts), PG_CSTR(w->owner), PG_TIME(r->due),
                   PG_TIME(r->gone_at), PG_BOOL(r->refused), PG_BOOL(r->held), PG_CSTR(r->why),
                   PG_TIME(clock_now()));
}

enum err_class
parcel_refuse(struct writer *w, struct shop_state *s, int64_t order, struct str parcel,
              bool cancelled, const char *why, struct err *e)
{
    count(s, "refused");
    return pg_exec(w->db, e, NULL, &sql_refuse_parcel, PG_CSTR(s->conf->key), PG_I64(order),
                   PG_TEXT(parcel), PG_BOOL(cancelled), PG_CSTR(why), PG_TIME(clock_now()));
}

/* ---- the answer */

static enum err_class
on_fulfilled(struct writer *w, struct shop_state *s, const struct parcel_call *c,
             const struct json_value *fulfillment, struct err *e)
{
    struct made m = { .stands = true, .location = c->plan.location };

    TRY(gid_parse(json_str(json_get(fulfillment, "id")), "Fulfillment", &m.id, e));
    TRY(time_parse(json_str(json_get(fulfillment, "createdAt")), &m.created_at, e));
    const int64_t location = gid_id(json_str(json_path(fulfillment, "location.id")));
    m.location = location != 0 ? location : m.location;
    m.lines = ARENA_NEW(c->mem, struct line_units, c->plan.n);
    m.n_lines = sum_picks(&c->plan, m.lines);
    FAILPOINT("parcel_before_record", e);
    TRY(record(w, s, &c->job, &m, NULL, c->mem, e));
    count(s, "done");
    FAILPOINT("parcel_recorded", e);
    return ERR_NONE;
}

/* User errors: the order changed between our read and the call. A new read decides, but not for
 * ever. */
static enum err_class
on_refused(struct writer *w, struct shop_state *s, const struct parcel_call *c, struct str message,
           struct err *e)
{
    char why[WHY_MAX];
    const int64_t after_ms = s->conf->replica_lag_ms + REFUSED_AGAIN_MS;

    (void)snprintf(why, sizeof why, "Shopify refuses the fulfilment: %.*s", (int)message.n,
                   message.n > 0 ? message.p : "");
    LOG_WARN(MSG("fulfilment refused"), KV("shop", s->conf->key), KV("order", c->job.order),
             KV("parcel", c->job.parcel), KV("why", (const char *)why));
    if (c->job.refusals + 1 >= REFUSALS_MAX)
        return parcel_refuse(w, s, c->job.order, c->job.parcel, false, why, e);
    const struct release r = { .due = writer_after_ms(after_ms << c->job.refusals),
                               .refused = true, .why = why };
    return parcel_release(w, s, &c->job, &r, e);
}

static enum err_class
on_unexecuted(struct writer *w, struct shop_state *s, const struct parcel_call *c,
              const struct answered *a, struct err *e)
{
    const struct release r = { .due = writer_after_ms(a->answer->wait_ms), .why = a->error.text };

    if (a->error.class == ERR_REJECT)
        return on_refused(w, s, c, str_of(a->error.text), e);
    return parcel_release(w, s, &c->job, &r, e);
}

static enum err_class
on_answer(struct writer *w, struct shop_state *s, void *what, const struct answered *a,
          struct err *e)
{
    const struct parcel_call *c = what;
    const struct json_value *payload = json_get(a->answer->data, "fulfillmentCreate");
    const struct json_value *errors = json_get(payload, "userErrors");

    const struct json_value *made = json_get(payload, "fulfillment");

    if (json_is_object(made) && fulfillment_stands(json_str(json_get(made, "status"))))
        return on_fulfilled(w, s, c, made, e);
    if (json_is_object(made))
        return on_refused(w, s, c, STR("it was made, and failed at once"), e);
    if (json_size(errors) > 0)
        return on_refused(w, s, c, json_str(json_get(json_at(errors, 0), "message")), e);
    if (!a->executed)
        return on_unexecuted(w, s, c, a, e);
    /* It may exist or not: past the claim and the replica lag a read will tell. */
    LOG_WARN(MSG("no answer to a fulfilment; a read will tell"), KV("shop", s->conf->key),
             KV("order", c->job.order), KV("parcel", c->job.parcel),
             KV("error", (const char *)(a->error.class != ERR_NONE ? a->error.text
                                                                  : a->answer->error.text)));
    return ERR_NONE;
}

/* ---- sending */

static struct parcel_call *
call_new(const struct sending *v, int64_t claim_ms)
{
    struct arena *mem = arena_new();
    struct parcel_call *c = ARENA_NEW(mem, struct parcel_call, 1);

    *c = (struct parcel_call){ .mem = mem, .job = job_copy(v->job, mem), .plan = v->plan,
                               .claim_ms = claim_ms };
    c->plan.picks = ARENA_NEW(mem, struct pick, v->plan.n);
    memcpy(c->plan.picks, v->plan.picks, v->plan.n * sizeof *c->plan.picks);
    return c;
}

/* {"line id": units} of the picks. */
static struct str
part_text(const struct parcel_call *c)
{
    struct line_units *units = ARENA_NEW(c->mem, struct line_units, c->plan.n);
    const size_t n = sum_picks(&c->plan, units);
    struct str text = STR("{");

    for (size_t i = 0; i < n; i++)
        text = arena_printf(c->mem, "%.*s%s\"%lld\":%lld", (int)text.n, text.p, i ? "," : "",
                            (long long)units[i].line, (long long)units[i].units);
    return arena_printf(c->mem, "%.*s}", (int)text.n, text.p);
}

static enum err_class
intend(struct writer *w, struct shop_state *s, struct sending *v, int64_t claim_ms, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    const int64_t hold_ms = s->conf->timeout_ms + CLAIM_EXTRA_MS;
    const struct order_view *view = v->view;
    struct parcel_call *c = v->call = call_new(v, claim_ms);
    int64_t *before = ARENA_NEW(c->mem, int64_t, view->n_made);

    for (size_t i = 0; i < view->n_made; i++)
        before[i] = view->made[i].id;
    TRY(create_body(c, w->cfg->writer.notify_customer, e));
    TRY(pg_exec(w->db, e, &rows, &sql_intend_parcel, PG_CSTR(s->conf->key), PG_I64(c->job.order),
                PG_TEXT(c->job.parcel), PG_I64(c->job.attempts), PG_I64S(before, view->n_made),
                PG_TEXT(part_text(c)), PG_TEXT(c->body), PG_CSTR(w->owner),
                PG_TIME(writer_after_ms(hold_ms)),
                PG_TIME(writer_after_ms(hold_ms + s->conf->replica_lag_ms + PAST_CLAIM_MS)),
                PG_TIME(clock_now())));
    if (!pg_bool(rows, 0, 0)) { /* it moved on since we looked: somebody else has it or had it */
        arena_free(c->mem);
        v->call = NULL;
        return ERR_NONE;
    }
    c->job.attempts++; /* as the row has it now */
    return ERR_NONE;
}

static enum err_class
intend_all(struct writer *w, struct shop_state *s, struct sending *v, size_t n, struct err *e)
{
    const int64_t claim_ms = clock_monotonic_ms() + s->conf->timeout_ms + CLAIM_EXTRA_MS;
    int64_t orders[HTTP_MULTI_MAX];

    for (size_t i = 0; i < n; i++)
        orders[i] = v[i].job->order;
    TRY(pg_begin(w->db, e));
    TRY(pg_send(w->db, e, &sql_lock_parcel_orders, PG_CSTR(s->conf->key), PG_I64S(orders, n)));
    for (size_t i = 0; i < n; i++)
        TRY(intend(w, s, &v[i], claim_ms, e));
    TRY(pg_commit(w->db, e));
    FAILPOINT("parcel_before_send", e);
    return ERR_NONE;
}

/* Surely not sent: the next turn may try again. */
static enum err_class
not_sent(struct writer *w, struct shop_state *s, const struct parcel_call *c, const char *why,
         struct err *e)
{
    const struct release r = { .due = writer_after_ms(REFUSED_AGAIN_MS), .why = why };

    return parcel_release(w, s, &c->job, &r, e);
}

/* Takes over c. */
static enum err_class
send(struct writer *w, struct shop_state *s, struct parcel_call *c, struct err *e)
{
    CLEANUP(arena_free) struct arena *mem = c->mem;
    const struct call_spec spec = {
        .kind = CALL_PARCEL_WRITE,
        .name = text_create_fulfillment.name,
        .body = c->body,
        .mem = mem,
        .what = c,
        .partial_ok = true,
        .once = true,
        .done = on_answer,
    };

    if (clock_monotonic_ms() + s->conf->timeout_ms > c->claim_ms)
        return not_sent(w, s, c, "the claim ran out before the fulfilment was sent", e);
    if (http_multi_in_flight(w->http) >= HTTP_MULTI_MAX)
        return not_sent(w, s, c, "too many calls in the air", e);
    mem = NULL;
    return call_start(w, s, &spec, e);
}

static void
drop(struct sending *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].call != NULL)
            arena_free(v[i].call->mem);
}

enum err_class
parcels_send(struct writer *w, struct shop_state *s, struct sending *v, size_t n, struct err *e)
{
    enum err_class class = intend_all(w, s, v, n, e);

    for (size_t i = 0; i < n && class == ERR_NONE; i++)
        if (v[i].call != NULL)
            class = send(w, s, TAKE(v[i].call), e);
    drop(v, n);
    return class;
}
