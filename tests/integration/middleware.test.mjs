// Middleware over real sockets: who runs, in which order, around what. tests/apps/chain answers.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Wire, ask, copyApp, openspeed, root, run, sleep, start, within } from './start.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-middleware-'));
let app;
before(async () => {
    const folder = path.join(scratch, 'chain');
    copyApp('tests/apps/chain', folder);
    app = await start(folder);
});
after(async () => {
    await app?.stop();
    fs.rmSync(scratch, { recursive: true, force: true });
});

const request = (method, target, fields = '', body = '') =>
    `${method} ${target} HTTP/1.1\r\nHost: test\r\n${fields}\r\n${body}`;
const get = (target, fields) => ask(app.port, request('GET', target, fields));
/** A line is written behind the answer that it tells of. */
const logged = (words) => within(20_000, `${words} in the log`, (async () => {
    while (!words.test(app.log)) await sleep(10);
})());
const all = (status) => `first(second()second=${status})first=${status}`;

describe('order', () => {
    test('the root wraps every route, in the order of the lines of one file', async () => {
        const answer = await get('/');
        assert.equal(answer.body, 'root');
        assert.equal(answer.headers['x-trace'], all(200));
    });
    test('a folder with a middleware.c and no route.c wraps what is below', async () => {
        const answer = await get('/deep/er/est');
        assert.equal(answer.status, 410);
        assert.equal(answer.headers['x-trace'], 'first(second(deeper()deeper=410)second=410)first=410');
    });
    test('a group has middleware of its own', async () => {
        const answer = await get('/inside');
        assert.equal(answer.headers['x-trace'], 'first(second(members()members=200)second=200)first=200');
    });
    test('a request of a pipeline has its own chain', async () => {
        const wire = await Wire.open(app.port);
        wire.send(request('GET', '/') + request('GET', '/nowhere') + request('GET', '/inside') + 'BAD\r\n\r\n');
        const statuses = [];
        for (let i = 0; i < 4; i++) {
            const answer = await wire.response();
            statuses.push(answer.status);
            assert.match(answer.headers['x-trace'], new RegExp(`^first\\(.*\\)first=${answer.status}$`));
        }
        assert.deepEqual(statuses, [200, 404, 200, 400]);
        await wire.closed();
    });
    test('what was streamed has been sent when control comes back', async () => {
        const answer = await fetch(`${app.url}/streams`);
        assert.equal(await answer.text(), 'one two');
        assert.equal(answer.headers.get('x-trace'), 'first(second(');
    });
    test('HEAD passes the chain of GET', async () => {
        const answer = await ask(app.port, request('HEAD', '/inside'), { head: true });
        assert.equal(answer.headers['x-trace'], 'first(second(members()members=200)second=200)first=200');
    });
});

describe('nothing is passed over', () => {
    const cases = [
        ['a URL that there is not', request('GET', '/nowhere'), 404],
        ['a URL below a folder with middleware', request('GET', '/deep/er/nowhere'), 404],
        ['a method that the URL has not', request('PUT', '/'), 405],
        ['OPTIONS', request('OPTIONS', '/'), 204],
        ['OPTIONS of the server', request('OPTIONS', '*'), 204],
        ['a method that is unknown', request('BREW', '/'), 501],
        ['a path that is malformed', request('GET', '/%zz'), 400],
        ['an input that does not fit', request('POST', '/', 'Content-Length: 2\r\nContent-Type: application/json\r\n', '{}'), 422],
        ['a body that is too large', request('POST', '/', 'Content-Length: 2001\r\n'), 413],
        ['a file', request('GET', '/plain.txt'), 200],
        ['the document of the API', request('GET', '/openapi.json'), 200],
        ['a head that is malformed', 'GET / HTTP/1.1\r\nHost: test\r\nbad field\r\n\r\n', 400],
        ['a head without Host', 'GET / HTTP/1.1\r\n\r\n', 400],
        ['what is no head', '\x16\x03\x01\r\n\r\n', 400],
        ['a chunk that is malformed', request('POST', '/', 'Transfer-Encoding: chunked\r\n', 'x\r\n'), 400],
        ['headers that are too large', request('GET', '/', `X: ${'x'.repeat(40000)}\r\n`), 431],
    ];
    for (const [what, bytes, status] of cases) {
        test(`${what} passes the root`, async () => {
            const answer = await ask(app.port, bytes);
            assert.equal(answer.status, status);
            assert.equal(answer.headers['x-trace'], all(status));
        });
    }
    test('no header of a client makes a chain shorter', async () => {
        for (const field of ['x-middleware-subrequest: routes/middleware:routes/middleware', 'x-middleware-next: 1',
            'x-middleware-rewrite: /', 'x-middleware-override-headers: x', 'x-middleware-skip: 1', 'x-nextjs-data: 1']) {
            const answer = await get('/inside', `${field}\r\n`);
            assert.equal(answer.headers['x-trace'], 'first(second(members()members=200)second=200)first=200');
        }
    });
});

