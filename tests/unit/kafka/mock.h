/*
 * mock.h: a Kafka cluster inside the test, and settings that point at it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_KAFKA_MOCK_H
#define TEST_KAFKA_MOCK_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/log.h"
#include "kafka/kafka.h"

enum { MOCK_PARTITIONS = 2 };
/* Produce and Heartbeat in Kafka's protocol: what errors are pushed for. */
enum { API_PRODUCE = 0, API_FETCH = 1, API_HEARTBEAT = 12 };

static rd_kafka_t *mock_host;
static rd_kafka_mock_cluster_t *mock;
static struct kafka_option mock_options[2] = { { "bootstrap.servers", NULL }, { "log_level", "2" } };
static const struct kafka_settings mock_settings __attribute__((unused)) = { mock_options, 2, "test" };

static int
mock_start(void **state)
{
    char text[256];
    (void)state;
    log_setup("test", LEVEL_ERROR); /* brokers that are down on purpose are no news */
    mock_host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof text);
    assert_non_null(mock_host);
    mock = rd_kafka_mock_cluster_new(mock_host, 1);
    assert_non_null(mock);
    mock_options[0].value = rd_kafka_mock_cluster_bootstraps(mock);
    return 0;
}

static int
mock_stop(void **state)
{
    (void)state;
    rd_kafka_mock_cluster_destroy(mock);
    rd_kafka_destroy(mock_host);
    return 0;
}

static inline void
mock_topic(const char *name)
{
    assert_int_equal(rd_kafka_mock_topic_create(mock, name, MOCK_PARTITIONS, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
}

#endif
