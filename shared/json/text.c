/*
 * text.c: runs of ordinary bytes are copied as they are, the rest is escaped one by one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/text.h"

#include "base/utf8.h"

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

void
json_text(struct buf *out, struct str s)
{
    static const struct str replacement = { "\xef\xbf\xbd", 3 };
    size_t plain = 0;
    buf_char(out, '"');
    for (size_t at = 0, used; at < s.n; at += used) {
        uint32_t cp = 0;
        used = utf8_next((struct str){ s.p + at, s.n - at }, &cp);
        if (used > 1 || (cp >= 0x20 && cp != '"' && cp != '\\'))
            continue;
        buf_add(out, s.p + plain, at - plain);
        if (cp == 0) /* not UTF-8, or NUL */
            buf_str_add(out, replacement);
        else
            escape(out, cp);
        used = 1;
        plain = at + 1;
    }
    buf_add(out, s.p + plain, s.n - plain);
    buf_char(out, '"');
}
