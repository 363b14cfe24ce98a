/*
 * setting.c: shape, checks and canonical form; see setting.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/setting.h"

#include "domain/key.h"
#include "domain/name.h"
#include "json/emit.h"

struct setting_wire {
    struct setting s;
    struct str kind, authority, mode;
};

static const struct jfield facility_fields[] = {
    JSON_BOOL(struct setting_wire, s.active, "active", J_OPTIONAL),
    JSON_STR(struct setting_wire, authority, "authority", J_OPTIONAL),
    JSON_STR(struct setting_wire, s.id, "id", 0),
    JSON_STR(struct setting_wire, kind, "kind", 0),
    JSON_STR(struct setting_wire, s.name, "name", 0),
    JSON_I64(struct setting_wire, s.priority, "priority", J_OPTIONAL),
    JSON_I64(struct setting_wire, s.safety_stock, "safety_stock", J_OPTIONAL),
    JSON_BOOL(struct setting_wire, s.ships, "ships", J_OPTIONAL),
};
static const struct jfield location_fields[] = {
    JSON_STR(struct setting_wire, s.id, "id", 0),
    JSON_STR(struct setting_wire, kind, "kind", 0),
    JSON_I64(struct setting_wire, s.location.v, "location_id", 0),
    JSON_STR(struct setting_wire, s.name, "name", 0),
    JSON_STR(struct setting_wire, s.shop, "shop", 0),
};
static const struct jfield channel_fields[] = {
    JSON_BOOL(struct setting_wire, s.active, "active", J_OPTIONAL),
    JSON_ARR(struct setting_wire, s.facilities, "facilities", 0, &shape_str_element),
    JSON_STR(struct setting_wire, s.id, "id", 0),
    JSON_STR(struct setting_wire, kind, "kind", 0),
    JSON_I64(struct setting_wire, s.location.v, "location_id", 0),
    JSON_STR(struct setting_wire, mode, "mode", 0),
    JSON_STR(struct setting_wire, s.shop, "shop", 0),
    JSON_I64(struct setting_wire, s.threshold, "threshold", J_OPTIONAL),
};
#define KIND(name, fields)                                                                     \
    {                                                                                          \
        name, sizeof(struct setting_wire), SHAPE_CLOSED, sizeof(fields) / sizeof((fields)[0]), \
            fields                                                                             \
    }
static const struct shape kinds[] = {
    [SETTING_FACILITY] = KIND("facility", facility_fields),
    [SETTING_LOCATION] = KIND("location", location_fields),
    [SETTING_CHANNEL] = KIND("channel", channel_fields),
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const char *
setting_kind_name(enum setting_kind kind)
{
    return kinds[kind].name;
}

const char *
setting_authority_name(enum authority a)
{
    return a == AUTHORITY_SHOPIFY ? "shopify" : "external";
}

struct setting
setting_new(enum setting_kind kind)
{
    return (struct setting){
        .kind = kind, .active = true, .ships = true, .priority = SETTING_PRIORITY_DEFAULT
    };
}

static enum err_class
parse_kind(struct str name, enum setting_kind *ret, struct err *e)
{
    for (unsigned k = 0; k < KINDS; k++) {
        if (str_is(name, kinds[k].name)) {
            *ret = (enum setting_kind)k;
            return ERR_NONE;
        }
    }
    return err_set(e, ERR_REJECT, NULL, "kind: must be facility, location or channel");
}

static enum err_class
parse_authority(struct str name, enum authority *ret, struct err *e)
{
    if (name.p == NULL || str_is(name, "external"))
        *ret = AUTHORITY_EXTERNAL;
    else if (str_is(name, "shopify"))
        *ret = AUTHORITY_SHOPIFY;
    else
        return err_set(e, ERR_REJECT, NULL, "authority: must be external or shopify");
    return ERR_NONE;
}

/* What an absent key means; setting_new() says the same. */
static void
fill_defaults(struct setting *s, const struct json_value *v)
{
    const struct setting fresh = setting_new(s->kind);

    if (json_get(v, "active") == NULL)
        s->active = fresh.active;
    if (json_get(v, "ships") == NULL)
        s->ships = fresh.ships;
    if (json_get(v, "priority") == NULL)
        s->priority = fresh.priority;
}

