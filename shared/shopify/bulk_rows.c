/*
 * bulk_rows.c: lines to rows, rows to one object per root; see bulk_rows.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/bulk_rows.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"
#include "domain/gid.h"
#include "shopify/bulk_cut.h"
#include "shopify/bulk_index.h"

enum { NONE = -1, DEPTH_MAX = 3 /* bulk queries nest two connections below the root */ };

struct row {
    struct str text;          /* the line */
    int64_t id;
    struct str type;          /* "ProductVariant" */
    int32_t depth, first_child, last_child, next; /* the latter: indexes of rows, or NONE */
};

struct bulk_rows {
    bulk_root_fn *fn;
    void *ctx;
    struct buf line;          /* a line whose end has not come yet */
    struct arena *mem;        /* the rows of the root in progress */
    struct arena *line_mem;   /* what one line says of itself */
    struct row *rows;
    size_t n;
    size_t bytes;
    struct str cut;           /* a row of this root that was cut; p NULL: none */
    struct buf whole;
    int64_t n_rows, n_roots; /* of the whole file */
};

/* In which connection of its parent a child lies, by its type. */
static const struct { const char *type, *field; } connections[] = {
    { "LineItem", "lineItems" },
    { "ShippingLine", "shippingLines" },
    { "FulfillmentOrder", "fulfillmentOrders" },
    { "FulfillmentOrderLineItem", "lineItems" },
    { "Return", "returns" },
    { "ReturnLineItem", "returnLineItems" },
    { "UnverifiedReturnLineItem", "returnLineItems" },
    { "ExchangeLineItem", "exchangeLineItems" },
    { "ProductVariant", "variants" },
    { "MediaImage", "media" },
    { "Video", "media" },
    { "ExternalVideo", "media" },
    { "Model3d", "media" },
    { "Metafield", "metafields" },
    { "InventoryLevel", "inventoryLevels" },
};

static const char *
connection_of(struct str type)
{
    for (size_t i = 0; i < sizeof(connections) / sizeof(connections[0]); i++)
        if (str_is(type, connections[i].type))
            return connections[i].field;
    return NULL;
}

bool
bulk_rows_is_child(struct str type)
{
    return connection_of(type) != NULL;
}

enum err_class
bulk_rows_open(struct bulk_rows **ret, bulk_root_fn *fn, void *ctx, struct err *e)
{
    CLEANUP(bulk_rows_free) struct bulk_rows *b = calloc(1, sizeof(*b));

    if (b == NULL)
        return err_set(e, ERR_FATAL, "", "no memory to read a bulk result");
    b->fn = fn;
    b->ctx = ctx;
    buf_init(&b->line, BULK_LINE_MAX);
    buf_init(&b->whole, BULK_ROOT_MAX);
    b->mem = arena_new();
    b->line_mem = arena_new();
    b->rows = calloc(BULK_ROWS_MAX, sizeof(*b->rows));
    if (b->rows == NULL)
        return err_set(e, ERR_FATAL, "", "no memory to read a bulk result");
    *ret = TAKE(b);
    return ERR_NONE;
}

void
bulk_rows_free(struct bulk_rows *b)
{
    if (b == NULL)
        return;
    buf_fini(&b->line);
    buf_fini(&b->whole);
    arena_free(b->mem);
    arena_free(b->line_mem);
    free(b->rows);
    free(b);
}

/* The row without its closing brace: members can follow. */
static struct str
open_object(struct str text)
{
    while (text.n > 0 && text.p[text.n - 1] != '}')
        text.n--;
    return (struct str){ text.p, text.n - 1 };
}

static void write_row(struct buf *out, const struct row *rows, const struct row *r);

/* All children of r that lie in the connection `field`, as {"nodes":[..]}. */
static void
write_connection(struct buf *out, const struct row *rows, const struct row *r, const char *field)
{
    bool comma = false;

    buf_printf(out, ",\"%s\":{\"nodes\":[", field);
    for (int32_t c = r->first_child; c != NONE; c = rows[c].next) {
        if (strcmp(connection_of(rows[c].type), field) != 0)
            continue;
        if (comma)
            buf_char(out, ',');
        comma = true;
        write_row(out, rows, &rows[c]);
    }
    buf_str_add(out, STR("]}"));
}

/* True when an earlier child of r lies in the same connection: it was written with that one. */
static bool
is_written(const struct row *rows, const struct row *r, int32_t child)
{
    for (int32_t c = r->first_child; c != child; c = rows[c].next)
        if (strcmp(connection_of(rows[c].type), connection_of(rows[child].type)) == 0)
            return true;
    return false;
}

/* Recurses at most DEPTH_MAX deep. */
static void
write_row(struct buf *out, const struct row *rows, const struct row *r)
{
    buf_str_add(out, open_object(r->text));
    for (int32_t c = r->first_child; c != NONE; c = rows[c].next)
        if (!is_written(rows, r, c))
            write_connection(out, rows, r, connection_of(rows[c].type));
    buf_char(out, '}');
}

