/*
 * millrace: what people and scripts ask and tell the stream.
 *
 *   millrace status | trace order NAME | explain atp SKU
 *   millrace migrate | topics diff | topics apply | config check | config apply FILE
 *
 * Every command reads the same configuration as the services.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/log.h"
#include "cli.h"

static const struct cli_command commands[] = {
    { "status", "", "what runs, how far it is, what waits for a person",
      "Services are found by their port files in run.dir.", cli_status },
    { "trace order", "NAME", "the whole story of an order, and why it stands where it does",
      "NAME is the order's name ('#1001' or 1001) or its Shopify id.", cli_trace_order },
    { "explain atp", "SKU", "every term of a promise, and what Shopify was told",
      "SKU, or an item's key such as sku:ABC-1.", cli_explain_atp },
    { "migrate", "", "bring the database to this version; safe to run twice and at once",
      "Applies the numbered files that were not applied yet, all in one transaction. Refuses when\n"
      "a file that was applied has changed since.",
      cli_migrate },
    { "topics diff", "", "compare Kafka's topics with their declaration",
      "Exits 1 when something differs.", cli_topics_diff },
    { "topics apply", "", "create and alter topics until they are as declared",
      "Partitions are only ever added; nothing is deleted.", cli_topics_apply },
    { "config check", "", "check the configuration file for every service",
      "Runs each service beside this program with --check-config.", cli_config_check },
    { "config apply", "FILE.json", "publish facilities, locations and channels",
      "FILE.json is an array of {\"kind\", \"id\", \"value\": {...}}; value null archives.\n"
      "Everything is checked before anything is published. The fields are described in\n"
      "schemas/events/settings.json.",
      cli_config_apply },
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
