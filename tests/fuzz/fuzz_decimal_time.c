/*
 * fuzz_decimal_time: what reads as an amount or a time is written and reads as the same again; what
 * decodes as base64 is text of the right length only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include "base/clock.h"
#include "base/decimal.h"
#include "base/hash.h"
#include "base/utf8.h"

static void
check_decimal(struct str s)
{
    char text[DECIMAL_TEXT_SIZE];
    struct decimal d, again;
    struct err e = { 0 };
    if (decimal_parse(s, &d, &e) != ERR_NONE) {
        must_hold(e.class == ERR_REJECT);
        must_hold(e.text[0] != '\0');
        return;
    }
    must_hold(decimal_parse(str_of(decimal_format(d, text)), &again, &e) == ERR_NONE);
    must_hold(again.micro == d.micro);
    must_hold(strlen(text) < sizeof text);
}

static void
check_time(struct str s)
{
    char text[TIME_TEXT_SIZE];
    struct time_us t, again;
    struct err e = { 0 };
    if (time_parse(s, &t, &e) != ERR_NONE && time_parse_http(s, &t, &e) != ERR_NONE) {
        must_hold(e.class == ERR_REJECT);
        return;
    }
    must_hold(time_parse(str_of(time_format(t, text)), &again, &e) == ERR_NONE);
    must_hold(again.v == t.v);
}

/* Any 64 bits have a text, and the text of a day in our calendar reads back. */
static void
check_format(struct str s)
{
    char text[TIME_TEXT_SIZE], amount[DECIMAL_TEXT_SIZE];
    struct decimal d = { 0 }, again;
    struct err e = { 0 };
    struct time_us t = { 0 };
    if (s.n < sizeof t.v)
        return;
    memcpy(&t.v, s.p, sizeof t.v);
    d.micro = t.v;
    must_hold(strlen(time_format(t, text)) < sizeof text);
    must_hold(strlen(time_format_s(t, text)) < sizeof text);
    must_hold(decimal_parse(str_of(decimal_format(d, amount)), &again, &e) == ERR_NONE);
    must_hold(again.micro == d.micro);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    uint8_t digest[SHA256_SIZE];
    const struct str s = { (const char *)bytes, n };
    check_decimal(s);
    check_time(s);
    check_format(s);
    if (hash_base64_decode(s, digest, sizeof digest))
        must_hold(n == 44 && utf8_valid(s));
    return 0;
}
