// Where an application listens, and what the machine around it is told.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { childrenOf, openspeed, root, run, sleep, start, within } from './start.mjs';

let folder;
before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-listen-'));
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** One request by whatever `http.request` takes. */
const get = (options) => new Promise((resolve, reject) => {
    http.get({ path: '/hello/Ada', agent: false, ...options }, (answer) => {
        let body = '';
        answer.on('data', (data) => (body += data));
        answer.on('end', () => resolve({ status: answer.statusCode, body, headers: answer.headers })).on('error', reject);
    }).on('error', reject);
});

test('one application listens at several addresses', async () => {
    const file = path.join(folder, 'a.sock');
    const app = await start('hello', { args: ['--listen', `unix:${file},mode=0600`, '--listen', '127.0.0.1:0', '--workers', '2'] });
    const [first, second, third] = app.listen;
    assert.equal(first, `127.0.0.1:${app.port}`);
    assert.equal(second, `unix:${file}`);
    assert.match(third, /^127\.0\.0\.1:\d+$/);
    for (const target of [{ port: app.port }, { port: third.split(':')[1] }, { socketPath: file }]) {
        for (let i = 0; i < 5; i++) {
            assert.equal((await get({ host: '127.0.0.1', ...target })).status, 200);
        }
    }
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    await app.stop();
    assert.ok(!fs.existsSync(file), 'the file was left');
});

test('clients that come one by one spread over the workers', async () => {
    const app = await start('hello', { args: ['--workers', '3'] });
    const descriptors = () => childrenOf(app.pid).map((pid) => fs.readdirSync(`/proc/${pid}/fd`).length);
    const before = descriptors(), agents = [];
    try {
        for (let i = 0; i < 60; i++) {
            agents.push(new http.Agent({ keepAlive: true, maxSockets: 1 }));
            await get({ port: app.port, host: '127.0.0.1', agent: agents[i] });
        }
        const each = descriptors().map((count, i) => count - before[i]);
        assert.ok(Math.min(...each) >= 12, `connections of each worker: ${each}`);
    } finally {
        agents.forEach((agent) => agent.destroy());
        await app.stop();
    }
});

test('who has a port is named', async () => {
    const app = await start('hello');
    const second = await run(openspeed, ['start', 'examples/hello', '--port', `${app.port}`]);
    await app.stop();
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`port ${app.port} on 127\\.0\\.0\\.1 is in use by app \\(process ${app.pid}\\); ` +
        'choose another with --port or PORT'));
});

test('a socket whose process was killed is replaced, one that is served is not', async () => {
    const file = path.join(folder, 'b.sock');
    const args = ['--listen', `unix:${file}`];
    const killed = await start('hello', { args });
    const workers = childrenOf(killed.pid);
    for (const pid of [killed.pid, ...workers]) process.kill(pid, 'SIGKILL');
    await killed.exited;
    await sleep(100);
    assert.ok(fs.existsSync(file));
    const app = await start('hello', { args });
    const second = await run(openspeed, ['start', 'examples/hello', '--listen', `unix:${file}`]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`b\\.sock is in use by app \\(process ${app.pid}\\)`));
    assert.equal((await get({ socketPath: file })).status, 200);
    await app.stop();
});

test('an address that is none is refused with the reason', async () => {
    for (const [address, why] of [['nonsense', /must end with a port/], ['::1:80', /\[::1\]:3000/], ['unix:x', /unix:\/PATH/]]) {
        const { code, stderr } = await run(openspeed, ['start', 'examples/hello', '--listen', address]);
        assert.equal(code, 2);
        assert.match(stderr, why);
    }
});

