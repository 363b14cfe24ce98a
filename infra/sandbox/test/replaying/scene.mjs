// scene.mjs: one recording played in a fresh sandbox.
//
// A scene keeps which recorded id is which id here, makes objects when a request first needs them,
// and does by the control API what the recording did by mutations that the sandbox does not serve.
// What such a mutation changed without being understood is forgotten: the next answer that shows
// it says what it has become, and it is made anew.
//
// SPDX-License-Identifier: Apache-2.0
import { makeOrder, orderWish, readOrder } from './make-order.mjs';
import { productWish } from './make-product.mjs';
import { compareIds } from '../../src/ids.mjs';
import { GID, kindOf, listOf, numberOf } from './facts.mjs';

const KINDS = ['Location', 'Product', 'ProductVariant', 'InventoryItem', 'Order', 'FulfillmentOrder',
    'Fulfillment', 'Refund', 'InventoryLevel'];
const UNKNOWN = /^9{6,}/; // recordings name what does not exist by nines
const CURSOR = 'eyJsYXN0X2lkIjo'; // {"last_id": in base64
const LISTS = { orders: ' ', products: ' ', productVariants: ' ', inventoryItems: ' ',
    fulfillmentOrders: 'includeClosed: true', locations: 'includeInactive: true' };
const isCursor = (value) => typeof value === 'string' && value.startsWith(CURSOR);
const numberInCursor = (text) => /"last_id":(\d+)/.exec(Buffer.from(text, 'base64').toString())?.[1];
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const gid = (kind, id) => `gid://shopify/${kind}/${id}`;

export const gidsIn = (value) =>
    [...(JSON.stringify(value) ?? '').matchAll(GID)].map(([whole]) => whole);

export class Scene {
    /**
     * `late`: places where items are stocked by a mutation, so they come after the items; `home`: where new
     * orders of the recording went, so the place that the shop ships from first.
     */
    constructor(shop, facts, { late, home }) {
        this.late = late;
        this.home = home;
        this.shop = shop;
        this.facts = facts;
        this.map = new Map(); // recorded gid -> gid here
        this.words = new Map(); // other texts: order names, SKUs stay as they are
        this.index = 0;
        this.reads = true;
        this.tags = []; // that the request searches for
        this.pointed = []; // recorded ids that its cursors point at
    }

    // ---- ids

    bind(recorded, here) {
        if (recorded && here && !this.map.has(recorded)) this.map.set(recorded, here);
    }

    /** Pairs the ids of two answers that stand at the same places. */
    learn(recorded, answered) {
        if (Array.isArray(recorded) && Array.isArray(answered)) {
            recorded.forEach((entry, index) => this.learn(entry, answered[index]));
        } else if (isObject(recorded) && isObject(answered)) {
            for (const key of Object.keys(recorded)) this.learn(recorded[key], answered[key]);
        } else if (typeof recorded === 'string' && typeof answered === 'string'
            && kindOf(recorded) && kindOf(recorded) === kindOf(answered)) {
            this.bind(recorded, answered);
        }
    }

    levelHere(whole, location, query) {
        const item = /=(\d+)/.exec(query)?.[1];
        const place = this.map.get(gid('Location', this.placeOf(whole, location)));
        const here = this.map.get(gid('InventoryItem', item));
        return place && here ? `gid://shopify/InventoryLevel/${numberOf(place)}`
            + `?inventory_item_id=${numberOf(here)}` : whole;
    }

    /** A level's own number is not its location's: the answers tell which location it belongs to. */
    placeOf(whole, number) {
        const near = this.facts.near(whole, 'Location');
        return near ? numberOf(near) : number;
    }

    text(value) {
        const ids = value.replace(GID, (whole, kind, id, query) => (kind === 'InventoryLevel' && query
            ? this.map.get(whole) ?? this.levelHere(whole, id, query) : this.map.get(whole) ?? whole));
        const bare = ids.replace(/(?<![\w/])\d{9,}(?!\w)/g, (number) => this.bareId(number));
        return bare.replace(/name:'?#?(\d+)'?/g, (whole, name) =>
            (this.words.has(name) ? `name:${this.words.get(name)}` : whole));
    }

