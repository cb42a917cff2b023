// The document of an application, as it is served, printed and compared.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { openspeed, root, run, start, writeFiles } from './start.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-openapi-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const route = (members, items, more = '') => `#include <openspeed/openspeed.h>

typedef struct Thing { ${members} } Thing;
OSP_TYPE(Thing, ${items});
${more}
static osp_status put(osp_ctx *ctx, const Thing *in, Thing *out)
{
    *out = *in;
    return OSP_OK;
}
OSP_ROUTE(PUT, put, Thing, Thing);
`;

let count = 0;
function app(files) {
    const folder = path.join(scratch, `app${count++}`);
    writeFiles(folder, files);
    return folder;
}

const openapi = (folder, ...args) => run(openspeed, ['openapi', folder, ...args]);
const hello = path.join(root, 'examples/hello');

describe('the document', () => {
    test('is served as it is printed, to GET and HEAD, and does not list itself', async () => {
        const printed = await openapi(hello, '--compact');
        assert.equal(printed.code, 0, printed.stderr);
        const server = await start('hello');
        try {
            const answer = await fetch(`${server.url}/openapi.json`);
            assert.equal(answer.status, 200);
            assert.equal(answer.headers.get('content-type'), 'application/json');
            const text = await answer.text();
            assert.equal(`${text}\n`, printed.stdout);
            assert.equal(await (await fetch(`${server.url}/openapi.json`)).text(), text);
            const head = await fetch(`${server.url}/openapi.json`, { method: 'HEAD' });
            assert.equal(+head.headers.get('content-length'), Buffer.byteLength(text));
            assert.equal((await fetch(`${server.url}/openapi.json`, { method: 'POST' })).status, 405);
            assert.deepEqual(Object.keys(JSON.parse(text).paths), ['/', '/hello/{name}', '/words']);
        } finally {
            await server.stop();
        }
    });

    test('is in the list of routes', async () => {
        const routes = JSON.parse((await run(openspeed, ['routes', hello, '--json'])).stdout);
        assert.deepEqual(routes.map((one) => one.pattern), ['/', '/hello/[name]', '/openapi.json', '/words']);
    });

    test('gives way to a route of the application', async () => {
        const folder = app({ 'routes/openapi.json/route.c': `#include <openspeed/openspeed.h>
static osp_status own(osp_ctx *ctx, const void *in, void *out) { return osp_text(ctx, S("mine")); }
OSP_ROUTE(GET, own, void, void);
` });
        const server = await start(folder);
        try {
            assert.equal(await (await fetch(`${server.url}/openapi.json`)).text(), 'mine');
        } finally {
            await server.stop();
        }
        const printed = await openapi(folder);
        assert.deepEqual(Object.keys(JSON.parse(printed.stdout).paths), ['/openapi.json']);
    });

    test('is not served when OPENSPEED_OPENAPI is off, and can still be printed', async () => {
        const folder = app({ 'routes/route.c': route('int32_t n;', 'FIELD(n)') });
        const env = { OPENSPEED_OPENAPI: 'off' };
        const server = await start(folder, { env });
        try {
            assert.equal((await fetch(`${server.url}/openapi.json`)).status, 404);
        } finally {
            await server.stop();
        }
        const printed = await run(openspeed, ['openapi', folder], { env });
        assert.deepEqual(Object.keys(JSON.parse(printed.stdout).paths), ['/']);
    });

    test('two types of one name are refused with both places', async () => {
        const folder = app({
            'routes/a/route.c': route('int32_t n;', 'FIELD(n)'),
            'routes/b/route.c': route('osp_str s;', 'FIELD(s)'),
            'routes/c/route.c': route('int32_t n;', 'FIELD(n)'),
        });
        const said = /^error: routes\/b\/route\.c:4: Thing is also described, otherwise, at routes\/a\/route\.c:4;/m;
        const built = await run(openspeed, ['build', folder]);
        assert.equal(built.code, 1);
        assert.match(built.stdout + built.stderr, said);
        const done = await openapi(folder);
        assert.equal(done.code, 1);
        assert.equal(done.stdout, '');
        assert.match(done.stderr, said);
        const silent = await run(openspeed, ['build', folder], { env: { OPENSPEED_OPENAPI: 'off' } });
        assert.equal(silent.code, 0, silent.stderr);
        writeFiles(folder, { 'routes/b/route.c': route('int32_t n;', 'FIELD(n)') });
        assert.equal((await run(openspeed, ['build', folder])).code, 0);
    });
});

describe('patterns', () => {
    test('fit what the application takes and nothing else', async () => {
        const folder = app({ 'routes/route.c': route('osp_duration span; int64_t whole; uint64_t natural; osp_decimal price;',
            'FIELD(span), FIELD(whole, .as_string = true), FIELD(natural, .as_string = true), FIELD(price)') });
        const printed = await openapi(folder);
        assert.equal(printed.code, 0, printed.stderr);
        const { properties } = JSON.parse(printed.stdout).components.schemas.Thing;
        const texts = {
            span: ['P1D', '-P2W', 'PT1.5S', 'P1DT2H', 'PT1H2M3.123456789S', 'PT0S', 'PT2M1S', 'P', 'PT', 'P1DT', '-P', 'P1W1D', 'PT1S1M', 'PT1.S', 'P1Y', 'PT1.1234567890S', ''],
            whole: ['0', '-0', '-7', '70', '07', '+1', '1.0', ''],
            natural: ['0', '-0', '-7', '70', '07', '+1', '1.0', ''],
            price: ['0', '-0.50', '12.5', '.5', '5.', '1e3', '01', ''],
        };
        const server = await start(folder);
        try {
            const good = { span: 'PT0S', whole: '0', natural: '0', price: '0' };
            for (const [name, list] of Object.entries(texts)) {
                for (const text of list) {
                    const answer = await fetch(server.url + '/', { method: 'PUT', body: JSON.stringify({ ...good, [name]: text }),
                        headers: { 'content-type': 'application/json' } });
                    assert.equal(answer.status === 200, new RegExp(properties[name].pattern, 'u').test(text), `${name} ${text}`);
                }
            }
        } finally {
            await server.stop();
        }
    });
});

describe('its forms', () => {
    test('--output writes a file, YAML and JSON', async () => {
        const [json, yaml] = ['a.json', 'a.yaml'].map((name) => path.join(scratch, name));
        assert.deepEqual(await openapi(hello, '--output', json), { code: 0, stdout: '', stderr: '' });
        assert.equal((await openapi(hello, '--yaml', '--output', yaml)).code, 0);
        assert.equal(fs.readFileSync(json, 'utf8'), (await openapi(hello)).stdout);
        assert.match(fs.readFileSync(yaml, 'utf8'), /^openapi: "3\.1\.0"\ninfo:\n {2}title: hello\n/);
        for (const args of [[], ['--compact'], ['--yaml']]) {
            const file = args[0] === '--yaml' ? yaml : json;
            assert.deepEqual(await openapi(hello, ...args, '--check', file), { code: 0, stdout: '', stderr: '' });
        }
    });

    test('what goes against each other is refused', async () => {
        assert.equal((await openapi(hello, '--yaml', '--compact')).code, 2);
        assert.equal((await openapi(hello, '--check', 'x', '--output', 'y')).code, 2);
        assert.equal((await openapi(hello, '--output', path.join(scratch, 'no/such/folder'))).code, 1);
        assert.equal((await openapi(path.join(scratch, 'nowhere'))).code, 1);
    });
});

describe('--check', () => {
    test('tells what changed and what of it breaks clients', async () => {
        const folder = app({
            'routes/a/route.c': route('osp_str name; int32_t n;', 'FIELD(name, .max_len = 9), FIELD(n, .fallback = "1")'),
            'routes/b/route.c': route('osp_str name; int32_t n;', 'FIELD(name, .max_len = 9), FIELD(n, .fallback = "1")'),
        });
        const file = path.join(folder, 'api.json');
        assert.equal((await openapi(folder, '--output', file)).code, 0);
        writeFiles(folder, { 'routes/a/route.c': route('osp_str name; int32_t n; osp_opt_str more;',
            'FIELD(name, .max_len = 5), FIELD(n), FIELD(more)') });
        fs.renameSync(path.join(folder, 'routes/b'), path.join(folder, 'c'));
        writeFiles(folder, { 'routes/c/route.c': `#include <openspeed/openspeed.h>
