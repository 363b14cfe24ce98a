/*
 * consumer.c: see consumer.h.
 *
 * Everything happens in the owner's thread, inside kafka_poll_batch(): the client's callbacks are
 * served there.  An assignment starts in three steps: the group's callback leaves a list in
 * `pending`, the owner is asked where each partition begins, the list is assigned with those
 * offsets.  While the owner cannot tell (his database is away) the list stays pending and no record
 * flows.
 *
 * A revocation takes back all partitions (eager protocol), so whatever the batch under collection
 * holds is dropped: its offsets were never moved.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kafka/consumer.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "kafka/batch.h"
#include "kafka/internal.h"

enum {
    PARTITIONS_MAX = 1024,
    SUBSCRIPTION_MAX = 32,
    SEEK_MS = 5000,
    TOPIC_GRACE_MS = 15000, /* a topic just created is not known everywhere at once */
    PROBE_MS = 500,
};

struct kafka_consumer {
    rd_kafka_t *rk;
    struct kafka_consumer_settings s; /* its strings are the caller's: not used after opening */
    char *topics[SUBSCRIPTION_MAX];
    size_t n_topics;
    struct kafka_batch batch;
    rd_kafka_topic_partition_list_t *pending;
    bool assigned, is_static;
    bool down;                /* no broker could be reached */
    int64_t missing_since_ms; /* a subscribed topic is not there; 0: all are */
    struct err failure; /* found while collecting; told once the records before it are taken */
};

static void
drop_pending(struct kafka_consumer *c)
{
    if (c->pending != NULL)
        rd_kafka_topic_partition_list_destroy(c->pending);
    c->pending = NULL;
}

static size_t
list_view(const rd_kafka_topic_partition_list_t *list, struct kafka_partition v[PARTITIONS_MAX])
{
    size_t n = 0;
    for (int i = 0; i < list->cnt && n < PARTITIONS_MAX; i++, n++)
        v[n] = (struct kafka_partition){ .topic = list->elems[i].topic,
                                         .partition = list->elems[i].partition,
                                         .offset = list->elems[i].offset };
    return n;
}

static enum err_class
assign(struct kafka_consumer *c, const rd_kafka_topic_partition_list_t *list, struct err *e)
{
    const rd_kafka_resp_err_t code = rd_kafka_assign(c->rk, list);
    return code != RD_KAFKA_RESP_ERR_NO_ERROR ? kafka_error(code, "assign", NULL, e) : ERR_NONE;
}

static enum err_class
start_pending(struct kafka_consumer *c, struct err *e)
{
    struct kafka_partition v[PARTITIONS_MAX];
    if (c->pending->cnt > PARTITIONS_MAX)
        return err_set(e, ERR_FATAL, "LIMIT",
                       "kafka: %d partitions assigned to one member, at most %d", c->pending->cnt,
                       PARTITIONS_MAX);
    const size_t n = list_view(c->pending, v);
    if (n > 0)
        TRY(c->s.assign(c->s.ctx, v, n, e));
    for (size_t i = 0; i < n; i++)
        c->pending->elems[i].offset = v[i].offset;
    TRY(assign(c, c->pending, e));
    drop_pending(c);
    c->assigned = true;
    return ERR_NONE;
}

static void
revoke(struct kafka_consumer *c, const rd_kafka_topic_partition_list_t *list)
{
    struct kafka_partition v[PARTITIONS_MAX];
    struct err ignored;
    if (c->assigned && c->s.revoke != NULL)
        c->s.revoke(c->s.ctx, v, list_view(list, v));
    kafka_batch_clear(&c->batch);
    drop_pending(c);
    c->assigned = false;
    (void)assign(c, NULL, &ignored);
}

static void
on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
             void *opaque)
{
    struct kafka_consumer *c = opaque;
    rd_kafka_yield(rk); /* do not sleep out the poll before the new assignment starts */
    if (code != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        revoke(c, list);
        return;
    }
    drop_pending(c);
    c->pending = rd_kafka_topic_partition_list_copy(list);
}

/* Other brokers may still serve us, so this is no failure of ours; but a person must hear of it. */
static void
say_not_let_in(rd_kafka_resp_err_t code, const char *reason)
{
    struct err e = { 0 };
    (void)kafka_error(code, "a broker does not let us in", reason, &e);
    LOG_WARN(MSG("kafka refuses us"), KV("code", (const char *)e.code),
             KV("error", (const char *)e.text));
}

