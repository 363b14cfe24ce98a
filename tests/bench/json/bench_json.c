/*
 * bench_json: what reading and writing one document costs, in one run, so that figures can be
 * compared whatever the machine is doing.
 *
 *   bench_json [--json] [ROUNDS]
 *
 * Each round does every step of every document in turn, a few hundred times each; what is shown is
 * the median of the rounds, in nanoseconds of processor time per document:
 *
 *   library   the JSON library parses it into its own tree and frees it; decoding would come on top
 *   document  our scanner builds a document (json_read)
 *   struct    from text to the C struct that the service works with
 *   emit      from the struct to canonical JSON
 *   hash      sha256 of that text, in hex
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "json/judge.h"
#include "shopify/bulk_rows.h"
#include "shopify/map.h"

enum { REPEATS = 200, ROUNDS_DEFAULT = 21, ROUNDS_MAX = 1001, TEXT_MAX = 1 << 20 };
enum step { LIBRARY, DOCUMENT, STRUCT, EMIT, HASH, STEPS };
static const char *const step_names[] = { "library", "document", "struct", "emit", "hash" };

union fact { struct order order; struct product product; struct fulfillment_orders routing; };

struct document {
    const char *name, *path; /* path NULL: what the document before it was emitted as */
    enum err_class (*read)(struct str text, struct arena *mem, union fact *ret, struct err *e);
    void (*emit)(struct buf *ret, const union fact *f);
    struct buf text, fact;
    int64_t ns[STEPS][ROUNDS_MAX];
};

static void
must(enum err_class class, const struct err *e)
{
    if (class == ERR_NONE)
        return;
    fprintf(stderr, "bench_json: %s\n", e->text);
    exit(1);
}

/* --- how each document is read and written ---------------------------------------------------- */

static struct seen
seen_at(struct arena *mem)
{
    return (struct seen){ .shop = STR("acme"), .at = { 1795518000000000 }, .mem = mem };
}

static enum err_class
read_webhook(struct str text, struct arena *mem, union fact *ret, struct err *e)
{
    const struct seen seen = seen_at(mem);

    return order_from_webhook(text, &seen, &ret->order, e);
}

static enum err_class
read_order(struct str text, struct arena *mem, union fact *ret, struct err *e)
{
    return order_decode(text, mem, &ret->order, e);
}

static void
emit_order(struct buf *ret, const union fact *f)
{
    order_emit(ret, &f->order, NULL);
}

static enum err_class
read_product(struct str text, struct arena *mem, union fact *ret, struct err *e)
{
    return product_decode(text, mem, &ret->product, e);
}

static void
emit_product(struct buf *ret, const union fact *f)
{
    product_emit(ret, &f->product);
}

static enum err_class
read_routing(struct str text, struct arena *mem, union fact *ret, struct err *e)
{
    return fulfillment_orders_decode(text, mem, &ret->routing, e);
}

static void
emit_routing(struct buf *ret, const union fact *f)
{
    fulfillment_orders_emit(ret, &f->routing);
}

/* One reader takes object after object, as in the load of a shop: each ends the one before it. */
static struct { struct bulk_rows *rows; struct arena *mem; struct buf fact; } bulk;

static enum err_class
take_product(void *ctx, const struct json_value *node, struct err *e)
{
    const struct seen seen = seen_at(bulk.mem);
    struct product p;

    (void)ctx;
    TRY(product_from_graphql(node, NULL, &seen, &p, e));
    if (bulk.fact.n == 0)
        product_emit(&bulk.fact, &p);
    return ERR_NONE;
}

static enum err_class
read_bulk(struct str text, struct arena *mem, union fact *ret, struct err *e)
{
    (void)ret; /* what was mapped ends with its rows */
    bulk.mem = mem;
    return bulk_rows_feed(bulk.rows, text, e);
}

static void
emit_bulk(struct buf *ret, const union fact *f)
{
    (void)f;
    buf_str_add(ret, buf_str(&bulk.fact));
}

static struct document documents[] = {
    { .name = "order, webhook", .path = "tests/corpus/order-pairs/rich/body.json",
      .read = read_webhook, .emit = emit_order },
    { .name = "order, fact", .read = read_order, .emit = emit_order },
    { .name = "product, bulk rows", .path = "tests/bench/json/product.jsonl",
      .read = read_bulk, .emit = emit_bulk },
    { .name = "product, fact", .read = read_product, .emit = emit_product },
    { .name = "routing, fact", .path = "tests/corpus/fulfillment-orders/valid/one.json",
      .read = read_routing, .emit = emit_routing },
};
enum { DOCUMENTS = sizeof documents / sizeof documents[0] };

/* --- measuring -------------------------------------------------------------------------------- */

static int64_t
now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* others may run on this machine */
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* jansson parses line by line, as it had to for the rows of a bulk result. */
static void
by_library(struct str text)
{
    struct err e;
    for (const char *p = text.p, *end = text.p + text.n; p < end;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        const struct str line = { p, (size_t)((stop != NULL ? stop : end) - p) };
        if (judge_explain(line, &e) == ERR_NONE)
            abort();
        p += line.n + 1;
    }
}

