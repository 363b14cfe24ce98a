/*
 * stock_answer.c: user errors by code and place; see stock_answer.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stock_answer.h"

#include "domain/gid.h"

enum { PLACE_IN_FIELD = 2, PLACE_DIGITS_MAX = 4 };

struct user_error { struct str code, message; size_t row; bool names_row; };

static const struct { const char *code; enum stock_meaning meaning; } key_errors[] = {
    { "IDEMPOTENCY_CONCURRENT_REQUEST", STOCK_IN_WORK },
    { "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", STOCK_NEW_KEY },
    { "IDEMPOTENCY_KEY_PARAMETER_MISMATCH", STOCK_WRONG_KEY },
};

/* ["input","quantities","7","changeFromQuantity"]: the row is the 7 (counted from 0). */
static bool
row_of(const struct json_value *field, size_t n_rows, size_t *ret)
{
    const struct str text = json_str(json_at(field, PLACE_IN_FIELD));
    size_t row = 0;

    if (!str_is(json_str(json_at(field, 1)), "quantities") || text.n == 0
        || text.n > PLACE_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        row = row * 10 + (size_t)(text.p[i] - '0');
    }
    *ret = row;
    return row < n_rows;
}

static struct user_error
read_error(const struct json_value *v, size_t n_rows)
{
    struct user_error u = { json_str(json_get(v, "code")), json_str(json_get(v, "message")), 0,
                            false };

    u.names_row = row_of(json_get(v, "field"), n_rows, &u.row);
    return u;
}

static enum stock_meaning
meaning_of(struct str code)
{
    for (size_t i = 0; i < sizeof key_errors / sizeof key_errors[0]; i++)
        if (str_is(code, key_errors[i].code))
            return key_errors[i].meaning;
    return STOCK_NOT_DONE;
}

static struct str
reason_of(struct arena *mem, const struct user_error *u)
{
    return arena_printf(mem, "%.*s: %.*s", (int)(u->code.n ? u->code.n : 10),
                        u->code.n ? u->code.p : "user error", (int)u->message.n,
                        u->message.p != NULL ? u->message.p : "");
}

/* Each row once: refused weighs more than stale, the first reason stays. */
struct rows { const int64_t *items; bool *stale; struct str *why; size_t n; };

static void
blame(struct rows *r, const struct user_error *u, struct arena *mem)
{
    if (str_is(u->code, "CHANGE_FROM_QUANTITY_STALE") && u->names_row) {
        r->stale[u->row] = true;
        return;
    }
    const struct str why = reason_of(mem, u);
    for (size_t i = 0; i < r->n; i++)
        if ((!u->names_row || i == u->row) && r->why[i].p == NULL)
            r->why[i] = why;
}

static void
collect(const struct rows *r, struct arena *mem, struct stock_verdict *ret)
{
    ret->stale = ARENA_NEW(mem, int64_t, r->n);
    ret->refused = ARENA_NEW(mem, int64_t, r->n);
    ret->reasons = ARENA_NEW(mem, struct str, r->n);
    for (size_t i = 0; i < r->n; i++) {
        if (r->why[i].p != NULL) {
            ret->reasons[ret->n_refused] = r->why[i];
            ret->refused[ret->n_refused++] = r->items[i];
        } else if (r->stale[i]) {
            ret->stale[ret->n_stale++] = r->items[i];
        }
    }
}

static enum err_class
items_of(const struct json_value *quantities, struct arena *mem, int64_t **ret, struct err *e)
{
    const size_t n = json_size(quantities);
    int64_t *items = ARENA_NEW(mem, int64_t, n);

    if (n == 0)
        return err_set(e, ERR_REJECT, "", "the stored request has no rows");
    for (size_t i = 0; i < n; i++)
        TRY(gid_parse(json_str(json_get(json_at(quantities, i), "inventoryItemId")),
                      "InventoryItem", &items[i], e));
    *ret = items;
    return ERR_NONE;
}

enum err_class
stock_answer_read(const struct json_value *data, struct str body, struct arena *mem,
                  struct stock_verdict *ret, struct err *e)
{
    CLEANUP(json_free) struct json_doc *request = NULL;
    const struct json_value *payload = json_get(data, "inventorySetQuantities");
    const struct json_value *errors = json_get(payload, "userErrors");
    int64_t *items = NULL;

    *ret = (struct stock_verdict){ .meaning = STOCK_UNKNOWN };
    TRY(json_parse(&request, body, e));
    const struct json_value *quantities = json_path(json_root(request),
                                                    "variables.input.quantities");
    TRY(items_of(quantities, mem, &items, e));
    if (!json_is_object(payload) || !json_is_array(errors))
        return ERR_NONE;
    const size_t n = json_size(quantities);
    struct rows rows = { items, ARENA_NEW(mem, bool, n), ARENA_NEW(mem, struct str, n), n };
    ret->n_rows = n;
    ret->meaning = json_size(errors) == 0 ? STOCK_DONE : STOCK_NOT_DONE;
    for (size_t i = 0; i < json_size(errors); i++) {
        const struct user_error u = read_error(json_at(errors, i), n);
        if (i == 0)
            ret->message = reason_of(mem, &u);
        if (meaning_of(u.code) != STOCK_NOT_DONE) {
            ret->meaning = meaning_of(u.code);
            return ERR_NONE;
        }
        blame(&rows, &u, mem);
    }
    collect(&rows, mem, ret);
    return ERR_NONE;
}
