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

/** Blows up the first text of a row that is neither an id nor a type name nor a moment. */
function lengthen(text, bytes) {
    const row = JSON.parse(text);
    const key = Object.keys(row).find((name) => !['id', '__typename', '__parentId'].includes(name)
        && (row[name] === null || typeof row[name] === 'string') && !/[aA]t$|Id$|status/i.test(name));
    return key === undefined ? text : JSON.stringify({ ...row, [key]: 'x'.repeat(bytes) });
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

    /** Writes the nodes of a slice ([{source, plan}]) with all that is below them. */
    write(nodes) {
        this.roots += nodes.length;
        const pairs = nodes.map((node) => ({ ...node, parentId: null }));
        if (this.grouped) for (const pair of pairs) this.writeGrouped(pair);
        else this.writeLevels(pairs);
    }

    /** Writes a node's row; what is below it comes back, each with its parent's id. */
    row({ source, plan, parentId }) {
        const below = { id: null, nodes: [] };
        const text = plan(source, below);
        this.objects += 1;
        if (parentId === null) this.emit(text);
        else this.child(below.id, parentId, `${text.slice(0, -1)},"__parentId":"${parentId}"}`);
        return below.nodes.map((node) => ({ ...node, parentId: below.id }));
    }

    writeGrouped(pair) {
        for (const child of this.row(pair)) this.writeGrouped(child);
    }

    writeLevels(pairs) {
        const next = [];
        for (const pair of pairs) {
            for (const child of this.row(pair)) next.push(child);
        }
        if (next.length > 0) this.writeLevels(next);
    }

    emit(text) {
        const long = this.fault?.action === 'bulk_long_line' && !this.lengthened;
        this.lengthened = true;
        const shown = long ? lengthen(text, this.fault.bytes ?? LONG_LINE) : text;
        this.spool.append(`${shown.replaceAll('/', '\\/')}\n`);
    }

    /** Children may have to wait; they leave in any order, but never before their parent. */
    child(id, parentId, text) {
        if (this.held === null) {
            this.emit(text);
            return;
        }
        this.held.push({ id, parentId, text });
        this.heldIds.add(id);
        if (this.held.length > RESERVOIR) this.letGo();
    }

    letGo() {
        let place = this.random.below(this.held.length);
        while (this.heldIds.has(this.held[place].parentId)) {
            const { parentId } = this.held[place];
            place = this.held.findIndex(({ id }) => id === parentId);
        }
        const { id, text } = this.held[place];
        this.held[place] = this.held.at(-1);
        this.held.pop();
        this.heldIds.delete(id);
        this.emit(text);
    }

    end() {
        while (this.held?.length > 0) this.letGo();
        this.spool.flush();
    }
}
