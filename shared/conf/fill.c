/*
 * fill.c: from settings and defaults to the members of the caller's struct.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "conf/parts.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct target { struct conf *c; const char *origin, *value; };

static const char *
range_text(struct conf *c, const struct conf_opt *o)
{
    return arena_printf(c->mem, "%" PRId64 " to %" PRId64 "%s%s", o->min, o->max,
                        *o->unit != '\0' ? " " : "", o->unit).p;
}

static void
set_i64(const struct target *t, const struct conf_opt *o, int64_t *at)
{
    char *end = NULL;
    errno = 0;
    const long long v = strtoll(t->value, &end, 10);
    const bool plain = t->value[0] == '-' || (t->value[0] >= '0' && t->value[0] <= '9');
    if (!plain || errno != 0 || *end != '\0')
        conf_finding(t->c, t->origin, "%s = %s: want a whole number, %s", o->key, t->value,
                     range_text(t->c, o));
    else if (v < o->min || v > o->max)
        conf_finding(t->c, t->origin, "%s = %s is out of range: want %s", o->key, t->value,
                     range_text(t->c, o));
    else
        *at = v;
}

static void
set_bool(const struct target *t, const struct conf_opt *o, bool *at)
{
    static const char *const words[] = { "false", "true", "no", "yes", "off", "on", "0", "1" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(t->value, words[i]) == 0) {
            *at = i % 2 == 1;
            return;
        }
    conf_finding(t->c, t->origin, "%s = %s: want true or false", o->key, t->value);
}

static void
set_str(const struct target *t, const struct conf_opt *o, const char **at)
{
    if ((o->flags & CONF_REQUIRED) && t->value[0] == '\0')
        conf_finding(t->c, t->origin, "%s is empty: %s", o->key, o->help);
    for (const char *p = t->value; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 && *p != '\t') {
            conf_finding(t->c, t->origin, "%s holds a control character; remove it", o->key);
            return;
        }
    *at = t->value;
}

static void
set_file(const struct target *t, const struct conf_opt *o, const char **at)
{
    size_t n = 0;
    const char *text = conf_read_file(t->c, t->origin, t->value, CONF_SECRET_FILE_MAX, &n);
    if (text == NULL)
        return;
    if (n > 0 && text[n - 1] == '\n')
        n--;
    if (n > 0 && text[n - 1] == '\r')
        n--;
    if (n == 0)
        conf_finding(t->c, t->origin, "%s: file %s is empty; write the value into it", o->key,
                     t->value);
    else if (memchr(text, '\0', n) != NULL)
        conf_finding(t->c, t->origin, "%s: file %s holds a NUL byte; is it the right file?", o->key,
                     t->value);
    else
        *at = arena_str(t->c->mem, (struct str){ text, n }).p;
}

static void
set_option(struct conf *c, const struct conf_section *s, const char *instance,
           const struct conf_opt *o, char *base)
{
    const struct conf_setting *set = conf_find(c, s, instance, o->key);
    const struct target t = { c, set != NULL ? set->origin : "default",
                              set != NULL ? set->value : o->def };
    char *at = base + o->offset;
    if (t.value == NULL && (o->flags & CONF_REQUIRED))
        conf_finding(c, "configuration", "[%.*s%s] %s is required: %s",
                     (int)(strlen(s->name) - conf_is_repeated(s)), s->name, instance, o->key,
                     o->help);
    if (t.value == NULL)
        return;
    switch (o->kind) {
    case CONF_STR:
        set_str(&t, o, (const char **)(void *)at);
        break;
    case CONF_I64:
        set_i64(&t, o, (int64_t *)(void *)at);
        break;
    case CONF_BOOL:
        set_bool(&t, o, (bool *)at);
        break;
    case CONF_FILE:
        set_file(&t, o, (const char **)(void *)at);
        break;
    }
}

static void
fill_repeated(struct conf *c, const struct conf_section *s, struct conf_list *list)
{
    const char *names[CONF_REPEAT_MAX];
    size_t n;
    assert(s->size >= sizeof(const char *));
    conf_instances(c, s, names, &n);
    for (size_t i = 0; i < c->n_settings; i++) {
        const struct conf_setting *at = &c->settings[i];
        bool held = at->section != s;
        for (size_t k = 0; k < n && !held; k++)
            held = strcmp(at->instance, names[k]) == 0;
        if (!held) {
            conf_finding(c, at->origin, "more than %d sections [%s]", CONF_REPEAT_MAX, s->name);
            break;
        }
    }
    char *items = arena_alloc(c->mem, n, s->size);
    for (size_t i = 0; i < n; i++) {
        char *item = items + i * s->size;
        memcpy(item, &names[i], sizeof names[i]);
        for (const struct conf_opt *o = s->opts; o->key != NULL; o++)
            set_option(c, s, names[i], o, item);
    }
    *list = (struct conf_list){ n > 0 ? items : NULL, n };
}

static void
fill_pass(struct conf *c, const struct conf_section *s, struct conf_pass *pass)
{
    for (size_t i = 0; i < c->n_settings; i++) {
        const struct conf_setting *at = &c->settings[i];
        if (at->section != s)
            continue;
        if (pass->n == CONF_PASS_MAX) {
            conf_finding(c, at->origin, "more than %d options in [%s]", CONF_PASS_MAX, s->name);
            return;
        }
        pass->v[pass->n++] = (struct conf_pair){ at->key, at->value };
    }
}

void
conf_fill(struct conf *c, void *cfg)
{
    for (size_t i = 0; i < c->n_sections; i++) {
        const struct conf_section *s = &c->sections[i];
        char *at = (char *)cfg + s->offset;
        if (conf_is_repeated(s))
            fill_repeated(c, s, (struct conf_list *)(void *)at);
        else if (s->opts == NULL)
            fill_pass(c, s, (struct conf_pass *)(void *)at);
        else
            for (const struct conf_opt *o = s->opts; o->key != NULL; o++)
                set_option(c, s, "", o, at);
    }
}
