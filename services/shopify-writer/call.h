/*
 * call.h: one call of the Admin API in the air, from its start to what its answer does to the
 * shop's pace.
 *
 * What a call needs until its answer lives in its arena.  A failure of the database while an answer
 * is recorded loses only the answer: the request or intent is still there, and is asked again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_CALL_H
#define SHOPIFY_WRITER_CALL_H

#include "base/arena.h"
#include "writer.h"

struct answered {
    struct err error; /* class ERR_NONE: `answer` holds data, maybe with errors beside it */
    const struct shopify_answer *answer;
    struct time_us effect_at; /* Shopify's clock: not before anything that the answer tells of */
    bool executed;            /* it may have been executed; false: certainly not */
};
typedef enum err_class call_done_fn(struct writer *w, struct shop_state *s, void *what,
                                    const struct answered *a, struct err *e);

struct call_spec {
    enum call_kind kind;
    const char *name;   /* in errors: the document's */
    struct str body;    /* lives in mem */
    struct arena *mem;  /* the call owns it from the start on, also when that fails */
    void *what;         /* lives in mem */
    bool partial_ok;
    bool once;          /* it has neither key nor compare: nothing below us may repeat it */
    call_done_fn *done;
};

/* How many calls of this kind may be started now: room in the air, Shopify's pace, and the shop not
 * held back because calls failed. */
size_t call_room(const struct writer *w, const struct shop_state *s, enum call_kind kind);
MUST_CHECK enum err_class call_start(struct writer *w, struct shop_state *s,
                                     const struct call_spec *spec, struct err *e);
/* The JSON body of a document of ours with its variables, in mem. */
MUST_CHECK enum err_class call_body(struct arena *mem, const struct text_file *doc,
                                    struct str variables, struct str *ret, struct err *e);

#endif
