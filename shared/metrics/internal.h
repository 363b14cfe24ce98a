/*
 * internal.h: what the two files of this layer share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef METRICS_INTERNAL_H
#define METRICS_INTERNAL_H

#include "base/buf.h"

/* "# HELP name help\n# TYPE name type\n" */
void metrics_head(struct buf *out, const char *name, const char *help, const char *type);
/* Microseconds as seconds: "12.000345". */
void metrics_seconds(struct buf *out, int64_t us);
void process_render(struct buf *out);

#endif
