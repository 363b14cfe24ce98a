/*
 * fulfillment_orders_from_graphql.c: the fulfilment orders below an Order node, and what else no
 * body of a webhook tells, become one fact.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/order_beside.h"

static const struct jfield line_fields[] = {
    JSON_ID(struct fulfillment_order_line, id, "id", 0),
    JSON_ID(struct fulfillment_order_line, inventory_item_id.v, "inventoryItemId", J_ANY),
    JSON_OBJ(struct fulfillment_order_line, line_id, "lineItem", 0, &id_ref_shape),
    JSON_I64(struct fulfillment_order_line, remaining_quantity, "remainingQuantity", 0),
    JSON_I64(struct fulfillment_order_line, total_quantity, "totalQuantity", 0),
};
static const struct shape line_shape =
    SHAPE(struct fulfillment_order_line, SHAPE_OPEN, line_fields);
CONNECTION_SHAPE(lines_shape, line_shape);

struct note { struct str instructions, phone; };
static const struct jfield note_fields[] = {
    JSON_STR(struct note, instructions, "instructions", J_NULL_OK),
    JSON_STR(struct note, phone, "phone", J_NULL_OK),
};
static const struct shape note_shape = SHAPE(struct note, SHAPE_OPEN, note_fields);

static const struct jfield delivery_fields[] = {
    JSON_TIME(struct delivery, earliest_at, "minDeliveryDateTime", J_ANY),
    JSON_OBJ(struct delivery, instructions, "additionalInformation", J_ANY, &note_shape),
    JSON_TIME(struct delivery, latest_at, "maxDeliveryDateTime", J_ANY),
    JSON_STR(struct delivery, method, "methodType", 0),
    JSON_STR(struct delivery, name, "presentedName", J_ANY),
    JSON_STR(struct delivery, service_code, "serviceCode", J_ANY),
};
static const struct shape delivery_shape = SHAPE(struct delivery, SHAPE_OPEN, delivery_fields);

static const struct jfield destination_fields[] = {
    JSON_STR(struct destination, address1, "address1", J_NULL_OK),
    JSON_STR(struct destination, address2, "address2", J_NULL_OK),
    JSON_STR(struct destination, city, "city", J_NULL_OK),
    JSON_STR(struct destination, company, "company", J_NULL_OK),
    JSON_STR(struct destination, country_code, "countryCode", J_NULL_OK),
    JSON_STR(struct destination, email, "email", J_NULL_OK),
    JSON_STR(struct destination, first_name, "firstName", J_NULL_OK),
    JSON_STR(struct destination, last_name, "lastName", J_NULL_OK),
    JSON_OBJ(struct destination, location_id, "location", J_NULL_OK, &id_ref_shape),
    JSON_STR(struct destination, phone, "phone", J_NULL_OK),
    JSON_STR(struct destination, province, "province", J_NULL_OK),
    JSON_STR(struct destination, zip, "zip", J_NULL_OK),
};
static const struct shape destination_shape =
    SHAPE(struct destination, SHAPE_OPEN, destination_fields);

static const struct jfield hold_fields[] = {
    JSON_STR(struct fulfillment_hold, handle, "handle", J_NULL_OK),
    JSON_ID(struct fulfillment_hold, id, "id", 0),
    JSON_STR(struct fulfillment_hold, notes, "reasonNotes", J_NULL_OK),
    JSON_BOOL(struct fulfillment_hold, ours, "heldByRequestingApp", 0),
    JSON_STR(struct fulfillment_hold, reason, "reason", 0),
};
static const struct shape hold_shape = SHAPE(struct fulfillment_hold, SHAPE_OPEN, hold_fields);

/* {"action": "MOVE"} lands in a struct str. */
struct action { struct str action; };
static const struct jfield action_fields[] = {
    JSON_STR(struct action, action, "action", 0),
};
static const struct shape action_shape = SHAPE(struct action, SHAPE_OPEN, action_fields);

