/*
 * bulk_cut.c: see bulk_cut.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/bulk_cut.h"

#include <inttypes.h>

#include "domain/gid.h"
#include "json/emit.h"
#include "shopify/bulk_index.h"
#include "shopify/bulk_rows.h"

void
bulk_cut_begin(struct bulk_cut *c)
{
    bulk_cut_fini(c);
    c->hash = hash_stream_new();
}

void
bulk_cut_fini(struct bulk_cut *c)
{
    hash_stream_free(c->hash);
    *c = (struct bulk_cut){ 0 };
}

static void
keep_tail(struct bulk_cut *c, struct str piece)
{
    if (piece.n > sizeof(c->tail))
        piece = (struct str){ piece.p + piece.n - sizeof(c->tail), sizeof(c->tail) };
    const size_t stays = c->n_tail + piece.n <= sizeof(c->tail) ? c->n_tail
                                                                : sizeof(c->tail) - piece.n;

    memmove(c->tail, c->tail + c->n_tail - stays, stays);
    memcpy(c->tail + stays, piece.p, piece.n);
    c->n_tail = stays + piece.n;
}

enum err_class
bulk_cut_add(struct bulk_cut *c, struct str piece, struct err *e)
{
    const size_t room = sizeof(c->head) - c->n_head;
    const size_t first = piece.n < room ? piece.n : room;

    if (piece.n == 0)
        return ERR_NONE;
    c->bytes += (int64_t)piece.n;
    if (c->bytes > BULK_CUT_MAX)
        return err_set(e, ERR_REJECT, "line",
                       "bulk result: a line of more than %d MiB is no row of Shopify's: report it",
                       BULK_CUT_MAX >> 20);
    memcpy(c->head + c->n_head, piece.p, first);
    c->n_head += first;
    keep_tail(c, piece);
    hash_stream_add(c->hash, piece);
    return ERR_NONE;
}

/* The string that begins at s.p, with its quotes; p NULL when there is none. */
static struct str
quoted(struct str s)
{
    const char *end = s.n > 1 && s.p[0] == '"' ? memchr(s.p + 1, '"', s.n - 1) : NULL;

    return end != NULL ? (struct str){ s.p, (size_t)(end - s.p) + 1 } : (struct str){ NULL, 0 };
}

static struct str
id_of(const struct bulk_cut *c)
{
    static const char begin[] = "{\"id\":";
    const size_t n = sizeof(begin) - 1;

    if (c->n_head < n || memcmp(c->head, begin, n) != 0)
        return (struct str){ NULL, 0 };
    return quoted((struct str){ c->head + n, c->n_head - n });
}

/* A quote within a text has a backslash before it, so what looks like this member is it. */
static struct str
parent_of(const struct bulk_cut *c)
{
    static const char key[] = "\"__parentId\":";
    const size_t n = sizeof(key) - 1;

    for (size_t i = c->n_tail; i >= n; i--)
        if (memcmp(c->tail + i - n, key, n) == 0)
            return quoted((struct str){ c->tail + i, c->n_tail - i });
    return (struct str){ NULL, 0 };
}

static void
write_row(struct bulk_cut *c, const char *why, struct str id, struct str parent, struct buf *row)
{
    char hex[SHA256_HEX_SIZE];
    struct emit j;

    hash_stream_end(c->hash, hex);
    emit_init(&j, row);
    emit_object(&j, NULL);
    emit_object(&j, BULK_CUT);
    emit_str(&j, "begins", (struct str){ c->head, c->n_head });
    emit_i64(&j, "bytes", c->bytes);
    emit_cstr(&j, "sha256", hex);
    emit_cstr(&j, "why", why);
    emit_object_end(&j);
    if (parent.p != NULL)
        emit_raw(&j, "__parentId", parent);
    emit_raw(&j, "id", id);
    emit_object_end(&j);
}

/* An object is told by its root: of a child without a parent nobody knows what to read. */
static bool
is_placed(struct str row, struct arena *mem)
{
    struct row_head head;
    struct err ignored;

    if (bulk_row_head(row, mem, &head, &ignored) != ERR_NONE || gid_id(head.id) <= 0)
        return false;
    return head.parent.p != NULL ? gid_id(head.parent) > 0
                                 : !bulk_rows_is_child(gid_type(head.id));
}

enum err_class
bulk_cut_end(struct bulk_cut *c, const char *why, struct arena *mem, struct buf *row,
             struct err *e)
{
    const struct str id = id_of(c);
    const int64_t bytes = c->bytes;

    buf_clear(row);
    if (id.p != NULL)
        write_row(c, why, id, parent_of(c), row);
    bulk_cut_fini(c);
    if (row->n > 0 && !row->failed && is_placed(buf_str(row), mem))
        return ERR_NONE;
    return err_set(e, ERR_REJECT, "line",
                   "bulk result: a line of %" PRId64 " bytes whose object cannot be known: %s",
                   bytes, why);
}
