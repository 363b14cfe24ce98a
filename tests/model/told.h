/*
 * told.h: records from outside, played into the model, and what it tells: the other side of a
 * comparison with the database.
 *
 * In: a line for each record, its parts between tabs: kind (order, routes, returns, shipment, gone,
 * block), order id, updated_at, observed_at, hash, value. The value is that of the topic's record;
 * only orders and shipments need one.  Out: a line for each named number of each order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_TOLD_H
#define TESTS_TOLD_H

#include <stdio.h>

#include "base/err.h"

/* REJECT: a line cannot be read; says which. */
MUST_CHECK enum err_class tell_records(FILE *in, FILE *out, struct err *e);

#endif