struct service { struct str handle; };
static const struct jfield service_fields[] = {
    JSON_STR(struct service, handle, "handle", 0),
};
static const struct shape service_shape = SHAPE(struct service, SHAPE_OPEN, service_fields);

/* Where the work is assigned: its name stands even when the location is gone. */
struct place { struct location_id id; struct str service; };
static const struct jfield place_fields[] = {
    JSON_ID(struct place, id.v, "id", 0),
    JSON_OBJ(struct place, service, "fulfillmentService", J_ANY, &service_shape),
};
static const struct shape place_shape = SHAPE(struct place, SHAPE_OPEN, place_fields);
struct assigned { struct place place; struct str name; };
static const struct jfield assigned_fields[] = {
    JSON_OBJ(struct assigned, place, "location", J_NULL_OK, &place_shape),
    JSON_STR(struct assigned, name, "name", J_NULL_OK),
};
static const struct shape assigned_shape = SHAPE(struct assigned, SHAPE_OPEN, assigned_fields);

struct node { struct fulfillment_order f; struct assigned assigned; };
static const struct jfield node_fields[] = {
    JSON_OBJ(struct node, assigned, "assignedLocation", J_NULL_OK, &assigned_shape),
    JSON_TIME(struct node, f.created_at, "createdAt", J_ANY),
    JSON_OBJ(struct node, f.delivery, "deliveryMethod", J_NULL_OK, &delivery_shape),
    JSON_OBJ(struct node, f.destination, "destination", J_ANY, &destination_shape),
    JSON_TIME(struct node, f.fulfill_at, "fulfillAt", J_ANY),
    JSON_TIME(struct node, f.fulfill_by, "fulfillBy", J_ANY),
    JSON_ARR(struct node, f.holds, "fulfillmentHolds", J_OPTIONAL, &hold_shape),
    JSON_ID(struct node, f.id.v, "id", 0),
    JSON_CONNECTION(struct node, f.lines, "lineItems", &lines_shape),
    JSON_STR(struct node, f.request_status, "requestStatus", 0),
    JSON_STR(struct node, f.status, "status", 0),
    JSON_ARR(struct node, f.supported_actions, "supportedActions", 0, &action_shape),
    JSON_TIME(struct node, f.updated_at, "updatedAt", J_ANY),
};
static const struct shape node_shape = SHAPE(struct node, SHAPE_OPEN, node_fields);
CONNECTION_SHAPE(nodes_shape, node_shape);

static const struct jfield risk_fact_fields[] = {
    JSON_STR(struct risk_fact, description, "description", 0),
    JSON_STR(struct risk_fact, sentiment, "sentiment", 0),
};
static const struct shape risk_fact_shape = SHAPE(struct risk_fact, SHAPE_OPEN, risk_fact_fields);
static const struct jfield assessment_fields[] = {
    JSON_ARR(struct risk_assessment, facts, "facts", 0, &risk_fact_shape),
    JSON_STR(struct risk_assessment, level, "riskLevel", 0),
};
static const struct shape assessment_shape =
    SHAPE(struct risk_assessment, SHAPE_OPEN, assessment_fields);
static const struct jfield risk_fields[] = {
    JSON_ARR(struct order_risk, assessments, "assessments", 0, &assessment_shape),
    JSON_STR(struct order_risk, recommendation, "recommendation", 0),
};
static const struct shape risk_shape = SHAPE(struct order_risk, SHAPE_OPEN, risk_fields);

/* Only a card has a company; other ways to pay show none of their fields. */
struct card { struct str company; };
static const struct jfield card_fields[] = {
    JSON_STR(struct card, company, "company", J_ANY),
};
static const struct shape card_shape = SHAPE(struct card, SHAPE_OPEN, card_fields);

