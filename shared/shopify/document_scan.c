/*
 * document_scan.c: cut GraphQL text into tokens; see document_scan.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/document_scan.h"

#include <ctype.h>

static void
skip(struct scanner *s)
{
    if (*s->p == '\n') {
        s->line++;
        s->line_start = s->p + 1;
    }
    s->p++;
}

static bool
is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* At a quote: over a string or a block string. False when it never ends. */
static bool
skip_string(struct scanner *s)
{
    const bool block = strncmp(s->p, "\"\"\"", 3) == 0;
    const size_t quotes = block ? 3 : 1;

    s->p += quotes;
    while (*s->p != '\0' && (block || *s->p != '\n')) {
        if (*s->p == '\\' && s->p[1] != '\0') {
            s->p += 2;
        } else if (strncmp(s->p, "\"\"\"", quotes) == 0) {
            s->p += quotes;
            return true;
        } else {
            skip(s);
        }
    }
    return false;
}

static struct str
take_name(struct scanner *s)
{
    const char *start = s->p;

    while (is_name(*s->p))
        s->p++;
    return (struct str){ start, (size_t)(s->p - start) };
}

/* At "...": the fragment's name. "on" stays where it is: what follows is a type. */
static struct str
take_spread(struct scanner *s)
{
    s->p += 3;
    while (isspace((unsigned char)*s->p))
        skip(s);
    const char *start = s->p;
    const struct str name = take_name(s);
    if (!str_is(name, "on"))
        return name;
    s->p = start;
    return (struct str){ 0 };
}

/* Over what is no token: spaces, commas, comments. */
static void
skip_ignored(struct scanner *s)
{
    while (isspace((unsigned char)*s->p) || *s->p == ',' || *s->p == '#') {
        if (*s->p == '#')
            s->p += strcspn(s->p, "\n");
        else
            skip(s);
    }
}

static enum token_kind
kind_of(char c)
{
    return strchr("{([", c) != NULL   ? TOKEN_OPEN
           : strchr("})]", c) != NULL ? TOKEN_CLOSE
                                      : TOKEN_OTHER;
}

struct token
document_token(struct scanner *s)
{
    skip_ignored(s);
    struct token t = { .c = *s->p, .line = s->line, .column = (int)(s->p - s->line_start) + 1 };
    if (*s->p == '\0') {
        t.kind = TOKEN_END;
    } else if (*s->p == '"') {
        t.kind = skip_string(s) ? TOKEN_OTHER : TOKEN_BAD;
        t.why = "a string that never ends";
    } else if (strncmp(s->p, "...", 3) == 0) {
        t.kind = TOKEN_SPREAD;
        t.name = take_spread(s);
    } else if (isdigit((unsigned char)*s->p)) {
        t.kind = TOKEN_OTHER;
        s->p += strspn(s->p, "0123456789.eE+-");
    } else if (is_name(*s->p)) {
        t.kind = TOKEN_NAME;
        t.name = take_name(s);
    } else {
        t.kind = kind_of(*s->p++);
    }
    return t;
}

struct scanner
document_scan(const struct text_file *file)
{
    return (struct scanner){ file, file->text, 1, file->text };
}

enum err_class
document_slip(const struct scanner *s, const struct token *t, const char *what, struct err *e)
{
    return err_set(e, ERR_FATAL, "", "%s:%d:%d: %s", s->file->name, t->line, t->column, what);
}

const struct text_file *
document_fragment(const struct text_file *const *list, struct str name, struct str *ret_type)
{
    for (; *list != NULL; list++) {
        struct scanner s = document_scan(*list);
        if (!str_is(document_token(&s).name, "fragment") || !str_eq(document_token(&s).name, name))
            continue;
        const bool typed = str_is(document_token(&s).name, "on");
        *ret_type = typed ? document_token(&s).name : (struct str){ 0 };
        return *list;
    }
    return NULL;
}
