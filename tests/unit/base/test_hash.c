/* Digests, base64, ids and jitter.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/hash.h"
#include "base/rand.h"

/* Breaks if a digest were not SHA-256 (FIPS 180-2 vectors). */
static void
sha256_matches_its_vectors(void **state)
{
    (void)state;
    char hex[SHA256_HEX_SIZE];
    hash_sha256_hex(STR("abc"), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hash_sha256_hex((struct str){ NULL, 0 }, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* Breaks if webhooks were judged by anything but HMAC-SHA256 (RFC 4231, cases 2 and 6). */
static void
hmac_matches_its_vectors(void **state)
{
    (void)state;
    uint8_t got[SHA256_SIZE], key[131];
    static const uint8_t second[] = { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e };
    static const uint8_t sixth[] = { 0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f };

    hash_hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), got);
    assert_memory_equal(got, second, sizeof second);
    memset(key, 0xaa, sizeof key);
    hash_hmac_sha256((struct str){ (const char *)key, sizeof key },
                     STR("Test Using Larger Than Block-Size Key - Hash Key First"), got);
    assert_memory_equal(got, sixth, sizeof sixth);
    hash_hmac_sha256(STR(""), STR(""), got);
    assert_int_equal(got[0], 0xb6);
}

/* Breaks if one flipped bit of a signature went unnoticed. */
static void
every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    uint8_t a[SHA256_SIZE], b[SHA256_SIZE];
    hash_sha256(STR("body"), a);
    for (size_t bit = 0; bit < sizeof a * 8; bit++) {
        memcpy(b, a, sizeof b);
        b[bit / 8] = (uint8_t)(b[bit / 8] ^ 1U << bit % 8);
        assert_false(hash_equal(a, b, sizeof a));
    }
    assert_true(hash_equal(a, a, sizeof a));
}

/* Breaks if a signature header were decoded loosely: two texts must never mean the same bytes. */
static void
base64_is_decoded_strictly(void **state)
{
    (void)state;
    uint8_t out[32];
    assert_true(hash_base64_decode(STR("Zm9v"), out, 3));
    assert_memory_equal(out, "foo", 3);
    assert_true(hash_base64_decode(STR("Zm9vYg=="), out, 4));
    assert_memory_equal(out, "foob", 4);
    assert_true(hash_base64_decode(STR("Zm9vYmE="), out, 5));
    assert_true(hash_base64_decode(STR("+/+/"), out, 3));
    assert_true(hash_base64_decode(STR(""), out, 0));

    static const char *const wrong[] = { "",        "Zm9vYg",   "Zm9vYg=",  "Zm9vYh==", "Zm9vYg===",
                                         "Zm9v Yg=", "Zm9v_g==", "Zm9vY===", "Zm9vYmE=",
                                         "====Zm9v" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (hash_base64_decode(str_of(wrong[i]), out, 4))
            fail_msg("decoded: \"%s\"", wrong[i]);
    assert_false(hash_base64_decode(STR("Zm9\0"), out, 3));
}

/* Breaks if slots moved between releases: a slot's owner is found by this number. */
static void
u64_is_stable(void **state)
{
    (void)state;
    assert_true(hash_u64(STR("")) == UINT64_C(0xcbf29ce484222325));
    assert_true(hash_u64(STR("a")) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(hash_u64(STR("foobar")) == UINT64_C(0x85944171f73967e8));
    assert_true(hash_u64(STR("\xff")) == UINT64_C(0xaf64724c8602eb6e));
}

/* Breaks if ids repeated or were not version 4. */
static void
uuids_are_random_and_well_formed(void **state)
{
    (void)state;
    char a[UUID_TEXT_SIZE], b[UUID_TEXT_SIZE];
    hash_uuid(a);
    hash_uuid(b);
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), 36);
    for (size_t i = 0; i < 36; i++)
        assert_int_equal(a[i] == '-', i == 8 || i == 13 || i == 18 || i == 23);
    assert_int_equal(a[14], '4');
    assert_non_null(strchr("89ab", a[19]));
}

/* Breaks if a back-off were zero, passed its cap, or all waiters woke together. */
static void
backoff_stays_in_its_range(void **state)
{
    (void)state;
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < 10000; i++) {
        assert_in_range(rand_backoff_ms(100, 30000, 0), 1, 100);
        assert_in_range(rand_backoff_ms(100, 30000, 3), 1, 800);
        const int64_t ms = rand_backoff_ms(100, 30000, 1000000);
        assert_in_range(ms, 1, 30000);
        least = ms < least ? ms : least;
        most = ms > most ? ms : most;
    }
    assert_true(least < 1000 && most > 29000);
    assert_in_range(rand_backoff_ms(INT64_MAX, INT64_MAX, 5), 1, INT64_MAX);
    assert_int_equal(rand_backoff_ms(1, 1, 9), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_matches_its_vectors),
        cmocka_unit_test(hmac_matches_its_vectors),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(base64_is_decoded_strictly),
        cmocka_unit_test(u64_is_stable),
        cmocka_unit_test(uuids_are_random_and_well_formed),
        cmocka_unit_test(backoff_stays_in_its_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
