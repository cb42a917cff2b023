// Resources that run out, and clients that are too many or too slow: real processes, real sockets, real time.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Wire, childrenOf, sanitized, sleep, start, until, within } from './start.mjs';

const MIB = 1 << 20;

const route = (body, out = 'void') => `#include <openspeed/openspeed.h>
#include <string.h>
#include <time.h>
static osp_status answer(osp_ctx *ctx, const void *in, ${out} *out)
{
    (void)ctx, (void)in, (void)out;
    ${body}
}
OSP_ROUTE(GET, answer, void, ${out});
`;
const ROUTES = {
    ok: route('return osp_text(ctx, S("ok"));'),
    hold: route(`if (osp_alloc(ctx, ${8 * MIB}) == NULL) { return OSP_E_NOMEM; }
    OSP_TRY(osp_sleep_ms(ctx, 4000));
    return osp_text(ctx, S("held"));`),
    sleep: route('osp_log(ctx, OSP_LOG_WARNING, "it begins"); OSP_TRY(osp_sleep_ms(ctx, 60000)); return osp_text(ctx, S("slept"));'),
    work: route(`struct timespec now;
    const clock_t end = clock() + 20 * CLOCKS_PER_SEC / 1000;
    do { clock_gettime(CLOCK_MONOTONIC, &now); } while (clock() < end);
    return osp_text(ctx, S("worked"));`),
    big: route(`static char part[65536];
    for (int i = 0; i < 512; i++) { OSP_TRY(osp_write(ctx, (osp_str){ part, sizeof part })); }
    return OSP_OK;`, 'osp_stream'),
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
    await until(20_000, 'a word about it', () => /cannot accept/.test(app.log) && wires.some((wire) => wire.bytes.length > 0));
    const before = spent();
    await sleep(2000);
    assert.ok(spent() - before < 0.4, `${spent() - before} s of processor time while it waits`);
    const answered = wires.filter((wire) => wire.bytes.length > 0).length;
    assert.ok(answered > 0 && answered < 40, `${answered} of 40 are in`);
    assert.equal(app.log.match(/^warning: cannot accept: Too many open files; clients wait until others have gone$/gm)?.length, 1);
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
    await until(20_000, 'a place', async () => {
        const next = await Wire.open(app.port);
        const answer = await ask(next, '/ok').catch(() => null);
        next.close();
        return answer?.status === 200;
    });
    second.close();
}));

test('a handler that waits too long is ended, and its fiber is free', () => withApp(
    { 'deadlines.handler_s': 2, 'limits.requests': 2 }, async (app) => {
        const wires = [await Wire.open(app.port), await Wire.open(app.port)];
        const began = Date.now();
        for (const wire of wires) wire.send(get('/sleep'));
        const third = await Wire.open(app.port);
        await until(10_000, 'both to begin', () => app.log.split('it begins').length === 3);
        const refused = await ask(third, '/ok'); // both fibers are taken
        assert.equal(refused.status, 503);
        assert.equal(refused.headers['retry-after'], '1');
        for (const wire of wires) {
            const answer = await wire.response();
            assert.equal(answer.status, 503);
            assert.equal(answer.headers['retry-after'], '1');
            assert.match(answer.body, /could not answer in time/);
        }
        assert.ok(Date.now() - began < 20_000, `${Date.now() - began} ms`);
        assert.equal((await ask(third, '/ok')).status, 200);
        assert.match(app.log, /error: GET \/sleep: the handler took longer than deadlines\.handler_s, 2 s/);
        for (const wire of [...wires, third]) wire.close();
    }));

/** Reads /big as fast as it comes; how many bytes came. */
function readAll(port) {
    return new Promise((done) => {
        let total = 0;
        const socket = net.connect({ port, host: '127.0.0.1' }, () => socket.write(get('/big')));
        const end = () => {
            socket.destroy();
            done(total);
        };
        socket.on('error', end).on('end', end);
        socket.on('data', (data) => {
            total += data.length;
            if (total > 32 * MIB) end();
        });
    });
}

test('who reads slower than the least rate is closed, who reads faster is not', () => withApp(
    { 'limits.min_send_rate': 2 * MIB, 'deadlines.write_s': 2 }, async (app) => {
        const slow = net.connect({ port: app.port, host: '127.0.0.1' });
        slow.on('error', () => {});
        slow.write(get('/big'));
        slow.pause(); // a little now and then, which is less than the rate
        const timer = setInterval(() => slow.read(16384), 100);
        const fast = await within(30_000, 'the answer', readAll(app.port));
        assert.ok(fast > 32 * MIB, `${fast} bytes`);
        await until(20_000, 'the end of the slow reader', async () => {
            const local = `0100007F:${app.port.toString(16).toUpperCase().padStart(4, '0')}`;
            const ours = fs.readFileSync('/proc/net/tcp', 'utf8').split('\n').map((line) => line.trim().split(/ +/))
                .filter((fields) => fields[1] === local && fields[3] !== '0A'); // also what is closed and not yet sent
            return ours.length === 0;
        });
        clearInterval(timer);
        slow.destroy();
        assert.equal((await fetch(`${app.url}/ok`)).status, 200);
    }));

test('over its memory a worker closes who is idle, refuses, and recovers',
    { skip: sanitized && 'a sanitizer has memory of its own' }, () => withApp({ 'limits.memory': 40 * MIB }, async (app) => {
        const idle = await Wire.open(app.port), kept = await Wire.open(app.port);
        assert.equal((await ask(idle, '/ok')).status, 200);
        const holds = [];
        for (let i = 0; i < 8; i++) {
            const wire = await Wire.open(app.port);
            holds.push(wire.send(get('/hold')).response().then((answer) => {
                wire.close();
                return answer.status;
            }));
        }
        kept.send('GET /ok HTTP/1.1\r\n'); // it has begun
        await idle.closed();
        const refused = await kept.send('Host: test\r\n\r\n').response();
        assert.equal(refused.status, 503);
        assert.equal(refused.headers['retry-after'], '1');
        assert.deepEqual(await Promise.all(holds), Array(8).fill(200)); // what ran was left alone
        await until(30_000, 'recovery', async () => {
            const wire = await Wire.open(app.port);
            const answer = await ask(wire, '/ok').catch(() => null);
            wire.close();
            return answer?.status === 200;
        });
        assert.match(app.log, /memory: \d+ bytes are more than limits\.memory/);
        assert.match(app.log, /memory: \d+ bytes are within limits\.memory again/);
        kept.close();
    }));

test('while the loop is behind some are refused at once, probes never', () => withApp(
    { 'deadlines.wait_ms': 100 }, async (app) => {
        const seen = { 200: 0, 503: 0 }, end = Date.now() + 60_000;
        let probes = 0;
        const enough = () => seen[200] > 20 && seen[503] > 20 && probes > 1;
        const client = async (target, pause) => {
            const wire = await Wire.open(app.port);
            while (Date.now() < end && !enough()) {
                const answer = await ask(wire, target);
                if (target === '/livez') {
                    assert.equal(answer.status, 200);
                    probes++;
                } else {
                    seen[answer.status]++;
                    if (answer.status === 503) assert.equal(answer.headers['retry-after'], '1');
                }
                await sleep(pause);
            }
            wire.close();
        };
        await Promise.all([...Array(40).fill().map(() => client('/work', 50)), client('/livez', 20)]);
        assert.ok(enough(), JSON.stringify({ seen, probes }));
        await until(20_000, 'the end of the overload', () => /overload: it is over, \d+ requests were answered 503\n/.test(app.log));
    }));
