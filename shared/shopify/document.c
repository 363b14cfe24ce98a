/*
 * document.c: put GraphQL documents together from files, and look each file through at start; see
 * document.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/document.h"

#include <stdio.h>

#include "shopify/api_index.h"
#include "shopify/document_scan.h"
#include "shopify/document_types.h"
#include "shopify_api_index.h"

struct wanted { const struct text_file *v[DOCUMENT_FRAGMENTS_MAX]; size_t n; };

static enum err_class
want(struct wanted *w, const struct scanner *s, const struct token *t,
     const struct text_file *const *list, struct err *e)
{
    struct str type;
    const struct text_file *f = document_fragment(list, t->name, &type);
    char what[128];

    if (f == NULL) {
        (void)snprintf(what, sizeof(what), "there is no fragment %.*s", (int)t->name.n, t->name.p);
        return document_slip(s, t, what, e);
    }
    for (size_t i = 0; i < w->n; i++)
        if (w->v[i] == f)
            return ERR_NONE;
    if (w->n == DOCUMENT_FRAGMENTS_MAX)
        return document_slip(s, t, "more fragments than DOCUMENT_FRAGMENTS_MAX", e);
    w->v[w->n++] = f;
    return ERR_NONE;
}

static char
partner(char open)
{
    return open == '{' ? '}' : open == '(' ? ')' : ']';
}

/* One file: brackets pair up, strings end, spreads are known; their files are added to w. */
static enum err_class
check_file(const struct text_file *file, const struct text_file *const *list, struct wanted *w,
           struct err *e)
{
    struct scanner s = document_scan(file);
    char open[DOCUMENT_NESTING_MAX];
    size_t depth = 0;

    for (;;) {
        const struct token t = document_token(&s);
        switch (t.kind) {
        case TOKEN_END:
            return depth == 0 ? ERR_NONE : document_slip(&s, &t, "a bracket is not closed", e);
        case TOKEN_BAD:
            return document_slip(&s, &t, t.why, e);
        case TOKEN_SPREAD:
            if (t.name.n > 0)
                TRY(want(w, &s, &t, list, e));
            break;
        case TOKEN_OPEN:
            if (depth == DOCUMENT_NESTING_MAX)
                return document_slip(&s, &t, "nested deeper than DOCUMENT_NESTING_MAX", e);
            open[depth++] = t.c;
            break;
        case TOKEN_CLOSE:
            if (depth == 0 || partner(open[--depth]) != t.c)
                return document_slip(&s, &t, "this bracket closes nothing", e);
            break;
        case TOKEN_NAME:
        case TOKEN_OTHER:
            break;
        }
    }
}

enum err_class
document_compose(struct buf *ret, const struct text_file *doc, const struct text_file *const *list,
                 struct err *e)
{
    struct wanted w = { .v = { doc }, .n = 1 };

    for (size_t i = 0; i < w.n; i++) {
        TRY(check_file(w.v[i], list, &w, e));
        buf_str_add(ret, str_of(w.v[i]->text));
        buf_char(ret, '\n');
    }
    return buf_check(ret, doc->name, e);
}

static int64_t
lines_in(const char *text)
{
    int64_t n = 1;

    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

bool
document_place(const struct text_file *doc, const struct text_file *const *list, int64_t line,
               const struct text_file **ret, int64_t *ret_line)
{
    struct wanted w = { .v = { doc }, .n = 1 };
    struct err ignored = { 0 };

    for (size_t i = 0; i < w.n && line > 0; i++) {
        const int64_t n = lines_in(w.v[i]->text);
        *ret = w.v[i];
        *ret_line = line;
        if (line <= n)
            return true;
        line -= n;
        if (check_file(w.v[i], list, &w, &ignored) != ERR_NONE)
            return false;
    }
    return false;
}

enum err_class
documents_check(const struct text_file *const *list, struct err *e)
{
    struct api_index api;

    TRY(api_index_read(&api, &text_admin_2026_10, e));
    for (const struct text_file *const *f = list; *f != NULL; f++) {
        struct wanted w = { 0 };
        TRY(check_file(*f, list, &w, e));
        TRY(document_types_check(*f, list, &api, e));
    }
    return ERR_NONE;
}

void
document_without(struct buf *ret, const struct text_file *doc, const char *field)
{
    for (const char *line = doc->text; *line != '\0';) {
        const size_t n = strcspn(line, "\n");
        const bool dropped = field != NULL && memmem(line, n, field, strlen(field)) != NULL;
        if (!dropped) {
            buf_add(ret, line, n);
            buf_char(ret, '\n');
        }
        line += n + (line[n] != '\0');
    }
}
