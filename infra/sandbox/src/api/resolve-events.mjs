// resolve-events.mjs: Shopify's log in GraphQL: for a copy, the only trace of what was deleted.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';
import { graphqlTime } from '../clock.mjs';
import { ownGid, times } from './lookup.mjs';

const KINDS = { PRODUCT: 'Product', PRODUCT_VARIANT: 'ProductVariant', ORDER: 'Order' };
const subjectId = (event) => gid(KINDS[event.subjectType], event.subjectId);
const words = { destroy: 'deleted', create: 'created', edited: 'edited' };

const BASIC_EVENT = {
    ...times('createdAt'), id: ownGid('BasicEvent'), subjectId, subject: () => null,
    appTitle: () => null, attributeToApp: () => false, attributeToUser: () => true,
    criticalAlert: () => false, hasAdditionalContent: () => false, author: () => 'Sandbox',
    message: ({ subjectType, action }) => `Sandbox ${words[action]} ${action === 'edited' ? 'this' : 'a'} `
        + `${KINDS[subjectType].toLowerCase()}.`,
};

const DELETION_EVENT = {
    subjectId, occurredAt: ({ createdAt }) => graphqlTime(createdAt),
};

export const eventTypes = { BasicEvent: BASIC_EVENT, DeletionEvent: DELETION_EVENT };
