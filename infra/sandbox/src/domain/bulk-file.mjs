// bulk-file.mjs: the file of a bulk operation, row by row.
//
// Rows go to disk as they are made, so a file may be larger than memory.  What can be wrong with a
// file on demand is done here: one line of many megabytes, or children far from their parents.
//
// SPDX-License-Identifier: Apache-2.0
import { Random } from '../random.mjs';
import { Spool } from '../spool.mjs';

const RESERVOIR = 2_000;
const LONG_LINE = 20 * 1_048_576;

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
    for (const key of Object.keys(value)) {
        const entry = value[key];
        if (entry !== null && typeof entry === 'object' && Array.isArray(entry.edges)) {
            for (const { node } of entry.edges) children.push(node);
        } else result[key] = stripConnections(entry, children);
    }
    return result;
}

/** Blows up a text of the row; ids and type names stay what they are. */
function lengthen(row, bytes) {
    const key = Object.keys(row).find((name) => !['id', '__typename', '__parentId'].includes(name)
        && (row[name] === null || typeof row[name] === 'string') && !/[aA]t$|Id$|status/i.test(name));
    return key === undefined ? row : { ...row, [key]: 'x'.repeat(bytes) };
}

export class BulkFile {
    /** fault: a rule for this operation, or null. */
    constructor(grouped, fault) {
        this.grouped = grouped;
        this.fault = fault;
        this.spool = new Spool();
        this.objects = 0;
        this.roots = 0;
        this.held = fault?.action === 'bulk_shuffle' ? [] : null;
        this.heldIds = new Set();
        this.random = new Random(fault?.seed ?? 1);
        this.lengthened = false;
    }

    /** Writes the nodes of a slice with all that is below them. */
    write(nodes) {
        this.roots += nodes.length;
        if (this.grouped) for (const node of nodes) this.writeGrouped(node, null);
        else this.writeLevels(nodes.map((node) => [node, null]));
    }

    writeGrouped(node, parentId) {
        const { own, children } = splitNode(node, parentId);
        this.addRow(own);
        for (const child of children) this.writeGrouped(child, own.id);
    }

    writeLevels(pairs) {
        const next = [];
        for (const [node, parentId] of pairs) {
            const { own, children } = splitNode(node, parentId);
            this.addRow(own);
            for (const child of children) next.push([child, own.id]);
        }
        if (next.length > 0) this.writeLevels(next);
    }

    addRow(row) {
        this.objects += 1;
        if (this.held !== null && row.__parentId !== undefined) this.hold(row);
        else this.emit(row);
    }

    emit(row) {
        const long = this.fault?.action === 'bulk_long_line' && !this.lengthened;
        this.lengthened = true;
        this.spool.append(rowText(long ? lengthen(row, this.fault.bytes ?? LONG_LINE) : row));
    }

    /** Children wait and leave in any order, but never before their parent. */
    hold(row) {
        this.held.push(row);
        this.heldIds.add(row.id);
        if (this.held.length > RESERVOIR) this.letGo();
    }

    letGo() {
        let place = this.random.below(this.held.length);
        while (this.heldIds.has(this.held[place].__parentId)) {
            const parentId = this.held[place].__parentId;
            place = this.held.findIndex(({ id }) => id === parentId);
        }
        const row = this.held[place];
        this.held[place] = this.held.at(-1);
        this.held.pop();
        this.heldIds.delete(row.id);
        this.emit(row);
    }

    end() {
        while (this.held?.length > 0) this.letGo();
        this.spool.flush();
    }
}
