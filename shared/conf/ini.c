/*
 * ini.c: libinih, wrapped so that nothing is lost in silence.
 *
 * The library as packaged gives handlers no line numbers, cuts what is longer than its buffers,
 * takes duplicates and skips sections without telling.  So it is fed line by line by our own
 * reader, which counts, refuses what the library would cut, and sees whether a line that should
 * have been a setting reached the handler.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "conf/parts.h"

#include "base/utf8.h"

#include <ini.h>
#include <stdio.h>

enum { SECTIONS_MAX = 128 };

struct ini {
    struct conf *c;
    const char *path;
    struct str rest;  /* what has not been read yet */
    size_t line;
    bool waits;       /* the last line should have been a setting and did not reach the handler */
    bool skip;        /* inside a section that was refused, or is another service's */
    char section[CONF_NAME_MAX];
    struct { char name[CONF_NAME_MAX]; size_t line; } seen[SECTIONS_MAX];
    size_t n_seen;
};

static const char *
origin(struct ini *in)
{
    return arena_printf(in->c->mem, "%s:%zu", in->path, in->line).p;
}

static struct str
trim(struct str s)
{
    while (s.n > 0 && strchr(" \t\r", s.p[0]) != NULL)
        s = (struct str){ s.p + 1, s.n - 1 };
    while (s.n > 0 && strchr(" \t\r", s.p[s.n - 1]) != NULL)
        s.n--;
    return s;
}

static void
check_section(struct ini *in, const char *name)
{
    struct conf *c = in->c;
    const char *known[64];
    size_t n = 0;
    if (conf_is_passed(c, name))
        return;
    in->skip = true;
    if (conf_is_of_others(name))
        return;
    for (size_t i = 0; i < c->n_sections && n < 48; i++)
        known[n++] = c->sections[i].name;
    for (size_t i = 0; conf_services[i] != NULL && n < 64; i++)
        known[n++] = conf_services[i];
    conf_finding(c, origin(in), "unknown section [%s]%s", name,
                 conf_nearest_hint(c, name, known, n));
}

static void
check_repetition(struct ini *in, const char *name)
{
    for (size_t i = 0; i < in->n_seen; i++)
        if (strcmp(in->seen[i].name, name) == 0) {
            conf_finding(in->c, origin(in),
                         "section [%s] begins again, first at line %zu; join them", name,
                         in->seen[i].line);
            return;
        }
    if (in->n_seen == SECTIONS_MAX) {
        conf_finding(in->c, origin(in), "more than %d sections", SECTIONS_MAX);
        return;
    }
    snprintf(in->seen[in->n_seen].name, CONF_NAME_MAX, "%s", name);
    in->seen[in->n_seen++].line = in->line;
}

/* A repeated section counts even when it is empty, so that what it lacks is reported. */
static void
note_instance(struct ini *in)
{
    struct conf *c = in->c;
    for (size_t i = 0; i < c->n_sections; i++) {
        const char *instance = conf_instance_of(&c->sections[i], in->section);
        if (instance == NULL || *instance == '\0')
            continue;
        const struct conf_setting new = { .section = &c->sections[i], .key = "", .value = "",
                                          .instance = arena_str(c->mem, str_of(instance)).p,
                                          .origin = origin(in) };
        conf_put(c, &new, true);
    }
}

static bool
is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char ch = s.p[i];
        const bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
        if (!letter && !(ch >= '0' && ch <= '9') && strchr("._-", ch) == NULL)
            return false;
    }
    return s.n > 0 && s.n < CONF_NAME_MAX;
}

static void
open_section(struct ini *in, struct str line)
{
    const struct str name = { line.p + 1, line.n > 1 ? line.n - 2 : 0 };
    in->skip = true;
    in->section[0] = '\0';
    if (line.p[line.n - 1] != ']') {
        conf_finding(in->c, origin(in), "a section stands alone on its line: [name]");
    } else if (!is_name(name)) {
        conf_finding(in->c, origin(in),
                     "section \"%.*s\": want 1 to %d letters, digits, dots, hyphens, underscores",
                     (int)(name.n < 80 ? name.n : 80), name.p, CONF_NAME_MAX - 1);
    } else {
        in->skip = false;
        memcpy(in->section, name.p, name.n);
        in->section[name.n] = '\0';
        check_repetition(in, in->section);
        check_section(in, in->section);
        note_instance(in);
    }
}

/* What the library would cut or misread; NULL when the line is sound. */
static const char *
unsound(struct str line, size_t room)
{
    if (line.n > CONF_LINE_MAX || line.n + 2 > room)
        return "the line is too long; put long values into files, or into the environment";
    if (memchr(line.p, '\0', line.n) != NULL)
        return "the line holds a NUL byte; is this a text file?";
    if (!utf8_valid(line))
        return "the line is not UTF-8; save the file as UTF-8";
    return NULL;
}

