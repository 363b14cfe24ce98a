/*
 * runner.h: decode every file of a corpus folder; adding a test is adding a file.
 *
 *   <folder>/valid/<case>.json      must decode
 *   <folder>/invalid/<case>.json    must be rejected, with exactly the text of <case>.err
 *
 * A folder without cases of both kinds fails, and so does a stray file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_CORPUS_RUNNER_H
#define TESTS_CORPUS_RUNNER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"

typedef enum err_class corpus_decode_fn(struct str text, struct err *e);

/* Prints each case that went wrong to stderr. Returns how many; *cases is how many there were. */
int corpus_run(const char *folder, corpus_decode_fn *decode, int *cases);

/* Appends <folder>/<name>/<file> to *ret, or ends the program saying which file cannot be read. */
void corpus_read(const char *folder, const char *name, const char *file, struct buf *ret);

#endif
