/*
 * setting.h: what people decide, as it travels on topic `settings`: facilities, locations,
 * channels.  Key: kind/id; the id of a location and of a channel is "shop/location id".
 *
 * Strings borrow from the document, facilities live in the arena.  A tombstone archives.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_SETTING_H
#define DOMAIN_SETTING_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"
#include "json/json.h"
#include "json/shape.h"

#define SETTING_TOPIC "settings"
#define SETTING_TYPE "millrace.setting.v1"
enum { SETTING_FACILITIES_MAX = 1000, SETTING_PRIORITY_DEFAULT = 100 };
#define SETTING_QUANTITY_MAX INT64_C(1000000000)

enum setting_kind { SETTING_FACILITY, SETTING_LOCATION, SETTING_CHANNEL };
enum authority { AUTHORITY_EXTERNAL, AUTHORITY_SHOPIFY };

struct setting {
    enum setting_kind kind;
    struct str id;
    struct str name;      /* facility, location */
    bool active;          /* facility, channel; absent: true */
    bool ships;           /* facility; absent: true */
    int64_t priority;     /* facility: the router tries lower numbers first */
    int64_t safety_stock; /* facility */
    enum authority authority;
    struct str shop;             /* location, channel */
    struct location_id location; /* location, channel */
    int64_t threshold;           /* channel */
    struct jarray facilities;    /* channel: of struct str */
};

/* An active facility, location or channel with every default in place. */
struct setting setting_new(enum setting_kind kind);
const char *setting_kind_name(enum setting_kind kind);
const char *setting_authority_name(enum authority a);
/* Decodes the value of a record and checks it. REJECT with the field. */
MUST_CHECK enum err_class setting_decode(const struct json_value *v, struct arena *mem,
                                         struct setting *ret, struct err *e);
MUST_CHECK enum err_class setting_check(const struct setting *s, struct err *e);
/* Canonical JSON of schemas/events/settings.json, every field written out. */
void setting_emit(struct buf *ret, const struct setting *s);
/* Kafka key: kind/id. */
void setting_key(struct buf *ret, const struct setting *s);
/* Kind and id (with shop and location) of a key: what a tombstone archives. Lives in the arena. */
MUST_CHECK enum err_class setting_from_key(struct str key, struct arena *mem, struct setting *ret,
                                           struct err *e);

static inline const struct str *
setting_facilities(const struct setting *s)
{
    return s->facilities.v;
}

#endif