struct payment { struct order_transaction t; const struct json_value *receipt; };
static const struct jfield transaction_fields[] = {
    JSON_OBJ(struct payment, t.amount, "amountSet", 0, &money_bag_shape),
    JSON_OBJ(struct payment, t.card_company, "paymentDetails", J_ANY, &card_shape),
    JSON_TIME(struct payment, t.created_at, "createdAt", 0),
    JSON_STR(struct payment, t.error_code, "errorCode", J_NULL_OK),
    JSON_STR(struct payment, t.gateway, "gateway", J_NULL_OK),
    JSON_ID(struct payment, t.id, "id", 0),
    JSON_STR(struct payment, t.kind, "kind", 0),
    JSON_OBJ(struct payment, t.parent_id, "parentTransaction", J_NULL_OK, &id_ref_shape),
    JSON_TIME(struct payment, t.processed_at, "processedAt", J_NULL_OK),
    JSON_RAW(struct payment, receipt, "receiptJson", J_ANY),
    JSON_STR(struct payment, t.status, "status", 0),
    JSON_BOOL(struct payment, t.test, "test", 0),
};
static const struct shape transaction_shape =
    SHAPE(struct payment, SHAPE_OPEN, transaction_fields);

/* A bundle is told with each of the lines that came of it. */
static const struct jfield group_fields[] = {
    JSON_ID(struct line_group, id, "id", 0),
    JSON_ID(struct line_group, product_id.v, "productId", J_NULL_OK),
    JSON_I64(struct line_group, quantity, "quantity", 0),
    JSON_STR(struct line_group, sku, "variantSku", J_NULL_OK),
    JSON_STR(struct line_group, title, "title", 0),
    JSON_ID(struct line_group, variant_id.v, "variantId", J_NULL_OK),
};
static const struct shape group_shape = SHAPE(struct line_group, SHAPE_OPEN, group_fields);
struct line_node { struct order_line_beside l; struct line_group group; };
static const struct jfield line_node_fields[] = {
    JSON_ARR(struct line_node, l.duties, "duties", J_OPTIONAL, &duty_node_shape),
    JSON_ID(struct line_node, l.line_id.v, "id", 0),
    JSON_OBJ(struct line_node, group, "lineItemGroup", J_ANY, &group_shape),
    JSON_I64(struct line_node, l.non_fulfillable_quantity, "nonFulfillableQuantity", J_OPTIONAL),
};
static const struct shape line_node_shape = SHAPE(struct line_node, SHAPE_OPEN, line_node_fields);
CONNECTION_SHAPE(line_nodes_shape, line_node_shape);

static const struct jfield channel_fields[] = {
    JSON_STR(struct order_channel, handle, "handle", J_NULL_OK),
    JSON_STR(struct order_channel, name, "displayName", J_NULL_OK),
};
static const struct shape channel_shape = SHAPE(struct order_channel, SHAPE_OPEN, channel_fields);

/* A bulk result does not show them: beside_is_cut() says when there is one to show. */
CONNECTION_SHAPE(agreements_shape, agreement_node_shape);
CONNECTION_SHAPE(metafields_shape, metafield_node_shape);
struct order_node { struct fulfillment_orders all; struct connection nodes, lines; };
static const struct jfield order_fields[] = {
    JSON_CONNECTION(struct order_node, all.agreements, "agreements", &agreements_shape),
    JSON_OBJ(struct order_node, all.channel, "attribution", J_ANY, &channel_shape),
    JSON_BOOL(struct order_node, all.edited, "edited", J_OPTIONAL),
    JSON_ID(struct order_node, all.order_id.v, "id", 0),
    JSON_CONNECTION(struct order_node, all.metafields, "metafields", &metafields_shape),
    JSON_OBJ(struct order_node, all.placed_total, "originalTotalPriceSet", J_ANY,
             &money_bag_shape),
    JSON_HAS(struct order_node, all.tells_sums, "originalTotalPriceSet"),
    JSON_STR(struct order_node, all.return_status, "returnStatus", J_ANY),
    JSON_OBJ(struct order_node, all.risk, "risk", J_ANY, &risk_shape),
    JSON_ARR(struct order_node, all.tax_lines, "taxLines", J_OPTIONAL, &tax_line_node_shape),
    JSON_OBJ(struct order_node, all.tip, "totalTipReceivedSet", J_ANY, &money_bag_shape),
    JSON_ARR(struct order_node, all.transactions, "transactions", J_OPTIONAL, &transaction_shape),
    JSON_TIME(struct order_node, all.version.updated_at, "updatedAt", 0),
    JSON_CONNECTION(struct order_node, lines, "lineItems", &line_nodes_shape),
    JSON_CONNECTION(struct order_node, nodes, "fulfillmentOrders", &nodes_shape),
};
static const struct shape order_shape = SHAPE(struct order_node, SHAPE_OPEN, order_fields);

