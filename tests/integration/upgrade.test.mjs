// Another executable takes over under load, workers are replaced and killed, and nobody else notices.
// Sanitizers: address, thread. Signals come at any time.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { sanitized } from '../load/clients.mjs';
import { handovers, kills, middle } from '../load/faults.mjs';
import { alive, installed, killServices, service as serviceOf } from './service.mjs';
import { childrenOf, root, sleep, until } from './start.mjs';

const RATE = sanitized ? 300 : 2000; // requests a second; those of a machine at rest are asked for by make handover

let hello, loaded, folder, executable;
before(async () => {
    hello = await installed('hello');
    loaded = await installed(path.join(root, 'tests/apps/load'));
    ({ folder, executable } = hello);
});
after(() => {
    killServices();
    hello.remove();
    loaded.remove();
});

const service = (args, env) => serviceOf(hello, args, env);

test('10 reloads and 10 upgrades under load cost no request and close no connection that asks', async () => {
    const app = await serviceOf(loaded, ['--workers', '2']);
    const got = await handovers(app, { reloads: 10, upgrades: 10, rate: RATE, connections: 64, pause_ms: 50 });
    assert.equal(got.failed, 0, JSON.stringify([got.events.slice(0, 10), got.samples]));
    const workers = new Set(got.workers.map(({ worker }) => worker)).size;
    assert.ok(workers > 20, `only ${workers} workers have answered`);
    assert.ok(got.per_s >= RATE / 4, `${got.per_s} requests a second`); // the machine may be busy
    await until(20_000, 'the end of all old ones', () => !got.workers.some(({ worker }) => alive(worker) && !childrenOf(app.pid()).includes(worker)));
    assert.equal(childrenOf(app.pid()).length, 2);
    await app.end();
});

test('20 workers that are killed under load cost what they were answering, and nobody else anything', async () => {
    const app = await serviceOf(loaded, ['--workers', '4']);
    const got = await kills(app, { count: 20, rate: RATE, connections: 64, pause_ms: 150, late_ms: 2000 });
    assert.deepEqual(got.foreign, [], JSON.stringify(got.samples));
    for (const { worker } of got.kills) {
        const lost = got.events.filter((event) => event.worker === worker && event.kind.startsWith('lost_')).length;
        assert.ok(lost <= 64, `${lost} requests lost by one worker`); // one a connection at most, of those it had
    }
    assert.ok(got.right > RATE, `${got.right}`);
    // A figure for the machine at rest is that of make kills.
    assert.ok(middle(got.again_ms) < (sanitized ? 10_000 : 2000), `${got.again_ms}`);
    assert.equal(childrenOf(app.pid()).length, 4);
    await app.end();
});

test('an idle connection outlives the upgrade by one request', async () => {
    const app = await service();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () => new Promise((resolve, reject) => {
        http.get({ port: app.port, host: '127.0.0.1', path: '/hello/Ada', agent }, (answer) => {
            answer.resume().on('end', () => resolve(answer)).on('error', reject);
        }).on('error', reject);
    });
    assert.notEqual((await ask()).headers.connection, 'close');
    const old = await app.upgrade();
    await sleep(500);
    assert.ok(alive(old));
    const last = await ask();
    assert.equal(last.statusCode, 200);
    assert.equal(last.headers.connection, 'close');
    await until(20_000, 'the end of the old one', () => !alive(old));
    assert.match(app.log, new RegExp(`^info: upgrade: process ${app.pid()} serves, this one ends$`, 'm'));
    assert.notEqual((await ask()).headers.connection, 'close');
    agent.destroy();
    await app.end();
});

test('one that does not start leaves the old one serving, and says why', async () => {
    const app = await service();
    const before = app.pid();
    const get = () => new Promise((resolve, reject) => {
        http.get({ port: app.port, host: '127.0.0.1', path: '/hello/Ada', agent: false }, (answer) => {
            answer.resume().on('end', () => resolve(answer.statusCode)).on('error', reject);
        }).on('error', reject);
    });
    const good = `${executable}.good`;
    fs.renameSync(executable, good);
    process.kill(before, 'SIGUSR2');
    await until(20_000, 'the reason', () => /upgrade: cannot start .*: No such file/.test(app.log));
    await until(20_000, 'the end of it', () => /upgrade: process \d+ ended with code 127 before it served; this one goes on\n/.test(app.log));
    fs.writeFileSync(executable, '#!/bin/sh\necho "it has a mistake" >&2\nexit 3\n', { mode: 0o755 });
    process.kill(before, 'SIGUSR2');
    await until(20_000, 'its own words', () => /it has a mistake\n/.test(app.log));
    await until(20_000, 'the end of it', () => /ended with code 3 before it served/.test(app.log));
    assert.equal(await get(), 200);
    assert.equal(app.pid(), before);
    // One that hangs does not stand in the way of the end, nor does a second request for one.
    fs.writeFileSync(executable, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
    process.kill(before, 'SIGUSR2');
    await sleep(200);
    process.kill(before, 'SIGUSR2');
    await until(20_000, 'a refusal', () => /upgrade: process \d+ is about to take over already\n/.test(app.log));
    assert.equal(await get(), 200);
    const [hanging] = childrenOf(before).filter((pid) => /sleep/.test(fs.readFileSync(`/proc/${pid}/comm`, 'utf8')));
    fs.renameSync(good, executable);
    await app.end();
    assert.ok(!fs.existsSync(`/proc/${hanging}`), 'the one that was to take over goes on');
});

test('an upgrade and a reload refuse one another', async () => {
    const app = await service();
    const before = app.pid(), good = `${executable}.good`;
    process.kill(before, 'SIGHUP');
    process.kill(before, 'SIGUSR2');
    await until(20_000, 'a refusal', () => /upgrade: refused, a reload is under way\n/.test(app.log));
    await until(20_000, 'the reload', () => /reload: the new configuration is in force\n/.test(app.log));
    const workers = childrenOf(before);
    fs.renameSync(executable, good);
    fs.writeFileSync(executable, '#!/bin/sh\necho "about to begin" >&2\nsleep 1\nexit 3\n', { mode: 0o755 });
    process.kill(before, 'SIGUSR2');
    await until(20_000, 'the other one', () => /about to begin\n/.test(app.log));
    process.kill(before, 'SIGHUP');
    await until(20_000, 'a refusal', () => /reload: refused, process \d+ is about to take over\n/.test(app.log));
    await until(20_000, 'the end of it', () => /ended with code 3 before it served/.test(app.log));
    const still = childrenOf(before);
    for (const pid of workers) assert.ok(still.includes(pid) || !alive(pid));
    fs.renameSync(good, executable);
    await app.upgrade(); // after both it is possible
    assert.doesNotMatch(app.log, /OPENSPEED_/); // what the old one tells the new one is no unknown key
    await app.end();
});

test('a unix socket is handed over with its file', async () => {
    const file = path.join(folder, 'x.sock');
    const app = await service(['--listen', `unix:${file}`]);
    await app.upgrade();
    await app.upgrade();
    await sleep(500);
    const code = await new Promise((resolve, reject) => {
        http.get({ socketPath: file, path: '/hello/Ada', agent: false }, (answer) => {
            answer.resume().on('end', () => resolve(answer.statusCode)).on('error', reject);
        }).on('error', reject);
    });
    assert.equal(code, 200);
    await app.end();
    assert.ok(!fs.existsSync(file));
});
