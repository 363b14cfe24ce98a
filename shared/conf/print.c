/*
 * print.c: the tables as --help, and the effective configuration as INI without its secrets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "conf/parts.h"

#include <inttypes.h>

/* Pass-through options have no flags; these words mark librdkafka's secrets. */
static bool
looks_secret(const char *key)
{
    static const char *const words[] = { "password", "secret", "ssl.key", "token", "jaas" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(key, words[i]) != NULL)
            return true;
    return false;
}

static void
dump_option(const struct conf *c, const struct conf_section *s, const char *instance,
            const struct conf_opt *o, struct buf *ret)
{
    const struct conf_setting *set = conf_find(c, s, instance, o->key);
    const char *value = set != NULL ? set->value : o->def;
    if (value == NULL)
        buf_printf(ret, "; %s is not set\n", o->key);
    else
        buf_printf(ret, "%s = %s\n", o->key, (o->flags & CONF_SECRET) ? "****" : value);
}

static void
dump_section(const struct conf *c, const struct conf_section *s, const char *instance,
             struct buf *ret)
{
    buf_printf(ret, "%s[%.*s%s]\n", ret->n > 0 ? "\n" : "",
               (int)(strlen(s->name) - conf_is_repeated(s)), s->name, instance);
    for (const struct conf_opt *o = s->opts; o != NULL && o->key != NULL; o++)
        dump_option(c, s, instance, o, ret);
    for (size_t i = 0; s->opts == NULL && i < c->n_settings; i++) {
        const struct conf_setting *at = &c->settings[i];
        if (at->section == s)
            buf_printf(ret, "%s = %s\n", at->key, looks_secret(at->key) ? "****" : at->value);
    }
}

void
conf_dump(const struct conf *c, struct buf *ret)
{
    const char *names[CONF_REPEAT_MAX];
    for (size_t i = 0; i < c->n_sections; i++) {
        const struct conf_section *s = &c->sections[i];
        size_t n = 1;
        names[0] = "";
        if (conf_is_repeated(s))
            conf_instances(c, s, names, &n);
        for (size_t k = 0; k < n; k++)
            dump_section(c, s, names[k], ret);
    }
}

static void
help_kind(const struct conf_opt *o, struct buf *ret)
{
    switch (o->kind) {
    case CONF_STR:
        buf_printf(ret, "text");
        break;
    case CONF_I64:
        buf_printf(ret, "%" PRId64 " to %" PRId64 "%s%s", o->min, o->max,
                   *o->unit != '\0' ? " " : "", o->unit);
        break;
    case CONF_BOOL:
        buf_printf(ret, "true or false");
        break;
    case CONF_FILE:
        buf_printf(ret, "name of a file that holds the value");
        break;
    }
    if (o->flags & CONF_REQUIRED)
        buf_printf(ret, "; required");
    else if (o->def != NULL && o->def[0] != '\0')
        buf_printf(ret, "; default %s", o->def);
}

void
conf_help(const struct conf_section *sections, size_t n_sections, struct buf *ret)
{
    for (size_t i = 0; i < n_sections; i++) {
        const struct conf_section *s = &sections[i];
        buf_printf(ret, "%s[%s]  %s\n", i > 0 ? "\n" : "", s->name, s->help != NULL ? s->help : "");
        for (const struct conf_opt *o = s->opts; o != NULL && o->key != NULL; o++) {
            buf_printf(ret, "  %-24s %s\n  %-24s ", o->key, o->help, "");
            help_kind(o, ret);
            buf_char(ret, '\n');
        }
        if (s->opts == NULL)
            buf_printf(ret, "  any key = value is passed on\n");
    }
}