static void
on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct kafka_consumer *c = opaque;
    char text[KAFKA_TEXT_SIZE] = "";
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        (void)kafka_error(rd_kafka_fatal_error(rk, text, sizeof text), "group", text, &c->failure);
    else if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        c->down = true;
    else if (kafka_error_class((rd_kafka_resp_err_t)code) == ERR_FATAL)
        (void)kafka_error((rd_kafka_resp_err_t)code, "consumer", reason, &c->failure);
    else if (code == RD_KAFKA_RESP_ERR__SSL || code == RD_KAFKA_RESP_ERR__AUTHENTICATION)
        say_not_let_in((rd_kafka_resp_err_t)code, reason);
}

/* The offset we were told to read is not there: records are lost, which nobody skips silently. */
static enum err_class
out_of_range(struct kafka_consumer *c, const rd_kafka_message_t *m, struct err *e)
{
    const char *topic = rd_kafka_topic_name(m->rkt);
    int64_t low = -1, high = -1;
    TRY(kafka_watermarks(c, topic, m->partition, &low, &high, e));
    return err_set(e, ERR_FATAL, "OFFSET_GAP",
                   "kafka: %s/%" PRId32 ": offset %" PRId64
                   " does not exist, the broker holds %" PRId64 " to %" PRId64
                   "; restore the records or reset the group on purpose",
                   topic, m->partition, m->offset, low, high);
}

/* Said once per topic; whether it stays true is looked up after a while (check_topics). */
static enum err_class
topic_missing(struct kafka_consumer *c, const rd_kafka_message_t *m, struct err *e)
{
    if (c->missing_since_ms == 0)
        c->missing_since_ms = clock_monotonic_ms();
    (void)kafka_error(m->err, rd_kafka_topic_name(m->rkt), NULL, e);
    e->class = ERR_RETRY;
    return ERR_RETRY;
}

/* A message that carries an error instead of a record. */
static enum err_class
message_error(struct kafka_consumer *c, const rd_kafka_message_t *m, struct err *e)
{
    char text[KAFKA_TEXT_SIZE] = "";
    switch (m->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: return ERR_NONE;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return out_of_range(c, m, e);
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC: return topic_missing(c, m, e);
    case RD_KAFKA_RESP_ERR__FATAL:
        return kafka_error(rd_kafka_fatal_error(c->rk, text, sizeof text), "group", text, e);
    default: return kafka_error(m->err, "consumer", rd_kafka_message_errstr(m), e);
    }
}

static enum err_class
copy_topics(struct kafka_consumer *c, const char *const *topics, struct err *e)
{
    for (; topics[c->n_topics] != NULL; c->n_topics++) {
        if (c->n_topics == SUBSCRIPTION_MAX)
            return err_set(e, ERR_FATAL, "LIMIT", "kafka: more than %d topics", SUBSCRIPTION_MAX);
        c->topics[c->n_topics] = strdup(topics[c->n_topics]);
        if (c->topics[c->n_topics] == NULL)
            return err_set(e, ERR_FATAL, "ENOMEM", "kafka: no memory for a topic's name");
    }
    return ERR_NONE;
}