describe('short circuits and failures', () => {
    test('a step that answers by itself keeps the request from what it wraps', async () => {
        const answer = await get('/short');
        assert.equal(answer.body, 'cut');
        assert.equal(answer.headers['x-trace'], all(200));
    });
    test('a second osp_run is a failure, told in the log', async () => {
        const answer = await get('/short', 'How: twice\r\n');
        assert.equal(answer.status, 500);
        assert.equal(answer.headers['x-trace'], all(500));
        await logged(/cuts called osp_run a second time \(.*routes\/short\/middleware\.c:20\)/);
    });
    test('a step that says nothing is a failure, told in the log', async () => {
        const answer = await get('/short', 'How: silent\r\n');
        assert.equal(answer.status, 500);
        await logged(/cuts neither called osp_run nor answered the request/);
    });
    test('a step that fails behind the answer replaces it', async () => {
        const answer = await get('/short', 'How: late\r\n');
        assert.equal(answer.status, 502);
        assert.match(answer.body, /after all/);
        assert.equal(answer.headers['x-trace'], all(502));
    });
    test('a page can stand in place of a problem', async () => {
        const answer = await get('/page?lost=true');
        assert.equal(answer.status, 404);
        assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
        assert.equal(answer.body, '<p>404</p>');
    });
});

describe('a body limit of a folder', () => {
    const item = (size, fields = '') =>
        request('POST', '/api/items/1', `Content-Type: application/json\r\n${fields}Content-Length: ${size}\r\n`);
    const body = (size) => `{"name":"${'x'.repeat(size - 11)}"}`;
    test('may be more than that further out', async () => {
        assert.equal((await ask(app.port, item(100000) + body(100000))).status, 200);
    });
    test('names its bytes one past it', async () => {
        const answer = await ask(app.port, item(100001));
        assert.equal(answer.status, 413);
        assert.match(answer.body, /this URL takes 100000 bytes/);
        assert.equal(answer.headers['access-control-allow-origin'], undefined);
    });
    test('holds for chunks, and for those of the next request', async () => {
        const wire = await Wire.open(app.port);
        const chunk = (size) => `${size.toString(16)}\r\n${body(size)}\r\n0\r\n\r\n`;
        const head = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n';
        wire.send(request('POST', '/api/items/1', head) + chunk(90000));
        assert.equal((await wire.response()).status, 200);
        wire.send(request('POST', '/', head) + chunk(2001));
        assert.equal((await wire.response()).status, 413);
        await wire.closed();
    });
    test('is that of the URL that a number out of range is', async () => {
        const send = (target, size) => ask(app.port, request('POST', target,
            `Content-Type: application/json\r\nContent-Length: ${size}\r\n`, `{"text":"${'x'.repeat(size - 11)}"}`));
        assert.equal((await send('/bodies/10', 2001)).body, 'by number');
        assert.equal((await send('/bodies/11', 2000)).body, 'by name');
        assert.equal((await send('/bodies/11', 2001)).status, 413);
    });
    test('is asked before a client that waits for a word sends anything', async () => {
        const answer = await ask(app.port, item(100001, 'Expect: 100-continue\r\n'));
        assert.equal(answer.status, 413);
    });
});

