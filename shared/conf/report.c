/*
 * report.c: findings, and the name that was probably meant.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "conf/parts.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

enum { FINDING_MAX = 1024 };

/* A long text was cut, perhaps inside a character, which then goes as a whole. */
static void
mend_end(char *text)
{
    size_t n = strlen(text);
    for (int i = 0; i < 3 && n > 0 && !utf8_valid((struct str){ text, n }); i++)
        text[--n] = '\0';
}

void
conf_finding(struct conf *c, const char *origin, const char *fmt, ...)
{
    char text[FINDING_MAX];
    va_list ap;
    va_start(ap, fmt);
    const bool cut = vsnprintf(text, sizeof text, fmt, ap) >= (int)sizeof text;
    va_end(ap);
    if (cut)
        mend_end(text);

    /* One finding is one line, whatever bytes the file held. */
    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    buf_printf(&c->report, "%s: %s\n", origin, text);
    c->n_findings++;
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance with one row; names longer than a row are as far as they are long. */
size_t
conf_distance(const char *a, const char *b)
{
    size_t row[CONF_NAME_MAX + 1];
    const size_t na = strlen(a), nb = strlen(b);
    if (na > CONF_NAME_MAX || nb > CONF_NAME_MAX)
        return na + nb;
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            const size_t above = row[j];
            row[j] = least(least(above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[nb];
}

const char *
conf_nearest_hint(struct conf *c, const char *name, const char *const *known, size_t n)
{
    const char *best = NULL;
    size_t distance = strlen(name) / 2 + 2;
    for (size_t i = 0; i < n; i++) {
        const size_t d = conf_distance(name, known[i]);
        if (d < distance) {
            distance = d;
            best = known[i];
        }
    }
    return best != NULL ? arena_printf(c->mem, ", did you mean \"%s\"?", best).p
                        : "; --help lists all";
}
