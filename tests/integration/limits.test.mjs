// Descriptors that run out, and clients that are too many: real processes, real sockets, real time.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { childrenOf, sleep, start, Wire } from './start.mjs';

const route = (body, out = 'void') => `#include <openspeed/openspeed.h>
static osp_status answer(osp_ctx *ctx, const void *in, ${out} *out)
{
    (void)ctx, (void)in, (void)out;
    ${body}
}
OSP_ROUTE(GET, answer, void, ${out});
`;
const ROUTES = {
    ok: route('return osp_text(ctx, S("ok"));'),
};

let folder;
before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-limits-'));
    for (const [name, text] of Object.entries(ROUTES)) {
        fs.mkdirSync(path.join(folder, 'routes', name), { recursive: true });
        fs.writeFileSync(path.join(folder, 'routes', name, 'route.c'), text);
    }
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Runs `check` on an application of its own, with these keys. */
async function withApp(keys, check) {
    const env = Object.fromEntries(Object.entries(keys).map(([key, value]) =>
        [`OPENSPEED_${key.replace('.', '_').toUpperCase()}`, String(value)]));
    const app = await start(folder, { env });
    try {
        await check(app);
    } finally {
        await app.stop();
    }
}

async function until(ms, what, ready) {
    for (const end = Date.now() + ms; !(await ready()); await sleep(20)) {
        assert.ok(Date.now() < end, `${what}: nothing within ${ms} ms`);
    }
}

const get = (target) => `GET ${target} HTTP/1.1\r\nHost: test\r\n\r\n`;
const ask = (wire, target) => wire.send(get(target)).response();

test('without descriptors a worker neither spins nor forgets who waits', () => withApp({}, async (app) => {
    const [worker] = childrenOf(app.pid);
    const open = fs.readdirSync(`/proc/${worker}/fd`).map(Number);
    const limit = Math.max(...open) + 11;
    await promisify(execFile)('prlimit', [`--pid=${worker}`, `--nofile=${limit}:${limit}`]);
    const wires = [];
    for (let i = 0; i < 40; i++) wires.push(await Wire.open(app.port));
    const spent = () => {
        const fields = fs.readFileSync(`/proc/${worker}/stat`, 'utf8').split(') ')[1].split(' ');
        return (Number(fields[11]) + Number(fields[12])) / 100; // of 100 a second
    };
    for (const wire of wires) wire.send(get('/ok'));
    await sleep(500);
    const before = spent();
    await sleep(2000);
    assert.ok(spent() - before < 0.4, `${spent() - before} s of processor time while it waits`);
    const answered = wires.filter((wire) => wire.bytes.length > 0).length;
    assert.ok(answered > 0 && answered < 40, `${answered} of 40 are in`);
    for (let left = wires; left.length > 0;) { // those who are in go, others come in
        const [wire] = left.filter((one) => one.bytes.length > 0);
        if (wire === undefined) {
            await sleep(20);
            continue;
        }
        assert.equal((await wire.response()).status, 200);
        wire.close();
        left = left.filter((one) => one !== wire);
    }
}));

test('a client has so many connections', () => withApp({ 'limits.connections_per_client': 2 }, async (app) => {
    const first = await Wire.open(app.port), second = await Wire.open(app.port);
    assert.equal((await ask(first, '/ok')).status, 200);
    assert.equal((await ask(second, '/ok')).status, 200);
    const third = await Wire.open(app.port);
    await third.closed();
    first.close();
    await until(5000, 'a place', async () => {
        const next = await Wire.open(app.port);
        const answer = await ask(next, '/ok').catch(() => null);
        next.close();
        return answer?.status === 200;
    });
    second.close();
}));
