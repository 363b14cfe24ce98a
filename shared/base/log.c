/*
 * log.c: builds one line in a local buffer and writes it at once, so that lines of several threads
 * and processes do not mix.
 *
 * A line that would be too long loses its tail, never its shape: it stays one JSON object and says
 * "cut":true.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static const char *const level_names[] = { "debug", "info", "warn", "error" };

static char service_name[64] = "millrace";
static atomic_int threshold = LEVEL_INFO;

#define LINE_END "}\n"
#define LINE_END_CUT "\",\"cut\":true}\n"

struct line { char p[LOG_LINE_MAX]; size_t n; bool cut; };

void
log_setup(const char *service, enum log_level least)
{
    snprintf(service_name, sizeof service_name, "%s", service);
    atomic_store(&threshold, (int)least);
}

enum err_class
log_level_parse(struct str text, enum log_level *ret, struct err *e)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++)
        if (str_is(text, level_names[i])) {
            *ret = (enum log_level)i;
            return ERR_NONE;
        }
    return err_set(e, ERR_REJECT, NULL, "\"%.*s\" is no log level, want debug, info, warn or error",
                   (int)(text.n < 40 ? text.n : 40), text.p ? text.p : "");
}

/* All or nothing; room for the longest end always stays. */
static bool
add(struct line *l, const char *p, size_t n)
{
    if (l->cut || n > sizeof l->p - sizeof LINE_END_CUT - l->n) {
        l->cut = true;
        return false;
    }
    memcpy(l->p + l->n, p, n);
    l->n += n;
    return true;
}

/* Controls (C0, DEL, C1) could forge lines or drive a terminal; they are spelled out. */
static size_t
escape(struct str s, char out[8], size_t *used)
{
    uint32_t cp = 0;
    *used = utf8_next(s, &cp);
    if (*used == 0) {
        *used = 1;
        cp = 0xfffd;
    } else if (cp == '"' || cp == '\\') {
        out[0] = '\\';
        out[1] = (char)cp;
        return 2;
    } else if (cp >= 0x20 && cp != 0x2028 && cp != 0x2029 && (cp < 0x7f || cp > 0x9f)) {
        memcpy(out, s.p, *used);
        return *used;
    }
    return (size_t)snprintf(out, 8, "\\u%04x", (unsigned)cp);
}

static void
add_text(struct line *l, struct str s)
{
    char out[8];
    if (s.p == NULL) {
        add(l, "null", 4);
        return;
    }
    if (!add(l, "\"", 1))
        return;
    for (size_t at = 0, used; at < s.n; at += used) {
        const size_t n = escape((struct str){ s.p + at, s.n - at }, out, &used);
        if (!add(l, out, n))
            return;
    }
    add(l, "\"", 1);
}

/* A key and its colon, with room for any number behind: a cut never leaves a key without value. */
static bool
add_key(struct line *l, const char *key)
{
    char text[96];
    const int n = snprintf(text, sizeof text, ",\"%s\":", key);
    assert(n > 0 && n < (int)sizeof text); /* keys are short literals */
    if (l->cut || (size_t)n + 24 > sizeof l->p - sizeof LINE_END_CUT - l->n) {
        l->cut = true;
        return false;
    }
    return add(l, text, (size_t)n);
}

/* True when the value is complete; false leaves an open string, which the end closes. */
static bool
add_field(struct line *l, const struct log_field *f)
{
    if (!add_key(l, f->key))
        return false;
    if (f->kind == LOG_K_I64) {
        char text[24];
        const int n = snprintf(text, sizeof text, "%" PRId64, f->u.i);
        add(l, text, (size_t)n);
    } else {
        add_text(l, f->kind == LOG_K_CSTR ? str_of(f->u.z) : f->u.s);
    }
    return !l->cut;
}

static void
add_fields(struct line *l, const struct log_field *f)
{
    for (; f->kind != LOG_K_END; f++) {
        const size_t before = l->n;
        if (add_field(l, f))
            continue;
        /* Without its key, the field left nothing open: the end must not close a string. */
        const bool open = l->n > before;
        const char *end = open ? LINE_END_CUT : &LINE_END_CUT[1];
        memcpy(l->p + l->n, end, strlen(end));
        l->n += strlen(end);
        return;
    }
    memcpy(l->p + l->n, LINE_END, sizeof LINE_END - 1);
    l->n += sizeof LINE_END - 1;
}

void
log_write(enum log_level lv, const char *fn, const struct log_field *f)
{
    if ((int)lv < atomic_load(&threshold))
        return;
    struct line l;
    char ts[TIME_TEXT_SIZE];
    l.n = (size_t)snprintf(l.p, sizeof l.p,
                           "{\"ts\":\"%s\",\"level\":\"%s\",\"service\":\"%s\",\"fn\":\"%s\"",
                           time_format(clock_now(), ts), level_names[lv], service_name, fn);
    l.cut = false;
    assert(l.n < sizeof l.p / 2);
    add_fields(&l, f);

    const int saved = errno;
    while (write(STDERR_FILENO, l.p, l.n) < 0 && errno == EINTR)
        ;
    errno = saved;
}
