// Forms over sockets: what curl, fetch and browsers send, large files, limits, and that nothing stays behind.
// Sanitizers: address, thread. Files are written by threads.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ask, childrenOf, openspeed, root, spilledFiles, start, until } from './start.mjs';

const PATIENCE_MS = 60_000;
const TMPFS = 0x01021994; // statfs(2)
const folder = path.join(root, 'tests/apps/forms');
const sanitized = /asan|tsan/.test(openspeed);

let temp, out;
before(() => {
    const inMemory = fs.statfsSync(os.tmpdir()).type === TMPFS; // where a worker keeps less
    temp = fs.mkdtempSync(path.join(inMemory ? path.join(root, 'build') : os.tmpdir(), 'openspeed-forms-'));
    out = path.join(temp, 'out');
    fs.mkdirSync(out);
});
after(() => fs.rmSync(temp, { recursive: true, force: true }));

async function withApp(env, what, args = []) {
    const app = await start(folder, { env: { OPENSPEED_TEMP_FOLDER: temp, ...env }, args: ['--harden', 'dump=off', ...args] });
    try {
        await what(app, childrenOf(app.pid)[0]);
    } finally {
        await app.stop();
    }
}

async function nothingLeft(worker) {
    await until(PATIENCE_MS, 'the files are closed', () => spilledFiles(worker, temp) === 0);
    assert.deepEqual(fs.readdirSync(`${temp}/openspeed-${process.getuid()}`), []);
}

function sum(bytes) {
    let value = 2166136261;
    for (const byte of bytes) value = Math.imul(value ^ byte, 16777619);
    return value >>> 0;
}

/** Bytes that look like a delimiter again and again. */
function bytesOf(size) {
    const bytes = Buffer.alloc(size, '\r\n--X\r\r\n-\0\xff boundary', 'latin1');
    for (let i = 0; i < size; i += 997) bytes[i] = i & 0xff;
    return bytes;
}

const curl = (args) => new Promise((done, fail) => execFile('curl', ['-sS', '--max-time', '60', ...args],
    (error, stdout) => (error ? fail(error) : done(JSON.parse(stdout)))));

const small = bytesOf(900), large = bytesOf(300_000);

function form(...parts) {
    const data = new FormData();
    for (const [name, value, file, type] of parts) {
        if (typeof value === 'string') data.append(name, value);
        else data.append(name, new Blob([value], { type }), file);
    }
    return data;
}

async function post(app, target, body, headers) {
    const answer = await fetch(`${app.url}${target}`, { method: 'POST', body, headers });
    return { status: answer.status, json: await answer.json() };
}

test('what clients send', () => withApp({}, async (app, worker) => {
    const one = path.join(temp, 'one.bin'), two = path.join(temp, 'a "two".png');
    fs.writeFileSync(one, small);
    fs.writeFileSync(two, large);
    const seen = (name, safe_name, media_type, bytes) =>
        ({ name, safe_name, media_type, size: bytes.length, in_file: bytes.length > 65536, sum: sum(bytes) });

    const byCurl = await curl(['-F', 'title=a b+c%20', '-F', 'tags=1,2', '-F', `avatar=@${one};type=text/plain`,
        '-F', `photos=@${JSON.stringify(two)};type=image/png`, '-F', 'photos=;type=image/gif;filename=x', `${app.url}/up`]);
    assert.equal(byCurl.title, 'a b+c%20');
    assert.deepEqual(byCurl.tags, ['1', '2']);
    assert.deepEqual(byCurl.avatar, seen('one.bin', 'one.bin', 'text/plain', small));
    assert.deepEqual(byCurl.photos[0], seen('a "two".png', 'a _two_.png', 'image/png', large));
    assert.equal(byCurl.photos[1].size, 0);

    const byFetch = await post(app, '/up', form(['title', 'ä\r\n"'], ['photos', large, '../ä"\r\n.png', 'image/png'],
        ['photos', large, 'nul.png', 'image/png'], ['photos', small, 'c', 'image/x'], ['other', large, 'o', 'x/y']));
    assert.equal(byFetch.status, 200);
    assert.equal(byFetch.json.title, 'ä\r\n"');
    assert.deepEqual(byFetch.json.photos, [seen('../ä"\r\n.png', 'ä___.png', 'image/png', large),
        seen('nul.png', '_nul.png', 'image/png', large), seen('c', 'c', 'image/x', small)]);
    assert.deepEqual((await post(app, '/up', 'title=x+y&tags=a,b', { 'content-type': 'application/x-www-form-urlencoded' })).json,
        { title: 'x y', tags: ['a', 'b'], photos: [] });

    const weird = '------WebKitFormBoundary7MA4YWxkTrZu0gW';
    const body = `preamble\r\n${weird}  \r\ncontent-disposition: form-data; filename="C:\\x\\y.txt" ; name="avatar"\r\n`
        + `Content-Type: text/plain; charset="utf-8"\r\nX-Other: 1\r\n\r\n${weird}x\r\n${weird.slice(0, -1)}\r\n`
        + `${weird}\r\nContent-Disposition: form-data; name="photos"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n${weird}--\r\n\r\n`;
    const request = `POST /up HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=${weird.slice(2)}\r\n`;
    const refused = await ask(app.port, `${request}Content-Length: ${body.length}\r\n\r\n${body}`);
    assert.equal(refused.status, 400, 'a line of the content that begins like the boundary');
    const good = body.replace(`${weird}x`, `-${weird}x`);
    const chunked = good.match(/[^]{1,7}/g).map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
    for (const framed of [`Content-Length: ${good.length}\r\n\r\n${good}`, `Transfer-Encoding: chunked\r\n\r\n${chunked}0\r\n\r\n`]) {
        const answer = await ask(app.port, request + framed);
        assert.equal(answer.status, 200, answer.body);
        const { avatar, photos } = JSON.parse(answer.body);
        assert.equal(avatar.name, 'C:\\x\\y.txt');
        assert.equal(avatar.safe_name, 'y.txt');
        assert.deepEqual(photos, []);
    }
    await nothingLeft(worker);
}));