enum err_class
setting_decode(const struct json_value *v, struct arena *mem, struct setting *ret, struct err *e)
{
    enum setting_kind kind;

    if (!json_is_object(v))
        return err_set(e, ERR_REJECT, NULL, "a setting must be a JSON object");
    TRY(parse_kind(json_str(json_get(v, "kind")), &kind, e));
    struct setting_wire w;
    TRY(shape_decode(&kinds[kind], v, mem, &w, e));
    w.s.kind = kind;
    fill_defaults(&w.s, v);
    TRY(parse_authority(w.authority, &w.s.authority, e));
    if (kind == SETTING_CHANNEL && !str_is(w.mode, "aggregate"))
        return err_set(e, ERR_REJECT, NULL, "mode: must be aggregate");
    TRY(setting_check(&w.s, e));
    *ret = w.s;
    return ERR_NONE;
}

static enum err_class
check_range(const char *field, int64_t v, struct err *e)
{
    const int64_t max = SETTING_QUANTITY_MAX;

    if (v < 0 || v > max)
        return err_set(e, ERR_REJECT, NULL, "%s: must be 0 to %lld", field, (long long)max);
    return ERR_NONE;
}

static enum err_class
check_facility(const struct setting *s, struct err *e)
{
    TRY(name_check("id", s->id, FACILITY_MAX_BYTES, e));
    TRY(name_check("name", s->name, NAME_MAX_BYTES, e));
    TRY(check_range("safety_stock", s->safety_stock, e));
    return check_range("priority", s->priority, e);
}

/* The id of a location and of a channel repeats shop and location, so that the key says it all. */
static enum err_class
check_place(const struct setting *s, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf want = { 0 };

    TRY(name_check_shop("shop", s->shop, e));
    if (s->location.v < 1)
        return err_set(e, ERR_REJECT, NULL, "location_id: must be Shopify's id (1 or more)");
    buf_init(&want, 2 * NAME_MAX_BYTES);
    buf_str_add(&want, s->shop);
    buf_char(&want, '/');
    buf_i64(&want, s->location.v);
    if (!str_eq(buf_str(&want), s->id))
        return err_set(e, ERR_REJECT, NULL, "id: must be %s", buf_cstr(&want));
    return ERR_NONE;
}

static enum err_class
check_channel(const struct setting *s, struct err *e)
{
    TRY(check_place(s, e));
    TRY(check_range("threshold", s->threshold, e));
    if (s->facilities.n > SETTING_FACILITIES_MAX)
        return err_set(e, ERR_REJECT, NULL, "facilities: more than %d", SETTING_FACILITIES_MAX);
    for (size_t i = 0; i < s->facilities.n; i++)
        TRY(name_check("facilities", setting_facilities(s)[i], FACILITY_MAX_BYTES, e));
    return ERR_NONE;
}

enum err_class
setting_check(const struct setting *s, struct err *e)
{
    switch (s->kind) {
    case SETTING_FACILITY:
        return check_facility(s, e);
    case SETTING_LOCATION:
        TRY(name_check("name", s->name, NAME_MAX_BYTES, e));
        return check_place(s, e);
    case SETTING_CHANNEL:
        return check_channel(s, e);
    }
    return err_set(e, ERR_FATAL, NULL, "setting of kind %d", (int)s->kind);
}

