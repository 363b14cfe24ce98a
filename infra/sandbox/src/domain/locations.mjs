// locations.mjs: the warehouses and stores of a shop.
//
// SPDX-License-Identifier: Apache-2.0

export class Locations {
    constructor(shop) {
        this.shop = shop;
    }

    create(spec) {
        const { shop } = this;
        if (!spec.name) throw new Error('a location needs a name');
        const act = shop.act('merchant', 'location_created');
        const id = shop.ids.next('Location');
        const location = shop.store.add('location', id, {
            __typename: 'Location', id, name: String(spec.name), active: true,
            fulfillsOnlineOrders: spec.fulfills_online_orders ?? true,
            createdAt: act.at, updatedAt: act.at,
            address: {
                address1: '1 Sandbox Street', address2: null, city: 'Toronto', province: 'Ontario',
                provinceCode: 'ON', country: 'Canada', countryCode: 'CA', zip: 'M5V 2T6',
                phone: null, ...spec.address,
            },
            pickup: spec.pickup ?? false, service: spec.service ?? null,
        });
        act.finish({ kind: 'location', id: BigInt(id) }, { location: this.state(location) });
        return location;
    }

    state(location) {
        return {
            id: BigInt(location.id), name: location.name, active: location.active,
            fulfills_online_orders: location.fulfillsOnlineOrders,
        };
    }
}
