// Where an application listens, and what the machine around it is told.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { childrenOf, openspeed, run, sleep, start } from './start.mjs';

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

test('connections spread over the workers', async () => {
    const app = await start('hello', { args: ['--workers', '3'] });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 60 });
    await Promise.all(Array.from({ length: 60 }, () => get({ port: app.port, host: '127.0.0.1', agent })));
    const sockets = childrenOf(app.pid).map((pid) => fs.readdirSync(`/proc/${pid}/fd`).length);
    agent.destroy();
    await app.stop();
    assert.ok(Math.min(...sockets) > 12, `descriptors of each worker: ${sockets}`);
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
