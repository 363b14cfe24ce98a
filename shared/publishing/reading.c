/*
 * reading.c: see reading.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publishing/reading.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "publishing/hints.h"

enum { FIRST_STAGED = 64, HISTORY_MARGIN_MS = 120000 };

static enum err_class
open_staging(struct reading *r, struct err *e)
{
    r->mem = arena_new();
    r->max_staged = FIRST_STAGED;
    r->staged = calloc(r->max_staged, sizeof(*r->staged));
    if (r->staged == NULL)
        return err_set(e, ERR_FATAL, "ENOMEM", "no memory for shop %s", r->shop->key);
    return ERR_NONE;
}

enum err_class
reading_share(struct reading *ret, const struct reading *r, struct desk *desk, struct err *e)
{
    *ret = (struct reading){ .desk = desk, .shop = r->shop, .main = r->main, .routes = r->routes,
                             .parts = r->parts, .returns = r->returns };
    return open_staging(ret, e);
}

void
reading_unshare(struct reading *r)
{
    arena_free(r->mem);
    free(r->staged);
    *r = (struct reading){ 0 };
}

enum err_class
reading_open(struct reading *r, struct desk *desk, const struct shop_conf *shop, struct err *e)
{
    *r = (struct reading){ .desk = desk, .shop = shop };
    r->main = known_new();
    r->routes = known_new();
    r->parts = known_new();
    r->returns = known_new();
    return open_staging(r, e);
}

void
reading_fini(struct reading *r)
{
    arena_free(r->mem);
    known_free(r->main);
    known_free(r->routes);
    known_free(r->parts);
    known_free(r->returns);
    free(r->staged);
}

void
reading_forget(struct reading *r, struct time_us before)
{
    known_forget(r->main, before);
    known_forget(r->routes, before);
    known_forget(r->parts, before);
    known_forget(r->returns, before);
}

struct known *
reading_known(const struct reading *r, const struct feed *feed)
{
    if (feed->fact == fact_returns)
        return r->returns;
    return feed->parts ? r->parts : r->main;
}

bool
reading_is_history(const struct reading *r, struct version v)
{
    const int64_t ms = r->shop->overlap_ms + r->shop->search_lag_ms + r->shop->replica_lag_ms;

    return v.updated_at.v + (ms + HISTORY_MARGIN_MS) * US_PER_MS < v.observed_at.v;
}

void
reading_stage(struct reading *r, struct known *k, int64_t id, struct version v, uint64_t hash)
{
    if (reading_is_history(r, v))
        return;
    if (r->n_staged == r->max_staged) {
        struct staged *more = realloc(r->staged, r->max_staged * 2 * sizeof(*more));
        if (more == NULL)
            return; /* not remembered: it is read once more */
        r->staged = more;
        r->max_staged *= 2;
    }
    r->staged[r->n_staged++] = (struct staged){ k, { id, v, hash } };
}

void
reading_remember(struct reading *r, bool acknowledged)
{
    for (size_t i = 0; acknowledged && i < r->n_staged; i++)
        known_put(r->staged[i].known, &r->staged[i].entry);
    r->n_staged = 0;
}

enum err_class
reading_settle(struct reading *r, struct err *e)
{
    const enum err_class class = desk_settle(r->desk, e);

    r->asked = false;
    reading_remember(r, class == ERR_NONE);
    return class;
}

struct batch_read { struct reading *r; const struct feed *feed; const char *const *reasons; };

/* A bad object is noted and does not keep the others; a failure of ours ends the reading. */
static enum err_class
take_node(void *ctx, int64_t id, const struct json_value *node, const struct pages *more,
          struct time_us began, struct err *e)
{
    struct batch_read *b = ctx;
    struct fact_note *note = &b->r->notes[b->r->n_notes];

    b->r->reason = b->reasons != NULL ? b->reasons[b->r->n_notes] : "poll";
    b->r->asked = b->reasons != NULL && hint_is_asked(str_of(b->r->reason));
    b->r->n_notes++;
    *note = (struct fact_note){ .id = id, .began = began, .gone = node == NULL,
                                .asked = b->r->asked };
    if (node == NULL)
        return ERR_NONE;
    const enum err_class class = b->feed->fact(b->r, node, more, began, note, e);
    if (class != ERR_REJECT)
        return class;
    note->bad = true;
    (void)snprintf(note->why, sizeof(note->why), "%s", e->text);
    return ERR_NONE;
}

void
reading_blame(struct reading *r, int64_t id, struct time_us now, const struct err *why)
{
    r->n_notes = 1;
    r->notes[0] = (struct fact_note){ .id = id, .began = now, .bad = true };
    (void)snprintf(r->notes[0].why, sizeof(r->notes[0].why), "%s", why->text);
}

/* Facts carry null there: nobody may take it for the shop's own word. */
static void
tell_denied(struct reading *r, const struct nodes *n)
{
    if (n->denied[0] == '\0' || strcmp(n->denied, r->denied) == 0)
        return;
    (void)snprintf(r->denied, sizeof(r->denied), "%s", n->denied);
    LOG_WARN(MSG("a field is not ours to see and is null in facts: grant the scope that shows it, "
                 "and restart"),
             KV("shop", r->shop->key), KV("field", (const char *)r->denied));
}

enum err_class
reading_nodes(struct reading *r, struct shopify *s, const struct feed *feed, struct nodes *nodes,
              const int64_t *ids, const char *const *reasons, size_t n, int64_t *wait_ms,
              struct err *e)
{
    struct batch_read b = { r, feed, reasons };
    size_t done = 0;

    r->n_notes = 0;
    r->n_staged = 0;
    r->desk->failed = false;
    arena_reset(r->mem);
    nodes->doc = feed->nodes_doc;
    nodes->type = feed->type;
    const enum err_class class = nodes_read(s, nodes, ids, n, take_node, &b, &done, wait_ms, e);
    tell_denied(r, nodes);
    if (class != ERR_NONE) {
        const bool ours = r->desk->failed;
        struct err ignored;
        (void)!desk_settle(r->desk, &ignored); /* what was queued is safe, or read again */
        r->desk->failed = ours;
        r->n_notes = r->n_staged = 0;
        if (nodes->blamed == 0)
            return class;
        reading_blame(r, nodes->blamed, shopify_now(s), e);
    }
    return reading_settle(r, e);
}