static void
emit_facility(struct emit *j, const struct setting *s)
{
    emit_bool(j, "active", s->active);
    emit_cstr(j, "authority", setting_authority_name(s->authority));
    emit_str(j, "id", s->id);
    emit_cstr(j, "kind", setting_kind_name(s->kind));
    emit_str(j, "name", s->name);
    emit_i64(j, "priority", s->priority);
    emit_i64(j, "safety_stock", s->safety_stock);
    emit_bool(j, "ships", s->ships);
}

static void
emit_location(struct emit *j, const struct setting *s)
{
    emit_str(j, "id", s->id);
    emit_cstr(j, "kind", setting_kind_name(s->kind));
    emit_i64(j, "location_id", s->location.v);
    emit_str(j, "name", s->name);
    emit_str(j, "shop", s->shop);
}

static void
emit_channel(struct emit *j, const struct setting *s)
{
    emit_bool(j, "active", s->active);
    emit_array(j, "facilities");
    for (size_t i = 0; i < s->facilities.n; i++)
        emit_str(j, NULL, setting_facilities(s)[i]);
    emit_array_end(j);
    emit_str(j, "id", s->id);
    emit_cstr(j, "kind", setting_kind_name(s->kind));
    emit_i64(j, "location_id", s->location.v);
    emit_cstr(j, "mode", "aggregate");
    emit_str(j, "shop", s->shop);
    emit_i64(j, "threshold", s->threshold);
}

void
setting_emit(struct buf *ret, const struct setting *s)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    switch (s->kind) {
    case SETTING_FACILITY:
        emit_facility(&j, s);
        break;
    case SETTING_LOCATION:
        emit_location(&j, s);
        break;
    case SETTING_CHANNEL:
        emit_channel(&j, s);
        break;
    }
    emit_object_end(&j);
}

void
setting_key(struct buf *ret, const struct setting *s)
{
    buf_str_add(ret, str_of(setting_kind_name(s->kind)));
    buf_char(ret, '/');
    if (s->kind == SETTING_FACILITY)
        key_part_add(ret, s->id);
    else
        buf_str_add(ret, s->id); /* shop/location: both parts need no encoding */
}

/* Splits "acme/77" into shop and location. */
static enum err_class
place_from_id(struct setting *s, struct err *e)
{
    const char *slash = memchr(s->id.p, '/', s->id.n);
    int64_t id = 0;

    if (slash == NULL)
        return err_set(e, ERR_REJECT, NULL, "key: a %s is named shop/location id",
                       setting_kind_name(s->kind));
    s->shop = (struct str){ s->id.p, (size_t)(slash - s->id.p) };
    for (const char *p = slash + 1; p < s->id.p + s->id.n; p++)
        if (*p < '0' || *p > '9' || __builtin_mul_overflow(id, 10, &id) ||
            __builtin_add_overflow(id, *p - '0', &id))
            return err_set(e, ERR_REJECT, NULL, "key: the location id must be a number");
    s->location.v = id;
    return check_place(s, e);
}

enum err_class
setting_from_key(struct str key, struct arena *mem, struct setting *ret, struct err *e)
{
    const char *slash = key.n > 0 ? memchr(key.p, '/', key.n) : NULL;
    enum setting_kind kind;

    if (slash == NULL)
        return err_set(e, ERR_REJECT, NULL, "key: must be kind/id");
    const size_t n = (size_t)(slash - key.p);
    TRY(parse_kind((struct str){ key.p, n }, &kind, e));
    const struct str id = { slash + 1, key.n - n - 1 };

    CLEANUP_VALUE(buf_fini) struct buf plain = { 0 };
    buf_init(&plain, key.n + 1);
    TRY(key_part_decode(&plain, id, e));
    TRY(buf_check(&plain, "key", e));
    struct setting s = setting_new(kind);
    s.id = arena_str(mem, buf_str(&plain));
    if (kind == SETTING_FACILITY)
        TRY(name_check("key", s.id, FACILITY_MAX_BYTES, e));
    else
        TRY(place_from_id(&s, e));
    *ret = s;
    return ERR_NONE;
}
