/*
 * document_types.h: whether every name in a GraphQL document is one that Shopify knows.
 *
 * Walks a document by type, from its root or from what its fragment stands on. Says nothing about
 * the values of arguments and about variables: those are Shopify's to judge, and the tests'.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_DOCUMENT_TYPES_H
#define SHOPIFY_DOCUMENT_TYPES_H

#include "base/err.h"
#include "base/types.h"
#include "shopify/api_index.h"

/* FATAL "file:line:column: what" at the first slip. Brackets pair up and fragments are known: that
 * was looked at before. */
MUST_CHECK enum err_class document_types_check(const struct text_file *file,
                                               const struct text_file *const *list,
                                               const struct api_index *api, struct err *e);

#endif
