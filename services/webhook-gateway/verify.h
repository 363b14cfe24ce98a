/*
 * verify.h: was this body signed by Shopify for this shop?  Pure; asked before anything looks into
 * the body.
 *
 * The signature is base64(HMAC-SHA256(raw body, client secret)).  While a secret is being rotated
 * Shopify may sign with the old one for up to an hour, so two are tried; both are always computed
 * and compared in constant time, so that timing tells neither the secret nor which of the two
 * matched.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEBHOOK_GATEWAY_VERIFY_H
#define WEBHOOK_GATEWAY_VERIFY_H

#include "base/types.h"

enum verdict { SIGNATURE_VALID, SIGNATURE_MISSING, SIGNATURE_BAD };

/* previous: p NULL when no rotation is under way. signature: the header as it came. */
enum verdict verify_signature(struct str secret, struct str previous, struct str body,
                              struct str signature);

#endif
