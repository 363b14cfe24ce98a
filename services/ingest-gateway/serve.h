/*
 * serve.h: the door: routes, who may come in, what is too much.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INGEST_GATEWAY_SERVE_H
#define INGEST_GATEWAY_SERVE_H

#include "config.h"
#include "deliver.h"

struct door {
    const struct config *cfg;
    struct courier *courier;
};

/* The door must outlive the server. */
MUST_CHECK enum err_class serve_open(struct httpd **ret, struct door *door, struct err *e);

#endif
