/*
 * bulk_url.c: from where results of bulk operations may come: a strict list of hosts; see bulk.h.
 *
 * The address is in an answer, so it is input: without this check whoever forges one answer makes
 * us fetch from anywhere.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "shopify/bulk.h"

struct address { struct str scheme, authority, host; };

static bool
split(const char *url, struct address *ret)
{
    const char *after = strstr(url, "://");

    if (after == NULL)
        return false;
    ret->scheme = (struct str){ url, (size_t)(after - url) };
    ret->authority = (struct str){ after + 3, strcspn(after + 3, "/?#\\") };
    if (ret->authority.n == 0 || memchr(ret->authority.p, '@', ret->authority.n) != NULL)
        return false;
    const char *colon = memchr(ret->authority.p, ':', ret->authority.n);
    ret->host = (struct str){ ret->authority.p, colon != NULL ? (size_t)(colon - ret->authority.p)
                                                              : ret->authority.n };
    return ret->host.n > 0;
}

/* True when `entry` (HOST, or HOST:PORT on a loopback address) allows the address. */
static bool
allows(struct str entry, const struct address *a)
{
    const bool loopback = str_is(a->host, "127.0.0.1") || str_is(a->host, "localhost");

    if (str_is(a->scheme, "http"))
        return loopback && str_eq(entry, a->authority) && a->authority.n != a->host.n;
    return str_is(a->scheme, "https") && str_eq(entry, a->authority);
}

enum err_class
bulk_check_url(const char *url, const char *hosts, struct err *e)
{
    struct address a;

    if (!split(url, &a))
        return err_set(e, ERR_REJECT, "", "bulk result: \"%.80s\" is no address", url);
    for (const char *p = hosts != NULL ? hosts : ""; *p != '\0';) {
        const size_t skip = strspn(p, ", ");
        const size_t n = strcspn(p + skip, ", ");
        if (n > 0 && allows((struct str){ p + skip, n }, &a))
            return ERR_NONE;
        p += skip + n;
    }
    return err_set(
        e, ERR_REJECT, "",
        "bulk result: %.*s://%.*s is not in bulk_hosts (%s): add it there if it is Shopify's",
        (int)a.scheme.n, a.scheme.p, (int)a.authority.n, a.authority.p, hosts != NULL ? hosts : "");
}
