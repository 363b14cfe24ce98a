/*
 * failpoint.c: reads MILLRACE_FAILPOINTS once and counts passes. Compiled into test flavours only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/failpoint.h"

#include "base/clock.h"
#include "base/log.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { POINTS_MAX = 32, NAME_MAX_ = 64 };
enum act { ACT_KILL, ACT_ERROR, ACT_DELAY };

struct point {
    char name[NAME_MAX_];
    int64_t nth; /* 0: every pass */
    enum act act;
    int64_t delay_ms;
    _Atomic int64_t passed;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct point points[POINTS_MAX];
static size_t n_points;
static char wrong[256];

/* The text up to the next stop character; *s moves behind it. */
static struct str
cut(struct str *s, char stop)
{
    const char *end = memchr(s->p, stop, s->n);
    const struct str head = { s->p, end != NULL ? (size_t)(end - s->p) : s->n };
    const size_t skip = head.n + (end != NULL);
    *s = (struct str){ s->p + skip, s->n - skip };
    return head;
}

static bool
number(struct str s, int64_t *ret)
{
    int64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || v > INT64_C(1000000000))
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *ret = v;
    return s.n > 0;
}

static bool
parse_action(struct str s, struct point *p)
{
    if (str_is(s, "kill"))
        p->act = ACT_KILL;
    else if (str_is(s, "error"))
        p->act = ACT_ERROR;
    else if (str_is(cut(&s, '='), "delay_ms") && number(s, &p->delay_ms))
        p->act = ACT_DELAY;
    else
        return false;
    return true;
}

static bool
parse_point(struct str s, struct point *p)
{
    const struct str name = cut(&s, ':');
    if (name.n == 0 || name.n >= sizeof p->name)
        return false;
    memcpy(p->name, name.p, name.n);
    return number(cut(&s, ':'), &p->nth) && parse_action(s, p);
}

static void
parse_all(void)
{
    struct str s = str_of(getenv("MILLRACE_FAILPOINTS"));
    while (s.p != NULL && s.n > 0) {
        const struct str one = cut(&s, ',');
        if (n_points == POINTS_MAX || !parse_point(one, &points[n_points])) {
            snprintf(wrong, sizeof wrong,
                     "MILLRACE_FAILPOINTS: \"%.*s\": want at most %d of name:n:kill, name:n:error, "
                     "name:n:delay_ms=N",
                     (int)(one.n < 80 ? one.n : 80), one.p, POINTS_MAX);
            return;
        }
        n_points++;
    }
}

static enum err_class
act(const struct point *p, int64_t pass, struct err *e)
{
    static const char *const names[] = { "kill", "error", "delay_ms" };
    LOG_WARN(MSG("failpoint hit"), KV("failpoint", (const char *)p->name), KV("pass", pass),
             KV("action", names[p->act]));
    if (p->act == ACT_KILL) {
        raise(SIGKILL);
        pause();
    }
    if (p->act == ACT_ERROR)
        return err_set(e, ERR_RETRY, "FAILPOINT", "failpoint %s acted on pass %lld", p->name,
                       (long long)pass);
    clock_sleep_ms(p->delay_ms);
    return ERR_NONE;
}

enum err_class
failpoint_hit(const char *name, struct err *e)
{
    pthread_once(&once, parse_all);
    if (wrong[0] != '\0')
        return err_set(e, ERR_FATAL, "FAILPOINT", "%s", wrong);
    for (size_t i = 0; i < n_points; i++) {
        struct point *p = &points[i];
        if (strcmp(p->name, name) != 0)
            continue;
        const int64_t pass = atomic_fetch_add(&p->passed, 1) + 1;
        if (p->nth == 0 || p->nth == pass)
            TRY(act(p, pass, e));
    }
    return ERR_NONE;
}
