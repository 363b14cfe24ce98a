// seed.mjs: a shop full of goods and open orders, the same for the same seed.
//
// SPDX-License-Identifier: Apache-2.0
import { Random } from '../random.mjs';
import { levelKey } from './levels.mjs';

const KEYS = ['products', 'variants_per_product', 'orders', 'seed', 'locations', 'stock', 'prefix'];
const LIMITS = { products: 200_000, variants_per_product: 2_000, orders: 200_000 };
const NOUNS = ['Shirt', 'Boot', 'Lamp', 'Kettle', 'Scarf', 'Chair', 'Notebook', 'Backpack', 'Mug',
    'Blanket'];
const COLOURS = ['Red', 'Green', 'Blue', 'Black', 'White', 'Ochre', 'Teal', 'Plum'];
const SIZES = ['XS', 'S', 'M', 'L', 'XL'];
const VENDORS = ['Northwind', 'Acme', 'Ærø Goods', 'Contoso'];

function check(spec) {
    for (const key of Object.keys(spec)) {
        if (!KEYS.includes(key)) throw new Error(`a seed has no '${key}'; known: ${KEYS.join(', ')}`);
    }
    for (const [key, limit] of Object.entries(LIMITS)) {
        const value = spec[key] ?? 0;
        if (!Number.isInteger(value) || value < 0 || value > limit) {
            throw new Error(`${key} must be a whole number from 0 to ${limit}`);
        }
    }
}

/** A GTIN-13 with its check digit. */
function barcode(number) {
    const body = `40${String(number).padStart(10, '0')}`;
    const sum = [...body].reduce((total, digit, index) =>
        total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0);
    return `${body}${(10 - (sum % 10)) % 10}`;
}

function productSpec(index, variants, random, prefix) {
    const noun = NOUNS[index % NOUNS.length];
    const code = `${prefix}${String(index + 1).padStart(5, '0')}`;
    const combinations = [];
    for (let i = 0; i < variants; i += 1) {
        combinations.push([
            COLOURS[i % COLOURS.length] + (i >= 40 ? ` ${Math.floor(i / 40)}` : ''),
            SIZES[Math.floor(i / COLOURS.length) % SIZES.length],
        ]);
    }
    const unique = (position) => [...new Set(combinations.map((values) => values[position]))];
    return {
        title: `${noun} ${code}`, vendor: random.pick(VENDORS), product_type: noun,
        tags: [noun.toLowerCase(), random.pick(['new', 'sale', 'core'])],
        description_html: `<p>A ${noun.toLowerCase()} of the sandbox, number ${index + 1}.</p>`,
        images: [{ url: `https://cdn.example.com/${code}.png`, alt: `${noun} ${code}` }],
        options: [{ name: 'Color', values: unique(0) }, { name: 'Size', values: unique(1) }],
        variants: combinations.map((options, variant) => ({
            sku: `${code}-${variant + 1}`, barcode: barcode(index * 100 + variant), options,
            price: `${random.between(5, 199)}.${String(random.between(0, 99)).padStart(2, '0')}`,
            grams: random.between(50, 3000),
        })),
    };
}

/** Puts the opening stock of a product's variants on the shelf in one act. */
function stockProduct(shop, product, places, quantityOf) {
    const act = shop.act('merchant', 'stock_opened');
    for (const id of product.variantIds) {
        const { itemId } = shop.store.get('variant', id);
        for (const place of places) {
            const quantity = quantityOf(place);
            if (quantity > 0 && shop.store.get('level', levelKey(itemId, place.id))) {
                act.level(itemId, place.id, { available: quantity });
            }
        }
    }
    act.finish({ kind: 'product', id: BigInt(product.id) }, {});
}

/** stock: what each item has at an online location to begin with (default 100), at others none. */
export function seedShop(shop, spec) {
    check(spec);
    const random = new Random(spec.seed ?? 1);
    shop.random = new Random((spec.seed ?? 1) + 1);
    const announced = shop.config.webhooks;
    shop.config.webhooks = false; // the opening state of a shop is not news
    try {
        const wanted = spec.locations
            ?? ([...shop.store.all('location')].length > 0 ? [] : [{ name: 'Online' }]);
        for (const location of wanted) shop.locations.create(location);
        const places = [...shop.store.all('location')];
        const stock = spec.stock ?? 100;
        for (let i = 0; i < (spec.products ?? 0); i += 1) {
            const product = shop.catalog.createProduct(productSpec(i, spec.variants_per_product ?? 2,
                random, spec.prefix ?? 'SKU'), { quiet: true });
            stockProduct(shop, product, places, ({ fulfillsOnlineOrders }) =>
                (fulfillsOnlineOrders ? stock : 0));
        }
        for (let i = 0; i < (spec.orders ?? 0); i += 1) {
            shop.orders.place({ test: false }, 'shopper', { quiet: true });
        }
        return { locations: places };
    } finally {
        shop.config.webhooks = announced;
    }
}
