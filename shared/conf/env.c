/*
 * env.c: MILLRACE_<SECTION>_<KEY> stands above the file.
 *
 * A name in the environment has lost its punctuation, so it is matched against the names that the
 * tables would have there: exact options first, then repeated sections, then pass-through ones.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "conf/parts.h"

#include <stdio.h>
#include <unistd.h>

enum { ENV_NAME_MAX = 160, KNOWN_MAX = 128 };

struct env { struct conf *c; const char *name, *value, *origin; };

/* What the environment calls `section` or `section key`: "MILLRACE_ORDER_STATE_BATCH_MAX". */
static void
spell(char ret[ENV_NAME_MAX], const char *section, const char *key)
{
    snprintf(ret, ENV_NAME_MAX, "MILLRACE_%s%s%s", section, *section != '\0' ? "_" : "", key);
    for (char *p = ret; *p != '\0'; p++) {
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
        else if (!(*p >= 'A' && *p <= 'Z') && !(*p >= '0' && *p <= '9'))
            *p = '_';
    }
}

/* "MILLRACE_HTTP_" begins the variables of [http], "MILLRACE_SHOP_" those of [shop.*]. */
static bool
begins_with_section(const char *name, const char *section)
{
    char stem[ENV_NAME_MAX];
    spell(stem, section, "");
    size_t n = strlen(stem);
    while (n > 1 && stem[n - 2] == '_')
        n--;
    return strncmp(name, stem, n) == 0;
}

