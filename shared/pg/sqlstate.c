/*
 * sqlstate.c: the one table that turns what Postgres says into what the caller must do.
 *
 * A row matches a whole SQLSTATE or, when shorter, its beginning; the first match counts, so exact
 * codes stand above their class.  What is not listed is FATAL: a statement of ours, the schema or a
 * right is wrong, and trying again would change nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pg/sqlstate.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *prefix;
    enum err_class class;
} table[] = {
    { "MR001", ERR_RETRY }, /* ours: another owner moved the offset; reload and go on */
    { "MR", ERR_RETRY },    /* ours: a lease or a version moved under us */
    { "08", ERR_RETRY },    /* connection */
    { "22", ERR_REJECT },   /* data exception: this input cannot be stored */
    { "23", ERR_REJECT },   /* integrity constraint: this input contradicts what is there */
    { "25006", ERR_RETRY }, /* read-only transaction: a standby, until the fail-over is over */
    { "25P03", ERR_RETRY }, /* idle in transaction too long: we were stopped */
    { "40", ERR_RETRY },    /* serialization failure, deadlock, statement completion unknown */
    { "53", ERR_RETRY },    /* disk full, out of memory, too many connections */
    { "54", ERR_REJECT },   /* a program limit, e.g. a key too long for an index */
    { "55006", ERR_RETRY }, /* object in use */
    { "55P03", ERR_RETRY }, /* lock time-out */
    { "57014", ERR_RETRY }, /* statement time-out */
    { "57P01", ERR_RETRY }, /* server shuts down */
    { "57P02", ERR_RETRY }, /* server crashed */
    { "57P03", ERR_RETRY }, /* server starts up */
    { "57P05", ERR_RETRY }, /* idle session time-out */
    { "58", ERR_RETRY },    /* input or output error of the server */
};

enum err_class
pg_sqlstate_class(const char *sqlstate)
{
    if (sqlstate == NULL || *sqlstate == '\0')
        return ERR_RETRY;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strncmp(sqlstate, table[i].prefix, strlen(table[i].prefix)) == 0)
            return table[i].class;
    return ERR_FATAL;
}
