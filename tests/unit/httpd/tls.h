/*
 * tls.h: a throw-away certificate and a client that speaks TLS.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_HTTPD_TLS_H
#define TESTS_HTTPD_TLS_H

#include "base/types.h"

enum { TLS_PEM_MAX = 4096 };

/* A self-signed pair for localhost, as PEM. */
void tls_make_pair(char cert[TLS_PEM_MAX], char key[TLS_PEM_MAX]);
/* Sends the request on a connected socket, checking the server against cert; false without TLS. */
bool tls_exchange(int fd, const char *cert, const char *request, char *answer, size_t size);

#endif
