/*
 * errors.h: what a failed answer of Shopify means for the caller: the one table that turns HTTP
 * statuses and GraphQL codes into classes, waits and advice.
 *
 *   RETRY    the same call may work later; wait_ms says when at the earliest
 *   REJECT   this call is bad: change it (a smaller page, another id), or give it up
 *   FATAL    this shop cannot be worked with until a person acts: pause it, say so, try again later
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_ERRORS_H
#define SHOPIFY_ERRORS_H

#include "base/err.h"
#include "base/types.h"

enum { SHOP_PAUSE_MS = 30000 }; /* between two tries of a shop that answered FATAL */

/* An answer outside 2xx. retry_after_s: from the header, -1 if none. e->code is the status. */
MUST_CHECK enum err_class shopify_http_error(int status, int64_t retry_after_s, struct str body,
                                             int64_t *wait_ms, struct err *e);
/* An entry of `errors`: its extensions.code (may be null) and message. e->code is the code. */
MUST_CHECK enum err_class shopify_graphql_error(struct str code, struct str message,
                                                int64_t *wait_ms, struct err *e);
/* A 2xx answer that is not JSON: cut off, or a page for people. */
MUST_CHECK enum err_class shopify_body_error(const char *content_type, struct str body,
                                             const char *why, int64_t *wait_ms, struct err *e);
/* True for an error that a smaller page cures. */
bool shopify_is_too_costly(const struct err *e);

#endif
