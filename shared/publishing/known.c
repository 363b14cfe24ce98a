/*
 * known.c: an open-addressing table from id to what was published; see known.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publishing/known.h"

#include "base/clock.h"

enum { FIRST_SIZE = 64 };

struct known {
    struct known_entry *v;
    size_t size, n; /* size: a power of two, at least twice n */
};

static void *
must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

struct known *
known_new(void)
{
    struct known *k = must(calloc(1, sizeof(*k)));

    k->size = FIRST_SIZE;
    k->v = must(calloc(k->size, sizeof(*k->v)));
    return k;
}

void
known_free(struct known *k)
{
    if (k == NULL)
        return;
    free(k->v);
    free(k);
}

static size_t
slot_of(const struct known_entry *v, size_t size, int64_t id)
{
    size_t i = (size_t)((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (size - 1);

    while (v[i].id != 0 && v[i].id != id)
        i = (i + 1) & (size - 1);
    return i;
}

/* A table of `size` with the entries at least as new as `since`. */
static void
rebuild(struct known *k, size_t size, struct time_us since)
{
    struct known_entry *v = must(calloc(size, sizeof(*v)));
    size_t n = 0;

    for (size_t i = 0; i < k->size; i++) {
        const struct known_entry *e = &k->v[i];
        if (e->id == 0 || (e->version.updated_at.v < since.v && e->version.observed_at.v < since.v))
            continue;
        v[slot_of(v, size, e->id)] = *e;
        n++;
    }
    free(k->v);
    *k = (struct known){ v, size, n };
}

void
known_put(struct known *k, const struct known_entry *entry)
{
    const size_t i = slot_of(k->v, k->size, entry->id);

    if (k->v[i].id == entry->id) {
        if (version_cmp(entry->version, k->v[i].version) >= 0)
            k->v[i] = *entry;
        return;
    }
    k->v[i] = *entry;
    k->n++;
    if (k->n > KNOWN_MAX)
        rebuild(k, FIRST_SIZE, (struct time_us){ INT64_MAX });
    else if (k->n * 2 > k->size)
        rebuild(k, k->size * 2, (struct time_us){ INT64_MIN });
}

const struct known_entry *
known_find(const struct known *k, int64_t id)
{
    const struct known_entry *e = &k->v[slot_of(k->v, k->size, id)];

    return e->id != 0 ? e : NULL;
}

bool
version_is_conclusive(struct version v, int64_t replica_lag_ms)
{
    return v.observed_at.v >= v.updated_at.v + US_PER_S + replica_lag_ms * US_PER_MS;
}

enum known_verdict
known_judge(const struct known *k, int64_t id, struct time_us updated_at, int64_t replica_lag_ms)
{
    const struct known_entry *e = known_find(k, id);

    if (e == NULL || e->version.updated_at.v < updated_at.v)
        return KNOWN_NEW;
    if (e->version.updated_at.v > updated_at.v)
        return KNOWN_COVERED; /* the index is behind what we have */
    return version_is_conclusive(e->version, replica_lag_ms) ? KNOWN_COVERED : KNOWN_AGAIN;
}

void
known_forget(struct known *k, struct time_us before)
{
    rebuild(k, k->size, before);
    while (k->size > FIRST_SIZE && k->n * 8 < k->size)
        rebuild(k, k->size / 2, (struct time_us){ INT64_MIN });
}

size_t
known_count(const struct known *k)
{
    return k->n;
}
