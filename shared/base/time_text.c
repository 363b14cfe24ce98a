/*
 * time_text.c: times as text: RFC 3339 in and out, HTTP-date in.
 *
 * The calendar arithmetic is the proleptic Gregorian one on days since 1970-01-01, counted in years
 * that begin in March, so that the leap day is a year's last.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"

#include "base/digits.h"

#include <inttypes.h>
#include <stdio.h>

enum { SECONDS_PER_DAY = 86400, DAYS_PER_ERA = 146097, DAYS_0000_TO_1970 = 719468 };
enum { SHOWN_MAX = 40 };

struct civil { int64_t year; int month, day, hour, minute, second; };

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t
days_of(const struct civil *c)
{
    const int64_t y = c->year - (c->month <= 2);
    const int64_t era = floor_div(y, 400), year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * ((c->month + 9) % 12) + 2) / 5 + c->day - 1;
    const int64_t leap_days = year_of_era / 4 - year_of_era / 100;
    const int64_t day_of_era = year_of_era * 365 + leap_days + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_0000_TO_1970;
}

static struct civil
civil_of(int64_t seconds)
{
    const int64_t days = floor_div(seconds, SECONDS_PER_DAY) + DAYS_0000_TO_1970;
    const int rest = (int)(seconds - floor_div(seconds, SECONDS_PER_DAY) * SECONDS_PER_DAY);
    const int64_t era = floor_div(days, DAYS_PER_ERA), doe = days - era * DAYS_PER_ERA;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int shifted = (int)((5 * doy + 2) / 153);
    const int month = shifted < 10 ? shifted + 3 : shifted - 9;
    return (struct civil){ .year = era * 400 + yoe + (month <= 2), .month = month,
                           .day = (int)(doy - (153 * shifted + 2) / 5 + 1), .hour = rest / 3600,
                           .minute = rest / 60 % 60, .second = rest % 60 };
}

static int
days_in_month(int64_t year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Exactly n digits at the start of *s, consumed; -1 otherwise. */
static int
digits(struct str *s, size_t n)
{
    int v = 0;
    if (s->n < n)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return -1;
        v = v * 10 + (s->p[i] - '0');
    }
    *s = (struct str){ s->p + n, s->n - n };
    return v;
}

static bool
literal(struct str *s, const char *any_of)
{
    if (s->n == 0 || s->p[0] == '\0' || strchr(any_of, s->p[0]) == NULL)
        return false;
    *s = (struct str){ s->p + 1, s->n - 1 };
    return true;
}

static bool
clock_part(struct str *s, struct civil *c)
{
    c->hour = digits(s, 2);
    if (c->hour < 0 || c->hour > 23 || !literal(s, ":"))
        return false;
    c->minute = digits(s, 2);
    if (c->minute < 0 || c->minute > 59 || !literal(s, ":"))
        return false;
    c->second = digits(s, 2);
    return c->second >= 0 && c->second <= 60;
}

static bool
is_date(const struct civil *c)
{
    return c->year >= 0 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month);
}

/* Up to nine digits after the point; microseconds, the rest is truncated. */
static bool
fraction_part(struct str *s, int64_t *us)
{
    *us = 0;
    if (!literal(s, "."))
        return true;
    size_t n = 0;
    for (int d; n < 9 && (d = digits(s, 1)) >= 0; n++)
        *us = n < 6 ? *us * 10 + d : *us;
    for (size_t i = n; i < 6; i++)
        *us *= 10;
    return n > 0;
}

static bool
offset_part(struct str *s, int64_t *seconds)
{
    *seconds = 0;
    if (literal(s, "Zz"))
        return true;
    const bool west = s->n > 0 && s->p[0] == '-';
    if (!literal(s, "+-"))
        return false;
    const int hour = digits(s, 2);
    if (hour < 0 || hour > 23 || !literal(s, ":"))
        return false;
    const int minute = digits(s, 2);
    if (minute < 0 || minute > 59)
        return false;
    *seconds = (west ? -1 : 1) * (hour * 3600 + minute * 60);
    return true;
}

static int64_t
seconds_of(const struct civil *c)
{
    return days_of(c) * SECONDS_PER_DAY + c->hour * 3600 + c->minute * 60 + c->second;
}

