// events.mjs: Shopify's own log of what happened to objects, of which deletions matter to a copy.
//
// An object that is gone cannot be read any more; its event can.
//
// SPDX-License-Identifier: Apache-2.0

const KEEP = 100_000;

export class Events {
    constructor(shop) {
        this.shop = shop;
        this.clear();
    }

    clear() {
        this.list = [];
    }

    note(subjectType, subjectId, action, at) {
        this.list.push({
            __typename: 'BasicEvent', id: this.shop.ids.next('Event'), subjectType, subjectId, action,
            createdAt: at,
        });
        if (this.list.length > KEEP) this.list.shift();
    }
}
