/*
 * trouble.h: a shop that does not answer as it should.
 *
 * RETRY backs off, with jitter, and says so now and then; anything else is for a person: the shop
 * is paused for pause_ms at a time, loudly (log, `/readyz`, millrace_shop_paused), until a call
 * works again.  Other shops and the process go on.  A failure of our own is no trouble of the
 * shop's and is passed on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PUBLISHING_TROUBLE_H
#define PUBLISHING_TROUBLE_H

#include "metrics/metrics.h"
#include "service/service.h"
#include "shopify/client.h"

enum { TROUBLE_COMPONENT_MAX = 96 };

struct trouble {
    struct service *svc;
    const char *shop;
    int64_t pause_ms;
    int64_t not_before_ms; /* monotonic: no call before */
    int failures;          /* in a row */
    bool paused;
    char component[TROUBLE_COMPONENT_MAX], labels[METRIC_LABELS_MAX]; /* shop="acme" */
};

/* The shop's configuration must live as long. */
void trouble_open(struct trouble *t, struct service *svc, const struct shop_conf *shop);
/* True when a call of this class and cost may go now; else none goes before the bucket allows. */
bool trouble_may_call(struct trouble *t, const struct shopify *api, enum pace_class c,
                      int64_t cost);
/* What an error of a call means. ours: it is no error of the shop; passed on, REJECT as FATAL. */
MUST_CHECK enum err_class trouble_settle(struct trouble *t, enum err_class class, int64_t wait_ms,
                                         bool ours, const struct err *e);
/* A call worked. */
void trouble_over(struct trouble *t);

#endif
