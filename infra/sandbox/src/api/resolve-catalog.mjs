// resolve-catalog.mjs: products, variants, inventory items, levels and locations in GraphQL.
//
// SPDX-License-Identifier: Apache-2.0
import { gid, idOf, levelGid } from '../ids.mjs';
import { graphqlTime } from '../clock.mjs';
import { fixed, moneyV2 } from '../money.mjs';
import { onHand, QUANTITY_NAMES, quantityOf } from '../domain/levels.mjs';
import { badRequest, connection, listConnection } from './connections.mjs';
import { metafieldFields } from './resolve-metafields.mjs';
import { firstOf, load, loadLevel, ownGid, times } from './lookup.mjs';

const count = (number) => ({ __typename: 'Count', count: number, precision: 'EXACT' });
const variantsOf = (product, context) =>
    product.variantIds.map((id) => load(context, 'variant', id)).filter(Boolean);
const itemsOf = (product, context) =>
    variantsOf(product, context).map(({ itemId }) => load(context, 'item', itemId));
const inventoryOf = (product, context) => variantsOf(product, context)
    .reduce((sum, variant) => sum + context.shop.inventoryQuantity(variant), 0);

const priceV2 = (variants, context, pick) => moneyV2(
    pick(...variants.map(({ price }) => price)), context.shop.currency);

/** A node of Shopify's taxonomy, told by its id: "aa-1-4" lies below "aa-1". */
function category({ category: found }) {
    if (!found) return null;
    const parts = found.id.split('-');
    const ancestors = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('-')).reverse();
    return {
        __typename: 'TaxonomyCategory', id: gid('TaxonomyCategory', found.id), name: found.name,
        fullName: found.fullName, level: parts.length, isRoot: parts.length === 1, isLeaf: true,
        isArchived: false, parentId: ancestors[0] ? gid('TaxonomyCategory', ancestors[0]) : null,
        ancestorIds: ancestors.map((id) => gid('TaxonomyCategory', id)), childrenIds: [],
    };
}

const PRODUCT = {
    ...times('createdAt', 'updatedAt', 'publishedAt'),
    id: ownGid('Product'), legacyResourceId: ({ id }) => id,
    description: ({ descriptionHtml }) => descriptionHtml.replace(/<[^>]*>/g, ''),
    bodyHtml: ({ descriptionHtml }) => descriptionHtml,
    isGiftCard: ({ giftCard }) => giftCard,
    hasVariantsThatRequiresComponents: (product, args, context) => variantsOf(product, context)
        .some(({ components }) => components.length > 0),
    hasOnlyDefaultVariant: ({ variantIds }) => variantIds.length === 1,
    hasOutOfStockVariants: (product, args, context) => variantsOf(product, context)
        .some((variant) => context.shop.inventoryQuantity(variant) <= 0),
    requiresSellingPlan: () => false, category,
    ...metafieldFields('PRODUCT'),
    featuredImage: ({ media }) => (media[0] ? imageOf(media[0]) : null),
    combinedListing: () => null, combinedListingRole: () => null,
    giftCardTemplateSuffix: () => null, onlineStoreUrl: () => null, onlineStorePreviewUrl: () => null,
    options: (product, args) => firstOf(product.options, args),
    featuredMedia: ({ media }) => media[0] ?? null,
    media: (product, args, context, info) => listConnection(product.media, args, info, context),
    mediaCount: ({ media }) => count(media.length),
    variants: (product, args, context, info) =>
        listConnection(variantsOf(product, context), args, info, context),
    variantsCount: ({ variantIds }) => count(variantIds.length),
    totalVariants: ({ variantIds }) => variantIds.length,
    totalInventory: (product, args, context) => inventoryOf(product, context),
    tracksInventory: (product, args, context) =>
        itemsOf(product, context).some((item) => item?.tracked),
    priceRangeV2: (product, args, context) => {
        const variants = variantsOf(product, context);
        return {
            __typename: 'ProductPriceRangeV2',
            minVariantPrice: priceV2(variants, context, Math.min),
            maxVariantPrice: priceV2(variants, context, Math.max),
        };
    },
    seo: ({ seo }) => ({
        __typename: 'SEO', title: seo?.title ?? null, description: seo?.description ?? null,
    }),
};