struct mapping { const struct pages *more; struct arena *mem; };

static void
finish_delivery(struct delivery *d, struct arena *mem)
{
    d->method = lower(d->method, mem);
    d->name = empty_is_null(d->name);
    d->service_code = empty_is_null(d->service_code);
    d->instructions = empty_is_null(d->instructions);
    d->phone = empty_is_null(d->phone);
}

static void
finish_destination(struct destination *d)
{
    struct str *const all[] = { &d->first_name, &d->last_name, &d->company,      &d->address1,
                                &d->address2,   &d->city,      &d->province,     &d->zip,
                                &d->email,      &d->phone,     &d->country_code };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        *all[i] = empty_is_null(*all[i]);
}

static void
finish_holds(struct jarray *holds, struct arena *mem)
{
    struct fulfillment_hold *v = holds->v;

    for (size_t i = 0; i < holds->n; i++) {
        v[i].reason = lower(v[i].reason, mem);
        v[i].notes = empty_is_null(v[i].notes);
        v[i].handle = empty_is_null(v[i].handle);
    }
    sort_by_id(holds, sizeof(*v));
}

static enum err_class
finish_one(const struct mapping *m, const struct node *n, struct fulfillment_order *ret,
           struct err *e)
{
    struct fulfillment_order f = n->f;
    struct str *actions = f.supported_actions.v;

    TRY(add_pages(&line_shape, "lineItems", f.id.v, m->more, m->mem, &f.lines, e));
    f.location_id = n->assigned.place.id;
    f.service = empty_is_null(n->assigned.place.service);
    f.location_name = empty_is_null(n->assigned.name);
    f.status = lower(f.status, m->mem);
    f.request_status = lower(f.request_status, m->mem);
    for (size_t i = 0; i < f.supported_actions.n; i++)
        actions[i] = lower(actions[i], m->mem);
    sort_strings(&f.supported_actions);
    finish_delivery(&f.delivery, m->mem);
    finish_destination(&f.destination);
    finish_holds(&f.holds, m->mem);
    sort_by_id(&f.lines, sizeof(struct fulfillment_order_line));
    *ret = f;
    return ERR_NONE;
}

static enum err_class
finish_all(const struct mapping *m, struct order_node *o, struct err *e)
{
    struct jarray *nodes = &o->nodes.nodes;

    TRY(add_pages(&node_shape, "fulfillmentOrders", o->all.order_id.v, m->more, m->mem, nodes, e));
    const struct node *from = nodes->v;
    struct fulfillment_order *to = ARENA_NEW(m->mem, struct fulfillment_order, nodes->n + 1);
    for (size_t i = 0; i < nodes->n; i++)
        if (finish_one(m, &from[i], &to[i], e) != ERR_NONE)
            return err_wrap(e, "fulfillmentOrders[%zu].", i);
    o->all.fulfillment_orders = (struct jarray){ to, nodes->n };
    sort_by_id(&o->all.fulfillment_orders, sizeof(*to));
    return ERR_NONE;
}

static void
finish_risk(struct order_risk *r, struct arena *mem)
{
    struct risk_assessment *v = r->assessments.v;

    r->recommendation = lower(r->recommendation, mem);
    for (size_t i = 0; i < r->assessments.n; i++) {
        struct risk_fact *facts = v[i].facts.v;
        v[i].level = lower(v[i].level, mem);
        for (size_t k = 0; k < v[i].facts.n; k++)
            facts[k].sentiment = lower(facts[k].sentiment, mem);
    }
}

