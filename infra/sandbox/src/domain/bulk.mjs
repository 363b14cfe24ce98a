// bulk.mjs: bulk operations: a query over everything, answered as a file of JSON lines.
//
// The query runs in slices between which other requests are served, so a bulk export does not make
// the API slow.  It is no consistent snapshot: an object is read when its slice comes, as at the
// real one.  Rows of a slice come parents first, children after all of them: without groupObjects
// nobody may rely on children following their parent directly.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql } from '../schema.mjs';
import { US_PER_MS, US_PER_S } from '../clock.mjs';
import { gid } from '../ids.mjs';
import { planBulk } from '../api/bulk-plan.mjs';
import { BulkFile } from './bulk-file.mjs';

const SLICE = 20;
const SHOW_EVERY = 50; // slices after which a poll sees a new count
const ACTIVE = ['CREATED', 'RUNNING', 'CANCELING'];

export class Bulk {
    constructor(shop) {
        this.shop = shop;
        this.stop();
    }

    stop() {
        for (const timer of this.timers ?? []) clearTimeout(timer);
        this.timers = new Set();
        for (const { spool } of this.files?.values() ?? []) spool.close();
        for (const { file } of this.jobs?.values() ?? []) file.spool.close();
        this.files = new Map(); // name -> {spool, expires}
        this.jobs = new Map(); // id -> what runs
        this.generation = (this.generation ?? 0) + 1;
    }

    isActive({ status }) {
        return ACTIVE.includes(status);
    }

    /** The refusal of a sixth operation, or null. */
    busy() {
        const active = [...this.shop.store.all('bulk')].filter((bulk) => this.isActive(bulk));
        if (active.length < this.shop.config.bulk_limit) return null;
        return 'A bulk query operation for this app and shop is already in progress: '
            + `${active.map(({ id }) => gid('BulkOperation', id)).join(', ')}.`;
    }

    start(query, groupObjects) {
        const { shop } = this;
        const id = shop.ids.next('BulkOperation');
        const operation = shop.store.add('bulk', id, {
            __typename: 'BulkOperation', id, query, groupObjects, status: 'CREATED',
            errorCode: null, createdAt: shop.clock.now(), completedAt: null, objectCount: 0,
            rootObjectCount: 0, fileSize: null, url: null, partialDataUrl: null,
        });
        this.later(shop.config.bulk_delay_ms / 2, () => this.run(id));
        return operation;
    }

    later(ms, action) {
        const { generation } = this;
        const timer = setTimeout(() => {
            this.timers.delete(timer);
            if (generation === this.generation) action();
        }, ms);
        this.timers.add(timer);
    }

    edit(id, changes) {
        return this.shop.store.edit('bulk', id, (bulk) => Object.assign(bulk, changes));
    }

    cancel(id) {
        const operation = this.edit(id, { status: 'CANCELING' });
        this.later(this.shop.config.bulk_delay_ms, () => {
            const job = this.jobs.get(id);
            if (job) this.fail(job, 'CANCELED', null);
            else this.finish(id, 'CANCELED', {});
        });
        return operation;
    }

    run(id) {
        const operation = this.shop.store.get('bulk', id);
        if (operation.status !== 'CREATED') return;
        this.edit(id, { status: 'RUNNING' });
        const fault = this.shop.faults.forBulk();
        const job = {
            id, fault, document: graphql.parse(operation.query), plan: null, slices: 0,
            file: new BulkFile(operation.groupObjects, fault),
            state: { entries: null, start: 0, size: SLICE },
        };
        this.jobs.set(id, job);
        this.later(this.shop.config.bulk_delay_ms / 2, () => this.slice(job));
    }

    slice(job) {
        if (this.shop.store.get('bulk', job.id).status !== 'RUNNING') return; // cancelled
        try {
            job.plan ??= planBulk(this.shop, job.document, job.state);
            job.file.write(job.plan.slice());
        } catch (error) {
            const denied = error.extensions?.code === 'ACCESS_DENIED';
            if (!(error instanceof graphql.GraphQLError)) process.stderr.write(`sandbox: ${error.stack}\n`);
            this.fail(job, 'FAILED', denied ? 'ACCESS_DENIED' : 'INTERNAL_SERVER_ERROR');
            return;
        }
        if (job.fault?.action === 'bulk_fail' && job.file.roots >= (job.fault.rows ?? 0)) {
            this.fail(job, 'FAILED', job.fault.error_code ?? 'INTERNAL_SERVER_ERROR');
            return;
        }
        this.goOn(job);
    }

    goOn(job) {
        job.state.start += SLICE;
        job.slices += 1;
        if (job.state.entries === null || job.state.start >= job.state.entries.length) {
            this.complete(job);
            return;
        }
        const pause = this.shop.config.bulk_slice_ms;
        if (pause > 0 || job.slices % SHOW_EVERY === 0) this.edit(job.id, this.counts({ file: job.file }));
        if (pause > 0) {
            this.later(pause, () => this.slice(job));
            return;
        }
        const { generation } = this;
        setImmediate(() => { // other requests are served between slices
            if (generation === this.generation) this.slice(job);
        });
    }

    /** Keeps the file and returns its address; null when there are no rows. */
    publish(file) {
        file.end();
        if (file.objects === 0) {
            file.spool.close();
            return { url: null, fileSize: null };
        }
        const name = `${this.shop.uuid()}.jsonl`;
        const expires = this.shop.clock.now() + this.shop.config.bulk_url_expires_ms * US_PER_MS;
        this.files.set(name, { spool: file.spool, expires });
        const url = `${this.shop.baseUrl}/bulk/${name}?Expires=${Math.floor(expires / US_PER_S)}`;
        return { url, fileSize: file.spool.length };
    }

    /** A rule may let Shopify count wrongly: readers who compare find out. */
    counts({ file, fault }) {
        const wrong = fault?.action === 'bulk_wrong_count' ? fault.count_delta ?? 1 : 0;
        return { objectCount: file.objects + wrong, rootObjectCount: file.roots };
    }

    complete(job) {
        this.end(job, 'COMPLETED', { ...this.publish(job.file), ...this.counts(job) });
    }

    /** What was written so far is kept for those who can use a part. */
    fail(job, status, errorCode) {
        const { url } = this.publish(job.file);
        this.end(job, status, { errorCode, partialDataUrl: url, ...this.counts(job) });
    }

    end(job, status, changes) {
        this.jobs.delete(job.id);
        this.finish(job.id, status, changes);
    }

    finish(id, status, changes) {
        const act = this.shop.act('shopify', 'bulk_operation_finished');
        const operation = this.edit(id, { status, completedAt: act.at, ...changes });
        act.send('bulk_operations/finish', () => ({
            admin_graphql_api_id: gid('BulkOperation', id),
            completed_at: this.shop.restTime(operation.completedAt),
            created_at: this.shop.restTime(operation.createdAt),
            error_code: operation.errorCode?.toLowerCase() ?? null,
            status: status.toLowerCase(), type: 'query',
        }), id);
        act.finish({ kind: 'bulk_operation', id: BigInt(id) },
            { status, objects: operation.objectCount });
    }
}
