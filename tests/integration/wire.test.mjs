// HTTP/1.1 byte by byte (RFC 9112), against routes of examples/bench: what clients do, and what attackers do.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Wire, ask, childrenOf, copyBench, run, sleep, start, within } from './start.mjs';

const PERSON = JSON.stringify({
    name: 'Ada', age: 36, email: 'ada@example.org', tags: ['a', 'b'],
    address: { street: 's', city: 'c', zip: 'z', geo: [51.5, -0.25] }, bio: 'ü',
});
const BODY_MAX = 1 << 20;
const HEAD_MAX = 16384;

const get = (target, fields = '') => `GET ${target} HTTP/1.1\r\nHost: test\r\n${fields}\r\n`;
const post = (body, fields = '') =>
    `POST /echo HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n${fields}` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const POST_CHUNKED = 'POST /echo HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n' +
    'Transfer-Encoding: chunked\r\n\r\n';
const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

const bench = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-wire-'));
let app;
before(async () => {
    copyBench(bench);
    app = await start(bench);
});
after(async () => {
    await app?.stop();
    fs.rmSync(bench, { recursive: true, force: true });
});

/** The server must answer with `status`, then close. */
async function refuses(request, status) {
    const wire = await Wire.open(app.port);
    const answer = await wire.send(request).response();
    assert.equal(answer.status, status, answer.body);
    assert.match(answer.headers['content-type'], /^application\/problem\+json/);
    assert.equal(answer.headers.connection?.toLowerCase(), 'close');
    await wire.closed();
}

