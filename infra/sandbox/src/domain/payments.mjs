// payments.mjs: money that comes in: authorised, captured, voided, paid late or refused.
//
// SPDX-License-Identifier: Apache-2.0
import { parseCents, short } from '../money.mjs';
import { transactionBody } from '../rest/order.mjs';
import { financialStatus, totals } from './totals.mjs';

const PAYMENTS = {
    paid: ['SALE', 'SUCCESS'], authorized: ['AUTHORIZATION', 'SUCCESS'], pending: ['SALE', 'PENDING'],
    failed: ['SALE', 'FAILURE'],
};
const GATEWAY = 'bogus';
const sum = (list, value) => list.reduce((total, entry) => total + value(entry), 0);

/** What of an authorisation has been neither captured nor voided. */
export function capturable(order, authorization) {
    const children = order.transactions.filter(({ parentId, status }) =>
        parentId === authorization.id && status === 'SUCCESS');
    if (children.some(({ kind }) => kind === 'VOID')) return 0;
    return authorization.amount - sum(children, ({ amount }) => amount);
}

export const openAuthorizations = (order) => order.transactions.filter((entry) =>
    entry.kind === 'AUTHORIZATION' && entry.status === 'SUCCESS' && capturable(order, entry) > 0);

export function makeTransaction(shop, order, at, fields) {
    return {
        __typename: 'OrderTransaction', id: shop.ids.next('OrderTransaction'), gateway: GATEWAY,
        test: order.test, parentId: null, status: 'SUCCESS', errorCode: null, createdAt: at,
        processedAt: at, locationId: order.retailLocationId,
        card: { company: 'Visa', number: '•••• •••• •••• 4242', bin: '424242' }, ...fields,
    };
}

/**
 * The payments of a new order: `financial_status` for one over the whole total, or `payments`
 * [{kind, status, amount, gateway}], of which one may leave out its amount: it takes the rest.
 */
export function firstPayments(shop, spec, order, at) {
    const total = totals(order).total;
    if (spec.payments) return listed(shop, spec.payments, order, at, total);
    const [kind, status] = PAYMENTS[spec.financial_status ?? 'paid'] ?? [null, null];
    if (kind === null) {
        throw new Error(`financial_status must be ${Object.keys(PAYMENTS).join(', ')}`);
    }
    if (total === 0) return [];
    return [makeTransaction(shop, order, at,
        { kind, status, amount: total, gateway: spec.gateway ?? GATEWAY })];
}

function listed(shop, payments, order, at, total) {
    const named = sum(payments, ({ amount }) =>
        (amount === undefined ? 0 : parseCents(amount, 'amount')));
    return payments.map(({ kind = 'sale', status = 'success', amount, gateway = GATEWAY }) =>
        makeTransaction(shop, order, at, {
            kind: kind.toUpperCase(), status: status.toUpperCase(), gateway,
            amount: amount === undefined ? total - named : parseCents(amount, 'amount'),
        }));
}

export class Payments {
    constructor(shop) {
        this.shop = shop;
    }

    /** Adds transactions to an order in one act, tells of each, and of the order once it is paid. */
    add(actor, name, id, makeAll) {
        const { orders } = this.shop;
        const before = financialStatus(orders.get(id));
        const act = this.shop.act(actor, name);
        let made;
        const order = orders.change(act, id, (next) => {
            made = makeAll(next, act.at);
            next.transactions.push(...made);
            orders.archiveIfDone(next, act.at);
        });
        for (const entry of made) this.tell(act, id, entry.id);
        if (financialStatus(order) === 'PAID' && before !== 'PAID') orders.notify(act, 'orders/paid', id);
        orders.finish(act, order, { transaction_ids: made.map((entry) => BigInt(entry.id)) });
        return { order, at: act.at };
    }

    tell(act, id, transactionId) {
        act.send('order_transactions/create', () =>
            transactionBody(this.shop, this.shop.orders.get(id), transactionId), transactionId);
    }

    /** spec: {amount}; without it, all that is authorised and still owed. */
    capture(id, spec) {
        const order = this.shop.orders.get(id);
        const [authorization] = openAuthorizations(order);
        if (!authorization) throw new Error(`${order.name} has no open authorization`);
        const limit = capturable(order, authorization);
        const amount = spec.amount === undefined ? Math.min(limit, Math.max(1, totals(order).outstanding))
            : parseCents(spec.amount, 'amount');
        if (amount < 1 || amount > limit) throw new Error(`amount must lie up to ${short(limit)}`);
        return this.add('staff', 'order_captured', id, (next, at) => [makeTransaction(this.shop, next, at,
            { kind: 'CAPTURE', amount, parentId: authorization.id, gateway: authorization.gateway })]);
    }

    void(id) {
        const order = this.shop.orders.get(id);
        if (openAuthorizations(order).length === 0) {
            throw new Error(`${order.name} has no open authorization`);
        }
        return this.add('staff', 'order_voided', id, (next, at) => this.voids(next, at));
    }

    /** The transactions that end an order's open authorisations. */
    voids(order, at) {
        return openAuthorizations(order).map((entry) => makeTransaction(this.shop, order, at, {
            kind: 'VOID', amount: capturable(order, entry), parentId: entry.id, gateway: entry.gateway,
        }));
    }

    /** spec: {amount, gateway, failed}: a shopper pays (or tries to) what is outstanding. */
    pay(id, spec) {
        const order = this.shop.orders.get(id);
        const { outstanding } = totals(order);
        const amount = spec.amount === undefined ? outstanding : parseCents(spec.amount, 'amount');
        if (amount < 1) throw new Error(`${order.name} has nothing outstanding`);
        return this.add('shopper', 'order_paid', id, (next, at) => [makeTransaction(this.shop, next, at, {
            kind: 'SALE', amount, gateway: spec.gateway ?? 'manual',
            ...spec.failed ? { status: 'FAILURE', errorCode: 'CARD_DECLINED' } : {},
        })]);
    }
}
