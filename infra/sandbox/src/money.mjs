// money.mjs: amounts as whole cents.
//
// Inside the sandbox an amount is an integer number of cents in the shop's currency.  An order may
// be presented in a second currency at a fixed rate, given in millionths; the product is rounded
// half up.  Formats: "55.0" for MoneyV2 ("as few digits as it needs, but one"), "55.00" for the old
// Money scalar and for REST-shaped bodies.
//
// SPDX-License-Identifier: Apache-2.0

export const RATE_ONE = 1_000_000;

export function parseCents(text, what) {
    const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(String(text));
    if (!match) throw new Error(`${what}: expected an amount like "12.50", not '${text}'`);
    const cents = Number(match[2]) * 100 + Number((match[3] ?? '').padEnd(2, '0'));
    return match[1] ? -cents : cents;
}

export function fixed(cents) {
    const sign = cents < 0 ? '-' : '';
    const text = String(Math.abs(cents)).padStart(3, '0');
    return `${sign}${text.slice(0, -2)}.${text.slice(-2)}`;
}

export const short = (cents) => fixed(cents).replace(/0$/, '');

export const presented = (cents, order) =>
    Math.floor((cents * order.presentmentRate) / RATE_ONE + 0.5);

export const moneyV2 = (cents, currency) => ({
    __typename: 'MoneyV2', amount: short(cents), currencyCode: currency,
});

/** A MoneyBag of GraphQL. */
export const moneyBag = (cents, order) => ({
    __typename: 'MoneyBag',
    shopMoney: moneyV2(cents, order.currency),
    presentmentMoney: moneyV2(presented(cents, order), order.presentmentCurrency),
});

/** A ..._set of a REST-shaped body. */
export const moneySet = (cents, order) => ({
    shop_money: { amount: fixed(cents), currency_code: order.currency },
    presentment_money: {
        amount: fixed(presented(cents, order)), currency_code: order.presentmentCurrency,
    },
});