static void
write_cut(struct bulk_rows *b)
{
    const struct row *root = &b->rows[0];

    buf_printf(&b->whole, "{\"id\":\"gid://shopify/%.*s/%" PRId64 "\",\"" BULK_CUT "\":",
               (int)root->type.n, root->type.p, root->id);
    buf_str_add(&b->whole, b->cut);
    buf_char(&b->whole, '}');
}

static enum err_class
flush(struct bulk_rows *b, struct err *e)
{
    const struct json_value *node;

    if (b->n == 0)
        return ERR_NONE;
    buf_clear(&b->whole);
    if (b->cut.p != NULL)
        write_cut(b);
    else
        write_row(&b->whole, b->rows, &b->rows[0]);
    TRY(buf_check(&b->whole, "an object of a bulk result", e));
    b->cut = (struct str){ 0 };
    b->n = 0;
    b->bytes = 0;
    arena_reset(b->mem);
    TRY(json_read(&node, buf_str(&b->whole), b->mem, e));
    return b->fn(b->ctx, node, e);
}

/* Parents stand before their children, mostly right before: look backwards. */
static int32_t
find_parent(const struct bulk_rows *b, struct str gid)
{
    const struct str type = gid_type(gid);
    const int64_t id = gid_id(gid);

    for (size_t i = b->n; i > 0; i--)
        if (b->rows[i - 1].id == id && str_eq(b->rows[i - 1].type, type))
            return (int32_t)(i - 1);
    return NONE;
}

static enum err_class
attach(struct bulk_rows *b, struct row *r, struct str parent, struct err *e)
{
    const int32_t self = (int32_t)b->n;

    const int32_t at = find_parent(b, parent);
    if (at == NONE)
        return err_set(
            e, ERR_RETRY, "",
            "bulk result: %.*s follows no row of its parent %.*s: the rows are not grouped",
            (int)r->type.n, r->type.p, (int)parent.n, parent.p);
    if (connection_of(r->type) == NULL)
        return err_set(e, ERR_REJECT, "", "bulk result: rows of type %.*s belong to no connection",
                       (int)r->type.n, r->type.p);
    struct row *p = &b->rows[at];
    r->depth = p->depth + 1;
    if (r->depth > DEPTH_MAX)
        return err_set(e, ERR_REJECT, "", "bulk result: rows nested deeper than %d", DEPTH_MAX);
    if (p->first_child == NONE)
        p->first_child = self;
    else
        b->rows[p->last_child].next = self;
    p->last_child = self;
    return ERR_NONE;
}

static enum err_class
add_row(struct bulk_rows *b, struct str line, const struct row_head *head, struct err *e)
{
    const struct str parent = head->parent;
    struct row r = { .id = gid_id(head->id), .first_child = NONE, .last_child = NONE,
                     .next = NONE };

    if (r.id == 0)
        return err_set(e, ERR_REJECT, "",
                       "bulk result: a row without an id: every object selects it");
    if (parent.p == NULL)
        TRY(flush(b, e));
    b->bytes += line.n;
    if (b->n == BULK_ROWS_MAX || b->bytes > BULK_ROOT_MAX)
        return err_set(e, ERR_REJECT, "",
                       "bulk result: more than %d rows or %d bytes in one object", BULK_ROWS_MAX,
                       BULK_ROOT_MAX);
    r.text = arena_str(b->mem, line);
    if (head->cut != NULL)
        b->cut = r.text;
    r.type = arena_str(b->mem, gid_type(head->id));
    if (parent.p != NULL)
        TRY(attach(b, &r, parent, e));
    b->rows[b->n++] = r;
    b->n_rows++;
    b->n_roots += parent.p == NULL;
    return ERR_NONE;
}

static enum err_class
take_line(struct bulk_rows *b, struct str line, struct err *e)
{
    struct row_head head;

    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (line.n == 0)
        return ERR_NONE;
    arena_reset(b->line_mem);
    TRY(bulk_row_head(line, b->line_mem, &head, e));
    return add_row(b, line, &head, e);
}

enum err_class
bulk_rows_feed(struct bulk_rows *b, struct str piece, struct err *e)
{
    while (piece.n > 0) {
        const char *end = memchr(piece.p, '\n', piece.n);
        const size_t n = end != NULL ? (size_t)(end - piece.p) : piece.n;
        buf_add(&b->line, piece.p, n);
        TRY(buf_check(&b->line, "a line of a bulk result", e));
        if (end == NULL)
            return ERR_NONE;
        TRY(take_line(b, buf_str(&b->line), e));
        buf_clear(&b->line);
        piece.p += n + 1;
        piece.n -= n + 1;
    }
    return ERR_NONE;
}

enum err_class
bulk_rows_end(struct bulk_rows *b, struct err *e)
{
    if (b->line.n > 0 && take_line(b, buf_str(&b->line), e) != ERR_NONE)
        return err_set(e, ERR_RETRY, "", "bulk result: it breaks off in the middle of a line");
    buf_clear(&b->line);
    return flush(b, e);
}

void
bulk_rows_count(const struct bulk_rows *b, int64_t *rows, int64_t *roots)
{
    *rows = b->n_rows;
    *roots = b->n_roots;
}
