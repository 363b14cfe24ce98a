/*
 * document_types.c: walk a GraphQL document by type; see document_types.h.
 *
 * Every function begins at its first token, which is w->t, and leaves w->t behind its last one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/document_types.h"

#include <stdarg.h>
#include <stdio.h>

#include "shopify/document_scan.h"

enum { SLIP_MAX = 256 };

struct walk {
    struct scanner s;
    struct token t;
    const struct api_index *api;
    const struct text_file *const *list;
    struct err *e;
};

static enum err_class selections(struct walk *w, const struct api_type *type);

static void
next(struct walk *w)
{
    w->t = document_token(&w->s);
}

static bool
at(const struct walk *w, enum token_kind kind, char c)
{
    return w->t.kind == kind && w->t.c == c;
}

__attribute__((format(printf, 3, 4))) static enum err_class
slip(struct walk *w, const struct token *t, const char *format, ...)
{
    char what[SLIP_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return document_slip(&w->s, t, what, w->e);
}

/* "there is no field creatdAt on Order, did you mean createdAt?" */
static enum err_class
unknown(struct walk *w, const struct token *t, const char *kind, struct str where,
        struct str nearest)
{
    const char *const on = where.n > 0 ? " on " : "";

    if (nearest.n > 0)
        return slip(w, t, "there is no %s %.*s%s%.*s, did you mean %.*s?", kind, (int)t->name.n,
                    t->name.p, on, (int)where.n, where.p, (int)nearest.n, nearest.p);
    return slip(w, t, "there is no %s %.*s%s%.*s in %s", kind, (int)t->name.n, t->name.p, on,
                (int)where.n, where.p, w->api->file->name);
}

/* Over a bracket, what is in it, and its partner. */
static void
skip_bracket(struct walk *w)
{
    size_t depth = 0;

    do {
        depth += w->t.kind == TOKEN_OPEN;
        depth -= w->t.kind == TOKEN_CLOSE;
        next(w);
    } while (depth > 0 && w->t.kind != TOKEN_END);
}

static void
skip_directives(struct walk *w)
{
    while (at(w, TOKEN_OTHER, '@')) {
        next(w);
        next(w);
        if (at(w, TOKEN_OPEN, '('))
            skip_bracket(w);
    }
}

static enum err_class
value(struct walk *w)
{
    if (at(w, TOKEN_OTHER, '-') || at(w, TOKEN_OTHER, '$'))
        next(w);
    if (w->t.kind == TOKEN_CLOSE)
        return slip(w, &w->t, "a value should stand here");
    if (w->t.kind == TOKEN_OPEN)
        skip_bracket(w);
    else
        next(w);
    return ERR_NONE;
}

static enum err_class
arguments(struct walk *w, const struct api_type *type, const struct api_field *field)
{
    char where[SLIP_MAX];

    next(w);
    while (!at(w, TOKEN_CLOSE, ')')) {
        if (w->t.kind != TOKEN_NAME)
            return slip(w, &w->t, "the name of an argument should stand here");
        if (!api_argument_known(field, w->t.name)) {
            (void)snprintf(where, sizeof(where), "%.*s.%.*s", (int)type->name.n, type->name.p,
                           (int)field->name.n, field->name.p);
            return unknown(w, &w->t, "argument", str_of(where),
                           api_argument_nearest(field, w->t.name));
        }
        next(w);
        if (!at(w, TOKEN_OTHER, ':'))
            return slip(w, &w->t, "':' and a value should stand here");
        next(w);
        TRY(value(w));
    }
    next(w);
    return ERR_NONE;
}

/* The type of that name, said at t. */
static enum err_class
type_of(struct walk *w, const struct token *t, const struct api_type **ret)
{
    *ret = api_type_find(w->api, t->name);
    if (*ret != NULL)
        return ERR_NONE;
    return unknown(w, t, "type", (struct str){ 0 }, api_type_nearest(w->api, t->name));
}

/* What stands below a field: nothing below a leaf, something below everything else. */
static enum err_class
below(struct walk *w, const struct token *t, const struct api_type *type,
      const struct api_field *field)
{
    const struct api_type *inner = api_type_find(w->api, field->type);
    const bool leaf = field->type.n == 0, open = at(w, TOKEN_OPEN, '{');

    if (leaf && open)
        return slip(w, &w->t, "%.*s on %.*s is a value: nothing can be selected from it",
                    (int)field->name.n, field->name.p, (int)type->name.n, type->name.p);
    if (leaf)
        return ERR_NONE;
    if (!open)
        return slip(w, t, "%.*s on %.*s has fields of its own (%.*s): say which, in { }",
                    (int)field->name.n, field->name.p, (int)type->name.n, type->name.p,
                    (int)field->type.n, field->type.p);
    if (inner == NULL)
        return slip(w, t, "%s holds no %.*s yet: infra/sandbox/api-index writes it again",
                    w->api->file->name, (int)field->type.n, field->type.p);
    return selections(w, inner);
}

