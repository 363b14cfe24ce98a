// main.mjs: plays recordings and says how many answers come out alike.
//
// SPDX-License-Identifier: Apache-2.0
import fs from 'node:fs';
import path from 'node:path';
import { playAll } from './play.mjs';

const HELP = `usage: replay [--verbose] [--json] [--documents FOLDER] [--at-least PERCENT] FOLDER|FILE.json ...

Plays recorded pairs of requests and answers of the Admin API against a fresh sandbox for each
recording and prints every MISS with its first difference, and a summary. Pairs that cannot be held
against it (skip) are counted by reason: a root field that is not served, a document that is lost or
no longer valid, an answer that does not match its document.

    --verbose           also every pair that passes or is skipped, and differences of value and cost
    --json              a machine's summary as the last line
    --documents FOLDER  where documents lie that a recording names by path
    --at-least PERCENT  exit 1 when fewer pass (95)
`;

function options(given) {
    const all = { verbose: false, json: false, documents: null, atLeast: 95, inputs: [] };
    for (let i = 0; i < given.length; i += 1) {
        const word = given[i];
        if (word === '--help') {
            process.stdout.write(HELP);
            process.exit(0);
        } else if (word === '--verbose' || word === '--json') all[word.slice(2)] = true;
        else if (word === '--documents') all.documents = given[i += 1];
        else if (word === '--at-least') all.atLeast = Number(given[i += 1]);
        else if (word.startsWith('--')) throw new Error(`no option ${word}: see --help`);
        else all.inputs.push(word);
    }
    if (all.inputs.length === 0) throw new Error('name a folder of recordings: see --help');
    return all;
}

function filesOf(input) {
    if (fs.statSync(input).isFile()) return [input];
    return fs.readdirSync(input, { recursive: true }).filter((name) => name.endsWith('.json')).sort()
        .map((name) => path.join(input, name));
}

const share = (part, all) => (all === 0 ? 'none' : `${part} of ${all} (${(100 * part / all).toFixed(1)} %)`);

function summary(results) {
    const held = results.filter(({ outcome }) => outcome !== 'skip');
    const passed = held.filter(({ outcome }) => outcome === 'pass');
    const costs = (name) => held.map(({ cost }) => cost?.[name] ?? null).filter((same) => same !== null);
    return {
        pairs: results.length, held: held.length, passed: passed.length,
        same_values: passed.filter(({ values }) => values).length,
        recorded_held: held.filter(({ recorded }) => recorded).length,
        recorded_passed: passed.filter(({ recorded }) => recorded).length,
        skipped: results.length - held.length,
        requested_costs: costs('requested').length, requested_cost: costs('requested').filter(Boolean).length,
        actual_costs: costs('actual').length, actual_cost: costs('actual').filter(Boolean).length,
    };
}

/** Reasons of skips, the most frequent first. */
function reasons(results) {
    const counts = new Map();
    for (const { outcome, reason } of results) {
        if (outcome !== 'skip') continue;
        const short = reason.replace(/: .*/, '');
        counts.set(short, (counts.get(short) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `    ${count} ${reason}\n`).join('');
}

function print(result, verbose) {
    if (result.outcome !== 'miss' && !verbose) return;
    const where = `${result.recording} ${result.name} [${result.roots.join(' ')}]`;
    const word = { pass: 'pass', miss: 'MISS', skip: 'skip' }[result.outcome];
    const notes = [result.reason, verbose ? result.cost?.text : null].filter(Boolean);
    process.stdout.write([`${word} ${where}`, ...notes].join('\n     ') + '\n');
}

async function main() {
    const wanted = options(process.argv.slice(2));
    const files = wanted.inputs.flatMap(filesOf);
    const results = await playAll(files, wanted);
    for (const result of results) print(result, wanted.verbose);
    const told = summary(results);
    process.stdout.write(`reproduced in shape, code and message: ${share(told.passed, told.held)}\n`
        + `  of these with the same enums, booleans and numbers: ${share(told.same_values, told.passed)}\n`
        + `  with the document that was recorded: ${share(told.recorded_passed, told.recorded_held)}\n`
        + `requested cost: ${share(told.requested_cost, told.requested_costs)}\n`
        + `actual cost: ${share(told.actual_cost, told.actual_costs)}\n`
        + `cannot be held against the sandbox: ${told.skipped} of ${told.pairs}\n${reasons(results)}`);
    if (wanted.json) process.stdout.write(`${JSON.stringify(told)}\n`);
    process.exit(told.held > 0 && 100 * told.passed >= wanted.atLeast * told.held ? 0 : 1);
}

main().catch((error) => {
    process.stderr.write(`replay: ${process.env.REPLAY_TRACE ? error.stack : error.message}\n`);
    process.exit(2);
});
