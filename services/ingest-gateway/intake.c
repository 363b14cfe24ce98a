/*
 * intake.c: rows accepted and refused; see intake.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "intake.h"

#include <assert.h>

#include "domain/name.h"
#include "json/emit.h"

struct intake
intake_new(struct arena *mem, size_t rows)
{
    const size_t errors = rows < INTAKE_ERRORS_MAX ? rows : INTAKE_ERRORS_MAX;

    return (struct intake){
        .mem = mem,
        .messages = ARENA_NEW(mem, struct message, rows),
        .errors = ARENA_NEW(mem, struct row_error, errors),
        .max = rows,
    };
}

void
intake_accept(struct intake *in, const struct message *m)
{
    assert(in->n_messages < in->max);
    in->messages[in->n_messages++] = *m;
}

/* "movement.lines[0].sku: longer than .." names the field lines[0].sku. */
static void
split_field(struct str text, struct str *field, struct str *what)
{
    const char *colon = memmem(text.p, text.n, ": ", 2);
    const struct str path = { text.p, colon != NULL ? (size_t)(colon - text.p) : 0 };
    const char *dot = path.n > 0 ? memchr(path.p, '.', path.n) : NULL;
    const char *bracket = path.n > 0 ? memchr(path.p, '[', path.n) : NULL;

    *field = path;
    *what = text;
    if (memchr(path.p, ' ', path.n) != NULL) { /* prose, not a path */
        field->n = 0;
        return;
    }
    if (colon != NULL)
        *what = (struct str){ colon + 2, text.n - path.n - 2 };
    if (dot != NULL && (bracket == NULL || dot < bracket))
        *field = (struct str){ dot + 1, path.n - (size_t)(dot - path.p) - 1 };
}

void
intake_refuse(struct intake *in, size_t index, const struct err *why)
{
    struct row_error *x = &in->errors[in->n_errors];

    in->n_refused++;
    if (in->n_errors == (in->max < INTAKE_ERRORS_MAX ? in->max : INTAKE_ERRORS_MAX))
        return;
    in->n_errors++;
    x->index = index;
    split_field(arena_str(in->mem, str_of(why->text)), &x->field, &x->text);
}

enum err_class
intake_event_id(const struct defaults *d, size_t index, struct arena *mem, struct str *ret,
                struct err *e)
{
    if (d->idempotency_key.p == NULL)
        return err_set(e, ERR_REJECT, "",
                       "event_id: missing; give each row one of its own, or send Idempotency-Key");
    if (name_check("Idempotency-Key", d->idempotency_key, NAME_MAX_BYTES - 8, e) != ERR_NONE)
        return err_wrap(e, "event_id: from ");
    *ret = arena_printf(mem, "%.*s/%zu", (int)d->idempotency_key.n, d->idempotency_key.p, index);
    return ERR_NONE;
}

static void
emit_error(struct emit *j, const struct row_error *x)
{
    emit_object(j, NULL);
    emit_str(j, "error", x->text);
    if (x->field.n > 0)
        emit_str(j, "field", x->field);
    emit_i64(j, "index", (int64_t)x->index);
    emit_object_end(j);
}

void
intake_answer(const struct intake *in, size_t accepted, struct buf *ret)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_i64(&j, "accepted", (int64_t)accepted);
    emit_array(&j, "errors");
    for (size_t i = 0; i < in->n_errors; i++)
        emit_error(&j, &in->errors[i]);
    emit_array_end(&j);
    emit_i64(&j, "refused", (int64_t)in->n_refused);
    emit_object_end(&j);
}
