/*
 * test_verify.c: if this fails, someone who does not know the secret can write into the shop's
 * orders.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "base/types.h"
#include "verify.h"

/* RFC 4231, test case 2, in base64: key "Jefe". */
#define BODY STR("what do ya want for nothing?")
#define KEY STR("Jefe")
static const char good[] = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";
static const struct str none = { 0 };

static void
test_right_signature(void **state)
{
    (void)state;
    assert_int_equal(verify_signature(KEY, none, BODY, str_of(good)), SIGNATURE_VALID);
}

static void
test_either_secret_during_a_rotation(void **state)
{
    (void)state;
    assert_int_equal(verify_signature(STR("new"), KEY, BODY, str_of(good)), SIGNATURE_VALID);
    assert_int_equal(verify_signature(STR("new"), STR("old"), BODY, str_of(good)), SIGNATURE_BAD);
}

static void
test_other_secret_or_body(void **state)
{
    (void)state;
    assert_int_equal(verify_signature(STR("jefe"), none, BODY, str_of(good)), SIGNATURE_BAD);
    assert_int_equal(verify_signature(KEY, none, STR("what do ya want for nothing!"), str_of(good)),
                     SIGNATURE_BAD);
}

/* An unset secret must not accept the signature that anyone can compute with an empty key. */
static void
test_empty_secret_never_matches(void **state)
{
    (void)state;
    const struct str empty_key_empty_body = STR("thNnmggU2ex3L5XXeMNfxf8Wl8STcVZTxscSFEKSxa0=");
    assert_int_equal(verify_signature(STR(""), none, STR(""), empty_key_empty_body), SIGNATURE_BAD);
    assert_int_equal(verify_signature(none, STR(""), STR(""), empty_key_empty_body), SIGNATURE_BAD);
}

static void
test_missing(void **state)
{
    (void)state;
    assert_int_equal(verify_signature(KEY, none, BODY, none), SIGNATURE_MISSING);
    assert_int_equal(verify_signature(KEY, none, BODY, STR("")), SIGNATURE_MISSING);
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
encode(const uint8_t bytes[32], char ret[45])
{
    for (int i = 0, at = 0; at < 44; i += 3, at += 4) {
        const unsigned v = (unsigned)bytes[i] << 16 | (unsigned)bytes[i + 1] << 8 |
                           (i + 2 < 32 ? bytes[i + 2] : 0u);
        ret[at] = digits[v >> 18 & 63];
        ret[at + 1] = digits[v >> 12 & 63];
        ret[at + 2] = digits[v >> 6 & 63];
        ret[at + 3] = i + 2 < 32 ? digits[v & 63] : '=';
    }
    ret[44] = '\0';
}

static void
decode(const char *text, uint8_t ret[32])
{
    int n = 0;
    unsigned v = 0;

    for (int i = 0; i < 43; i++) {
        v = v << 6 | (unsigned)(strchr(digits, text[i]) - digits);
        if (i % 4 != 0 && n < 32)
            ret[n++] = (uint8_t)(v >> (i % 4 == 1 ? 4 : i % 4 == 2 ? 2 : 0));
    }
}

/* All 256 single-bit flips of the digest. */
static void
test_every_flipped_bit(void **state)
{
    uint8_t digest[32];
    char text[45];

    (void)state;
    decode(good, digest);
    encode(digest, text);
    assert_string_equal(text, good); /* the helpers are right, so the flips mean something */
    for (int bit = 0; bit < 256; bit++) {
        digest[bit / 8] = (uint8_t)(digest[bit / 8] ^ 1u << bit % 8);
        encode(digest, text);
        assert_int_equal(verify_signature(KEY, none, BODY, str_of(text)), SIGNATURE_BAD);
        digest[bit / 8] = (uint8_t)(digest[bit / 8] ^ 1u << bit % 8);
    }
}

/* All single-bit flips of the header itself, most of them no base64 at all. */
static void
test_every_flipped_bit_of_the_header(void **state)
{
    char text[sizeof good];

    (void)state;
    for (size_t bit = 0; bit < 8 * (sizeof good - 1); bit++) {
        memcpy(text, good, sizeof good);
        text[bit / 8] = (char)((unsigned char)text[bit / 8] ^ 1u << bit % 8);
        assert_int_equal(verify_signature(KEY, none, BODY, (struct str){ text, sizeof good - 1 }),
                         SIGNATURE_BAD);
    }
}

static void
test_other_spellings_of_the_same_digest(void **state)
{
    static const char *const variants[] = {
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM",   /* no padding */
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM==", /* too much */
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEN=",  /* stray bits below the padding */
        " W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=", /* white space */
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=\n",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", /* hex */
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEMA",                     /* 33 bytes */
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOA==",                     /* 31 bytes */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
        assert_int_equal(verify_signature(KEY, none, BODY, str_of(variants[i])), SIGNATURE_BAD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_signature),
        cmocka_unit_test(test_either_secret_during_a_rotation),
        cmocka_unit_test(test_other_secret_or_body),
        cmocka_unit_test(test_empty_secret_never_matches),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_every_flipped_bit),
        cmocka_unit_test(test_every_flipped_bit_of_the_header),
        cmocka_unit_test(test_other_spellings_of_the_same_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
