/*
 * search.c: see search.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/search.h"

#include <stdio.h>

#include "base/clock.h"
#include "json/emit.h"

enum { FILTER_MAX = 512, VARIABLES_MAX = 2048 };

void
search_start(struct search_run *run, const struct search *what, struct time_us since)
{
    const int page = run->page > 0 ? run->page : SEARCH_PAGE;

    *run = (struct search_run){ .what = what, .since = since, .cost = run->cost, .page = page };
}

static enum err_class
variables(const struct search_run *run, struct buf *ret, struct err *e)
{
    char filter[FILTER_MAX], since[TIME_TEXT_SIZE];
    struct emit j;

    (void)snprintf(filter, sizeof(filter), "%s:>='%s'%s%s", run->what->field,
                   time_format_s(run->since, since), run->what->filter[0] != '\0' ? " " : "",
                   run->what->filter);
    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_cstr(&j, "after", run->cursor[0] != '\0' ? run->cursor : NULL);
    emit_i64(&j, "first", run->page);
    emit_cstr(&j, "query", filter);
    emit_object_end(&j);
    return buf_check(ret, run->what->doc->name, e);
}

static enum err_class
turn_page(struct search_run *run, const struct json_value *connection, struct err *e)
{
    const struct json_value *info = json_get(connection, "pageInfo");
    const struct str cursor = json_str(json_get(info, "endCursor"));

    run->done = !json_bool(json_get(info, "hasNextPage"));
    if (run->done)
        return ERR_NONE;
    if (cursor.n == 0 || cursor.n >= SEARCH_CURSOR_MAX)
        return err_set(e, ERR_RETRY, "", "%s: more pages, but a cursor of %zu bytes",
                       run->what->doc->name, cursor.n);
    (void)snprintf(run->cursor, sizeof(run->cursor), "%.*s", (int)cursor.n, cursor.p);
    return ERR_NONE;
}

static enum err_class
ask(struct shopify *s, const struct search_run *run, struct shopify_answer *a, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf vars;

    buf_init(&vars, VARIABLES_MAX);
    TRY(variables(run, &vars, e));
    const struct shopify_request request = { .doc = run->what->doc, .variables = buf_str(&vars) };
    return shopify_call(s, &request, a, e);
}

enum err_class
search_page(struct shopify *s, struct search_run *run, search_fn *fn, void *ctx, int64_t *wait_ms,
            struct err *e)
{
    CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };
    enum err_class class = ask(s, run, &a, e);

    while (class != ERR_NONE && shopify_is_too_costly(e) && run->page / 2 >= SEARCH_PAGE_MIN) {
        run->page /= 2;
        shopify_answer_fini(&a);
        class = ask(s, run, &a, e);
    }
    *wait_ms = a.wait_ms;
    TRY(class);
    if (!run->started)
        run->began = a.began;
    run->started = true;
    run->cost = a.cost;
    const struct json_value *connection = json_get(a.data, run->what->root);
    const struct json_value *nodes = json_get(connection, "nodes");
    if (!json_is_array(nodes) || !json_is_object(json_get(connection, "pageInfo")))
        return err_set(e, ERR_RETRY, "search", "shop %s: %s: the answer has no list",
                       shopify_shop(s)->key, run->what->doc->name);
    for (size_t i = 0; i < json_size(nodes); i++)
        TRY(fn(ctx, json_at(nodes, i), e));
    return turn_page(run, connection, e);
}
