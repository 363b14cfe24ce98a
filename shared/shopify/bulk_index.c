/*
 * bulk_index.c: see bulk_index.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/bulk_index.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "json/shape.h"
#include "shopify/bulk_cut.h"
#include "shopify/bulk_file.h"

static const struct jfield head_fields[] = {
    JSON_STR(struct row_head, id, "id", J_ANY),
    JSON_STR(struct row_head, parent, "__parentId", J_ANY),
    JSON_RAW(struct row_head, cut, BULK_CUT, J_ANY),
};
static const struct shape head_shape =
    SHAPE_NAMED("row", struct row_head, SHAPE_OPEN, head_fields);

enum err_class
bulk_row_head(struct str line, struct arena *mem, struct row_head *ret, struct err *e)
{
    if (shape_scan(&head_shape, line, mem, ret, e) != ERR_NONE)
        return err_wrap(e, "bulk result: ");
    return ERR_NONE;
}

enum err_class
bulk_grouping_add(struct bulk_grouping *g, const struct row_head *head, bool *grouped,
                  struct err *e)
{
    const uint64_t parent = head->parent.p != NULL ? hash_u64(head->parent) : 0;

    if (head->parent.p == NULL)
        g->n = 0;
    *grouped = head->parent.p == NULL || (g->n > 0 && g->ids[0] == parent);
    for (size_t i = g->n; !*grouped && i > 0; i--)
        *grouped = g->ids[i - 1] == parent;
    if (g->n == BULK_ROWS_MAX)
        return ERR_NONE; /* whoever reads the rows says so */
    if (g->n == g->max) {
        const size_t max = g->max == 0 ? 256 : g->max * 2;
        uint64_t *ids = realloc(g->ids, max * sizeof(*ids));
        if (ids == NULL)
            return err_set(e, ERR_FATAL, "ENOMEM", "no memory to read a bulk result");
        g->ids = ids;
        g->max = max;
    }
    g->ids[g->n++] = hash_u64(head->id);
    return ERR_NONE;
}

void
bulk_grouping_fini(struct bulk_grouping *g)
{
    free(g->ids);
    *g = (struct bulk_grouping){ 0 };
}

struct entry { uint64_t id; int64_t at; int32_t length, root; };
struct bulk_index {
    struct entry *v;
    int64_t n;
    int32_t *slots; /* by id: a row's place + 1 */
    size_t n_slots; /* a power of two */
};

void
bulk_index_free(struct bulk_index *x)
{
    if (x == NULL)
        return;
    free(x->v);
    free(x->slots);
    free(x);
}

int64_t
bulk_index_count(const struct bulk_index *x)
{
    return x->n;
}

static int32_t *
slot(const struct bulk_index *x, uint64_t id)
{
    size_t i = (size_t)id & (x->n_slots - 1);

    while (x->slots[i] != 0 && x->v[x->slots[i] - 1].id != id)
        i = (i + 1) & (x->n_slots - 1);
    return &x->slots[i];
}

static enum err_class
add(struct bulk_index *x, const struct row_head *head, int64_t at, size_t length, struct err *e)
{
    const int32_t self = (int32_t)x->n;
    const int32_t parent = head->parent.p != NULL ? *slot(x, hash_u64(head->parent)) : 0;

    if (head->parent.p != NULL && parent == 0)
        return err_set(e, ERR_RETRY, "", "bulk result: %.*s stands before its parent %.*s",
                       (int)head->id.n, head->id.p, (int)head->parent.n, head->parent.p);
    x->v[self] = (struct entry){ .id = hash_u64(head->id), .at = at, .length = (int32_t)length,
                                 .root = parent != 0 ? x->v[parent - 1].root : self };
    x->n++;
    *slot(x, x->v[self].id) = self + 1;
    return ERR_NONE;
}

static int
by_root(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->root != y->root)
        return x->root < y->root ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static enum err_class
scan(struct bulk_index *x, FILE *file, int64_t rows, struct err *e)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    char *line = NULL;
    size_t max = 0;
    ssize_t n = 0;
    int64_t at = 0;
    enum err_class class = ERR_NONE;

    while (class == ERR_NONE && x->n < rows && (n = getline(&line, &max, file)) > 0) {
        struct row_head head;
        const size_t text = line[n - 1] == '\n' ? (size_t)n - 1 : (size_t)n;
        arena_reset(mem);
        if (text > 1)
            class = bulk_row_head((struct str){ line, text }, mem, &head, e);
        if (text > 1 && class == ERR_NONE)
            class = add(x, &head, at, (size_t)n, e);
        at += n;
    }
    free(line);
    return class;
}

static enum err_class
allocate(struct bulk_index *x, int64_t rows, struct err *e)
{
    if (rows > BULK_INDEX_MAX)
        return err_set(e, ERR_FATAL, "bulk",
                       "bulk result: %" PRId64 " rows that do not follow their parents are more "
                       "than %d: report it",
                       rows, BULK_INDEX_MAX);
    for (x->n_slots = 1024; x->n_slots < (size_t)rows * 2;)
        x->n_slots *= 2;
    x->v = calloc((size_t)rows + 1, sizeof(*x->v));
    x->slots = calloc(x->n_slots, sizeof(*x->slots));
    if (x->v == NULL || x->slots == NULL)
        return err_set(e, ERR_FATAL, "ENOMEM", "no memory for an index of %" PRId64 " rows", rows);
    return ERR_NONE;
}

enum err_class
bulk_index_make(struct bulk_index **ret, FILE *file, int64_t rows, struct err *e)
{
    CLEANUP(bulk_index_free) struct bulk_index *x = calloc(1, sizeof(*x));

    if (x == NULL)
        return err_set(e, ERR_FATAL, "ENOMEM", "no memory to read a bulk result");
    TRY(allocate(x, rows, e));
    TRY(scan(x, file, rows, e));
    free(x->slots);
    x->slots = NULL;
    qsort(x->v, (size_t)x->n, sizeof(*x->v), by_root);
    *ret = TAKE(x);
    return ERR_NONE;
}

enum err_class
bulk_index_line(const struct bulk_index *x, FILE *file, int64_t place, struct buf *mem,
                struct str *ret, struct err *e)
{
    const struct entry *one = &x->v[place];

    buf_clear(mem);
    char *text = buf_extend(mem, (size_t)one->length + 1);
    if (text == NULL || fseeko(file, one->at, SEEK_SET) != 0
        || fread(text, 1, (size_t)one->length, file) != (size_t)one->length)
        return err_set(e, ERR_RETRY, "disk", "bulk result: cannot be read again (%s)",
                       strerror(errno));
    size_t n = (size_t)one->length;
    if (text[n - 1] != '\n')
        text[n++] = '\n';
    *ret = (struct str){ text, n };
    return ERR_NONE;
}
