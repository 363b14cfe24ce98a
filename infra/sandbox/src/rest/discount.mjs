// rest/discount.mjs: discounts as webhook bodies show them.
//
// SPDX-License-Identifier: Apache-2.0
import { fixed, moneySet } from '../money.mjs';
import { takenBy } from '../domain/discounts.mjs';

const TYPES = {
    DiscountCodeApplication: 'discount_code', ManualDiscountApplication: 'manual',
    AutomaticDiscountApplication: 'automatic', ScriptDiscountApplication: 'script',
};

/** discount_applications: a code has its code, all others their title. */
export const applicationBody = (found) => ({
    target_type: found.targetType.toLowerCase(), type: TYPES[found.__typename],
    value: found.percentage === null ? fixed(found.cents) : found.percentage.toFixed(1),
    value_type: found.percentage === null ? 'fixed_amount' : 'percentage',
    allocation_method: found.allocationMethod.toLowerCase(),
    target_selection: found.targetSelection.toLowerCase(),
    ...found.code === null ? { title: found.title, description: found.description }
        : { code: found.code },
});

/** discount_codes: what each code took off in all. */
export const codeBodies = (order) => order.discounts.filter(({ code }) => code !== null)
    .map((found) => ({
        code: found.code, amount: fixed(takenBy(order, found)),
        type: found.targetType === 'SHIPPING_LINE' ? 'shipping'
            : found.percentage === null ? 'fixed_amount' : 'percentage',
    }));

export const allocationBodies = (order, part) => part.allocations.map(({ index, cents }) => ({
    amount: fixed(cents), amount_set: moneySet(cents, order), discount_application_index: index,
}));
