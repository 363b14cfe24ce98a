// mutate-fulfillment.mjs: parcels and fulfilment orders, changed by an app.
//
// None of these mutations is idempotent and most of their user errors have no code: a client has
// to read before it repeats, and to match messages.  The messages are the recorded ones.
//
// SPDX-License-Identifier: Apache-2.0
import { idOf } from '../ids.mjs';
import { badRequest } from './connections.mjs';
import { userError } from './mutations-common.mjs';

const FULFILLABLE = ['OPEN', 'IN_PROGRESS'];

function readTracking(input) {
    if (!input) return undefined;
    return {
        company: input.company ?? null,
        numbers: input.numbers ?? (input.number ? [input.number] : []),
        urls: input.urls ?? (input.url ? [input.url] : []),
    };
}

const parcel = (shop, fulfillment) => {
    const order = shop.store.get('order', fulfillment.orderId);
    return { ...order.fulfillments.find(({ id }) => id === fulfillment.id), order };
};

// ---- fulfillmentCreate

function quantityErrors(groups, root) {
    const errors = [];
    groups.forEach((group, index) => {
        (group.fulfillmentOrderLineItems ?? []).forEach(({ quantity }, line) => {
            if (quantity > 0) return;
            errors.push(userError([root, 'lineItemsByFulfillmentOrder', String(index),
                'fulfillmentOrderLineItems', String(line), 'quantity'],
            'Quantity must be greater than 0'));
        });
    });
    return errors;
}

const several = (what, ids) => `Multiple ${what} with ids [${ids.join(', ')}] were found.`;

function groupObstacle(targets) {
    if (targets.length === 0 || targets.some((target) => target === null)) {
        return 'Fulfillment order does not exist.';
    }
    const blocked = targets.find(({ status }) => !FULFILLABLE.includes(status));
    if (blocked) {
        return `Fulfillment order ${blocked.id} has an unfulfillable status= `
            + `${blocked.status.toLowerCase()}.`;
    }
    const orders = [...new Set(targets.map(({ orderId }) => orderId))];
    if (orders.length > 1) {
        return `All fulfillment orders must belong to the same order. ${several('orders', orders)}`;
    }
    const places = [...new Set(targets.map(({ locationId }) => locationId))];
    if (places.length > 1) {
        return 'All fulfillment orders must be assigned to a single location. '
            + several('locations', places);
    }
    return null;
}

/** [[line id, quantity]] of one fulfilment order, or a message. */
function readUnits(target, wanted) {
    if (!wanted || wanted.length === 0) {
        const all = target.lines.filter(({ remaining }) => remaining > 0)
            .map(({ id, remaining }) => [id, remaining]);
        return all.length > 0 ? all : 'Invalid fulfillment order line item quantity requested.';
    }
    const units = new Map();
    for (const { id, quantity } of wanted) {
        const line = target.lines.find((entry) => entry.id === idOf(id, 'FulfillmentOrderLineItem'));
        if (!line) return 'Fulfillment order line item does not exist.';
        units.set(line, (units.get(line) ?? 0) + quantity);
    }
    for (const [line, quantity] of units) {
        if (quantity > line.remaining) return 'Invalid fulfillment order line item quantity requested.';
    }
    return [...units].map(([line, quantity]) => [line.id, quantity]);
}

/** {work} to ship, or {errors}. `root` is the name of the input in error paths. */
function planParcel(shop, groups, root) {
    const errors = quantityErrors(groups, root);
    if (errors.length > 0) return { errors };
    const targets = groups.map(({ fulfillmentOrderId }) =>
        shop.store.get('fulfillmentOrder', idOf(fulfillmentOrderId, 'FulfillmentOrder')));
    const refuse = (message) => ({ errors: [userError([root], message)] });
    const obstacle = groupObstacle(targets);
    if (obstacle) return refuse(obstacle);
    const work = [];
    for (const [index, target] of targets.entries()) {
        const units = readUnits(target, groups[index].fulfillmentOrderLineItems);
        if (typeof units === 'string') return refuse(units);
        work.push({ id: target.id, units });
    }
    return { work, orderId: targets[0].orderId };
}

function create(typename) {
    return (source, { fulfillment: input }, { shop }) => {
        const { errors, work, orderId } = planParcel(shop, input.lineItemsByFulfillmentOrder,
            'fulfillment');
        if (errors) return { __typename: typename, fulfillment: null, userErrors: errors };
        const made = shop.fulfillment.ship('app', orderId, work, {
            tracking: readTracking(input.trackingInfo), notify: input.notifyCustomer ?? false,
        });
        return { __typename: typename, fulfillment: parcel(shop, made), userErrors: [] };
    };
}

