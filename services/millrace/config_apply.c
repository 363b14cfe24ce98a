/*
 * config_apply.c: what people decide (facilities, locations, channels) becomes facts on topic
 * `settings`.
 *
 * The file is an array of {"kind", "id", "value"}.  All of it is checked before any of it is
 * published, and every mistake is reported, so a file is either in force or not.  Publishing it
 * again is harmless.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli.h"
#include "domain/setting.h"
#include "json/emit.h"
#include "service/publish.h"

enum { FILE_MAX_BYTES = 16 << 20, RECORD_MAX = 1 << 20, MISTAKES_MAX = 20, PUBLISH_MS = 30000 };

struct record {
    struct str key, value; /* value.p NULL: archives */
};
struct sheet {
    struct arena *mem;
    struct record *v;
    size_t n, mistakes;
    const char *file;
};

static enum err_class
read_file(const char *path, struct buf *ret, struct err *e)
{
    char piece[65536];
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (f == NULL)
        return err_set(e, ERR_REJECT, "ENOENT", "%s: %s", path, strerror(errno));
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        buf_add(ret, piece, n);
    const bool failed = ferror(f) != 0;
    if (f != stdin)
        (void)fclose(f);
    if (failed)
        return err_set(e, ERR_REJECT, "EIO", "%s: cannot be read", path);
    return buf_check(ret, path, e);
}

/* {"kind":K,"id":I,"value":{...}} as the flat object that travels: {"id":I,"kind":K,...} */
static void
flatten(const struct json_value *item, struct buf *out)
{
    const struct json_value *member;
    struct str name;
    struct emit j;
    buf_str_add(out, STR("{\"kind\":"));
    json_dump(json_get(item, "kind"), out);
    buf_str_add(out, STR(",\"id\":"));
    json_dump(json_get(item, "id"), out);
    for (void *iter = NULL; json_next(json_get(item, "value"), &iter, &name, &member);) {
        buf_char(out, ',');
        emit_init(&j, out);
        emit_str(&j, NULL, name);
        buf_char(out, ':');
        json_dump(member, out);
    }
    buf_char(out, '}');
}

static enum err_class
check_item(const struct json_value *item, struct err *e)
{
    const struct json_value *member;
    struct str name;
    if (!json_is_object(item))
        return err_set(e, ERR_REJECT, NULL, "must be an object with kind, id and value");
    for (void *iter = NULL; json_next(item, &iter, &name, &member);)
        if (!str_is(name, "kind") && !str_is(name, "id") && !str_is(name, "value"))
            return err_set(e, ERR_REJECT, NULL,
                           "unknown key \"%.*s\"; fields belong into \"value\"", (int)name.n,
                           name.p);
    if (!json_is_string(json_get(item, "kind")) || !json_is_string(json_get(item, "id")))
        return err_set(e, ERR_REJECT, NULL, "\"kind\" and \"id\" must be strings");
    if (json_get(item, "value") == NULL)
        return err_set(e, ERR_REJECT, NULL, "\"value\" is missing; null archives the setting");
    if (!json_is_object(json_get(item, "value")) && !json_is_null(json_get(item, "value")))
        return err_set(e, ERR_REJECT, NULL, "\"value\" must be an object, or null to archive");
    return ERR_NONE;
}

static enum err_class
decode(struct sheet *s, const struct json_value *item, struct buf *work, struct setting *ret,
       struct err *e)
{
    CLEANUP(json_free) struct json_doc *doc = NULL;
    TRY(check_item(item, e));
    if (json_is_null(json_get(item, "value"))) {
        const struct str kind = json_str(json_get(item, "kind")),
                         id = json_str(json_get(item, "id"));
        buf_str_add(work, kind);
        buf_char(work, '/');
        buf_str_add(work, id);
        TRY(setting_from_key(buf_str(work), s->mem, ret, e));
        s->v[s->n].value = (struct str){ NULL, 0 };
        s->v[s->n].key = arena_str(s->mem, buf_str(work));
        return ERR_NONE;
    }
    flatten(item, work);
    TRY(json_parse(&doc, buf_str(work), e));
    TRY(setting_decode(json_root(doc), s->mem, ret, e));
    buf_clear(work);
    setting_emit(work, ret);
    TRY(buf_check(work, "value", e));
    s->v[s->n].value = arena_str(s->mem, buf_str(work));
    buf_clear(work);
    setting_key(work, ret);
    s->v[s->n].key = arena_str(s->mem, buf_str(work));
    return ERR_NONE;
}