static osp_status own(osp_ctx *ctx, const void *in, void *out) { return osp_text(ctx, S("mine")); }
OSP_ROUTE(GET, own, void, void);
` });
        const done = await openapi(folder, '--check', file);
        assert.equal(done.code, 1);
        const lines = done.stdout.trimEnd().split('\n');
        for (const line of [
            '- PUT /b: removed (breaking)',
            '+ GET /c: added',
            '~ PUT /a, request .name, maxLength: 9 -> 5 (breaking)',
            '+ PUT /a, request, required, n: added (breaking)',
            '~ PUT /a, request .n, default: 1 -> none',
            '+ PUT /a, request .more: added',
            '~ PUT /a, answer 200 .name, maxLength: 9 -> 5',
            '+ PUT /a, answer 200 .more: added',
        ]) assert.ok(lines.includes(line), `${line}\nin\n${done.stdout}`);
        assert.match(done.stderr, /api\.json differs: \d+ changes, 3 breaking\n$/);
    });

    test('a file that is none, or not JSON', async () => {
        assert.equal((await openapi(hello, '--check', path.join(scratch, 'none.json'))).code, 1);
        const file = path.join(scratch, 'bad.json');
        for (const text of ['', '{', 'openapi: 3', '[]', '"\\', '{"paths":[{"a":1}],"components":{"schemas":3}}']) {
            fs.writeFileSync(file, text);
            const done = await openapi(hello, '--check', file);
            assert.equal(done.code, 1, text);
        }
    });
});

describe('answers in development', () => {
    test('one that breaks its own type is told with the place of the route', async (t) => {
        if (!(process.env.OPENSPEED_BUILD_DIR ?? '').endsWith('asan')) return t.skip('a release trusts the application');
        const folder = app({ 'routes/route.c': route('osp_str name;', 'FIELD(name, .max_len = 9)').replace(
            '*out = *in;', '(void)in;\n    out->name = S("ten letters");') });
        const server = await start(folder);
        try {
            const answer = await fetch(server.url, { method: 'PUT', body: '{"name":"a"}',
                headers: { 'content-type': 'application/json' } });
            assert.equal(answer.status, 200);
        } finally {
            await server.stop();
        }
        assert.match(server.log, /^warning: PUT \/: the answer breaks its own type: Thing \/name must be at most 9 characters long \(request [0-9a-f]{32}, routes\/route\.c:\d+\)$/m);
    });
});
