/*
 * history.c: see history.h.
 *
 * Shopify shows orders of the last 60 days only, without an error, unless the token has the scope
 * read_all_orders, which it grants on request.  So a history that is longer than that would be
 * short, silently: the scopes are asked for, and people are told.  An open order may be that old,
 * too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publishing/history.h"

#include "base/log.h"
#include "publishing_sql.h"

#define SHOWN_US (INT64_C(60) * 86400 * US_PER_S)
#define OPEN_ONLY "\"status:open\""

void
history_query(struct buf *ret, const char *query, const struct shop_conf *shop)
{
    const char *at = shop->history_since != NULL ? strstr(query, OPEN_ONLY) : NULL;

    if (at == NULL) {
        buf_str_add(ret, str_of(query));
        return;
    }
    buf_add(ret, query, (size_t)(at - query));
    buf_printf(ret, "\"status:open OR created_at:>='%s'\"", shop->history_since);
    buf_str_add(ret, str_of(at + strlen(OPEN_ONLY)));
}

static enum err_class
sees_all(struct worker *w, bool *all, struct err *e)
{
    CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };
    const struct shopify_request request = { .doc = &text_access_scopes };

    TRY(shopify_call(w->api, &request, &a, e));
    const struct json_value *scopes = json_path(a.data, "currentAppInstallation.accessScopes");
    *all = false;
    for (size_t i = 0; i < json_size(scopes); i++)
        *all = *all || str_is(json_str(json_get(json_at(scopes, i), "handle")), "read_all_orders");
    return ERR_NONE;
}

static enum err_class
tell(struct worker *w, struct err *e)
{
    const struct str subject = str_of(w->shop->key);
    const struct str detail = STR(
        "history_since is more than 60 days ago, and Shopify hides older orders from this token: "
        "ask Shopify for the scope read_all_orders, install the app anew, then run `millrace "
        "refetch order --since` with that day; or set history_since to a later one");

    LOG_ERROR(MSG("the history of orders is short"), KV("shop", w->shop->key),
              KV("error", detail));
    TRY(pg_send(w->desk->db, e, &sql_open_exception, PG_CSTR("history_limited"),
                PG_TEXTS(&subject, 1), PG_TEXTS(&detail, 1), PG_TIME(clock_now())));
    return pg_flush(w->desk->db, e);
}

/* Only open orders are loaded. Whether one of them is hidden, nobody can see. */
static void
warn(struct worker *w)
{
    struct err ignored = { 0 };
    bool all = true;

    if (sees_all(w, &all, &ignored) == ERR_NONE && !all)
        LOG_WARN(MSG("open orders of more than 60 days ago are hidden from this token: if there "
                     "are any, ask Shopify for the scope read_all_orders, install the app anew, "
                     "then run `millrace refetch order --since` with the day of the oldest"),
                 KV("shop", w->shop->key));
}

enum err_class
history_check(struct worker *w, const struct feed_work *f, struct err *e)
{
    const struct str subject = str_of(w->shop->key);
    struct time_us since = { 0 };
    bool all = true;

    if (!f->feed->history)
        return ERR_NONE;
    if (w->shop->history_since == NULL)
        warn(w);
    if (w->shop->history_since == NULL
        || time_parse(str_of(w->shop->history_since), &since, e) != ERR_NONE)
        return ERR_NONE; /* checked at the start */
    if (since.v + SHOWN_US < shopify_now(w->api).v && sees_all(w, &all, e) != ERR_NONE)
        return ERR_NONE; /* the load itself meets the same trouble, and says so */
    if (!all)
        return tell(w, e);
    TRY(pg_send(w->desk->db, e, &sql_close_exception, PG_CSTR("history_limited"),
                PG_TEXTS(&subject, 1), PG_TIME(clock_now())));
    return pg_flush(w->desk->db, e);
}