static enum err_class
add(struct sheet *s, const struct json_value *item, struct err *e)
{
    struct setting setting;
    struct buf work;
    buf_init(&work, RECORD_MAX);
    const enum err_class class = decode(s, item, &work, &setting, e);
    buf_fini(&work);
    TRY(class);
    for (size_t i = 0; i < s->n; i++)
        if (str_eq(s->v[i].key, s->v[s->n].key))
            return err_set(e, ERR_REJECT, NULL, "stands there twice");
    s->n++;
    return ERR_NONE;
}

static enum err_class
check_all(struct sheet *s, const struct json_value *root, struct err *e)
{
    if (!json_is_array(root))
        return err_set(e, ERR_REJECT, NULL, "%s: must be an array of {\"kind\", \"id\", \"value\"}",
                       s->file);
    s->v = ARENA_NEW(s->mem, struct record, json_size(root) + 1);
    for (size_t i = 0; i < json_size(root); i++) {
        const struct json_value *item = json_at(root, i);
        const struct str kind = json_str(json_get(item, "kind")),
                         id = json_str(json_get(item, "id"));
        if (add(s, item, e) == ERR_NONE)
            continue;
        if (s->mistakes++ < MISTAKES_MAX)
            fprintf(stderr, "%s: [%zu] %.*s/%.*s: %s\n", s->file, i, (int)kind.n,
                    kind.p != NULL ? kind.p : "", (int)id.n, id.p != NULL ? id.p : "", e->text);
    }
    if (s->mistakes > 0)
        return err_set(e, ERR_REJECT, NULL,
                       "%s: %zu of %zu settings are wrong; nothing was published", s->file,
                       s->mistakes, json_size(root));
    return ERR_NONE;
}

static enum err_class
publish(struct cli *c, const struct sheet *s, struct err *e)
{
    CLEANUP(publisher_free) struct publisher *p = NULL;
    const struct time_us now = clock_now();
    char version[32];
    snprintf(version, sizeof version, "%" PRId64, now.v / US_PER_MS);
    TRY(publisher_open(&p, c->svc, e));
    for (size_t i = 0; i < s->n; i++) {
        const struct event ev = { .topic = SETTING_TOPIC,
                                  .key = s->v[i].key,
                                  .value = s->v[i].value,
                                  .type = SETTING_TYPE,
                                  .source = STR("millrace/config"),
                                  .version = str_of(version),
                                  .time = now };
        TRY(publish_add(p, &ev, e));
    }
    return publish_wait(p, PUBLISH_MS, e);
}

static enum err_class
apply_file(struct cli *c, struct sheet *s, const struct buf *text, struct err *e)
{
    CLEANUP(json_free) struct json_doc *doc = NULL;
    if (json_parse(&doc, buf_str(text), e) != ERR_NONE)
        return err_wrap(e, "%s: ", s->file);
    TRY(check_all(s, json_root(doc), e));
    TRY(publish(c, s, e));
    if (c->json)
        printf("{\"published\":%zu}\n", s->n);
    else
        printf("published %zu settings\n", s->n);
    return ERR_NONE;
}

enum err_class
cli_config_apply(struct cli *c, struct err *e)
{
    struct sheet s = { .file = c->argv[0] };
    CLEANUP(arena_free) struct arena *mem = arena_new();
    struct buf text;
    s.mem = mem;
    buf_init(&text, FILE_MAX_BYTES);
    enum err_class class = read_file(s.file, &text, e);
    if (class == ERR_NONE)
        class = apply_file(c, &s, &text, e);
    buf_fini(&text);
    return class;
}
