/*
 * feeds.h: what order-update-publisher brings in.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_UPDATE_PUBLISHER_FEEDS_H
#define ORDER_UPDATE_PUBLISHER_FEEDS_H

#include "publishing/publishing.h"

extern const struct publishing_spec feeds;

#endif
