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

/* Publishes up to a batch. *more: there may be others. */
MUST_CHECK enum err_class report_publish(struct writer *w, bool *more, struct err *e);

#endif
