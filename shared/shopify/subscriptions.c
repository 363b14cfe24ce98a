/*
 * subscriptions.c: see subscriptions.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/subscriptions.h"

#include <assert.h>
#include <stdio.h>

#include "domain/gid.h"
#include "json/emit.h"

enum { VARIABLES_MAX = 4096, PAGES_MAX = 20 };

struct doomed { char id[GID_TEXT_SIZE]; };
struct wanted {
    const char *const *topics;
    const char *uri, *api_version;
    bool there[SUBSCRIPTIONS_MAX];
    struct doomed remove[SUBSCRIPTIONS_MAX]; /* as many as fit; the rest next time */
    size_t n_remove;
    struct subscriptions_report *report;
};

/* What follows the host. */
static struct str
path_of(struct str uri)
{
    const char *after = uri.n > 0 ? memmem(uri.p, uri.n, "://", 3) : NULL;
    const char *slash = after != NULL
                            ? memchr(after + 3, '/', (size_t)(uri.p + uri.n - after - 3))
                            : NULL;

    return slash != NULL ? (struct str){ slash, (size_t)(uri.p + uri.n - slash) }
                         : (struct str){ 0 };
}

/* All fields of everything, as JSON. */
static bool
is_whole(const struct json_value *node)
{
    return str_is(json_str(json_get(node, "format")), "JSON")
           && json_size(json_get(node, "includeFields")) == 0
           && json_size(json_get(node, "metafieldNamespaces")) == 0
           && json_str(json_get(node, "filter")).n == 0;
}

static void
doom(struct wanted *w, const struct json_value *node)
{
    const struct str id = json_str(json_get(node, "id"));

    if (w->n_remove < SUBSCRIPTIONS_MAX && id.n < GID_TEXT_SIZE)
        (void)snprintf(w->remove[w->n_remove++].id, GID_TEXT_SIZE, "%.*s", (int)id.n, id.p);
}

static void
judge(struct wanted *w, const struct json_value *node, size_t topic)
{
    const struct str uri = json_str(json_get(node, "uri"));
    const struct str version = json_str(json_path(node, "apiVersion.handle"));
    const struct str path = path_of(str_of(w->uri));

    if (!str_is(uri, w->uri)) {
        if (path.n > 1 && str_eq(path_of(uri), path))
            doom(w, node);
        return;
    }
    if (w->there[topic] || !is_whole(node)) {
        doom(w, node);
        return;
    }
    w->there[topic] = true;
    if (version.n > 0 && !str_is(version, w->api_version))
        (void)snprintf(w->report->version, sizeof(w->report->version), "%.*s",
                       (int)(version.n < 15 ? version.n : 15), version.p);
}

static void
tick(struct wanted *w, const struct json_value *nodes)
{
    for (size_t i = 0; i < json_size(nodes); i++) {
        const struct json_value *node = json_at(nodes, i);
        for (size_t t = 0; w->topics[t] != NULL; t++)
            if (str_is(json_str(json_get(node, "topic")), w->topics[t]))
                judge(w, node, t);
    }
}

static enum err_class
list(struct shopify *s, struct wanted *w, int64_t *wait_ms, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf vars;

    buf_init(&vars, VARIABLES_MAX);
    buf_str_add(&vars, STR("{}"));
    for (int page = 0; page < PAGES_MAX; page++) {
        CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };
        const struct shopify_request request = { .doc = &text_webhooks_list,
                                                 .variables = buf_str(&vars) };
        const enum err_class class = shopify_call(s, &request, &a, e);
        *wait_ms = a.wait_ms;
        TRY(class);
        const struct json_value *all = json_get(a.data, "webhookSubscriptions");
        tick(w, json_get(all, "nodes"));
        if (!json_bool(json_path(all, "pageInfo.hasNextPage")))
            return ERR_NONE;
        struct emit j;
        buf_clear(&vars);
        emit_init(&j, &vars);
        emit_object(&j, NULL);
        emit_str(&j, "after", json_str(json_path(all, "pageInfo.endCursor")));
        emit_object_end(&j);
        TRY(buf_check(&vars, "cursor", e));
    }
    return err_set(e, ERR_REJECT, "", "shop %s: more than %d pages of webhook subscriptions",
                   shopify_shop(s)->key, PAGES_MAX);
}

