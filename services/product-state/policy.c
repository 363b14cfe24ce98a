/*
 * policy.c: see policy.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy.h"

#include "base/clock.h"
#include "product_state_sql.h"

enum err_class
policy_parse(const char *text, enum identifier *ret, struct err *e)
{
    static const char *const names[] = { [IDENTIFIER_SKU] = "sku",
                                         [IDENTIFIER_BARCODE] = "barcode",
                                         [IDENTIFIER_SHOPIFY_ID] = "shopify_id" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(text, names[i]) == 0) {
            *ret = (enum identifier)i;
            return ERR_NONE;
        }
    return err_set(e, ERR_FATAL, "config",
                   "[product-state] identifier = %s: choose sku, barcode or shopify_id", text);
}

enum err_class
policy_settle(struct pg *db, const char *text, enum identifier *ret, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    TRY(policy_parse(text, ret, e));
    TRY(pg_begin(db, e));
    TRY(pg_exec(db, e, &rows, &sql_choose_identifier, PG_CSTR(text), PG_TIME(clock_now())));
    TRY(pg_commit(db, e));
    const struct str in_force = pg_text(rows, 0, 0);
    if (str_is(in_force, text))
        return ERR_NONE;
    return err_set(e, ERR_FATAL, "config",
                   "[product-state] identifier = %s: variants are linked by %.*s already, and their"
                   " stock is counted under these names: set it back to %.*s, or begin with an"
                   " empty database",
                   text, (int)in_force.n, in_force.p, (int)in_force.n, in_force.p);
}
