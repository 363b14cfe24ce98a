/*
 * errors.c: the table; see errors.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/errors.h"

#include <ctype.h>
#include <stdio.h>

enum { BODY_SHOWN = 120, MESSAGE_SHOWN = 200 };

struct http_fault { int from, to; enum err_class class; int64_t wait_ms; const char *advice; };
struct graphql_fault {
    const char *code;
    enum err_class class;
    int64_t wait_ms;
    const char *advice;
};

static const struct http_fault http_faults[] = {
    { 401, 401, ERR_FATAL, SHOP_PAUSE_MS,
      "the access token is not valid: write a current one to token_file and restart" },
    { 402, 402, ERR_FATAL, SHOP_PAUSE_MS,
      "the shop is frozen: its owner has to settle Shopify's bill" },
    { 403, 403, ERR_FATAL, SHOP_PAUSE_MS,
      "access is refused: check the token's scopes, install the app anew" },
    { 404, 404, ERR_FATAL, SHOP_PAUSE_MS,
      "no such shop or API version: check endpoint and api_version" },
    { 408, 408, ERR_RETRY, 1000, "Shopify gave up waiting for the request; it is sent again" },
    { 423, 423, ERR_FATAL, SHOP_PAUSE_MS, "the shop is locked: ask Shopify's support why" },
    { 425, 425, ERR_RETRY, 1000, "too early; it is sent again" },
    { 429, 429, ERR_RETRY, 2000, "too many requests; slowed down" },
    { 430, 430, ERR_RETRY, 60000,
      "Shopify's security filter objects: if this stays, look for an odd request" },
    { 300, 399, ERR_FATAL, SHOP_PAUSE_MS,
      "redirected: endpoint must be the shop's myshopify.com address" },
    { 400, 499, ERR_REJECT, 0, "Shopify refuses the request itself" },
    { 500, 599, ERR_RETRY, 1000, "Shopify has a fault; it is sent again" },
};

static const struct graphql_fault graphql_faults[] = {
    { "THROTTLED", ERR_RETRY, 1000, "the bucket is empty; waiting for it to fill" },
    { "MAX_COST_EXCEEDED", ERR_REJECT, 0,
      "one query may cost 1000 points: ask for a smaller page" },
    { "ACCESS_DENIED", ERR_FATAL, SHOP_PAUSE_MS,
      "the token lacks a scope: grant it and install the app anew" },
    { "SHOP_INACTIVE", ERR_FATAL, SHOP_PAUSE_MS,
      "the shop is inactive: its owner has to reopen it" },
    { "INTERNAL_SERVER_ERROR", ERR_RETRY, 1000, "Shopify has a fault; it is sent again" },
    { "TIMEOUT", ERR_RETRY, 1000, "Shopify took too long; it is sent again" },
    { "BAD_REQUEST", ERR_REJECT, 0, "Shopify refuses an argument" },
    { "INVALID_VARIABLE", ERR_REJECT, 0, "Shopify refuses a variable" },
    { "INVALID_FIELD_ARGUMENTS", ERR_REJECT, 0, "Shopify refuses an argument" },
    { "RESOURCE_NOT_FOUND", ERR_REJECT, 0, "there is no such object" },
    { "MAX_INPUT_SIZE_EXCEEDED", ERR_REJECT, 0, "a list may have 250 elements: send fewer" },
    { "undefinedField", ERR_FATAL, SHOP_PAUSE_MS, "the document does not fit this API version" },
    { "argumentNotAccepted", ERR_FATAL, SHOP_PAUSE_MS,
      "the document does not fit this API version" },
    { "argumentLiteralsIncompatible", ERR_FATAL, SHOP_PAUSE_MS,
      "the document does not fit this API version" },
    { "missingRequiredArguments", ERR_FATAL, SHOP_PAUSE_MS,
      "the document does not fit this API version" },
    { "variableNotUsed", ERR_FATAL, SHOP_PAUSE_MS, "the document does not fit this API version" },
    { "undefinedType", ERR_FATAL, SHOP_PAUSE_MS, "the document does not fit this API version" },
    { "SEARCH_WARNING", ERR_FATAL, SHOP_PAUSE_MS,
      "a search filter is ignored, so that everything would be returned: the filter has to be "
      "mended" },
};
/* What is not in the table may be an accident of the moment: repeating is safe, and it is
 * logged. */