    /** A cursor names an object and its sort value: both are found here by the object. */
    async cursor(text, pair) {
        const number = numberInCursor(text);
        const recorded = [...this.map.keys()].find((each) => numberOf(each) === number);
        if (recorded && kindOf(recorded) === 'LineItem') return this.lineCursor(recorded, text);
        const root = pair.roots.find((name) => LISTS[name]);
        if (!recorded || !root) return text;
        const sort = /sortKey:\s*[A-Z_]+/.exec(pair.query ?? '')?.[0];
        const search = /query:/.test(pair.query ?? '') ? 'query: "id:>0"' : null; // rounds sort values
        const given = ['first: 250', sort, search, LISTS[root]].filter(Boolean).join(', ');
        const { data } = await this.shop.ask(`{ ${root}(${given}) { edges { cursor node { id } } } }`);
        const here = this.map.get(recorded);
        return data[root].edges.find(({ node }) => node.id === here)?.cursor ?? text;
    }

    async lineCursor(recorded, text) {
        const { data } = await this.shop.ask('query ($id: ID!) { order(id: $id) { lineItems(first: 250) '
            + '{ edges { cursor node { id } } } } }', { id: this.map.get(this.facts.near(recorded, 'Order')) });
        const here = this.map.get(recorded);
        return data.order.lineItems.edges.find(({ node }) => node.id === here)?.cursor ?? text;
    }

    /** The objects that the cursors of a request point at, as far as the recording shows them. */
    pointedAt({ variables }) {
        const numbers = new Set(Object.values(variables ?? {}).filter(isCursor).map(numberInCursor));
        return [...this.facts.told.keys()].filter((recorded) => numbers.has(numberOf(recorded)));
    }

    /** The variables of a pair as this shop understands them. */
    async variables(pair) {
        const all = this.translate(pair.variables ?? {});
        for (const [name, value] of Object.entries(all)) {
            if (isCursor(value)) {
                all[name] = await this.cursor(value, pair);
            }
        }
        return all;
    }

    bareId(number) {
        for (const [recorded, here] of this.map) {
            if (numberOf(recorded) === number) return numberOf(here);
        }
        return number;
    }

    translate(value) {
        if (typeof value === 'string') return this.text(value);
        if (Array.isArray(value)) return value.map((entry) => this.translate(entry));
        if (!isObject(value)) return value;
        return Object.fromEntries(Object.entries(value)
            .map(([key, inner]) => [key, this.translate(inner)]));
    }

    // ---- making what a request needs

    look(recorded) {
        return this.facts.at(recorded, this.index, this.reads);
    }

