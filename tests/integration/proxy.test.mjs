// Behind proxies: whose word about the client is believed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { openspeed, root, run, start, within } from './start.mjs';

const front = path.join(root, 'tests/apps/front');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-proxy-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const client = (options, headers = []) => new Promise((resolve, reject) => {
    http.get({ path: '/client', agent: false, host: '127.0.0.1', ...options,
        headers: ['Host', 'x.test', ...headers] }, (answer) => {
        let body = '';
        answer.on('data', (data) => (body += data)).on('end', () => resolve(JSON.parse(body))).on('error', reject);
    }).on('error', reject);
});

async function withApp(args, check) {
    const app = await start(front, { args });
    try {
        await check(app, app.port);
    } finally {
        await app.stop();
    }
}

const own = { address: '127.0.0.1', scheme: 'http', host: 'x.test' };

test('nobody is believed unless he is named', async () => {
    const lies = ['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'evil.test',
        'Forwarded', 'for=203.0.113.9;proto=https;host=evil.test'];
    await withApp([], async (app, port) => assert.deepEqual(await client({ port }, lies), own));
    await withApp(['--trusted-proxies', '10.0.0.0/8'], async (app, port) => assert.deepEqual(await client({ port }, lies), own));
});

test('X-Forwarded-* of trusted proxies is read from the right', () =>
    withApp(['--trusted-proxies', '127.0.0.0/8,::1,10.0.0.0/8', '--listen', '127.0.0.1:0', '--listen', `unix:${folder}/a`], async (app) => {
        const port = app.listen[0].split(':')[1];
        const cases = [
            [[], own],
            [['X-Forwarded-For', '203.0.113.9'], { ...own, address: '203.0.113.9' }],
            [['X-Forwarded-For', '1.1.1.1, 203.0.113.9, 10.0.0.7'], { ...own, address: '203.0.113.9' }],
            [['X-Forwarded-For', '1.1.1.1', 'X-Forwarded-For', '203.0.113.9,10.0.0.7'], { ...own, address: '203.0.113.9' }],
            [['X-Forwarded-For', '10.0.0.1, 10.0.0.2'], { ...own, address: '10.0.0.1' }],
            [['X-Forwarded-For', '203.0.113.9, nonsense'], own],
            [['X-Forwarded-For', '1.1.1.1, nonsense, 10.0.0.7'], { ...own, address: '10.0.0.7' }],
            [['X-Forwarded-For', ''], own],
            [['X-Forwarded-For', '[2001:DB8::1]:443'], { ...own, address: '2001:db8::1' }],
            [['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Proto', 'HTTPS', 'X-Forwarded-Host', 'y.test:8443'],
                { address: '203.0.113.9', scheme: 'https', host: 'y.test:8443' }],
            [['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Proto', 'http, https'], { ...own, address: '203.0.113.9', scheme: 'https' }],
            [['X-Forwarded-For', '203.0.113.9, 10.0.0.7', 'X-Forwarded-Proto', 'https, http'],
                { ...own, address: '203.0.113.9', scheme: 'https' }],
            [['X-Forwarded-Proto', 'gopher', 'X-Forwarded-Host', 'a b'], own],
            [['Forwarded', 'for=203.0.113.9'], own],
            [['X-Forwarded-For', `${'9.9.9.9, '.repeat(40)}203.0.113.9${', 10.0.0.1'.repeat(31)}`], { ...own, address: '203.0.113.9' }],
            [['X-Forwarded-For', `203.0.113.9${', 10.0.0.1'.repeat(32)}`], { ...own, address: '10.0.0.1' }],
        ];
        for (const [headers, expected] of cases) {
            assert.deepEqual(await client({ port }, headers), expected, headers.join(': '));
        }
        // Who comes over the unix socket is not named.
        assert.deepEqual(await client({ socketPath: `${folder}/a` }, ['X-Forwarded-For', '203.0.113.9']), { ...own, address: '' });
    }));

test('a proxy behind a unix socket is trusted by the word "unix"', () =>
    withApp(['--trusted-proxies', 'unix', '--listen', `unix:${folder}/b`], async () => {
        assert.deepEqual(await client({ socketPath: `${folder}/b` }, ['X-Forwarded-For', '203.0.113.9']), { ...own, address: '203.0.113.9' });
    }));

test('Forwarded is read in place of X-Forwarded-*, when that is said', () =>
    withApp(['--trusted-proxies', '127.0.0.1,10.0.0.0/8', '--forwarded'], async (app, port) => {
        const cases = [
            [['Forwarded', 'for=203.0.113.9;proto=https;host=y.test'], { address: '203.0.113.9', scheme: 'https', host: 'y.test' }],
            [['Forwarded', 'for=1.1.1.1, For="[2001:db8::1]:4711";proto=https, for=10.0.0.7'],
                { address: '2001:db8::1', scheme: 'https', host: 'x.test' }],
            [['Forwarded', 'for=1.1.1.1, for=unknown, for=10.0.0.7'], { ...own, address: '10.0.0.7' }],
            [['Forwarded', 'for=203.0.113.9', 'Forwarded', 'for=10.0.0.7'], { ...own, address: '203.0.113.9' }],
            [['Forwarded', 'for=203.0.113.9; for=1.1.1.1'], own],
            [['Forwarded', 'for="203.0.113.9'], own],
            [['X-Forwarded-For', '203.0.113.9'], own],
        ];
        for (const [headers, expected] of cases) {
            assert.deepEqual(await client({ port }, headers), expected, headers.join(': '));
        }
    }));

