/*
 * millrace: what people and scripts ask and tell the stream.
 *
 *   millrace status | trace order NAME | explain atp SKU
 *   millrace exceptions | close exception | drift | refetch order|product
 *   millrace deadletters ls|show|retry|drop
 *   millrace migrate | topics diff | topics apply | config check | config apply FILE
 *
 * Every command reads the same configuration as the services.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli.h"

#define WHICH \
    { "group", "G", "of this consumer group" }, { "topic", "T", "of this topic" }, \
    { "code", "C", "with this code" }, { "text", "WORDS", "with these words in the reason" }
#define DRY_RUN { "dry-run", NULL, "show what would be done, by reason; change nothing" }
static const struct cli_option listing[] = {
    WHICH, { "all", NULL, "also what was sent again or dropped" },
    { "max", "N", "at most (100)" }, { 0 },
};
static const struct cli_option retrying[] = { WHICH, DRY_RUN, { "max", "N", "at most" }, { 0 } };
static const struct cli_option dropping[] = {
    WHICH, DRY_RUN, { "why", "TEXT", "kept with the record" }, { "max", "N", "at most" }, { 0 },
};
static const struct cli_option waiting[] = {
    { "kind", "K", "of this kind" }, { "subject", "WORDS", "with these words in the subject" },
    { "all", NULL, "also what is closed" }, { "max", "N", "at most (200)" }, { 0 },
};
static const struct cli_option drifting[] = {
    { "all", NULL, "also what has healed" }, { "max", "N", "at most (100)" },
    { "days", "N", "of the trend (7)" }, { 0 },
};
static const struct cli_option tracing[] = {
    { "show-personal", NULL, "also names, streets, email, phone and notes" }, { 0 },
};
static const struct cli_option again[] = {
    { "since", "TIME", "whatever changed since, in RFC 3339 (2026-11-24T08:00:00Z)" },
    { "shop", "SHOP", "with --since: of this shop only" }, { 0 },
};

static const struct cli_command commands[] = {
    { "status", "", "what runs, how far it is, what waits for a person",
      "Services are found by their port files in run.dir.", cli_status, NULL },
    { "trace order", "NAME", "the whole story of an order, and why it stands where it does",
      "NAME is the order's name ('#1001' or 1001) or its Shopify id, with shop/ before it to mean\n"
      "that shop's alone.", cli_trace_order, tracing },
    { "explain atp", "SKU", "every term of a promise, and what Shopify was told",
      "SKU, or an item's key such as sku:ABC-1.", cli_explain_atp, NULL },
    { "migrate", "", "bring the database to this version; safe to run twice and at once",
      "Applies the numbered files that were not applied yet, all in one transaction. Refuses when\n"
      "a file that was applied has changed since.",
      cli_migrate, NULL },
    { "topics diff", "", "compare Kafka's topics with their declaration",
      "Exits 1 when something differs.", cli_topics_diff, NULL },
    { "topics apply", "", "create and alter topics until they are as declared",
      "Partitions are only ever added; nothing is deleted.", cli_topics_apply, NULL },
    { "config check", "", "check the configuration file for every service",
      "Runs each service beside this program with --check-config.", cli_config_check, NULL },
    { "config apply", "FILE.json", "publish facilities, locations and channels",
      "FILE.json is an array of {\"kind\", \"id\", \"value\": {...}}; value null archives.\n"
      "Everything is checked before anything is published. The fields are described in\n"
      "schemas/events/settings.json.",
      cli_config_apply, NULL },
    { "refetch order", "[NAME...]", "read orders again from Shopify, now",
      "NAME is an order's name, its Shopify id, or shop/id.", cli_refetch_order, again },
    { "refetch product", "[ID...]", "read products again from Shopify, now",
      "ID is a product's id, handle, a variant's SKU, or shop/id.", cli_refetch_product, again },
    { "exceptions", "", "what waits for a person",
      "Each kind comes with what to do; most close themselves when their cause is gone.",
      cli_exceptions, waiting },
    { "close exception", "KIND SUBJECT", "say that an exception is dealt with",
      "For the kinds that do not close themselves. It opens again if its cause is met again.",
      cli_close_exception, NULL },
    { "drift", "", "what differs from Shopify, why, and the trend",
      "The reconciler compares every minute what changed, and everything once a day.", cli_drift,
      drifting },
    { "deadletters ls", "", "records that could not be applied, by reason", NULL,
      cli_deadletters_ls, listing },
    { "deadletters show", "ID", "one record, whole, and why it was refused", NULL,
      cli_deadletters_show, NULL },
    { "deadletters retry", "[ID]", "send records again, once the cause is gone",
      "The consumer judges them by what is known by then: nothing goes backwards.",
      cli_deadletters_retry, retrying },
    { "deadletters drop", "[ID]", "give records up", NULL, cli_deadletters_drop, dropping },
    { 0 },
};

static const struct service_spec spec = {
    .name = "millrace",
    .summary = "asks and tells the stream",
    .conf_size = sizeof(struct service_conf),
};

static enum err_class
run(struct cli *c, const struct cli_command *command, struct err *e)
{
    CLEANUP(service_free) struct service *svc = NULL;
    TRY(service_load(&svc, &spec, c->config, &c->cfg, e));
    c->svc = svc;
    return command->fn(c, e);
}

static int
explain(const struct err *e)
{
    fprintf(stderr, "millrace: %s\n", e->text);
    if (strcmp(e->code, CLI_USAGE) == 0)
        return EXIT_ARGUMENTS;
    if (strcmp(e->code, CLI_UNKNOWN) == 0)
        return EXIT_NO;
    return e->class == ERR_REJECT ? EXIT_INPUT : service_exit_code(e);
}

int
main(int argc, char **argv)
{
    struct cli c = { 0 };
    struct err e = { 0 };

    log_setup("millrace", LEVEL_ERROR);
    const struct cli_command *command = cli_arguments(&c, commands, argc, argv);
    return run(&c, command, &e) == ERR_NONE ? c.answer : explain(&e);
}
