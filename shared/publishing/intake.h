/*
 * intake.h: webhooks become facts or hints.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PUBLISHING_INTAKE_H
#define PUBLISHING_INTAKE_H

#include "publishing/worker.h"
#include "service/stream.h"

struct intake {
    const struct publishing_spec *spec;
    struct desk *desk;
    struct worker *workers;
    size_t n_workers;
    bool news; /* something came that a shop has to do */
};

/* A stream_apply_fn; ctx is a struct intake. */
enum err_class intake_apply(void *ctx, struct pg *db, struct batch *b, struct err *e);

#endif
