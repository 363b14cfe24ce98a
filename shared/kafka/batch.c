/*
 * batch.c: see batch.h.  Records borrow from the messages; headers lie in one array that grows, so
 * the records learn where theirs begin only when the batch is complete.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kafka/batch.h"

#include <assert.h>

enum { BATCH_RECORDS = 1000, BATCH_BYTES = 4 << 20, HEADERS_FIRST = 256 };

enum err_class
kafka_batch_init(struct kafka_batch *b, size_t max_records, size_t max_bytes, struct err *e)
{
    *b = (struct kafka_batch){ .max_records = max_records > 0 ? max_records : BATCH_RECORDS,
                               .max_bytes = max_bytes > 0 ? max_bytes : BATCH_BYTES };
    b->held = calloc(b->max_records, sizeof(rd_kafka_message_t *));
    b->records = calloc(b->max_records, sizeof *b->records);
    if (b->held == NULL || b->records == NULL)
        return err_set(e, ERR_FATAL, "ENOMEM", "kafka: no memory for batches of %zu records",
                       b->max_records);
    return ERR_NONE;
}

void
kafka_batch_clear(struct kafka_batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        rd_kafka_message_destroy(b->held[i]);
    b->n = b->bytes = b->n_headers = 0;
}

void
kafka_batch_fini(struct kafka_batch *b)
{
    kafka_batch_clear(b);
    free((void *)b->held);
    free(b->records);
    free(b->headers);
    *b = (struct kafka_batch){ 0 };
}

bool
kafka_batch_full(const struct kafka_batch *b)
{
    return b->n == b->max_records || b->bytes >= b->max_bytes;
}

static struct str
bytes(const void *p, size_t n)
{
    /* an empty key or value is not null, so it needs an address */
    return p == NULL ? (struct str){ NULL, 0 } : (struct str){ p, n };
}

static struct kafka_header *
next_header(struct kafka_batch *b)
{
    if (b->n_headers == b->cap_headers) {
        b->cap_headers = b->cap_headers > 0 ? 2 * b->cap_headers : HEADERS_FIRST;
        b->headers = realloc(b->headers, b->cap_headers * sizeof *b->headers);
        if (b->headers == NULL)
            abort(); /* out of memory for a few pointers: a restart helps more than an error */
    }
    return &b->headers[b->n_headers++];
}

static size_t
add_headers(struct kafka_batch *b, rd_kafka_message_t *m)
{
    rd_kafka_headers_t *v = NULL;
    const char *name;
    const void *value;
    size_t n = 0, size;
    if (rd_kafka_message_headers(m, &v) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    for (; rd_kafka_header_get_all(v, n, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; n++)
        *next_header(b) = (struct kafka_header){ .name = name, .value = bytes(value, size) };
    return n;
}

static struct time_us
timestamp_of(const rd_kafka_message_t *m)
{
    rd_kafka_timestamp_type_t type;
    const int64_t ms = rd_kafka_message_timestamp(m, &type);
    return (struct time_us){ ms > 0 ? ms * 1000 : 0 };
}

void
kafka_batch_add(struct kafka_batch *b, rd_kafka_message_t *m)
{
    assert(!kafka_batch_full(b));
    b->records[b->n] = (struct kafka_record){
        .topic = rd_kafka_topic_name(m->rkt),
        .partition = m->partition,
        .offset = m->offset,
        .key = bytes(m->key, m->key_len),
        .value = bytes(m->payload, m->len),
        .timestamp = timestamp_of(m),
        .n_headers = add_headers(b, m),
    };
    b->held[b->n++] = m;
    b->bytes += m->key_len + m->len;
}

void
kafka_batch_finish(struct kafka_batch *b)
{
    size_t at = 0;
    for (size_t i = 0; i < b->n; i++) {
        b->records[i].headers = b->headers + at;
        at += b->records[i].n_headers;
    }
}

struct str
kafka_record_header(const struct kafka_record *r, const char *name)
{
    for (size_t i = r->n_headers; i > 0; i--)
        if (strcmp(r->headers[i - 1].name, name) == 0)
            return r->headers[i - 1].value;
    return (struct str){ NULL, 0 };
}
