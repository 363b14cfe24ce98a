/*
 * wire.c: blocking sockets with time-outs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { WIRE_WAIT_MS = 5000 };
static char answer[WIRE_ANSWER_MAX];

int
wire_connect(int64_t port)
{
    const struct sockaddr_in to = { .sin_family = AF_INET,
                                    .sin_port = htons((uint16_t)port),
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

void
wire_send(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* How many bytes came; 0 at the end, -1 when nothing came in time. */
static ssize_t
receive(int fd, char *to, size_t n, int64_t wait_ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    if (poll(&p, 1, (int)(wait_ms > 0 ? wait_ms : 0)) <= 0)
        return -1;
    const ssize_t got = recv(fd, to, n, 0);
    return got < 0 ? 0 : got; /* a reset is an end, too */
}

const char *
wire_read_all(int fd, int64_t wait_ms)
{
    const int64_t until = clock_monotonic_ms() + wait_ms;
    size_t n = 0;
    for (ssize_t got; n < sizeof answer - 1; n += (size_t)got) {
        got = receive(fd, answer + n, sizeof answer - 1 - n, until - clock_monotonic_ms());
        if (got <= 0)
            break;
    }
    answer[n] = '\0';
    return answer;
}

const char *
wire_read_answer(int fd)
{
    size_t n = 0, want = sizeof answer - 1;
    while (n < want) {
        const ssize_t got = receive(fd, answer + n, want - n, WIRE_WAIT_MS);
        if (got <= 0)
            break;
        n += (size_t)got;
        answer[n] = '\0';
        const char *end = strstr(answer, "\r\n\r\n");
        const char *length = strcasestr(answer, "Content-Length: ");
        if (end != NULL && length != NULL)
            want = (size_t)(end - answer) + 4 + strtoul(length + 16, NULL, 10);
        if (want > sizeof answer - 1)
            want = sizeof answer - 1;
    }
    answer[n] = '\0';
    return answer;
}

bool
wire_is_closed(int fd, int64_t wait_ms)
{
    const int64_t until = clock_monotonic_ms() + wait_ms;
    char rest[1024];
    for (;;) {
        const ssize_t got = receive(fd, rest, sizeof rest, until - clock_monotonic_ms());
        if (got <= 0)
            return got == 0;
    }
}

const char *
wire_exchange(int64_t port, const char *request)
{
    const int fd = wire_connect(port);
    if (fd < 0)
        return "refused";
    wire_send(fd, request);
    const char *got = wire_read_answer(fd);
    close(fd);
    return got;
}
