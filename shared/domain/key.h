/*
 * key.h: Kafka keys: parts joined by '/', the shop's short key first ("acme/5123456789").
 *
 * '/' and '%' inside a part are percent-encoded, so that a key splits in one way only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_KEY_H
#define DOMAIN_KEY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"

enum { KEY_TEXT_SIZE = 256 };

/* "<shop>/<id>". Returns text. */
const char *key_shop_id(struct str shop, int64_t id, char text[KEY_TEXT_SIZE]);
/* Takes "<shop>/<id>" apart; REJECT when it is not that. `shop` borrows from key. */
MUST_CHECK enum err_class key_split_shop_id(struct str key, struct str *shop, int64_t *id,
                                            struct err *e);
/* Appends one part, encoded; the caller puts '/' between parts. */
void key_part_add(struct buf *ret, struct str part);
/* Appends the part decoded. REJECT on a '%' without two hexadecimal digits. */
MUST_CHECK enum err_class key_part_decode(struct buf *ret, struct str part, struct err *e);

#endif
