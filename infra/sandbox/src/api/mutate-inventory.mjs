// mutate-inventory.mjs: what an app may do to stock.
//
// inventorySetQuantities is compare-and-set over up to 250 rows, all or nothing: one bad row and
// nothing is applied.  Setting `available` or `on_hand` moves both by the same delta.
//
// SPDX-License-Identifier: Apache-2.0
import { gid, idOf } from '../ids.mjs';
import { graphqlTime } from '../clock.mjs';
import { quantityOf } from '../domain/levels.mjs';
import { idempotent, requireChangeFrom, userError } from './mutations-common.mjs';

const LIMIT = 1_000_000_000;
const REASONS = ['correction', 'cycle_count_available', 'damaged', 'movement_canceled',
    'movement_created', 'movement_received', 'movement_updated', 'other', 'promotion',
    'quality_control', 'received', 'reservation_created', 'reservation_deleted',
    'reservation_updated', 'restock', 'safety_stock', 'shrinkage'];
const ADJUSTABLE = ['available', 'damaged', 'quality_control', 'safety_stock', 'reserved', 'incoming'];

export function headErrors(input, names, codes) {
    const errors = [];
    if (!names.includes(input.name)) {
        errors.push(userError(['input', 'name'], 'The specified quantity name is invalid. '
            + `Valid values are: ${names.join(', ')}.`, codes.name));
    }
    if (!REASONS.includes(input.reason)) {
        errors.push(userError(['input', 'reason'], 'The specified reason is invalid. Valid values '
            + `are: ${REASONS.join(', ')}.`, 'INVALID_REASON'));
    }
    const uri = input.referenceDocumentUri;
    if (uri && !/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(uri)) {
        errors.push(userError(['input', 'referenceDocumentUri'],
            'The specified reference document is not a valid URI.', 'INVALID_REFERENCE_DOCUMENT'));
    }
    return errors;
}

function readRow(shop, row) {
    return {
        itemId: idOf(row.inventoryItemId, 'InventoryItem'), locationId: idOf(row.locationId, 'Location'),
        changeFrom: row.changeFromQuantity,
    };
}

export function placeErrors(shop, { itemId, locationId }, field) {
    const errors = [];
    if (!shop.store.get('item', itemId)) {
        errors.push(userError([...field, 'inventoryItemId'],
            'The specified inventory item could not be found.', 'INVALID_INVENTORY_ITEM'));
    }
    if (!shop.store.get('location', locationId)) {
        errors.push(userError([...field, 'locationId'],
            'The specified location could not be found.', 'INVALID_LOCATION'));
    }
    return errors;
}

function quantityErrors(name, quantity, field) {
    if (name === 'on_hand' && quantity < 0) {
        return [userError(field, "The quantity can't be negative.", 'INVALID_QUANTITY_NEGATIVE')];
    }
    if (quantity > LIMIT) {
        return [userError(field, "The quantity can't be higher than 1,000,000,000.",
            'INVALID_QUANTITY_TOO_HIGH')];
    }
    if (quantity < -LIMIT) {
        return [userError(field, "The quantity can't be lower than -1,000,000,000.",
            'INVALID_QUANTITY_TOO_LOW')];
    }
    return [];
}

