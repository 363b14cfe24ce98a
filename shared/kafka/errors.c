/*
 * errors.c: the one table that turns librdkafka's errors into what the caller must do.
 *
 * What is not listed is FATAL: a right, a setting or a topic is wrong, or the client was fenced,
 * and trying again would change nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kafka/internal.h"

static const struct {
    rd_kafka_resp_err_t code;
    enum err_class class;
} table[] = {
    /* this client: brokers cannot be reached, time is over, or the group is in motion */
    { RD_KAFKA_RESP_ERR__TRANSPORT, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__RESOLVE, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__TIMED_OUT, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__QUEUE_FULL, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__PURGE_QUEUE, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__WAIT_COORD, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__WAIT_CACHE, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__IN_PROGRESS, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__RETRY, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__OUTDATED, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__STATE, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__NOENT, ERR_RETRY },
    /* not let in: a broker that restarts, or one whose certificate is being replaced, says the same
     * as one that will never know us */
    { RD_KAFKA_RESP_ERR__SSL, ERR_RETRY },
    { RD_KAFKA_RESP_ERR__AUTHENTICATION, ERR_RETRY },
    /* the cluster: a leader or coordinator moves, replicas are missing */
    { RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_NOT_COORDINATOR, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_NOT_CONTROLLER, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, ERR_RETRY },
    { RD_KAFKA_RESP_ERR_PRODUCER_FENCED, ERR_FATAL },
    /* this record */
    { RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, ERR_REJECT },
    { RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, ERR_REJECT },
    { RD_KAFKA_RESP_ERR_INVALID_RECORD, ERR_REJECT },
    { RD_KAFKA_RESP_ERR_INVALID_MSG, ERR_REJECT },
};

enum err_class
kafka_error_class(rd_kafka_resp_err_t code)
{
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return ERR_NONE;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].code == code)
            return table[i].class;
    return ERR_FATAL;
}

/* The commonest cause of a FATAL is a missing topic; the text says the way out. */
static const char *
advice(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC: return "; create it with `millrace topics apply`";
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        return "; grant the right to this service's user";
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        return "; another process runs with the same group.instance: give each its own";
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        return "; if it does not stop, check the certificates and credentials under [kafka]";
    default: return "";
    }
}

enum err_class
kafka_error(rd_kafka_resp_err_t code, const char *what, const char *detail, struct err *e)
{
    if (detail == NULL || *detail == '\0')
        detail = rd_kafka_err2str(code);
    return err_set(e, kafka_error_class(code), rd_kafka_err2name(code), "kafka: %s: %s%s", what,
                   detail, advice(code));
}
