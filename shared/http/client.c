/*
 * client.c: http/client.h over libcurl's easy interface.
 *
 * Why one easy handle for all requests of a client: it keeps the connection alive, which saves a
 * TCP and a TLS handshake on each of the many small calls to one shop.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/client.h"

#include <assert.h>
#include <stdio.h>

#include "http/transfer.h"

struct http_client {
    CURL *curl;
    char user_agent[64];
};

enum err_class
http_client_open(struct http_client **ret, const char *user_agent, struct err *e)
{
    transfer_library_start();
    struct http_client *c = calloc(1, sizeof *c);
    if (c == NULL)
        return err_set(e, ERR_FATAL, NULL, "http: out of memory");
    c->curl = curl_easy_init();
    if (c->curl == NULL) {
        free(c);
        return err_set(e, ERR_FATAL, NULL, "http: libcurl cannot be initialised");
    }
    snprintf(c->user_agent, sizeof c->user_agent, "%s", user_agent);
    *ret = c;
    return ERR_NONE;
}

void
http_client_free(struct http_client *c)
{
    if (c == NULL)
        return;
    curl_easy_cleanup(c->curl);
    free(c);
}

enum err_class
http_send(struct http_client *c, const struct http_request *r, struct http_response *ret,
          struct err *e)
{
    struct transfer t;

    assert(c != NULL && r != NULL && r->url != NULL && r->method != NULL);
    TRY(transfer_begin(&t, c->curl, c->user_agent, r, ret, e));
    return transfer_end(&t, curl_easy_perform(c->curl), e);
}
