/*
 * fuzz_json: any bytes are either refused with a reason, or written canonically: what was written
 * reads back as the same bytes. Decoding by a shape ends with a struct or a reason. All ways of
 * reading agree: the scanner with the library, decoding from text with decoding from a document.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include "agree.h"

enum { DUMP_MAX = 1 << 22 };

static void
decode(const struct json_value *v)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    struct demo demo;
    struct err e = { 0 };
    if (shape_decode(&demo_shape, v, mem, &demo, &e) == ERR_NONE) {
        must_hold(demo.id.v > 0);
        must_hold(demo.name.p != NULL);
        must_hold((demo.lines.n == 0) == (demo.lines.v == NULL));
    } else {
        must_hold(e.class == ERR_REJECT);
        must_hold(e.text[0] != '\0');
    }
}

static void
dump_twice(const struct json_value *v)
{
    CLEANUP(json_free) struct json_doc *again = NULL;
    CLEANUP_VALUE(buf_fini) struct buf first;
    CLEANUP_VALUE(buf_fini) struct buf second;
    struct err e = { 0 };
    buf_init(&first, DUMP_MAX);
    buf_init(&second, DUMP_MAX);
    json_dump(v, &first);
    must_hold(!first.failed);
    must_hold(json_parse(&again, buf_str(&first), &e) == ERR_NONE);
    json_dump(json_root(again), &second);
    must_hold(str_eq(buf_str(&first), buf_str(&second)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(json_free) struct json_doc *doc = NULL;
    struct err e = { 0 };
    if (n > 1 << 16)
        return 0;
    const char *where = disagreement((struct str){ (const char *)bytes, n });
    if (where != NULL)
        fprintf(stderr, "%s\n", where);
    must_hold(where == NULL);
    if (json_parse(&doc, (struct str){ (const char *)bytes, n }, &e) != ERR_NONE) {
        must_hold(e.class == ERR_REJECT);
        must_hold(e.text[0] != '\0');
        return 0;
    }
    decode(json_root(doc));
    dump_twice(json_root(doc));
    return 0;
}