static bool
parse_rfc3339(struct str s, int64_t *ret)
{
    struct civil c = { .year = digits(&s, 4) };
    if (!literal(&s, "-"))
        return false;
    c.month = digits(&s, 2);
    if (!literal(&s, "-"))
        return false;
    c.day = digits(&s, 2);

    int64_t us, offset;
    if (!is_date(&c) || !literal(&s, "Tt") || !clock_part(&s, &c) || !fraction_part(&s, &us) ||
        !offset_part(&s, &offset) || s.n != 0)
        return false;

    const int64_t seconds = seconds_of(&c) - offset;
    /* A leap second ends a UTC day; it counts as the first second of the next, as in POSIX. */
    if (c.second == 60 && seconds % SECONDS_PER_DAY != 0)
        return false;
    const int64_t year = civil_of(seconds).year;
    *ret = seconds * US_PER_S + us;
    return year >= 0 && year <= 9999;
}

enum err_class
time_parse(struct str text, struct time_us *ret, struct err *e)
{
    int64_t us;
    if (text.p == NULL || !parse_rfc3339(text, &us))
        return err_set(e, ERR_REJECT, NULL, "\"%.*s\" is not an RFC 3339 time, want %s",
                       (int)(text.n < SHOWN_MAX ? text.n : SHOWN_MAX), text.p ? text.p : "",
                       "2026-11-24T11:00:00Z");
    ret->v = us;
    return ERR_NONE;
}

/* Which of the three-letter names starts *s, consumed; -1 if none. */
static int
name_of(struct str *s, const char *names)
{
    if (s->n < 3)
        return -1;
    for (int i = 0; names[i * 3] != '\0'; i++)
        if (memcmp(names + i * 3, s->p, 3) == 0) {
            *s = (struct str){ s->p + 3, s->n - 3 };
            return i;
        }
    return -1;
}

static bool
parse_http_date(struct str s, int64_t *ret)
{
    struct civil c = { 0 };
    if (name_of(&s, "MonTueWedThuFriSatSun") < 0 || !literal(&s, ",") || !literal(&s, " "))
        return false;
    c.day = digits(&s, 2);
    if (!literal(&s, " "))
        return false;
    c.month = name_of(&s, "JanFebMarAprMayJunJulAugSepOctNovDec") + 1;
    if (!literal(&s, " "))
        return false;
    c.year = digits(&s, 4);
    if (!is_date(&c) || !literal(&s, " ") || !clock_part(&s, &c) || !str_is(s, " GMT"))
        return false;
    *ret = seconds_of(&c) * US_PER_S;
    return true;
}

enum err_class
time_parse_http(struct str text, struct time_us *ret, struct err *e)
{
    int64_t us;
    if (text.p == NULL || !parse_http_date(text, &us))
        return err_set(e, ERR_REJECT, NULL, "\"%.*s\" is not an HTTP date, want %s",
                       (int)(text.n < SHOWN_MAX ? text.n : SHOWN_MAX), text.p ? text.p : "",
                       "\"Tue, 24 Nov 2026 11:00:00 GMT\"");
    ret->v = us;
    return ERR_NONE;
}

/* "2026-11-24T11:00:00", for years of four digits. */
static char *
put_civil(char *p, const struct civil *c)
{
    const struct { int v; char before; } parts[] = { { c->month, '-' }, { c->day, '-' },
                                                     { c->hour, 'T' },  { c->minute, ':' },
                                                     { c->second, ':' } };
    p = digits_put(p, (uint64_t)c->year, 4);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        *p++ = parts[i].before;
        p = digits_put(p, (uint64_t)parts[i].v, 2);
    }
    return p;
}

const char *
time_format(struct time_us t, char text[TIME_TEXT_SIZE])
{
    const struct civil c = civil_of(floor_div(t.v, US_PER_S));
    const int us = (int)(t.v % US_PER_S);
    if (c.year >= 0 && c.year <= 9999) {
        char *p = put_civil(text, &c);
        *p++ = '.';
        p = digits_put(p, (uint64_t)(us < 0 ? us + (int)US_PER_S : us), 6);
        memcpy(p, "Z", 2);
        return text;
    }
    snprintf(text, TIME_TEXT_SIZE, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d.%06dZ", c.year, c.month,
             c.day, c.hour, c.minute, c.second, us < 0 ? us + (int)US_PER_S : us);
    return text;
}

const char *
time_format_s(struct time_us t, char text[TIME_TEXT_SIZE])
{
    const struct civil c = civil_of(floor_div(t.v, US_PER_S));
    snprintf(text, TIME_TEXT_SIZE, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month,
             c.day, c.hour, c.minute, c.second);
    return text;
}
