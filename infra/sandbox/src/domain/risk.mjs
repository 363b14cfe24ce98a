// risk.mjs: what Shopify thinks of an order, at once or a moment later.
//
// With risk_delay_ms an order is born without a verdict; the assessment then arrives on its own,
// as at the real one, where it can come after the order was read.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';

const LEVELS = ['NONE', 'PENDING', 'LOW', 'MEDIUM', 'HIGH'];
const FACTS = {
    LOW: ['Billing address matches shipping address', 'POSITIVE'],
    MEDIUM: ['Shipping address is far from the IP address', 'NEUTRAL'],
    HIGH: ['Card was declined several times before', 'NEGATIVE'],
};
const RECOMMENDATIONS = { HIGH: 'CANCEL', MEDIUM: 'INVESTIGATE', LOW: 'ACCEPT' };

export const recommendation = ({ risk }) => RECOMMENDATIONS[risk] ?? 'NONE';

export function riskLevel(given) {
    const level = String(given ?? 'LOW').toUpperCase();
    if (!LEVELS.includes(level)) throw new Error(`risk must be one of ${LEVELS.join(', ')}`);
    return level;
}

/** The assessment behind a level; none for an order that nobody has looked at. */
export function assessment(level, facts) {
    if (level === 'NONE') return [];
    const known = FACTS[level] ? [{ description: FACTS[level][0], sentiment: FACTS[level][1] }] : [];
    return [{ level, facts: facts ?? known }];
}

export class Risk {
    constructor(shop) {
        this.shop = shop;
    }

    /** A new order's level: the wish's at once, or PENDING until the delay is over. */
    atFirst(wish) {
        const level = riskLevel(wish);
        return this.shop.config.risk_delay_ms > 0 && level !== 'NONE' ? 'PENDING' : level;
    }

    assessLater(order, wish) {
        const level = riskLevel(wish);
        if (order.risk === level) return;
        this.shop.later(this.shop.config.risk_delay_ms, () => {
            if (this.shop.store.get('order', order.id)) this.assess(order.id, { level }, 'shopify');
        });
    }

    /** spec: {level, facts: [{description, sentiment}]}. */
    assess(id, spec, actor = 'shopify') {
        const { orders, store, config } = this.shop;
        const level = riskLevel(spec.level);
        const act = this.shop.act(actor, 'order_risk_assessed');
        const change = (next) => {
            next.risk = level;
            next.assessments = assessment(level, spec.facts);
        };
        if (config.risk_touches_order) orders.change(act, id, change);
        else store.edit('order', id, change);
        act.send('orders/risk_assessment_changed', () => ({
            provider_id: null, provider_title: null, risk_level: level.toLowerCase(),
            created_at: this.shop.restTime(act.at), order_id: BigInt(id),
            admin_graphql_api_order_id: gid('Order', id),
        }), id);
        orders.finish(act, orders.get(id));
        return { order: orders.get(id), at: act.at };
    }
}
