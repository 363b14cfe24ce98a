/*
 * scan.h: pull one token after the other out of JSON text; private to this layer.
 *
 * The scanner is exact: what it takes is JSON by RFC 8259 in strict UTF-8, without NUL, without a
 * key twice in one object, nested no deeper than JSON_DEPTH_MAX, whole numbers within 64 bits, the
 * others within what JSON readers agree on.  It says yes or no; what is wrong, and where, is told
 * by whoever asks again in words (json.c), so that nothing is kept for it while all goes well.
 *
 * Every call skips white space before its token.  After a "no" the scanner is of no further use.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "base/arena.h"
#include "json/json.h"

enum { SCAN_KEYS = 128, SCAN_FILTER_KEYS = 256 };

struct scan {
    const char *p, *end;
    struct arena *mem; /* where strings with escapes are spelled out */
    int depth;
    struct str *keys;  /* of all objects that are open, the innermost last */
    size_t n_keys, max_keys;
    struct str few_keys[SCAN_KEYS];
};

/* An object or an array whose members are being pulled. */
struct scan_inside {
    bool begun;
    size_t first_key;   /* in scan.keys */
    uint64_t filter[4]; /* hashes of the keys so far; a hit asks for a closer look */
};

struct scan_number {
    struct str text; /* as written */
    bool whole;
    int64_t i;       /* when whole */
};

enum scan_step { SCAN_BAD, SCAN_MORE, SCAN_OVER };

void scan_init(struct scan *s, struct str text, struct arena *mem);
/* The first byte of what comes next; NUL at the end. */
char scan_peek(struct scan *s);
/* True when nothing but white space is left. */
bool scan_at_end(struct scan *s);
/* Borrows from the text, or from the arena when there are escapes. With NULL it is only checked. */
bool scan_string(struct scan *s, struct str *ret);
bool scan_number(struct scan *s, struct scan_number *ret);
bool scan_bool(struct scan *s, bool *ret);
bool scan_null(struct scan *s);
/* Any value, checked and passed over. */
bool scan_skip(struct scan *s);

/* Into an object or an array ('{' or '['), then step by step: MORE stands before a value. */
bool scan_enter(struct scan *s, char bracket, struct scan_inside *in);
enum scan_step scan_member(struct scan *s, struct scan_inside *in, struct str *key);
enum scan_step scan_item(struct scan *s, struct scan_inside *in);

#endif
