/*
 * bench-storm: webhooks of new orders at a fixed rate, whatever becomes of them.
 *
 *     bench-storm PORT PATH SECRET_FILE TEMPLATE RATE SECONDS CONNECTIONS FIRST
 *
 * Open loop: delivery n is due at start + n / RATE.  Each connection is kept alive and served by a
 * thread that takes the next delivery, waits until it is due, sends it and waits for the answer;
 * its latency counts from when it was due, so a slow server cannot slow the load down unnoticed.
 *
 * TEMPLATE is a webhook body with marks: \1 digits, a space, digits \2 an id that must differ from
 * order to order, and its step from one to the next; \3 the moment now.  An id becomes id + (FIRST +
 * n) * step.
 * Prints "sent ok p50 p90 p99 max late seconds" (microseconds; late: sent after it was due by more
 * than 5 ms, because all connections were waiting).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"

enum { THREADS_MAX = 1024, BODY_MAX = 1 << 20, ANSWER_MAX = 4096, LATE_US = 5000 };

static struct {
    int port;
    const char *path;
    struct str secret, template;
    int64_t rate, total, first, began_us;
    _Atomic int64_t next, ok, late;
    int64_t *latency_us; /* of delivery n; -1: no 200 */
} storm;

static _Noreturn void
die(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t
now_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct str
read_whole(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = malloc(BODY_MAX);
    if (f == NULL || text == NULL)
        die(path);
    const size_t n = fread(text, 1, BODY_MAX, f);
    fclose(f);
    return (struct str){ text, n };
}

static void
base64(const uint8_t *v, size_t n, char *ret)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        const size_t have = n - i < 3 ? n - i : 3;
        const uint32_t w = (uint32_t)v[i] << 16 | (have > 1 ? (uint32_t)v[i + 1] << 8 : 0)
                           | (have > 2 ? v[i + 2] : 0);
        for (size_t k = 0; k < 4; k++)
            *ret++ = k <= have ? digits[w >> (18 - 6 * k) & 63] : '=';
    }
    *ret = '\0';
}

static void
put_now(struct buf *out)
{
    char text[32];
    const time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S+00:00", &parts);
    buf_str_add(out, str_of(text));
}

/* The number behind *at, which then is at what ends it. */
static int64_t
number(struct str t, size_t *at)
{
    int64_t v = 0;
    for (++*at; *at < t.n && t.p[*at] >= '0' && t.p[*at] <= '9'; ++*at)
        v = v * 10 + (t.p[*at] - '0');
    return v;
}

/* The body of delivery n. */
static void
render(struct buf *out, int64_t n)
{
    const struct str t = storm.template;
    buf_clear(out);
    for (size_t i = 0; i < t.n;) {
        size_t plain = i;
        while (plain < t.n && t.p[plain] != '\1' && t.p[plain] != '\3')
            plain++;
        buf_add(out, t.p + i, plain - i);
        i = plain;
        if (i < t.n && t.p[i] == '\3') {
            put_now(out);
            i++;
        } else if (i < t.n) {
            const int64_t id = number(t, &i), step = number(t, &i);
            buf_i64(out, id + (storm.first + n) * step);
            i++;
        }
    }
}

static void
put_request(struct buf *out, const struct buf *body, int64_t n)
{
    uint8_t mac[SHA256_SIZE];
    char signature[64], head[1024], now[40];
    const int64_t us = now_us(CLOCK_REALTIME);
    const time_t s = us / 1000000;
    struct tm parts;

    gmtime_r(&s, &parts);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%S", &parts);
    hash_hmac_sha256(storm.secret, buf_str(body), mac);
    base64(mac, sizeof mac, signature);
    buf_clear(out);
    snprintf(head, sizeof head,
             "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\nX-Shopify-Topic: orders/create\r\n"
             "X-Shopify-Shop-Domain: sandbox.myshopify.com\r\nX-Shopify-API-Version: 2026-10\r\n"
             "X-Shopify-Webhook-Id: storm-%" PRId64 "\r\nX-Shopify-Event-Id: storm-%" PRId64 "\r\n"
             "X-Shopify-Triggered-At: %s.%06" PRId64 "Z\r\nX-Shopify-Hmac-Sha256: %s\r\n\r\n",
             storm.path, body->n, storm.first + n, storm.first + n, now, us % 1000000, signature);
    buf_str_add(out, str_of(head));
    buf_str_add(out, buf_str(body));
}