const OPTION = {
    id: ownGid('ProductOption'), optionValues: ({ values }) => values,
    values: ({ values }) => values.map(({ name }) => name), translations: () => [],
};

const MEDIA_IMAGE = {
    ...times('createdAt'), id: ownGid('MediaImage'), mediaContentType: () => 'IMAGE',
    updatedAt: ({ createdAt }) => graphqlTime(createdAt),
    status: () => 'READY', fileStatus: () => 'READY', mimeType: () => 'image/png',
    image: (media) => imageOf(media),
    preview: (media) => ({
        __typename: 'MediaPreviewImage', status: 'READY', image: imageOf(media),
    }),
};

function imageOf(media) {
    return {
        __typename: 'Image', id: gid('ImageSource', media.id), url: media.url, src: media.url,
        originalSrc: media.url, transformedSrc: media.url, altText: media.alt, width: media.width,
        height: media.height, thumbhash: null,
    };
}

const productOf = (variant, context) => load(context, 'product', variant.productId);

const mediaOf = (variant, context) => (productOf(variant, context)?.media ?? [])
    .filter(({ id }) => id === variant.mediaId);

const VARIANT_COMPONENT = {
    id: ownGid('ProductVariantComponent'),
    productVariant: ({ variantId }, args, context) => load(context, 'variant', variantId),
};

const VARIANT = {
    ...times('createdAt', 'updatedAt'),
    id: ownGid('ProductVariant'), legacyResourceId: ({ id }) => id,
    displayName: (variant, args, context) =>
        `${productOf(variant, context)?.title} - ${variant.title}`,
    price: ({ price }) => fixed(price),
    requiresComponents: ({ components }) => components.length > 0, ...metafieldFields('PRODUCTVARIANT'),
    image: (variant, args, context) => mediaOf(variant, context).map(imageOf)[0] ?? null,
    media: (variant, args, context, info) =>
        listConnection(mediaOf(variant, context), args, info, context),
    productVariantComponents: (variant, args, context, info) => listConnection(
        variant.components.map((part) => ({ __typename: 'ProductVariantComponent', ...part })),
        args, info, context),
    unitPrice: () => null, unitPriceMeasurement: () => null, taxCode: () => null, showUnitPrice: () => false,
    compareAtPrice: ({ compareAtPrice }) => (compareAtPrice === null ? null : fixed(compareAtPrice)),
    product: (variant, args, context) => productOf(variant, context),
    inventoryItem: (variant, args, context) => load(context, 'item', variant.itemId),
    inventoryQuantity: (variant, args, context) => context.shop.inventoryQuantity(variant),
    sellableOnlineQuantity: (variant, args, context) =>
        Math.max(0, context.shop.inventoryQuantity(variant)),
    availableForSale: (variant, args, context) => variant.inventoryPolicy === 'CONTINUE'
        || context.shop.inventoryQuantity(variant) > 0,
    selectedOptions: (variant, args, context) => {
        const { options } = productOf(variant, context);
        return variant.values.map((value, index) => ({
            __typename: 'SelectedOption', name: options[index].name, value,
            optionValue: options[index].values.find(({ name }) => name === value),
        }));
    },
};

const ITEM = {
    ...times('createdAt', 'updatedAt'),
    id: ownGid('InventoryItem'), legacyResourceId: ({ id }) => id,
    unitCost: (item, args, context) =>
        (item.cost === null ? null : moneyV2(item.cost, context.shop.currency)),
    measurement: (item) => ({
        __typename: 'InventoryItemMeasurement', id: gid('InventoryItemMeasurement', item.id),
        weight: { __typename: 'Weight', unit: 'GRAMS', value: item.grams },
    }),
    trackedEditable: () => ({ __typename: 'EditableProperty', locked: false, reason: null }),
    duplicateSkuCount: (item, args, context) => context.shop.variants.duplicates(item), countryCodeOfOrigin: () => null, harmonizedSystemCode: () => null,
    provinceCodeOfOrigin: () => null, inventoryHistoryUrl: () => null,
    locationsCount: (item, args, context) => count(context.shop.levels.ofItem(item.id).length),
    variant: (item, args, context) => load(context, 'variant', item.variantId),
    variants: (item, args, context, info) => listConnection(
        [load(context, 'variant', item.variantId)].filter(Boolean), args, info, context),
    inventoryLevel: (item, { locationId, includeInactive }, context) => shownLevel(
        loadLevel(context, item.id, idOf(locationId, 'Location')), includeInactive),
    inventoryLevels: (item, args, context, info) => levelConnection(
        [...context.shop.store.all('location')].map(({ id }) => [id, loadLevel(context, item.id, id)]),
        args, context, info),
};

