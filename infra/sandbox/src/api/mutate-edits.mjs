// mutate-edits.mjs: an app edits an order: it begins, stages changes, looks at the result and commits.
//
// Nothing happens to the order before the commit; until then a calculated order shows what it would
// become.  The commit is one edit, as staff would make it.
//
// SPDX-License-Identifier: Apache-2.0
import { gid, idOf, parseGid } from '../ids.mjs';
import { moneyBag } from '../money.mjs';
import { currentQuantity, totals } from '../domain/totals.mjs';
import { listConnection } from './connections.mjs';
import { load } from './lookup.mjs';
import { attempt, userError } from './mutations-common.mjs';

const NO_SESSION = [userError(['id'], 'The calculated order does not exist.')];
const NO_LINE = [userError(['lineItemId'], 'The calculated line item does not exist.')];

// ---- what is staged

const sessionOf = (shop, gidText) => shop.edits.sessions.get(idOf(gidText, 'CalculatedOrder')) ?? null;
const orderOf = (shop, session) => shop.store.get('order', session.orderId);
const stagedQuantity = (session, line) => session.set.get(line.id)?.quantity ?? currentQuantity(line);

/** A line of the order as it would be. */
const shownLine = (session, order, line) => ({
    __typename: 'CalculatedLineItem', key: line.id, line, order, quantity: stagedQuantity(session, line),
    restocking: session.set.get(line.id)?.restock ?? false,
});

/** A line that is not there yet. */
function shownAddition(shop, order, { key, variantId, quantity }) {
    const variant = shop.store.get('variant', variantId);
    const product = shop.store.get('product', variant.productId);
    return { __typename: 'CalculatedLineItem', key, order, quantity, restocking: false, line: {
        id: key, title: product.title, variantTitle: variant.title, sku: variant.sku, variantId, price: variant.price,
        quantity, removed: 0, returned: 0, fulfilled: 0, discount: 0, taxable: variant.taxable,
        taxBasisPoints: order.taxBasisPoints, attributes: [],
    } };
}

function calculated(shop, session) {
    const order = orderOf(shop, session);
    return {
        __typename: 'CalculatedOrder', id: gid('CalculatedOrder', session.id), order, committed: false,
        existing: order.lines.filter((line) => currentQuantity(line) > 0)
            .map((line) => shownLine(session, order, line)),
        added: session.added.map((entry) => shownAddition(shop, order, entry)),
    };
}

const sums = ({ order, existing, added }) => totals({ ...order, lines: [
    ...existing.map(({ line, quantity }) => ({ ...line, quantity: line.removed + line.returned + quantity })),
    ...added.map(({ line }) => line)] });
const bag = (pick) => (found) => moneyBag(pick(sums(found)), found.order);

// ---- the mutations

/** A payload with the session as it now is, or with what was wrong. */
function answer(shop, typename, session, more = {}) {
    return { __typename: typename, userErrors: [], calculatedOrder: session && calculated(shop, session),
        orderEditSession: session && { __typename: 'OrderEditSession', id: gid('OrderEditSession', session.id) },
        ...more };
}

function orderEditBegin(source, { id }, { shop }) {
    const order = shop.store.get('order', idOf(id, 'Order'));
    const refuse = (message) => answer(shop, 'OrderEditBeginPayload', null, { userErrors: [userError(['id'], message)] });
    if (!order) return refuse('The order does not exist.');
    if (order.cancelledAt !== null) return refuse('The order cannot be edited.');
    const session = { id: shop.ids.next('CalculatedOrder'), orderId: order.id, set: new Map(), added: [] };
    shop.edits.sessions.set(session.id, session);
    return answer(shop, 'OrderEditBeginPayload', session);
}

/** {errors}, or {line} of the calculated order after the change. */
function stageQuantity(shop, session, { lineItemId, quantity, restock }) {
    const key = parseGid(lineItemId)?.id;
    const order = orderOf(shop, session);
    const addition = session.added.find((entry) => entry.key === key);
    const line = order.lines.find((entry) => entry.id === key);
    if (!addition && !line) return { errors: NO_LINE };
    const least = line ? line.fulfilled - line.returned : 0;
    if (quantity < least) {
        return { errors: [userError(['quantity'], `The quantity must be at least ${least}.`)] };
    }
    if (addition) addition.quantity = quantity;
    else session.set.set(key, { quantity, restock: restock ?? false });
    return { line: addition ? shownAddition(shop, order, addition) : shownLine(session, order, line) };
}

