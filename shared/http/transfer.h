/*
 * transfer.h: one request on one easy handle: what client.c does at once and multi.c does many at a
 * time.  Inside this layer only.
 *
 * transfer_begin() sets the handle up; somebody drives it to its end; transfer_end() says how it
 * went and releases what the transfer held.  Options are reset per request, so that nothing of one
 * leaks into the next; curl_easy_reset() leaves connections alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_TRANSFER_H
#define HTTP_TRANSFER_H

#include <curl/curl.h>

#include "http/client.h"

/* Where its bytes go, and why the sink or a limit ended it. */
struct transfer {
    CURL *curl;
    struct http_request request;
    struct http_response *response;
    struct curl_slist *headers;
    size_t received, max_bytes;
    struct err sink_error;
    bool sink_failed, too_large, head_is_whole;
    char error[CURL_ERROR_SIZE];
};

/* Before the first handle of the process. */
void transfer_library_start(void);
/* The request's body, URL and sink must live until the end; ret is initialised. */
MUST_CHECK enum err_class transfer_begin(struct transfer *t, CURL *curl, const char *user_agent,
                                         const struct http_request *r, struct http_response *ret,
                                         struct err *e);
MUST_CHECK enum err_class transfer_end(struct transfer *t, CURLcode code, struct err *e);

#endif
