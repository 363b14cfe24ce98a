/*
 * thread.c: HTTPD_THREAD is the same loop, turned by one thread of ours.
 *
 * libmicrohttpd could bring its own thread, but then nobody would look after the deadlines.
 * Signals are blocked here: they belong to the service's main thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "httpd/internal.h"

enum { HTTPD_TURN_MS = 60000 };

static void *
turn(void *ctx)
{
    struct httpd *h = ctx;
    struct err e = { 0 };
    while (!atomic_load(&h->stop)) {
        if (httpd_run(h, HTTPD_TURN_MS, h->wake_fd, &e) != ERR_NONE)
            abort(); /* poll(2) on two descriptors fails only when the process is beyond help */
        uint64_t wakes;
        (void)!read(h->wake_fd, &wakes, sizeof wakes);
        if (atomic_exchange(&h->quiesce, false))
            httpd_stop_accepting(h);
    }
    return NULL;
}

enum err_class
thread_start(struct httpd *h, struct err *e)
{
    sigset_t all, before;

    h->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (h->wake_fd < 0)
        return err_set(e, ERR_FATAL, "eventfd", "httpd: eventfd: %s", strerror(errno));
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int rc = pthread_create(&h->thread, NULL, turn, h);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc == 0)
        return ERR_NONE;
    close(h->wake_fd);
    return err_set(e, ERR_FATAL, "thread", "httpd: cannot start a thread: %s", strerror(rc));
}

void
thread_wake(struct httpd *h)
{
    const uint64_t one = 1;
    (void)!write(h->wake_fd, &one, sizeof one);
}

void
thread_stop(struct httpd *h)
{
    atomic_store(&h->stop, true);
    thread_wake(h);
    pthread_join(h->thread, NULL);
    close(h->wake_fd);
}
