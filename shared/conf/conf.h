/*
 * conf.h: one table of options yields parsing, ranges, defaults, --help, the redacted dump and the
 * check.
 *
 * One INI file (`millrace.ini`, sections of `key = value`) serves all services; the environment
 * (MILLRACE_SECTION_KEY, upper case, every other character an underscore) stands above it.  A
 * service passes the sections it understands; sections of other services (conf_services) are
 * skipped.  An unknown section or key is an error that names line and nearest name; so is a
 * duplicate key, a line that is too long and a value out of range.  All errors of a file are
 * reported at once, one a line.  Comments (; or #) stand on lines of their own.
 *
 * A section whose name ends in ".*" repeats ([shop.acme]); its members land in an array of structs
 * whose first member is `const char *name` ("acme").  A section with opts NULL takes any key, in
 * file order ([kafka] goes to librdkafka unchanged; MILLRACE_KAFKA_CLIENT_ID is client.id);
 * conf_check_pass() asks who reads it whether he knows them.
 * Several tables may share one section name; each key belongs to one of them.
 *
 * CONF_FILE options name a file whose content (trailing newline cut) becomes the value: secrets.
 *
 * Owns     every string until conf_free().
 * Errors   FATAL with all findings in conf_report().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/types.h"

enum { CONF_REPEAT_MAX = 16, CONF_PASS_MAX = 64, CONF_LINE_MAX = 4096 };
enum { CONF_SECRET_FILE_MAX = 65536, CONF_INI_MAX = 1048576 };
enum conf_kind { CONF_STR, CONF_I64, CONF_BOOL, CONF_FILE };
enum { CONF_REQUIRED = 1, CONF_SECRET = 2 };

struct conf_opt {
    const char *key;
    enum conf_kind kind;
    unsigned flags;
    size_t offset;
    const char *def;
    int64_t min, max;
    const char *unit; /* "ms", "bytes", "port"; "" if none */
    const char *help;
};
struct conf_pair { const char *key, *value; };
struct conf_pass { struct conf_pair v[CONF_PASS_MAX]; size_t n; };
struct conf_list { void *v; size_t n; }; /* of a repeated section */

struct conf_section {
    const char *name;             /* "postgres", "shop.*", "kafka" */
    const struct conf_opt *opts;  /* ends with { 0 }; NULL for a pass-through section */
    size_t offset;                /* of the struct, list or pass in the configuration struct */
    size_t size;                  /* of one element of a repeated section, else 0 */
    const char *help;
};

#define C_CHECKED(T, m, want) \
    (offsetof(T, m) + 0 * sizeof(char[_Generic(((T *)0)->m, want: 1, default: -1)]))
#define C_STR(T, m, key, fl, def, help) \
    { key, CONF_STR, fl, C_CHECKED(T, m, const char *), def, 0, 0, "", help }
#define C_FILE(T, m, key, fl, help) \
    { key, CONF_FILE, (fl) | CONF_SECRET, C_CHECKED(T, m, const char *), NULL, 0, 0, "", help }
#define C_I64(T, m, key, fl, def, lo, hi, unit, help) \
    { key, CONF_I64, fl, C_CHECKED(T, m, int64_t), def, lo, hi, unit, help }
#define C_BOOL(T, m, key, fl, def, help) \
    { key, CONF_BOOL, fl, C_CHECKED(T, m, bool), def, 0, 0, "", help }

struct conf;

/* Sections that services other than the caller's understand; ends with NULL. */
extern const char *const conf_services[];

/* path NULL: environment and defaults only. Fills cfg (zeroed by the caller). *ret is set also when
 * the load failed, for conf_report(). */
MUST_CHECK enum err_class conf_load(struct conf **ret, const char *path,
                                    const struct conf_section *sections, size_t n_sections,
                                    void *cfg, struct err *e);
void conf_free(struct conf *c);

/* Who reads a pass-through section. */
struct conf_reader {
    /* What is wrong with an option; the code is "UNKNOWN" when there is none of this name. */
    enum err_class (*check)(const char *key, const char *value, struct err *e);
    const char *const *(*names)(size_t *n); /* that can have been meant */
};
/* FATAL, with findings by line and nearest name, when the reader refuses what the section holds. */
MUST_CHECK enum err_class conf_check_pass(struct conf *c, const char *section,
                                          const struct conf_reader *reader, struct err *e);
/* All findings of a failed load, one a line, "file:line: what is wrong, what to do". */
struct str conf_report(const struct conf *c);
/* The effective configuration as INI, secrets as "****". */
void conf_dump(const struct conf *c, struct buf *ret);
/* Every option with default, range, unit and help, grouped by section. */
void conf_help(const struct conf_section *sections, size_t n_sections, struct buf *ret);
DEFINE_CLEANUP(conf_free, struct conf *);

#endif
