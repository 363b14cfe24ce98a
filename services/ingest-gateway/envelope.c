/*
 * envelope.c: who said what, when, about which key; see envelope.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "envelope.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/rand.h"

/* "00-" 32 hexadecimal digits "-" 16 digits "-" 2 digits */
static bool
is_traceparent(struct str s)
{
    if (s.n != TRACEPARENT_LENGTH)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        const bool dash = i == 2 || i == 35 || i == 52;
        const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (dash ? c != '-' : !digit)
            return false;
    }
    return s.p[0] == '0' && s.p[1] == '0';
}

static void
trace_of(struct str given, char ret[TRACEPARENT_LENGTH + 1])
{
    if (is_traceparent(given))
        snprintf(ret, TRACEPARENT_LENGTH + 1, "%.*s", (int)given.n, given.p);
    else
        snprintf(ret, TRACEPARENT_LENGTH + 1, "00-%016" PRIx64 "%016" PRIx64 "-%016" PRIx64 "-01",
                 rand_u64() | 1, rand_u64(), rand_u64() | 1);
}

void
envelope_of(struct envelope *ret, const char *topic, const char *type, const struct message *m,
            struct str trace, struct arena *mem)
{
    time_format(m->time, ret->time);
    trace_of(trace, ret->traceparent);
    const struct str id = arena_printf(mem, "%s/%.*s@%.*s", topic, (int)m->key.n, m->key.p,
                                       (int)m->version.n, m->version.p);
    const struct kafka_header headers[ENVELOPE_HEADERS] = {
        { "ce_specversion", STR("1.0") },
        { "ce_id", id },
        { "ce_type", str_of(type) },
        { "ce_source", m->source },
        { "ce_time", str_of(ret->time) },
        { "content-type", STR("application/json") },
        { "traceparent", str_of(ret->traceparent) },
    };
    memcpy(ret->headers, headers, sizeof headers);
}
