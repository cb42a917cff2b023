// What the application says of itself: which route answers and why, what runs for a request.
// Sanitizers: none. It mostly runs compilers; the same code is under them in unit tests and fuzzers.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { copyApp, openspeed, root, run, sleep, start, within } from './start.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-explain-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** What the command says when it succeeds. */
async function ask(...args) {
    const result = await run(openspeed, args);
    assert.equal(result.code, 0, result.stderr);
    return result.stdout;
}

describe('openspeed routes explain', () => {
    let folder;
    before(() => (folder = copyApp('examples/routes', path.join(scratch, 'routes'))));

    const explain = (method, url, ...more) => ask('routes', 'explain', method, url, folder, ...more);
    const json = async (method, url) => JSON.parse(await explain(method, url, '--json'));
    const verdicts = (answer) => answer.candidates.map((one) => [one.pattern, one.verdict]);

    test('names the winner, its parameters and why each other lost', async () => {
        const text = await explain('GET', '/users//./%37?page=2');
        assert.match(text, /normal form: \/users\/7\n/);
        assert.match(text, /answered by GET \/users\/\[id=int\], show at routes\/users\/\[id=int\]\/route\.c:\d+\n {4}id = "7"/);
        assert.deepEqual(verdicts((await json('GET', '/users/me'))), [
            ['/users/me', 'answers'], ['/users/[id=int]', 'refused'], ['/users/[name=slug]', 'later']]);
        assert.match((await explain('GET', '/users/me')), /int refuses "me" in segment 2/);
        assert.match((await explain('GET', '/users/me')), /fits too, but text is tried before a pattern in segment 2/);
        assert.deepEqual((await json('GET', '/docs/a/b')).answer.params, { path: 'a/b' });
        assert.equal((await json('HEAD', '/users/7')).answer.method, 'GET');
    });

    test('says what is wrong with a request that no route answers', async () => {
        const other = await json('POST', '/users/me');
        assert.equal(other.status, 405);
        assert.equal(other.candidates[0].verdict, 'other-method');
        assert.match((await explain('POST', '/users/me')), /405, the URL answers other methods: GET, HEAD, OPTIONS/);
        assert.equal((await json('OPTIONS', '/users/me')).status, 204);
        assert.equal((await json('GET', '/a%2Fb')).status, 400);
        assert.deepEqual((await json('GET', '/a%2Fb')).candidates, []);
    });

    test('shows the nearest routes and where they end, the likeliest first', async () => {
        const answer = await json('GET', '/user/7');
        assert.equal(answer.status, 404);
        assert.equal(answer.candidates[0].pattern, '/users/me');
        assert.equal(answer.candidates[0].segment, 1);
        assert.match((await explain('GET', '/user/7')), /has "users" in segment 1, and not "user"; so have 2 more/);
        assert.match((await explain('GET', '/users/7/x')), /\/users\/\[id=int\] .*\n +ends before segment 3, "x"/);
        assert.match((await explain('GET', '/users')), /\/users\/me .*\n +has one segment more, "me"/);
    });

    test('a method or URL that is none is a mistake of the command line', async () => {
        for (const args of [['GET'], [], ['get', '/'], ['GET', 'users']]) {
            const result = await run(openspeed, ['routes', 'explain', ...args, ...(args.length > 1 ? [folder] : [])]);
            assert.equal(result.code, 2, result.stdout);
        }
    });

    test('tells of a member with .nomatch that has left the URL to another route', async () => {
        const app = path.join(scratch, 'nomatch');
        const write = (name, text) => {
            fs.mkdirSync(path.dirname(path.join(app, name)), { recursive: true });
            fs.writeFileSync(path.join(app, name), text);
        };
        const route = (member) => `#include <openspeed/openspeed.h>
typedef struct In { ${member} } In;
static osp_status show(osp_ctx *ctx, const In *in, void *out) { (void)in; (void)out; return osp_text(ctx, OSP_STR("x")); }
`;
        write('routes/[n]/route.c', `${route('int64_t n;')}OSP_TYPE(In, PATH(n, .nomatch = true));\nOSP_ROUTE(GET, show, In, void);\n`);
        write('routes/[...all]/route.c', `${route('osp_str all;')}OSP_TYPE(In, PATH(all));\nOSP_ROUTE(GET, show, In, void);\n`);
        const asked = async (url) => JSON.parse(await ask('routes', 'explain', 'GET', url, app, '--json'));
        assert.deepEqual(verdicts((await asked('/7'))), [['/[n]', 'answers'], ['/[...all]', 'later']]);
        assert.deepEqual(verdicts((await asked('/x'))), [['/[n]', 'nomatch'], ['/[...all]', 'answers']]);
        assert.match((await asked('/x')).candidates[0].reason, /another's by n, which has \.nomatch/);
    });
});

describe('openspeed why', () => {
    test('is the order in which things are made and closed', async () => {
        const folder = copyApp('tests/apps/needs', path.join(scratch, 'needs'));
        const app = await start(folder);
        try {
            const said = JSON.parse(await ask('why', 'GET', '/', folder, '--json'));
            const made = said.chain.filter((one) => one.kind === 'provider' && one.scope === 'request').map((one) => `made ${one.name}`);
            const closed = [...said.closing.before, ...said.closing.after].map((name) => `closed ${name}`);
            assert.ok(made.length > 1 && closed.length > 1);
            const from = app.log.length;
            const events = () => [...app.log.slice(from).matchAll(/(made|closed) \w+/g)].map((m) => m[0]);
            await (await fetch(`http://127.0.0.1:${app.port}/`)).text();
            await within(30_000, 'all is closed', (async () => {
                while (events().length < made.length + closed.length) await sleep(10);
            })());
            assert.deepEqual(events(), [...made, ...closed]);
        } finally {
            await app.stop();
        }
    });

    test('shows middleware, providers, handler, closing, body and status', async () => {
        const folder = copyApp('examples/providers', path.join(scratch, 'providers'));
        const text = await ask('why', 'DELETE', '/notes/7', folder);
        assert.match(text, /1 +middleware keep_private +routes\/notes\/middleware\.c:\d+ +denies by default/);
        assert.match(text, /2 +provider +signing_key .*for current_user, made before the worker serves, of the application/);
        assert.match(text, /3 +provider +current_user .*for erase, authenticates/);
        assert.match(text, /4 +provider +unit .*for erase, closes before the response/);
        assert.match(text, /5 +handler +erase +routes\/notes\/\[id\]\/route\.c:\d+\n {2}closes before the response: unit\n {2}status: 204/);
        assert.equal(JSON.parse(await ask('why', 'POST', '/notes', folder, '--json')).body, 'whole');
        const refused = JSON.parse(await ask('why', 'PATCH', '/notes', folder, '--json'));
        assert.deepEqual([refused.chain.map((one) => one.name), refused.status], [['keep_private', 'the server'], 405]);
        const nothing = JSON.parse(await ask('why', 'GET', '/nothing', folder, '--json'));
        assert.deepEqual([nothing.chain.length, nothing.status, nothing.pattern], [1, 404, '']);
    });
});

describe('<openspeed/urls.h>', () => {
    const app = path.join(scratch, 'linked');
    const write = (name, text) => {
        fs.mkdirSync(path.dirname(path.join(app, name)), { recursive: true });
        fs.writeFileSync(path.join(app, name), text);
    };
    const route = (member, type) => `#include <openspeed/openspeed.h>
typedef struct In { ${type} ${member}; } In;
OSP_TYPE(In, PATH(${member}));
static osp_status show(osp_ctx *ctx, const In *in, void *out) { (void)in; (void)out; return osp_text(ctx, osp_path(ctx)); }
OSP_ROUTE(GET, show, In, void);
`;
    const caller = (call) => `#include <openspeed/urls.h>
typedef struct In { osp_str a; int64_t n; } In;
OSP_TYPE(In, QUERY(a, .fallback = ""), QUERY(n, .fallback = "0"));
static osp_status link(osp_ctx *ctx, const In *in, void *out)
{
    (void)out;
    const osp_str url = ${call};
    return osp_text(ctx, url);
}
OSP_ROUTE(GET, link, In, void);
`;
    const modes = () => fs.readdirSync(path.join(app, '.openspeed')).map((mode) => path.join(app, '.openspeed', mode));
    const header = () => modes().map((mode) => path.join(mode, 'include/openspeed/urls.h')).find(fs.existsSync);

    before(() => {
        write('routes/users/[id=int]/route.c', route('id', 'int64_t'));
        write('routes/tags/[tag]/route.c', route('tag', 'osp_str'));
        write('routes/tags/all/route.c', route('tag', 'osp_str').replace('PATH', 'QUERY'));
        write('routes/files/[...path]/route.c', route('path', 'osp_str'));
        write('routes/day/[day=date]/route.c', route('day', 'osp_date'));
        write('lib/app.c', '#include <openspeed/openspeed.h>\nOSP_APP(.base = "/my shop", .trailing_slash = OSP_SLASH_REDIRECT);\n');
        write('routes/route.c', caller('osp_url(ctx)'));
        for (const [name, call] of [['user', 'osp_url_users_id(ctx, in->n)'], ['tag', 'osp_url_tags_tag(ctx, in->a)'],
            ['file', 'osp_url_files_path(ctx, in->a)'], ['day', 'osp_url_day_day(ctx, ((osp_date){ .year = 2024, .month = 10, .day = 4 }))']]) {
            write(`routes/link/${name}/route.c`, caller(call));
        }
    });

    test('gives URLs that come back as what they are made of, or fails the request', async () => {
        const served = await start(app);
        try {
            const get = async (url) => {
                const answer = await fetch(`http://127.0.0.1:${served.port}/my%20shop${url}`);
                return [answer.status, await answer.text()];
            };
            for (const [asked, url] of [['user?n=7', '/users/7'], ['tag?a=a%2520b%C3%BC', '/tags/a%2520b%C3%BC'],
                ['file?a=a/b%20c', '/files/a/b%20c'], ['day', '/day/2024-10-04']]) {
                assert.deepEqual(await get(`/link/${asked}`), [200, `/my%20shop${url}`]);
                assert.deepEqual(await get(url), [200, `/my shop${decodeURIComponent(url)}`]);
            }
            assert.deepEqual(await get(''), [200, '/my%20shop']);
            const slash = JSON.parse(await ask('routes', 'explain', 'GET', '/my%20shop/users/7/', app, '--json'));
            assert.equal(slash.status, 308);
            for (const refused of ['user?n=-7', 'tag?a=all', 'tag?a=', 'tag?a=a/b', 'tag?a=..', 'file?a=a//b', 'file?a=../b']) {
                assert.equal((await get(`/link/${refused}`))[0], 500, refused);
            }
            assert.match(served.log, /osp_url_tags_tag\(\) would give \/my%20shop\/tags\/all: that URL is another's/);
        } finally {
            await served.stop();
        }
    });

    test('is written anew only when URLs change', async () => {
        await ask('build', app);
        const before = fs.statSync(header()).mtimeMs;
        write('routes/tags/[tag]/route.c', `${route('tag', 'osp_str')}\n`);
        await ask('build', app);
        assert.equal(fs.statSync(header()).mtimeMs, before);
    });

    test('a folder that is renamed does not compile where it is linked to', async () => {
        fs.renameSync(path.join(app, 'routes/users/[id=int]'), path.join(app, 'routes/users/[number=int]'));
        write('routes/users/[number=int]/route.c', route('number', 'int64_t'));
        const result = await run(openspeed, ['build', app]);
        assert.equal(result.code, 1);
        assert.match(result.stderr, /routes\/link\/user\/route\.c:\d+.*osp_url_users_id/s);
        write('routes/link/user/route.c', caller('osp_url_users_number(ctx, in->n)'));
        await ask('build', app);
    });

    test('a name of two URLs does not compile where it is called, and names both', async () => {
        write('routes/a-b/route.c', caller('OSP_STR("")'));
        write('routes/a.b/route.c', caller('OSP_STR("")'));
        await ask('build', app);
        write('routes/link/ab/route.c', caller('osp_url_a_b(ctx)'));
        const result = await run(openspeed, ['build', app]);
        assert.equal(result.code, 1);
        assert.match(result.stderr, /it would be the URL of routes\/a-b\/route\.c and of routes\/a\.b\/route\.c/);
        fs.rmSync(path.join(app, 'routes/link/ab'), { recursive: true });
    });

    test('compiles with each compiler', async () => {
        write('one.c', '#include <openspeed/urls.h>\nosp_str f(osp_ctx *ctx);\nosp_str f(osp_ctx *ctx)\n{\n    return osp_url_tags_tag(ctx, OSP_STR("x"));\n}\n');
        for (const compiler of [['gcc', '-Wall', '-Wextra', '-Werror'], ['clang', '-Wall', '-Wextra', '-Werror'], ['tcc', '-Werror']]) {
            const result = await run(compiler[0], [...compiler.slice(1), '-c', path.join(app, 'one.c'), '-I', path.join(root, 'include'),
                '-I', path.dirname(path.dirname(header())), '-o', path.join(app, 'one.o')]);
            assert.equal(result.code, 0, `${compiler[0]}: ${result.stderr}`);
        }
    });
});

describe('routes.lock', () => {
    const app = path.join(scratch, 'providers-lock');
    const lock = path.join(app, 'routes.lock');
    const check = (...more) => run(openspeed, ['routes', '--check', app, ...more]);
    const replace = (name, from, to) => {
        const text = fs.readFileSync(path.join(app, name), 'utf8');
        assert.notEqual(text.replace(from, to), text);
        fs.writeFileSync(path.join(app, name), text.replace(from, to));
    };

    before(() => {
        copyApp('examples/providers', app);
        fs.mkdirSync(path.join(app, 'public/img'), { recursive: true });
        for (const name of ['a.txt', 'img/b.txt', 'img/c.txt']) fs.writeFileSync(path.join(app, 'public', name), name);
    });

    test('is not there at first, and then the same whenever it is written', async () => {
        const missing = await check('--json');
        assert.deepEqual([missing.code, JSON.parse(missing.stdout)], [1, { ok: false, changes: null }]);
        assert.match(missing.stderr, /openspeed routes --lock/);
        await ask('routes', '--lock', app);
        const text = fs.readFileSync(lock, 'utf8');
        assert.match(text, /\nDELETE \/notes\/\[id\] {2}by current_user\n {4}through keep_private\n {4}path id int64\n {4}gives void, or 404\n/);
        assert.match(text, /\nfiles public\/ 1 {2}public\n\nfiles public\/img\/ 2 {2}public\n\ntype Note\n/);
        assert.doesNotMatch(text, /\0|0x|\.c\b/);
        const good = await check();
        assert.deepEqual([good.code, good.stdout], [0, '']);
        fs.rmSync(path.join(app, '.openspeed'), { recursive: true });
        await ask('routes', '--lock', app);
        assert.equal(fs.readFileSync(lock, 'utf8'), text);
    });

    test('shows a route that becomes public, one that comes, a type and a folder of files that change', async () => {
        replace('routes/notes/[id]/route.c', '.needs = NEEDS(current_user, unit)', '.is_public = true');
        replace('routes/notes/[id]/route.c', /current_user\(ctx\)->id/, '(int64_t)0');
        fs.mkdirSync(path.join(app, 'routes/new'));
        fs.copyFileSync(path.join(app, 'routes/route.c'), path.join(app, 'routes/new/route.c'));
        fs.rmSync(path.join(app, 'public/a.txt'));
        replace('routes.lock', '    id int64\n    text str\n', '    id int32\n    text str\n');
        const bad = await check();
        assert.equal(bad.code, 1);
        assert.match(bad.stdout, /^--- routes\.lock\n\+\+\+ the application\n/);
        assert.match(bad.stdout, /@@ DELETE \/notes\/\[id\] @@\n-DELETE \/notes\/\[id\] {2}by current_user\n\+DELETE \/notes\/\[id\] {2}public\n {5}through keep_private\n/);
        assert.match(bad.stdout, /@@ type Note @@\n type Note\n- {4}id int32\n\+ {4}id int64\n {5}text str\n/);
        assert.match(bad.stderr, /differs from the application in 4 places/);
        const { ok, changes } = JSON.parse((await check('--json')).stdout);
        assert.equal(ok, false);
        assert.deepEqual(changes.map(({ name, change }) => [name, change]).sort(), [
            ['DELETE /notes/[id]', 'changed'], ['GET /new', 'added'], ['files public/', 'removed'], ['type Note', 'changed']].sort());
        await ask('routes', '--lock', app);
        assert.equal((await check()).code, 0);
    });
});