static const struct graphql_fault unknown_fault = { "", ERR_RETRY, 5000,
                                                    "an error that is not known here" };

static const struct http_fault *
http_fault(int status)
{
    for (size_t i = 0; i < sizeof(http_faults) / sizeof(http_faults[0]); i++)
        if (status >= http_faults[i].from && status <= http_faults[i].to)
            return &http_faults[i];
    return NULL;
}

static const struct graphql_fault *
graphql_fault(struct str code)
{
    for (size_t i = 0; i < sizeof(graphql_faults) / sizeof(graphql_faults[0]); i++)
        if (str_is(code, graphql_faults[i].code))
            return &graphql_faults[i];
    return &unknown_fault;
}

/* The beginning of a body for a log line: printable characters only. */
static void
excerpt(struct str body, char text[BODY_SHOWN + 1])
{
    size_t n = 0;

    for (size_t i = 0; i < body.n && n < BODY_SHOWN; i++)
        text[n++] = isprint((unsigned char)body.p[i]) ? body.p[i] : ' ';
    text[n] = '\0';
}

enum err_class
shopify_http_error(int status, int64_t retry_after_s, struct str body, int64_t *wait_ms,
                   struct err *e)
{
    static const struct http_fault odd = { 0, 0, ERR_RETRY, 5000,
                                           "a status that is not known here" };
    const struct http_fault *f = http_fault(status);
    char shown[BODY_SHOWN + 1], code[16];

    f = f != NULL ? f : &odd;
    *wait_ms = f->class == ERR_RETRY && retry_after_s >= 0 ? retry_after_s * 1000 : f->wait_ms;
    excerpt(body, shown);
    (void)snprintf(code, sizeof(code), "%d", status);
    return err_set(e, f->class, code, "HTTP %d: %s (%s)", status, f->advice, shown);
}

enum err_class
shopify_graphql_error(struct str code, struct str message, int64_t *wait_ms, struct err *e)
{
    const struct graphql_fault *f = graphql_fault(code);
    char text[16];

    (void)snprintf(text, sizeof(text), "%.*s", (int)(code.n < 15 ? code.n : 15),
                   code.n > 0 ? code.p : "");
    *wait_ms = f->wait_ms;
    return err_set(e, f->class, text, "%.*s: %s (%.*s)", (int)(code.n < 64 ? code.n : 64),
                   code.n > 0 ? code.p : "error without a code", f->advice,
                   (int)(message.n < MESSAGE_SHOWN ? message.n : MESSAGE_SHOWN),
                   message.n > 0 ? message.p : "");
}

enum err_class
shopify_body_error(const char *content_type, struct str body, const char *why, int64_t *wait_ms,
                   struct err *e)
{
    char shown[BODY_SHOWN + 1];
    const bool page = strncmp(content_type, "text/html", 9) == 0
                      || (body.n > 0 && body.p[0] == '<');

    excerpt(body, shown);
    *wait_ms = page ? 5000 : 1000;
    if (page)
        return err_set(
            e, ERR_RETRY, "HTML",
            "a web page instead of JSON: maintenance, or a proxy in between; if this stays, "
            "check endpoint (%s)",
            shown);
    return err_set(e, ERR_RETRY, "JSON",
                   "the answer of %zu bytes is not whole JSON, it is asked again: %s", body.n, why);
}

bool
shopify_is_too_costly(const struct err *e)
{
    /* err.code holds 15 characters. */
    return strncmp(e->code, "MAX_COST_EXCEEDED", sizeof(e->code) - 1) == 0;
}