static void
by_document(struct str text, struct arena *mem)
{
    const struct json_value *v;
    struct err e;
    for (const char *p = text.p, *end = text.p + text.n; p < end;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        const struct str line = { p, (size_t)((stop != NULL ? stop : end) - p) };
        must(json_read(&v, line, mem, &e), &e);
        p += line.n + 1;
    }
}

static void
step(struct document *d, enum step s, struct arena *mem, union fact *f)
{
    char hex[SHA256_HEX_SIZE];
    struct err e;
    switch (s) {
    case LIBRARY:
        by_library(buf_str(&d->text));
        return;
    case DOCUMENT:
        by_document(buf_str(&d->text), mem);
        return;
    case STRUCT:
        must(d->read(buf_str(&d->text), mem, f, &e), &e);
        return;
    case EMIT:
        buf_clear(&d->fact);
        d->emit(&d->fact, f);
        return;
    case HASH:
        hash_sha256_hex(buf_str(&d->fact), hex);
        return;
    case STEPS:
        return;
    }
}

static void
measure(struct document *d, int round, struct arena *mem)
{
    union fact f;
    struct err e;
    for (enum step s = LIBRARY; s < STEPS; s++) {
        arena_reset(mem);
        if (s == EMIT)
            must(d->read(buf_str(&d->text), mem, &f, &e), &e);
        const int64_t began = now_ns();
        for (int i = 0; i < REPEATS; i++) {
            if (s == DOCUMENT || s == STRUCT)
                arena_reset(mem);
            step(d, s, mem, &f);
        }
        d->ns[s][round] = (now_ns() - began) / REPEATS;
    }
}

/* --- documents -------------------------------------------------------------------------------- */

/* White space between tokens is for people; Shopify sends none. */
static void
minify(struct buf *ret, struct str text)
{
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (!quoted && (c == ' ' || c == '\n'))
            continue;
        if (c == '"')
            quoted = !quoted;
        buf_char(ret, c);
        if (quoted && c == '\\' && i + 1 < text.n)
            buf_char(ret, text.p[++i]);
    }
}

static void
load(struct document *d)
{
    CLEANUP_VALUE(buf_fini) struct buf file;
    char piece[4096];
    FILE *f = fopen(d->path, "r");

    if (f == NULL) {
        fprintf(stderr, "bench_json: %s: cannot be read; start it in the project's folder\n", d->path);
        exit(1);
    }
    buf_init(&file, TEXT_MAX);
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        buf_add(&file, piece, n);
    fclose(f);
    if (d->read == read_bulk)
        buf_str_add(&d->text, buf_str(&file));
    else
        minify(&d->text, buf_str(&file));
}

/* Reads each once; what it is emitted as is the text of the one behind it. */
static void
prepare(struct arena *mem)
{
    struct err e;
    buf_init(&bulk.fact, TEXT_MAX);
    must(bulk_rows_open(&bulk.rows, take_product, NULL, &e), &e);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        struct document *d = &documents[i];
        union fact f;
        buf_init(&d->text, TEXT_MAX);
        buf_init(&d->fact, TEXT_MAX);
        if (d->path != NULL)
            load(d);
        else
            buf_str_add(&d->text, buf_str(&d[-1].fact));
        must(d->read(buf_str(&d->text), mem, &f, &e), &e);
        if (d->read == read_bulk) /* the second ends the first */
            must(d->read(buf_str(&d->text), mem, &f, &e), &e);
        d->emit(&d->fact, &f);
    }
}

/* --- report ----------------------------------------------------------------------------------- */

static int
by_size(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t
median(int64_t *ns, int rounds)
{
    qsort(ns, (size_t)rounds, sizeof *ns, by_size);
    return ns[rounds / 2];
}

static void
report(bool json, int rounds)
{
    if (!json)
        printf("%-20s %7s %9s %9s %9s %9s %9s   (ns of CPU, median of %d rounds)\n", "document", "bytes",
               step_names[LIBRARY], step_names[DOCUMENT], step_names[STRUCT], step_names[EMIT],
               step_names[HASH], rounds);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        struct document *d = &documents[i];
        printf(json ? "{\"bench\":\"json\",\"document\":\"%s\",\"bytes\":%zu" : "%-20s %7zu", d->name,
               d->text.n);
        for (enum step s = LIBRARY; s < STEPS; s++) {
            const long long ns = median(d->ns[s], rounds);
            if (json)
                printf(",\"%s_ns\":%lld", step_names[s], ns);
            else
                printf(" %9lld", ns);
        }
        printf(json ? "}\n" : "\n");
    }
}

int
main(int argc, char **argv)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    const bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    const char *count = argc > 1 + json ? argv[1 + json] : NULL;
    const int rounds = count != NULL ? (int)strtol(count, NULL, 10) : ROUNDS_DEFAULT;

    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: bench_json [--json] [ROUNDS]   with 1 to %d rounds\n", ROUNDS_MAX);
        return 2;
    }
    prepare(mem);
    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < DOCUMENTS; i++)
            measure(&documents[i], round, mem);
    report(json, rounds);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        buf_fini(&documents[i].text);
        buf_fini(&documents[i].fact);
    }
    buf_fini(&bulk.fact);
    bulk_rows_free(bulk.rows);
    return 0;
}
