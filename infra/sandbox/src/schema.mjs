// schema.mjs: the real Admin API schema and the engine that executes it.
//
// Both lie below var/ (infra/sandbox/setup puts them there), so graphql is loaded from that folder
// and not from beside this file.  Parsing the schema takes a third of a second, once per process.
//
// SPDX-License-Identifier: Apache-2.0
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const SCHEMA_FILE = 'admin_2026-10.json.gz';

const here = path.dirname(fileURLToPath(import.meta.url));
const varFolder = process.env.MILLRACE_VAR || path.resolve(here, '../../../var');
const folder = path.join(varFolder, 'sandbox');

function load() {
    if (!fs.existsSync(path.join(folder, SCHEMA_FILE))) {
        throw new Error(`${SCHEMA_FILE} is not in ${folder}: run infra/sandbox/setup first`);
    }
    const graphql = createRequire(path.join(folder, 'package.json'))('graphql');
    const text = zlib.gunzipSync(fs.readFileSync(path.join(folder, SCHEMA_FILE))).toString();
    return { graphql, schema: graphql.buildClientSchema(JSON.parse(text).data) };
}

export const { graphql, schema } = load();
