// An application with a configuration of each test's own.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { sleep, start, within } from './start.mjs';

const ROUTES = {
    ok: ['GET', 'return osp_text(ctx, S("ok"));'],
    sleep: ['GET', 'OSP_TRY(osp_sleep_ms(ctx, 1500)); return osp_text(ctx, S("slept"));'],
    nap: ['GET', 'OSP_TRY(osp_sleep_ms(ctx, 4500)); return osp_text(ctx, S("rested"));'],
    echo: ['POST', 'return osp_text(ctx, S("taken"));'],
    client: ['GET', 'return osp_text(ctx, osp_client_address(ctx));'],
    secret: ['GET', 'return osp_text(ctx, osp_secret(ctx, "WORD"));'],
};
const route = (method, body) => `#include <openspeed/openspeed.h>
static osp_status answer(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx, (void)in, (void)out;
    ${body}
}
OSP_ROUTE(${method}, answer, void, void);
`;

export let folder;
export const config = (value) => fs.writeFileSync(path.join(folder, 'openspeed.json'),
    typeof value === 'string' ? value : JSON.stringify(value));
before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-config-'));
    for (const [name, [method, body]] of Object.entries(ROUTES)) {
        fs.mkdirSync(path.join(folder, 'routes', name), { recursive: true });
        fs.writeFileSync(path.join(folder, 'routes', name, 'route.c'), route(method, body));
    }
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

export async function withApp(value, check, options = {}) {
    config(value);
    const app = await start(folder, options);
    try {
        await check(app);
    } finally {
        await app.stop();
    }
}

/** Waits until the log, from `from` on, matches. */
export async function logged(app, pattern, from = 0) {
    await within(60_000, `${pattern} in the log`, (async () => {
        while (!pattern.test(app.log.slice(from))) await sleep(10);
    })()).catch((error) => { throw new Error(`${error.message}:\n${app.log.slice(from)}`); });
}

export async function reload(app, outcome = /reload: the new configuration is in force\n/) {
    const from = app.log.length;
    process.kill(app.pid, 'SIGHUP');
    await logged(app, outcome, from);
    return app.log.slice(from);
}

/** The status of a POST of so many bytes on a connection of its own. */
export const post = (app, size) => new Promise((resolve, reject) => {
    const request = http.request(`${app.url}/echo`, { method: 'POST', agent: false, headers: { 'Content-Length': size } },
        (answer) => answer.resume().on('end', () => resolve(answer.statusCode)));
    request.on('error', reject).end(Buffer.alloc(size));
});
