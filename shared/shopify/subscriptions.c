/*
 * subscriptions.c: see subscriptions.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/subscriptions.h"

#include <assert.h>

#include "json/emit.h"

enum { VARIABLES_MAX = 4096, PAGES_MAX = 20 };

struct wanted { const char *const *topics; const char *uri; bool there[SUBSCRIPTIONS_MAX]; };

static void
tick(struct wanted *w, const struct json_value *nodes)
{
    for (size_t i = 0; i < json_size(nodes); i++) {
        const struct json_value *node = json_at(nodes, i);
        if (!str_is(json_str(json_get(node, "uri")), w->uri))
            continue;
        for (size_t t = 0; w->topics[t] != NULL; t++)
            w->there[t] = w->there[t] || str_is(json_str(json_get(node, "topic")), w->topics[t]);
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

static enum err_class
create(struct shopify *s, const char *topic, const char *uri, int64_t *wait_ms, struct err *e)
{
    CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };
    CLEANUP_VALUE(buf_fini) struct buf vars;
    struct emit j;

    buf_init(&vars, VARIABLES_MAX);
    emit_init(&j, &vars);
    emit_object(&j, NULL);
    emit_cstr(&j, "topic", topic);
    emit_cstr(&j, "uri", uri);
    emit_object_end(&j);
    TRY(buf_check(&vars, topic, e));
    const struct shopify_request request = { .doc = &text_webhook_create,
                                             .variables = buf_str(&vars) };
    const enum err_class class = shopify_call(s, &request, &a, e);
    *wait_ms = a.wait_ms;
    TRY(class);
    const struct json_value *errors = json_path(a.data, "webhookSubscriptionCreate.userErrors");
    const struct str message = json_str(json_get(json_at(errors, 0), "message"));
    if (json_size(errors) == 0 || is_taken(message))
        return ERR_NONE;
    return err_set(e, ERR_REJECT, "", "shop %s: no webhooks for %s at %s: %.*s",
                   shopify_shop(s)->key, topic, uri, (int)(message.n < 200 ? message.n : 200),
                   message.n > 0 ? message.p : "");
}

enum err_class
subscriptions_keep(struct shopify *s, const char *const *topics, const char *uri, size_t *made,
                   int64_t *wait_ms, struct err *e)
{
    struct wanted w = { .topics = topics, .uri = uri };

    *made = 0;
    TRY(list(s, &w, wait_ms, e));
    for (size_t t = 0; topics[t] != NULL; t++) {
        assert(t < SUBSCRIPTIONS_MAX);
        if (w.there[t])
            continue;
        TRY(create(s, topics[t], uri, wait_ms, e));
        ++*made;
    }
    return ERR_NONE;
}
