/*
 * producer.c: see producer.h.
 *
 * Delivery reports are served only from calls of the owner, in his thread.  An eventfd tells when
 * some wait, so that a loop can sleep on it.  Topics are kept as handles: producing to a name that
 * the client has not met yet can wait a second for its first look at the topic.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kafka/producer.h"

#include <assert.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kafka/internal.h"

enum { PRODUCER_TOPICS_MAX = 64, PRODUCER_POLL_MAX_MS = 60000 };

struct kafka_producer {
    rd_kafka_t *rk;
    kafka_delivery_fn *fn;
    void *ctx;
    size_t in_flight;
    int wake_fd;
    rd_kafka_topic_t *topics[PRODUCER_TOPICS_MAX];
    size_t n_topics;
};

static enum err_class
fatal(const struct kafka_producer *p, const char *what, struct err *e)
{
    char text[KAFKA_TEXT_SIZE] = "";
    const rd_kafka_resp_err_t code = rd_kafka_fatal_error(p->rk, text, sizeof text);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return ERR_NONE;
    return err_set(e, ERR_FATAL, rd_kafka_err2name(code),
                   "kafka: %s: the producer cannot go on: %s; a restart begins a new one", what,
                   text);
}

static void
delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    struct kafka_producer *p = opaque;
    struct kafka_delivery d = { .opaque = m->_private,
                                .partition = m->partition,
                                .offset = m->offset };
    (void)rk;
    assert(p->in_flight > 0);
    p->in_flight--;
    if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR && fatal(p, "delivery", &d.result) == ERR_NONE)
        (void)kafka_error(m->err, rd_kafka_topic_name(m->rkt), NULL, &d.result);
    p->fn(p->ctx, &d);
}

static const struct property properties[] = {
    { PROPERTY_FIXED, "acks", "all" },
    { PROPERTY_FIXED, "enable.idempotence", "true" },
    { PROPERTY_FIXED, "partitioner", "murmur2_random" },
    { PROPERTY_FIXED, "allow.auto.create.topics", "false" },
    { PROPERTY_DEFAULT, "compression.codec", "lz4" },
    { PROPERTY_DEFAULT, "linger.ms", "2" },
    { PROPERTY_DEFAULT, "delivery.timeout.ms", "30000" },
    { PROPERTY_DEFAULT, "message.max.bytes", "4194304" },
    { PROPERTY_DEFAULT, "queue.buffering.max.messages", "50000" },
    { PROPERTY_DEFAULT, "queue.buffering.max.kbytes", "16384" },
};

/* Without the descriptor an owner polls instead, so a failure here is no error. */
static void
arm_wake_fd(struct kafka_producer *p)
{
    static const uint64_t one = 1;
    p->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (p->wake_fd < 0)
        return;
    rd_kafka_queue_t *q = rd_kafka_queue_get_main(p->rk);
    rd_kafka_queue_io_event_enable(q, p->wake_fd, &one, sizeof one);
    rd_kafka_queue_destroy(q);
}

enum err_class
kafka_producer_open(struct kafka_producer **ret, const struct kafka_settings *settings,
                    kafka_delivery_fn *fn, void *ctx, struct err *e)
{
    rd_kafka_conf_t *conf;
    TRY(kafka_conf(&conf, settings, properties, sizeof properties / sizeof properties[0], e));
    CLEANUP(kafka_producer_free) struct kafka_producer *p = calloc(1, sizeof *p);
    if (p == NULL) {
        rd_kafka_conf_destroy(conf);
        return err_set(e, ERR_FATAL, "ENOMEM", "kafka: no memory for a producer");
    }
    p->fn = fn;
    p->ctx = ctx;
    p->wake_fd = -1;
    rd_kafka_conf_set_opaque(conf, p);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    TRY(kafka_client(&p->rk, RD_KAFKA_PRODUCER, conf, e));
    arm_wake_fd(p);
    *ret = TAKE(p);
    return ERR_NONE;
}

void
kafka_producer_free(struct kafka_producer *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->n_topics; i++)
        rd_kafka_topic_destroy(p->topics[i]);
    if (p->rk != NULL)
        rd_kafka_destroy(p->rk);
    if (p->wake_fd >= 0)
        close(p->wake_fd);
    free(p);
}

