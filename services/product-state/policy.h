/*
 * policy.h: the identifier by which this deployment names items, settled by the first link.
 *
 * Stock is counted under these names by every system around; with another identifier all of it
 * would stand under names that nothing sells.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PRODUCT_STATE_POLICY_H
#define PRODUCT_STATE_POLICY_H

#include "link.h"
#include "pg/pg.h"

/* FATAL with the three choices unless `text` is one of them. */
MUST_CHECK enum err_class policy_parse(const char *text, enum identifier *ret, struct err *e);
/* Puts the policy in force. FATAL with what to do when variants are linked by another one. */
MUST_CHECK enum err_class policy_settle(struct pg *db, const char *text, enum identifier *ret,
                                        struct err *e);

#endif
