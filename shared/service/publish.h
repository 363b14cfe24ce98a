/*
 * publish.h: send envelopes (CloudEvents 1.0, Kafka binary mode) and know when all of them are
 * safe.
 *
 * publish_add() queues one event; publish_wait() returns when every event queued so far is
 * acknowledged, and says per topic partition one past the highest acknowledged offset, which is
 * what cursors and watermarks need.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVICE_PUBLISH_H
#define SERVICE_PUBLISH_H

#include "kafka/producer.h"
#include "service/service.h"

struct event {
    const char *topic;   /* without prefix */
    struct str key;      /* "acme/5123456789" */
    struct str value;    /* canonical JSON; p NULL: tombstone */
    const char *type;    /* "millrace.order.v1" */
    struct str source;   /* "shopify/acme" */
    struct str version;  /* id becomes topic/key@version */
    struct time_us time; /* ce_time */
    struct str traceparent; /* p NULL: a new one is made */
};
struct publish_mark { char topic[64]; int32_t partition; int64_t next_offset; };
enum { PUBLISH_MARKS_MAX = 256 };
/* Where an event lies in Kafka; offset -1: not acknowledged, or not remembered. */
struct publish_place { int32_t partition; int64_t offset; };

struct publisher;
MUST_CHECK enum err_class publisher_open(struct publisher **ret, struct service *s, struct err *e);
/* What is not with Kafka delivery_ms after publish_add() is given up and never sent: for whoever
 * may publish only until a deadline. Stands above kafka.delivery.timeout.ms. */
MUST_CHECK enum err_class publisher_open_within(struct publisher **ret, struct service *s,
                                                int64_t delivery_ms, struct err *e);
void publisher_free(struct publisher *p);
MUST_CHECK enum err_class publish_add(struct publisher *p, const struct event *ev, struct err *e);
/*
 * RETRY when not all were acknowledged within timeout_ms, or one failed: add the same events again
 * (ids are deterministic, so a double is harmless).
 */
MUST_CHECK enum err_class publish_wait(struct publisher *p, int64_t timeout_ms, struct err *e);
size_t publish_marks(const struct publisher *p, struct publish_mark *ret, size_t max);
void publish_marks_clear(struct publisher *p); /* forgets places, too, and counts anew */
/*
 * For whoever must say where each event went: remembers it of the first max events between two
 * clears.  publish_place() knows them by the order in which they were added: 0, 1, ..
 */
MUST_CHECK enum err_class publish_remember(struct publisher *p, size_t max, struct err *e);
struct publish_place publish_place(const struct publisher *p, size_t i);
DEFINE_CLEANUP(publisher_free, struct publisher *);

#endif
