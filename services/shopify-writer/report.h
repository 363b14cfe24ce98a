/*
 * report.h: what was written to Shopify, on topic `shopify-writes`.
 *
 * Reports are rows made in the transactions that record answers, and they are deleted when Kafka
 * has them: a kill in between publishes them again under the same id.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_REPORT_H
#define SHOPIFY_WRITER_REPORT_H

#include "writer.h"

/* Queues a batch, or sees whether Kafka has the one that is queued; never waits for Kafka, because
 * the calls in the air stand still meanwhile. *more: there may be more to do. RETRY: the batch was
 * given up, and its reports are queued again. */
MUST_CHECK enum err_class report_step(struct writer *w, bool *more, struct err *e);

#endif
