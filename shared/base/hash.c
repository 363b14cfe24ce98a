/*
 * hash.c: the only place that knows libcrypto.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* A digest fails only when memory or the library is broken; going on would be a silent lie. */
static void
must(bool ok)
{
    if (!ok)
        abort();
}

void
hash_sha256(struct str bytes, uint8_t ret[SHA256_SIZE])
{
    must(SHA256((const unsigned char *)bytes.p, bytes.n, ret) != NULL);
}

static void
to_hex(const uint8_t digest[SHA256_SIZE], char ret[SHA256_HEX_SIZE])
{
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        ret[i * 2] = "0123456789abcdef"[digest[i] >> 4];
        ret[i * 2 + 1] = "0123456789abcdef"[digest[i] & 0xf];
    }
    ret[SHA256_HEX_SIZE - 1] = '\0';
}

void
hash_sha256_hex(struct str bytes, char ret[SHA256_HEX_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    hash_sha256(bytes, digest);
    to_hex(digest, ret);
}

struct hash_stream *
hash_stream_new(void)
{
    EVP_MD_CTX *h = EVP_MD_CTX_new();
    must(h != NULL && EVP_DigestInit_ex(h, EVP_sha256(), NULL) == 1);
    return (struct hash_stream *)h;
}

void
hash_stream_add(struct hash_stream *h, struct str piece)
{
    must(EVP_DigestUpdate((EVP_MD_CTX *)h, piece.p, piece.n) == 1);
}

void
hash_stream_end(struct hash_stream *h, char ret[SHA256_HEX_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    must(EVP_DigestFinal_ex((EVP_MD_CTX *)h, digest, NULL) == 1);
    to_hex(digest, ret);
}

void
hash_stream_free(struct hash_stream *h)
{
    EVP_MD_CTX_free((EVP_MD_CTX *)h);
}

void
hash_hmac_sha256(struct str key, struct str bytes, uint8_t ret[SHA256_SIZE])
{
    unsigned n = 0;
    must(key.n <= INT32_MAX);
    must(HMAC(EVP_sha256(), key.n ? key.p : "", (int)key.n, (const unsigned char *)bytes.p, bytes.n,
              ret, &n) != NULL);
    must(n == SHA256_SIZE);
}

bool
hash_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

static int
base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
hash_base64_decode(struct str text, uint8_t *ret, size_t n)
{
    const size_t pad = (3 - n % 3) % 3;
    if (text.n != (n + 2) / 3 * 4)
        return false;

    uint32_t bits = 0;
    unsigned held = 0;
    size_t out = 0;
    for (size_t i = 0; i < text.n - pad; i++) {
        const int v = base64_value(text.p[i]);
        if (v < 0)
            return false;
        bits = bits << 6 | (uint32_t)v;
        held += 6;
        if (held >= 8) {
            held -= 8;
            ret[out++] = (uint8_t)(bits >> held);
        }
    }
    for (size_t i = text.n - pad; i < text.n; i++)
        if (text.p[i] != '=')
            return false;
    /* Left-over bits must be zero, or two texts would mean the same bytes. */
    return (bits & ((1U << held) - 1)) == 0;
}

uint64_t
hash_u64(struct str bytes)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < bytes.n; i++)
        h = (h ^ (unsigned char)bytes.p[i]) * UINT64_C(0x100000001b3);
    return h;
}

void
hash_uuid(char ret[UUID_TEXT_SIZE])
{
    uint8_t b[16];
    must(getrandom(b, sizeof b, 0) == sizeof b);
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    size_t at = 0;
    for (size_t i = 0; i < sizeof b; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            ret[at++] = '-';
        at += (size_t)snprintf(ret + at, UUID_TEXT_SIZE - at, "%02x", b[i]);
    }
}
