/*
 * text.c: runs of ordinary bytes, found eight at a time, are copied as they are; the rest is
 * escaped one by one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/text.h"

#include "base/utf8.h"

#include <endian.h>

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/* The top bit of every byte that is zero. A borrow may mark further bytes behind the first. */
static uint64_t
zero_bytes(uint64_t x)
{
    return (x - EACH_BYTE(0x01)) & ~x & EACH_BYTE(0x80);
}

/* Quotes, backslashes, control characters and the bytes of other scripts stop a run. */
static uint64_t
special_bytes(uint64_t x)
{
    return zero_bytes(x ^ EACH_BYTE('"')) | zero_bytes(x ^ EACH_BYTE('\\')) |
           ((x - EACH_BYTE(0x20)) & ~x & EACH_BYTE(0x80)) | (x & EACH_BYTE(0x80));
}

static bool
is_special(char c)
{
    const unsigned char u = (unsigned char)c;
    return u < 0x20 || u == '"' || u == '\\' || u >= 0x80;
}

static const char *
skip_ascii(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t x;
        memcpy(&x, p, sizeof x);
        const uint64_t stop = special_bytes(le64toh(x));
        if (stop != 0)
            return p + __builtin_ctzll(stop) / 8;
        p += 8;
    }
    while (p < end && !is_special(*p))
        p++;
    return p;
}

const char *
text_skip_plain(const char *p, const char *end)
{
    for (;;) {
        uint32_t cp;
        p = skip_ascii(p, end);
        if (p == end || (unsigned char)*p < 0x80)
            return p;
        const size_t n = utf8_next((struct str){ p, (size_t)(end - p) }, &cp);
        if (n == 0)
            return p;
        p += n;
    }
}

static void
escape(struct buf *out, uint32_t cp)
{
    static const char letters[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                    ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };
    if (cp < sizeof letters && letters[cp] != '\0') {
        buf_char(out, '\\');
        buf_char(out, letters[cp]);
    } else {
        buf_printf(out, "\\u%04x", (unsigned)cp);
    }
}

/* What stops a plain run: a character to escape, or bytes that are no text. */
static void
special(struct buf *out, char c)
{
    static const struct str replacement = { "\xef\xbf\xbd", 3 };
    if (c == '\0' || (unsigned char)c >= 0x80)
        buf_str_add(out, replacement);
    else
        escape(out, (unsigned char)c);
}

void
json_text(struct buf *out, struct str s)
{
    const char *p = s.p, *end = s.p + s.n;
    buf_char(out, '"');
    while (p < end) {
        const char *stop = text_skip_plain(p, end);
        buf_add(out, p, (size_t)(stop - p));
        if (stop == end)
            break;
        special(out, *stop);
        p = stop + 1;
    }
    buf_char(out, '"');
}
