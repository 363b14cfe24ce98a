/*
 * topics_declared.c: reads schemas/topics: `[name]` and `key = value`; [default] comes first and
 * applies to every topic after it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "topics.h"

struct reader {
    const char *prefix;
    struct kafka_topic defaults;
    struct kafka_topic *at; /* the section being read; NULL before the first */
    struct topics *ret;
};

static struct str
trimmed(struct str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

static bool
copy(char *to, size_t size, struct str s)
{
    if (s.n == 0 || s.n >= size)
        return false;
    memcpy(to, s.p, s.n);
    to[s.n] = '\0';
    return true;
}

static enum err_class
section(struct reader *r, struct str name, struct err *e)
{
    if (str_is(name, "default") && r->ret->n == 0) {
        r->at = &r->defaults;
        return ERR_NONE;
    }
    if (r->ret->n == KAFKA_TOPICS_MAX)
        return err_set(e, ERR_FATAL, "config", "more than %d topics", KAFKA_TOPICS_MAX);
    r->at = &r->ret->v[r->ret->n++];
    *r->at = r->defaults;
    const int n =
        snprintf(r->at->name, sizeof r->at->name, "%s%.*s", r->prefix, (int)name.n, name.p);
    if (name.n == 0 || n < 0 || (size_t)n >= sizeof r->at->name)
        return err_set(e, ERR_FATAL, "config",
                       "a topic's name must have 1 to %zu characters with its prefix",
                       sizeof r->at->name - 1);
    for (size_t i = 0; i + 1 < r->ret->n; i++)
        if (strcmp(r->ret->v[i].name, r->at->name) == 0)
            return err_set(e, ERR_FATAL, "config", "[%.*s] stands there twice", (int)name.n,
                           name.p);
    return ERR_NONE;
}

static enum err_class
number(struct str value, int32_t *ret, struct err *e)
{
    char text[16], *end;
    if (!copy(text, sizeof text, value))
        return err_set(e, ERR_FATAL, "config", "expected a number");
    const long v = strtol(text, &end, 10);
    if (*end != '\0' || v < 1 || v > 10000)
        return err_set(e, ERR_FATAL, "config", "expected a number from 1 to 10000, not %s", text);
    *ret = (int32_t)v;
    return ERR_NONE;
}

static enum err_class
pair(struct reader *r, struct str key, struct str value, struct err *e)
{
    struct kafka_topic *t = r->at;
    if (t == NULL)
        return err_set(e, ERR_FATAL, "config", "a key before the first [section]");
    if (str_is(key, "partitions"))
        return number(value, &t->partitions, e);
    if (str_is(key, "replication"))
        return number(value, &t->replication, e);
    size_t i = 0;
    while (i < t->n_configs && !str_is(key, t->configs[i].key))
        i++;
    if (i == KAFKA_TOPIC_CONFIGS_MAX)
        return err_set(e, ERR_FATAL, "config", "more than %d options", KAFKA_TOPIC_CONFIGS_MAX);
    if (!copy(t->configs[i].key, sizeof t->configs[i].key, key) ||
        !copy(t->configs[i].value, sizeof t->configs[i].value, value))
        return err_set(e, ERR_FATAL, "config", "key and value must have 1 to %zu characters",
                       sizeof t->configs[i].key - 1);
    if (i == t->n_configs)
        t->n_configs++;
    return ERR_NONE;
}

static enum err_class
read_line(struct reader *r, struct str line, struct err *e)
{
    line = trimmed(line);
    if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';')
        return ERR_NONE;
    if (line.p[0] == '[' && line.p[line.n - 1] == ']')
        return section(r, (struct str){ line.p + 1, line.n - 2 }, e);
    const char *equals = memchr(line.p, '=', line.n);
    if (equals == NULL)
        return err_set(e, ERR_FATAL, "config", "expected [topic] or key = value");
    const size_t n = (size_t)(equals - line.p);
    return pair(r, trimmed((struct str){ line.p, n }),
                trimmed((struct str){ equals + 1, line.n - n - 1 }), e);
}

enum err_class
topics_declared(const char *text, const char *prefix, struct topics *ret, struct err *e)
{
    struct reader r = { .prefix = prefix,
                        .ret = ret,
                        .defaults = { .partitions = 1, .replication = 1 } };
    ret->n = 0;
    for (int line = 1; *text != '\0'; line++) {
        const size_t n = strcspn(text, "\n");
        if (read_line(&r, (struct str){ text, n }, e) != ERR_NONE)
            return err_wrap(e, "schemas/topics: line %d: ", line);
        text += n + (text[n] == '\n');
    }
    return ERR_NONE;
}
