// mutate-orders.mjs: cancelling an order through the API.
//
// The mutation only accepts the wish; a job does it a moment later and can still fail, for example
// when a parcel was fulfilled in between.
//
// SPDX-License-Identifier: Apache-2.0
import { idOf } from '../ids.mjs';
import { userError } from './mutations-common.mjs';

const NOTE_LIMIT = 255;

function cancelErrors(shop, args, order) {
    if (!order) return [userError(['orderId'], 'Order does not exist', 'NOT_FOUND')];
    if ((args.staffNote ?? '').length > NOTE_LIMIT) {
        return [userError(['staffNote'], 'Staff note is too long. Maximum length is 255 characters.',
            'INVALID')];
    }
    if (args.refund !== undefined && args.refund !== null && args.refundMethod) {
        return [userError(['refund'],
            'Only one of the arguments `refund` or `refund_method` is allowed.', 'INVALID')];
    }
    const obstacle = shop.orders.cancelObstacle(order);
    return obstacle ? [userError(['orderId'], obstacle, 'INVALID')] : [];
}

function runJob(shop, jobId, orderId, wish) {
    let errors = [];
    try {
        shop.orders.cancel(orderId, wish, 'app');
    } catch (error) {
        errors = [userError(['orderId'], error.message, 'INVALID')];
    }
    shop.store.edit('job', jobId, (job) => {
        job.done = true;
        job.errors = errors;
    });
}

function orderCancel(source, args, { shop }) {
    const orderId = idOf(args.orderId, 'Order');
    const order = shop.store.get('order', orderId);
    const errors = cancelErrors(shop, args, order);
    const answer = {
        __typename: 'OrderCancelPayload', orderCancelUserErrors: errors,
        userErrors: errors.map(({ field, message }) => ({ field, message })),
    };
    if (errors.length > 0) return { ...answer, job: null, jobResult: null };
    const jobId = `gid://shopify/Job/${shop.uuid()}`;
    const job = shop.store.add('job', jobId, { __typename: 'Job', id: jobId, done: false, errors: [] });
    shop.jobLater(() => runJob(shop, jobId, orderId, {
        reason: args.reason, restock: args.restock, staffNote: args.staffNote ?? null,
        refund: args.refund ?? args.refundMethod?.originalPaymentMethodsRefund ?? false,
    }));
    return { ...answer, job, jobResult: {
        __typename: 'OrderCancelJobResult', id: jobId.replace('/Job/', '/OrderCancelJobResult/'),
        done: false, status: 'STARTED', errors: [], order,
    } };
}

export const orderMutations = { orderCancel };