describe('what comes with OpenSpeed', () => {
    test('CORS: a preflight is answered, with the methods of the URL', async () => {
        const answer = await ask(app.port, request('OPTIONS', '/api/items/1',
            'Origin: https://shop.example\r\nAccess-Control-Request-Method: DELETE\r\n' +
            'Access-Control-Request-Headers: x-a, x-b\r\n'));
        assert.equal(answer.status, 204);
        assert.equal(answer.headers['access-control-allow-origin'], 'https://shop.example');
        assert.equal(answer.headers['access-control-allow-credentials'], 'true');
        assert.equal(answer.headers['access-control-allow-methods'], 'GET, HEAD, POST, DELETE, OPTIONS');
        assert.equal(answer.headers['access-control-allow-headers'], 'x-a, x-b');
        assert.equal(answer.headers['access-control-max-age'], '600');
        assert.equal(answer.headers.vary, 'Origin, Access-Control-Request-Headers');
    });
    test('CORS: failures have the fields, or a page could not read why', async () => {
        const answer = await get('/api/items/1000', 'Origin: https://a.example:8443\r\n');
        assert.equal(answer.status, 404);
        assert.equal(answer.headers['access-control-allow-origin'], 'https://a.example:8443');
        assert.equal(answer.headers['access-control-expose-headers'], 'X-Trace');
    });
    test('CORS: other origins get none, and caches are told', async () => {
        for (const origin of ['https://shop.example.evil', 'https://SHOP.example', 'null', 'http://shop.example', '*']) {
            const answer = await get('/api/items/1', `Origin: ${origin}\r\n`);
            assert.equal(answer.status, 200);
            assert.equal(answer.headers['access-control-allow-origin'], undefined);
            assert.equal(answer.headers.vary, 'Origin');
        }
        const preflight = await ask(app.port, request('OPTIONS', '/api/items/1',
            'Origin: https://evil.example\r\nAccess-Control-Request-Method: DELETE\r\n'));
        assert.equal(preflight.status, 403);
    });
    test('ETag: the same bytes are not sent twice', async () => {
        const first = await get('/api/items/7');
        assert.match(first.headers.etag, /^"[\w-]{24}"$/);
        assert.equal(first.headers['cache-control'], 'private, max-age=9');
        const again = await get('/api/items/7', `If-None-Match: ${first.headers.etag}\r\n`);
        assert.equal(again.status, 304);
        assert.equal(again.body, '');
        assert.equal(again.headers.etag, first.headers.etag);
        assert.equal((await get('/api/items/8', `If-None-Match: ${first.headers.etag}\r\n`)).status, 200);
        assert.equal((await get('/api/items/7', `If-Match: ${first.headers.etag}\r\n`)).status, 200);
        assert.equal((await get('/api/items/7', 'If-Match: "other"\r\n')).status, 412);
        const head = await ask(app.port, request('HEAD', '/api/items/7'), { head: true });
        assert.equal(head.headers.etag, first.headers.etag);
        assert.equal(head.headers['content-length'], first.headers['content-length']);
    });
    test('Cache-Control is not that of a failure', async () => {
        assert.equal((await get('/api/items/1000')).headers['cache-control'], undefined);
    });
    test('a request id and a time stand on every answer', async () => {
        for (const target of ['/api/items/1', '/api/items/1000', '/api/items/0']) {
            const answer = await get(target);
            assert.match(answer.headers['x-request-id'], /^[0-9a-f]{32}$/);
            assert.match(answer.headers['server-timing'], /^api;dur=\d+\.\d{3}$/);
        }
    });
    test('a POST stands for DELETE where it says so', async () => {
        const erase = (fields) => ask(app.port, request('POST', '/api/items/1', `${fields}Content-Length: 0\r\n`));
        assert.equal((await erase('X-HTTP-Method-Override: DELETE\r\n')).status, 204);
        assert.equal((await erase('X-HTTP-Method-Override: PATCH\r\n')).status, 405);
        assert.equal((await erase('X-HTTP-Method-Override: GET\r\n')).status, 422);
    });
    test('a deadline ends the waits of a handler', async () => {
        const answer = await get('/slow');
        assert.equal(answer.status, 503);
        assert.equal(answer.headers['x-trace'], all(503));
    });
    test('security headers: a nonce is fresh, and that of the page', async () => {
        const nonces = new Set();
        for (let i = 0; i < 3; i++) {
            const answer = await get('/page');
            const [, nonce] = /^<script nonce="([\w-]{22})">/.exec(answer.body);
            assert.equal(answer.headers['content-security-policy'],
                `script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'`);
            assert.equal(answer.headers['x-frame-options'], 'DENY');
            assert.equal(answer.headers['x-content-type-options'], 'nosniff');
            assert.equal(answer.headers['referrer-policy'], undefined);
            assert.equal(answer.headers['strict-transport-security'], undefined); // over http
            nonces.add(nonce);
        }
        assert.equal(nonces.size, 3);
    });
});