/** What a service manager hears: a fake one, as node has no datagrams of this kind. */
async function fakeManager() {
    const file = path.join(folder, `notify-${Math.random().toString(36).slice(2)}`);
    const child = spawn('python3', ['-uc', `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', end='\\0')
while True: print(s.recv(4096).decode(), end='\\0')`, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (data) => (text += data));
    const heard = () => text.split('\0').slice(1, -1);
    const hears = async (pattern, ms = 30_000) => {
        const end = Date.now() + ms;
        for (;;) {
            const found = heard().find((line) => pattern.test(line));
            if (found) return found;
            assert.ok(Date.now() < end, `${pattern} was not said: ${JSON.stringify(heard())}`);
            await sleep(20);
        }
    };
    while (!text.includes('bound')) await sleep(10);
    return { file, heard, hears, end: () => child.kill() };
}

test('a service manager is told of readiness, life and end', async () => {
    const manager = await fakeManager();
    const app = await start('hello', { env: { NOTIFY_SOCKET: manager.file, WATCHDOG_USEC: '600000' } });
    await manager.hears(/^READY=1\nSTATUS=serving, workers: 1$/);
    await manager.hears(/^WATCHDOG=1$/);
    const passed = []; // while six come, one each 300 ms; the longest of several, as those not yet heard come at once
    while (passed.length < 5 && !(passed.at(-1) > 1200)) {
        const before = manager.heard().length, from = performance.now();
        await within(20_000, 'signs of life', (async () => {
            while (manager.heard().length < before + 6) await sleep(5);
        })());
        passed.push(performance.now() - from);
    }
    assert.ok(passed.at(-1) > 1200, `6 signs of life in ${passed} ms`);
    const environment = fs.readFileSync(`/proc/${childrenOf(app.pid)[0]}/environ`, 'latin1');
    assert.doesNotMatch(environment, /NOTIFY_SOCKET|WATCHDOG/);
    await app.stop();
    await manager.hears(/^STOPPING=1\n/);
    manager.end();
});

test('a service manager is told of a reload, and of one that fails', async () => {
    const manager = await fakeManager();
    const file = path.join(folder, 'reload.json');
    fs.writeFileSync(file, '{}');
    const app = await start('hello', { env: { NOTIFY_SOCKET: manager.file, OPENSPEED_CONFIG: file } });
    const after = async (count, pattern) => {
        await within(30_000, pattern, (async () => {
            while (manager.heard().length < count + 2) await sleep(20);
        })());
        const said = manager.heard().slice(count);
        assert.match(said[0], /^RELOADING=1\nMONOTONIC_USEC=\d+$/);
        assert.match(said[1], pattern);
        return count + 2;
    };
    await manager.hears(/^READY=1\nSTATUS=serving, workers: 1$/);
    process.kill(app.pid, 'SIGHUP');
    const count = await after(1, /^READY=1\nSTATUS=serving, workers: 1$/);
    fs.writeFileSync(file, '{"no": 1}');
    process.kill(app.pid, 'SIGHUP');
    await after(count, /^READY=1\nSTATUS=serving, workers: 1; a reload failed$/);
    await app.stop();
    manager.end();
});

test('workers that a reload started are ready, and no longer so before the end', async () => {
    const app = await start('hello', { args: ['--drain-delay', '600'] });
    const ready = async () => (await get({ port: app.port, host: '127.0.0.1', path: '/readyz' })).status;
    const [before] = childrenOf(app.pid);
    process.kill(app.pid, 'SIGHUP');
    await within(20_000, 'another worker', (async () => {
        while (childrenOf(app.pid).includes(before)) await sleep(20);
    })());
    assert.equal(await ready(), 200);
    process.kill(app.pid, 'SIGTERM');
    await within(20_000, 'the end of being ready', (async () => {
        while (await ready() !== 503) await sleep(20);
    })());
    process.kill(app.pid, 'SIGHUP');
    await within(20_000, 'a refusal', (async () => {
        while (!/reload: refused, the end was asked for\n/.test(app.log)) await sleep(20);
    })());
    await app.stop(); // the second time it is at once
});

test('the watchdog hears nothing while no worker goes round', async () => {
    const manager = await fakeManager();
    const app = await start('hello', { env: { NOTIFY_SOCKET: manager.file, WATCHDOG_USEC: '600000' } });
    app.crashed = true;
    await manager.hears(/^WATCHDOG=1$/);
    const [worker] = childrenOf(app.pid);
    process.kill(worker, 'SIGSTOP');
    let silent;
    await within(30_000, 'silence', (async () => {
        do {
            silent = manager.heard().length;
            await sleep(2000);
        } while (manager.heard().length > silent);
    })());
    process.kill(worker, 'SIGCONT');
    await within(20_000, 'a sign of life', (async () => {
        while (manager.heard().length === silent) await sleep(20);
    })());
    await app.stop();
    manager.end();
});

test('the end may be asked for while a first worker still starts', async () => {
    const app = path.join(folder, 'slow');
    fs.mkdirSync(path.join(app, 'routes'), { recursive: true });
    fs.writeFileSync(path.join(app, 'routes/route.c'), `#include <openspeed/openspeed.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* A worker waits for ever, as one whose disk does not answer. */
__attribute__((constructor)) static void begin(void)
{
    char line[64] = "";
    FILE *file = fopen("/proc/self/cmdline", "r");
    if (file == NULL || fread(line, 1, sizeof line - 1, file) == 0) abort();
    fclose(file);
    if (strcmp(line, "openspeed-worker") == 0) poll(NULL, 0, -1);
}
static osp_status none(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    return osp_text(ctx, S("none"));
}
OSP_ROUTE(GET, none, void, void);
`);
    const built = await run(openspeed, ['build', app]);
    assert.equal(built.code, 0, built.stderr);
    for (const signal of ['SIGTERM', 'SIGINT']) {
        const child = spawn(openspeed, ['start', app, '--port', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
        let log = '';
        child.stderr.on('data', (data) => (log += data));
        const exited = new Promise((done) => child.on('close', (code) => done(code)));
        const isWorker = (pid) => fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('openspeed-worker\0');
        await within(20_000, 'a worker', (async () => {
            while (!childrenOf(child.pid).some(isWorker)) await sleep(20);
        })());
        const workers = childrenOf(child.pid);
        child.kill(signal);
        assert.equal(await within(20_000, `the end by ${signal}`, exited).finally(() => child.kill('SIGKILL')), 1);
        assert.match(log, /error: the end was asked for before it served\n/);
        for (const worker of workers) assert.ok(!fs.existsSync(`/proc/${worker}`), `worker ${worker} was left`);
    }
});

test('a manager of another kind of name, and one that is gone, change nothing', async () => {
    for (const name of ['@openspeed-nobody', '/nonexistent/notify', 'relative', '/', '@', `/${'x'.repeat(300)}`]) {
        const app = await start('hello', { env: { NOTIFY_SOCKET: name } });
        assert.equal((await get({ port: app.port, host: '127.0.0.1' })).status, 200);
        await app.stop();
    }
});

const activate = 'systemd-socket-activate';
const canActivate = spawnSync(activate, ['--version']).status === 0;
test('sockets of a service manager are served and stay open behind it', { skip: !canActivate && `no ${activate} here` }, async () => {
    const file = path.join(folder, 'c.sock');
    const built = await start('hello');
    const executable = fs.readlinkSync(`/proc/${built.pid}/exe`);
    const port = built.port; // free again, now
    await built.stop();
    const child = spawn(activate, ['-l', `127.0.0.1:${port}`, '-l', file, '--fdname=web:local', executable, '--json'],
        { stdio: ['ignore', 'pipe', 'pipe'], cwd: root });
    let out = '', log = '';
    child.stdout.on('data', (data) => (out += data));
    child.stderr.on('data', (data) => (log += data));
    const ended = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })));
    try {
        await within(30_000, 'the sockets', (async () => {
            while (!fs.existsSync(file)) {
                assert.equal(child.exitCode, null, log);
                await sleep(20);
            }
        })());
        assert.equal((await get({ port, host: '127.0.0.1' })).status, 200); // it starts with the first client
        assert.equal((await get({ socketPath: file })).status, 200);
        await within(30_000, 'the announcement', (async () => { // which waits for all workers
            while (!out.includes('\n')) await sleep(20);
        })());
        assert.deepEqual(JSON.parse(out).listen, [`127.0.0.1:${port}`, `unix:${file}`]);
        child.kill('SIGTERM');
        assert.deepEqual(await ended, { code: 0, signal: null });
        assert.ok(fs.existsSync(file), 'a file of the manager was removed');
    } finally {
        child.kill('SIGKILL');
    }
});

