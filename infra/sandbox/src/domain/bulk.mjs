// bulk.mjs: bulk operations: a query over everything, answered as a file of JSON lines.
//
// The query runs in slices between which other requests are served, so a bulk export does not make
// the API slow.  It is no consistent snapshot: an object is read when its slice comes, as at the
// real one.  Rows of a slice come parents first, children after all of them: without groupObjects
// nobody may rely on children following their parent directly.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql } from '../schema.mjs';
import { gid } from '../ids.mjs';

const LIMIT = 5;
const SLICE = 20;
const ACTIVE = ['CREATED', 'RUNNING', 'CANCELING'];

const rowText = (row) => `${JSON.stringify(row).replace(/\//g, '\\/')}\n`;

/** Splits a node into its own row and the children found in its connections. */
function splitNode(node, parentId) {
    const children = [];
    const own = stripConnections(node, children);
    if (parentId !== null) own.__parentId = parentId;
    return { own, children };
}

function stripConnections(value, children) {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((entry) => stripConnections(entry, children));
    const result = {};
    for (const [key, entry] of Object.entries(value)) {
        if (entry !== null && typeof entry === 'object' && Array.isArray(entry.edges)) {
            children.push(...entry.edges.map(({ node }) => node));
        } else result[key] = stripConnections(entry, children);
    }
    return result;
}

export class Bulk {
    constructor(shop) {
        this.shop = shop;
        this.stop();
    }

    stop() {
        for (const timer of this.timers ?? []) clearTimeout(timer);
        this.timers = new Set();
        this.files = new Map();
        this.generation = (this.generation ?? 0) + 1;
    }

    isActive({ status }) {
        return ACTIVE.includes(status);
    }

    /** The refusal of a sixth operation, or null. */
    busy() {
        const active = [...this.shop.store.all('bulk')].filter((bulk) => this.isActive(bulk));
        if (active.length < LIMIT) return null;
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
        this.later(this.shop.config.bulk_delay_ms, () => this.finish(id, 'CANCELED', {}));
        return operation;
    }

    run(id) {
        const operation = this.shop.store.get('bulk', id);
        if (operation.status !== 'CREATED') return;
        this.edit(id, { status: 'RUNNING' });
        const job = {
            id, document: graphql.parse(operation.query), chunks: [], objects: 0, roots: 0,
            state: { entries: null, start: 0, size: SLICE }, fault: this.shop.faults.forBulk(),
            grouped: operation.groupObjects,
        };
        this.later(this.shop.config.bulk_delay_ms / 2, () => this.slice(job));
    }

    slice(job) {
        if (this.shop.store.get('bulk', job.id).status !== 'RUNNING') return; // cancelled
        const { execute } = this.shop;
        const result = execute(this.shop, job.document, { bulkState: job.state });
        if (result.errors) {
            this.fail(job, 'INTERNAL_SERVER_ERROR');
            return;
        }
        const [root] = Object.values(result.data);
        this.write(job, root);
        if (job.fault && job.roots >= (job.fault.rows ?? 0)) {
            this.fail(job, job.fault.error_code ?? 'INTERNAL_SERVER_ERROR');
            return;
        }
        job.state.start += SLICE;
        if (job.state.entries !== null && job.state.start < job.state.entries.length) {
            this.later(0, () => this.slice(job));
        } else this.complete(job);
    }

    /** Writes the rows of a slice; a root that is one object rather than a connection is one row. */
    write(job, root) {
        const nodes = root === null ? [] : root.edges ? root.edges.map(({ node }) => node) : [root];
        job.roots += nodes.length;
        if (job.grouped) for (const node of nodes) this.writeGrouped(job, node, null);
        else this.writeLevels(job, nodes.map((node) => [node, null]));
    }

    writeGrouped(job, node, parentId) {
        const { own, children } = splitNode(node, parentId);
        this.addRow(job, own);
        for (const child of children) this.writeGrouped(job, child, own.id);
    }

    writeLevels(job, pairs) {
        const next = [];
        for (const [node, parentId] of pairs) {
            const { own, children } = splitNode(node, parentId);
            this.addRow(job, own);
            for (const child of children) next.push([child, own.id]);
        }
        if (next.length > 0) this.writeLevels(job, next);
    }

    addRow(job, row) {
        job.chunks.push(rowText(row));
        job.objects += 1;
    }

    /** Keeps the file and returns its address; null when there are no rows. */
    publish(job) {
        if (job.chunks.length === 0) return { url: null, fileSize: null };
        const content = Buffer.from(job.chunks.join(''));
        const name = `${this.shop.uuid()}.jsonl`;
        this.files.set(name, content);
        return { url: `${this.shop.baseUrl}/bulk/${name}`, fileSize: content.length };
    }

    complete(job) {
        const { url, fileSize } = this.publish(job);
        this.finish(job.id, 'COMPLETED', {
            url, fileSize, objectCount: job.objects, rootObjectCount: job.roots,
        });
    }

    fail(job, errorCode) {
        const { url } = this.publish(job);
        this.finish(job.id, 'FAILED', {
            errorCode, partialDataUrl: url, objectCount: job.objects, rootObjectCount: job.roots,
        });
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