// examples/middleware answers, and so it is built.
describe('who may come in', () => {
    let shop;
    const secrets = { PREVIEW_PASSWORD: 'p:\u00e4ss', MACHINE_SECRET: 'm'.repeat(32), COOKIE_KEY: 'c'.repeat(32) };
    before(async () => { shop = await start('middleware', { env: secrets }); });
    after(() => shop?.stop());
    const say = (method, target, fields = '', body = '') => ask(shop.port, request(method, target, fields, body));
    const basic = (words) => `Authorization: Basic ${Buffer.from(words).toString('base64')}\r\n`;
    const base64url = (text) => Buffer.from(text).toString('base64url');
    function token(claims, key) {
        const text = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(JSON.stringify(claims))}`;
        return `Authorization: Bearer ${text}.${createHmac('sha256', key).update(text).digest('base64url')}\r\n`;
    }

    test('basic: a page asks for a password, and takes a good one', async () => {
        const asked = await say('GET', '/preview');
        assert.equal(asked.status, 401);
        assert.equal(asked.headers['www-authenticate'], 'Basic realm="Preview", charset="UTF-8"');
        assert.equal((await say('GET', '/preview', basic('ada:wrong'))).status, 401);
        const good = await say('GET', '/preview', basic(`ada:${secrets.PREVIEW_PASSWORD}`));
        assert.equal(good.status, 200);
        assert.equal(good.body, 'soon, ada');
    });
    test('addresses: who comes from here is let in, whatever he says of himself', async () => {
        for (const fields of ['', 'X-Forwarded-For: 10.0.66.1\r\n', 'Forwarded: for=10.0.66.1\r\n']) {
            const answer = await say('GET', '/inside', fields);
            assert.deepEqual([answer.status, answer.body], [200, '127.0.0.1']);
        }
    });
    test('bearer: a token that is signed and has not ended', async () => {
        const soon = Math.floor(Date.now() / 1000) + 600;
        const asked = await say('GET', '/machines');
        assert.equal(asked.headers['www-authenticate'], 'Bearer realm="Machines"');
        assert.equal((await say('GET', '/machines', token({ exp: soon }, secrets.MACHINE_SECRET))).status, 200);
        for (const wrong of [token({ exp: soon }, 'x'.repeat(32)), token({ exp: 1 }, secrets.MACHINE_SECRET)]) {
            const answer = await say('GET', '/machines', wrong);
            assert.equal(answer.status, 401);
            assert.equal(answer.headers['www-authenticate'], 'Bearer realm="Machines", error="invalid_token"');
        }
    });
    test('CSRF: a POST of another site does nothing, in which method it stands for as well', async () => {
        const put = (fields) => say('POST', '/shop/theme', `X-HTTP-Method-Override: PUT\r\n${fields}Content-Length: 0\r\n`);
        assert.equal((await put('Sec-Fetch-Site: cross-site\r\nOrigin: https://evil.example\r\n')).status, 403);
        assert.equal((await put('Origin: null\r\n')).status, 403);
        assert.equal((await put('Origin: http://test\r\n')).status, 204);
        assert.equal((await put('Sec-Fetch-Site: cross-site\r\nOrigin: https://pay.example\r\n')).status, 204);
        assert.equal((await say('GET', '/shop/theme', 'Sec-Fetch-Site: cross-site\r\n')).status, 200);
    });
    test('times: a block of the handler stands beside the whole', async () => {
        const { headers } = await say('GET', '/shop/theme');
        assert.match(headers['server-timing'], /^app;dur=[\d.]+, cookie;desc="checking its signature";dur=\d+\.\d{3}$/);
    });
    test('signed cookies: keys of a provider sign them, and what is changed is taken away', async () => {
        const set = await say('PUT', '/shop/theme', 'Content-Length: 0\r\n');
        const [cookie] = set.headers['set-cookie'].split(';');
        assert.match(cookie, /^theme=dark\.[\w-]{43}$/);
        const good = await say('GET', '/shop/theme', `Cookie: ${cookie}\r\n`);
        assert.equal(good.body, 'theme: dark');
        assert.equal(good.headers['set-cookie'], undefined);
        const forged = await say('GET', '/shop/theme', `Cookie: ${cookie.replace('dark', 'pink')}\r\n`);
        assert.equal(forged.body, 'theme: light');
        assert.match(forged.headers['set-cookie'], /^theme=; .*Max-Age=0/);
    });
    test('language: the browser, a cookie and the URL, in rising order', async () => {
        const german = await say('GET', '/shop/theme', 'Accept-Language: de-AT, en;q=0.1\r\n');
        assert.equal(german.body, 'Farben: light');
        assert.equal(german.headers['content-language'], 'de');
        assert.equal(german.headers.vary, 'Cookie, Accept-Language');
        assert.equal((await say('GET', '/shop/theme', 'Cookie: lang=en\r\nAccept-Language: de\r\n')).body, 'theme: light');
        assert.equal((await say('GET', '/shop/theme?lang=de', 'Cookie: lang=en\r\n')).body, 'Farben: light');
        assert.equal((await say('PATCH', '/shop/theme', 'Accept-Language: de\r\n')).headers['content-language'], undefined);
    });
});

describe('the build', () => {
    let count = 0;
    async function build(middleware, file = 'routes/middleware.c') {
        const folder = path.join(scratch, `app${count++}`);
        fs.mkdirSync(path.join(folder, 'routes/a'), { recursive: true });
        fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
        fs.writeFileSync(path.join(folder, 'routes/a/route.c'), `#include <openspeed/openspeed.h>
static osp_status show(osp_ctx *ctx, const void *in, void *out) { return osp_text(ctx, OSP_STR("a")); }
OSP_ROUTE(GET, show, void, void);
`);
        fs.writeFileSync(path.join(folder, file), `#include <openspeed/openspeed.h>\n${middleware}\n`);
        return run(openspeed, ['build', folder]);
    }
    const guard = 'static osp_status guard(osp_ctx *ctx, osp_next *next) { return osp_run(ctx, next); }\nOSP_MIDDLEWARE(guard);';
    const cases = [
        ['middleware that wraps nothing', guard, 'routes/b/middleware.c', /routes\/b\/middleware.c wraps nothing/],
        ['a file that declares none', '', undefined, /routes\/middleware.c declares no middleware/],
        ['middleware in a helper', guard, 'lib/x.c', /lib\/x.c declares middleware; only a middleware.c/],
        ['a name in other letters', guard, 'routes/Middleware.c', /only files named route.c, middleware.c/],
        ['another signature', 'static osp_status guard(osp_ctx *ctx) { return OSP_OK; }\nOSP_MIDDLEWARE(guard);', undefined,
            /the middleware must be: static osp_status guard\(osp_ctx \*ctx, osp_next \*next\)/],
        ['any origin with credentials', 'OSP_USE(osp_cors, .origins = "*", .credentials = true);', undefined,
            /routes\/middleware.c:2.*osp_cors has .credentials with any origin/],
        ['an origin with a path', 'OSP_USE(osp_cors, .origins = "https://a.example/");', undefined, /an origin that no browser sends/],
        ['CORS without origins', 'OSP_USE(osp_cors);', undefined, /osp_cors needs .origins/],
        ['a timeout without a time', 'OSP_USE(osp_timeout);', undefined, /osp_timeout needs .ms/],
        ['basic without a judge', 'OSP_USE(osp_basic);', undefined, /osp_basic needs .verify/],
        ['an option that there is not', 'OSP_USE(osp_cors, .origin = "x");', undefined, /origin/],
    ];
    for (const [what, text, file, words] of cases) {
        test(`${what} does not build`, async () => {
            const { code, stderr } = await build(text, file);
            assert.notEqual(code, 0);
            assert.match(stderr, words);
        });
    }
    test('routes --json tells the chain of each route, with file and line', async () => {
        const { stdout } = await run(openspeed, ['routes', '--json', path.join(scratch, 'chain')]);
        const inside = JSON.parse(stdout).find((route) => route.pattern === '/inside');
        assert.deepEqual(inside.chain, [
            { middleware: 'first', file: 'routes/middleware.c', line: 6 },
            { middleware: 'second', file: 'routes/middleware.c', line: 7 },
            { middleware: 'OSP_BODY_LIMIT', file: 'routes/middleware.c', line: 8 },
            { middleware: 'members', file: 'routes/(members)/middleware.c', line: 4 },
        ]);
    });
});