test('a handler takes the parts itself', () => withApp({ OPENSPEED_LIMITS_UPLOAD_TOTAL: '1000' }, async (app, worker) => {
    const { status, json } = await post(app, '/parts', form(['a', 'text'], ['skip', large, 'b', 'x/y'], ['c', large, '/d/e', 'image/png']));
    assert.equal(status, 200);
    assert.deepEqual(json.parts.map(({ name, safe_name, size }) => [name, safe_name, size]),
        [['a', '', 4], ['skip', 'b', 0], ['c', 'e', large.length]]);
    assert.equal(json.parts[2].sum, sum(large));
    assert.equal(spilledFiles(worker, temp), 0);
    assert.equal((await post(app, '/parts', '{}', { 'content-type': 'application/json' })).status, 415);
}));

test('what does not fit is told beside all else, and the connection goes on', () => withApp({}, async (app, worker) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const boundary = 'XY', head = (name, type) => `--XY\r\nContent-Disposition: form-data; name=${name}; filename=f\r\nContent-Type: ${type}\r\n\r\n`;
    const send = (body) => new Promise((done, fail) => {
        const request = http.request(`${app.url}/up`, { method: 'POST', agent,
            headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': body.length } }, (answer) => {
            const parts = [];
            answer.on('data', (data) => parts.push(data)).on('end', () => done({ status: answer.statusCode,
                reused: request.reusedSocket, json: JSON.parse(Buffer.concat(parts)) }));
        });
        request.on('error', fail).end(body);
    });
    const bad = Buffer.concat([Buffer.from(head('avatar', 'text/plain')), bytesOf(1001), Buffer.from(`\r\n${head('photos', 'text/plain')}`),
        large, Buffer.from('\r\n--XY\r\nContent-Disposition: form-data; name=title\r\n\r\n123456789012345678901\r\n--XY--')]);
    const refused = await send(bad);
    assert.equal(refused.status, 422);
    assert.deepEqual(refused.json.errors.map(({ in: from, name, code }) => [from, name, code]).sort(),
        [['form', 'avatar', 'max_length'], ['form', 'photos[0]', 'enum'], ['form', 'title', 'max_length']]);
    const next = await send(Buffer.from(`${head('avatar', 'text/plain')}12\r\n--XY--`));
    assert.equal(next.status, 200);
    assert.equal(next.reused, true, 'the form was read to its end');
    agent.destroy();
    await nothingLeft(worker);
}));