const shownLevel = (level, includeInactive) =>
    (level && (level.active || includeInactive) ? level : null);

function levelConnection(pairs, args, context, info) {
    const entries = pairs.filter(([, level]) => shownLevel(level, args.includeInactive))
        .map(([id, level]) => ({ id, value: 0, node: level }));
    return connection(entries, args, info, context);
}

function quantities(level, { names }) {
    for (const name of names) {
        if (!QUANTITY_NAMES.includes(name)) {
            throw badRequest(`The quantity name '${name}' is invalid. Valid names are: `
                + `${QUANTITY_NAMES.join(', ')}.`, 'BAD_REQUEST');
        }
    }
    return names.map((name) => ({
        __typename: 'InventoryQuantity',
        id: `gid://shopify/InventoryQuantity/${level.locationId}?inventory_item_id=${level.itemId}`
            + `&name=${name}`,
        name, quantity: quantityOf(level, name), updatedAt: graphqlTime(level.stamps[name]),
    }));
}

const LEVEL = {
    ...times('createdAt', 'updatedAt'),
    id: levelGid, isActive: ({ active }) => active, quantities,
    item: (level, args, context) => load(context, 'item', level.itemId),
    location: (level, args, context) => load(context, 'location', level.locationId),
    canDeactivate: (level) => onHand(level) === 0, deactivationAlert: () => null,
};

/** A location may stand for a warehouse of others, who are known here by their name only. */
const fulfillmentService = ({ id, service }) => (service === null ? null : {
    __typename: 'FulfillmentService', id: `${gid('FulfillmentService', id)}?id=true`, handle: service.handle,
    serviceName: service.name, type: 'THIRD_PARTY', callbackUrl: null, trackingSupport: false,
});

const LOCATION = {
    ...times('createdAt', 'updatedAt'),
    id: ownGid('Location'), legacyResourceId: ({ id }) => id, isActive: ({ active }) => active,
    address: ({ address }) => ({
        __typename: 'LocationAddress', ...address, latitude: null, longitude: null,
        formatted: [address.address1, address.city, address.country].filter(Boolean),
    }),
    addressVerified: () => false, activatable: () => true, deactivatable: () => false,
    deletable: () => false, deactivatedAt: () => null, shipsInventory: () => true,
    isFulfillmentService: ({ service }) => service !== null, fulfillmentService,
    isPrimary: (location, args, context) =>
        context.shop.store.first('location', () => true)?.id === location.id,
    hasActiveInventory: (location, args, context) => context.shop.store.first('level',
        (level) => level.locationId === location.id && level.active && onHand(level) !== 0) !== null,
    hasUnfulfilledOrders: (location, args, context) => context.shop.store.first('fulfillmentOrder',
        ({ locationId, status }) => locationId === location.id && status === 'OPEN') !== null,
    localPickupSettingsV2: ({ pickup }) => (pickup ? {
        __typename: 'DeliveryLocalPickupSettings', pickupTime: 'TWENTY_FOUR_HOURS', instructions: '',
    } : null),
    inventoryLevel: (location, { inventoryItemId, includeInactive }, context) => shownLevel(
        loadLevel(context, idOf(inventoryItemId, 'InventoryItem'), location.id), includeInactive),
    inventoryLevels: (location, args, context, info) => levelConnection(
        [...context.shop.store.all('item')].map(({ id }) => [id, loadLevel(context, id, location.id)]),
        args, context, info),
};

export const catalogTypes = {
    Product: PRODUCT, ProductOption: OPTION, MediaImage: MEDIA_IMAGE, ProductVariant: VARIANT,
    ProductVariantComponent: VARIANT_COMPONENT,
    ProductOptionValue: {
        id: ownGid('ProductOptionValue'), hasVariants: () => true, translations: () => [],
    },
    InventoryItem: ITEM, InventoryLevel: LEVEL, Location: LOCATION,
};
