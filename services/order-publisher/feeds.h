/*
 * feeds.h: what order-publisher brings in.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_PUBLISHER_FEEDS_H
#define ORDER_PUBLISHER_FEEDS_H

#include "publishing/publishing.h"

extern const struct publishing_spec feeds;

#endif