describe('answers', () => {
    test('plain text with its framing', async () => {
        const answer = await ask(app.port, get('/plaintext'));
        assert.equal(answer.status, 200);
        assert.equal(answer.version, 'HTTP/1.1');
        assert.equal(answer.body, 'Hello, World!');
        assert.equal(answer.headers['content-length'], '13');
        assert.match(answer.headers['content-type'], /^text\/plain/);
        assert.match(answer.headers.date, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
    });

    test('JSON, path parameters and filler routes', async () => {
        assert.equal((await ask(app.port, get('/json'))).body, '{"message":"Hello, World!"}');
        assert.equal((await ask(app.port, get('/users/123'))).body, '{"id":"123"}');
        assert.equal((await ask(app.port, get('/users/%E0%B8%81'))).body, '{"id":"ก"}');
        assert.equal((await ask(app.port, get('/api/v1/resource19/7/items/9'))).body,
            '{"ok":true,"id":"7","item":"9"}');
        assert.equal((await ask(app.port, get('/api/v1/resource0/search/recent'))).body, '{"ok":true}');
    });

    test('a JSON body comes back as it was', async () => {
        const answer = await ask(app.port, post(PERSON));
        assert.equal(answer.status, 200, answer.body);
        assert.deepEqual(JSON.parse(answer.body), JSON.parse(PERSON));
    });

    test('HEAD has the head of GET and no body', async () => {
        const wire = await Wire.open(app.port);
        wire.send('HEAD /plaintext HTTP/1.1\r\nHost: test\r\n\r\n' + get('/json'));
        const head = await wire.response({ head: true });
        assert.equal(head.status, 200);
        assert.equal(head.headers['content-length'], '13');
        // Were there a body, this would not begin with a status line.
        assert.equal((await wire.response()).body, '{"message":"Hello, World!"}');
        wire.close();
    });

    test('404 for an unknown path and 405 with Allow for a wrong method', async () => {
        const wire = await Wire.open(app.port);
        const missing = await wire.send(get('/nowhere')).response();
        assert.equal(missing.status, 404);
        assert.match(missing.headers['content-type'], /^application\/problem\+json/);
        const wrong = await wire.send('DELETE /plaintext HTTP/1.1\r\nHost: test\r\n\r\n').response();
        assert.equal(wrong.status, 405);
        assert.match(wrong.headers.allow, /\bGET\b/);
        assert.match(wrong.headers.allow, /\bHEAD\b/);
        assert.equal((await wire.send(get('/plaintext')).response()).status, 200);
        wire.close();
    });
});

describe('framing', () => {
    test('16 pipelined requests are answered in order', async () => {
        const wire = await Wire.open(app.port);
        wire.send(Array.from({ length: 16 }, (_, i) => get(`/users/${i}`)).join(''));
        for (let i = 0; i < 16; i++) assert.equal((await wire.response()).body, `{"id":"${i}"}`);
        wire.close();
    });

    test('bodies and no bodies mix in one pipeline', async () => {
        const wire = await Wire.open(app.port);
        wire.send(post(PERSON) + get('/plaintext') + POST_CHUNKED + chunk(PERSON) + '0\r\n\r\n' + get('/json'));
        assert.equal((await wire.response()).status, 200);
        assert.equal((await wire.response()).body, 'Hello, World!');
        assert.deepEqual(JSON.parse((await wire.response()).body), JSON.parse(PERSON));
        assert.equal((await wire.response()).body, '{"message":"Hello, World!"}');
        wire.close();
    });

    test('a chunked body with extensions and trailers', async () => {
        const wire = await Wire.open(app.port);
        wire.send(POST_CHUNKED);
        const bytes = Buffer.from(PERSON);
        for (let at = 0; at < bytes.length; at += 7) {
            const part = bytes.subarray(at, at + 7);
            wire.send(`${part.length.toString(16)};name=value\r\n`).send(part).send('\r\n');
        }
        wire.send('0\r\nX-Trailer: dropped\r\n\r\n' + get('/plaintext'));
        assert.deepEqual(JSON.parse((await wire.response()).body), JSON.parse(PERSON));
        assert.equal((await wire.response()).body, 'Hello, World!');
        wire.close();
    });

    for (const [name, bytes] of [['lengthed', post(PERSON)],
        ['chunked', POST_CHUNKED + chunk(PERSON.slice(0, 20)) + chunk(PERSON.slice(20)) + '0\r\n\r\n']]) {
        test(`a ${name} request that dribbles in byte by byte`, async () => {
            const wire = await Wire.open(app.port);
            for (const byte of Buffer.from(bytes)) {
                wire.send(Buffer.of(byte));
                await new Promise(setImmediate);
            }
            assert.deepEqual(JSON.parse((await wire.response()).body), JSON.parse(PERSON));
            wire.close();
        });
    }

    test('Expect: 100-continue gets its interim answer first', async () => {
        const wire = await Wire.open(app.port);
        const [head, body] = post(PERSON, 'Expect: 100-continue\r\n').split(/(?<=\r\n\r\n)/);
        assert.equal((await wire.send(head).response()).status, 100);
        assert.equal((await wire.send(body).response()).status, 200);
        wire.close();
    });

    test('HTTP/1.0 closes, and Connection: close closes', async () => {
        for (const request of ['GET /plaintext HTTP/1.0\r\n\r\n', get('/plaintext', 'Connection: close\r\n')]) {
            const wire = await Wire.open(app.port);
            assert.equal((await wire.send(request).response()).body, 'Hello, World!');
            await wire.closed();
        }
    });

    test('a client that closed its side after the request is still answered', async () => {
        for (const request of [get('/plaintext'), post(PERSON), get('/json') + get('/json')]) {
            const wire = await Wire.open(app.port);
            wire.send(request).halfClose();
            assert.equal((await wire.response()).status, 200);
            if (request.startsWith(get('/json'))) assert.equal((await wire.response()).status, 200);
            await wire.closed();
        }
    });

    test('an empty line before a request is no error', async () => {
        assert.equal((await ask(app.port, '\r\n' + get('/plaintext'))).status, 200);
    });
});

describe('refusals', () => {
    const BAD = {
        'a bare LF as line end': 'GET /plaintext HTTP/1.1\nHost: test\n\n',
        'a bare LF behind a field': 'GET /plaintext HTTP/1.1\r\nHost: test\nX: y\r\n\r\n',
        'a bare CR in a field': get('/plaintext', 'X: a\rb\r\n'),
        'a NUL in a field': get('/plaintext', 'X: a\0b\r\n'),
        'both lengths': POST_CHUNKED.replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\n') + '0\r\n\r\n',
        'two different lengths': post(PERSON, 'Content-Length: 1\r\n'),
        'a negative length': 'POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n',
        'a length with a sign': 'POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: +5\r\n\r\nhello',
        'a length beyond 64 bits': 'POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 18446744073709551617\r\n\r\n',
        'no Host': 'GET /plaintext HTTP/1.1\r\n\r\n',
        'two Hosts': get('/plaintext', 'Host: other\r\n'),
        'a space before the colon': get('/plaintext', 'X : y\r\n'),
        'a folded field': get('/plaintext', 'X: a\r\n b\r\n'),
        'a field without a name': get('/plaintext', ': y\r\n'),
        'no HTTP at all': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n',
        'a chunk size that is no number': POST_CHUNKED + 'ZZ\r\n',
        'a chunk size with a prefix': POST_CHUNKED + '0x5\r\nhello\r\n0\r\n\r\n',
        'a chunk size beyond 64 bits': POST_CHUNKED + '10000000000000000\r\n',
        'a chunk that is longer than it says': POST_CHUNKED + '3\r\nhello\r\n0\r\n\r\n',
        'a chunk line that ends in a bare LF': POST_CHUNKED + '5\nhello\r\n0\r\n\r\n',
    };
    for (const [name, request] of Object.entries(BAD)) {
        test(`400 and close: ${name}`, () => refuses(request, 400));
    }

    test('400 closes: what is pipelined behind is not answered', () =>
        refuses(get('/plaintext', 'X : y\r\n') + get('/json'), 400));

    test('413: a body of the limit passes, one byte more does not', async () => {
        const empty = PERSON.replace('"ü"', '""');
        const fill = (size) => empty.replace('"bio":""', `"bio":"${'x'.repeat(size - Buffer.byteLength(empty))}"`);
        const whole = await ask(app.port, post(fill(BODY_MAX)));
        assert.equal(whole.status, 200);
        assert.equal(JSON.parse(whole.body).bio.length, BODY_MAX - Buffer.byteLength(empty));
        // The length alone is enough: nothing has to be sent first.
        await refuses(`POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: ${BODY_MAX + 1}\r\n\r\n`, 413);
        await refuses(POST_CHUNKED + chunk('x'.repeat(BODY_MAX)) + '1\r\nx', 413);
    });

    test('431: a head beyond its limit, or too many fields', async () => {
        const room = HEAD_MAX - get('/plaintext', 'X: \r\n').length;
        assert.equal((await ask(app.port, get('/plaintext', `X: ${'x'.repeat(room)}\r\n`))).status, 200);
        await refuses(get('/plaintext', `X: ${'x'.repeat(room + 1)}\r\n`), 431);
        await refuses(get('/plaintext', 'X: y\r\n'.repeat(100)), 431);
        assert.equal((await ask(app.port, get('/plaintext', 'X: y\r\n'.repeat(99)))).status, 200);
    });

    test('505: another major version', () => refuses('GET /plaintext HTTP/2.0\r\nHost: test\r\n\r\n', 505));

    test('a dot segment or an encoded slash does not reach another route', async () => {
        assert.equal((await ask(app.port, get('/users/../json'))).body, '{"message":"Hello, World!"}');
        assert.notEqual((await ask(app.port, get('/users/a%2Fb'))).body, '{"message":"Hello, World!"}');
        assert.equal((await ask(app.port, get('/users/a%00b'))).status, 400);
        assert.equal((await ask(app.port, get('/users/%zz'))).status, 400);
    });
});

describe('curl agrees', () => {
    const curl = async (...args) => (await run('curl', ['-sS', '-m', '10', ...args])).stdout;

    test('GET, HEAD, HTTP/1.0', async () => {
        assert.equal(await curl(`${app.url}/plaintext`), 'Hello, World!');
        assert.match(await curl('-I', `${app.url}/plaintext`), /^HTTP\/1\.1 200[^]*content-length: 13\r\n/i);
        assert.equal(await curl('--http1.0', `${app.url}/json`), '{"message":"Hello, World!"}');
    });

    test('POST, chunked, and with 100-continue', async () => {
        const send = ['-H', 'Content-Type: application/json', '--data-binary', PERSON, `${app.url}/echo`];
        for (const more of [[], ['-H', 'Transfer-Encoding: chunked'], ['-H', 'Expect: 100-continue']]) {
            assert.deepEqual(JSON.parse(await curl(...more, ...send)), JSON.parse(PERSON));
        }
    });

    test('one connection serves many requests', async () => {
        const out = await curl('-w', '%{num_connects} ', '-o', '/dev/null', '-o', '/dev/null', '-o', '/dev/null',
            `${app.url}/json`, `${app.url}/plaintext`, `${app.url}/users/1`);
        assert.equal(out, '1 0 0 ');
    });
});

describe('life', () => {
    test('1000 idle connections, and the next is served', async () => {
        const wires = [];
        try {
            for (let i = 0; i < 1000; i += 100) {
                wires.push(...await Promise.all(Array.from({ length: 100 }, () => Wire.open(app.port))));
            }
            await Promise.all(wires.map((wire) => wire.send(get('/plaintext')).response()));
            assert.equal((await ask(app.port, get('/json'))).status, 200);
            // They were idle, not dead.
            for (const wire of [wires[0], wires[500], wires[999]]) {
                assert.equal((await wire.send(get('/plaintext')).response()).body, 'Hello, World!');
            }
        } finally {
            for (const wire of wires) wire.close();
        }
    });

    test('a worker that crashes costs its own connections, not the service', async () => {
        const workers = childrenOf(app.pid);
        assert.ok(workers.length > 0, 'the supervisor has no worker');
        app.crashed = true;
        for (const pid of workers) process.kill(pid, 'SIGSEGV');
        await within(20_000, 'the death of the workers', (async () => {
            while (childrenOf(app.pid).some((pid) => workers.includes(pid))) await sleep(5);
        })());
        // No second try: the listening socket never closed.
        assert.equal((await ask(app.port, get('/plaintext'))).body, 'Hello, World!');
    });

    test('SIGTERM ends idle connections and lets a request in flight end', async (t) => {
        const own = await start(bench);
        t.after(() => own.stop());
        const idle = await Wire.open(own.port);
        assert.equal((await idle.send(get('/plaintext')).response()).status, 200);
        const busy = await Wire.open(own.port);
        // The interim answer proves that the server is in the middle of the request.
        const [head, body] = post(PERSON, 'Expect: 100-continue\r\n').split(/(?<=\r\n\r\n)/);
        assert.equal((await busy.send(head).response()).status, 100);
        busy.send(body.slice(0, -20));
        process.kill(own.pid, 'SIGTERM');
        await idle.closed();
        const answer = await busy.send(body.slice(-20)).response();
        assert.equal(answer.status, 200, answer.body);
        await busy.closed();
        assert.deepEqual(await within(20_000, 'the end', own.exited), { code: 0, signal: null }, own.log);
    });
});
