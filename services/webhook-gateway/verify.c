/*
 * verify.c: the check of X-Shopify-Hmac-Sha256; see verify.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "verify.h"

#include "base/hash.h"

/* An empty secret would let anyone sign: it never matches. */
static bool
signed_with(struct str secret, struct str body, const uint8_t given[SHA256_SIZE])
{
    uint8_t want[SHA256_SIZE];

    hash_hmac_sha256(secret, body, want);
    const bool equal = hash_equal(want, given, SHA256_SIZE);
    return equal && secret.n > 0;
}

enum verdict
verify_signature(struct str secret, struct str previous, struct str body, struct str signature)
{
    uint8_t given[SHA256_SIZE];

    if (signature.n == 0)
        return SIGNATURE_MISSING;
    if (!hash_base64_decode(signature, given, sizeof given))
        return SIGNATURE_BAD;
    const bool current = signed_with(secret, body, given);
    const bool rotated = signed_with(previous, body, given);
    return current || rotated ? SIGNATURE_VALID : SIGNATURE_BAD;
}