static void
note_missing(struct ini *in)
{
    if (in->waits && !in->skip)
        conf_finding(in->c, origin(in), "neither [section] nor key = value nor a comment (; or #)");
    in->waits = false;
}

static struct str
next_line(struct ini *in)
{
    const char *end = memchr(in->rest.p, '\n', in->rest.n);
    const struct str line = { in->rest.p, end != NULL ? (size_t)(end - in->rest.p) : in->rest.n };
    const size_t used = line.n + (end != NULL);
    in->rest = (struct str){ in->rest.p + used, in->rest.n - used };
    in->line++;
    return line;
}

/* The library's fgets. Lines that it must not see are given to it as empty ones. */
static char *
read_line(char *to, int size, void *stream)
{
    struct ini *in = stream;
    note_missing(in);
    if (in->rest.n == 0)
        return NULL;
    const struct str line = next_line(in);
    const char *wrong = unsound(line, (size_t)size);
    if (wrong != NULL)
        conf_finding(in->c, origin(in), "%s", wrong);
    const struct str text = trim(wrong == NULL ? line : STR(""));

    const bool comment = text.n > 0 && (text.p[0] == ';' || text.p[0] == '#');
    const bool section = text.n > 0 && text.p[0] == '[';
    if (section)
        open_section(in, text);
    in->waits = text.n > 0 && !comment && !section;
    snprintf(to, (size_t)size, "%.*s\n", in->waits ? (int)text.n : 0, text.p);
    return to;
}

static const struct conf_section *
table_with(const struct conf *c, const char *section, const char *key, const struct conf_opt **opt)
{
    *opt = NULL;
    for (size_t i = 0; i < c->n_sections; i++) {
        const struct conf_section *s = &c->sections[i];
        if (conf_instance_of(s, section) == NULL)
            continue;
        if (s->opts == NULL)
            return s;
        for (const struct conf_opt *o = s->opts; o->key != NULL; o++)
            if (strcmp(o->key, key) == 0) {
                *opt = o;
                return s;
            }
    }
    return NULL;
}

static void
unknown_key(struct ini *in, const char *key)
{
    const char *known[128];
    size_t n = 0;
    for (size_t i = 0; i < in->c->n_sections; i++) {
        const struct conf_section *s = &in->c->sections[i];
        if (conf_instance_of(s, in->section) == NULL)
            continue;
        for (const struct conf_opt *o = s->opts; o->key != NULL && n < 128; o++)
            known[n++] = o->key;
    }
    conf_finding(in->c, origin(in), "unknown option \"%s\" in [%s]%s", key, in->section,
                 conf_nearest_hint(in->c, key, known, n));
}

static bool
has_inline_comment(const char *value)
{
    return strstr(value, " ;") != NULL || strstr(value, " #") != NULL ||
           strstr(value, "\t;") != NULL || strstr(value, "\t#") != NULL;
}

/* The library's handler. Its own idea of the section is ignored: it never saw one. */
static int
on_setting(void *user, const char *unused, const char *key, const char *value)
{
    (void)unused;
    struct ini *in = user;
    struct conf *c = in->c;
    in->waits = false;
    if (in->skip)
        return 1;
    if (in->section[0] == '\0') {
        conf_finding(c, origin(in), "\"%s\" stands before the first [section]", key);
        return 1;
    }
    if (has_inline_comment(value)) {
        conf_finding(c, origin(in), "%s: a comment stands on a line of its own, not behind a value",
                     key);
        return 1;
    }
    struct conf_setting new = { .origin = origin(in) };
    new.section = table_with(c, in->section, key, &new.opt);
    if (new.section == NULL) {
        unknown_key(in, key);
        return 1;
    }
    new.instance = arena_str(c->mem, str_of(conf_instance_of(new.section, in->section))).p;
    new.key = arena_str(c->mem, str_of(key)).p;
    new.value = arena_str(c->mem, str_of(value)).p;
    conf_put(c, &new, false);
    return 1;
}

void
conf_read_ini(struct conf *c, const char *path)
{
    size_t n = 0;
    const char *text = conf_read_file(c, path, path, CONF_INI_MAX, &n);
    if (text == NULL)
        return;
    ini_use_stack = false;
    ini_initial_alloc = ini_max_line = CONF_LINE_MAX + 3;
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
    ini_stop_on_first_error = false;

    const bool marked = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    struct ini in = { .c = c, .path = path, .skip = false };
    in.rest = marked ? (struct str){ text + 3, n - 3 } : (struct str){ text, n };
    if (ini_parse_stream(read_line, &in, on_setting, &in) == -2)
        conf_finding(c, path, "out of memory");
    note_missing(&in);
}