static int
dial(void)
{
    const struct sockaddr_in to = { .sin_family = AF_INET,
                                    .sin_port = htons((uint16_t)storm.port),
                                    .sin_addr = { htonl(INADDR_LOOPBACK) } };
    const int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* Sends and reads the head of the answer; its status, or 0 when the connection is gone. */
static int
exchange(int fd, const struct buf *request)
{
    char answer[ANSWER_MAX + 1];
    size_t have = 0;
    for (size_t sent = 0; sent < request->n;) {
        const ssize_t k = send(fd, request->p + sent, request->n - sent, MSG_NOSIGNAL);
        if (k <= 0)
            return 0;
        sent += (size_t)k;
    }
    for (;;) {
        const ssize_t k = recv(fd, answer + have, ANSWER_MAX - have, 0);
        if (k <= 0)
            return 0;
        have += (size_t)k;
        answer[have] = '\0';
        if (strstr(answer, "\r\n\r\n") != NULL) /* the gateway's answers have no body */
            return have > 12 ? (int)strtol(answer + 9, NULL, 10) : 0;
    }
}

static void
wait_until(int64_t due_us)
{
    const int64_t left = due_us - now_us(CLOCK_MONOTONIC);
    const struct timespec pause = { left / 1000000, left % 1000000 * 1000 };
    if (left > 0)
        nanosleep(&pause, NULL);
}

static void *
deliver(void *unused)
{
    struct buf body, request;
    int fd = dial();
    (void)unused;
    buf_init(&body, BODY_MAX);
    buf_init(&request, 2 * BODY_MAX);
    for (;;) {
        const int64_t n = atomic_fetch_add(&storm.next, 1);
        if (n >= storm.total)
            break;
        const int64_t due = storm.began_us + n * 1000000 / storm.rate;
        wait_until(due);
        if (now_us(CLOCK_MONOTONIC) - due > LATE_US)
            atomic_fetch_add(&storm.late, 1);
        render(&body, n);
        put_request(&request, &body, n);
        const int status = exchange(fd, &request);
        storm.latency_us[n] = status == 200 ? now_us(CLOCK_MONOTONIC) - due : -1;
        if (status == 200)
            atomic_fetch_add(&storm.ok, 1);
        if (status == 0) {
            close(fd);
            fd = dial();
        }
    }
    close(fd);
    buf_fini(&body);
    buf_fini(&request);
    return NULL;
}

static int
by_size(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void
tell(void)
{
    static const int64_t shares[] = { 50, 90, 99, 100 };
    const int64_t ok = atomic_load(&storm.ok), skip = storm.total - ok;
    const int64_t *v = storm.latency_us + skip; /* sorted: the failures come first */
    const int64_t spent = now_us(CLOCK_MONOTONIC) - storm.began_us;

    qsort(storm.latency_us, (size_t)storm.total, sizeof *storm.latency_us, by_size);
    printf("%" PRId64 " %" PRId64, storm.total, ok);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
        printf(" %" PRId64, ok > 0 ? v[(ok - 1) * shares[i] / 100] : -1);
    printf(" %" PRId64 " %" PRId64 "\n", atomic_load(&storm.late), spent);
}

int
main(int argc, char **argv)
{
    pthread_t threads[THREADS_MAX];
    if (argc != 9) {
        fprintf(stderr, "usage: bench-storm PORT PATH SECRET_FILE TEMPLATE RATE SECONDS "
                        "CONNECTIONS FIRST\n");
        return 64;
    }
    const long connections = strtol(argv[7], NULL, 10);
    storm.port = (int)strtol(argv[1], NULL, 10);
    storm.path = argv[2];
    storm.secret = read_whole(argv[3]);
    while (storm.secret.n > 0 && storm.secret.p[storm.secret.n - 1] == '\n')
        storm.secret.n--;
    storm.template = read_whole(argv[4]);
    storm.rate = strtol(argv[5], NULL, 10);
    storm.total = storm.rate * strtol(argv[6], NULL, 10);
    storm.first = strtoll(argv[8], NULL, 10);
    storm.latency_us = calloc((size_t)storm.total, sizeof *storm.latency_us);
    if (storm.latency_us == NULL || connections < 1 || connections > THREADS_MAX)
        die("memory or connections");
    storm.began_us = now_us(CLOCK_MONOTONIC) + 200000;
    for (long i = 0; i < connections; i++)
        if (pthread_create(&threads[i], NULL, deliver, NULL) != 0)
            die("pthread_create");
    for (long i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    tell();
    return 0;
}
