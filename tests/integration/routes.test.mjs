// What an application says of its URLs, from its folders to answers over sockets.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { openspeed, run, start } from './start.mjs';

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
