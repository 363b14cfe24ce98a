/*
 * multi.c: a fixed set of slots over libcurl's multi interface; see multi.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/multi.h"

#include <assert.h>
#include <stdio.h>

#include "http/transfer.h"

struct slot {
    CURL *curl;
    bool busy;
    struct transfer transfer;
    struct http_response response;
    http_done_fn *done;
    void *ctx;
};
struct http_multi {
    CURLM *curl;
    char user_agent[64];
    size_t n, in_flight;
    struct slot slots[];
};

enum err_class
http_multi_open(struct http_multi **ret, const char *user_agent, size_t max, struct err *e)
{
    assert(max > 0 && max <= HTTP_MULTI_MAX);
    transfer_library_start();
    CLEANUP(http_multi_free) struct http_multi *m = calloc(1, sizeof *m + max * sizeof m->slots[0]);
    if (m == NULL)
        return err_set(e, ERR_FATAL, NULL, "http: out of memory");
    m->curl = curl_multi_init();
    if (m->curl == NULL)
        return err_set(e, ERR_FATAL, NULL, "http: libcurl cannot be initialised");
    curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, (long)max);
    snprintf(m->user_agent, sizeof m->user_agent, "%s", user_agent);
    for (; m->n < max; m->n++) {
        m->slots[m->n].curl = curl_easy_init();
        if (m->slots[m->n].curl == NULL)
            return err_set(e, ERR_FATAL, NULL, "http: libcurl cannot be initialised");
    }
    *ret = TAKE(m);
    return ERR_NONE;
}

static void
abandon(struct http_multi *m, struct slot *s)
{
    struct err ignored = { 0 };

    curl_multi_remove_handle(m->curl, s->curl);
    (void)(transfer_end(&s->transfer, CURLE_ABORTED_BY_CALLBACK, &ignored) == ERR_NONE);
    http_response_fini(&s->response);
}

void
http_multi_free(struct http_multi *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->n; i++) {
        if (m->slots[i].busy)
            abandon(m, &m->slots[i]);
        curl_easy_cleanup(m->slots[i].curl);
    }
    curl_multi_cleanup(m->curl);
    free(m);
}

static struct slot *
free_slot(struct http_multi *m)
{
    for (size_t i = 0; i < m->n; i++)
        if (!m->slots[i].busy)
            return &m->slots[i];
    return NULL;
}

static enum err_class
multi_error(CURLMcode code, struct err *e)
{
    return err_set(e, ERR_FATAL, "curl", "http: %s", curl_multi_strerror(code));
}

enum err_class
http_multi_start(struct http_multi *m, const struct http_request *r, http_done_fn *done, void *ctx,
                 struct err *e)
{
    struct slot *s = free_slot(m);

    assert(r->sink == NULL);
    if (s == NULL)
        return err_set(e, ERR_RETRY, "busy", "http: %zu requests are in the air already", m->n);
    TRY(transfer_begin(&s->transfer, s->curl, m->user_agent, r, &s->response, e));
    curl_easy_setopt(s->curl, CURLOPT_PRIVATE, (void *)s);
    s->done = done;
    s->ctx = ctx;
    const CURLMcode code = curl_multi_add_handle(m->curl, s->curl);
    if (code != CURLM_OK) {
        abandon(m, s);
        return multi_error(code, e);
    }
    /* libcurl begins, and its time-out runs, with the first perform after the add */
    int running = 0;
    const CURLMcode begun = curl_multi_perform(m->curl, &running);
    if (begun != CURLM_OK) {
        abandon(m, s);
        return multi_error(begun, e);
    }
    s->busy = true;
    m->in_flight++;
    return ERR_NONE;
}

/* The slot is free again before its done function runs, so that this may start the next request;
 * the response moves out first, because that would initialise it anew. */
static void
finish(struct http_multi *m, struct slot *s, CURLcode code)
{
    struct err result = { 0 };

    curl_multi_remove_handle(m->curl, s->curl);
    (void)(transfer_end(&s->transfer, code, &result) == ERR_NONE);
    CLEANUP_VALUE(http_response_fini) struct http_response response = s->response;
    s->busy = false;
    m->in_flight--;
    s->done(s->ctx, &response, &result);
}

static size_t
finish_ended(struct http_multi *m)
{
    size_t ended = 0;
    int left = 0;

    for (CURLMsg *msg; (msg = curl_multi_info_read(m->curl, &left)) != NULL;) {
        char *slot = NULL;
        if (msg->msg != CURLMSG_DONE)
            continue;
        const CURLcode code = msg->data.result; /* msg dies with the handle's removal */
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &slot);
        finish(m, (struct slot *)(void *)slot, code);
        ended++;
    }
    return ended;
}

enum err_class
http_multi_poll(struct http_multi *m, int64_t timeout_ms, size_t *ended, struct err *e)
{
    int running = 0;
    size_t n = 0;

    CURLMcode code = curl_multi_perform(m->curl, &running);
    if (code == CURLM_OK && (n = finish_ended(m)) == 0 && m->in_flight > 0 && timeout_ms > 0) {
        code = curl_multi_poll(m->curl, NULL, 0, (int)timeout_ms, NULL);
        if (code == CURLM_OK)
            code = curl_multi_perform(m->curl, &running);
        if (code == CURLM_OK)
            n = finish_ended(m);
    }
    if (ended != NULL)
        *ended = n;
    return code == CURLM_OK ? ERR_NONE : multi_error(code, e);
}

size_t
http_multi_in_flight(const struct http_multi *m)
{
    return m->in_flight;
}
