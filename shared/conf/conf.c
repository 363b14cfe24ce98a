/*
 * conf.c: the order of a load: file, environment, then the caller's struct.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "conf/conf.h"

#include "conf/parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *const conf_services[] = {
    "webhook-gateway", "product-publisher", "order-publisher", "order-update-publisher",
    "ingest-gateway",  "product-state",     "order-state",     "inventory-state",
    "order-router",    "outbound-producer", "shopify-writer",  "reconciler",
    "millrace",        "shop.*",            NULL,
};

static struct conf *
conf_new(const struct conf_section *sections, size_t n)
{
    struct conf *c = calloc(1, sizeof *c);
    if (c == NULL)
        abort();
    c->mem = arena_new();
    buf_init(&c->report, CONF_REPORT_MAX);
    /* a copy: whoever put the table together may forget it, conf_dump() still needs it */
    struct conf_section *own = ARENA_NEW(c->mem, struct conf_section, n);
    memcpy(own, sections, n * sizeof *own);
    c->sections = own;
    c->n_sections = n;
    return c;
}

void
conf_free(struct conf *c)
{
    if (c == NULL)
        return;
    arena_free(c->mem);
    buf_fini(&c->report);
    free(c);
}

struct str
conf_report(const struct conf *c)
{
    return buf_str(&c->report);
}

/* The first finding, and how many more the report holds. */
static enum err_class
failure(const struct conf *c, struct err *e)
{
    const struct str all = buf_str(&c->report);
    const char *end = memchr(all.p, '\n', all.n);
    const int first = end != NULL ? (int)(end - all.p) : (int)all.n;
    if (c->n_findings == 1)
        return err_set(e, ERR_FATAL, "CONFIG", "%.*s", first, all.p);
    return err_set(e, ERR_FATAL, "CONFIG", "%.*s (and %zu more)", first, all.p, c->n_findings - 1);
}

enum err_class
conf_load(struct conf **ret, const char *path, const struct conf_section *sections,
          size_t n_sections, void *cfg, struct err *e)
{
    assert(ret != NULL);
    assert(cfg != NULL);

    struct conf *c = *ret = conf_new(sections, n_sections);
    if (path != NULL)
        conf_read_ini(c, path);
    conf_read_env(c);
    conf_fill(c, cfg);
    return c->n_findings == 0 ? ERR_NONE : failure(c, e);
}

static void
check_setting(struct conf *c, const struct conf_setting *at, const struct conf_reader *reader)
{
    struct err why = { 0 };
    size_t n = 0;
    if (reader->check(at->key, at->value, &why) == ERR_NONE)
        return;
    if (strcmp(why.code, "UNKNOWN") != 0) {
        conf_finding(c, at->origin, "%s", why.text);
        return;
    }
    const char *const *names = reader->names(&n);
    conf_finding(c, at->origin, "unknown option \"%s\" in [%s]%s", at->key, at->section->name,
                 conf_nearest_hint(c, at->key, names, n));
}

enum err_class
conf_check_pass(struct conf *c, const char *section, const struct conf_reader *reader,
                struct err *e)
{
    for (size_t i = 0; i < c->n_settings; i++)
        if (strcmp(c->settings[i].section->name, section) == 0)
            check_setting(c, &c->settings[i], reader);
    return c->n_findings == 0 ? ERR_NONE : failure(c, e);
}
