/*
 * trace_page.c: an order's story for people: one line per event, its columns as wide as they must
 * be, long sentences continued under their beginning.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace.h"

enum { PAGE_WIDTH = 140, TEXT_LEAST = 40, CELL_MAX = 96, DAY = 10, CLOCK = 12, TIME_AT = 11 };
enum { HOP, RECORD, OUTCOME, MS, COLUMNS };

struct cells { char text[COLUMNS][CELL_MAX]; };

static void
print_ms(char cell[CELL_MAX], const struct cell *to_kafka, const struct cell *to_commit)
{
    if (!to_kafka->null && !to_commit->null)
        (void)snprintf(cell, CELL_MAX, "%" PRId64 " + %" PRId64, to_kafka->n, to_commit->n);
    else if (!to_kafka->null)
        (void)snprintf(cell, CELL_MAX, "%" PRId64, to_kafka->n);
    else if (!to_commit->null)
        (void)snprintf(cell, CELL_MAX, "+ %" PRId64, to_commit->n);
    else
        cell[0] = '\0';
}

static void
fill(struct cells *c, const struct cell *v)
{
    const struct str topic = v[EVENT_TOPIC].s, hop = v[EVENT_HOP].s, outcome = v[EVENT_OUTCOME].s;

    if (!v[EVENT_OFFSET].null)
        (void)snprintf(c->text[RECORD], CELL_MAX, "%.*s/%" PRId64 "@%" PRId64, (int)topic.n,
                       topic.p, v[EVENT_PARTITION].n, v[EVENT_OFFSET].n);
    else
        (void)snprintf(c->text[RECORD], CELL_MAX, "%.*s", (int)topic.n, topic.p);
    (void)snprintf(c->text[HOP], CELL_MAX, "%.*s", (int)hop.n, hop.p);
    (void)snprintf(c->text[OUTCOME], CELL_MAX, "%.*s", (int)outcome.n, outcome.p);
    print_ms(c->text[MS], &v[EVENT_MS_TO_KAFKA], &v[EVENT_MS_TO_COMMIT]);
}

/* How many bytes of text make a line of at most `room` characters, broken at a space if it can. */
static size_t
line_of(struct str text, size_t room)
{
    size_t end = 0, space = 0;

    for (size_t chars = 0; end < text.n; end++) {
        chars += ((unsigned char)text.p[end] & 0xC0) != 0x80;
        if (chars > room)
            return space > 0 ? space : end;
        if (text.p[end] == ' ')
            space = end;
    }
    return end;
}

static void
print_text(struct buf *out, struct str text, size_t indent)
{
    const size_t room = indent + TEXT_LEAST < PAGE_WIDTH ? PAGE_WIDTH - indent : TEXT_LEAST;

    for (bool first = true; text.n > 0 || first; first = false) {
        const size_t n = line_of(text, room);
        if (!first)
            buf_printf(out, "%*s", (int)indent, "");
        for (size_t i = 0; i < n; i++) /* a customer's note may hold anything */
            buf_char(out, (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i]);
        table_end_line(out);
        text.p += n;
        text.n -= n;
        while (text.n > 0 && text.p[0] == ' ') {
            text.p++;
            text.n--;
        }
    }
}

static void
print_row(struct buf *out, const char *clock, const struct cells *c, const size_t widths[COLUMNS],
          struct str text)
{
    size_t indent = 2 + CLOCK + 2;

    buf_printf(out, "  %-*s  ", CLOCK, clock);
    for (int k = 0; k < COLUMNS; k++) {
        buf_printf(out, "%s%*s  ", c->text[k],
                   (int)(widths[k] - text_width(str_of(c->text[k]))), "");
        indent += widths[k] + 2;
    }
    print_text(out, text, indent);
}

/* "2026-11-24T11:00:00.123456Z": a new day gets a line of its own. */
static void
print_event(struct buf *out, char day[DAY + 1], const struct cell *v, const struct cells *c,
            const size_t widths[COLUMNS])
{
    char at[TIME_TEXT_SIZE], clock[CLOCK + 1] = "-";

    if (!v[EVENT_AT].null) {
        (void)time_format((struct time_us){ v[EVENT_AT].n }, at);
        (void)snprintf(clock, sizeof clock, "%.*s", CLOCK, at + TIME_AT);
        if (strncmp(day, at, DAY) != 0)
            buf_printf(out, "%.*s\n", DAY, at);
        memcpy(day, at, DAY);
    }
    print_row(out, clock, c, widths, v[EVENT_TEXT].s);
}

void
trace_page(struct arena *mem, const struct trace_head *h, const struct table *events,
           struct buf *out)
{
    static const struct cells titles = { { "HOP", "RECORD", "OUTCOME", "MS" } };
    struct cells *c = ARENA_NEW(mem, struct cells, events->n + 1);
    size_t widths[COLUMNS];
    char day[DAY + 1] = "";

    for (int k = 0; k < COLUMNS; k++)
        widths[k] = strlen(titles.text[k]);
    for (size_t i = 0; i < events->n; i++) {
        fill(&c[i], table_row(events, i));
        for (int k = 0; k < COLUMNS; k++) {
            const size_t is = text_width(str_of(c[i].text[k]));
            widths[k] = is > widths[k] ? is : widths[k];
        }
    }
    buf_printf(out, "%.*s (%.*s/%" PRId64 ") is %.*s: %.*s\n\n", (int)h->name.n, h->name.p,
               (int)h->shop.n, h->shop.p, h->order, (int)h->state.n, h->state.p, (int)h->stands.n,
               h->stands.p);
    print_row(out, "UTC", &titles, widths, STR("WHAT"));
    for (size_t i = 0; i < events->n; i++)
        print_event(out, day, table_row(events, i), &c[i], widths);
    buf_printf(out, "\n  RECORD: topic/partition@offset. MS: to Kafka from what Shopify showed or "
                    "we decided, + from Kafka to the commit.\n\n");
}
