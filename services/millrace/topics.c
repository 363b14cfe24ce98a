/*
 * topics.c: compare Kafka's topics with their declaration, and make them so.
 *
 * What cannot be mended is reported and left: partitions cannot be taken away, and the number of
 * replicas is the cluster's matter once a topic exists.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli.h"
#include "declared.h"
#include "json/emit.h"

enum { LINES_MAX = 1 << 20, VISIBLE_MS = 15000, LOOK_MS = 100 };

struct comparison {
    struct topics wanted;
    struct kafka_topic actual[KAFKA_TOPICS_MAX];
    struct buf lines; /* "+ orders: ..." */
    size_t differences, impossible;
};

static bool
configs_differ(const struct kafka_topic *want, const struct kafka_topic *is)
{
    for (size_t i = 0; i < want->n_configs; i++)
        if (strcmp(want->configs[i].value, is->configs[i].value) != 0)
            return true;
    return false;
}

static void
compare_one(struct comparison *c, const struct kafka_topic *want, const struct kafka_topic *is)
{
    if (!is->exists) {
        buf_printf(&c->lines, "+ %s: missing; %" PRId32 " partitions\n", want->name,
                   want->partitions);
        c->differences++;
        return;
    }
    if (is->partitions != want->partitions) {
        const bool more = is->partitions < want->partitions;
        buf_printf(&c->lines, "%s %s: %" PRId32 " partitions, declared %" PRId32 "%s\n",
                   more ? "~" : "!", want->name, is->partitions, want->partitions,
                   more ? "" : "; they cannot be taken away");
        c->differences++;
        c->impossible += !more;
    }
    for (size_t i = 0; i < want->n_configs; i++)
        if (strcmp(want->configs[i].value, is->configs[i].value) != 0) {
            buf_printf(&c->lines, "~ %s: %s is %s, declared %s\n", want->name, want->configs[i].key,
                       is->configs[i].value, want->configs[i].value);
            c->differences++;
        }
}

static enum err_class
compare(struct comparison *c, struct kafka_admin *admin, struct err *e)
{
    c->differences = c->impossible = 0;
    buf_clear(&c->lines);
    TRY(kafka_admin_describe(admin, c->wanted.v, c->actual, c->wanted.n, e));
    for (size_t i = 0; i < c->wanted.n; i++)
        compare_one(c, &c->wanted.v[i], &c->actual[i]);
    return ERR_NONE;
}

static enum err_class
mend(const struct comparison *c, struct kafka_admin *admin, struct err *e)
{
    for (size_t i = 0; i < c->wanted.n; i++) {
        const struct kafka_topic *want = &c->wanted.v[i], *is = &c->actual[i];
        if (!is->exists) {
            TRY(kafka_admin_create(admin, want, e));
            continue;
        }
        if (is->partitions < want->partitions)
            TRY(kafka_admin_add_partitions(admin, want->name, want->partitions, e));
        if (configs_differ(want, is))
            TRY(kafka_admin_alter_configs(admin, want, e));
    }
    return ERR_NONE;
}

/* What was created is not known everywhere at once; whoever runs next may count on it. */
static enum err_class
await(struct comparison *c, struct kafka_admin *admin, struct err *e)
{
    const int64_t until = clock_monotonic_ms() + VISIBLE_MS;
    do {
        TRY(compare(c, admin, e));
        if (c->differences == c->impossible)
            return ERR_NONE;
        clock_sleep_ms(LOOK_MS);
    } while (clock_monotonic_ms() < until);
    return err_set(e, ERR_RETRY, "TIMED_OUT", "applied, but Kafka still shows differences:\n%s",
                   buf_cstr(&c->lines));
}

static void
report(const struct cli *cli, struct comparison *c, const char *fine)
{
    struct buf out;
    struct emit j;
    buf_init(&out, LINES_MAX);
    if (cli->json) {
        emit_init(&j, &out);
        emit_object(&j, NULL);
        emit_i64(&j, "differences", (int64_t)c->differences);
        emit_str(&j, "lines", buf_str(&c->lines).n > 0 ? buf_str(&c->lines) : STR(""));
        emit_i64(&j, "topics", (int64_t)c->wanted.n);
        emit_object_end(&j);
    } else {
        buf_str_add(&out, buf_str(&c->lines));
        if (c->differences == 0)
            buf_printf(&out, "%zu topics %s\n", c->wanted.n, fine);
    }
    cli_print(&out);
    buf_fini(&out);
}

static enum err_class
run(struct cli *cli, bool apply, struct comparison *c, struct err *e)
{
    struct kafka_settings settings;
    CLEANUP(kafka_admin_free) struct kafka_admin *admin = NULL;

    service_kafka_settings(cli->svc, &settings);
    TRY(topics_declared(text_topics.text, cli->cfg.topics.prefix, &c->wanted, e));
    TRY(kafka_admin_open(&admin, &settings, e));
    TRY(compare(c, admin, e));
    if (!apply) {
        report(cli, c, "are as declared");
        cli->answer = c->differences > 0 ? EXIT_NO : 0;
        return ERR_NONE;
    }
    if (!cli->json)
        cli_print(&c->lines);
    TRY(mend(c, admin, e));
    TRY(await(c, admin, e));
    report(cli, c, "are as declared");
    cli->answer = c->impossible > 0 ? EXIT_NO : 0;
    return ERR_NONE;
}

static enum err_class
compared(struct cli *cli, bool apply, struct err *e)
{
    static struct comparison c;
    buf_init(&c.lines, LINES_MAX);
    const enum err_class class = run(cli, apply, &c, e);
    buf_fini(&c.lines);
    return class;
}

enum err_class
cli_topics_diff(struct cli *c, struct err *e)
{
    return compared(c, false, e);
}

enum err_class
cli_topics_apply(struct cli *c, struct err *e)
{
    return compared(c, true, e);
}
