/*
 * settle.c: one setting at a time, because two of one batch may contradict each other; see
 * settle.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "settle.h"

#include "domain/setting.h"
#include "inventory_state_sql.h"

/* Appends to a list that doubles in the arena. */
static void
touch(struct str **list, size_t *n, size_t *max, struct str name, struct arena *mem)
{
    if (*n == *max) {
        const size_t room = *max > 0 ? *max * 2 : 16;
        struct str *grown = ARENA_NEW(mem, struct str, room);
        if (*n > 0)
            memcpy(grown, *list, *n * sizeof **list);
        *list = grown;
        *max = room;
    }
    (*list)[(*n)++] = arena_str(mem, name);
}

static void
touch_facility(struct touched *t, struct str facility, struct arena *mem)
{
    touch(&t->facilities, &t->n_facilities, &t->max_facilities, facility, mem);
}

static void
touch_shop(struct touched *t, struct str shop, struct arena *mem)
{
    touch(&t->shops, &t->n_shops, &t->max_shops, shop, mem);
}

static enum err_class
save_facility(struct pg *db, const struct setting *s, struct batch *b, size_t i, struct touched *t,
              struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    TRY(pg_exec(db, e, &rows, &sql_save_facility, PG_TEXT(s->id), PG_TEXT(s->name),
                PG_I64(s->priority), PG_CSTR(setting_authority_name(s->authority)),
                PG_I64(s->safety_stock), PG_BOOL(s->ships), PG_BOOL(s->active), PG_TIME(b->now)));
    if (pg_n(rows) > 0)
        touch_facility(t, s->id, b->mem);
    else
        b->outcome[i] = OUTCOME_DUPLICATE;
    return ERR_NONE;
}

static enum err_class
save_location(struct pg *db, const struct setting *s, struct batch *b, size_t i, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    TRY(pg_exec(db, e, &rows, &sql_save_location, PG_TEXT(s->shop), PG_I64(s->location.v),
                PG_TEXT(s->name), PG_TIME(b->now)));
    if (pg_n(rows) == 0)
        b->outcome[i] = OUTCOME_DUPLICATE;
    return ERR_NONE;
}

static enum err_class
save_channel(struct pg *db, const struct setting *s, struct batch *b, size_t i, struct touched *t,
             struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    struct err why = { 0 };

    TRY(pg_exec(db, e, &rows, &sql_save_channel, PG_TEXT(s->shop), PG_I64(s->location.v),
                PG_BOOL(s->active), PG_I64(s->threshold),
                PG_TEXTS(setting_facilities(s), s->facilities.n), PG_TIME(b->now)));
    if (!pg_is_null(rows, 0, 1)) {
        const struct str refused = pg_text(rows, 0, 1);
        if (err_set(&why, ERR_REJECT, "", "%.*s", (int)refused.n, refused.p) == ERR_REJECT)
            batch_reject(b, i, &why);
        return ERR_NONE;
    }
    if (!pg_bool(rows, 0, 0)) {
        b->outcome[i] = OUTCOME_DUPLICATE;
        return ERR_NONE;
    }
    touch_shop(t, s->shop, b->mem);
    for (size_t row = 0; row < pg_n(rows); row++)
        if (!pg_is_null(rows, row, 2))
            touch_facility(t, pg_text(rows, row, 2), b->mem);
    return ERR_NONE;
}

static enum err_class
save(struct pg *db, const struct setting *s, struct batch *b, size_t i, struct touched *t,
     struct err *e)
{
    switch (s->kind) {
    case SETTING_FACILITY:
        return save_facility(db, s, b, i, t, e);
    case SETTING_LOCATION:
        return save_location(db, s, b, i, e);
    case SETTING_CHANNEL:
        return save_channel(db, s, b, i, t, e);
    }
    return err_set(e, ERR_FATAL, "", "setting of kind %d", (int)s->kind);
}

/* Tombstones mean archived: the row stays, so that stock and history keep their names. */
static enum err_class
archive(struct pg *db, const struct setting *s, struct batch *b, size_t i, struct touched *t,
        struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    switch (s->kind) {
    case SETTING_FACILITY:
        TRY(pg_exec(db, e, &rows, &sql_archive_facility, PG_TEXT(s->id), PG_TIME(b->now)));
        if (pg_n(rows) > 0)
            touch_facility(t, s->id, b->mem);
        break;
    case SETTING_CHANNEL:
        TRY(pg_exec(db, e, &rows, &sql_archive_channel, PG_TEXT(s->shop), PG_I64(s->location.v),
                    PG_TIME(b->now)));
        if (pg_n(rows) > 0)
            touch_shop(t, s->shop, b->mem);
        break;
    case SETTING_LOCATION: /* nothing depends on a location's name */
        break;
    }
    if (pg_n(rows) == 0)
        b->outcome[i] = OUTCOME_DUPLICATE;
    return ERR_NONE;
}

enum err_class
settle_setting(struct pg *db, struct batch *b, size_t i, struct touched *touched, struct err *e)
{
    CLEANUP(json_free) struct json_doc *doc = NULL;
    const struct kafka_record *r = &b->records[i];
    const bool tombstone = r->value.p == NULL;
    struct setting s = { 0 };
    struct err why = { 0 };
    enum err_class decoded =
        tombstone ? setting_from_key(r->key, b->mem, &s, &why) : json_parse(&doc, r->value, &why);

    if (!tombstone && decoded == ERR_NONE)
        decoded = setting_decode(json_root(doc), b->mem, &s, &why);
    if (decoded != ERR_NONE) {
        batch_reject(b, i, &why);
        return ERR_NONE;
    }
    return tombstone ? archive(db, &s, b, i, touched, e) : save(db, &s, b, i, touched, e);
}
