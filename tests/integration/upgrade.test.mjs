// Another executable takes over under load, and nobody notices.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { childrenOf, scratchDatabase, sleep, start, within } from './start.mjs';

const sanitized = /-(asan|tsan)$/.test(process.env.OPENSPEED_BUILD_DIR ?? '');
const UPGRADES = 20, KILLS = 20, RATE = sanitized ? 200 : 1000; // requests a second, at least

let folder, executable;
before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-upgrade-'));
    const app = await start('hello'); // builds it
    fs.copyFileSync(fs.readlinkSync(`/proc/${app.pid}/exe`), executable = path.join(folder, 'app'));
    await app.stop();
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const alive = (pid) => {
    try {
        return !/\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
        return false;
    }
};
async function until(ms, what, ready) {
    await within(ms, what, (async () => {
        while (!(await ready())) await sleep(10);
    })());
}

/** Starts the executable as an init system would: by its path. */
async function service(args = [], env = {}) {
    const database = scratchDatabase(), pidFile = path.join(folder, `pid-${Math.random().toString(36).slice(2)}`);
    const child = spawn(executable, ['--port', '0', '--json', '--pid-file', pidFile, ...args],
        { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DATABASE_URL: database.url, ...env } });
    const self = { child, log: '', out: '', pidFile };
    child.stderr.on('data', (data) => (self.log += data));
    child.stdout.on('data', (data) => (self.out += data));
    self.pid = () => +fs.readFileSync(pidFile, 'utf8');
    await until(10_000, 'the announcement', () => self.out.includes('\n'));
    Object.assign(self, JSON.parse(self.out.split('\n')[0]), { pid: self.pid });
    self.upgrade = async () => {
        const before = self.pid();
        process.kill(before, 'SIGUSR2');
        await until(20_000, 'an upgrade', () => self.pid() !== before);
        return before;
    };
    self.end = async () => {
        const pid = self.pid();
        process.kill(pid, 'SIGTERM');
        await until(15_000, 'the end', () => !alive(pid) && !fs.existsSync(pidFile) && !alive(child.pid));
        database.remove();
    };
    return self;
}

/** Keep-alive clients, each with one connection, that honour Connection: close. */
function load(port, clients) {
    const state = { done: 0, failed: [], again: 0, stop: false };
    const ask = (agent) => new Promise((resolve, reject) => {
        const request = http.get({ port, host: '127.0.0.1', path: '/hello/Ada', agent }, (answer) => {
            answer.resume();
            answer.on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`))));
            answer.on('error', reject);
        });
        request.on('error', (error) => {
            error.reused = request.reusedSocket;
            reject(error);
        });
    });
    const client = async () => {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        while (!state.stop) {
            try {
                await ask(agent);
                state.done++;
            } catch (error) {
                // RFC 9110 9.2.2: a client may ask again on another connection when a kept one ended.
                if (state.mayAskAgain && (error.reused || error.code === 'ECONNRESET')) state.again++;
                else state.failed.push(error.code ?? error.message);
            }
        }
        agent.destroy();
    };
    const all = Promise.all(Array.from({ length: clients }, client));
    state.end = async () => {
        state.stop = true;
        await all;
        return state;
    };
    return state;
}

test(`${UPGRADES} upgrades under load cost no request and reset no connection`, async () => {
    const app = await service(['--workers', '2']);
    const clients = load(app.port, 16);
    const began = Date.now(), old = [];
    for (let i = 0; i < UPGRADES; i++) {
        old.push(await app.upgrade());
        await sleep(100);
    }
    const seconds = (Date.now() - began) / 1000;
    const { done, failed } = await clients.end();
    assert.deepEqual(failed, []);
    assert.ok(done / seconds >= RATE, `${done} requests in ${seconds} s`);
    await until(20_000, 'the end of all old ones', () => !old.some(alive));
    assert.equal(childrenOf(app.pid()).length, 2);
    await app.end();
});

test(`${KILLS} workers that are killed under load cost what they were answering, and no new connection`, async () => {
    const app = await service(['--workers', '2']);
    const clients = load(app.port, 16);
    clients.mayAskAgain = true;
    for (let i = 0; i < KILLS; i++) {
        const workers = childrenOf(app.pid());
        if (workers.length > 0) process.kill(workers[i % workers.length], 'SIGKILL');
        await sleep(150);
    }
    const { failed, again } = await clients.end();
    assert.deepEqual(failed, []);
    assert.ok(again <= KILLS * 16, `${again}`);
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
    await until(5000, 'the end of the old one', () => !alive(old));
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
    await until(5000, 'the reason', () => /upgrade: cannot start .*: No such file/.test(app.log));
    await until(5000, 'the end of it', () => /upgrade: process \d+ ended with code 127 before it served; this one goes on\n/.test(app.log));
    fs.writeFileSync(executable, '#!/bin/sh\necho "it has a mistake" >&2\nexit 3\n', { mode: 0o755 });
    process.kill(before, 'SIGUSR2');
    await until(5000, 'its own words', () => /it has a mistake\n/.test(app.log));
    await until(5000, 'the end of it', () => /ended with code 3 before it served/.test(app.log));
    assert.equal(await get(), 200);
    assert.equal(app.pid(), before);
    // One that hangs does not stand in the way of the end, nor does a second request for one.
    fs.writeFileSync(executable, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
    process.kill(before, 'SIGUSR2');
    await sleep(200);
    process.kill(before, 'SIGUSR2');
    await until(5000, 'a refusal', () => /upgrade: process \d+ is about to take over already\n/.test(app.log));
    assert.equal(await get(), 200);
    const [hanging] = childrenOf(before).filter((pid) => /sleep/.test(fs.readFileSync(`/proc/${pid}/comm`, 'utf8')));
    fs.renameSync(good, executable);
    await app.end();
    assert.ok(!alive(hanging), 'the one that was to take over goes on');
});

test('an upgrade and a reload refuse one another', async () => {
    const app = await service();
    const before = app.pid(), good = `${executable}.good`;
    process.kill(before, 'SIGHUP');
    process.kill(before, 'SIGUSR2');
    await until(5000, 'a refusal', () => /upgrade: refused, a reload is under way\n/.test(app.log));
    await until(5000, 'the reload', () => /reload: the new configuration is in force\n/.test(app.log));
    const workers = childrenOf(before);
    fs.renameSync(executable, good);
    fs.writeFileSync(executable, '#!/bin/sh\necho "about to begin" >&2\nsleep 1\nexit 3\n', { mode: 0o755 });
    process.kill(before, 'SIGUSR2');
    await until(5000, 'the other one', () => /about to begin\n/.test(app.log));
    process.kill(before, 'SIGHUP');
    await until(5000, 'a refusal', () => /reload: refused, process \d+ is about to take over\n/.test(app.log));
    await until(5000, 'the end of it', () => /ended with code 3 before it served/.test(app.log));
    for (const pid of workers) assert.ok(!alive(pid) || childrenOf(before).includes(pid));
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