static enum err_class
subscribe(struct kafka_consumer *c, struct err *e)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);
    for (size_t i = 0; i < c->n_topics; i++)
        rd_kafka_topic_partition_list_add(list, c->topics[i], RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t code = rd_kafka_subscribe(c->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    return code != RD_KAFKA_RESP_ERR_NO_ERROR ? kafka_error(code, "subscribe", NULL, e) : ERR_NONE;
}

static enum err_class
configure(rd_kafka_conf_t **ret, const struct kafka_consumer_settings *s, struct err *e)
{
    const struct property v[] = {
        { PROPERTY_FIXED, "group.id", s->group },
        { PROPERTY_FIXED, "group.instance.id", s->instance },
        { PROPERTY_FIXED, "enable.auto.commit", "false" },
        { PROPERTY_FIXED, "enable.auto.offset.store", "false" },
        { PROPERTY_FIXED, "auto.offset.reset", "error" },
        { PROPERTY_FIXED, "partition.assignment.strategy", "range" },
        { PROPERTY_FIXED, "allow.auto.create.topics", "false" },
        { PROPERTY_DEFAULT, "session.timeout.ms", "10000" },
        { PROPERTY_DEFAULT, "heartbeat.interval.ms", "1000" },
        { PROPERTY_DEFAULT, "fetch.min.bytes", "1" },
        { PROPERTY_DEFAULT, "fetch.wait.max.ms", "500" },
        { PROPERTY_DEFAULT, "fetch.error.backoff.ms", "50" },
        { PROPERTY_DEFAULT, "fetch.max.bytes", "4194304" },
        /* compressed: what is unpacked of each partition is several times that */
        { PROPERTY_DEFAULT, "max.partition.fetch.bytes", "262144" },
        { PROPERTY_DEFAULT, "message.max.bytes", "4194304" },
        { PROPERTY_DEFAULT, "queued.max.messages.kbytes", "16384" },
        { PROPERTY_IF_KNOWN, "fetch.queue.backoff.ms", "50" },
    };
    return kafka_conf(ret, &s->kafka, v, sizeof v / sizeof v[0], e);
}

enum err_class
kafka_consumer_open(struct kafka_consumer **ret, const struct kafka_consumer_settings *s,
                    struct err *e)
{
    rd_kafka_conf_t *conf;
    TRY(configure(&conf, s, e));
    CLEANUP(kafka_consumer_free) struct kafka_consumer *c = calloc(1, sizeof *c);
    if (c == NULL) {
        rd_kafka_conf_destroy(conf);
        return err_set(e, ERR_FATAL, "ENOMEM", "kafka: no memory for a consumer");
    }
    c->s = *s;
    c->is_static = s->instance != NULL;
    rd_kafka_conf_set_opaque(conf, c);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_error_cb(conf, on_error);
    TRY(kafka_client(&c->rk, RD_KAFKA_CONSUMER, conf, e));
    TRY(copy_topics(c, s->topics, e));
    TRY(kafka_batch_init(&c->batch, s->max_records, s->max_bytes, e));
    const rd_kafka_resp_err_t code = rd_kafka_poll_set_consumer(c->rk);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(code, "consumer", NULL, e);
    TRY(subscribe(c, e));
    *ret = TAKE(c);
    return ERR_NONE;
}

/* A static member stays in the group (its slot is coming back), so there is nothing to wait for. */
void
kafka_consumer_free(struct kafka_consumer *c)
{
    if (c == NULL)
        return;
    kafka_batch_fini(&c->batch);
    drop_pending(c);
    if (c->rk != NULL && !c->is_static)
        rd_kafka_consumer_close(c->rk);
    if (c->rk != NULL)
        rd_kafka_destroy_flags(c->rk, c->is_static ? RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE : 0);
    for (size_t i = 0; i < c->n_topics; i++)
        free(c->topics[i]);
    free(c);
}

static enum err_class
take_failure(struct kafka_consumer *c, struct err *e)
{
    if (c->failure.class == ERR_NONE)
        return ERR_NONE;
    *e = c->failure;
    if (c->failure.class != ERR_FATAL)
        c->failure = (struct err){ 0 };
    return e->class;
}

/* After "all brokers down" there is no "up again": ask. */
static enum err_class
probe(struct kafka_consumer *c, struct err *e)
{
    const struct rd_kafka_metadata *metadata = NULL;
    if (!c->down)
        return ERR_NONE;
    const rd_kafka_resp_err_t code = rd_kafka_metadata(c->rk, 0, NULL, &metadata, PROBE_MS);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(code, "no broker can be reached", NULL, e);
    rd_kafka_metadata_destroy(metadata);
    c->down = false;
    return ERR_NONE;
}

static bool
has_topic(const struct rd_kafka_metadata *m, const char *name)
{
    for (int i = 0; i < m->topic_cnt; i++)
        if (strcmp(m->topics[i].topic, name) == 0)
            return true;
    return false;
}

static enum err_class
check_topics(struct kafka_consumer *c, struct err *e)
{
    const struct rd_kafka_metadata *m = NULL;
    enum err_class class = ERR_NONE;
    if (c->missing_since_ms == 0 || clock_monotonic_ms() - c->missing_since_ms < TOPIC_GRACE_MS)
        return ERR_NONE;
    const rd_kafka_resp_err_t code = rd_kafka_metadata(c->rk, 1, NULL, &m, KAFKA_ASK_MS);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(code, "topics", NULL, e);
    for (size_t i = 0; i < c->n_topics && class == ERR_NONE; i++)
        if (!has_topic(m, c->topics[i]))
            class = kafka_error(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, c->topics[i], NULL, e);
    rd_kafka_metadata_destroy(m);
    c->missing_since_ms = 0;
    return class;
}

/* Takes one record into the batch. False: none came within timeout_ms, or c->failure says why. */
static bool
collect_one(struct kafka_consumer *c, int64_t timeout_ms)
{
    rd_kafka_message_t *m = rd_kafka_consumer_poll(c->rk, timeout_ms > 0 ? (int)timeout_ms : 0);
    if (m == NULL)
        return false;
    if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        kafka_batch_add(&c->batch, m);
        return true;
    }
    struct err e = { 0 };
    const bool failed = message_error(c, m, &e) != ERR_NONE;
    if (failed && c->failure.class == ERR_NONE)
        c->failure = e;
    rd_kafka_message_destroy(m);
    return !failed;
}

