/*
 * log.h: one line of JSON per event, on stderr, written with a single write(2).
 *
 * Keys are literals, values are escaped (control characters, quotes, invalid UTF-8), lines are cut
 * at LOG_LINE_MAX.  Each line starts {"ts":..,"level":..,"service":..,"fn":..}.  Thread-safe.
 * Never fails, never exits.  Never log payloads, secrets or personal data.
 * Shared layers do not log: they return errors, and the service logs once, where it decides
 * (exceptions: shared/service, and the bridge of librdkafka's own log lines).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"
#include "base/types.h"

enum { LOG_LINE_MAX = 8192 };
enum log_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };
enum log_kind { LOG_K_END, LOG_K_I64, LOG_K_CSTR, LOG_K_STR };
struct log_field {
    const char *key;
    enum log_kind kind;
    union { int64_t i; const char *z; struct str s; } u;
};

static inline struct log_field
log_i64_(const char *k, int64_t v)
{
    return (struct log_field){ .key = k, .kind = LOG_K_I64, .u.i = v };
}
static inline struct log_field
log_cstr_(const char *k, const char *v)
{
    return (struct log_field){ .key = k, .kind = LOG_K_CSTR, .u.z = v };
}
static inline struct log_field
log_str_(const char *k, struct str v)
{
    return (struct log_field){ .key = k, .kind = LOG_K_STR, .u.s = v };
}

#define KV(k, v)                                                                             \
    _Generic((v), int: log_i64_, int64_t: log_i64_, char *: log_cstr_, const char *: log_cstr_, \
             struct str: log_str_)((k), (v))
#define MSG(text) KV("msg", text)
#define LOG_AT(lv, ...) \
    log_write((lv), __func__, (const struct log_field[]){ __VA_ARGS__, { .kind = LOG_K_END } })
#define LOG_DEBUG(...) LOG_AT(LEVEL_DEBUG, __VA_ARGS__)
#define LOG_INFO(...) LOG_AT(LEVEL_INFO, __VA_ARGS__)
#define LOG_WARN(...) LOG_AT(LEVEL_WARN, __VA_ARGS__)
#define LOG_ERROR(...) LOG_AT(LEVEL_ERROR, __VA_ARGS__)

void log_setup(const char *service, enum log_level threshold);
MUST_CHECK enum err_class log_level_parse(struct str text, enum log_level *ret, struct err *e);
void log_write(enum log_level lv, const char *fn, const struct log_field *f);

#endif
