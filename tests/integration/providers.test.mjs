// What requests need, over real sockets: made before the body is sent for, closed whatever becomes of the request.
// tests/apps/needs says in its log what it makes and closes.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { copyApp, openspeed, run, scratchDatabase, sleep, start, until } from './start.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-providers-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** Sends bytes on a connection of its own; gives the socket, which collects what comes in `text`. */
function speak(app, bytes) {
    const socket = net.connect(app.port, '127.0.0.1');
    socket.text = '';
    socket.on('data', (data) => (socket.text += data));
    socket.on('error', () => {});
    socket.write(bytes);
    return socket;
}

const EVENT = /made \w+|closed \w+ \([^)]*\)/g;

describe('a request that needs things', () => {
    let app, seen;
    before(async () => {
        app = await start(copyApp('tests/apps/needs', path.join(scratch, 'needs')), { env: { OPENSPEED_DEADLINES_HANDLER_S: '2' } });
    });
    after(() => app.stop());

    /** What was made and closed since the last call. */
    const events = () => {
        const all = [...app.log.matchAll(EVENT)].map((m) => m[0]);
        const news = all.slice(seen ?? 2);
        seen = all.length;
        return news;
    };
    const closed = async (name) => {
        const from = seen ?? 2;
        await until(30_000, `${name} closed`, () =>
            [...app.log.matchAll(EVENT)].slice(from).some((m) => m[0].startsWith(`closed ${name}`)));
    };

    test('what outlives requests is made before the first, the application\'s first', () => {
        const made = [...app.log.matchAll(/made \w+/g)].map((m) => m[0]);
        assert.deepEqual(made.slice(0, 2), ['made app_wide', 'made worker_wide']);
    });

    test('a success', async () => {
        const answer = await fetch(app.url);
        assert.equal(await answer.text(), 'inner');
        await closed('outer');
        assert.deepEqual(events(), ['made outer', 'made inner', 'closed inner (ok)', 'closed outer (ok)']);
    });

    test('two requests at once have values of their own', async () => {
        await Promise.all([fetch(`${app.url}/?ms=300`), fetch(`${app.url}/?ms=300`)]);
        await until(30_000, 'both closed', () => app.log.match(/closed outer/g).length === 3);
        const all = events();
        assert.deepEqual(['made outer', 'made inner', 'closed inner (ok)', 'closed outer (ok)'].map((event) => all.filter((e) => e === event).length),
            [2, 2, 2, 2]);
    });

    test('a failure of the handler, of a maker, of a closer', async () => {
        assert.equal((await fetch(`${app.url}/?status=404`)).status, 404);
        await closed('outer');
        const failed = 'the request failed and its answer is set';
        assert.deepEqual(events(), ['made outer', 'made inner', `closed inner (${failed})`, `closed outer (${failed})`]);
        assert.equal((await fetch(`${app.url}/?fail=inner`)).status, 409);
        await closed('outer');
        assert.deepEqual(events(), ['made outer', `closed outer (${failed})`]);
        assert.equal((await fetch(app.url, { headers: { 'X-Close': '1' } })).status, 500);
        await closed('outer');
        assert.deepEqual(events(), ['made outer', 'made inner', 'closed inner (ok)', 'closed outer (input/output error)']);
    });

    test('a client that goes away while the handler waits, and while a maker does', async () => {
        const waiting = speak(app, 'GET /?ms=60000 HTTP/1.1\r\nHost: a\r\n\r\n');
        await until(30_000, 'made', () => app.log.lastIndexOf('made inner') > app.log.lastIndexOf('closed outer'));
        waiting.resetAndDestroy();
        await closed('outer');
        assert.deepEqual(events(), ['made outer', 'made inner', 'closed inner (cancelled)', 'closed outer (cancelled)']);
        const making = speak(app, 'GET /?make_ms=60000 HTTP/1.1\r\nHost: a\r\n\r\n');
        await until(30_000, 'begun', () => app.log.includes('begins outer'));
        making.resetAndDestroy();
        await until(30_000, 'ended', () => app.log.includes('ends outer: cancelled'));
        assert.equal((await fetch(app.url)).status, 200);
        await closed('outer');
        assert.deepEqual(events(), ['made outer', 'made inner', 'closed inner (ok)', 'closed outer (ok)']);
    });

    test('a client that goes away while closers wait', async () => {
        const closing = speak(app, 'GET /?close_ms=300 HTTP/1.1\r\nHost: a\r\n\r\n');
        await until(30_000, 'made', () => app.log.lastIndexOf('made inner') > app.log.lastIndexOf('closed outer'));
        await sleep(20);
        closing.resetAndDestroy();
        await closed('outer');
        assert.deepEqual(events().map((line) => line.split(' (')[0]),
            ['made outer', 'made inner', 'closed inner', 'closed outer']);
    });

    test('a handler whose time is over', async () => {
        const answer = await fetch(`${app.url}/?ms=60000`);
        assert.equal(answer.status, 503);
        await closed('outer');
        assert.deepEqual(events().map((line) => line.split(' (')[0]),
            ['made outer', 'made inner', 'closed inner', 'closed outer']);
    });

    test('nobody has to send a body to hear that they may not', async () => {
        for (const url of ['/upload', '/guarded/upload']) { // by the route, and by a middleware around it
            const refused = speak(app, `POST ${url} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`);
            await until(30_000, 'an answer', () => refused.text.includes('\r\n\r\n'));
            assert.match(refused.text, /^HTTP\/1.1 401 /);
            assert.match(refused.text, /\r\nWWW-Authenticate: Bearer\r\n/);
            refused.destroy();
        }
        const asks = (more) => speak(app, `POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n` +
            `Content-Length: 12\r\nExpect: 100-continue\r\n${more}\r\n`);
        const told = asks('');
        await until(30_000, 'an answer', () => told.text.includes('\r\n\r\n'));
        assert.match(told.text, /^HTTP\/1.1 401 /);
        told.destroy();
        const welcome = asks('Authorization: yes\r\n');
        await until(30_000, 'a word', () => welcome.text.includes('\r\n\r\n'));
        assert.equal(welcome.text, 'HTTP/1.1 100 Continue\r\n\r\n');
        welcome.write('{"text":"a"}');
        await until(30_000, 'an answer', () => welcome.text.includes('200 OK') && welcome.text.endsWith('\r\n\r\na'));
        welcome.destroy();
    });

    test('a body that comes with its head, behind it, and in chunks', async () => {
        const head = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: yes\r\n';
        const socket = speak(app, `${head}Content-Length: 12\r\n\r\n{"text":"b"}`);
        await until(30_000, 'b', () => socket.text.endsWith('\r\n\r\nb'));
        socket.write(`${head}Content-Length: 12\r\n\r\n{"te`);
        await sleep(20);
        socket.write('xt":"c"}');
        await until(30_000, 'c', () => socket.text.endsWith('\r\n\r\nc'));
        socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"tex\r\n7\r\nt":"d"}\r\n0\r\n\r\n`);
        await until(30_000, 'd', () => socket.text.endsWith('\r\n\r\nd'));
        const large = await fetch(`${app.url}/guarded/upload`, {
            method: 'POST', headers: { Authorization: 'yes', 'Content-Type': 'application/json' },
            body: JSON.stringify({ text: 'e'.repeat(500_000) }) });
        assert.equal((await large.text()).length, 500_000);
        const too = await fetch(`${app.url}/upload`, {
            method: 'POST', headers: { Authorization: 'yes', 'Content-Type': 'application/json' },
            body: JSON.stringify({ text: 'e'.repeat(1_100_000) }) });
        assert.equal(too.status, 413);
        socket.destroy();
    });

    test('at its end a worker closes what outlived requests, in reverse', async () => {
        await app.stop();
        const ends = [...app.log.matchAll(/closed (\w+_wide) \(ok\)/g)].map((m) => m[1]);
        assert.deepEqual(ends, ['worker_wide', 'app_wide']);
    });
});

describe('examples/providers', () => {
    const secret = 'a secret of thirty-two bytes or more';
    let app;
    const database = scratchDatabase();
    before(async () => {
        const folder = copyApp('examples/providers', path.join(scratch, 'providers'));
        app = await start(folder, { database, env: { NOTES_SECRET: secret } });
    });
    after(async () => {
        await app.stop();
        database.remove();
    });

    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = (uid) => {
        const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ uid, exp: Math.floor(Date.now() / 1000) + 600 })}`;
        return `${text}.${crypto.createHmac('sha256', secret).update(text).digest('base64url')}`;
    };
    const ask = (method, url, body, bearer) => fetch(app.url + url, {
        method,
        headers: { ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}), ...(body ? { 'Content-Type': 'application/json' } : {}) },
        body: body && JSON.stringify(body),
    });

    test('who is wanted may be absent; who is needed may not; who is wrong never may', async () => {
        assert.equal(await (await ask('GET', '/')).text(), 'Hello. Who are you?');
        assert.equal(await (await ask('GET', '/', null, token(7))).text(), 'Hello, user 7.');
        assert.equal((await ask('GET', '/', null, 'wrong')).status, 401);
        assert.equal((await ask('GET', '/notes')).status, 401);
        assert.equal((await ask('POST', '/notes', { text: '' })).status, 401);
        assert.equal((await ask('POST', '/notes', { text: '' }, token(7))).status, 422);
    });

    test('a commit that is refused is the answer, and nothing is written', async () => {
        const written = await ask('POST', '/notes', { text: 'first' }, token(7));
        assert.equal(written.status, 201);
        const { id } = await written.json();
        assert.equal((await ask('POST', '/notes', { text: 'second', notebook: 99 }, token(7))).status, 409);
        assert.deepEqual(await (await ask('GET', '/notes', null, token(7))).json(), { notes: [{ id, text: 'first' }] });
        assert.equal((await ask('DELETE', `/notes/${id}`, null, token(8))).status, 404);
        assert.equal((await ask('DELETE', `/notes/${id}`, null, token(7))).status, 204);
        assert.deepEqual(await (await ask('GET', '/notes', null, token(7))).json(), { notes: [] });
    });
});

