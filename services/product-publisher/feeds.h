/*
 * feeds.h: what product-publisher brings in.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PRODUCT_PUBLISHER_FEEDS_H
#define PRODUCT_PUBLISHER_FEEDS_H

#include "publishing/publishing.h"

extern const struct publishing_spec feeds;

#endif
