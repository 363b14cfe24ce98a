/*
 * shape_scan.h: the pass behind shape_scan(), so that tests can hold it against the way over a
 * document; private to this layer and its tests.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_SHAPE_SCAN_H
#define JSON_SHAPE_SCAN_H

#include "json/shape.h"

/* False when the text is not as the table wants it; *out is then of no use. */
bool shape_scan_fast(const struct shape *s, struct str text, struct arena *mem, void *out);

/* What the next shape_decode() of this thread belongs to, for whoever forgives unknown keys. */
void shape_reading(struct str text);

#endif
