/*
 * order_view.c: see order_view.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "order_view.h"

#include "base/clock.h"
#include "domain/gid.h"

static bool
more_pages(const struct json_value *connection)
{
    return json_bool(json_path(connection, "pageInfo.hasNextPage"));
}

static enum err_class
read_work_lines(const struct json_value *nodes, struct work *w, struct arena *mem, struct err *e)
{
    w->n_lines = json_size(nodes);
    w->lines = ARENA_NEW(mem, struct work_line, w->n_lines);
    for (size_t i = 0; i < w->n_lines; i++) {
        const struct json_value *v = json_at(nodes, i);
        TRY(gid_parse(json_str(json_get(v, "id")), "FulfillmentOrderLineItem", &w->lines[i].id, e));
        TRY(gid_parse(json_str(json_path(v, "lineItem.id")), "LineItem", &w->lines[i].line, e));
        if (!json_i64(json_get(v, "remainingQuantity"), &w->lines[i].remaining))
            return err_set(e, ERR_REJECT, "", "a fulfilment order line without remainingQuantity");
    }
    return ERR_NONE;
}

static bool
can_create(const struct json_value *actions)
{
    for (size_t i = 0; i < json_size(actions); i++)
        if (str_is(json_str(json_get(json_at(actions, i), "action")), "CREATE_FULFILLMENT"))
            return true;
    return false;
}

static enum err_class
read_work(const struct json_value *v, struct work *w, struct arena *mem, bool *more,
          struct err *e)
{
    const struct json_value *lines = json_get(v, "lineItems");
    const struct str status = json_str(json_get(v, "status"));

    TRY(gid_parse(json_str(json_get(v, "id")), "FulfillmentOrder", &w->id, e));
    w->location = gid_id(json_str(json_path(v, "assignedLocation.location.id")));
    w->open = !str_is(status, "CLOSED") && !str_is(status, "CANCELLED");
    w->can_create = can_create(json_get(v, "supportedActions"));
    *more = *more || more_pages(lines);
    return read_work_lines(json_get(lines, "nodes"), w, mem, e);
}

static void
add_units(struct made *m, int64_t line, int64_t units)
{
    size_t i = 0;

    while (i < m->n_lines && m->lines[i].line != line)
        i++;
    m->lines[i].line = line;
    m->lines[i].units += units;
    m->n_lines += i == m->n_lines;
}

static enum err_class
read_made_lines(const struct json_value *nodes, struct made *m, struct arena *mem, struct err *e)
{
    m->lines = ARENA_NEW(mem, struct line_units, json_size(nodes));
    for (size_t i = 0; i < json_size(nodes); i++) {
        int64_t line = 0, units = 0;
        TRY(gid_parse(json_str(json_path(json_at(nodes, i), "lineItem.id")), "LineItem", &line, e));
        if (!json_i64(json_get(json_at(nodes, i), "quantity"), &units))
            return err_set(e, ERR_REJECT, "", "a fulfilment line without quantity");
        add_units(m, line, units);
    }
    return ERR_NONE;
}

bool
fulfillment_stands(struct str status)
{
    return !str_is(status, "CANCELLED") && !str_is(status, "FAILURE") && !str_is(status, "ERROR");
}

static enum err_class
read_made(const struct json_value *v, struct made *m, struct arena *mem, struct err *e)
{
    const struct json_value *tracking = json_get(v, "trackingInfo");

    TRY(gid_parse(json_str(json_get(v, "id")), "Fulfillment", &m->id, e));
    TRY(time_parse(json_str(json_get(v, "createdAt")), &m->created_at, e));
    m->stands = fulfillment_stands(json_str(json_get(v, "status")));
    m->location = gid_id(json_str(json_path(v, "location.id")));
    m->numbers = ARENA_NEW(mem, struct str, json_size(tracking));
    for (size_t i = 0; i < json_size(tracking); i++) {
        const struct str number = json_str(json_get(json_at(tracking, i), "number"));
        if (number.p != NULL)
            m->numbers[m->n_numbers++] = arena_str(mem, number);
    }
    return read_made_lines(json_path(v, "fulfillmentLineItems.nodes"), m, mem, e);
}

enum err_class
order_view_read(const struct json_value *node, bool whole, struct arena *mem,
                struct order_view *ret, struct err *e)
{
    const struct json_value *works = json_get(node, "fulfillmentOrders");
    const struct json_value *made = json_get(node, "fulfillments");
    const struct json_value *work_nodes = json_get(works, "nodes");

    *ret = (struct order_view){ .whole = whole };
    if (!json_is_object(node))
        return ERR_NONE;
    if (!json_is_array(work_nodes) || !json_is_array(made))
        return err_set(e, ERR_REJECT, "", "an order without fulfilment orders or fulfilments");
    ret->present = true;
    ret->cancelled = !json_is_null(json_get(node, "cancelledAt"));
    ret->more = more_pages(works);
    ret->n_works = json_size(work_nodes);
    ret->works = ARENA_NEW(mem, struct work, ret->n_works);
    for (size_t i = 0; i < ret->n_works; i++)
        TRY(read_work(json_at(work_nodes, i), &ret->works[i], mem, &ret->more, e));
    ret->n_made = json_size(made);
    ret->made = ARENA_NEW(mem, struct made, ret->n_made);
    for (size_t i = 0; i < ret->n_made; i++)
        TRY(read_made(json_at(made, i), &ret->made[i], mem, e));
    return ERR_NONE;
}

static bool
has_number(const struct made *m, struct str number)
{
    for (size_t i = 0; i < m->n_numbers; i++)
        if (str_eq(m->numbers[i], number))
            return true;
    return false;
}

static bool
same_units(const struct made *m, const struct line_units *v, size_t n)
{
    size_t equal = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m->n_lines; k++)
            equal += m->lines[k].line == v[i].line && m->lines[k].units == v[i].units;
    return equal == n && m->n_lines == n;
}

const struct made *
order_view_find(const struct order_view *v, const struct job *j)
{
    const struct str number = j->desired.tracking_number;

    for (size_t i = 0; i < v->n_made; i++) {
        const struct made *m = &v->made[i];
        if (!m->stands || ids_hold(&j->own, m->id) || (j->intent && ids_hold(&j->before, m->id)))
            continue;
        if (number.p != NULL ? has_number(m, number)
                             : j->intent && same_units(m, j->part, j->n_part))
            return m;
    }
    return NULL;
}