function changeParcel(typename, idArgument, change, obstacleOf = () => null) {
    return (source, args, { shop }) => {
        const id = idOf(args[idArgument], 'Fulfillment');
        if (!id || !shop.fulfillment.find(id)) {
            return { __typename: typename, fulfillment: null,
                userErrors: [userError([idArgument], 'Fulfillment does not exist.')] };
        }
        const obstacle = obstacleOf(shop, id);
        if (obstacle) {
            return { __typename: typename, fulfillment: null,
                userErrors: [userError([idArgument], obstacle)] };
        }
        return { __typename: typename, fulfillment: parcel(shop, change(shop, id, args)),
            userErrors: [] };
    };
}

const updateTracking = (shop, id, { trackingInfoInput }) =>
    shop.fulfillment.updateTracking('app', id, readTracking(trackingInfoInput));

// ---- fulfilment orders

/** An unknown fulfilment order is a top-level error for these, unlike for fulfillmentCreate. */
function target(shop, gidText) {
    const found = shop.store.get('fulfillmentOrder', idOf(gidText, 'FulfillmentOrder'));
    if (!found) throw badRequest(`Invalid id: ${gidText}`, 'RESOURCE_NOT_FOUND');
    return found;
}

function fulfillmentOrderHold(source, { id, fulfillmentHold }, { shop }) {
    const { id: found, ...from } = target(shop, id);
    const wanted = fulfillmentHold.fulfillmentOrderLineItems ?? [];
    const units = wanted.length === 0 ? null : readUnits(from, wanted);
    const answer = { __typename: 'FulfillmentOrderHoldPayload', remainingFulfillmentOrder: null };
    const { hold, remaining, message, code } = typeof units === 'string'
        ? { message: units, code: 'INVALID_LINE_ITEM_QUANTITY' } : shop.holds.hold('app', found, {
            reason: fulfillmentHold.reason, reasonNotes: fulfillmentHold.reasonNotes ?? null,
            handle: fulfillmentHold.handle ?? '', units,
        });
    if (message) {
        const known = code === 'INVALID_FULFILLMENT_ORDER_STATUS' ? 'FULFILLMENT_ORDER_NOT_FOUND' : code;
        return { ...answer, fulfillmentHold: null, fulfillmentOrder: null,
            userErrors: [userError(['fulfillmentHold'], message, known)] };
    }
    return { ...answer, fulfillmentHold: hold, remainingFulfillmentOrder: remaining,
        fulfillmentOrder: shop.store.get('fulfillmentOrder', found), userErrors: [] };
}

function fulfillmentOrderReleaseHold(source, { id, holdIds }, { shop }) {
    const { id: found } = target(shop, id);
    const ids = holdIds?.map((hold) => idOf(hold, 'FulfillmentHold')) ?? null;
    return {
        __typename: 'FulfillmentOrderReleaseHoldPayload',
        fulfillmentOrder: shop.holds.release('app', found, ids), userErrors: [],
    };
}

function moveObstacle(shop, from, place) {
    if (!place) return 'Location not found.';
    if (from.status === 'IN_PROGRESS' || !['OPEN', 'ON_HOLD'].includes(from.status)
        || place.id === from.locationId) return 'Cannot change location.';
    return null;
}

function fulfillmentOrderMove(source, args, { shop }) {
    const from = target(shop, args.id);
    const place = shop.store.get('location', idOf(args.newLocationId, 'Location'));
    const wanted = args.fulfillmentOrderLineItems ?? null;
    const units = wanted === null || wanted.length === 0 ? null : readUnits(from, wanted);
    const obstacle = moveObstacle(shop, from, place) ?? (typeof units === 'string' ? units : null);
    const answer = { __typename: 'FulfillmentOrderMovePayload' };
    if (obstacle) {
        return { ...answer, movedFulfillmentOrder: null, originalFulfillmentOrder: null,
            remainingFulfillmentOrder: null, userErrors: [{ field: null, message: obstacle, code: null }] };
    }
    const { moved, original, whole } = shop.holds.move('app', from.id, place.id, units);
    return { ...answer, movedFulfillmentOrder: moved, originalFulfillmentOrder: original,
        remainingFulfillmentOrder: whole ? null : original, userErrors: [] };
}

