// What an application says of its URLs, from its folders to answers over sockets.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { ask, openspeed, run, start } from './start.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-routes-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const head = '#include <openspeed/openspeed.h>\n';
/** A route that answers with its pattern and its path. */
const ROUTE = `${head}
static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, osp_format(ctx, "%.*s %.*s", OSP_ARG(osp_route_pattern(ctx)), OSP_ARG(osp_path(ctx))));
}
OSP_ROUTE(GET, show, void, void);
`;

let count = 0;
/** Writes an application of these folders of routes and other files; gives its folder. */
function app(folders, files = {}) {
    const folder = path.join(scratch, `app${count++}`);
    for (const [name, text] of [...folders.map((one) => [`routes/${one}/route.c`, ROUTE]), ...Object.entries(files)]) {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        fs.writeFileSync(path.join(folder, name), text);
    }
    return folder;
}

/** Serves it for the time of `ask(get)`, whose get(path) gives a text, a status or `status location`. */
async function serve(folder, ask) {
    const served = await start(folder);
    try {
        await ask(async (target) => {
            const answer = await fetch(`${served.url}${target}`, { redirect: 'manual' });
            const text = await answer.text();
            const location = answer.headers.get('location');
            return answer.status === 200 ? text : location ? `${answer.status} ${location}` : answer.status;
        });
    } finally {
        await served.stop();
    }
}

async function refuses(folder, ...words) {
    const done = await run(openspeed, ['build', folder]);
    assert.equal(done.code, 1, done.stderr);
    for (const word of words) {
        assert.ok(done.stderr.includes(word), `${done.stderr} has no ${word}`);
    }
}

describe('an ambiguous URL does not build', () => {
    test('both files and a URL are named', async () => {
        await refuses(app(['a/v[x]/c', 'a/[y]b/c']), 'routes/a/v[x]/c/route.c', 'routes/a/[y]b/c/route.c', '/a/vb/c');
    });
    test('a matcher of the application asks for an order, and has one', async () => {
        const even = (options) => ({ 'lib/even.c': `${head}
static bool is_even(osp_str text)
{
    return (text.ptr[text.len - 1] & 1) == 0;
}
OSP_MATCHER(even, is_even${options});
` });
        await refuses(app(['[n=even]', '[n=int]'], even('')), 'OSP_MATCHER(even) of lib/even.c', '/0');
        await refuses(app(['[n=odd]'], even('')), 'routes/[n=odd]/route.c: there is no matcher "odd"');
        await refuses(app(['a'], even(', .after = "many"')), 'lib/even.c', '"many"');
        await serve(app(['[n=even]', '[n=int]'], even(', .after = "int"')), async (get) => {
            assert.equal(await get('/4'), '/[n=int] /4');
            assert.equal(await get('/b4'), '/[n=even] /b4');
            assert.equal(await get('/b5'), 404);
        });
    });
});

describe('what OSP_APP says of all URLs', () => {
    const said = (options) => ({ 'lib/app.c': `${head}OSP_APP(.title = "Shop", ${options});\n` });

    test('a base stands before every URL', async () => {
        await serve(app(['', 'users/[id=int]'], { ...said('.base = "/shop/v1"'), 'public/logo.svg': '<svg/>' }), async (get) => {
            assert.equal(await get('/shop/v1'), '/shop/v1 /shop/v1');
            assert.equal(await get('/shop/v1/users/7'), '/shop/v1/users/[id=int] /shop/v1/users/7');
            assert.equal(await get('/shop/v1/logo.svg'), '<svg/>');
            assert.deepEqual(Object.keys(JSON.parse(await get('/shop/v1/openapi.json')).paths), ['/shop/v1', '/shop/v1/users/{id}']);
            for (const path of ['/', '/users/7', '/shop', '/shop/v1/', '/logo.svg', '/shopping/v1']) {
                assert.equal(await get(path), 404, path);
            }
        });
        await refuses(app([''], said('.base = "shop"')), 'lib/app.c: the base');
        await refuses(app([''], said('.base = "/shop/"')), 'lib/app.c: the base');
    });
    test('a "/" at the end is another URL, a redirect, or nothing', async () => {
        const folders = ['a', 'f/[...path]'];
        await serve(app(folders), async (get) => {
            assert.deepEqual([await get('/a/'), await get('/f/b/')], [404, '/f/[...path] /f/b/']);
        });
        await serve(app(folders, said('.trailing_slash = OSP_SLASH_REDIRECT')), async (get) => {
            assert.deepEqual([await get('/a/?q=1'), await get('/f/b%20c/'), await get('/b/')], ['308 /a?q=1', '308 /f/b%20c', 404]);
        });
        await serve(app(folders, said('.trailing_slash = OSP_SLASH_IGNORE')), async (get) => {
            assert.deepEqual([await get('/a/'), await get('/f/b/')], ['/a /a', '/f/[...path] /f/b']);
        });
    });
});

