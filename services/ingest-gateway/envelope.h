/*
 * envelope.h: the Kafka headers of one message: CloudEvents 1.0 in binary mode.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INGEST_GATEWAY_ENVELOPE_H
#define INGEST_GATEWAY_ENVELOPE_H

#include "base/clock.h"
#include "intake.h"
#include "kafka/kafka.h"

enum { ENVELOPE_HEADERS = 7, TRACEPARENT_LENGTH = 55 };

struct envelope {
    struct kafka_header headers[ENVELOPE_HEADERS];
    char time[TIME_TEXT_SIZE];
    char traceparent[TRACEPARENT_LENGTH + 1];
};

/* trace: the request's traceparent; a new one is made unless it is well formed. Borrows from m and
 * mem. */
void envelope_of(struct envelope *ret, const char *topic, const char *type, const struct message *m,
                 struct str trace, struct arena *mem);

#endif
