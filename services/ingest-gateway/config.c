/*
 * config.c: the options of ingest-gateway, one row each; see config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include "intake.h"

static const struct conf_opt ingest_options[] = {
    C_STR(struct ingest_conf, bind, "bind", 0, "127.0.0.1",
          "address to listen on; the default suits a proxy on the same host"),
    C_I64(struct ingest_conf, port, "port", 0, "8081", 0, 65535, "port", "0 chooses a free one"),
    C_FILE(struct ingest_conf, tls_cert, "tls_cert_file", 0,
           "PEM certificate chain; with tls_key_file the port speaks TLS"),
    C_FILE(struct ingest_conf, tls_key, "tls_key_file", 0, "PEM private key of the certificate"),
    C_FILE(struct ingest_conf, tokens, "tokens_file", 0,
           "bearer tokens, one a line; without it everyone who reaches the port may send"),
    C_STR(struct ingest_conf, source, "source", 0, NULL,
          "who a sender is who says it neither in a record nor in X-Source"),
    C_I64(struct ingest_conf, records_max, "records_max", 0, "1000", 1, INTAKE_ROWS_MAX, "records",
          "records in one request at most"),
    C_I64(struct ingest_conf, body_max, "body_max", 0, "4194304", 1024, 67108864, "bytes",
          "longest body; a longer one is refused with 413"),
    C_I64(struct ingest_conf, in_flight_max, "in_flight_max", 0, "16777216", 1048576, 1073741824,
          "bytes", "bodies that may arrive or wait for Kafka at a time; beyond it 503 is answered"),
    C_I64(struct ingest_conf, deadline_ms, "deadline_ms", 0, "30000", 100, 300000, "ms",
          "from the first byte of a request to its answer; then 408 and the connection is closed"),
    C_I64(struct ingest_conf, ack_timeout_ms, "ack_timeout_ms", 0, "10000", 100, 60000, "ms",
          "how long Kafka may take before the answer is 503"),
    C_I64(struct ingest_conf, connections_max, "connections_max", 0, "256", 8, 65535, "",
          "open connections in all"),
    C_I64(struct ingest_conf, per_address_max, "per_address_max", 0, "256", 1, 65535, "",
          "open connections per address; behind a proxy all come from one"),
    { 0 },
};

const struct conf_section config_sections[CONFIG_SECTIONS] = {
    { "ingest-gateway", ingest_options, offsetof(struct config, ingest), 0,
      "the door for systems without Kafka" },
};

static bool
holds_token(const char *file)
{
    const char *line = file;

    while (*line == '\n' || *line == '\r' || *line == '#') {
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return *line != '\0';
}

enum err_class
config_check(const void *of, struct err *e)
{
    const struct config *cfg = of;
    if ((cfg->ingest.tls_cert == NULL) != (cfg->ingest.tls_key == NULL))
        return err_set(e, ERR_FATAL, "config",
                       "ingest-gateway: give both tls_cert_file and tls_key_file, or neither");
    if (cfg->ingest.body_max > cfg->ingest.in_flight_max)
        return err_set(e, ERR_FATAL, "config",
                       "ingest-gateway: body_max is more than in_flight_max, so such a body could"
                       " never come in; raise in_flight_max");
    if (cfg->ingest.deadline_ms < cfg->ingest.ack_timeout_ms)
        return err_set(e, ERR_FATAL, "config",
                       "ingest-gateway: deadline_ms is less than ack_timeout_ms, so a request"
                       " would be cut while Kafka may still take it; raise deadline_ms");
    if (cfg->ingest.tokens != NULL && !holds_token(cfg->ingest.tokens))
        return err_set(e, ERR_FATAL, "config",
                       "ingest-gateway.tokens_file: holds no token, so nobody could come in;"
                       " write one a line, or leave the option out");
    return ERR_NONE;
}
