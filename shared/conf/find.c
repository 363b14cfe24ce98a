/*
 * find.c: which table a section belongs to, and the settings gathered so far.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "conf/parts.h"

/* "shop." of "shop.*"; 0 unless the name repeats. */
static size_t
stem_of(const char *name)
{
    const size_t n = strlen(name);
    return n > 2 && strcmp(name + n - 2, ".*") == 0 ? n - 1 : 0;
}

static const char *
instance_of(const char *table, const char *name)
{
    const size_t stem = stem_of(table);
    if (stem > 0)
        return strncmp(name, table, stem) == 0 && name[stem] != '\0' ? name + stem : NULL;
    return strcmp(name, table) == 0 ? "" : NULL;
}

bool
conf_is_repeated(const struct conf_section *s)
{
    return stem_of(s->name) > 0;
}

const char *
conf_instance_of(const struct conf_section *s, const char *name)
{
    return instance_of(s->name, name);
}

bool
conf_is_passed(const struct conf *c, const char *section)
{
    for (size_t i = 0; i < c->n_sections; i++)
        if (conf_instance_of(&c->sections[i], section) != NULL)
            return true;
    return false;
}

bool
conf_is_of_others(const char *section)
{
    for (size_t i = 0; conf_services[i] != NULL; i++)
        if (instance_of(conf_services[i], section) != NULL)
            return true;
    return false;
}

static size_t
index_of(const struct conf *c, const struct conf_section *s, const char *instance, const char *key)
{
    size_t i = 0;
    for (; i < c->n_settings; i++) {
        const struct conf_setting *at = &c->settings[i];
        if (at->section == s && strcmp(at->instance, instance) == 0 && strcmp(at->key, key) == 0)
            break;
    }
    return i;
}

const struct conf_setting *
conf_find(const struct conf *c, const struct conf_section *s, const char *instance, const char *key)
{
    const size_t i = index_of(c, s, instance, key);
    return i < c->n_settings ? &c->settings[i] : NULL;
}

void
conf_put(struct conf *c, const struct conf_setting *new, bool replace)
{
    const size_t i = index_of(c, new->section, new->instance, new->key);
    if (i == CONF_SETTINGS_MAX) {
        conf_finding(c, new->origin, "more than %d settings", CONF_SETTINGS_MAX);
        return;
    }
    if (i < c->n_settings && !replace) {
        conf_finding(c, new->origin, "%s is set a second time, first at %s; keep one of them",
                     new->key, c->settings[i].origin);
        return;
    }
    c->settings[i] = *new;
    if (i == c->n_settings)
        c->n_settings++;
}

void
conf_instances(const struct conf *c, const struct conf_section *s,
               const char *ret[CONF_REPEAT_MAX], size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < c->n_settings && *n < CONF_REPEAT_MAX; i++) {
        const struct conf_setting *at = &c->settings[i];
        bool seen = at->section != s;
        for (size_t k = 0; k < *n && !seen; k++)
            seen = strcmp(ret[k], at->instance) == 0;
        if (!seen)
            ret[(*n)++] = at->instance;
    }
}