static void
finish_transactions(struct jarray *transactions, struct arena *mem)
{
    const struct payment *from = transactions->v;
    struct order_transaction *v = ARENA_NEW(mem, struct order_transaction, transactions->n + 1);

    for (size_t i = 0; i < transactions->n; i++) {
        v[i] = from[i].t;
        finish_receipt(&v[i], from[i].receipt, mem);
        v[i].kind = lower(v[i].kind, mem);
        v[i].status = lower(v[i].status, mem);
        v[i].error_code = lower(v[i].error_code, mem);
        v[i].gateway = empty_is_null(v[i].gateway);
        v[i].card_company = empty_is_null(v[i].card_company);
    }
    transactions->v = v;
    sort_by_id(transactions, sizeof(*v));
}

static struct line_group *
group_of(struct jarray *groups, const struct line_group *wanted)
{
    struct line_group *v = groups->v;

    for (size_t i = 0; i < groups->n; i++)
        if (v[i].id == wanted->id)
            return &v[i];
    v[groups->n] = *wanted;
    return &v[groups->n++];
}

/* Lines of one bundle, brought together; a line has at most one. */
static void
gather_groups(const struct jarray *lines, struct jarray *groups, struct arena *mem)
{
    const struct line_node *v = lines->v;

    *groups = (struct jarray){ ARENA_NEW(mem, struct line_group, lines->n + 1), 0 };
    for (size_t i = 0; i < lines->n; i++) {
        if (v[i].group.id == 0)
            continue;
        struct line_group *g = group_of(groups, &v[i].group);
        if (g->lines.v == NULL)
            g->lines.v = ARENA_NEW(mem, struct group_line, lines->n);
        struct group_line *members = g->lines.v;
        members[g->lines.n++].line_id = v[i].l.line_id;
        g->sku = empty_is_null(g->sku);
        sort_by_id(&g->lines, sizeof(struct group_line));
    }
    sort_by_id(groups, sizeof(struct line_group));
}

static void
gather_lines(const struct jarray *nodes, struct jarray *lines, struct arena *mem)
{
    const struct line_node *from = nodes->v;
    struct order_line_beside *v = ARENA_NEW(mem, struct order_line_beside, nodes->n + 1);

    for (size_t i = 0; i < nodes->n; i++)
        v[i] = from[i].l;
    *lines = (struct jarray){ v, nodes->n };
    finish_lines_beside(lines);
}

enum err_class
fulfillment_orders_from_graphql(const struct json_value *node, const struct pages *more,
                                const struct seen *seen, struct fulfillment_orders *ret,
                                struct err *e)
{
    const struct mapping m = { more, seen->mem };
    struct order_node o = { .lines = { { 0 } } };

    TRY(shape_decode(&order_shape, node, seen->mem, &o, e));
    const int64_t id = o.all.order_id.v;
    TRY(finish_all(&m, &o, e));
    TRY(add_pages(&agreement_node_shape, "agreements", id, more, seen->mem, &o.all.agreements, e));
    TRY(finish_agreements(&o.all.agreements, more, seen->mem, e));
    TRY(add_pages(&line_node_shape, "lineItems", id, more, seen->mem, &o.lines.nodes, e));
    TRY(add_pages(&metafield_node_shape, "metafields", id, more, seen->mem, &o.all.metafields, e));
    metafields_keep(&o.all.metafields, seen->order_metafields);
    gather_groups(&o.lines.nodes, &o.all.groups, seen->mem);
    gather_lines(&o.lines.nodes, &o.all.lines, seen->mem);
    sort_tax_lines(&o.all.tax_lines);
    finish_risk(&o.all.risk, seen->mem);
    finish_transactions(&o.all.transactions, seen->mem);
    o.all.return_status = lower(o.all.return_status, seen->mem);
    o.all.channel.handle = empty_is_null(o.all.channel.handle);
    o.all.channel.name = empty_is_null(o.all.channel.name);
    o.all.shop = seen->shop;
    o.all.version.observed_at = seen->at;
    *ret = o.all;
    return ERR_NONE;
}
