/*
 * bench-upsert: how fast a bare libpq program can write given rows into given tables.
 *
 *     bench-upsert CONNINFO FILE SQL [FILE SQL ...]
 *
 * It is the limit that order-state is measured against: no Kafka, no JSON, no decision; only the
 * rows, from memory, by one prepared `insert .. select from unnest(..)` per table and batch, in one
 * transaction per batch, one batch ahead of the server.
 *
 * FILE is the output of COPY .. TO .. (FORMAT binary) whose first column is the number of the batch
 * (bigint, ascending); the others are the parameters $1, $2, .. of SQL, which are arrays.  A field
 * of COPY is byte for byte an element of a binary array, so a batch is made by copying.
 * Prints "batches rows microseconds".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COLUMNS_MAX = 64, TABLES_MAX = 16, SIGNATURE = 11, ARRAY_HEADER = 20, OIDS_MAX = 64 };

static const struct { Oid array, element; } types[OIDS_MAX] = {
    { 1000, 16 }, { 1016, 20 },   { 1005, 21 },   { 1007, 23 },   { 1009, 25 },
    { 199, 114 }, { 1185, 1184 }, { 1231, 1700 }, { 2951, 2950 }, { 3807, 3802 },
};

struct array { /* a binary array under construction */
    char *p;
    size_t n, cap;
};

struct table {
    const char *sql;
    char name[16];
    unsigned char *data;
    size_t n, at; /* bytes in all, and where the next row begins */
    int columns;
    Oid element[COLUMNS_MAX];
    struct array v[COLUMNS_MAX];
    uint32_t rows; /* in the batch under construction */
};

static _Noreturn void
die(const char *what, const char *why)
{
    fprintf(stderr, "bench-upsert: %s: %s\n", what, why);
    exit(1);
}

static void *
must(void *p)
{
    if (p == NULL)
        die("memory", "none left");
    return p;
}

static uint64_t
be(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static void
put_be32(char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (char)(v >> (24 - 8 * i));
}

static void
read_file(struct table *t, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0)
        die(path, "cannot be read");
    t->n = (size_t)ftell(f);
    t->data = must(malloc(t->n));
    rewind(f);
    if (fread(t->data, 1, t->n, f) != t->n || t->n < SIGNATURE + 10)
        die(path, "is not whole");
    fclose(f);
    t->at = SIGNATURE + 8 + be(t->data + SIGNATURE + 4, 4);
}

/* The batch of the next row; -1 after the last. */
static int64_t
next_batch(const struct table *t)
{
    const int fields = (int16_t)be(t->data + t->at, 2);
    if (fields == -1)
        return -1;
    if (fields != t->columns + 1)
        die(t->sql, "takes another number of columns than its file has");
    return (int64_t)be(t->data + t->at + 6, 8);
}

static void
append(struct array *a, const unsigned char *p, size_t n)
{
    if (a->n + n > a->cap) {
        a->cap = 2 * (a->n + n);
        a->p = must(realloc(a->p, a->cap));
    }
    memcpy(a->p + a->n, p, n);
    a->n += n;
}

static void
take_row(struct table *t)
{
    const unsigned char *p = t->data + t->at + 14; /* past count, length and number of the batch */
    for (int i = 0; i < t->columns; i++) {
        const uint32_t n = (uint32_t)be(p, 4);
        const size_t size = 4 + (n == UINT32_MAX ? 0 : n);
        append(&t->v[i], p, size);
        p += size;
    }
    t->at = (size_t)(p - t->data);
    t->rows++;
}

static void
begin_arrays(struct table *t)
{
    static const unsigned char header[ARRAY_HEADER];
    t->rows = 0;
    for (int i = 0; i < t->columns; i++) {
        t->v[i].n = 0;
        append(&t->v[i], header, sizeof header);
        put_be32(t->v[i].p, 1);
        put_be32(t->v[i].p + 4, 1);
        put_be32(t->v[i].p + 8, t->element[i]);
        put_be32(t->v[i].p + 16, 1);
    }
}

