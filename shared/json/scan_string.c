/*
 * scan_string.c: strings of JSON: borrowed as they stand, or spelled out when there are escapes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/scan.h"

#include "json/text.h"

/* The quote that ends a string: the first that no backslash takes away. NULL when there is none. */
static const char *
closing_quote(const char *p, const char *end)
{
    for (const char *from = p; p < end; p++) {
        p = memchr(p, '"', (size_t)(end - p));
        if (p == NULL)
            return NULL;
        const char *slash = p;
        while (slash > from && slash[-1] == '\\')
            slash--;
        if ((p - slash) % 2 == 0)
            return p;
        from = p + 1;
    }
    return NULL;
}

static bool
hex4(const char **p, const char *end, uint32_t *ret)
{
    uint32_t v = 0;
    if (end - *p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        const char c = (*p)[i];
        const char lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            v = v << 4 | (uint32_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            v = v << 4 | (uint32_t)(lower - 'a' + 10);
        else
            return false;
    }
    *p += 4;
    *ret = v;
    return true;
}

/* What follows "\u". Surrogates come in pairs, high before low; NUL is no text. */
static bool
unicode_escape(const char **p, const char *end, uint32_t *cp)
{
    uint32_t low;
    if (!hex4(p, end, cp) || *cp == 0 || (*cp >= 0xdc00 && *cp <= 0xdfff))
        return false;
    if (*cp < 0xd800 || *cp > 0xdbff)
        return true;
    if (end - *p < 2 || (*p)[0] != '\\' || (*p)[1] != 'u')
        return false;
    *p += 2;
    if (!hex4(p, end, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *cp = 0x10000 + ((*cp & 0x3ff) << 10 | (low & 0x3ff));
    return true;
}

/* What follows a backslash. */
static bool
escape(const char **p, const char *end, uint32_t *cp)
{
    static const char meanings[] = { ['"'] = '"',  ['/'] = '/',  ['\\'] = '\\', ['b'] = '\b',
                                     ['f'] = '\f', ['n'] = '\n', ['r'] = '\r',  ['t'] = '\t' };
    if (*p == end)
        return false;
    const unsigned char c = (unsigned char)*(*p)++;
    if (c == 'u')
        return unicode_escape(p, end, cp);
    *cp = c < sizeof meanings ? (unsigned char)meanings[c] : 0;
    return *cp != 0;
}

static size_t
write_utf8(char *to, uint32_t cp)
{
    if (cp < 0x80) {
        to[0] = (char)cp;
        return 1;
    }
    const size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const unsigned char heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = n; i-- > 1; cp >>= 6)
        to[i] = (char)(0x80 | (cp & 0x3f));
    to[0] = (char)(heads[n] | cp);
    return n;
}

/* The rest of a string that began at `from` and whose first backslash is at s->p. Spelled out it
 * is never longer than written. */
static bool
escaped_string(struct scan *s, const char *from, struct str *ret)
{
    const char *stop = closing_quote(s->p, s->end);
    if (stop == NULL)
        return false;
    char *out = ret != NULL ? arena_alloc(s->mem, (size_t)(stop - from) + 1, 1) : NULL;
    size_t n = 0;
    for (const char *p = from; p < stop;) {
        const char *run = text_skip_plain(p, stop);
        char spelled[4];
        uint32_t cp;
        if (out != NULL)
            memcpy(out + n, p, (size_t)(run - p));
        n += (size_t)(run - p);
        p = run;
        if (p == stop)
            break;
        if (*p++ != '\\' || !escape(&p, stop, &cp))
            return false;
        const size_t used = write_utf8(spelled, cp);
        if (out != NULL)
            memcpy(out + n, spelled, used);
        n += used;
    }
    s->p = stop + 1;
    if (ret != NULL)
        *ret = (struct str){ out, n };
    return true;
}

bool
scan_string(struct scan *s, struct str *ret)
{
    if (scan_peek(s) != '"')
        return false;
    const char *from = s->p + 1;
    const char *stop = text_skip_plain(from, s->end);
    if (stop == s->end)
        return false;
    if (*stop == '\\') {
        s->p = stop;
        return escaped_string(s, from, ret);
    }
    if (*stop != '"')
        return false;
    if (ret != NULL)
        *ret = (struct str){ from, (size_t)(stop - from) };
    s->p = stop + 1;
    return true;
}