function duplicateErrors(rows, list) {
    const seen = new Map();
    for (const { itemId, locationId } of rows) {
        const key = `${itemId}@${locationId}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    return rows.flatMap(({ itemId, locationId }, index) =>
        (seen.get(`${itemId}@${locationId}`) > 1 ? [userError(
            ['input', list, String(index), 'locationId'],
            'The combination of inventoryItemId and locationId must be unique.',
            'NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR')] : []));
}

export const currentOf = (shop, name, { itemId, locationId }) => {
    const level = shop.levels.get(itemId, locationId);
    return level ? quantityOf(level, name) : 0;
};

function staleErrors(shop, name, rows, list) {
    return rows.flatMap((row, index) => (row.changeFrom !== null
        && row.changeFrom !== currentOf(shop, name, row) ? [userError(
            ['input', list, String(index), 'changeFromQuantity'],
            'The changeFromQuantity argument no longer matches the persisted quantity.',
            'CHANGE_FROM_QUANTITY_STALE')] : []));
}

/** What a set or adjustment changed: two entries a row, whose quantityAfterChange is always null. */
function group(shop, act, input, changes) {
    return {
        __typename: 'InventoryAdjustmentGroup',
        id: gid('InventoryAdjustmentGroup', shop.ids.next('InventoryAdjustmentGroup')),
        createdAt: graphqlTime(act.at), reason: input.reason,
        referenceDocumentUri: input.referenceDocumentUri ?? null,
        app: null, staffMember: null,
        changes: changes.flatMap(({ itemId, locationId, name, delta }) =>
            (['available', 'on_hand'].includes(name) ? ['available', 'on_hand'] : [name])
                .map((quantityName) => ({
                    __typename: 'InventoryChange', name: quantityName, delta,
                    quantityAfterChange: null, ledgerDocumentUri: null,
                    item: shop.store.get('item', itemId),
                    location: shop.store.get('location', locationId),
                }))),
    };
}

/** Applies deltas in one act; null when nothing changes, which is success, not failure. */
function apply(shop, name, input, rows, actName) {
    const changed = rows.filter(({ delta }) => delta !== 0);
    if (changed.length === 0) return null;
    const act = shop.act('app', actName);
    for (const { itemId, locationId, delta } of changed) {
        act.level(itemId, locationId, { [name === 'on_hand' ? 'available' : name]: delta });
    }
    act.finish({ kind: 'inventory', id: input.referenceDocumentUri ?? null }, {
        name, reason: input.reason, reference: input.referenceDocumentUri ?? null,
        rows: rows.map((row) => ({
            inventory_item_id: BigInt(row.itemId), location_id: BigInt(row.locationId),
            sku: shop.store.get('item', row.itemId).sku, quantity: row.quantity ?? null,
            change_from: row.changeFrom, delta: row.delta,
        })),
    });
    return group(shop, act, input, changed.map((row) => ({ ...row, name })));
}

export const payload = (typename) => (adjustmentGroup, userErrors) =>
    ({ __typename: typename, inventoryAdjustmentGroup: adjustmentGroup, userErrors });

/** The shared body of the two "set" mutations, which name their rows differently. */
function setQuantities(root, list, typeName, nameOf) {
    const answer = payload(`${root[0].toUpperCase()}${root.slice(1)}Payload`);
    const run = (shop, input, name) => {
        const rows = input[list].map((row) => ({ ...readRow(shop, row), quantity: row.quantity }));
        const errors = headErrors({ ...input, name }, ['available', 'on_hand'], { name: 'INVALID_NAME' });
        rows.forEach((row, index) => {
            const field = ['input', list, String(index)];
            errors.push(...placeErrors(shop, row, field),
                ...quantityErrors(name, row.quantity, [...field, 'quantity']));
        });
        errors.push(...duplicateErrors(rows, list));
        if (errors.length === 0) errors.push(...staleErrors(shop, name, rows, list));
        if (errors.length > 0) return answer(null, errors);
        for (const row of rows) row.delta = row.quantity - currentOf(shop, name, row);
        return answer(apply(shop, name, input, rows, 'inventory_set'), []);
    };
    return (source, args, context, info) => idempotent(root, args, context, info, {
        precheck: () => requireChangeFrom(args.input[list], typeName),
        refuse: ({ message, code }) => answer(null, [userError(null, message, code)]),
        run: () => run(context.shop, args.input, nameOf(args.input)),
    });
}

function inventoryAdjustQuantities(source, args, context, info) {
    const { input } = args;
    const { shop } = context;
    const answer = payload('InventoryAdjustQuantitiesPayload');
    const run = () => {
        const rows = input.changes.map((row) => ({ ...readRow(shop, row), delta: row.delta }));
        const errors = headErrors(input, ADJUSTABLE, { name: 'INVALID_QUANTITY_NAME' });
        rows.forEach((row, index) => {
            const field = ['input', 'changes', String(index)];
            errors.push(...placeErrors(shop, row, field));
            if (errors.length > 0) return;
            errors.push(...quantityErrors(input.name, currentOf(shop, input.name, row) + row.delta,
                [...field, 'delta']));
        });
        if (errors.length === 0) errors.push(...staleErrors(shop, input.name, rows, 'changes'));
        if (errors.length > 0) return answer(null, errors);
        return answer(apply(shop, input.name, input, rows, 'inventory_adjusted'), []);
    };
    return idempotent('inventoryAdjustQuantities', args, context, info, {
        precheck: () => requireChangeFrom(input.changes, 'InventoryChangeInput'),
        refuse: ({ message, code }) => answer(null, [userError(null, message, code)]), run,
    });
}

function activateErrors(shop, location, level, { available, onHand }) {
    const stocked = `The product couldn't be stocked at ${location.name} because `;
    if (available !== undefined && onHand !== undefined) {
        const message = `${stocked}not allowed to set available and on_hand quantities at the same time.`;
        return [userError(['available'], message), userError(['onHand'], message)];
    }
    if (level?.active && available !== undefined) {
        return [userError(['available'], 'Not allowed to set available quantity when the item is '
            + 'already active at the location.')];
    }
    if (level?.active && onHand !== undefined) {
        return [userError(['onHand'], 'Not allowed to set an on_hand quantity when the item is '
            + 'already active at the location.')];
    }
    if (Math.abs(available ?? onHand ?? 0) > LIMIT) {
        return [userError([available === undefined ? 'onHand' : 'available'],
            `${stocked}the quantity needs to be between -1 billion and 1 billion.`)];
    }
    return [];
}

function activate(shop, args) {
    const itemId = idOf(args.inventoryItemId, 'InventoryItem');
    const locationId = idOf(args.locationId, 'Location');
    const answer = (inventoryLevel, userErrors) =>
        ({ __typename: 'InventoryActivatePayload', inventoryLevel, userErrors });
    const missing = placeErrors(shop, { itemId, locationId }, []);
    if (missing.length > 0) {
        return answer(null, missing.map(({ field, message }) => userError(field, message)));
    }
    const available = args.available ?? undefined;
    const onHand = args.onHand ?? undefined;
    const level = shop.levels.get(itemId, locationId);
    const errors = activateErrors(shop, shop.store.get('location', locationId), level,
        { available, onHand });
    if (errors.length > 0) return answer(level?.active ? level : null, errors);
    if (!level?.active) {
        const quantity = available ?? onHand;
        const act = shop.act('app', 'inventory_activated');
        if (!level) shop.levels.create(itemId, locationId, false);
        const name = available === undefined ? 'on_hand' : 'available';
        act.level(itemId, locationId, { available: quantity === undefined ? 0
            : quantity - currentOf(shop, name, { itemId, locationId }) });
        act.setActive(itemId, locationId, true);
        act.finish({ kind: 'inventory', id: args.inventoryItemId }, {});
    }
    return answer(shop.levels.get(itemId, locationId), []);
}

const inventoryActivate = (source, args, context, info) =>
    idempotent('inventoryActivate', args, context, info, {
        refuse: ({ message }) => ({
            __typename: 'InventoryActivatePayload', inventoryLevel: null,
            userErrors: [userError(null, message)],
        }),
        run: () => activate(context.shop, args),
    });

export const inventoryMutations = {
    inventorySetQuantities: setQuantities('inventorySetQuantities', 'quantities',
        'InventoryQuantityInput', ({ name }) => name),
    inventorySetOnHandQuantities: setQuantities('inventorySetOnHandQuantities', 'setQuantities',
        'InventorySetQuantityInput', () => 'on_hand'),
    inventoryAdjustQuantities, inventoryActivate,
};