test('a form of a page sends a file, and is shown again when that does not fit', () => withApp({}, async (app, worker) => {
    const huge = bytesOf(3_000_000), text = async (answer) => ({ status: answer.status, html: await answer.text() });
    const first = await fetch(`${app.url}/album`);
    const cookie = first.headers.get('set-cookie').split(';')[0], html = await first.text();
    const token = /name="_csrf" value="([^"]{22})"/.exec(html)[1];
    assert.equal(cookie, `osp-form=${token}`);
    const send = (body, headers = { cookie }) => fetch(`${app.url}/album`, { method: 'POST', body, headers, redirect: 'manual' });
    const kept = await send(form(['_csrf', token], ['title', 'Cat'], ['photo', huge, 'cat.png', 'image/png']));
    assert.equal(kept.status, 303);
    assert.equal(kept.headers.get('location'), '/album');
    const flash = kept.headers.get('set-cookie').split(';')[0];
    const shown = await fetch(`${app.url}/album`, { headers: { cookie: `${cookie}; ${flash}` } });
    assert.match(shown.headers.get('set-cookie'), /^osp-flash=; .*Max-Age=0/);
    assert.ok((await shown.text()).includes(`<p id=flash>Cat: 3000000 bytes of sum ${sum(huge)}</p>`));

    const other = await text(await send(form(['_csrf', token], ['title', '<Dog>'], ['photo', huge, 'dog.txt', 'text/plain'])));
    assert.equal(other.status, 422);
    assert.match(other.html, /name="title" value="&lt;Dog&gt;"/);
    assert.match(other.html, /<i id=photo>[^<]+<\/i>/);
    const old = await text(await send(form(['title', 'Cat'], ['photo', huge, 'cat.png', 'image/png'])));
    assert.equal(old.status, 403);
    assert.match(old.html, /<p id=failure>This page was open for too long\./);
    await nothingLeft(worker);
}));

const LIMITS = { UPLOAD_FILE: '100000', UPLOAD_FILES: '3', FORM_FIELDS: '2', UPLOAD_TOTAL: '400000', BODY: '5000', UPLOADS: '150000' };
const limited = Object.fromEntries(Object.entries(LIMITS).map(([key, value]) => [`OPENSPEED_LIMITS_${key}`, value]));

test('each limit, and one past it', () => withApp(limited, async (app, worker) => {
    const file = (size) => ['photos', bytesOf(size), 'f.png', 'image/png'];
    const field = (size) => ['x', 'y'.repeat(size)];
    for (const [limit, value, good, bad, status] of [
        ['upload_file', 100000, [file(100000)], [file(100001)], 413],
        ['upload_files', 3, [file(1), file(1), file(1)], [file(1), file(1), file(1), ['z', bytesOf(1), 'z', 'x/y']], 413],
        ['form_fields', 2, [field(1), field(1)], [field(1), field(1), field(1)], 413],
        ['body', 5000, [field(2500), field(2500)], [field(2500), field(2501)], 413],
        ['uploads', 150000, [file(75000), file(75000)], [file(75000), file(75001)], 503],
    ]) {
        const fits = await post(app, '/up', form(...good));
        assert.equal(fits.status, 200, JSON.stringify(fits.json));
        await nothingLeft(worker);
        const answer = await post(app, '/up', form(...bad));
        assert.equal(answer.status, status, limit);
        assert.match(answer.json.detail, new RegExp(`limits\\.${limit} is ${value}\\b`));
        await nothingLeft(worker);
    }
    const total = async (size, framing) => {
        const head = '--XY\r\nContent-Disposition: form-data; name=other; filename=f\r\n\r\n', end = '\r\n--XY--\r\n';
        const body = head + 'x'.repeat(size - head.length - end.length) + end;
        const answer = await fetch(`${app.url}/up`, { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=XY' },
            ...(framing === 'chunked' ? { body: new Blob([body]).stream(), duplex: 'half' } : { body }) }).catch(() => null);
        return answer;
    };
    for (const framing of ['length', 'chunked']) {
        assert.equal((await total(90000, framing)).status, 200); // files for nobody are not kept
        const over = await total(400001, framing);
        if (over !== null) { // who is still sending may not hear of it
            assert.equal(over.status, 413);
            assert.match((await over.json()).detail, /limits\.upload_total is 400000\b/);
        }
        assert.equal((await total(400000, framing)).status, 200);
    }
    await nothingLeft(worker);
}));

