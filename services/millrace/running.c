/*
 * running.c: see running.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "running.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/client.h"

enum { SERVICES_MAX = 64, ASK_MS = 1000, NAME_MAX_BYTES = 64 };

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct running *)a)->name, ((const struct running *)b)->name);
}

static bool
read_port(struct arena *mem, const char *dir, const char *file, struct running *ret)
{
    char path[1024];
    const size_t n = strlen(file), suffix = strlen(".port");

    if (n <= suffix || n - suffix >= NAME_MAX_BYTES || strcmp(file + n - suffix, ".port") != 0)
        return false;
    snprintf(path, sizeof path, "%s/%s", dir, file);
    ret->name = arena_str(mem, (struct str){ file, n - suffix }).p;
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;
    const bool read = fscanf(f, "%" SCNd64, &ret->port) == 1;
    (void)fclose(f);
    return read;
}

static void
find(struct arena *mem, const char *dir, struct running_list *ret)
{
    DIR *d = opendir(dir);

    ret->v = ARENA_NEW(mem, struct running, SERVICES_MAX);
    for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL;)
        if (ret->n < SERVICES_MAX && strcmp(entry->d_name, "sandbox.port") != 0 &&
            read_port(mem, dir, entry->d_name, &ret->v[ret->n]))
            ret->n++;
    if (d != NULL)
        (void)closedir(d);
    qsort(ret->v, ret->n, sizeof ret->v[0], by_name);
}

/* The page's text without its last line end; p NULL: it does not answer. */
static struct str
get(struct arena *mem, struct http_client *http, int64_t port, const char *page, int *status)
{
    char url[64];
    struct http_response answer;
    struct err e = { 0 };
    struct str text = { 0 };

    snprintf(url, sizeof url, "http://127.0.0.1:%" PRId64 "/%s", port, page);
    const struct http_request request = {
        .method = "GET", .url = url, .timeout_ms = ASK_MS, .connect_timeout_ms = ASK_MS
    };
    if (http_send(http, &request, &answer, &e) == ERR_NONE) {
        text = arena_str(mem, str_of(buf_cstr(&answer.body)));
        *status = answer.status;
    }
    http_response_fini(&answer);
    while (text.n > 0 && text.p[text.n - 1] == '\n')
        text.n--;
    return text;
}

enum err_class
running_find(struct cli *c, struct arena *mem, struct running_list *ret, struct err *e)
{
    CLEANUP(http_client_free) struct http_client *http = NULL;
    int status = 0;

    find(mem, c->cfg.run.dir, ret);
    TRY(http_client_open(&http, "millrace", e));
    for (size_t i = 0; i < ret->n; i++) {
        struct running *r = &ret->v[i];
        r->state = get(mem, http, r->port, "readyz", &status);
        r->ready = r->state.p != NULL && status == 200;
        if (r->state.p == NULL)
            r->state = STR("does not answer");
        else
            r->metrics = get(mem, http, r->port, "metrics", &status);
    }
    return ERR_NONE;
}

/* "12.345678" and "12" in thousandths, what is beyond cut off. */
static int64_t
thousandths(const char *text)
{
    char *end;
    int64_t v = strtoll(text, &end, 10), unit = 100;

    v *= 1000;
    for (end += *end == '.'; *end >= '0' && *end <= '9' && unit > 0; end++, unit /= 10)
        v += (*end - '0') * unit;
    return v;
}

/* The next series of the metric, with its value; p NULL: there is none. */
static struct str
next_series(struct str *page, const char *metric, int64_t *value)
{
    const size_t n = strlen(metric);

    while (page->n > 0) {
        const char *end = memchr(page->p, '\n', page->n);
        const struct str line = { page->p, end != NULL ? (size_t)(end - page->p) : page->n };
        page->p += line.n + (end != NULL);
        page->n -= line.n + (end != NULL);
        const char *space = memrchr(line.p, ' ', line.n);
        if (line.n <= n || memcmp(line.p, metric, n) != 0 || space == NULL ||
            (line.p[n] != '{' && line.p[n] != ' '))
            continue;
        *value = thousandths(space + 1);
        return (struct str){ line.p + n, (size_t)(space - line.p) - n };
    }
    return (struct str){ 0 };
}

int64_t
running_total(const struct running *r, const char *metric)
{
    struct str page = r->metrics;
    int64_t sum = 0, value;

    while (next_series(&page, metric, &value).p != NULL)
        sum += value / 1000;
    return sum;
}

int64_t
running_most(const struct running *r, const char *metric, struct str topic)
{
    struct str page = r->metrics;
    int64_t most = -1, value;
    char label[256];

    const int n = snprintf(label, sizeof label, "topic=\"%.*s\"", (int)topic.n, topic.p);
    for (struct str labels; (labels = next_series(&page, metric, &value)).p != NULL;)
        if (memmem(labels.p, labels.n, label, (size_t)n) != NULL && value > most)
            most = value;
    return most;
}