static enum err_class
topic_handle(struct kafka_producer *p, const char *topic, rd_kafka_topic_t **ret, struct err *e)
{
    for (size_t i = 0; i < p->n_topics; i++)
        if (strcmp(rd_kafka_topic_name(p->topics[i]), topic) == 0) {
            *ret = p->topics[i];
            return ERR_NONE;
        }
    if (p->n_topics == PRODUCER_TOPICS_MAX)
        return err_set(e, ERR_FATAL, "LIMIT", "kafka: one producer writes to more than %d topics",
                       PRODUCER_TOPICS_MAX);
    rd_kafka_topic_t *made = rd_kafka_topic_new(p->rk, topic, NULL);
    if (made == NULL)
        return kafka_error(rd_kafka_last_error(), topic, NULL, e);
    p->topics[p->n_topics++] = *ret = made;
    return ERR_NONE;
}

static enum err_class
copy_headers(const struct kafka_header *v, size_t n, rd_kafka_headers_t **ret, struct err *e)
{
    if (n > KAFKA_HEADERS_MAX)
        return err_set(e, ERR_REJECT, "HEADERS", "kafka: %zu headers, at most %d are allowed", n,
                       KAFKA_HEADERS_MAX);
    *ret = rd_kafka_headers_new(n);
    for (size_t i = 0; i < n; i++)
        (void)rd_kafka_header_add(*ret, v[i].name, -1, v[i].value.p, (ssize_t)v[i].value.n);
    return ERR_NONE;
}

/* librdkafka copies what it is given but has no const in its vector of arguments. */
static void *
unconst(const void *p)
{
    union {
        const void *in;
        void *out;
    } u = { .in = p };
    return u.out;
}

enum err_class
kafka_send(struct kafka_producer *p, const char *topic, struct str key, struct str value,
           const struct kafka_header *headers, size_t n_headers, void *opaque, struct err *e)
{
    rd_kafka_topic_t *rkt;
    rd_kafka_headers_t *copied;
    TRY(fatal(p, topic, e));
    TRY(topic_handle(p, topic, &rkt, e));
    TRY(copy_headers(headers, n_headers, &copied, e));
    const rd_kafka_vu_t v[] = {
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = rkt },
        { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = RD_KAFKA_PARTITION_UA },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { unconst(key.p), key.n } },
        { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { unconst(value.p), value.n } },
        { .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = copied },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = opaque },
    };
    rd_kafka_error_t *error = rd_kafka_produceva(p->rk, v, sizeof v / sizeof v[0]);
    if (error == NULL) {
        p->in_flight++;
        return ERR_NONE;
    }
    const enum err_class class =
        kafka_error(rd_kafka_error_code(error), topic, rd_kafka_error_string(error), e);
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(copied); /* given away only on success */
    return class;
}

/* Reset before serving: what arrives in between wakes the owner once more, at worst for nothing. */
void
kafka_producer_poll(struct kafka_producer *p, int64_t timeout_ms)
{
    uint64_t count;
    if (p->wake_fd >= 0)
        (void)!read(p->wake_fd, &count, sizeof count);
    if (timeout_ms > PRODUCER_POLL_MAX_MS)
        timeout_ms = PRODUCER_POLL_MAX_MS;
    (void)rd_kafka_poll(p->rk, (int)timeout_ms);
}

enum err_class
kafka_flush(struct kafka_producer *p, int64_t timeout_ms, struct err *e)
{
    (void)rd_kafka_flush(p->rk, (int)(timeout_ms > INT32_MAX ? INT32_MAX : timeout_ms));
    if (p->in_flight == 0)
        return ERR_NONE;
    return err_set(e, ERR_RETRY, "TIMED_OUT", "kafka: %zu records are not acknowledged after %d ms",
                   p->in_flight, (int)timeout_ms);
}

size_t
kafka_in_flight(const struct kafka_producer *p)
{
    return p->in_flight;
}

int
kafka_producer_fd(struct kafka_producer *p)
{
    return p->wake_fd;
}
