/*
 * tokens.c: compare digests, so that neither content nor length shows in the time it takes; see
 * tokens.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tokens.h"

#include "base/hash.h"

static bool
take_line(const char **at, struct str *ret)
{
    const size_t n = strcspn(*at, "\n");

    if (**at == '\0')
        return false;
    *ret = (struct str){ *at, n > 0 && (*at)[n - 1] == '\r' ? n - 1 : n };
    *at += (*at)[n] == '\n' ? n + 1 : n;
    return true;
}

bool
token_admits(const char *file, struct str authorization)
{
    const struct str scheme = STR("Bearer ");
    uint8_t given[SHA256_SIZE], known[SHA256_SIZE];
    struct str line;
    bool admitted = false;

    if (file == NULL)
        return true;
    if (authorization.n <= scheme.n || memcmp(authorization.p, scheme.p, scheme.n) != 0)
        return false;
    hash_sha256((struct str){ authorization.p + scheme.n, authorization.n - scheme.n }, given);
    while (take_line(&file, &line)) {
        if (line.n == 0 || line.p[0] == '#')
            continue;
        hash_sha256(line, known);
        admitted = hash_equal(given, known, SHA256_SIZE) || admitted;
    }
    return admitted;
}
