/*
 * serve.h: the door: where the gateway listens, for how long, for how many at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEBHOOK_GATEWAY_SERVE_H
#define WEBHOOK_GATEWAY_SERVE_H

#include "config.h"
#include "receive.h"

MUST_CHECK enum err_class serve_open(struct httpd **ret, struct receiver *rc,
                                     const struct config *cfg, struct err *e);

#endif
