// play.mjs: sends the pairs of recordings and judges the answers.
//
// SPDX-License-Identifier: Apache-2.0
import fs from 'node:fs';
import path from 'node:path';
import { graphql, schema } from '../../src/schema.mjs';
import { sleep, startShop, until } from '../lib/shop.mjs';
import { walk } from '../lib/walk.mjs';
import { costs, difference } from './compare.mjs';
import { documentOf, NoDocument } from './document.mjs';
import { Facts, listOf } from './facts.mjs';
import { pairsOf } from './pairs.mjs';
import { Scene } from './scene.mjs';

const READ_TRIES = 10;

const rootsIn = (document) => document.definitions.filter(({ kind }) => kind === 'OperationDefinition')
    .flatMap(({ selectionSet }) => selectionSet.selections.map(({ name }) => name?.value ?? '...'));

const kindIn = (document) => document.definitions
    .find(({ kind }) => kind === 'OperationDefinition')?.operation;

/** The document of a pair: recorded, found by its path, or written again. */
function findDocument(pair, folder) {
    if (pair.query) return { text: pair.query, recorded: true };
    const file = folder && pair.documentPath
        && path.join(folder, path.basename(pair.documentPath));
    if (file && fs.existsSync(file)) return { text: fs.readFileSync(file, 'utf8'), recorded: true };
    return { text: documentOf(pair), recorded: false };
}

/** {text, recorded, roots, operation}; a text that does not parse has neither roots nor kind. */
function read(pair, folder) {
    const found = findDocument(pair, folder);
    try {
        const document = graphql.parse(found.text);
        return { ...found, document, roots: rootsIn(document), operation: kindIn(document) };
    } catch {
        return { ...found, document: null, roots: Object.keys(pair.answer.data ?? {}), operation: null };
    }
}

/** Why a pair says nothing about the sandbox, or null. */
function obstacle(pair, request, served) {
    const known = request.roots.filter((root) => schema.getQueryType().getFields()[root]
        || schema.getMutationType().getFields()[root]);
    const missing = known.find((root) => !served.has(root));
    if (missing && (pair.answer.data || served.size === 0)) return `'${missing}' is not served`;
    if (pair.answer.errors || !request.document) return null;
    const faults = graphql.validate(schema, request.document);
    if (faults.length > 0) return `not valid any more: ${faults[0].message}`;
    const trimmed = walk(request.text, pair.variables ?? {}, pair.answer);
    return trimmed.length > 0 ? `the recorded answer is not whole: ${trimmed[0]}` : null;
}

async function send(scene, request, pair) {
    const response = await scene.shop.post(scene.text(request.text), await scene.variables(pair));
    return response.json();
}

/** What a mutation left to a job is done before the next request, as whoever recorded it waited too. */
async function settle(shop, data) {
    const jobs = Object.values(data ?? {}).map((payload) => payload?.job?.id).filter(Boolean);
    for (const id of jobs) {
        await until(`job ${id}`, async () => (await shop.ask('query ($id: ID!) { job(id: $id) { done } }',
            { id })).data.job.done);
    }
}

/** Places at which a mutation of the recording stocks an item for the first time. */
function latePlaces(pairs) {
    return new Set(pairs.filter(({ answer }) => answer.data?.inventoryActivate)
        .map(({ variables }) => variables?.locationId).filter(Boolean));
}

/** Places to which the orders that a recording enters went. */
function homePlaces(pairs) {
    const works = pairs.flatMap(({ answer }) => listOf(answer.data?.orderCreate?.order?.fulfillmentOrders));
    return new Set(works.map((work) => work.assignedLocation?.location?.id).filter(Boolean));
}

class Recording {
    constructor(shop, file, settings) {
        this.shop = shop;
        this.name = path.basename(file, '.json');
        this.settings = settings;
        this.pairs = pairsOf(JSON.parse(fs.readFileSync(file, 'utf8')));
        this.pairs.forEach((pair, index) => { pair.index = pair.apart ? index - this.pairs.length : index; });
        this.facts = new Facts(this.pairs);
        this.places = { late: latePlaces(this.pairs), home: homePlaces(this.pairs) };
    }

    result(pair, roots, outcome, reason, more = {}) {
        return { recording: this.name, name: pair.name, roots, outcome, reason, cost: null, ...more };
    }

    async fresh() {
        await this.shop.control('POST', 'reset');
        return new Scene(this.shop, this.facts, this.places);
    }

    async play() {
        const results = [];
        let scene = await this.fresh();
        const asked = this.pairs.filter(({ variables, query }) => variables || query); // others are facts
        for (const pair of [...asked.filter(({ apart }) => !apart), ...asked.filter(({ apart }) => apart)]) {
            if (pair.apart) scene = await this.fresh();
            results.push(await this.one(scene, pair));
        }
        return results;
    }

    async one(scene, pair) {
        let request;
        try {
            request = read(pair, this.settings.documents);
        } catch (error) {
            if (!(error instanceof NoDocument)) throw error;
            return this.result(pair, Object.keys(pair.answer.data ?? {}), 'skip',
                `no document: ${error.message}`);
        }
        pair.reads = request.operation !== 'mutation';
        pair.creates = this.made(pair, request);
        pair.roots = request.roots;
        pair.served = request.roots.every((root) => this.settings.served.has(root));
        try {
            await scene.prepare(pair, pair.index);
        } catch (error) {
            return this.result(pair, request.roots, 'miss', `the scene cannot be set: ${error.message}`);
        }
        const reason = obstacle(pair, request, this.settings.served);
        if (!reason) return this.hold(scene, pair, request);
        if (request.operation === 'mutation') await scene.instead(pair, request.roots);
        return this.result(pair, request.roots, 'skip', reason);
    }

    /** What the mutation itself makes must not be there before it. */
    made(pair, { operation }) {
        if (operation !== 'mutation') return [];
        const told = JSON.stringify(pair.variables ?? {});
        return Object.values(pair.answer.data ?? {}).flatMap((payload) =>
            Object.values(payload ?? {}).map((value) => value?.id)).filter((id) => id && !told.includes(id));
    }

    /** A read is repeated while it differs: both shops do some things in the background. */
    async ask(scene, request, pair, about) {
        for (let tries = pair.reads ? READ_TRIES : 1; ; tries -= 1) {
            const answered = await send(scene, request, pair);
            scene.learn(pair.answer.data, answered.data);
            const found = difference(pair.answer, answered, about);
            if (!found || tries === 1) return { answered, found };
            await sleep(50);
        }
    }

    async hold(scene, pair, request) {
        const about = { withPlaces: request.recorded, here: (id) => scene.map.get(id) };
        const { answered, found } = await this.ask(scene, request, pair, about);
        await settle(scene.shop, answered.data);
        const strict = found ?? difference(pair.answer, answered, { ...about, values: true });
        return this.result(pair, request.roots, found ? 'miss' : 'pass',
            found ? `${found.path}: ${found.text}` : strict && `value: ${strict.path}: ${strict.text}`,
            { values: strict === null, recorded: request.recorded, cost: request.recorded ? costs(pair.answer, answered) : null });
    }
}

/** Plays every file; `settings.documents` is a folder of documents named by path. */
export async function playAll(files, settings) {
    const shop = await startShop({ fo_delay_ms: 1, job_delay_ms: 1, auto_archive: false });
    const { served } = await shop.control('GET', 'health');
    const all = { ...settings, served: new Set(Array.isArray(served) ? served
        : Object.values(served).flat()) };
    const results = [];
    for (const file of files) results.push(...await new Recording(shop, file, all).play());
    return results;
}