/** Sends bytes; gives all that comes back until the end. */
const exchange = (port, ...parts) => within(20_000, 'the end', new Promise((done) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    let text = '';
    socket.on('data', (data) => (text += data)).on('error', () => {}).on('close', () => done(text));
    (async () => {
        for (const part of parts) {
            socket.write(part);
            await new Promise((next) => setTimeout(next, 20));
        }
    })();
}));
const GET = 'GET /client HTTP/1.1\r\nHost: x.test\r\nConnection: close\r\n\r\n';
const v2 = (...bytes) => Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'), Buffer.from(bytes)]);

test('the PROXY protocol of trusted peers, in one piece and byte by byte', () =>
    withApp(['--trusted-proxies', '127.0.0.1', '--proxy-protocol'], async (app, port) => {
        const address = async (...parts) => {
            const text = await exchange(port, ...parts);
            return text === '' ? null : /"address":"([^"]*)","scheme":"(\w+)"/.exec(text)?.slice(1).join(' ') ?? text;
        };
        const line = 'PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n';
        assert.equal(await address(line + GET), '203.0.113.9 http');
        assert.equal(await address(...line, GET), '203.0.113.9 http');
        assert.equal(await address(line + GET.replace('close', 'keep-alive') + GET), '203.0.113.9 http');
        assert.equal(await address(`PROXY UNKNOWN\r\n${GET}`), '127.0.0.1 http');
        const tcp4 = [0x21, 0x11, 0, 20, 203, 0, 113, 9, 127, 0, 0, 1, 0, 1, 0, 2, 0x20, 0, 5, 1, 0, 0, 0, 0];
        assert.equal(await address(Buffer.concat([v2(...tcp4), Buffer.from(GET)])), '203.0.113.9 https');
        assert.equal(await address(Buffer.concat([v2(0x20, 0, 0, 0), Buffer.from(GET)])), '127.0.0.1 http');
        // What is said of a client that is not trusted himself is not believed.
        assert.equal(await address(line + GET.replace('Host', 'X-Forwarded-For: 1.1.1.1\r\nHost')), '203.0.113.9 http');
        // Who should speak it and does not gets no answer.
        assert.equal(await address(GET), null);
        assert.equal(await address(`PROXY TCP4 203.0.113.9 127.0.0.1 1 65536\r\n${GET}`), null);
        assert.equal(await address(Buffer.concat([v2(0x31, 0x11, 0, 0), Buffer.from(GET)])), null);
    }));

test('who is not trusted cannot speak the PROXY protocol', () =>
    withApp(['--trusted-proxies', '10.0.0.0/8', '--proxy-protocol'], async (app, port) => {
        assert.match(await exchange(port, `PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n${GET}`), /^HTTP\/1\.1 400 /);
        assert.match(await exchange(port, GET), /"address":"127\.0\.0\.1"/);
    }));

test('what does not fit together does not start', async () => {
    for (const [args, why] of [[['--proxy-protocol'], /--proxy-protocol: proxies\.protocol: needs proxies\.trusted/],
        [['--forwarded'], /--forwarded: proxies\.header: needs proxies\.trusted/],
        [['--trusted-proxies', '10.0.0.1/8'], /--trusted-proxies: proxies\.trusted: must be an address, a range or "unix"/],
        [['--trusted-proxies', Array(65).fill('::1').join()], /--trusted-proxies: proxies\.trusted: must have at most 64 items/]]) {
        const { code, stderr } = await run(openspeed, ['start', front, ...args]);
        assert.equal(code, 2);
        assert.match(stderr, why);
    }
});

const status = (port, target) => new Promise((resolve, reject) => {
    http.get({ port, host: '127.0.0.1', path: target, agent: false }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode)).on('error', reject);
    }).on('error', reject);
});

/** Until all workers have heard of the end. */
const unready = (port) => within(20_000, 'the end of being ready', (async () => {
    for (let times = 0; times < 10; times = await status(port, '/readyz') === 503 ? times + 1 : 0);
})());

test('from SIGTERM on it is not ready, and who asks a second time does not wait', async () => {
    const app = await start(front, { args: ['--drain-delay', '600', '--workers', '2'] });
    assert.equal(await status(app.port, '/livez'), 200);
    assert.equal(await status(app.port, '/readyz'), 200);
    process.kill(app.pid, 'SIGTERM');
    await unready(app.port);
    for (let i = 0; i < 10; i++) {
        assert.equal(await status(app.port, '/readyz'), 503);
        assert.equal(await status(app.port, '/livez'), 200);
        assert.equal(await status(app.port, '/client'), 200);
    }
    await app.stop(); // SIGTERM again
});

test('it ends when the delay is over', async () => {
    const app = await start(front, { args: ['--drain-delay', '1', '--workers', '2'] });
    const began = Date.now();
    process.kill(app.pid, 'SIGTERM');
    await app.exited;
    assert.ok(Date.now() - began >= 900, `${Date.now() - began} ms`);
    await app.stop();
});

test('probes can be left to the application', () => withApp(['--no-health'], async (app, port) => {
    assert.equal(await status(port, '/livez'), 404);
    assert.equal(await status(port, '/readyz'), 404);
}));
