/*
 * document.h: GraphQL documents: files embedded at build time, each fragment in a file of its own.
 *
 * A document names the fragments it spreads; composing appends each of them once, whatever the
 * depth. documents_check() goes through a list at start, so that an unbalanced brace or a name that
 * Shopify does not know (fragment, type, field, argument: api_index.h) stops the process there,
 * with file and position, and not at the first order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_DOCUMENT_H
#define SHOPIFY_DOCUMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"
#include "shopify_documents.h"

enum { DOCUMENT_TEXT_MAX = 64 << 10, DOCUMENT_FRAGMENTS_MAX = 32 };

/* Appends doc and every fragment it needs; fragments are looked for in the NULL-terminated list. */
MUST_CHECK enum err_class document_compose(struct buf *ret, const struct text_file *doc,
                                           const struct text_file *const *list, struct err *e);
/* Where line `line` of the composed text, from 1, comes from; false behind its end. */
bool document_place(const struct text_file *doc, const struct text_file *const *list, int64_t line,
                    const struct text_file **ret, int64_t *ret_line);
/* Appends doc without the lines that mention `field`, which must stand on lines of their own; NULL:
 * all of it. */
void document_without(struct buf *ret, const struct text_file *doc, const char *field);
/* FATAL "file:line:column: what" for the first mistake in any of the list. */
MUST_CHECK enum err_class documents_check(const struct text_file *const *list, struct err *e);

#endif