static enum err_class
field_at(struct walk *w, const struct api_type *type)
{
    struct token t = w->t;
    struct api_field field = { .name = STR("__typename") };

    next(w);
    if (at(w, TOKEN_OTHER, ':')) { /* what came was an alias */
        next(w);
        t = w->t;
        if (t.kind != TOKEN_NAME)
            return slip(w, &t, "the name of a field should stand here");
        next(w);
    }
    if (!str_eq(t.name, field.name) && !api_field_find(type, t.name, &field))
        return unknown(w, &t, "field", type->name, api_field_nearest(type, t.name));
    if (at(w, TOKEN_OPEN, '('))
        TRY(arguments(w, type, &field));
    skip_directives(w);
    return below(w, &t, type, &field);
}

static enum err_class
fits(struct walk *w, const struct token *t, const struct api_type *type,
     const struct api_type *fragment)
{
    if (api_types_meet(w->api, type, fragment))
        return ERR_NONE;
    return slip(w, t, "a fragment on %.*s cannot stand on %.*s", (int)fragment->name.n,
                fragment->name.p, (int)type->name.n, type->name.p);
}

/* "...Name": its type and what it holds are looked at in its own file. */
static enum err_class
named_spread(struct walk *w, const struct api_type *type)
{
    const struct token t = w->t;
    struct str on = { 0 };

    if (document_fragment(w->list, t.name, &on) == NULL)
        return slip(w, &t, "there is no fragment %.*s", (int)t.name.n, t.name.p);
    const struct api_type *fragment = api_type_find(w->api, on);
    if (fragment != NULL)
        TRY(fits(w, &t, type, fragment));
    next(w);
    skip_directives(w);
    return ERR_NONE;
}

/* "on Type": the type, if w->t says so. */
static enum err_class
condition(struct walk *w, const struct api_type **ret)
{
    if (w->t.kind != TOKEN_NAME || !str_is(w->t.name, "on"))
        return ERR_NONE;
    next(w);
    if (w->t.kind != TOKEN_NAME)
        return slip(w, &w->t, "the name of a type should stand here");
    TRY(type_of(w, &w->t, ret));
    next(w);
    return ERR_NONE;
}

static enum err_class
inline_spread(struct walk *w, const struct api_type *type)
{
    const struct token t = w->t;
    const struct api_type *fragment = type;

    next(w);
    TRY(condition(w, &fragment));
    TRY(fits(w, &t, type, fragment));
    skip_directives(w);
    return selections(w, fragment);
}

static enum err_class
selections(struct walk *w, const struct api_type *type)
{
    if (!at(w, TOKEN_OPEN, '{'))
        return slip(w, &w->t, "'{' should stand here");
    next(w);
    do {
        if (w->t.kind == TOKEN_NAME)
            TRY(field_at(w, type));
        else if (w->t.kind == TOKEN_SPREAD && w->t.name.n > 0)
            TRY(named_spread(w, type));
        else if (w->t.kind == TOKEN_SPREAD)
            TRY(inline_spread(w, type));
        else
            return slip(w, &w->t, "the name of a field should stand here");
    } while (!at(w, TOKEN_CLOSE, '}'));
    next(w);
    return ERR_NONE;
}

/* "query Name($variable: Type)", "fragment Name on Type", or nothing: the type below it. */
static enum err_class
heading(struct walk *w, const struct api_type **ret)
{
    struct token root = w->t;

    root.name = STR("QueryRoot");
    if (at(w, TOKEN_OPEN, '{'))
        return type_of(w, &root, ret);
    if (str_is(w->t.name, "mutation"))
        root.name = STR("Mutation");
    else if (!str_is(w->t.name, "query") && !str_is(w->t.name, "fragment"))
        return slip(w, &w->t, "query, mutation or fragment should stand here");
    const bool fragment = str_is(w->t.name, "fragment");
    next(w);
    if (w->t.kind == TOKEN_NAME)
        next(w);
    if (fragment) {
        TRY(condition(w, ret));
        return *ret != NULL ? ERR_NONE : slip(w, &w->t, "\"on\" and a type should stand here");
    }
    if (at(w, TOKEN_OPEN, '('))
        skip_bracket(w);
    return type_of(w, &root, ret);
}

enum err_class
document_types_check(const struct text_file *file, const struct text_file *const *list,
                     const struct api_index *api, struct err *e)
{
    struct walk w = { .s = document_scan(file), .api = api, .list = list, .e = e };

    next(&w);
    while (w.t.kind != TOKEN_END) {
        const struct api_type *type = NULL;
        TRY(heading(&w, &type));
        skip_directives(&w);
        TRY(selections(&w, type));
    }
    return ERR_NONE;
}
