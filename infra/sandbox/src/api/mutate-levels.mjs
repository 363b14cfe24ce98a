// mutate-levels.mjs: units that change their state at one place, and places that stop selling an item.
//
// SPDX-License-Identifier: Apache-2.0
import { gid, idOf, parseGid } from '../ids.mjs';
import { graphqlTime } from '../clock.mjs';
import { badRequest } from './connections.mjs';
import { currentOf, headErrors, payload, placeErrors } from './mutate-inventory.mjs';
import { idempotent, requireChangeFrom, userError } from './mutations-common.mjs';

const MOVABLE = ['available', 'damaged', 'quality_control', 'safety_stock', 'reserved'];

const readChange = ({ inventoryItemId, quantity, from, to }) => ({
    itemId: idOf(inventoryItemId, 'InventoryItem'), quantity,
    from: { ...from, locationId: idOf(from.locationId, 'Location') },
    to: { ...to, locationId: idOf(to.locationId, 'Location') },
});

/** Places of both ends; an unknown item is told once, for the change. */
function endErrors(shop, { itemId, from, to }, field) {
    const found = [['from', from], ['to', to]].flatMap(([end, { locationId }]) =>
        placeErrors(shop, { itemId, locationId }, [...field, end]));
    const item = found.find(({ code }) => code === 'INVALID_INVENTORY_ITEM');
    const places = found.filter(({ code }) => code === 'INVALID_LOCATION');
    return [...item ? [{ ...item, field: [...field, 'inventoryItemId'] }] : [], ...places];
}

function wayErrors({ quantity, from, to }, field) {
    const errors = [];
    for (const [end, { name }] of [['from', from], ['to', to]]) {
        if (MOVABLE.includes(name)) continue;
        errors.push(userError([...field, end, 'name'], 'The specified quantity name is invalid. Valid values '
            + `are: ${MOVABLE.join(', ')}.`, 'INVALID_QUANTITY_NAME'));
    }
    if (from.locationId !== to.locationId) {
        errors.push(userError(field, "The quantities can't be moved between different locations.",
            'DIFFERENT_LOCATIONS'));
    }
    if (from.name === to.name) {
        errors.push(userError(field, "The quantity names for each change can't be the same.", 'SAME_QUANTITY_NAME'));
    }
    if (quantity < 1) {
        errors.push(userError([...field, 'quantity'], "The quantity can't be negative.", 'INVALID_QUANTITY_NEGATIVE'));
    }
    return errors;
}

const staleErrors = (shop, { itemId, from, to }, field) => [['from', from], ['to', to]].flatMap(([end, terminal]) => {
    const { name, locationId, changeFromQuantity: known } = terminal;
    return known === null || known === currentOf(shop, name, { itemId, locationId }) ? []
        : [userError([...field, end, 'changeFromQuantity'],
            'The changeFromQuantity argument no longer matches the persisted quantity.', 'CHANGE_FROM_QUANTITY_STALE')];
});

function moveErrors(shop, input, changes) {
    const errors = headErrors({ ...input, name: null }, [null], {}); // each end has a name of its own
    changes.forEach((change, index) => {
        const field = ['input', 'changes', String(index)];
        const ends = endErrors(shop, change, field);
        errors.push(...ends, ...ends.length > 0 ? [] : wayErrors(change, field));
        if (errors.length === 0) errors.push(...staleErrors(shop, change, field));
    });
    return errors;
}

const told = (shop, { itemId }, { name, locationId, ledgerDocumentUri = null }, delta) => ({
    __typename: 'InventoryChange', name, delta, quantityAfterChange: null, ledgerDocumentUri,
    item: shop.store.get('item', itemId), location: shop.store.get('location', locationId),
});

/** Units change their name; what lies on the shelf stays as much as it was. */
function move(shop, input, changes) {
    const act = shop.act('app', 'inventory_moved');
    for (const { itemId, quantity, from, to } of changes) {
        act.level(itemId, from.locationId, { [from.name]: -quantity, [to.name]: quantity });
    }
    act.finish({ kind: 'inventory', id: input.referenceDocumentUri }, { reason: input.reason });
    return {
        __typename: 'InventoryAdjustmentGroup', app: null, staffMember: null, reason: input.reason,
        id: gid('InventoryAdjustmentGroup', shop.ids.next('InventoryAdjustmentGroup')),
        createdAt: graphqlTime(act.at), referenceDocumentUri: input.referenceDocumentUri,
        changes: changes.flatMap((change) => [told(shop, change, change.from, -change.quantity),
            told(shop, change, change.to, change.quantity)]),
    };
}

function inventoryMoveQuantities(source, args, context, info) {
    const { input } = args;
    const answer = payload('InventoryMoveQuantitiesPayload');
    const run = () => {
        const changes = input.changes.map(readChange);
        const errors = moveErrors(context.shop, input, changes);
        return errors.length > 0 ? answer(null, errors) : answer(move(context.shop, input, changes), []);
    };
    return idempotent('inventoryMoveQuantities', args, context, info, {
        precheck: () => requireChangeFrom(input.changes.flatMap(({ from, to }) => [from, to]),
            'InventoryMoveQuantityTerminalInput'),
        refuse: ({ message, code }) => answer(null, [userError(null, message, code)]), run,
    });
}

/** A level that is inactive keeps its quantities. */
function inventoryDeactivate(source, { inventoryLevelId }, { shop }) {
    const parsed = parseGid(inventoryLevelId);
    const itemId = /inventory_item_id=(\d+)/.exec(parsed?.query ?? '')?.[1];
    const level = itemId ? shop.levels.get(itemId, parsed.id) : null;
    if (!level) throw badRequest(`Invalid id: ${inventoryLevelId}`, 'RESOURCE_NOT_FOUND');
    const others = shop.levels.ofItem(itemId).filter(({ active, locationId }) => active && locationId !== parsed.id);
    const answer = { __typename: 'InventoryDeactivatePayload' };
    if (level.active && others.length === 0) {
        return { ...answer, userErrors: [userError(null, "The product couldn't be unstocked from "
            + `${shop.store.get('location', parsed.id).name} because products need to be stocked at a minimum `
            + 'of 1 location.')] };
    }
    if (level.active) {
        const act = shop.act('app', 'inventory_deactivated');
        act.setActive(itemId, parsed.id, false);
        act.finish({ kind: 'inventory', id: inventoryLevelId }, {});
    }
    return { ...answer, userErrors: [] };
}

export const levelMutations = { inventoryMoveQuantities, inventoryDeactivate };