describe('the build', () => {
    let count = 0;
    /** Builds an application of these files; it must fail. Gives what was said. */
    async function refused(files) {
        const folder = path.join(scratch, `app${count++}`);
        for (const [name, text] of Object.entries(files)) {
            fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
            fs.writeFileSync(path.join(folder, name), `#include <openspeed/openspeed.h>\n${text}`);
        }
        const done = await run(openspeed, ['build', folder]);
        assert.equal(done.code, 1, done.stderr);
        return done.stderr;
    }
    /** A provider, which needs another one unless `needs` is empty. */
    const provider = (name, needs, options = '') => `
OSP_PROVIDES(${name}, int64_t);
${needs && `OSP_PROVIDES(${needs}, int64_t);`}
typedef struct ${name}_in { ${needs ? 'const int64_t *m' : 'osp_opt_str q'}; } ${name}_in;
OSP_TYPE(${name}_in, ${needs ? `NEED(m, ${needs})` : 'QUERY(q)'});
static osp_status make_${name}(osp_ctx *ctx, const ${name}_in *in, int64_t *out) { return OSP_OK; }
OSP_PROVIDER(${name}, make_${name}, ${name}_in, int64_t ${options});
`;
    const route = (needs, type = 'int64_t') => `
OSP_PROVIDES(${needs}, ${type});
typedef struct In { const ${type} *m; } In;
OSP_TYPE(In, NEED(m, ${needs}));
static osp_status show(osp_ctx *ctx, const In *in, void *out) { return OSP_OK; }
OSP_ROUTE(GET, show, In, void);
`;

    test('a provider that no file makes is named with the way to it', async () => {
        const said = await refused({ 'routes/route.c': route('one'), 'lib/one.c': provider('one', 'two') });
        assert.match(said, /lib\/one\.c:8: there is no OSP_PROVIDER\(two, \.\.\.\) in any file: GET \/ \(routes\/route\.c:7\) -> one \(lib\/one\.c:8\) -> two\n/);
    });

    test('a circle, and what outlives what it needs', async () => {
        const circle = await refused({ 'routes/route.c': route('one'), 'lib/one.c': provider('one', 'two'), 'lib/two.c': provider('two', 'one') });
        assert.match(circle, /one\.c:8: one needs itself: GET .* -> one \(.*\) -> two \(.*\) -> one \(/);
        const longer = await refused({ 'routes/route.c': route('one'), 'lib/two.c': provider('two', ''),
            'lib/one.c': provider('one', 'two', ', .scope = OSP_PER_WORKER') });
        assert.match(longer, /one\.c:8: one lives as long as a worker and needs two, which is made for each request: /);
    });

    test('a route that nobody guards where its folder denies, unless it says so', async () => {
        const files = {
            'routes/private/middleware.c': `
static osp_status wrap(osp_ctx *ctx, osp_next *next) { return osp_run(ctx, next); }
OSP_MIDDLEWARE(wrap, .deny_by_default = true);
`,
            'routes/private/(group)/deep/route.c': route('one'), 'lib/one.c': provider('one', ''), 'routes/route.c': route('one') };
        const said = await refused(files);
        assert.match(said, /deep\/route\.c:7: GET \/private\/deep needs no provider that authenticates, which wrap \(routes\/private\/middleware\.c:4\) asks of all below it/);
        const folder = path.join(scratch, `app${count - 1}`);
        const put = (name, text) => fs.writeFileSync(path.join(folder, name), `#include <openspeed/openspeed.h>\n${text}`);
        put('routes/private/(group)/deep/route.c', route('one').replace('In, void);', 'In, void, .is_public = true);'));
        assert.equal((await run(openspeed, ['build', folder])).code, 0);
        put('routes/private/(group)/deep/route.c', route('one'));
        put('lib/one.c', provider('one', '', ', .authenticates = true'));
        const open = await run(openspeed, ['check', folder, '--forget']);
        assert.equal(open.code, 1);
        assert.match(open.stdout, /lib\/one\.c:8: error: without one 1 of 2 routes that it guards do not build\n.*\n    GET \/ \(routes\/route\.c:7\)\n$/);
        fs.rmSync(path.join(folder, 'routes/route.c'));
        const shut = await run(openspeed, ['check', folder, '--forget']);
        assert.equal(shut.code, 0, shut.stderr);
        assert.match(shut.stdout, /lib\/one\.c:8: without one 1 of 1 routes that it guards do not build\n$/);
    });

    test('two that make one thing, and two things of one name', async () => {
        const twice = await refused({ 'routes/route.c': route('one'), 'lib/one.c': provider('one', ''), 'lib/other.c': provider('one', '') });
        assert.match(twice, /lib\/o\w+\.c:\d+: multiple definition of [`']osp_there_are_two_OSP_PROVIDER_of_one'|symbol: osp_there_are_two_OSP_PROVIDER_of_one\n/);
        const other = await refused({ 'routes/route.c': route('one', 'double'), 'lib/one.c': provider('one', '') });
        assert.match(other, /routes\/route\.c:7: there are two OSP_PROVIDES\(one, \.\.\.\): it is needed as double and made as int64_t: /);
    });
});