    /** Makes everything that a pair speaks of and that is not here yet. */
    async prepare(pair, index) {
        this.index = index;
        this.reads = pair.reads;
        this.tags = [...JSON.stringify([pair.query, pair.variables]).matchAll(/tag:'?([\w-]+)/g)]
            .map(([, tag]) => tag);
        // a new order may name a variant that there is not: it is made only if an answer shows it
        const making = pair.served && !pair.roots.includes('orderCreate');
        const given = gidsIn(pair.variables).filter((each) => making || this.facts.known(each));
        this.pointed = this.pointedAt(pair);
        const asked = [...given, ...this.pointed, ...pair.reads ? gidsIn(pair.answer.data) : []];
        const late = asked.filter((recorded) => this.late.has(recorded));
        const items = late.some((place) => !this.map.has(place)) ? this.facts.ids('InventoryItem') : [];
        const first = this.facts.ids('Location').filter((place) => !this.late.has(place));
        const created = new Set(pair.creates ?? []);
        const all = [...new Set([...first, ...items, ...asked])].filter((each) => !created.has(each))
            .sort((a, b) => this.home.has(b) - this.home.has(a) || compareIds(numberOf(a), numberOf(b)));
        for (const kind of KINDS) {
            for (const recorded of all) {
                if (kindOf(recorded) !== kind || this.late.has(recorded)) continue;
                await this.need(kind, recorded);
            }
            if (kind !== 'InventoryItem') continue;
            for (const place of late) await this.need('Location', place);
        }
        const bulk = pair.roots.includes('bulkOperationRunQuery');
        if (bulk && this.facts.ids('Product').length === 0) { // a file needs something to tell
            await this.shop.control('POST', 'seed', { products: 2, orders: 2 });
        }
    }

    async need(kind, recorded) {
        if (this.map.has(recorded) || UNKNOWN.test(numberOf(recorded))) return;
        if (kind === 'Location') await this.makeLocation(recorded);
        else if (kind === 'Product') await this.makeProduct(recorded);
        else if (['ProductVariant', 'InventoryItem'].includes(kind)) await this.makeVariant(recorded);
        else if (kind === 'Order') await makeOrder(this, recorded);
        else if (kind === 'InventoryLevel') await this.makeLevel(recorded);
        else {
            const order = this.facts.near(recorded, 'Order');
            if (order && !this.map.has(order)) await makeOrder(this, order);
        }
    }

    async makeLocation(recorded) {
        const { name, address, fulfillmentService: service } = this.look(recorded);
        const made = await this.shop.control('POST', 'locations', { name: name ?? 'A place', address,
            ...service ? { service: { handle: service.handle, name: service.serviceName } } : {} });
        this.bind(recorded, gid('Location', made.id));
    }

    /** The product of a variant or an item; when it is not told, one of its own. */
    async makeVariant(recorded) {
        const variant = kindOf(recorded) === 'ProductVariant' ? recorded
            : this.facts.near(recorded, 'ProductVariant');
        const product = this.facts.near(variant ?? recorded, 'Product');
        if (product && !this.map.has(product)) await this.makeProduct(product);
        if (this.map.has(recorded)) return;
        await this.product({}, variant ? [variant] : [], [recorded]);
    }

    async makeProduct(recorded) {
        const told = this.look(recorded);
        const listed = listOf(told.variants).map(({ id }) => id).filter(Boolean);
        const others = this.facts.ids('ProductVariant')
            .filter((each) => this.facts.near(each, 'Product') === recorded);
        const made = await this.product(told, [...new Set([...listed, ...others])], []);
        this.bind(recorded, gid('Product', made.id));
    }

    async product(told, variants, items) {
        const made = await this.shop.control('POST', 'products',
            productWish(told, variants.map((id) => this.withItem(id))));
        made.variants.forEach((variant, index) => {
            const recorded = variants[index] ?? null;
            const item = (recorded && this.facts.near(recorded, 'InventoryItem')) ?? items[index]
                ?? null;
            this.bind(recorded, gid('ProductVariant', variant.id));
            this.bind(item, gid('InventoryItem', variant.inventory_item_id));
        });
        return made;
    }

    withItem(variant) {
        const item = this.facts.near(variant, 'InventoryItem');
        return { ...this.look(variant), inventoryItem: item ? this.look(item) : null };
    }

    /** A level as told: its quantities, by what staff counts. */
    async makeLevel(recorded) {
        const { quantities = [] } = this.look(recorded);
        const [, number, item] = /InventoryLevel\/(\d+)\?inventory_item_id=(\d+)/.exec(recorded) ?? [];
        if (!number) return;
        await this.need('InventoryItem', `gid://shopify/InventoryItem/${item}`);
        const here = this.levelHere(recorded, number, `=${item}`);
        if (here === recorded) return;
        this.bind(recorded, here);
        const available = quantities.find(({ name }) => name === 'available')?.quantity;
        if (!available) return;
        const [, location, itemHere] = /InventoryLevel\/(\d+)\?inventory_item_id=(\d+)/.exec(here);
        const { variants } = await this.shop.control('GET', 'catalog');
        const variant = variants.find((each) => String(each.inventory_item_id) === itemHere);
        await this.shop.control('POST', 'inventory',
            { variant_id: String(variant.variant_id), location, available });
    }

    // ---- what the sandbox does not serve, by other means

    /** Does what an unserved mutation did; whatever is not understood is forgotten. */
    async instead(pair, roots) {
        if (roots.length === 1 && roots[0] === 'orderCreate' && pair.answer.data?.orderCreate?.order) {
            const { order } = pair.answer.data.orderCreate;
            await readOrder(this, order.id, await this.shop.control('POST', 'orders',
                orderWish(this, pair.variables?.order ?? {}, order)));
            return;
        }
        for (const recorded of [...gidsIn(pair.variables), ...gidsIn(pair.answer.data)]) {
            if (kindOf(recorded) === 'Location') continue;
            this.map.delete(recorded);
        }
    }
}
