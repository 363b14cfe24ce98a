/*
 * document.c: look through GraphQL text just closely enough to find fragments and slips; see
 * document.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/document.h"

#include <ctype.h>
#include <stdio.h>

enum { NESTING_MAX = 32 };

struct scanner {
    const struct text_file *file;
    const char *p;
    int line;
    const char *line_start;
    int token_line, token_column; /* where the last token begins */
};
enum token_kind { TOKEN_END, TOKEN_SPREAD, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_BAD };
struct token { enum token_kind kind; struct str name; char bracket; const char *why; };

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

/* At "...": the fragment's name, or none for an inline fragment. */
static struct str
spread_name(struct scanner *s)
{
    s->p += 3;
    while (*s->p == ' ')
        s->p++;
    const char *start = s->p;
    while (is_name(*s->p))
        s->p++;
    const struct str name = { start, (size_t)(s->p - start) };
    return str_is(name, "on") ? (struct str){ 0 } : name;
}

static void
mark_token(struct scanner *s)
{
    s->token_line = s->line;
    s->token_column = (int)(s->p - s->line_start) + 1;
}

static struct token
next_token(struct scanner *s)
{
    while (*s->p != '\0') {
        mark_token(s);
        if (*s->p == '#') {
            while (*s->p != '\0' && *s->p != '\n')
                s->p++;
        } else if (*s->p == '"') {
            if (!skip_string(s))
                return (struct token){ .kind = TOKEN_BAD, .why = "a string that never ends" };
        } else if (strncmp(s->p, "...", 3) == 0) {
            const struct str name = spread_name(s);
            if (name.n > 0)
                return (struct token){ .kind = TOKEN_SPREAD, .name = name };
        } else if (strchr("{([", *s->p) != NULL) {
            return (struct token){ .kind = TOKEN_OPEN, .bracket = *s->p++ };
        } else if (strchr("})]", *s->p) != NULL) {
            return (struct token){ .kind = TOKEN_CLOSE, .bracket = *s->p++ };
        } else {
            skip(s);
        }
    }
    mark_token(s);
    return (struct token){ .kind = TOKEN_END };
}

static struct scanner
scan(const struct text_file *file)
{
    return (struct scanner){ file, file->text, 1, file->text, 1, 1 };
}

/* The name in "fragment NAME on Type"; the null str when the file is an operation. */
static struct str
fragment_name(const struct text_file *file)
{
    const char *p = file->text;

    while (*p == '#' || *p == '\n') {
        while (*p != '\0' && *p != '\n')
            p++;
        p += *p == '\n';
    }
    if (strncmp(p, "fragment ", 9) != 0)
        return (struct str){ 0 };
    const char *start = p += 9;
    while (is_name(*p))
        p++;
    return (struct str){ start, (size_t)(p - start) };
}

static const struct text_file *
find_fragment(const struct text_file *const *list, struct str name)
{
    for (; *list != NULL; list++)
        if (str_eq(fragment_name(*list), name))
            return *list;
    return NULL;
}

static enum err_class
slip(const struct scanner *s, const char *what, struct err *e)
{
    return err_set(e, ERR_FATAL, "", "%s:%d:%d: %s", s->file->name, s->token_line, s->token_column,
                   what);
}

struct wanted { const struct text_file *v[DOCUMENT_FRAGMENTS_MAX]; size_t n; };

static enum err_class
want(struct wanted *w, const struct scanner *s, struct str name,
     const struct text_file *const *list, struct err *e)
{
    const struct text_file *f = find_fragment(list, name);
    char what[128];

    if (f == NULL) {
        (void)snprintf(what, sizeof(what), "there is no fragment %.*s", (int)name.n, name.p);
        return slip(s, what, e);
    }
    for (size_t i = 0; i < w->n; i++)
        if (w->v[i] == f)
            return ERR_NONE;
    if (w->n == DOCUMENT_FRAGMENTS_MAX)
        return slip(s, "more fragments than DOCUMENT_FRAGMENTS_MAX", e);
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
    struct scanner s = scan(file);
    char open[NESTING_MAX];
    size_t depth = 0;

    for (;;) {
        const struct token t = next_token(&s);
        switch (t.kind) {
        case TOKEN_END:
            return depth == 0 ? ERR_NONE : slip(&s, "a bracket is not closed", e);
        case TOKEN_BAD:
            return slip(&s, t.why, e);
        case TOKEN_SPREAD:
            TRY(want(w, &s, t.name, list, e));
            break;
        case TOKEN_OPEN:
            if (depth == NESTING_MAX)
                return slip(&s, "nested deeper than NESTING_MAX", e);
            open[depth++] = t.bracket;
            break;
        case TOKEN_CLOSE:
            if (depth == 0 || partner(open[--depth]) != t.bracket)
                return slip(&s, "this bracket closes nothing", e);
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
    for (const struct text_file *const *f = list; *f != NULL; f++) {
        struct wanted w = { 0 };
        TRY(check_file(*f, list, &w, e));
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