describe('routes on hosts', () => {
    const folders = [
        'me', 'only', 'v/[n]', '(@admin.example.com,admin.localhost)/me', '(@*.example.com)/me', '(@*.example.com)/only/[n=int]',
        'admin/(@admin.example.com)', 'v/(@north.example.com)/[n=int]',
    ];
    const POST = ROUTE.replace('(GET, ', '(POST, ');
    const files = {
        'lib/app.c': `${head}OSP_APP(.title = "Hosts", .base = "/b", .trailing_slash = OSP_SLASH_IGNORE);\n`,
        'public/logo.svg': '<svg/>',
        'routes/(@files.example.com)/logo.svg/route.c': ROUTE,
        'routes/(@admin.example.com,admin.localhost)/me/route.c': POST,
        'routes/(@north.example.com)/v/[n=even]/route.c': `${head}
typedef struct In {
    int32_t n;
} In;
OSP_TYPE(In, PATH(n, .nomatch = true));
static osp_status show(osp_ctx *ctx, const In *in, void *out)
{
    return osp_text(ctx, S("small, even"));
}
OSP_ROUTE(GET, show, In, void);
`,
        'lib/even.c': `${head}
static bool is_even(osp_str text)
{
    return (text.ptr[text.len - 1] & 1) == 0;
}
OSP_MATCHER(even, is_even, .before = "int");
`,
        'routes/links/route.c': `${head}#include <openspeed/urls.h>
static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, osp_format(ctx, "%.*s %.*s", OSP_ARG(osp_url_admin(ctx)), OSP_ARG(osp_url_only(ctx))));
}
OSP_ROUTE(GET, show, void, void);
`,
    };

    const folder = app(folders, files);

    test('the very host goes first, then a label of any name, then any host', async () => {
        const served = await start(folder);
        const get = async (host, path, method = 'GET') => {
            const field = host === null ? '' : `Host: ${host}\r\n`;
            const version = host === null ? '1.0' : '1.1';
            const answer = await ask(served.port, `${method} /b${path} HTTP/${version}\r\n${field}X-Forwarded-Host: admin.localhost\r\nConnection: close\r\n\r\n`, { head: method === 'HEAD' });
            return [200, 204].includes(answer.status) ? answer.body || answer.headers.allow : answer.status === 405 ? `405 ${answer.headers.allow}` : answer.status;
        };
        try {
            const any = '/b/me /b/me';
            for (const host of ['localhost', 'example.com', 'a.b.example.com', 'admin.example.org', '127.0.0.1', '[::1]:80', null]) {
                assert.equal(await get(host, '/me'), any, host);
                assert.equal(await get(host, '/only/1'), 404, host);
                assert.equal(await get(host, '/admin'), 404, host);
                assert.equal(await get(host, '/admin', 'OPTIONS'), 404, host);
                assert.equal(await get(host, '/logo.svg'), '<svg/>', host);
                assert.equal(await get(host, '/links'), '/b/admin /b/only', host);
            }
            for (const host of ['admin.example.com', 'ADMIN.Example.COM:8080', 'admin.example.com.', 'admin.localhost']) {
                assert.equal(await get(host, '/me'), '405 POST, OPTIONS', host);
                assert.equal(await get(host, '/me', 'OPTIONS'), 'POST, OPTIONS', host);
                assert.equal(await get(host, '/me', 'POST'), any, host);
                assert.equal(await get(host, '/me/', 'POST'), any, host);
                assert.equal(await get(host, '/only'), '/b/only /b/only', host);
            }
            assert.equal(await get('admin.example.com', '/admin'), '/b/admin /b/admin');
            assert.equal(await get('admin.localhost', '/admin'), 404);
            assert.equal(await get('admin.example.com', '/only/1'), '/b/only/[n=int] /b/only/1');
            assert.equal(await get('south.example.com', '/me'), any);
            assert.equal(await get('files.example.com', '/logo.svg'), '/b/logo.svg /b/logo.svg');
            assert.equal(await get('north.example.com', '/v/4'), 'small, even');
            assert.equal(await get('north.example.com', '/v/4000000000'), '/b/v/[n=int] /b/v/4000000000');
            assert.equal(await get('north.example.com', '/v/x'), '/b/v/[n] /b/v/x');
            assert.equal(await get('south.example.com', '/v/4'), '/b/v/[n] /b/v/4');
            const { paths, ...rest } = JSON.parse(await get('localhost', '/openapi.json'));
            const scheme = { default: 'https', enum: ['https', 'http'] };
            assert.deepEqual(paths['/b/admin'].servers, [{ url: '{scheme}://admin.example.com', variables: { scheme } }]);
            assert.deepEqual(paths['/b/only/{n}'].servers,
                [{ url: '{scheme}://{label}.example.com', variables: { scheme, label: { default: 'www' } } }]);
            assert.equal(paths['/b/me'].servers, undefined);
            assert.ok(rest['x-openspeed-hidden-paths'].includes('admin.example.com,admin.localhost/b/me'));
        } finally {
            await served.stop();
        }
    });
    test('tools tell of hosts', async () => {
        const explained = async (url) => JSON.parse((await run(openspeed, ['routes', 'explain', 'POST', url, folder, '--json'])).stdout);
        const there = await explained('http://admin.example.com/b/me');
        assert.deepEqual(there.candidates.map((one) => one.verdict), ['answers', 'later', 'later']);
        assert.equal(there.answer.file, 'routes/(@admin.example.com,admin.localhost)/me/route.c');
        const { candidates } = await explained('/b/me');
        assert.deepEqual(candidates.map((one) => [one.file, one.verdict]), [['routes/me/route.c', 'other-method']]);
        const { stdout } = await run(openspeed, ['routes', folder]);
        assert.ok(stdout.includes(' POST    admin.example.com,admin.localhost/b/me '), stdout);
    });
    test('a proxy that is trusted says the host', async () => {
        const served = await start(folder, { args: ['--trusted-proxies', '127.0.0.1'] });
        try {
            const answer = await ask(served.port, 'GET /b/admin HTTP/1.1\r\nHost: inside:8080\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: admin.example.com\r\n\r\n');
            assert.equal(answer.status, 200);
        } finally {
            await served.stop();
        }
    });
    test('one URL of one host has one answer', async () => {
        await refuses(app(['(@a.com)/v[x]', '(@a.com)/[y]b']), 'routes/(@a.com)/[y]b/route.c and routes/(@a.com)/v[x]/route.c both answer //a.com/vb,');
        await refuses(app(['(@a.com,b.com)/x', 'x/(@b.com,c.com)']), 'routes/(@a.com,b.com)/x/route.c and routes/x/(@b.com,c.com)/route.c answer the same URL, //b.com/x');
        await refuses(app(['(@a.com)/(@b.com)/x']), 'routes/(@a.com)/(@b.com)/x/route.c', 'within another');
        await refuses(app(['(@A.com)']), 'routes/(@A.com)', 'in lower case');
    });
});
