// Bodies and answers that come and go in parts, over real sockets: tests/apps/stream answers.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Wire, ask, childrenOf, copyApp, run, sleep, start, within } from './start.mjs';

const sanitized = /-(asan|tsan)\b/.test(process.env.OPENSPEED ?? '');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-stream-'));
const MIB = 1 << 20;
let app;
before(async () => {
    copyApp('tests/apps/stream', scratch);
    app = await start(scratch);
});
after(async () => {
    await app?.stop();
    fs.rmSync(scratch, { recursive: true, force: true });
});

const pattern = (size) => {
    const period = Buffer.from(Array.from({ length: 251 }, (_, i) => i));
    return Buffer.alloc(size, period);
};
const get = (target, fields = '') => `GET ${target} HTTP/1.1\r\nHost: test\r\n${fields}\r\n`;
const post = (target, fields = '') => `POST ${target} HTTP/1.1\r\nHost: test\r\n${fields}\r\n`;
const seen = async () => (await fetch(`${app.url}/seen`)).json();

/** Waits until `ready(await seen())`. */
async function until(ready, what) {
    for (let i = 0; i < 1500; i++) {
        const now = await seen();
        if (ready(now)) return now;
        await sleep(20);
    }
    assert.fail(`not ${what}: ${JSON.stringify(await seen())}`);
}

function* cuts(bytes, sizes) {
    for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes(i);
        yield bytes.subarray(at, at + size);
        at += size;
    }
}
const WHOLE = () => Infinity, ONE = () => 1;
const random = (most) => () => 1 + Math.floor(Math.random() * most);

