// main.mjs: options, two listeners, a port file, and a clean end.
//
// SPDX-License-Identifier: Apache-2.0
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `usage: infra/sandbox/sandbox [option]...

A Shopify Admin GraphQL API to develop, demonstrate and test against. One process is one shop; its
state is in memory. infra/sandbox/README.md describes the control API.

  --port N                 port of the shop, 0 = choose (default 0)
  --control-port N         port of the control API, on 127.0.0.1 only, 0 = choose (default 0)
  --bind ADDRESS           where the shop listens (default 127.0.0.1)
  --port-file FILE         write {"port":N,"control_port":N} there once both listen
  --shop-domain NAME       default sandbox.myshopify.com
  --token TOKEN            access token of the app (default shpat_sandbox)
  --token-file FILE        read the token from a file
  --webhook-secret-file FILE  read the secret that signs webhooks (default: hush)
  --clock-offset-file FILE a number of microseconds added to the clock, re-read when it changes
  --help                   this text

SIGTERM and SIGINT end it.
`;
const OPTIONS = {
    port: { type: 'string', default: '0' }, 'control-port': { type: 'string', default: '0' },
    bind: { type: 'string', default: '127.0.0.1' }, 'port-file': { type: 'string' },
    'shop-domain': { type: 'string', default: 'sandbox.myshopify.com' },
    token: { type: 'string', default: 'shpat_sandbox' }, 'token-file': { type: 'string' },
    'webhook-secret-file': { type: 'string' }, 'clock-offset-file': { type: 'string' },
    help: { type: 'boolean', default: false },
};
const KEEP_ALIVE_MS = 60_000;

class UsageError extends Error {}

function readPort(text, name) {
    const port = Number(text);
    if (!/^\d+$/.test(text) || port > 65_535) {
        throw new UsageError(`--${name}: expected a port from 0 to 65535, not '${text}'`);
    }
    return port;
}

function readSecret(file, name, initial) {
    if (file === undefined) return initial;
    const text = fs.readFileSync(file, 'utf8').trim();
    if (text === '') throw new UsageError(`--${name}: ${file} is empty`);
    return text;
}

function readOptions(args) {
    let values;
    try {
        ({ values } = parseArgs({ args, options: OPTIONS }));
    } catch (error) {
        throw new UsageError(error.message);
    }
    return {
        help: values.help, bind: values.bind, portFile: values['port-file'],
        domain: values['shop-domain'], clockFile: values['clock-offset-file'],
        port: readPort(values.port, 'port'),
        controlPort: readPort(values['control-port'], 'control-port'),
        token: readSecret(values['token-file'], 'token-file', values.token),
        webhookSecret: readSecret(values['webhook-secret-file'], 'webhook-secret-file', 'hush'),
    };
}

function listen(listener, port, address) {
    return new Promise((resolve, reject) => {
        const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener);
        server.on('error', reject);
        server.listen(port, address, () => resolve(server));
    });
}

/** Readers never see half a file: written beside it, then renamed. */
function writePortFile(file, ports) {
    const draft = path.join(path.dirname(file), `.${path.basename(file)}.${crypto.randomUUID()}`);
    fs.writeFileSync(draft, `${JSON.stringify(ports)}\n`);
    fs.renameSync(draft, file);
}

async function start(options) {
    const { Clock } = await import('./clock.mjs');
    const { Shop } = await import('./shop.mjs');
    const { shopListener } = await import('./api/http.mjs');
    const { controlListener } = await import('./control/http.mjs');
    const shop = new Shop({
        clock: new Clock({ offsetFile: options.clockFile }), domain: options.domain,
        token: options.token, webhookSecret: options.webhookSecret,
    });
    const server = await listen(shopListener(shop), options.port, options.bind);
    const control = await listen(controlListener(shop), options.controlPort, '127.0.0.1');
    const { port } = server.address();
    const host = ['0.0.0.0', '::'].includes(options.bind) ? '127.0.0.1' : options.bind;
    shop.baseUrl = `http://${host}:${port}`;
    return { shop, servers: [server, control], ports: { port, control_port: control.address().port } };
}

function endOn(signal, { shop, servers }) {
    process.once(signal, () => {
        shop.stop();
        for (const server of servers) {
            server.close();
            server.closeAllConnections?.();
        }
        process.exit(0);
    });
}

export async function main(args) {
    try {
        const options = readOptions(args);
        if (options.help) {
            process.stdout.write(HELP);
            return;
        }
        const running = await start(options);
        if (options.portFile) writePortFile(options.portFile, running.ports);
        process.stdout.write(`sandbox: shop ${options.domain} on ${running.shop.baseUrl}, control on `
            + `http://127.0.0.1:${running.ports.control_port}\n`);
        endOn('SIGTERM', running);
        endOn('SIGINT', running);
    } catch (error) {
        process.stderr.write(`sandbox: ${error.message}\n`);
        process.exit(error instanceof UsageError ? 2 : 1); // one port may be listening already
    }
}
