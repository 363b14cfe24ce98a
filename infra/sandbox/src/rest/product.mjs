// rest/product.mjs: a product as products/create and products/update show it.
//
// Full variants only for the first hundred; variant_gids names them all, newest change first.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';
import { fixed } from '../money.mjs';

const FULL_VARIANTS = 100;

function variantBody(shop, variant) {
    const quantity = shop.inventoryQuantity(variant);
    return {
        admin_graphql_api_id: gid('ProductVariant', variant.id), barcode: variant.barcode,
        compare_at_price: variant.compareAtPrice === null ? null : fixed(variant.compareAtPrice),
        created_at: shop.restTime(variant.createdAt), id: BigInt(variant.id),
        inventory_policy: variant.inventoryPolicy.toLowerCase(), position: variant.position,
        price: fixed(variant.price), product_id: BigInt(variant.productId), sku: variant.sku,
        taxable: variant.taxable, title: variant.title,
        updated_at: shop.restTime(variant.updatedAt), option1: variant.values[0] ?? null,
        option2: variant.values[1] ?? null, option3: variant.values[2] ?? null,
        image_id: variant.mediaId === null ? null : BigInt(variant.mediaId),
        inventory_item_id: BigInt(variant.itemId), inventory_quantity: quantity,
        old_inventory_quantity: quantity,
    };
}

const shownOn = (shop, product, image) => product.variantIds
    .filter((id) => shop.store.get('variant', id).mediaId === image.id).map(BigInt);

const categoryBody = (category) => category && {
    admin_graphql_api_id: gid('TaxonomyCategory', category.id), name: category.name,
    full_name: category.fullName,
};

function imageBody(shop, product, image, index) {
    return {
        id: BigInt(image.id), alt: image.alt, position: index + 1,
        product_id: BigInt(product.id), created_at: shop.restTime(image.createdAt),
        updated_at: shop.restTime(image.createdAt), width: image.width, height: image.height,
        src: image.url, variant_ids: shownOn(shop, product, image), admin_graphql_api_id: gid('MediaImage', image.id),
    };
}

export function productBody(shop, product) {
    const variants = product.variantIds.map((id) => shop.store.get('variant', id));
    const images = product.media.map((image, index) => imageBody(shop, product, image, index));
    return {
        admin_graphql_api_id: gid('Product', product.id), body_html: product.descriptionHtml,
        created_at: shop.restTime(product.createdAt), handle: product.handle,
        id: BigInt(product.id), product_type: product.productType,
        published_at: shop.restTime(product.publishedAt), template_suffix: null,
        title: product.title, updated_at: shop.restTime(product.updatedAt), vendor: product.vendor,
        status: product.status.toLowerCase(), published_scope: 'web', tags: product.tags.join(', '),
        variants: variants.slice(0, FULL_VARIANTS).map((variant) => variantBody(shop, variant)),
        options: product.options.map((option) => ({
            id: BigInt(option.id), product_id: BigInt(product.id), name: option.name,
            position: option.position, values: option.values.map(({ name }) => name),
        })),
        images, image: images[0] ?? null,
        media: product.media.map((image, index) => ({
            id: BigInt(image.id), product_id: BigInt(product.id), position: index + 1,
            alt: image.alt, status: 'READY', media_content_type: 'IMAGE',
            admin_graphql_api_id: gid('MediaImage', image.id),
        })),
        variant_gids: [...variants].sort((a, b) => b.updatedAt - a.updatedAt).map((variant) => ({
            admin_graphql_api_id: gid('ProductVariant', variant.id),
            updated_at: new Date(Math.floor(variant.updatedAt / 1000)).toISOString(),
        })),
        has_variants_that_requires_components: variants.some(({ components }) => components.length > 0),
        category: categoryBody(product.category),
    };
}
