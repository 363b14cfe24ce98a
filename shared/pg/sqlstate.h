/*
 * sqlstate.h: what the caller must do about an error that Postgres reports.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PG_SQLSTATE_H
#define PG_SQLSTATE_H

#include "base/err.h"

/* The class of a five-letter SQLSTATE; NULL or "" (libpq lost the connection) is RETRY. */
enum err_class pg_sqlstate_class(const char *sqlstate);

#endif
