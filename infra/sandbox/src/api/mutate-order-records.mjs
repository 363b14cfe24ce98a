// mutate-order-records.mjs: orders that an app enters, changes, pays back or deletes, and customers.
//
// An order that an app enters is routed at once: its answer shows the fulfilment orders.
//
// SPDX-License-Identifier: Apache-2.0
import { idOf } from '../ids.mjs';
import { attempt, idempotent, userError } from './mutations-common.mjs';
import { addressWish, attributesWish, orderErrors, orderWish, present } from './order-input.mjs';
import { shopObject } from './resolve-shop.mjs';

const NO_SUCH = 'Order does not exist';
const find = (shop, gidText) => shop.store.get('order', idOf(gidText, 'Order'));

function orderCreate(source, { order: input }, { shop }) {
    const answer = { __typename: 'OrderCreatePayload', order: null };
    const errors = orderErrors(shop, input);
    if (errors.length > 0) return { ...answer, userErrors: errors };
    const { done, errors: refusals } = attempt(['order'],
        () => shop.orders.place(orderWish(shop, input), 'app', { unrouted: true }), 'INVALID');
    if (!done) return { ...answer, userErrors: refusals };
    shop.fulfillment.route(done.order.id);
    return { ...answer, order: shop.store.get('order', done.order.id), userErrors: [] };
}

function orderUpdate(source, { input }, { shop }) {
    const answer = { __typename: 'OrderUpdatePayload', order: null };
    const order = find(shop, input.id);
    if (!order) return { ...answer, userErrors: [userError(['id'], NO_SUCH)] };
    if (input.shippingAddress && !order.shippingAddress) {
        return { ...answer, userErrors: [userError(['shippingAddress'], 'The order is not shipped')] };
    }
    const { done, errors } = attempt(['input'], () => shop.orders.update(order.id, {
        note: input.note, tags: input.tags, email: input.email, phone: input.phone, po_number: input.poNumber,
        attributes: attributesWish(input.customAttributes), metafields: input.metafields,
        shipping_address: input.shippingAddress && present(addressWish(input.shippingAddress)),
    }, 'app'));
    return { ...answer, order: done?.order ?? null, userErrors: errors };
}

function orderDelete(source, { orderId }, { shop }) {
    const answer = { __typename: 'OrderDeletePayload', deletedId: null };
    const order = find(shop, orderId);
    if (!order) return { ...answer, userErrors: [userError(['orderId'], NO_SUCH, 'NOT_FOUND')] };
    const { errors } = attempt(['orderId'], () => shop.orders.delete(order.id, 'app'), 'INVALID');
    return { ...answer, deletedId: errors.length === 0 ? orderId : null, userErrors: errors };
}

// ---- refunds

const cents = (text) => Math.round(Number(text) * 100);
const asText = (total) => (total / 100).toFixed(2);

function refundWish({ note, refundLineItems: lines = [], shipping, transactions = [] }) {
    const paid = transactions.filter(({ kind }) => kind === 'REFUND');
    return {
        note: note ?? undefined,
        lines: lines.map(({ lineItemId, quantity, restockType = 'NO_RESTOCK', locationId }) => ({
            line_id: idOf(lineItemId, 'LineItem'), quantity, restock_type: restockType,
            location_id: idOf(locationId, 'Location') ?? undefined,
        })),
        shipping: shipping?.fullRefund ? true : shipping?.amount,
        amount: asText(paid.reduce((sum, { amount }) => sum + cents(amount), 0)),
    };
}

function refundErrors(order, { refundLineItems: lines = [] }) {
    return lines.flatMap(({ lineItemId, quantity }, index) => {
        const line = order.lines.find(({ id }) => id === idOf(lineItemId, 'LineItem'));
        if (!line) return [userError(['refundLineItems', String(index), 'lineItemId'], 'Line item does not exist')];
        return quantity <= line.quantity - line.removed - line.returned ? []
            : [userError(['refundLineItems', String(index), 'quantity'],
                'Quantity cannot refund more items than were purchased')];
    });
}

function refundCreate(source, args, context, info) {
    const { shop } = context;
    const answer = { __typename: 'RefundCreatePayload', refund: null, order: null };
    const refuse = (userErrors) => ({ ...answer, userErrors });
    const run = () => {
        const order = find(shop, args.input.orderId);
        if (!order) return refuse([userError(['orderId'], NO_SUCH)]);
        const errors = refundErrors(order, args.input);
        if (errors.length > 0) return refuse(errors);
        const tried = attempt(null, () => shop.refunds.refund(order.id, refundWish(args.input), 'app'));
        if (!tried.done) return refuse(tried.errors);
        const { order: now, refund } = tried.done;
        return { ...answer, refund: { ...now.refunds.find(({ id }) => id === refund.id), order: now }, order: now,
            userErrors: [] };
    };
    return idempotent('refundCreate', args, context, info, {
        refuse: ({ message }) => refuse([userError(null, message)]), run });
}

// ---- customers

function customerCreate(source, { input }, { shop }) {
    const answer = { __typename: 'CustomerCreatePayload', customer: null };
    if (!input.email && !input.phone && !input.firstName && !input.lastName) {
        return { ...answer, userErrors: [userError(null, 'A name, phone number, or email address must be present')] };
    }
    if (input.email && shop.store.first('customer', ({ email }) => email === input.email)) {
        return { ...answer, userErrors: [userError(['email'], 'Email has already been taken')] };
    }
    const id = shop.ids.next('Customer');
    const at = shop.clock.now();
    return { ...answer, userErrors: [], customer: shop.store.add('customer', id, {
        __typename: 'Customer', id, firstName: input.firstName ?? null, lastName: input.lastName ?? null,
        email: input.email ?? null, phone: input.phone ?? null, createdAt: at, updatedAt: at,
    }) };
}

function customerDelete(source, { input }, { shop }) {
    const answer = { __typename: 'CustomerDeletePayload', deletedCustomerId: null, shop: shopObject(shop) };
    const id = idOf(input.id, 'Customer');
    if (!shop.store.get('customer', id)) {
        return { ...answer, userErrors: [userError(['id'], "Customer can't be found")] };
    }
    if (shop.store.first('order', ({ customerId }) => customerId === id)) {
        return { ...answer, userErrors: [userError(['id'],
            "Customer can't be deleted because they have associated orders")] };
    }
    shop.store.remove('customer', id);
    return { ...answer, deletedCustomerId: input.id, userErrors: [] };
}

export const orderRecordMutations = {
    orderCreate, orderUpdate, orderDelete, refundCreate, customerCreate, customerDelete,
};
