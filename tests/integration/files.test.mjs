// Files of public/: what they are answered with, how they move, and what becomes of them when they change.
// Sanitizers: address, thread. Files are opened by threads.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { Wire, childrenOf, openspeed, run, sanitized, sleep, start, until, writeFiles } from './start.mjs';

const PATIENCE_MS = 60_000;
const ROUTE = `#include <openspeed/openspeed.h>
static osp_status hello(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, S("hello"));
}
OSP_ROUTE(GET, hello, void, void);
`;
const SCRIPT = 'console.log("a script");\n'.repeat(40);
const LARGE = Array.from({ length: 1 << 20 }, (_, i) => String(i).padStart(8, '0')).join(''); // 8 MiB, no two parts the same

let folder, app;

/** A new application in a folder of its own. */
function make(files) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-files-'));
    writeFiles(dir, { 'routes/hello/route.c': ROUTE, ...files });
    return dir;
}

const remove = (dir) => fs.rmSync(dir, { recursive: true, force: true });
const tagOf = (bytes) => `"${crypto.createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;

/** One request by node's own client, which changes nothing of path and body. */
function get(at, headers = {}, method = 'GET', to = app) {
    return new Promise((done, fail) => {
        const request = http.request({ port: to.port, host: '127.0.0.1', path: at, method, headers, agent: false }, (answer) => {
            const parts = [];
            answer.on('data', (part) => parts.push(part));
            answer.on('error', fail);
            answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
        });
        request.on('error', fail).end();
    });
}

const memoryOf = (pid) => 1024 * Number(/RssAnon:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const openFiles = (pid) => fs.readdirSync(`/proc/${pid}/fd`).length;

before(async () => {
    folder = make({
        'public/index.html': '<h1>home</h1>',
        'public/docs/index.html': '<h1>docs</h1>',
        'public/docs/a b ü.txt': 'a name',
        'public/app.3f2a9c1b.js': SCRIPT,
        'public/app.3f2a9c1b.js.gz': zlib.gzipSync(SCRIPT),
        'public/app.3f2a9c1b.js.br': zlib.brotliCompressSync(SCRIPT),
        'public/empty.txt': '',
        'public/large.bin': LARGE,
        'public/.env': 'secret',
        'public/.git/config': 'secret',
        'public/.well-known/security.txt': 'Contact: mailto:a@example.org',
        'secret.txt': 'secret',
    });
    app = await start(folder, { env: { OPENSPEED_LOG_ACCESS: path.join(folder, 'access.log') } });
});
after(async () => {
    await app?.stop();
    remove(folder);
});

test('a file is answered with its type, tag, date and rules for caches', async () => {
    const answer = await get('/index.html');
    assert.equal(answer.status, 200);
    assert.equal(String(answer.body), '<h1>home</h1>');
    assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(answer.headers.etag, tagOf('<h1>home</h1>'));
    assert.equal(answer.headers['cache-control'], 'no-cache');
    assert.equal(answer.headers['accept-ranges'], 'bytes');
    const made = Math.floor(fs.statSync(path.join(folder, 'public/index.html')).mtimeMs / 1000) * 1000;
    assert.equal(Date.parse(answer.headers['last-modified']), made);
    assert.equal((await get('/app.3f2a9c1b.js')).headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal((await get('/empty.txt')).headers['content-length'], '0');
});

test('index.html answers the URL of its folder, to which the one without the slash leads', async () => {
    assert.equal(String((await get('/')).body), '<h1>home</h1>');
    assert.equal(String((await get('/docs/')).body), '<h1>docs</h1>');
    assert.equal(String((await get('/docs/index.html')).body), '<h1>docs</h1>');
    const answer = await get('/docs?a=b&c');
    assert.deepEqual([answer.status, answer.headers.location], [308, './docs/?a=b&c']);
    assert.equal((await fetch(`${app.url}/docs`)).url, `${app.url}/docs/`);
});

test('names are those of the normal form of the path', async () => {
    for (const at of ['/docs/a%20b%20%C3%BC.txt', '/x/../docs/a%20b%20%c3%bc.txt', '//docs/./a%20b%20%C3%BC.tx%74']) {
        assert.equal(String((await get(at)).body), 'a name', at);
    }
});

test('what is hidden, outside or not in the table is not there', async () => {
    assert.equal((await get('/.well-known/security.txt')).status, 200);
    for (const at of ['/.env', '/.git/config', '/.git/', '/../secret.txt', '/docs/../../secret.txt', '/%2e%2e/secret.txt',
        '/docs/..%2f..%2fsecret.txt', '/docs%2findex.html', '/docs/%2e%2e/%2e%2e/secret.txt', '/..%5csecret.txt', '/public/index.html',
        '/app.3f2a9c1b.js.gz', '/app.3f2a9c1b.js.br', '/empty.txt/', '/EMPTY.TXT', '/empty.txt%00', '/.openspeed/release/app']) {
        const answer = await get(at);
        assert.ok(answer.status === 404 || answer.status === 400, `${at}: ${answer.status}`);
        assert.doesNotMatch(String(answer.body), /Contact|<h1>|secret$/);
    }
});

test('HEAD is GET without the body, other methods are refused', async () => {
    for (const at of ['/index.html', '/large.bin']) {
        const [get_, head] = [await get(at), await get(at, {}, 'HEAD')];
        const { date: _, ...headers } = get_.headers;
        const { date: __, ...others } = head.headers;
        assert.deepEqual(others, headers);
        assert.equal(head.body.length, 0);
    }
    const post = await get('/large.bin', {}, 'POST');
    assert.deepEqual([post.status, post.headers.allow], [405, 'GET, HEAD, OPTIONS']);
    const options = await get('/large.bin', {}, 'OPTIONS');
    assert.deepEqual([options.status, options.headers.allow], [204, 'GET, HEAD, OPTIONS']);
});

test('compressed forms are chosen by what the client takes', async () => {
    for (const [accepts, coding] of [['br, gzip', 'br'], ['gzip', 'gzip'], ['gzip, br;q=0.1', 'gzip'], ['identity', undefined],
        ['gzip;q=0', undefined], ['deflate', undefined], ['*', 'br']]) {
        const answer = await get('/app.3f2a9c1b.js', { 'Accept-Encoding': accepts });
        assert.equal(answer.headers['content-encoding'], coding, accepts);
        assert.equal(answer.headers.vary, 'Accept-Encoding');
        assert.equal(answer.headers['content-type'], 'text/javascript; charset=utf-8');
        const decode = { br: zlib.brotliDecompressSync, gzip: zlib.gunzipSync }[coding] ?? ((bytes) => bytes);
        assert.equal(String(decode(answer.body)), SCRIPT);
        assert.equal(answer.headers.etag, tagOf(answer.body));
    }
    assert.equal((await get('/index.html', { 'Accept-Encoding': 'br' })).headers.vary, undefined);
});

test('who has the file is told so, large or small', async () => {
    for (const at of ['/index.html', '/large.bin']) {
        const { headers } = await get(at);
        for (const condition of [{ 'If-None-Match': headers.etag }, { 'If-None-Match': `W/${headers.etag}` }, { 'If-None-Match': '*' },
            { 'If-Modified-Since': headers['last-modified'] }]) {
            const answer = await get(at, condition);
            assert.deepEqual([answer.status, answer.body.length, answer.headers.etag], [304, 0, headers.etag], JSON.stringify(condition));
            assert.equal(answer.headers['cache-control'], 'no-cache');
        }
        assert.equal((await get(at, { 'If-None-Match': '"other"', 'If-Modified-Since': headers['last-modified'] })).status, 200);
        assert.equal((await get(at, { 'If-Match': '"other"' })).status, 412);
    }
});

test('parts of a large file are its bytes', async () => {
    const size = LARGE.length;
    const whole = await get('/large.bin');
    assert.ok(whole.body.equals(Buffer.from(LARGE)));
    const { etag } = whole.headers;
    for (const [range, first, last] of [['0-0', 0, 0], ['-1', size - 1, size - 1], [`${size - 5}-`, size - 5, size - 1], ['0-', 0, size - 1],
        ['1000000-1999999', 1_000_000, 1_999_999], [`5-${size * 2}`, 5, size - 1], ['0-9,10-19', 0, 19]]) {
        const answer = await get('/large.bin', { Range: `bytes=${range}`, 'If-Range': etag });
        assert.equal(answer.status, 206, range);
        assert.equal(answer.headers['content-range'], `bytes ${first}-${last}/${size}`);
        assert.ok(answer.body.equals(Buffer.from(LARGE.slice(first, last + 1))), range);
    }
    assert.equal((await get('/large.bin', { Range: 'bytes=0-1', 'If-Range': '"other"' })).status, 200);
    assert.equal((await get('/large.bin', { Range: 'bytes=0-1,5-6' })).status, 200);
    const beyond = await get('/large.bin', { Range: `bytes=${size}-` });
    assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, `bytes */${size}`]);
});

test('pipelined requests are answered in their order, whatever is large among them', async () => {
    const wire = await Wire.open(app.port);
    const ats = ['/large.bin', '/hello', '/index.html', '/large.bin', '/nowhere', '/large.bin', '/hello'];
    const sizes = { '/large.bin': LARGE.length, '/hello': 5, '/index.html': 13 };
    wire.send(ats.map((at) => `GET ${at} HTTP/1.1\r\nHost: a\r\nRange: bytes=0-99999999\r\n\r\n`).join(''));
    for (const at of ats) {
        const answer = await wire.response();
        assert.equal(answer.status, { '/hello': 200, '/nowhere': 404 }[at] ?? 206, at);
        if (at in sizes) assert.equal(answer.body.length, sizes[at], at);
    }
    wire.close();
});

test('HTTP/1.0 and a last request get the whole file before the end', async () => {
    for (const request of ['GET /large.bin HTTP/1.0\r\n\r\n', 'GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n']) {
        const wire = await Wire.open(app.port);
        const answer = await wire.send(request).response();
        assert.equal(answer.body, LARGE);
        assert.equal(answer.headers.connection, 'close');
        await wire.closed();
    }
});

test('clients that go in the middle of a file leave nothing behind', async () => {
    const [worker] = childrenOf(app.pid);
    await get('/large.bin'); // open from now on
    const had = openFiles(worker);
    for (let i = 0; i < 40; i++) {
        const wire = await Wire.open(app.port);
        wire.socket.pause();
        wire.send('GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\nGET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n');
        if (i % 2 === 0) await sleep(5);
        if (i % 3 === 0) wire.socket.resetAndDestroy();
        else wire.close();
    }
    await until(PATIENCE_MS, 'descriptors of clients that went', () => openFiles(worker) <= had);
    assert.ok((await get('/large.bin')).body.equals(Buffer.from(LARGE)));
    assert.deepEqual(childrenOf(app.pid), [worker]);
});

test('a client that does not read costs no memory, and gets all when it does', async () => {
    const [worker] = childrenOf(app.pid);
    const wires = [];
    const before_ = memoryOf(worker);
    for (let i = 0; i < 20; i++) {
        const wire = await Wire.open(app.port);
        wire.socket.pause();
        wire.send('GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n');
        wires.push(wire);
    }
    await until(PATIENCE_MS, 'twenty connections', () => openFiles(worker) >= 20);
    await get('/hello');
    // A sanitizer notes what it has seen in memory of its own; twenty answers would still be ten times as much.
    const most = sanitized ? 2 * LARGE.length : LARGE.length / 2;
    assert.ok(memoryOf(worker) - before_ < most, `${memoryOf(worker) - before_} bytes`);
    for (const wire of wires) wire.socket.resume(); // all at once: none stands still for as long as others read
    for (const wire of wires) {
        assert.equal((await wire.response()).body.length, LARGE.length);
        wire.close();
    }
});

test('the access log has files as any route', async () => {
    await get('/docs/a%20b%20%C3%BC.txt', {}, 'GET');
    const lines = () => fs.readFileSync(path.join(folder, 'access.log'), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
    await until(PATIENCE_MS, 'a line of the log', () => lines().some((line) => line.route === '/docs/a b ü.txt'));
    const large = lines().find((line) => line.route === '/large.bin' && line.status === 200 && line.method === 'GET');
    assert.equal(large.bytes, LARGE.length);
});

test('files are listed when asked for, and are no part of the document', async () => {
    const short = await run(openspeed, ['routes', folder]);
    assert.match(short.stdout, /and 10 of public\/; `openspeed routes --files` lists them/);
    assert.doesNotMatch(short.stdout, /large/);
    const long = await run(openspeed, ['routes', folder, '--files', '--json']);
    assert.deepEqual(JSON.parse(long.stdout).find(({ pattern }) => pattern === '/large.bin').file, 'public/large.bin');
    const document = await (await fetch(`${app.url}/openapi.json`)).json();
    assert.deepEqual(Object.keys(document.paths), ['/hello']);
});

/** Runs what is left of the test on an application that is started by its executable alone, from elsewhere: its workers may read
 *  the folder that it is started in, and public/. */
async function served(dir, env, what) {
    const [mode] = fs.readdirSync(path.join(dir, '.openspeed')).filter((name) => fs.existsSync(path.join(dir, '.openspeed', name, 'app')));
    const { spawn } = await import('node:child_process');
    const child = spawn(path.join(dir, '.openspeed', mode, 'app'), ['--port', '0', '--json', '--workers', '1'],
        { cwd: path.join(dir, 'routes'), env: { ...process.env, OPENSPEED_SECCOMP: 'strict', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = new Promise((done) => child.on('exit', done));
    let out = '';
    let log = '';
    child.stderr.on('data', (data) => (log += data));
    child.stdout.on('data', (data) => (out += data));
    try {
        await until(PATIENCE_MS, 'a start', () => out.includes('\n') || child.exitCode !== null);
        await what({ port: out.includes('\n') ? JSON.parse(out).port : 0, log: () => log, code: () => child.exitCode });
    } finally {
        if (child.exitCode === null) child.kill('SIGTERM');
        await exited;
    }
}

test('an application that was moved finds its files, and others by public_folder', async () => {
    const dir = make({ 'public/a.txt': 'here' });
    const moved = `${dir}-moved`;
    try {
        assert.equal((await run(openspeed, ['build', dir])).code, 0);
        fs.renameSync(dir, moved);
        await served(moved, {}, async (other) => assert.equal(String((await get('/a.txt', {}, 'GET', other)).body), 'here'));
        fs.renameSync(path.join(moved, 'public'), path.join(moved, 'elsewhere'));
        await served(moved, {}, async (other) => {
            assert.notEqual(other.code(), 0);
            assert.match(other.log(), /public\/ is not at .*; say public_folder where it is/);
        });
        await served(moved, { OPENSPEED_PUBLIC_FOLDER: path.join(moved, 'elsewhere') },
            async (other) => assert.equal(String((await get('/a.txt', {}, 'GET', other)).body), 'here'));
    } finally {
        remove(dir);
        remove(moved);
    }
});

test('a file that has changed since the build is an error, not another file', async () => {
    const dir = make({ 'public/small.txt': 'small', 'public/large.txt': LARGE });
    try {
        assert.equal((await run(openspeed, ['build', dir])).code, 0);
        fs.writeFileSync(path.join(dir, 'public/small.txt'), 'other');
        fs.writeFileSync(path.join(dir, 'public/large.txt'), 'short');
        await served(dir, {}, async (other) => {
            for (const name of ['small.txt', 'large.txt']) {
                assert.equal((await get(`/${name}`, {}, 'GET', other)).status, 500);
                await until(PATIENCE_MS, 'a word in the log', () => other.log().includes(`public/${name}: it has changed since the application was built`));
            }
        });
        const again = await run(openspeed, ['build', dir]); // which is what the log says
        assert.equal(again.code, 0);
        await served(dir, {}, async (other) => assert.equal(String((await get('/small.txt', {}, 'GET', other)).body), 'other'));
    } finally {
        remove(dir);
    }
});

test('what cannot be served does not build', async () => {
    const cases = [
        [{ 'public/hello': 'x' }, /routes\/hello\/route\.c and public\/hello answer the same URL, \/hello/],
        [{ 'public/a.txt': '1', 'public/A.txt': '2' }, /differ only by upper and lower case/],
        [{ 'public/a\tb.txt': 'x' }, /it must be UTF-8 without control characters/],
    ];
    for (const [files, message] of cases) {
        const dir = make(files);
        const built = await run(openspeed, ['build', dir]);
        assert.notEqual(built.code, 0);
        assert.match(built.stderr, message);
        remove(dir);
    }
    const dir = make({ 'secret.txt': 'x', 'public/a.txt': 'x' });
    for (const to of ['../secret.txt', '/etc/hostname', path.join(dir, 'public/a.txt')]) {
        fs.symlinkSync(to, path.join(dir, 'public/link.txt'));
        const built = await run(openspeed, ['build', dir]);
        assert.notEqual(built.code, 0, to);
        assert.match(built.stderr, /public\/link\.txt is a link that leaves/);
        fs.unlinkSync(path.join(dir, 'public/link.txt'));
    }
    remove(dir);
});
