/*
 * stop.c: the first SIGTERM or SIGINT asks the loop to drain, the second does not ask.
 *
 * Everything here is durable elsewhere or will be done again, so leaving at once is always safe;
 * draining is a courtesy to whoever waits for answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "service/internal.h"

static volatile sig_atomic_t stopped;
static volatile sig_atomic_t event_fd = -1;

static void
on_stop(int signal_number)
{
    static const uint64_t one = 1;
    const int saved = errno;
    (void)signal_number;
    if (stopped)
        _exit(EXIT_TEMPORARY);
    stopped = 1;
    (void)!write(event_fd, &one, sizeof one);
    errno = saved;
}

enum err_class
service_catch_signals(struct err *e)
{
    const struct sigaction stop = { .sa_handler = on_stop }, ignore = { .sa_handler = SIG_IGN };
    event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (event_fd < 0 || sigaction(SIGTERM, &stop, NULL) != 0 ||
        sigaction(SIGINT, &stop, NULL) != 0 || sigaction(SIGPIPE, &ignore, NULL) != 0)
        return err_set(e, ERR_FATAL, "signals", "cannot catch signals: %s", strerror(errno));
    return ERR_NONE;
}

bool
service_was_stopped(void)
{
    return stopped != 0;
}

int
service_stop_event(void)
{
    return event_fd;
}
