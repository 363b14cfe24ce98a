/*
 * wire.h: a client that sends bytes as a test wants them, well-formed or not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_HTTPD_WIRE_H
#define TESTS_HTTPD_WIRE_H

#include "base/types.h"

enum { WIRE_ANSWER_MAX = 1 << 18 };

int wire_connect(int64_t port); /* -1 when refused */
void wire_send(int fd, const char *text);
/* Reads until the peer closes, or for at most wait_ms; returns what came, NUL-terminated. */
const char *wire_read_all(int fd, int64_t wait_ms);
/* Reads one answer with Content-Length: its head and body. */
const char *wire_read_answer(int fd);
bool wire_is_closed(int fd, int64_t wait_ms);
/* One request on a connection of its own; returns the whole answer. */
const char *wire_exchange(int64_t port, const char *request);

#endif