function setStatus(typename, from, to, act) {
    return (source, { id }, { shop }) => {
        const found = target(shop, id);
        if (!from.includes(found.status)) {
            return { __typename: typename, fulfillmentOrder: null, userErrors: [userError(['id'],
                `Expected fulfillment order status to be valid but it was ${found.status.toLowerCase()}.`,
                typename.includes('Progress') ? 'FULFILLMENT_ORDER_STATUS_INVALID' : undefined)] };
        }
        return { __typename: typename, fulfillmentOrder: shop.holds.setStatus('app', found.id, to, act),
            userErrors: [] };
    };
}

/** What is wrong with a wish to split: {field, message, code}, or null. */
function splitObstacle(from, units, wanted) {
    if (wanted.length === 0) {
        return { message: 'No line items were provided to split.', code: 'NO_LINE_ITEMS_PROVIDED_TO_SPLIT' };
    }
    if (wanted.some(({ quantity }) => quantity < 1)) {
        return { message: 'Quantity must be greater than 0', code: 'GREATER_THAN' };
    }
    if (typeof units === 'string') return { message: units, code: 'INVALID_LINE_ITEM_QUANTITY' };
    const left = from.lines.reduce((sum, { remaining }) => sum + remaining, 0)
        - units.reduce((sum, [, quantity]) => sum + quantity, 0);
    return left > 0 && from.status === 'OPEN' ? null : { code: 'INVALID_LINE_ITEM_QUANTITY',
        message: 'The fulfillment order cannot be split.' };
}

function fulfillmentOrderSplit(source, { fulfillmentOrderSplits: splits }, { shop }) {
    const answer = { __typename: 'FulfillmentOrderSplitPayload' };
    const planned = splits.map(({ fulfillmentOrderId, fulfillmentOrderLineItems: wanted }, index) => {
        const from = target(shop, fulfillmentOrderId);
        const units = readUnits(from, wanted);
        return { from, units, index, obstacle: splitObstacle(from, units, wanted) };
    });
    const errors = planned.filter(({ obstacle }) => obstacle).map(({ index, obstacle }) => userError(
        ['fulfillmentOrderSplits', String(index)], obstacle.message, obstacle.code));
    if (errors.length > 0) return { ...answer, fulfillmentOrderSplits: null, userErrors: errors };
    const made = planned.map(({ from, units }) => shop.holds.split('app', from.id, units));
    return { ...answer, userErrors: [], fulfillmentOrderSplits: made.map(({ original, remaining }) => ({
        __typename: 'FulfillmentOrderSplitResult', fulfillmentOrder: original,
        remainingFulfillmentOrder: remaining, replacementFulfillmentOrder: null,
    })) };
}

function fulfillmentOrderCancel(source, { id }, { shop }) {
    const from = target(shop, id);
    const answer = { __typename: 'FulfillmentOrderCancelPayload', fulfillmentOrder: null,
        replacementFulfillmentOrder: null };
    if (!['OPEN', 'ON_HOLD', 'SCHEDULED'].includes(from.status)) {
        return { ...answer, userErrors: [userError(['id'], from.status === 'IN_PROGRESS'
            ? 'The fulfillment order has manually reported progress.'
            : 'The fulfillment order is not in a cancelable state.', from.status === 'IN_PROGRESS'
            ? 'FULFILLMENT_ORDER_HAS_MANUALLY_REPORTED_PROGRESS' : null)] };
    }
    const { cancelled, replacement } = shop.holds.replace('app', from.id);
    return { ...answer, fulfillmentOrder: cancelled, replacementFulfillmentOrder: replacement, userErrors: [] };
}

export const fulfillmentMutations = {
    fulfillmentCreate: create('FulfillmentCreatePayload'),
    fulfillmentCreateV2: create('FulfillmentCreateV2Payload'),
    fulfillmentTrackingInfoUpdate: changeParcel('FulfillmentTrackingInfoUpdatePayload',
        'fulfillmentId', updateTracking),
    fulfillmentCancel: changeParcel('FulfillmentCancelPayload', 'id',
        (shop, id) => shop.fulfillment.cancelParcel('app', id),
        (shop, id) => shop.fulfillment.cancelObstacle(id)),
    fulfillmentOrderHold, fulfillmentOrderReleaseHold, fulfillmentOrderMove, fulfillmentOrderSplit,
    fulfillmentOrderCancel,
    fulfillmentOrderReportProgress: setStatus('FulfillmentOrderReportProgressPayload',
        ['OPEN', 'IN_PROGRESS'], 'IN_PROGRESS', 'fulfillment_order_progress_reported'),
    fulfillmentOrderOpen: setStatus('FulfillmentOrderOpenPayload', ['IN_PROGRESS', 'SCHEDULED'],
        'OPEN', 'fulfillment_order_opened'),
};