function orderEditSetQuantity(source, args, { shop }) {
    const typename = 'OrderEditSetQuantityPayload';
    const session = sessionOf(shop, args.id);
    if (!session) return answer(shop, typename, null, { userErrors: NO_SESSION });
    const { errors, line } = stageQuantity(shop, session, args);
    return errors ? answer(shop, typename, null, { userErrors: errors })
        : answer(shop, typename, session, { calculatedLineItem: line });
}

function addErrors(shop, order, { allowDuplicates, quantity }, variantId) {
    if (!shop.store.get('variant', variantId)) return [userError(['variantId'], 'The variant does not exist.')];
    if (quantity < 1) return [userError(['quantity'], 'The quantity must be greater than 0.')];
    const twice = order.lines.some((line) => line.variantId === variantId && currentQuantity(line) > 0);
    return twice && !allowDuplicates
        ? [userError(['variantId'], 'The variant is already on the order.')] : [];
}

function orderEditAddVariant(source, args, { shop }) {
    const typename = 'OrderEditAddVariantPayload';
    const session = sessionOf(shop, args.id);
    if (!session) return answer(shop, typename, null, { userErrors: NO_SESSION });
    const order = orderOf(shop, session);
    const variantId = idOf(args.variantId, 'ProductVariant');
    const errors = addErrors(shop, order, args, variantId);
    if (errors.length > 0) return answer(shop, typename, null, { userErrors: errors });
    const entry = { key: shop.uuid(), variantId, quantity: args.quantity,
        locationId: idOf(args.locationId, 'Location') };
    session.added.push(entry);
    return answer(shop, typename, session, { calculatedLineItem: shownAddition(shop, order, entry) });
}

function orderEditCommit(source, { id, staffNote }, { shop }) {
    const refused = { __typename: 'OrderEditCommitPayload', order: null, successMessages: null };
    const session = sessionOf(shop, id);
    if (!session) return { ...refused, userErrors: NO_SESSION };
    const { done, errors } = attempt(['id'], () => shop.edits.edit(session.orderId, {
        set: [...session.set].map(([lineId, { quantity, restock }]) => ({ line_id: lineId, quantity, restock })),
        add: session.added.filter(({ quantity }) => quantity > 0).map((entry) => ({
            variant_id: entry.variantId, quantity: entry.quantity, location_id: entry.locationId ?? undefined })),
        staff_note: staffNote ?? undefined,
    }, 'app'));
    if (!done) return { ...refused, userErrors: errors };
    shop.edits.sessions.delete(session.id);
    return { ...refused, order: done.order, successMessages: ['Order updated'], userErrors: [] };
}

export const editMutations = { orderEditBegin, orderEditSetQuantity, orderEditAddVariant, orderEditCommit };

// ---- what a calculated order shows

const CALCULATED_ORDER = {
    originalOrder: ({ order }) => order, notificationPreviewTitle: () => '', notificationPreviewHtml: () => null,
    lineItems: ({ existing }, args, context, info) => listConnection(existing, args, info, context),
    addedLineItems: ({ added }, args, context, info) => listConnection(added, args, info, context),
    subtotalLineItemsQuantity: ({ existing, added }) =>
        [...existing, ...added].reduce((sum, { quantity }) => sum + quantity, 0),
    subtotalPriceSet: bag(({ currentSubtotal }) => currentSubtotal),
    totalPriceSet: bag(({ currentTotal }) => currentTotal),
    totalOutstandingSet: bag(({ outstanding }) => outstanding),
};

const CALCULATED_LINE_ITEM = {
    id: ({ key }) => gid('CalculatedLineItem', key), title: ({ line }) => line.title, sku: ({ line }) => line.sku,
    variantTitle: ({ line }) => line.variantTitle, image: () => null,
    variant: ({ line }, args, context) => load(context, 'variant', line.variantId),
    originalUnitPriceSet: ({ line, order }) => moneyBag(line.price, order),
    discountedUnitPriceSet: ({ line, order }) => moneyBag(line.quantity === 0 ? 0
        : Math.floor((line.price * line.quantity - line.discount) / line.quantity), order),
    editableQuantity: ({ line, quantity }) => quantity - (line.fulfilled - line.returned),
    editableQuantityBeforeChanges: ({ line }) => line.quantity - line.removed - line.fulfilled,
    restockable: ({ line }) => line.variantId !== null, customAttributes: ({ line }) => line.attributes
        .map(({ key, value }) => ({ __typename: 'Attribute', key, value })),
};

export const editTypes = { CalculatedOrder: CALCULATED_ORDER, CalculatedLineItem: CALCULATED_LINE_ITEM };