static void
collect(struct kafka_consumer *c)
{
    if (!collect_one(c, c->pending != NULL ? 0 : c->s.wait_ms))
        return;
    const int64_t until = clock_monotonic_ms() + c->s.linger_ms;
    while (!kafka_batch_full(&c->batch) && c->failure.class == ERR_NONE)
        if (!collect_one(c, until - clock_monotonic_ms()))
            return;
}

enum err_class
kafka_poll_batch(struct kafka_consumer *c, const struct kafka_record **ret, size_t *n,
                 struct err *e)
{
    kafka_batch_clear(&c->batch);
    *n = 0;
    TRY(take_failure(c, e));
    TRY(probe(c, e));
    TRY(check_topics(c, e));
    collect(c);
    if (c->batch.n == 0) {
        TRY(take_failure(c, e));
        if (c->pending != NULL)
            TRY(start_pending(c, e));
    }
    kafka_batch_finish(&c->batch);
    *ret = c->batch.records;
    *n = c->batch.n;
    return ERR_NONE;
}

void
kafka_consumer_wait(struct kafka_consumer *c, int64_t wait_ms)
{
    c->s.wait_ms = wait_ms;
}

enum err_class
kafka_rewind(struct kafka_consumer *c, const struct kafka_partition *at, size_t n, struct err *e)
{
    kafka_batch_clear(&c->batch);
    for (size_t i = 0; i < n; i++) {
        rd_kafka_topic_t *rkt = rd_kafka_topic_new(c->rk, at[i].topic, NULL);
        if (rkt == NULL)
            return kafka_error(rd_kafka_last_error(), at[i].topic, NULL, e);
        const rd_kafka_resp_err_t code = rd_kafka_seek(rkt, at[i].partition, at[i].offset, SEEK_MS);
        rd_kafka_topic_destroy(rkt);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            return kafka_error(code, "rewind", NULL, e);
    }
    return ERR_NONE;
}

void
kafka_commit(struct kafka_consumer *c, const struct kafka_partition *next, size_t n)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++)
        rd_kafka_topic_partition_list_add(list, next[i].topic, next[i].partition)->offset =
            next[i].offset;
    (void)rd_kafka_commit(c->rk, list, 1); /* advisory: a lost one is made good by the next */
    rd_kafka_topic_partition_list_destroy(list);
}

enum err_class
kafka_watermarks(struct kafka_consumer *c, const char *topic, int32_t partition, int64_t *low,
                 int64_t *high, struct err *e)
{
    int64_t lo, hi;
    const rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(c->rk, topic, partition, &lo, &hi, KAFKA_ASK_MS);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(code, topic, NULL, e);
    *low = lo;
    *high = hi;
    return ERR_NONE;
}

int64_t
kafka_high_seen(struct kafka_consumer *c, const char *topic, int32_t partition)
{
    int64_t low = -1, high = -1;
    if (rd_kafka_get_watermark_offsets(c->rk, topic, partition, &low, &high) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return -1;
    return high;
}

bool
kafka_is_assigned(const struct kafka_consumer *c)
{
    return c->assigned;
}
