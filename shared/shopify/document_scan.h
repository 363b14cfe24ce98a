/*
 * document_scan.h: GraphQL text, one token after the other, each with its place in its file.
 *
 * Commas and comments are passed over; what a string says is nobody's business here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_DOCUMENT_SCAN_H
#define SHOPIFY_DOCUMENT_SCAN_H

#include "base/err.h"
#include "base/types.h"

enum { DOCUMENT_NESTING_MAX = 32 };

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_SPREAD, /* "..." and the fragment's name; no name when the fragment is inline */
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_OTHER, /* a string, a number, any other character */
    TOKEN_BAD,
};
struct token {
    enum token_kind kind;
    struct str name; /* of TOKEN_NAME and TOKEN_SPREAD */
    char c;          /* its first character: the bracket */
    const char *why; /* of TOKEN_BAD */
    int line, column;
};
struct scanner { const struct text_file *file; const char *p; int line; const char *line_start; };

struct scanner document_scan(const struct text_file *file);
struct token document_token(struct scanner *s);

/* FATAL "file:line:column: what", said of a token. */
enum err_class document_slip(const struct scanner *s, const struct token *t, const char *what,
                             struct err *e);

/* The file of the list that holds "fragment NAME on TYPE", and TYPE; NULL when none does. */
const struct text_file *document_fragment(const struct text_file *const *list, struct str name,
                                          struct str *ret_type);

#endif
