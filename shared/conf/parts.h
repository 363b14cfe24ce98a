/*
 * parts.h: what the files of this layer share; private to it.
 *
 * A load gathers settings (from the file, then the environment), then fills the caller's struct
 * from them.  Whatever is wrong on the way becomes one finding, and the work goes on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CONF_PARTS_H
#define CONF_PARTS_H

#include "base/arena.h"
#include "conf/conf.h"

enum { CONF_SETTINGS_MAX = 1024, CONF_REPORT_MAX = 65536, CONF_NAME_MAX = 48 };

/* One value with its place: the table, and the instance of a repeated section ("" otherwise). */
struct conf_setting {
    const struct conf_section *section;
    const struct conf_opt *opt; /* NULL in a pass-through section */
    const char *instance, *key, *value;
    const char *origin; /* "millrace.ini:12", "environment MILLRACE_HTTP_PORT" */
};

struct conf {
    struct arena *mem;
    struct buf report;
    size_t n_findings;
    const struct conf_section *sections;
    size_t n_sections;
    struct conf_setting settings[CONF_SETTINGS_MAX];
    size_t n_settings;
};

/* report.c */
void conf_finding(struct conf *c, const char *origin, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* " (nearest: NAME)" in arena memory, "" when nothing is near. */
const char *conf_nearest_hint(struct conf *c, const char *name, const char *const *known, size_t n);
size_t conf_distance(const char *a, const char *b);

/* find.c: which table a name belongs to */
bool conf_is_repeated(const struct conf_section *s);
/* The instance ("" unless repeated) when `name` is a section of s, else NULL. */
const char *conf_instance_of(const struct conf_section *s, const char *name);
bool conf_is_passed(const struct conf *c, const char *section);
bool conf_is_of_others(const char *section);
const struct conf_setting *conf_find(const struct conf *c, const struct conf_section *s,
                                     const char *instance, const char *key);
/* Adds a setting, or replaces the one of the same place when `replace`; else that is a finding. */
void conf_put(struct conf *c, const struct conf_setting *new, bool replace);
/* The names of all instances of a repeated section, in order of appearance; *n of them. */
void conf_instances(const struct conf *c, const struct conf_section *s,
                    const char *ret[CONF_REPEAT_MAX], size_t *n);

/* file.c: a file's content in arena memory, NUL-terminated; NULL after a finding */
const char *conf_read_file(struct conf *c, const char *origin, const char *path, size_t max,
                           size_t *n);
/* ini.c */
void conf_read_ini(struct conf *c, const char *path);
/* env.c */
void conf_read_env(struct conf *c);
/* fill.c */
void conf_fill(struct conf *c, void *cfg);

#endif
