/*
 * api_index.c: find a name in the index of the Admin API, or the one that was meant; see
 * api_index.h.
 *
 * Nothing is allocated: types are listed once, fields are looked for in their lines.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/api_index.h"

enum { NAME_MAX_COMPARED = 64, SLIPS_MAX = 3 };

/* Cuts off what stands before the first c, and c; all of it when there is none. */
static struct str
cut(struct str *rest, char c)
{
    const char *end = rest->n > 0 ? memchr(rest->p, c, rest->n) : NULL;
    const size_t n = end != NULL ? (size_t)(end - rest->p) : rest->n;
    const struct str part = { rest->p, n };

    rest->p += n + (end != NULL);
    rest->n -= n + (end != NULL);
    return part;
}

static bool
has_word(struct str words, struct str word)
{
    while (words.n > 0)
        if (str_eq(cut(&words, ' '), word))
            return true;
    return false;
}

/* "name(argument argument): Type" */
static struct api_field
field_of(struct str line)
{
    struct api_field field = { 0 };
    struct str named = cut(&line, ':');

    if (line.n > 0)
        field.type = (struct str){ line.p + 1, line.n - 1 };
    field.name = cut(&named, '(');
    field.arguments = cut(&named, ')');
    return field;
}

static bool
next_field(struct str *lines, struct api_field *ret)
{
    if (lines->n == 0)
        return false;
    struct str line = cut(lines, '\n');
    (void)cut(&line, ' ');
    *ret = field_of(line);
    return true;
}

/* Takes the lines that begin with a space. */
static struct str
take_fields(struct str *text)
{
    struct str fields = { text->p, 0 };

    while (text->n > 0 && *text->p == ' ') {
        const char *start = text->p;
        (void)cut(text, '\n');
        fields.n += (size_t)(text->p - start);
    }
    return fields;
}

enum err_class
api_index_read(struct api_index *ret, const struct text_file *file, struct err *e)
{
    struct str text = str_of(file->text);

    ret->file = file;
    ret->n = 0;
    while (text.n > 0) {
        struct str line = cut(&text, '\n');
        if (line.n == 0 || *line.p == '#')
            continue;
        if (ret->n == API_TYPES_MAX)
            return err_set(e, ERR_FATAL, "", "%s: more types than API_TYPES_MAX", file->name);
        struct api_type *type = &ret->v[ret->n++];
        type->name = cut(&line, ' ');
        (void)cut(&line, ' ');
        type->above = line;
        type->fields = take_fields(&text);
    }
    return ERR_NONE;
}

const struct api_type *
api_type_find(const struct api_index *api, struct str name)
{
    for (size_t i = 0; i < api->n; i++)
        if (str_eq(api->v[i].name, name))
            return &api->v[i];
    return NULL;
}

bool
api_field_find(const struct api_type *type, struct str name, struct api_field *ret)
{
    struct str lines = type->fields;

    while (next_field(&lines, ret))
        if (str_eq(ret->name, name))
            return true;
    return false;
}

bool
api_argument_known(const struct api_field *field, struct str name)
{
    return has_word(field->arguments, name);
}

static bool
is_a(const struct api_type *type, const struct api_type *other)
{
    return type == other || has_word(type->above, other->name);
}

bool
api_types_meet(const struct api_index *api, const struct api_type *a, const struct api_type *b)
{
    if (is_a(a, b) || is_a(b, a))
        return true;
    for (size_t i = 0; i < api->n; i++)
        if (is_a(&api->v[i], a) && is_a(&api->v[i], b))
            return true;
    return false;
}

/* How many letters must change, come or go to make b of a; both shorter than the row. */
static size_t
slips_between(struct str a, struct str b)
{
    size_t row[NAME_MAX_COMPARED];

    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            const size_t replaced = corner + (a.p[i - 1] != b.p[j - 1]);
            const size_t one_more = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            corner = row[j];
            row[j] = replaced < one_more ? replaced : one_more;
        }
    }
    return row[b.n];
}

struct nearest { struct str wanted, name; size_t slips; };

/* Three slips at most, and fewer in a short name: a guess at random helps nobody. */
static struct nearest
nearest_to(struct str wanted)
{
    const size_t allowed = wanted.n / 3 < SLIPS_MAX ? wanted.n / 3 : SLIPS_MAX;

    return (struct nearest){ .wanted = wanted, .slips = allowed + 1 };
}

static void
offer(struct nearest *best, struct str name)
{
    if (name.n >= NAME_MAX_COMPARED || best->wanted.n >= NAME_MAX_COMPARED)
        return;
    const size_t slips = slips_between(best->wanted, name);
    if (slips < best->slips) {
        best->slips = slips;
        best->name = name;
    }
}

struct str
api_type_nearest(const struct api_index *api, struct str name)
{
    struct nearest best = nearest_to(name);

    for (size_t i = 0; i < api->n; i++)
        offer(&best, api->v[i].name);
    return best.name;
}

struct str
api_field_nearest(const struct api_type *type, struct str name)
{
    struct nearest best = nearest_to(name);
    struct str lines = type->fields;
    struct api_field field;

    while (next_field(&lines, &field))
        offer(&best, field.name);
    return best.name;
}

struct str
api_argument_nearest(const struct api_field *field, struct str name)
{
    struct nearest best = nearest_to(name);
    struct str words = field->arguments;

    while (words.n > 0)
        offer(&best, cut(&words, ' '));
    return best.name;
}
