/*
 * bulk.h: bulk operations: one query over everything, its result a file of JSON lines.
 *
 * Run it, keep its id, poll it, read it.  An operation that a killed process left behind is polled
 * by its id, not run again: a shop allows five at a time.  The result streams: it is never held
 * whole.
 *
 * The result lies on storage that is not Shopify's API: only hosts of the configuration are asked,
 * by https, without our token; HOST:PORT in the configuration allows plain http on a loopback
 * address.  A redirect is followed only to another of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_BULK_H
#define SHOPIFY_BULK_H

#include "domain/gid.h"
#include "shopify/bulk_file.h"
#include "shopify/client.h"

enum { BULK_URL_MAX = 4096 };
enum bulk_state {
    BULK_RUNNING,
    BULK_DONE,   /* url tells where; no url: no rows */
    BULK_FAILED, /* run it again; `error` says why it failed */
    BULK_DENIED, /* the token may not read what the query asks for: a person has to act */
};
struct bulk_status {
    enum bulk_state state;
    char url[BULK_URL_MAX];
    bool partial; /* it failed, and url tells where what it had read by then lies */
    char error[64];
    int64_t objects, roots; /* that the result has to have; -1: not said */
};
#define BULK_ACCESS_DENIED "ACCESS_DENIED"
/* The code of a result that is not what the operation says it is. */
#define BULK_SHORT "short"
/* The code of a result that is not at its address: that has expired, or the file is gone. */
#define BULK_EXPIRED "expired"
/* The code of a refusal because as many operations run as the shop allows. */
#define BULK_BUSY "busy"

/* Starts `query` and gives its id. *began: when it was submitted, in Shopify's clock: what the
 * result shows is at least as new. RETRY: as many are running as the shop allows. FATAL: the query
 * is refused. */
MUST_CHECK enum err_class bulk_run(struct shopify *s, const struct text_file *query,
                                   char id[GID_TEXT_SIZE], struct time_us *began, struct err *e);
MUST_CHECK enum err_class bulk_poll(struct shopify *s, const char *id, struct bulk_status *ret,
                                    struct err *e);
/* Brings the result of an operation that is done, or what it left, to disk, and looks it over; its
 * objects come by bulk_file_step(). RETRY: it broke off; poll for a fresh url. With the code
 * BULK_EXPIRED: so does an address that has expired, and if that stays so, run it again; with
 * BULK_SHORT: it has not as many rows or roots as the operation counted: run it again. */
typedef enum err_class bulk_tick_fn(void *ctx, struct err *e); /* called between pieces */
MUST_CHECK enum err_class bulk_fetch(struct shopify *s, const struct bulk_status *status,
                                     struct bulk_file *file, bulk_tick_fn *tick, void *ctx,
                                     struct err *e);
/* Both at once; fn and tick get the same ctx. */
MUST_CHECK enum err_class bulk_read(struct shopify *s, const struct bulk_status *status,
                                    bulk_root_fn *fn, bulk_tick_fn *tick, void *ctx,
                                    struct err *e);
/* REJECT unless the url's host is one of the comma-separated list. */
MUST_CHECK enum err_class bulk_check_url(const char *url, const char *hosts, struct err *e);

#endif