/* "has already been taken": another process was faster, which is as good. */
static bool
is_taken(struct str message)
{
    return message.n > 0 && memmem(message.p, message.n, "already been taken", 18) != NULL;
}

/* One mutation; *ret: what a person has to do something about, or null. */
static enum err_class
mutate(struct shopify *s, const struct text_file *doc, const struct buf *vars, const char *root,
       char ret[static 256], int64_t *wait_ms, struct err *e)
{
    CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };
    const struct shopify_request request = { .doc = doc, .variables = buf_str(vars) };

    TRY(buf_check(vars, doc->name, e));
    const enum err_class class = shopify_call(s, &request, &a, e);
    *wait_ms = a.wait_ms;
    TRY(class);
    const struct json_value *errors = json_get(json_get(a.data, root), "userErrors");
    const struct str message = json_str(json_get(json_at(errors, 0), "message"));
    ret[0] = '\0';
    if (json_size(errors) > 0 && !is_taken(message))
        (void)snprintf(ret, 256, "%.*s", (int)(message.n < 200 ? message.n : 200),
                       message.n > 0 ? message.p : "refused");
    return ERR_NONE;
}

static enum err_class
create(struct shopify *s, struct wanted *w, const char *topic, int64_t *wait_ms, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf vars;
    char why[256];
    struct emit j;

    buf_init(&vars, VARIABLES_MAX);
    emit_init(&j, &vars);
    emit_object(&j, NULL);
    emit_cstr(&j, "topic", topic);
    emit_cstr(&j, "uri", w->uri);
    emit_object_end(&j);
    TRY(mutate(s, &text_webhook_create, &vars, "webhookSubscriptionCreate", why, wait_ms, e));
    if (why[0] != '\0') {
        w->report->refused++;
        (void)snprintf(w->report->refusal, sizeof(w->report->refusal), "%s: %.180s", topic, why);
        return ERR_NONE;
    }
    w->report->made++;
    (void)snprintf(w->report->missing, sizeof(w->report->missing), "%s", topic);
    return ERR_NONE;
}

static enum err_class
drop(struct shopify *s, struct wanted *w, const char *id, int64_t *wait_ms, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf vars;
    char why[256];
    struct emit j;

    buf_init(&vars, VARIABLES_MAX);
    emit_init(&j, &vars);
    emit_object(&j, NULL);
    emit_cstr(&j, "id", id);
    emit_object_end(&j);
    TRY(mutate(s, &text_webhook_delete, &vars, "webhookSubscriptionDelete", why, wait_ms, e));
    w->report->removed += why[0] == '\0'; /* else another process was faster */
    return ERR_NONE;
}

enum err_class
subscriptions_keep(struct shopify *s, const char *const *topics, const char *uri,
                   struct subscriptions_report *ret, int64_t *wait_ms, struct err *e)
{
    struct wanted w = { .topics = topics, .uri = uri, .report = ret,
                        .api_version = shopify_shop(s)->api_version };

    *ret = (struct subscriptions_report){ 0 };
    TRY(list(s, &w, wait_ms, e));
    for (size_t i = 0; i < w.n_remove; i++)
        TRY(drop(s, &w, w.remove[i].id, wait_ms, e));
    for (size_t t = 0; topics[t] != NULL; t++) {
        assert(t < SUBSCRIPTIONS_MAX);
        if (!w.there[t])
            TRY(create(s, &w, topics[t], wait_ms, e));
    }
    return ERR_NONE;
}
