/*
 * migrate.c: the database becomes what the numbered files of schemas/postgres say.
 *
 * Files never change once applied: their checksums are remembered and compared.  All that is
 * missing is applied in one transaction under one lock, so it happens wholly, once, however many
 * try.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "cli.h"
#include "declared.h"
#include "migrations.h"
#include "millrace_sql.h"

enum { MIGRATE_TIMEOUT_MS = 600000, FILES_MAX = 1000 };

struct migration {
    int32_t version;
    const struct text_file *file;
    char checksum[SHA256_HEX_SIZE];
    bool applied;
};
struct plan {
    struct migration v[FILES_MAX];
    size_t n, n_applied;
};

static int
by_version(const void *a, const void *b)
{
    const struct migration *x = a, *y = b;
    return (x->version > y->version) - (x->version < y->version);
}

/* The files of this program, in order. */
static enum err_class
list_files(struct plan *p, struct err *e)
{
    for (const struct text_file *const *f = migrations; *f != NULL; f++) {
        char *end;
        const long version = strtol((*f)->name, &end, 10);
        if (p->n == FILES_MAX || version <= 0 || version > 100000 || *end != '_')
            return err_set(e, ERR_FATAL, "config",
                           "schemas/postgres/%s: must be NNN_name.sql, at most %d files",
                           (*f)->name, FILES_MAX);
        p->v[p->n] = (struct migration){ .version = (int32_t)version, .file = *f };
        hash_sha256_hex(str_of((*f)->text), p->v[p->n++].checksum);
    }
    qsort(p->v, p->n, sizeof p->v[0], by_version);
    for (size_t i = 1; i < p->n; i++)
        if (p->v[i].version == p->v[i - 1].version)
            return err_set(e, ERR_FATAL, "config",
                           "schemas/postgres: %s and %s have the same number",
                           p->v[i - 1].file->name, p->v[i].file->name);
    return ERR_NONE;
}

static struct migration *
find(struct plan *p, int64_t version)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->v[i].version == version)
            return &p->v[i];
    return NULL;
}

/* An unknown version means that a newer program was here; it knew all our files as well. */
static enum err_class
compare(struct plan *p, struct pg *db, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    TRY(pg_exec(db, e, &rows, &sql_migration_read));
    for (size_t i = 0; i < pg_n(rows); i++) {
        struct migration *m = find(p, pg_i64(rows, i, 0));
        if (m == NULL)
            continue;
        if (!str_is(pg_text(rows, i, 2), m->checksum))
            return err_set(
                e, ERR_FATAL, "CHECKSUM",
                "schemas/postgres/%s has changed since it was applied to this database; leave "
                "applied files as they are and write the change as a new file",
                m->file->name);
        m->applied = true;
        p->n_applied++;
    }
    return ERR_NONE;
}

static enum err_class
apply(struct plan *p, struct pg *db, struct err *e)
{
    const struct time_us now = clock_now();
    for (size_t i = 0; i < p->n; i++) {
        const struct migration *m = &p->v[i];
        if (m->applied)
            continue;
        if (pg_script(db, m->file->text, e) != ERR_NONE)
            return err_wrap(e, "schemas/postgres/%s: ", m->file->name);
        TRY(pg_send(db, e, &sql_migration_write, PG_I32(m->version), PG_CSTR(m->file->name),
                    PG_CSTR(m->checksum), PG_TIME(now)));
    }
    return ERR_NONE;
}

static enum err_class
open_database(struct cli *c, struct pg **ret, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_migration_lock, &sql_migration_read,
                                                        &sql_migration_write, NULL };
    const struct pg_settings settings = { .url = c->cfg.postgres.url,
                                          .application = "millrace migrate",
                                          .statement_timeout_ms = MIGRATE_TIMEOUT_MS,
                                          .lock_timeout_ms = MIGRATE_TIMEOUT_MS,
                                          .idle_in_transaction_timeout_ms = MIGRATE_TIMEOUT_MS };
    CLEANUP(pg_free) struct pg *first = NULL;
    TRY(pg_open(&first, &settings, NULL, e));
    TRY(pg_script(first, text_schema_migration.text, e));
    return pg_open(ret, &settings, (const struct pg_stmt *const *const[]){ statements, NULL }, e);
}

static void
report(const struct cli *c, const struct plan *p)
{
    const size_t missing = p->n - p->n_applied;
    if (c->json) {
        printf("{\"applied\":%zu,\"total\":%zu}\n", missing, p->n);
        return;
    }
    for (size_t i = 0; i < p->n; i++)
        if (!p->v[i].applied)
            printf("applied %s\n", p->v[i].file->name);
    if (missing == 0)
        printf("nothing to do: all %zu files are applied\n", p->n);
}

enum err_class
cli_migrate(struct cli *c, struct err *e)
{
    static struct plan plan;
    CLEANUP(pg_free) struct pg *db = NULL;
    TRY(list_files(&plan, e));
    TRY(open_database(c, &db, e));
    TRY(pg_begin(db, e));
    TRY(pg_exec(db, e, NULL, &sql_migration_lock));
    TRY(compare(&plan, db, e));
    TRY(apply(&plan, db, e));
    TRY(pg_commit(db, e));
    report(c, &plan);
    return ERR_NONE;
}
