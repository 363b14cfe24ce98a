/*
 * facts.h: the facts of one batch as columns, ready for one statement.  Pure.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_STATE_FACTS_H
#define ORDER_STATE_FACTS_H

#include "base/arena.h"
#include "kafka/consumer.h"

/* Fact k is record record[k] of its batch; every column has n elements and room for max. */
struct facts {
    size_t n, max;
    size_t *record;
    struct str *kinds;  /* as order_record.kind in schemas/postgres/081 and 121 */
    struct str *shops, *hashes, *sources, *bodies;
    int64_t *orders;
    struct time_us *updated, *observed;
};

/* Room for max facts, in mem. */
struct facts facts_new(struct arena *mem, size_t max);
/*
 * Decodes and checks a record of the topic (without prefix) and appends what it says.  REJECT: it
 * is bad; a snapshot of an order whose key can be read then leaves a 'block' behind, because what
 * is stored of that order may be the past.
 */
MUST_CHECK enum err_class facts_add(struct facts *to, size_t record, const char *topic,
                                    const struct kafka_record *r, struct arena *mem, struct err *e);

/* Appends that the topic says the order is no more, as a tombstone does; false: its key is bad. */
bool facts_add_gone(struct facts *to, size_t record, const char *topic,
                    const struct kafka_record *r, struct arena *mem);
/* Shop and order of a record's key; false: it names none. `shop` borrows from the record. */
bool facts_key(const struct kafka_record *r, struct str *shop, struct order_id *order);
/* The text as the database takes it, whatever a record smuggled into it. */
struct str facts_printable(struct str text, struct arena *mem);
/* Snapshots that carry the whole order. */
bool facts_is_order_topic(const char *topic);

#endif