/* Queues the rows of one batch, if the table has any. */
static uint32_t
send_rows(PGconn *db, struct table *t, int64_t batch)
{
    const char *values[COLUMNS_MAX];
    int lengths[COLUMNS_MAX], formats[COLUMNS_MAX];

    begin_arrays(t);
    while (next_batch(t) == batch)
        take_row(t);
    if (t->rows == 0)
        return 0;
    for (int i = 0; i < t->columns; i++) {
        put_be32(t->v[i].p + 12, t->rows);
        values[i] = t->v[i].p;
        lengths[i] = (int)t->v[i].n;
        formats[i] = 1;
    }
    if (!PQsendQueryPrepared(db, t->name, t->columns, values, lengths, formats, 1))
        die(t->sql, PQerrorMessage(db));
    return t->rows;
}

static void
send_plain(PGconn *db, const char *sql)
{
    if (!PQsendQueryParams(db, sql, 0, NULL, NULL, NULL, NULL, 1))
        die(sql, PQerrorMessage(db));
}

/* Reads answers up to the end of one batch. */
static void
collect(PGconn *db)
{
    for (;;) {
        PGresult *r = PQgetResult(db);
        if (r == NULL)
            continue;
        const ExecStatusType status = PQresultStatus(r);
        if (status == PGRES_FATAL_ERROR || status == PGRES_PIPELINE_ABORTED)
            die("statement", PQresultErrorMessage(r));
        PQclear(r);
        if (status == PGRES_PIPELINE_SYNC)
            return;
    }
}

static Oid
element_of(Oid array)
{
    for (size_t i = 0; i < OIDS_MAX && types[i].array != 0; i++)
        if (types[i].array == array)
            return types[i].element;
    die("parameter", "is of a type that is not in the table of types");
}

static void
prepare(PGconn *db, struct table *t, int number)
{
    snprintf(t->name, sizeof t->name, "t%d", number);
    PGresult *r = PQprepare(db, t->name, t->sql, 0, NULL);
    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        die(t->sql, PQerrorMessage(db));
    PQclear(r);
    r = PQdescribePrepared(db, t->name);
    t->columns = PQnparams(r);
    if (t->columns < 1 || t->columns > COLUMNS_MAX)
        die(t->sql, "takes no or too many parameters");
    for (int i = 0; i < t->columns; i++)
        t->element[i] = element_of(PQparamtype(r, i));
    PQclear(r);
}

static int64_t
first_batch(const struct table *t, int n)
{
    int64_t first = -1;
    for (int i = 0; i < n; i++) {
        const int64_t b = next_batch(&t[i]);
        if (b >= 0 && (first < 0 || b < first))
            first = b;
    }
    return first;
}

static int64_t
now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
write_all(PGconn *db, struct table *t, int n)
{
    const int64_t began = now_us();
    int64_t batches = 0, rows = 0;

    for (int64_t b = first_batch(t, n); b >= 0; b = first_batch(t, n), batches++) {
        send_plain(db, "begin");
        for (int i = 0; i < n; i++)
            rows += send_rows(db, &t[i], b);
        send_plain(db, "commit");
        if (!PQpipelineSync(db) || PQflush(db) < 0)
            die("sending", PQerrorMessage(db));
        if (batches > 0)
            collect(db); /* of the batch before: one is always under way */
    }
    if (batches > 0)
        collect(db);
    printf("%" PRId64 " %" PRId64 " %" PRId64 "\n", batches, rows, now_us() - began);
}

int
main(int argc, char **argv)
{
    static struct table tables[TABLES_MAX];
    const int n = (argc - 2) / 2;

    if (n < 1 || n > TABLES_MAX || argc != 2 + 2 * n)
        die("usage", "bench-upsert CONNINFO FILE SQL [FILE SQL ...]");
    PGconn *db = PQconnectdb(argv[1]);
    if (PQstatus(db) != CONNECTION_OK)
        die("connect", PQerrorMessage(db));
    for (int i = 0; i < n; i++) {
        tables[i].sql = argv[3 + 2 * i];
        prepare(db, &tables[i], i);
        read_file(&tables[i], argv[2 + 2 * i]);
    }
    if (!PQenterPipelineMode(db))
        die("pipeline", PQerrorMessage(db));
    write_all(db, tables, n);
    PQfinish(db);
    return 0;
}
