/*
 * server.h: the server under test, turned by a thread of its own.
 *
 *   GET  /hello            "hello"
 *   POST /echo             the body
 *   GET  /tree/...         the decoded path, the query "q", and the header X-Mark
 *   GET  /later?q=MS       answered by the loop after MS milliseconds
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_HTTPD_SERVER_H
#define TESTS_HTTPD_SERVER_H

#include "httpd/httpd.h"

enum { SERVER_DEADLINE_MS = 500, SERVER_BODY_MAX = 100000,
       SERVER_BODIES_MAX = 250000, SERVER_PER_ADDRESS = 200 };

struct server;
/* mode HTTPD_LOOP: turned by our thread; HTTPD_THREAD: by httpd's own. */
struct server *server_start(enum httpd_mode mode, unsigned per_address, const char *cert,
                            const char *key);
void server_free(struct server *s);
int64_t server_port(const struct server *s);
/* Runs httpd_stop_accepting() in the thread that turns the loop. */
void server_stop_accepting(struct server *s);
size_t server_open_requests(const struct server *s);
/* How often httpd_run() returned. */
int64_t server_turns(const struct server *s);
DEFINE_CLEANUP(server_free, struct server *);

#endif
