// ids.mjs: Shopify's ids.
//
// An id is a decimal string everywhere inside the sandbox, because it may exceed 2^53; GIDs are
// made at GraphQL's edge and BigInts at the edge of REST-shaped bodies.  Every kind starts beyond
// 2^31, and those that travel inside other objects beyond 2^53, so that a reader who keeps ids in
// 32 bits or in a double is found out on the first day.
//
// SPDX-License-Identifier: Apache-2.0

const STEP = 32_771n; // ids of a real shop are not dense either
const BASES = {
    Location: 70_000_000_001n,
    Product: 8_100_000_000_003n,
    ProductVariant: 45_300_000_000_017n,
    ProductOption: 10_500_000_000_009n,
    ProductOptionValue: 4_700_000_000_011n,
    MediaImage: 34_900_000_000_021n,
    InventoryItem: 47_500_000_000_005n,
    Order: 6_800_000_000_013n,
    LineItem: 9_007_199_254_740_993n,
    ShippingLine: 9_107_199_254_740_995n,
    Customer: 9_207_199_254_740_997n,
    MailingAddress: 9_307_199_254_740_999n,
    OrderTransaction: 9_407_199_254_741_001n,
    FulfillmentOrder: 7_300_000_000_019n,
    FulfillmentOrderLineItem: 9_507_199_254_741_003n,
    FulfillmentHold: 3_300_000_000_023n,
    Fulfillment: 5_900_000_000_025n,
    FulfillmentLineItem: 9_607_199_254_741_005n,
    FulfillmentEvent: 9_657_199_254_741_005n,
    Refund: 9_707_199_254_741_007n,
    Return: 3_900_000_000_039n,
    ReturnLineItem: 9_717_199_254_741_013n,
    ExchangeLineItem: 2_500_000_000_041n,
    ReverseFulfillmentOrder: 4_300_000_000_043n,
    ReverseFulfillmentOrderLineItem: 9_727_199_254_741_015n,
    ReverseFulfillmentOrderDisposition: 5_100_000_000_045n,
    RefundShippingLine: 9_737_199_254_741_017n,
    OrderAdjustment: 9_747_199_254_741_019n,
    RefundLineItem: 9_807_199_254_741_009n,
    OrderEdit: 9_907_199_254_741_011n,
    CalculatedOrder: 112_000_000_000_051n,
    ProductVariantComponent: 3_000_000_000_049n,
    LineItemGroup: 2_600_000_000_047n,
    DeliveryMethod: 9_957_199_254_741_011n,
    InventoryAdjustmentGroup: 54_600_000_000_029n,
    WebhookSubscription: 1_900_000_000_031n,
    BulkOperation: 8_000_000_000_033n,
    Metafield: 41_000_000_000_035n,
    Event: 180_000_000_000_037n,
};

export class Ids {
    constructor() {
        this.last = {};
    }

    next(kind) {
        const base = BASES[kind];
        if (base === undefined) throw new Error(`no id range for ${kind}`);
        this.last[kind] = this.last[kind] === undefined ? base : this.last[kind] + STEP;
        return this.last[kind].toString();
    }
}

export const gid = (kind, id) => `gid://shopify/${kind}/${id}`;

/** The parameterised gid of a level: a location and an inventory item. */
export const levelGid = (level) =>
    `gid://shopify/InventoryLevel/${level.locationId}?inventory_item_id=${level.itemId}`;

/** {kind, id, query} of a gid, or null when it is not one. */
export function parseGid(text) {
    const match = /^gid:\/\/shopify\/([A-Za-z]+)\/([^/?]+)(?:\?(.*))?$/.exec(String(text));
    return match && { kind: match[1], id: match[2], query: match[3] ?? '' };
}

/** The id of a gid of that kind, or null. Callers of the control API may pass either form. */
export function idOf(value, kind) {
    if (value === null || value === undefined) return null;
    const text = String(value);
    if (/^\d+$/.test(text)) return text;
    const parsed = parseGid(text);
    return parsed && parsed.kind === kind ? parsed.id : null;
}

/** Orders decimal strings as numbers. */
export function compareIds(a, b) {
    if (a.length !== b.length) return a.length - b.length;
    return a < b ? -1 : Number(a > b);
}
