/*
 * tokens.h: who may come in: bearer tokens, one a line of a file.  Pure.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INGEST_GATEWAY_TOKENS_H
#define INGEST_GATEWAY_TOKENS_H

#include "base/types.h"

/* file: the content, NULL when everyone may come in; empty lines and lines that begin with # do not
 * count. authorization: the header as it came. Compared in constant time, by digest. */
bool token_admits(const char *file, struct str authorization);

#endif