static bool
is_control(const char *name)
{
    static const char *const names[] = { "MILLRACE_CONFIG", "MILLRACE_VAR", "MILLRACE_FAILPOINTS",
                                         "MILLRACE_CLOCK_OFFSET_FILE" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void
put(const struct env *v, const struct conf_section *s, const struct conf_opt *o,
    const char *instance, const char *key)
{
    const struct conf_setting new = { s, o, instance, key, arena_str(v->c->mem, str_of(v->value)).p,
                                      v->origin };
    conf_put(v->c, &new, true);
}

static bool
match_option(const struct env *v, const struct conf_section *s)
{
    char want[ENV_NAME_MAX];
    for (const struct conf_opt *o = s->opts; o->key != NULL; o++) {
        spell(want, s->name, o->key);
        if (strcmp(want, v->name) == 0) {
            put(v, s, o, "", o->key);
            return true;
        }
    }
    return false;
}

/* The instance whose name in the environment is `middle`: one of the file's, or a new one. */
static const char *
instance_named(const struct env *v, const struct conf_section *s, const char *middle)
{
    const char *names[CONF_REPEAT_MAX];
    char spelt[ENV_NAME_MAX];
    size_t n;
    conf_instances(v->c, s, names, &n);
    for (size_t i = 0; i < n; i++) {
        spell(spelt, "", names[i]);
        if (strcmp(spelt + strlen("MILLRACE_"), middle) == 0)
            return names[i];
    }
    char *name = arena_alloc(v->c->mem, strlen(middle) + 1, 1);
    for (size_t i = 0; middle[i] != '\0'; i++)
        name[i] = middle[i] == '_' ? '-' : (char)(middle[i] >= 'A' && middle[i] <= 'Z'
                                                      ? middle[i] - 'A' + 'a' : middle[i]);
    return name;
}

/* MILLRACE_SHOP_ACME_TOKEN_FILE: the longest option that ends the name leaves the instance. */
static bool
match_repeated(const struct env *v, const struct conf_section *s)
{
    char tail[ENV_NAME_MAX];
    const char *middle = NULL;
    const struct conf_opt *best = NULL;
    const size_t n = strlen(v->name), stem_n = strlen("MILLRACE_") + strlen(s->name) - 1;
    if (!begins_with_section(v->name, s->name))
        return false;
    for (const struct conf_opt *o = s->opts; o->key != NULL; o++) {
        spell(tail, "", o->key);
        const char *want = tail + strlen("MILLRACE"); /* "_TOKEN_FILE" */
        const size_t want_n = strlen(want);
        if (n > stem_n + want_n && strcmp(v->name + n - want_n, want) == 0 &&
            (best == NULL || strlen(o->key) > strlen(best->key))) {
            best = o;
            middle = arena_str(v->c->mem, (struct str){ v->name + stem_n, n - stem_n - want_n }).p;
        }
    }
    if (best != NULL)
        put(v, s, best, instance_named(v, s, middle), best->key);
    return best != NULL;
}

static bool
match_pass(const struct env *v, const struct conf_section *s)
{
    char stem[ENV_NAME_MAX];
    spell(stem, s->name, "");
    const char *rest = v->name + strlen(stem);
    if (!begins_with_section(v->name, s->name) || *rest == '\0')
        return false;
    char *key = arena_alloc(v->c->mem, strlen(rest) + 1, 1);
    for (size_t i = 0; rest[i] != '\0'; i++)
        key[i] = rest[i] == '_' ? '.' : (char)(rest[i] >= 'A' && rest[i] <= 'Z'
                                                   ? rest[i] - 'A' + 'a' : rest[i]);
    put(v, s, NULL, "", key);
    return true;
}

typedef bool match_fn(const struct env *v, const struct conf_section *s);

static bool
match_any(const struct env *v, match_fn *match, bool repeated, bool pass)
{
    for (size_t i = 0; i < v->c->n_sections; i++) {
        const struct conf_section *s = &v->c->sections[i];
        if (conf_is_repeated(s) == repeated && (s->opts == NULL) == pass && match(v, s))
            return true;
    }
    return false;
}

/* The longest section name that begins the variable; those of other services count too. */
static size_t
longest_of_others(const char *name)
{
    size_t longest = 0;
    for (size_t i = 0; conf_services[i] != NULL; i++)
        if (begins_with_section(name, conf_services[i]) && strlen(conf_services[i]) > longest)
            longest = strlen(conf_services[i]);
    return longest;
}

/* What the options of a section are called in the environment; it may be one of a repeated one. */
static size_t
spell_options(const struct env *v, const struct conf_section *s, const char *section,
              const char *ret[KNOWN_MAX])
{
    size_t n = 0;
    for (const struct conf_opt *o = s->opts; o != NULL && o->key != NULL && n < KNOWN_MAX; o++) {
        char *copy = arena_alloc(v->c->mem, ENV_NAME_MAX, 1);
        spell(copy, section, o->key);
        ret[n++] = copy;
    }
    return n;
}

/* The names that can have been meant; of a repeated section those of the file's instance. */
static size_t
meant(const struct env *v, const struct conf_section *s, const char *ret[KNOWN_MAX])
{
    const char *instances[CONF_REPEAT_MAX];
    size_t n;
    if (!conf_is_repeated(s))
        return spell_options(v, s, s->name, ret);
    conf_instances(v->c, s, instances, &n);
    for (size_t i = 0; i < n; i++) {
        const char *section = arena_printf(v->c->mem, "%.*s%s", (int)strlen(s->name) - 1, s->name,
                                           instances[i]).p;
        if (begins_with_section(v->name, section))
            return spell_options(v, s, section, ret);
    }
    return 0;
}

static void
report_unknown(const struct env *v)
{
    const struct conf_section *mine = NULL;
    const char *known[KNOWN_MAX];
    for (size_t i = 0; i < v->c->n_sections; i++) {
        const struct conf_section *s = &v->c->sections[i];
        if (begins_with_section(v->name, s->name) &&
            (mine == NULL || strlen(s->name) > strlen(mine->name)))
            mine = s;
    }
    if (mine == NULL || longest_of_others(v->name) > strlen(mine->name))
        return;
    const size_t n = meant(v, mine, known);
    conf_finding(v->c, v->origin, "no option of [%s] has this name%s", mine->name,
                 conf_nearest_hint(v->c, v->name, known, n));
}

static void
take(struct conf *c, const char *entry)
{
    const char *equals = strchr(entry, '=');
    if (equals == NULL || strncmp(entry, "MILLRACE_", 9) != 0)
        return;
    const struct str name = arena_str(c->mem, (struct str){ entry, (size_t)(equals - entry) });
    if (is_control(name.p))
        return;
    const struct env v = { c, name.p, equals + 1,
                           arena_printf(c->mem, "environment %s", name.p).p };
    if (name.n >= ENV_NAME_MAX) {
        conf_finding(c, "environment", "a name of %zu characters begins %.32s; names are shorter",
                     name.n, name.p);
        return;
    }
    if (!match_any(&v, match_option, false, false) && !match_any(&v, match_repeated, true, false) &&
        !match_any(&v, match_pass, false, true))
        report_unknown(&v);
}

void
conf_read_env(struct conf *c)
{
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
        take(c, *entry);
}
