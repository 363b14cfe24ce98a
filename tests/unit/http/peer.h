/*
 * peer.h: a server that answers with exactly the bytes a test wants, well-formed or not.
 *
 * It reads a request (head, and body by Content-Length), sends the answer, and closes the
 * connection after `per_connection` answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_HTTP_PEER_H
#define TESTS_HTTP_PEER_H

#include "base/cleanup.h"
#include "base/types.h"

enum { PEER_REQUEST_MAX = 1 << 16 };
struct peer;

/* answer.p NULL: reads and never answers. */
struct peer *peer_start(struct str answer, int per_connection);
/* Each connection dies under its second request, which was read and gets no answer. */
struct peer *peer_start_dying(struct str answer);
void peer_free(struct peer *p);
/* "http://127.0.0.1:PORT<path>"; lives until the next call. */
const char *peer_url(struct peer *p, const char *path);
int peer_connections(const struct peer *p);
int peer_requests(const struct peer *p); /* that were read whole */
/* The last request as it came. */
const char *peer_request(const struct peer *p);
DEFINE_CLEANUP(peer_free, struct peer *);

#endif
