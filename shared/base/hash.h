/*
 * hash.h: digests and message authentication (libcrypto), and 64-bit mixing for tables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/err.h"
#include "base/types.h"

enum { SHA256_SIZE = 32, SHA256_HEX_SIZE = 65, UUID_TEXT_SIZE = 37 };

void hash_sha256(struct str bytes, uint8_t ret[SHA256_SIZE]);
void hash_sha256_hex(struct str bytes, char ret[SHA256_HEX_SIZE]);
/* The same of bytes that come in pieces. */
struct hash_stream;
struct hash_stream *hash_stream_new(void);
void hash_stream_add(struct hash_stream *h, struct str piece);
void hash_stream_end(struct hash_stream *h, char ret[SHA256_HEX_SIZE]); /* once */
void hash_stream_free(struct hash_stream *h);
void hash_hmac_sha256(struct str key, struct str bytes, uint8_t ret[SHA256_SIZE]);
bool hash_equal(const uint8_t *a, const uint8_t *b, size_t n); /* constant time */
/* Decodes standard base64 that must give exactly n bytes; false otherwise. */
bool hash_base64_decode(struct str text, uint8_t *ret, size_t n);
uint64_t hash_u64(struct str bytes); /* FNV-1a; stable across processes and releases */
void hash_uuid(char ret[UUID_TEXT_SIZE]); /* random, version 4 */

#endif