/** Begins to send a file of any length, and stops in the midst of it. */
function begin(app, target, size) {
    const socket = net.connect({ port: app.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.write(`POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=XY\r\nContent-Length: 1000000\r\n\r\n`
        + '--XY\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n');
    socket.write(bytesOf(size));
    return socket;
}

test('who goes away leaves no file', () => withApp({}, async (app, worker) => {
    for (const leave of ['resetAndDestroy', 'destroy', 'end']) {
        const socket = begin(app, '/hold', 200_000);
        await until(PATIENCE_MS, 'it goes to a file', () => spilledFiles(worker, temp) === 1);
        socket[leave]();
        await nothingLeft(worker);
        socket.destroy();
    }
    assert.equal((await post(app, '/hold', form(['file', large, 'f', 'x/y']))).json.sum, sum(large));
}));

test('a worker that crashes leaves no file', { skip: sanitized && 'a crash is a finding there' }, () => withApp({}, async (app, worker) => {
    app.crashed = true;
    await assert.rejects(fetch(`${app.url}/hold?crash=true`, { method: 'POST', body: form(['file', large, 'f', 'x/y']) }));
    await until(PATIENCE_MS, 'another worker has come', () => childrenOf(app.pid).some((pid) => pid !== worker));
    assert.deepEqual(fs.readdirSync(`${temp}/openspeed-${process.getuid()}`), []);
    await until(PATIENCE_MS, 'it answers', () => app.log.includes('/hold'));
    const answer = await post(app, '/hold', form(['file', large, 'f', 'x/y']));
    assert.equal(answer.json.sum, sum(large));
}));

test('without a folder large files are refused and small ones taken', () =>
    withApp({ OPENSPEED_TEMP_FOLDER: '/proc' }, async (app) => {
        assert.equal((await post(app, '/hold', form(['file', bytesOf(65536), 'f', 'x/y']))).status, 200);
        const answer = await post(app, '/hold', form(['file', bytesOf(65537), 'f', 'x/y']));
        assert.equal(answer.status, 503);
        assert.match(app.log, /large uploads are refused/);
    }));

for (const [how, args] of [['seccomp strict', ['--seccomp', 'strict', '--harden', 'dump=off']], ['no hardening', ['--harden', 'off']]]) {
    test(`a file is saved as a whole or not at all, with ${how}`, () =>
        withApp({ OPENSPEED_HARDEN_WRITE: out }, async (app, worker) => {
            const save = (name, bytes, more = '') => post(app, `/save?folder=${out}${more}`, form(['file', bytes, name, 'x/y']));
            for (const [name, bytes] of [['small', small], ['large', large]]) {
                fs.rmSync(path.join(out, name), { force: true });
                fs.rmSync(path.join(out, `${name}+`), { force: true });
                assert.equal((await save(name, bytes, '&times=2')).status, 200);
                assert.deepEqual(fs.readFileSync(path.join(out, name)), bytes);
                assert.deepEqual(fs.readFileSync(path.join(out, `${name}+`)), bytes);
                const other = Buffer.concat([bytes, Buffer.from('more')]);
                assert.equal((await save(name, other)).status, 409);
                assert.deepEqual(fs.readFileSync(path.join(out, name)), bytes);
                const answer = await save(`../${name}`, other, '&replace=true');
                assert.equal(answer.status, 200);
                assert.equal(answer.json.sum, sum(other), 'it can still be read');
                assert.deepEqual(fs.readFileSync(path.join(out, name)), other);
                assert.deepEqual(fs.readFileSync(path.join(out, `${name}+`)), bytes);
            }
            assert.deepEqual(fs.readdirSync(out).sort(), ['large', 'large+', 'small', 'small+']);
            assert.equal((await post(app, `/save?folder=${out}/none`, form(['file', large, 'a', 'x/y']))).status, 500);
            await nothingLeft(worker);
        }, args));
}

/** Sends a file of any size without having it. */
function sendLarge(app, target, size) {
    const piece = bytesOf(1 << 20);
    const head = '--XY\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n', end = '\r\n--XY--\r\n';
    return new Promise((done, fail) => {
        const request = http.request(`${app.url}${target}`, { method: 'POST',
            headers: { 'content-type': 'multipart/form-data; boundary=XY', 'content-length': head.length + size + end.length } }, (answer) => {
            const parts = [];
            answer.on('data', (data) => parts.push(data)).on('end', () => done({ status: answer.statusCode, json: JSON.parse(Buffer.concat(parts)) }));
        });
        request.on('error', fail).write(head);
        let left = size;
        const more = () => {
            while (left > 0) {
                const bytes = left < piece.length ? piece.subarray(0, left) : piece;
                left -= bytes.length;
                if (!request.write(bytes)) return void request.once('drain', more);
            }
            request.end(end);
        };
        more();
    });
}

const LARGEST = (sanitized ? 64 : 200) << 20; // a sanitizer looks at each byte, and each takes the same way

test(`a file of ${LARGEST >> 20} MB takes no memory`, () => withApp({ OPENSPEED_LIMITS_UPLOAD_FILE: '400000000', OPENSPEED_LIMITS_UPLOAD_TOTAL: '400000000' },
    async (app, worker) => {
        const peak = () => +/VmHWM:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${worker}/status`, 'utf8'))[1];
        assert.equal((await sendLarge(app, '/hold', 1 << 20)).status, 200);
        const before = peak();
        const { status, json } = await sendLarge(app, '/hold', LARGEST);
        assert.equal(status, 200, JSON.stringify(json));
        assert.equal(json.size, LARGEST);
        assert.equal(json.in_file, true);
        assert.ok(peak() - before < (sanitized ? 32_000 : 4_000), `${peak() - before} kB more`);
        await nothingLeft(worker);
    }));
