// rest/inventory-item.mjs: an inventory item as inventory_items/* show it.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';
import { fixed } from '../money.mjs';

export const inventoryItemBody = (shop, item) => ({
    id: BigInt(item.id), sku: item.sku, created_at: shop.restTime(item.createdAt),
    updated_at: shop.restTime(item.updatedAt), requires_shipping: item.requiresShipping,
    cost: item.cost === null ? null : fixed(item.cost), country_code_of_origin: null,
    province_code_of_origin: null, harmonized_system_code: null, tracked: item.tracked,
    country_harmonized_system_codes: [], weight_value: item.grams, weight_unit: 'g',
    admin_graphql_api_id: gid('InventoryItem', item.id),
});
