/*
 * name.c: what names may hold; see name.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/name.h"

#include "base/utf8.h"

enum { PREFIX_MAX = 8 }; /* "variant:", "barcode:" */

static bool
has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
            return true;
    return false;
}

static bool
is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str
name_trim(struct str s)
{
    while (s.n > 0 && is_space(s.p[0]))
        s = (struct str){ s.p + 1, s.n - 1 };
    while (s.n > 0 && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

enum err_class
name_check(const char *field, struct str name, size_t max, struct err *e)
{
    if (name.n == 0)
        return err_set(e, ERR_REJECT, NULL, "%s: must not be empty", field);
    if (name.n > max)
        return err_set(e, ERR_REJECT, NULL, "%s: longer than %zu bytes", field, max);
    if (has_control(name))
        return err_set(e, ERR_REJECT, NULL, "%s: contains a control character", field);
    if (!utf8_valid(name))
        return err_set(e, ERR_REJECT, NULL, "%s: is not valid UTF-8", field);
    if (name_trim(name).n != name.n)
        return err_set(e, ERR_REJECT, NULL, "%s: begins or ends with a space", field);
    return ERR_NONE;
}

enum err_class
name_check_shop(const char *field, struct str shop, struct err *e)
{
    TRY(name_check(field, shop, SHOP_MAX_BYTES, e));
    for (size_t i = 0; i < shop.n; i++) {
        const char c = shop.p[i];
        const bool later = (c >= '0' && c <= '9') || c == '-';
        if (!(c >= 'a' && c <= 'z') && !(i > 0 && later))
            return err_set(e, ERR_REJECT, NULL,
                           "%s: must be a shop's short key: a-z, then a-z, 0-9 and hyphens", field);
    }
    return ERR_NONE;
}

/* "acme/123" behind "variant:". */
static bool
is_variant_reference(struct str s)
{
    const char *slash = memchr(s.p, '/', s.n);
    struct err ignored;

    if (slash == NULL)
        return false;
    const struct str shop = { s.p, (size_t)(slash - s.p) };
    const struct str id = { slash + 1, s.n - shop.n - 1 };
    if (name_check_shop("shop", shop, &ignored) != ERR_NONE || id.n == 0 || id.n > 19 ||
        id.p[0] == '0')
        return false;
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i] < '0' || id.p[i] > '9')
            return false;
    return true;
}

/* The prefix, and something behind it. */
static bool
has_prefix(struct str s, struct str prefix, struct str *rest)
{
    if (s.n <= prefix.n || memcmp(s.p, prefix.p, prefix.n) != 0)
        return false;
    *rest = (struct str){ s.p + prefix.n, s.n - prefix.n };
    return true;
}

enum err_class
name_check_item(const char *field, struct str item, struct err *e)
{
    struct str rest;

    TRY(name_check(field, item, PREFIX_MAX + NAME_MAX_BYTES, e));
    if (has_prefix(item, STR("sku:"), &rest) || has_prefix(item, STR("barcode:"), &rest))
        return name_check(field, rest, NAME_MAX_BYTES, e);
    if (has_prefix(item, STR("variant:"), &rest) && is_variant_reference(rest))
        return ERR_NONE;
    return err_set(e, ERR_REJECT, NULL,
                   "%s: must be sku:<SKU>, barcode:<barcode> or variant:<shop>/<variant id>",
                   field);
}