/** Sends the pieces one write each and reads at the same time, up to the end of the connection. */
function exchange(pieces, { halfClose = false } = {}) {
    return new Promise((done, fail) => {
        const socket = net.connect({ port: app.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
        const parts = [];
        socket.on('data', (data) => parts.push(data));
        socket.on('error', fail);
        socket.on('end', () => {
            socket.destroy();
            done(Buffer.concat(parts));
        });
        (async () => {
            for (const piece of pieces) {
                if (!socket.write(piece)) await new Promise((drained) => socket.once('drain', drained).once('close', drained));
                if (piece.length < 100) await new Promise(setImmediate);
            }
            if (halfClose) socket.end();
        })().catch(fail);
    });
}

/** { status, headers, body, trailers, whole, rest } of the first answer in `bytes`. */
function parse(bytes) {
    const end = bytes.indexOf('\r\n\r\n');
    assert.ok(end > 0, `no head: ${bytes.subarray(0, 200)}`);
    const [first, ...fields] = bytes.subarray(0, end).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(fields.map((field) => {
        const [, name, value] = /^([!-9;-~]+):[ \t]*(.*?)$/.exec(field) ?? assert.fail(`not a field: ${field}`);
        return [name.toLowerCase(), value];
    }));
    const answer = { status: +first.split(' ')[1], headers, trailers: '', whole: true };
    let at = end + 4;
    if (headers['transfer-encoding'] !== 'chunked') {
        const length = headers['content-length'] === undefined ? Infinity : +headers['content-length'];
        answer.body = bytes.subarray(at, at + length);
        answer.whole = length === Infinity || answer.body.length === length;
        answer.rest = bytes.subarray(at + answer.body.length);
        return answer;
    }
    const parts = [];
    for (;;) {
        const line = bytes.indexOf('\r\n', at);
        if (line < 0) return { ...answer, whole: false, body: Buffer.concat(parts) };
        const text = bytes.subarray(at, line).toString();
        assert.match(text, /^[0-9a-f]+$/, 'a chunk size');
        const size = parseInt(text, 16);
        at = line + 2;
        if (size === 0) break;
        parts.push(bytes.subarray(at, at + size));
        if (bytes.length < at + size + 2) return { ...answer, whole: false, body: Buffer.concat(parts) };
        assert.equal(bytes.subarray(at + size, at + size + 2).toString(), '\r\n');
        at += size + 2;
    }
    const behind = bytes.indexOf('\r\n', at) === at ? at : bytes.indexOf('\r\n\r\n', at) + 2;
    answer.trailers = bytes.subarray(at, behind).toString();
    return { ...answer, body: Buffer.concat(parts), rest: bytes.subarray(behind + 2) };
}

function chunked(body, sizes, trailers = '') {
    const parts = [];
    for (const part of cuts(body, sizes)) parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
    return Buffer.concat([...parts, Buffer.from(`0\r\n${trailers}\r\n`)]);
}

const same = (a, b, what) => assert.ok(a.equals(b), `${what}: ${a.length} bytes came of ${b.length}, or others`);

describe('a body comes back as it was', () => {
    const ways = [['whole', WHOLE, 30 * MIB], ['byte by byte', ONE, 600], ['cut anywhere', random(70000), 30 * MIB]];
    for (const [way, sizes, most] of ways) {
        for (const framing of ['length', 'told', 'chunked']) {
            test(`${framing}, ${way}`, async () => {
                for (const size of [0, 1, 2, 500, 4096, 16383, 20481, 65536, MIB + 1, 30 * MIB].filter((s) => s <= most)) {
                    const body = pattern(size);
                    const head = post(framing === 'told' ? '/echo?told=true' : '/echo', 'Connection: close\r\nContent-Type: text/x\r\n' +
                        (framing === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${size}\r\n`));
                    const bytes = Buffer.concat([Buffer.from(head), framing === 'chunked' ? chunked(body, random(30000)) : body]);
                    const answer = parse(await exchange(cuts(bytes, sizes)));
                    assert.equal(answer.status, 200);
                    assert.equal(answer.headers['content-type'], 'text/x');
                    if (size > 0) assert.equal(answer.headers['content-length'], framing === 'told' ? String(size) : undefined);
                    assert.ok(answer.whole && answer.rest.length === 0);
                    same(answer.body, body, `${size} bytes`);
                }
            });
        }
    }

    test('through curl, with and without a length', async () => {
        const file = path.join(scratch, 'upload'), back = path.join(scratch, 'back');
        fs.writeFileSync(file, pattern(5 * MIB));
        for (const args of [['-T', file, '-X', 'POST'], ['-H', 'Transfer-Encoding: chunked', '-T', file, '-X', 'POST']]) {
            const done = await run('curl', ['-sS', '-m', '30', ...args, `${app.url}/echo`, '-o', back]);
            assert.equal(done.code, 0, done.stderr);
            same(fs.readFileSync(back), pattern(5 * MIB), 'curl');
        }
    });

    test('through fetch, as a stream', async () => {
        const body = pattern(3 * MIB);
        const parts = new ReadableStream({
            async start(controller) {
                for (const part of cuts(body, random(200000))) {
                    controller.enqueue(part);
                    await new Promise(setImmediate);
                }
                controller.close();
            },
        });
        const answer = await fetch(`${app.url}/echo`, { method: 'POST', body: parts, duplex: 'half' });
        same(Buffer.from(await answer.arrayBuffer()), body, 'fetch');
    });

    test('many on one connection', async () => {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const ports = new Set();
        for (let i = 0; i < 20; i++) {
            const body = pattern(i * 7000);
            const text = await new Promise((done, fail) => {
                const request = http.request({ port: app.port, method: 'POST', path: '/echo', agent }, (answer) => {
                    const parts = [];
                    ports.add(answer.socket.localPort);
                    answer.on('data', (part) => parts.push(part)).on('end', () => done(Buffer.concat(parts)));
                });
                request.on('error', fail);
                for (const part of cuts(body, random(30000))) request.write(part);
                request.end();
            });
            same(text, body, `round ${i}`);
        }
        assert.equal(ports.size, 1);
        agent.destroy();
    });

    test('behind and before others in a pipeline', async () => {
        const bytes = get('/') + post('/echo', 'Content-Length: 5\r\n') + 'hello' + post('/echo', 'Transfer-Encoding: chunked\r\n') +
            '3\r\nabc\r\n0\r\n\r\n' + get('/big?bytes=3&told=3') + get('/', 'Connection: close\r\n');
        for (const sizes of [WHOLE, ONE, random(40)]) {
            let rest = await exchange(cuts(Buffer.from(bytes), sizes));
            for (const body of ['home', 'hello', 'abc', '\0\x01\x02', 'home']) {
                const answer = parse(rest);
                assert.equal(answer.body.toString('latin1'), body);
                rest = answer.rest;
            }
            assert.equal(rest.length, 0);
        }
    });
});

describe('Expect: 100-continue', () => {
    test('is answered when the handler first reads', async () => {
        const wire = await Wire.open(app.port);
        const from = performance.now();
        wire.send(post('/count?pause_ms=300', 'Expect: 100-continue\r\nContent-Length: 5\r\n'));
        assert.equal((await wire.response()).status, 100);
        assert.ok(performance.now() - from > 290, 'before it reads');
        assert.equal((await wire.send('hello').response()).body, '5 of 5');
        wire.close();
    });

    for (const [target, status] of [['/unread?fail=403', 403], ['/unread', 200], ['/nowhere', 404], ['/seen', 405], ['/count?pause_ms=x', 422]]) {
        test(`${target} is answered ${status} at once, without 100`, async () => {
            const wire = await Wire.open(app.port);
            const answer = await wire.send(post(target, 'Expect: 100-continue\r\nContent-Length: 5000000\r\n')).response();
            assert.equal(answer.status, status);
            assert.equal(answer.headers.connection, 'close');
            await wire.closed();
        });
    }

    test('curl waits for it and sends 5 MiB', async () => {
        const file = path.join(scratch, 'expected');
        fs.writeFileSync(file, pattern(5 * MIB));
        const done = await run('curl', ['-sS', '-m', '30', '--expect100-timeout', '20', '-H', 'Expect: 100-continue', '-X', 'POST',
            '-T', file, '-w', ' %{time_total}', `${app.url}/count`]);
        assert.match(done.stdout, /^5242880 of 5242880 /, done.stderr);
        assert.ok(+done.stdout.split(' ').pop() < 15, done.stdout);
    });
});

describe('a body that is not read', () => {
    test('ends the connection behind the answer', async () => {
        const wire = await Wire.open(app.port);
        const answer = await wire.send(post('/unread', 'Content-Length: 5\r\n')).response();
        assert.equal(answer.headers.connection, 'close');
        await wire.closed();
    });

    test('is thrown away until the client has read why', async () => {
        const done = await exchange(cuts(Buffer.concat([Buffer.from(post('/unread?fail=413', `Content-Length: ${30 * MIB}\r\n`)),
            pattern(30 * MIB)]), () => 65536));
        const answer = parse(done);
        assert.equal(answer.status, 413);
        assert.match(answer.body.toString(), /not read/);
    });
});

describe('failures', () => {
    test('before the first write are problem documents, and the connection is kept', async () => {
        const wire = await Wire.open(app.port);
        const answer = await wire.send(get('/big?bytes=0&fail=409')).response();
        assert.equal(answer.status, 409);
        assert.equal(JSON.parse(answer.body).detail, 'as asked');
        assert.equal((await wire.send(get('/')).response()).status, 200);
        wire.close();
    });

    for (const [what, target, bytes] of [
        ['osp_fail behind the head, in chunks', '/big?bytes=100000&fail=409', 100000],
        ['osp_fail behind the head, with a length', '/big?bytes=100000&told=100001&fail=409', 100000],
        ['osp_fail behind all that was told', '/big?bytes=100000&told=100000&fail=500', 100000],
        ['fewer bytes than told', '/big?bytes=99999&told=100000', 99999],
        ['more bytes than told', '/big?bytes=100001&told=100000', null],
    ]) {
        test(`${what}: the answer is cut off, and the log says where`, async () => {
            app.log = '';
            const answer = parse(await exchange([get(target)]));
            assert.equal(answer.status, 200);
            if (!/behind all/.test(what)) assert.equal(answer.whole, false);
            if (bytes !== null) same(answer.body, pattern(bytes), what);
            for (let i = 0; i < 1000 && !app.log.includes('\n'); i++) await sleep(20);
            assert.match(app.log, /^error: GET \/big: .*\(.*routes\/big\/route\.c:\d+\)\n$/);
            if (/osp_fail/.test(what)) assert.match(app.log, /the answer was cut off: as asked .*route\.c:17\)/);
        });
    }

    test('a length of which nothing is written is 500, not an empty answer', async () => {
        const answer = await ask(app.port, get('/big?bytes=0&told=10'));
        assert.equal(answer.status, 500);
    });

    test('a chunk that is none in the middle of a body', async () => {
        const answer = parse(await exchange([post('/count', 'Transfer-Encoding: chunked\r\n'), '5\r\nhello\r\n', 'x\r\n']));
        assert.equal(answer.status, 400);
        const early = parse(await exchange([post('/echo', 'Transfer-Encoding: chunked\r\n') + '5\r\nhello\r\n', 'x\r\n']));
        assert.equal(early.status, 400, 'nothing of the answer had been sent');
        const many = `186a0\r\n${'h'.repeat(100_000)}\r\n`;
        const cut = parse(await exchange([post('/echo', 'Transfer-Encoding: chunked\r\n') + many, 'x\r\n']));
        assert.equal(cut.status, 200);
        assert.equal(cut.whole, false);
    });

    test('half a body and a closed side', async () => {
        const bytes = await exchange([post('/count', 'Content-Length: 10\r\n'), 'hello'], { halfClose: true });
        assert.equal(bytes.length, 0);
    });
});

describe('answers without a body', () => {
    test('HEAD has the fields of GET', async () => {
        const wire = await Wire.open(app.port);
        const head = (target) => get(target).replace('GET', 'HEAD');
        const told = await wire.send(head('/big?bytes=100000&told=100000')).response({ head: true });
        assert.equal(told.headers['content-length'], '100000');
        const untold = await wire.send(head('/big?bytes=100000')).response({ head: true });
        assert.equal(untold.headers['transfer-encoding'], 'chunked');
        assert.equal((await wire.send(get('/')).response()).body, 'home');
        wire.close();
    });

    for (const status of [204, 304]) {
        test(`${status} has none, whatever is written`, async () => {
            const wire = await Wire.open(app.port);
            const answer = await wire.send(get(`/big?bytes=10&status=${status}`)).response();
            assert.equal(answer.status, status);
            assert.equal(answer.headers['content-length'], undefined);
            assert.equal(answer.headers['transfer-encoding'], undefined);
            assert.equal((await wire.send(get('/')).response()).body, 'home');
            wire.close();
        });
    }
});

describe('HTTP/1.0', () => {
    const old = (target, fields = '') => get(target, fields).replace('HTTP/1.1', 'HTTP/1.0');

    test('the end of the connection ends an answer without a length', async () => {
        const answer = parse(await exchange([old('/big?bytes=300000', 'Connection: keep-alive\r\n')]));
        assert.equal(answer.headers['transfer-encoding'], undefined);
        assert.equal(answer.headers.connection, 'close');
        same(answer.body, pattern(300000), 'HTTP/1.0');
    });

    test('with a length the connection is kept for who asks', async () => {
        const wire = await Wire.open(app.port);
        const answer = await wire.send(old('/big?bytes=3&told=3', 'Connection: keep-alive\r\n')).response();
        assert.equal(answer.headers.connection, 'keep-alive');
        assert.equal((await wire.send(get('/')).response()).body, 'home');
        wire.close();
    });

    test('an answer without a length that is cut off ends with a reset', async () => {
        // By curl: Node takes a reset that comes together with data for an end.
        const done = await run('curl', ['-sS', '-0', '-m', '10', '-o', path.join(scratch, 'cut'), `${app.url}/big?bytes=300000&fail=409`]);
        assert.equal(done.code, 56, done.stderr);
    });

    test('no interim answer and no upgrade', async () => {
        assert.equal((await ask(app.port, old('/hints'))).status, 200);
        assert.equal((await ask(app.port, old('/raw', 'Connection: upgrade\r\nUpgrade: echo\r\n'))).status, 426);
    });
});

describe('trailers', () => {
    const body = '5\r\nhello\r\n0\r\nSum: 42\r\n\r\n';
    const fields = 'Transfer-Encoding: chunked\r\nConnection: close\r\n';

    test('of a request reach the handler, of an answer who says TE', async () => {
        const answer = parse(await exchange([post('/echo', `${fields}TE: gzip, trailers\r\nConnection: te\r\n`) + body]));
        assert.equal(answer.body.toString(), 'hello');
        assert.equal(answer.trailers, 'Sum: 42\r\n');
    });

    test('are left out for who does not, and behind a length', async () => {
        const answer = parse(await exchange([post('/echo', fields) + body]));
        assert.ok(answer.whole);
        assert.equal(answer.trailers, '');
        const passed_on = parse(await exchange([post('/echo', `${fields}TE: trailers\r\n`) + body]));
        assert.equal(passed_on.trailers, '', 'the field may be about another connection');
        const plain = parse(await exchange([post('/echo?told=true', 'Connection: close, TE\r\nTE: trailers\r\nContent-Length: 5\r\n'), 'hello']));
        assert.equal(plain.rest.length, 0);
    });

    test('Node reads them', async () => {
        const trailers = await new Promise((done, fail) => {
            const request = http.request({ port: app.port, method: 'POST', path: '/echo', agent: false,
                headers: { TE: 'trailers', Connection: 'TE', 'Transfer-Encoding': 'chunked' } }, (answer) => {
                answer.resume().on('end', () => done(answer.trailers));
            });
            request.on('error', fail);
            request.addTrailers({ Sum: '7' });
            request.end('x');
        });
        assert.deepEqual({ ...trailers }, { sum: '7' });
    });
});

describe('interim answers and upgrades', () => {
    test('103 with a Link, then the answer', async () => {
        const wire = await Wire.open(app.port);
        const hints = await wire.send(get('/hints')).response();
        assert.equal(hints.status, 103);
        assert.deepEqual(hints.headers, { link: '</a.css>; rel=preload' });
        const answer = await wire.response();
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.link, '</a.css>; rel=preload');
        assert.equal(answer.body, 'with hints');
        wire.close();
    });

    test('bare bytes behind an upgrade, also those sent at once', async () => {
        const body = pattern(2 * MIB);
        const bytes = await exchange([Buffer.concat([
            Buffer.from(get('/') + get('/raw', 'Connection: keep-alive, Upgrade\r\nUpgrade: h2c, echo\r\n') + 'early'), body])],
        { halfClose: true });
        const { rest } = parse(bytes);
        const end = rest.indexOf('\r\n\r\n') + 4;
        assert.equal(rest.subarray(0, end).toString(),
            'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n');
        assert.equal(rest.subarray(end, end + 5).toString(), 'early');
        same(rest.subarray(end + 5), body, 'raw');
    });

    test('Node upgrades', async () => {
        const text = await within(20_000, 'an upgrade', new Promise((done, fail) => {
            http.request({ port: app.port, path: '/raw', headers: { Connection: 'Upgrade', Upgrade: 'echo' } })
                .on('error', fail).on('upgrade', (answer, socket) => {
                    socket.write('ping');
                    socket.once('data', (data) => {
                        socket.destroy();
                        done(String(data));
                    });
                }).end();
        }));
        assert.equal(text, 'ping');
    });

    test('who did not ask, or asks for another protocol, is not upgraded', async () => {
        for (const fields of ['', 'Upgrade: echo\r\n', 'Connection: upgrade\r\nUpgrade: other\r\n',
            'Connection: upgrade\r\nUpgrade: echo\r\nContent-Length: 0\r\n']) {
            assert.equal((await ask(app.port, get('/raw', fields))).status, 426);
        }
    });
});

describe('a URL that is another route’s', () => {
    for (const [framing, head, body] of [
        ['with a length', 'Content-Length: 12\r\n', ['{"text', '":"t"}']],
        ['in chunks', 'Transfer-Encoding: chunked\r\n', ['6\r\n{"text\r\n6\r\n":', '"t"}\r\n0\r\n\r\n']],
    ]) {
        test(`${framing}, the second route gets the whole body, and the connection is kept`, async () => {
            const wire = await Wire.open(app.port);
            for (let i = 0; i < 2; i++) {
                wire.send(post('/pick/word', `Content-Type: application/json\r\n${head}`));
                await sleep(20);
                wire.send(body[0]);
                await sleep(20);
                const answer = await wire.send(body[1]).response();
                assert.equal(answer.body, '{"rest":"word","whole":"t"}');
            }
            wire.close();
            const streamed = parse(await exchange([post('/pick/12', `Connection: close\r\n${head}`), ...body]));
            assert.equal(streamed.body.toString(), 'streamed: {"text":"t"}');
        });
    }

    test('where it has its limit', async () => {
        const bytes = await exchange(cuts(Buffer.concat([Buffer.from(post('/pick/word', `Content-Length: ${2 * MIB}\r\n`)),
            Buffer.alloc(2 * MIB, ' ')]), random(65536)));
        assert.equal(parse(bytes).status, 413);
    });
});

/** A socket that asks and then reads only what it is told to. */
async function mute(request) {
    const socket = net.connect({ port: app.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    await new Promise((done) => socket.once('connect', done));
    socket.pause();
    socket.write(request);
    return socket;
}

describe('back-pressure', () => {
    const memory = (pid) => {
        const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
        return +/^Private_Dirty:\s+(\d+) kB/m.exec(text)[1] * 1024;
    };

    test('a client that does not read costs at most 64 KiB, and then reads everything', async () => {
        const [worker] = childrenOf(app.pid);
        const COUNT = 50, SIZE = 24 * MIB;
        const ready = await seen();
        const warm = await mute(get(`/big?bytes=${SIZE}`));
        await until((now) => now.begun === ready.begun + 1, 'begun');
        const before = memory(worker);
        const sockets = await Promise.all(Array.from({ length: COUNT }, () => mute(get(`/big?bytes=${SIZE}&told=${SIZE}`, 'Connection: close\r\n'))));
        await until((now) => now.begun === ready.begun + 1 + COUNT, 'all begun');
        await sleep(300);
        const cost = (memory(worker) - before) / COUNT;
        if (!sanitized) assert.ok(cost <= 65536, `${cost} bytes a client`);
        const want = createHash('sha256').update(pattern(SIZE)).digest('hex');
        for (const socket of sockets.slice(0, 3)) {
            const hash = createHash('sha256');
            let head = Buffer.alloc(0), body = false;
            await within(30_000, 'a download', new Promise((done) => {
                socket.on('data', (data) => {
                    if (body) return hash.update(data);
                    head = Buffer.concat([head, data]);
                    const end = head.indexOf('\r\n\r\n');
                    if (end >= 0) {
                        body = true;
                        hash.update(head.subarray(end + 4));
                    }
                }).on('end', done).resume();
            }));
            assert.equal(hash.digest('hex'), want);
        }
        for (const socket of [warm, ...sockets]) socket.destroy();
        await until((now) => now.begun === now.cleaned, 'all cleaned up');
    });

    test('a handler that reads slowly makes its client wait', async () => {
        const socket = await mute(post('/count?pause_ms=50', `Content-Length: ${64 * MIB}\r\n`));
        const first = (await seen()).bytes;
        let sent = 0;
        const part = Buffer.alloc(65536);
        const feed = () => {
            while (sent < 64 * MIB && socket.write(part)) sent += part.length;
        };
        socket.on('drain', feed);
        feed();
        await sleep(500);
        assert.ok(sent < 32 * MIB, `${sent} bytes were taken`);
        assert.ok((await seen()).bytes - first < 2 * MIB);
        socket.destroy();
        await until((now) => now.begun === now.cleaned, 'cleaned up');
    });
});

describe('many at once', () => {
    test('200 clients download and upload', async () => {
        const body = pattern(300_000);
        const agent = new http.Agent({ keepAlive: true });
        const one = (method, target, send) => new Promise((done, fail) => {
            const request = http.request({ port: app.port, method, path: target, agent }, (answer) => {
                const parts = [];
                answer.on('data', (part) => parts.push(part)).on('end', () => done(Buffer.concat(parts))).on('error', fail);
            });
            request.on('error', fail);
            request.end(send);
        });
        const rounds = await Promise.all(Array.from({ length: 200 }, (_, i) =>
            i % 2 ? one('GET', '/big?bytes=300000') : one('POST', '/echo', body)));
        for (const answer of rounds) same(answer, body, 'one of 200');
        agent.destroy();
    });

    test('20 clients that download without end do not hold up another', async () => {
        const reader = spawn(process.execPath, ['-e', `
            for (let i = 0; i < 20; i++) {
                const socket = require('net').connect(${app.port}, '127.0.0.1');
                socket.write(${JSON.stringify(get('/big?bytes=1000000000000'))});
                socket.on('data', () => {}).on('error', () => {});
            }`], { stdio: 'ignore' });
        try {
            const ready = await seen();
            await until((now) => now.begun - now.cleaned >= 20, `20 begun, of ${ready.begun}`);
            const wire = await Wire.open(app.port);
            const median = async () => {
                const times = [];
                for (let i = 0; i < 50; i++) {
                    const from = performance.now();
                    assert.equal((await wire.send(get('/')).response()).body, 'home');
                    times.push(performance.now() - from);
                    await sleep(5);
                }
                return times.sort((a, b) => a - b)[25];
            };
            // The best of several: others use the machine too.
            const most = sanitized ? 500 : 50, medians = [];
            while (medians.length < 6 && !(medians.at(-1) < most)) medians.push(await median());
            wire.close();
            assert.ok(medians.at(-1) < most, `${medians} ms`);
        } finally {
            reader.kill('SIGKILL');
        }
        await until((now) => now.begun === now.cleaned, 'all cleaned up');
    });
});

describe('clients that vanish', () => {
    for (const [what, request] of [
        ['while they upload', post('/count', `Content-Length: ${MIB}\r\n`) + 'hello'],
        ['within a chunk', post('/echo', 'Transfer-Encoding: chunked\r\n') + 'ff\r\nhello'],
        ['while they download', get('/big?bytes=1000000000000')],
        ['while they upload and do not read', post('/echo', `Content-Length: ${64 * MIB}\r\n`) + 'x'.repeat(4 * MIB)],
        ['between two letters', get('/pause?times=100000&ms=10')],
    ]) {
        for (const way of ['close', 'reset']) {
            test(`${what}, by ${way}: the handler is cancelled and cleans up once`, async () => {
                app.log = '';
                const before = await seen();
                const sockets = await Promise.all(Array.from({ length: 5 }, () => mute(request)));
                await until((now) => now.begun === before.begun + 5, 'begun');
                for (const socket of sockets) way === 'close' ? socket.destroy() : socket.resetAndDestroy();
                const now = await until((s) => s.cleaned === before.cleaned + 5, 'cleaned up');
                assert.equal(now.cancelled, before.cancelled + 5);
                assert.equal((await ask(app.port, get('/'))).body, 'home');
                assert.equal(app.log, '');
            });
        }
    }
});

test('SIGTERM lets a stream end', async () => {
    const own = await start(scratch);
    const wire = await Wire.open(own.port);
    wire.send(get('/pause?times=10&ms=100'));
    while (!wire.bytes.includes('x\r\n')) await within(20_000, 'a letter', new Promise((done) => (wire.wake = done)));
    process.kill(own.pid, 'SIGTERM');
    while (!wire.ended) await within(20_000, 'the end', new Promise((done) => (wire.wake = done)));
    const answer = parse(wire.bytes);
    assert.ok(answer.whole);
    assert.equal(answer.body.toString(), 'x'.repeat(10));
    wire.close();
    await own.stop();
});

test('a crash names the streams that were in flight', async () => {
    const own = await start(scratch);
    own.crashed = true;
    const begun = async () => JSON.parse((await ask(own.port, get('/seen'))).body).begun;
    const open = async (request) => {
        const socket = net.connect({ port: own.port, host: '127.0.0.1' }), before = await begun();
        socket.on('error', () => {}).pause();
        socket.write(request);
        for (let i = 0; i < 1000 && await begun() === before; i++) await sleep(20);
        return socket;
    };
    const sockets = [await open(get('/big?bytes=1000000000')), await open(post('/count', 'Content-Length: 5\r\n')),
        await open(get('/pause?times=100&ms=1000'))];
    await assert.rejects(ask(own.port, get('/crash')));
    for (let i = 0; i < 1000 && !/also in flight/.test(own.log); i++) await sleep(20);
    assert.match(own.log, /also in flight: GET \/pause, POST \/count, GET \/big\n/);
    for (const socket of sockets) socket.destroy();
    await own.stop();
});

test('the samples of the documents', async () => {
    const own = await start('streams');
    try {
        const file = Buffer.from('one\ntwo\n'.repeat(100_000));
        const sent = await fetch(`${own.url}/files/a.txt`, { method: 'PUT', body: file, headers: { 'Content-Type': 'text/plain' } });
        assert.equal(sent.status, 201);
        assert.deepEqual(await sent.json(), { name: 'a.txt', media_type: 'text/plain', bytes: 800_000, lines: 200_000 });
        const large = await ask(own.port, `PUT /files/b HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: ${200 * MIB}\r\n\r\n`);
        assert.equal(large.status, 413);

        const rows = await new Promise((done, fail) => {
            http.get({ port: own.port, path: '/rows?count=50000', headers: { TE: 'trailers', Connection: 'close, TE' }, agent: false }, (answer) => {
                let text = '';
                answer.setEncoding('utf8').on('data', (data) => (text += data)).on('end', () => done({ answer, text }));
            }).on('error', fail);
        });
        const lines = rows.text.trimEnd().split('\n').map((line) => JSON.parse(line));
        assert.equal(lines.length, 50_000);
        assert.deepEqual(lines[49_999], { id: 50_000, square: 2_500_000_000 });
        assert.equal(rows.answer.headers['content-type'], 'application/x-ndjson');
        assert.equal(rows.answer.trailers.rows, '50000');

        const took = []; // of the first event, which comes at once; the best of several, as others use the machine too
        while (took.length < 6 && !(took.at(-1) < 450)) {
            const from = performance.now();
            const reader = (await fetch(`${own.url}/ticks?count=2`)).body.getReader();
            assert.equal(String(Buffer.from((await reader.read()).value)), 'event: tick\nid: 1\ndata: 1\n\n');
            took.push(performance.now() - from);
            assert.equal(String(Buffer.from((await reader.read()).value)), 'event: tick\nid: 2\ndata: 2\n\n');
        }
        assert.ok(took.at(-1) < 450, `${took} ms`);

        const page = await Wire.open(own.port);
        const hints = await page.send(get('/page')).response();
        assert.equal(hints.status, 103);
        assert.match(hints.headers.link, /style\.css/);
        assert.match((await page.response()).body, /Hello/);
        page.close();

        assert.equal((await ask(own.port, get('/shout'))).status, 426);
        const wire = await Wire.open(own.port);
        wire.send(get('/shout', 'Connection: upgrade\r\nUpgrade: shout\r\n') + 'hello');
        assert.equal((await wire.response()).status, 101);
        while (wire.bytes.length < 5) await within(20_000, 'five bytes', new Promise((done) => (wire.wake = done)));
        assert.equal(String(wire.bytes), 'HELLO');
        wire.close();
    } finally {
        await own.stop();
    }
});
