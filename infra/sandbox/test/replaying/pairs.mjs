// pairs.mjs: finds request and answer pairs in a recording, whatever its layout.
//
// A recording is one JSON file of a scenario: a tree in which some objects hold a request (`query`
// and `variables`, perhaps below `request`) and its answer (`response`, perhaps with the body below
// `payload` or `body`).  Bare answers without a request are facts: they tell what existed.
//
// Requests below `upstreamCalls` were sent against a state that the order in the file does not
// tell: they stand apart.
//
// SPDX-License-Identifier: Apache-2.0

const BEFORE = ['setup', 'preconditionRead']; // what was sent first, wherever it is told
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const isAnswer = (value) => isObject(value) && (isObject(value.data) || Array.isArray(value.errors));

function answerOf(node) {
    const { response } = node;
    if (!isObject(response)) return null;
    return [response.payload, response.body, response].find(isAnswer) ?? null;
}

const looksLikeDocument = (text) => typeof text === 'string' && text.includes('{');

function requestOf(node, inherited) {
    const holders = [node, isObject(node.request) ? node.request : {}];
    return {
        query: holders.map(({ query }) => query).find(looksLikeDocument) ?? null,
        variables: holders.map(({ variables }) => variables).find(isObject) ?? inherited,
        documentPath: holders.map(({ documentPath }) => documentPath).find(Boolean) ?? null,
    };
}

class Finder {
    constructor() {
        this.pairs = [];
        this.seen = new Set();
    }

    /** The same request with the same answer, told twice, is one pair. */
    add(pair) {
        const key = JSON.stringify([pair.query, pair.variables, pair.answer.data, pair.answer.errors]);
        if (this.seen.has(key)) return;
        this.seen.add(key);
        this.pairs.push(pair);
    }

    visit(node, path, apart, inherited) {
        if (Array.isArray(node)) {
            node.forEach((entry, index) => this.visit(entry, [...path, index], apart, inherited));
            return;
        }
        if (!isObject(node)) return;
        const answer = answerOf(node);
        const name = path.join('/') || '.';
        const below = (keys) => keys.forEach((key) => this.visit(node[key], [...path, key],
            apart || key === 'upstreamCalls', path.length === 0 ? node.variables ?? null : inherited));
        const keys = Object.keys(node);
        below(keys.filter((key) => BEFORE.includes(key)));
        if (answer) this.add({ name, apart, answer, ...requestOf(node, inherited) });
        else if (isAnswer(node)) this.add({ name, apart, answer: node, query: null, variables: null });
        if (isAnswer(node)) return;
        below(keys.filter((key) => !BEFORE.includes(key) && !(key === 'response' && answer)));
    }
}

/** A pair without a document whose answer another pair gives with one says nothing new. */
function withoutEchoes(pairs) {
    const told = new Set(pairs.filter(({ query }) => query)
        .map(({ answer }) => JSON.stringify(answer.data)));
    return pairs.filter(({ query, answer }) =>
        query || answer.errors || !told.has(JSON.stringify(answer.data)));
}

/** The pairs of a recording: {name, apart, query, variables, documentPath, answer}. */
export function pairsOf(recording) {
    const finder = new Finder();
    finder.visit(recording, [], false, null);
    return withoutEchoes(finder.pairs);
}
