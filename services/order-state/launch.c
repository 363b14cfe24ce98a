/*
 * launch.c: see launch.h.  Orders are brought in line a thousand at a time, so that no statement
 * runs into its time-out however many a shop has.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "launch.h"

#include <string.h>

#include "base/clock.h"
#include "domain/name.h"
#include "order_state_sql.h"

enum { ORDERS_AT_ONCE = 1000 };

static struct str
take_word(struct str *list)
{
    static const char between[] = " ,\t";
    struct str word = { 0 };

    while (list->n > 0 && strchr(between, list->p[0]) != NULL)
        *list = (struct str){ list->p + 1, list->n - 1 };
    word.p = list->p;
    while (word.n < list->n && strchr(between, list->p[word.n]) == NULL)
        word.n++;
    *list = (struct str){ list->p + word.n, list->n - word.n };
    return word;
}

enum err_class
launch_next(struct str *list, bool *found, struct str *shop, struct time_us *at, struct err *e)
{
    struct err why = { 0 };

    *shop = take_word(list);
    *found = shop->n > 0;
    if (!*found)
        return ERR_NONE;
    if (name_check_shop("shop", *shop, &why) == ERR_NONE
        && time_parse(take_word(list), at, &why) == ERR_NONE)
        return ERR_NONE;
    return err_set(e, ERR_FATAL, "config",
                   "order-state.launch_at: %s; write \"acme 2026-11-01T00:00:00Z\" for each shop",
                   why.text);
}

static enum err_class
launch(struct str shop, struct time_us at, struct service *s, struct pg *db, struct err *e)
{
    int64_t last = 0;
    bool left = true;

    TRY(pg_exec(db, e, NULL, &sql_set_launch, PG_TEXT(shop), PG_TIME(at)));
    while (left && !service_stopping(s)) {
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        service_beat(s);
        TRY(pg_exec(db, e, &rows, &sql_launch_orders, PG_TEXT(shop), PG_I64(last),
                    PG_I32(ORDERS_AT_ONCE), PG_TIME(clock_now())));
        left = !pg_is_null(rows, 0, 0);
        if (left)
            last = pg_i64(rows, 0, 0);
    }
    return ERR_NONE;
}

enum err_class
launch_shops(const struct order_state_conf *conf, struct service *s, struct pg *db, struct err *e)
{
    struct str list = str_of(conf->launch_at);
    struct str shop = { 0 };
    struct time_us at = { 0 };
    bool found = false;

    TRY(launch_next(&list, &found, &shop, &at, e));
    while (found && !service_stopping(s)) {
        TRY(launch(shop, at, s, db, e));
        TRY(launch_next(&list, &found, &shop, &at, e));
    }
    return ERR_NONE;
}