test('a socket that does not listen is refused by its name', async () => {
    const built = await start('hello');
    const executable = fs.readlinkSync(`/proc/${built.pid}/exe`);
    await built.stop();
    const { code, stderr } = await run('sh', ['-c',
        `LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec ${executable} 3</dev/null`]);
    assert.equal(code, 1);
    assert.match(stderr, /socket 3 of the service manager \(web\) is no socket/);
});

test('as many workers as processors by default and by the word auto', async () => {
    const usable = +execFileSync('nproc');
    for (const options of [{ env: { OPENSPEED_WORKERS: '' } }, { args: ['--workers', 'auto'] }]) {
        const app = await start('hello', options);
        const count = childrenOf(app.pid).length;
        assert.ok(count >= 1 && count <= usable, `${count} of ${usable}`); // fewer by a quota
        await app.stop();
    }
    const pinned = await start('hello', { env: { OPENSPEED_WORKERS: '' } });
    const executable = fs.readlinkSync(`/proc/${pinned.pid}/exe`);
    await pinned.stop();
    const child = spawn('taskset', ['1', executable, '--port', '0', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((done) => child.stdout.once('data', done));
    assert.equal(childrenOf(child.pid).length, 1);
    child.kill();
    await new Promise((done) => child.on('exit', done));
    const { code, stderr } = await run(openspeed, ['start', 'examples/hello', '--workers', 'many']);
    assert.equal(code, 2);
    assert.match(stderr, /^error: --workers: workers: /m);
});

const canUnshare = spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0;
test('as the first process it reaps whoever is left to it and ends when told to',
    { skip: !canUnshare && 'no namespace of processes allowed here' }, async () => {
        const built = await start('hello');
        const executable = fs.readlinkSync(`/proc/${built.pid}/exe`);
        await built.stop();
        const child = spawn('unshare', ['--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c',
            `(sleep 600 & sleep 600 & (sleep 600 &)); exec ${executable} --port 0 --workers 1 --json`], { stdio: ['ignore', 'pipe', 'inherit'] });
        const ended = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })));
        try {
            const { pid, port } = JSON.parse(await new Promise((done) => child.stdout.once('data', done)));
            assert.equal(pid, 1);
            const [first] = childrenOf(child.pid);
            const left = childrenOf(first).filter((one) => fs.readFileSync(`/proc/${one}/comm`, 'utf8') === 'sleep\n');
            assert.equal(left.length, 3, 'nobody was left to it');
            for (const one of left) process.kill(one, 'SIGKILL');
            const below = () => fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => {
                try {
                    return fs.readFileSync(`/proc/${name}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
                } catch {
                    return [];
                }
            }).filter(([, parent]) => +parent === first);
            await within(20_000, 'its worker alone', (async () => {
                while (below().length !== 1) await sleep(20);
            })());
            assert.equal((await get({ port, host: '127.0.0.1' })).status, 200);
            process.kill(first, 'SIGTERM');
            assert.deepEqual(await ended, { code: 0, signal: null });
        } finally {
            child.kill('SIGKILL');
        }
    });
