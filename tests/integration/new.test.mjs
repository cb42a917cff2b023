// From nothing to an application that serves: openspeed new, generate and doctor.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { execFile } from 'node:child_process';
import { after, describe, test } from 'node:test';
import { openspeed, root, sanitized, start } from './start.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-new-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** Of what the command does, nothing is in building what it wrote: that is done without a sanitizer. */
const built = { skip: sanitized && 'what is written is the same, and so are the compilers' };

/** Runs the command in a folder, without a terminal; gives { code, stdout, stderr }. */
const command = (cwd, ...args) => new Promise((done) => {
    const env = { ...process.env, PORT: '0', ...(typeof args.at(-1) === 'object' ? args.pop() : {}) };
    const child = execFile(openspeed, args, { cwd, env, timeout: 150_000 },
        (error, stdout, stderr) => done({ code: error ? error.code ?? -1 : 0, stdout, stderr }));
    child.stdin.end();
});
const well = async (...args) => {
    const done = await command(...args);
    assert.equal(done.code, 0, `${args.slice(1)}: ${done.stdout}${done.stderr}`);
    return done;
};
const fresh = () => fs.mkdtempSync(path.join(scratch, 'in-'));
const filesOf = (folder) => fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile()).map((one) => path.relative(folder, path.join(one.path, one.name))).sort();
const read = (...names) => fs.readFileSync(path.join(...names), 'utf8');

describe('openspeed new', () => {
    for (const [template, first, answer] of [['api', '/api/notes', /^\{"notes":\[\]\}$/], ['web', '/', /<form method="post"/]]) {
        test(`a new ${template} builds without a warning, passes its tests and serves`, built, async () => {
            const at = fresh(), began = Date.now();
            const { files } = JSON.parse((await well(at, 'new', 'my-shop', '--template', template, '--json')).stdout);
            const folder = path.join(at, 'my-shop');
            assert.deepEqual(files.sort(), filesOf(folder));
            const app = await start(folder);
            try {
                const got = await fetch(`${app.url}${first}`);
                assert.equal(got.status, 200);
                assert.match(await got.text(), answer);
                assert.ok(Date.now() - began < 60_000, `the first answer took ${Date.now() - began} ms`);
            } finally {
                await app.stop();
            }
            const built = await well(folder, 'build', '--json');
            assert.equal(built.stderr, '');
            assert.match((await well(folder, 'test')).stdout, /^[1-9]\d* passed, 0 failed\n$/);
            assert.equal((await well(folder, 'routes', '--check')).stdout, '');
            const { ok, checks } = JSON.parse((await well(folder, 'doctor', '--json')).stdout);
            assert.equal(ok, true);
            assert.deepEqual(checks.filter((one) => one.health === 'failed'), []);
            assert.deepEqual(checks.map((one) => one.name).filter((name) => ['compiler', 'library', 'libraries', 'application', 'database'].includes(name)),
                ['compiler', 'library', 'libraries', 'application', 'database']);
        });
    }
    test('writes what else an application needs, under its name', async () => {
        const at = fresh();
        await well(at, 'new', 'shop');
        assert.equal(read(at, 'shop/deploy/shop.service'), read(root, 'docs/deploy/shop.service').replace('The shop', 'Shop'));
        const packages = (text) => text.match(/apt-get install(?:[^&\n]|\\\n)*/g).map((one) => one.split(/\s+/).filter((word) => /^[a-z0-9-]+$/.test(word)).sort());
        assert.deepEqual(packages(read(at, 'shop/Dockerfile')), packages(read(root, 'docs/deploy/Dockerfile')));
        for (const name of filesOf(path.join(at, 'shop'))) assert.doesNotMatch(read(at, 'shop', name), /NAME|__TITLE__/, name);
        assert.match(read(at, 'shop/.gitignore'), /^\.openspeed\/$/m);
        assert.match(read(at, 'shop/lib/app.c'), /\.title = "Shop"/);
    });
    test('takes a folder with nothing but .git, also the current one, and no other', async () => {
        const at = fresh();
        fs.mkdirSync(path.join(at, 'one/.git'), { recursive: true });
        await well(path.join(at, 'one'), 'new', '.');
        assert.match(read(at, 'one/lib/app.c'), /\.title = "One"/);
        const before = filesOf(at);
        const again = await command(at, 'new', 'one');
        assert.equal(again.code, 1);
        assert.match(again.stderr, /^error: one is not empty \(it has .*\); a new application needs a folder of its own\n$/);
        fs.writeFileSync(path.join(at, 'file'), '');
        assert.equal((await command(at, 'new', 'file')).code, 1);
        assert.deepEqual(filesOf(at), [...before, 'file'].sort());
    });
    test('refuses names that would be something else in C, in a path or in a shell', async () => {
        const at = fresh();
        for (const name of ['a b', 'a"b', '1a', '..', 'a;b', 'a\nb', '$x', 'é', 'a-', 'x'.repeat(65), 'a/../..', '_a', 'a.b']) {
            const done = await command(at, 'new', '--', name);
            assert.equal(done.code, 1, JSON.stringify(name));
            assert.match(done.stderr, /is no name for an application/, JSON.stringify(name));
        }
        assert.deepEqual(fs.readdirSync(at), []);
        await well(at, 'new', `deep/er/${'x'.repeat(64)}`);
        for (const args of [[], ['a', '--template', 'common'], ['a', '--template', 'x'], ['a', 'b']]) {
            assert.equal((await command(at, 'new', ...args)).code, 2, args.join(' '));
        }
    });
});

describe('openspeed generate', () => {
    test('what it writes builds without a warning and passes its tests', built, async () => {
        const at = fresh();
        await well(at, 'new', 'app');
        const folder = path.join(at, 'app');
        const generate = async (...args) => JSON.parse((await well(folder, 'generate', ...args, '--json')).stdout).files;
        assert.deepEqual(await generate('route', '/api/users/[user-id]/int/', '--method', 'GET,post,PUT,PATCH,DELETE'),
            ['routes/api/users/[user-id]/int/route.c', 'routes/api/users/[user-id]/int/route_test.c']);
        await generate('route', 'v[version=int].json');
        await generate('route', 'days/[date=date]/[id=uuid]/[s=slug]/[w=word]');
        await generate('route', 'files/[...path]', '--method', 'PUT');
        await generate('route', 'keep/[int]/[class]/[[...rest]]');
        await generate('route', 'texts/[text]', '--method', 'POST'); // its body has a member of that name
        await generate('route', '(group)/[x+2a]/[x+22]x'); // a star and a quote, in the URL alone
        assert.deepEqual(await generate('page', 'alone'), ['routes/alone/page.html', 'routes/alone/page.c', 'routes/alone/page_test.c']);
        assert.match(read(folder, 'routes/alone/page.html'), /^<!doctype html>\n/);
        assert.deepEqual(await generate('layout', 'blog'), ['routes/blog/layout.html']);
        await generate('page', 'blog/[blog-post]/read_it');
        await generate('page', 'books/[id=int]');
        assert.match(read(folder, 'routes/books/[id=int]/page.html'), /^<!doctype html>[^]*<h1>Id<\/h1>/);
        assert.match(read(folder, 'routes/blog/[blog-post]/read_it/page.html'), /^\{\{#head\}\}<title>Read it<\/title>\{\{\/head\}\}\n<h1>Read it<\/h1>\n/);
        assert.deepEqual(await generate('middleware', 'api/users'), ['routes/api/users/middleware.c']);
        await generate('middleware', '/');
        assert.deepEqual(await generate('type', 'OrderLine'), ['lib/order_line.h']);
        assert.deepEqual(await generate('type', 'HTTPServer2'), ['lib/httpserver2.h']);
        assert.deepEqual(await generate('provider', 'current-user'), ['lib/current_user.h', 'lib/current_user.c']);
        fs.writeFileSync(path.join(folder, 'lib/all.c'), '#include "lib/order_line.h"\n#include "lib/httpserver2.h"\n#include "lib/current_user.h"\n');
        fs.mkdirSync(path.join(folder, 'routes/who'));
        fs.writeFileSync(path.join(folder, 'routes/who/route.c'), `#include "lib/current_user.h"

typedef struct In { const CurrentUser *current_user; } In;
OSP_TYPE(In, WANT(current_user, current_user));

static osp_status who(osp_ctx *ctx, const In *in, void *out)
{
    return osp_text(ctx, in->current_user != NULL ? in->current_user->name : S("nobody"));
}
OSP_ROUTE(GET, who, In, void);
`);
        assert.equal((await well(folder, 'build', '--json')).stderr, '');
        const tested = await well(folder, 'test');
        assert.match(tested.stdout, /^17 passed, 0 failed\n$/);
        assert.equal(tested.stderr, '');
    });
    test('leaves what is there, and refuses what is no name', async () => {
        const at = fresh();
        await well(at, 'new', 'app');
        const folder = path.join(at, 'app'), before = filesOf(folder), text = read(folder, 'routes/route.c');
        const refused = async (words, ...args) => {
            const done = await command(folder, 'generate', ...args);
            assert.ok(done.code === 1 || done.code === 2, args.join(' '));
            assert.match(done.stderr, words, args.join(' '));
            assert.deepEqual(filesOf(folder), before, args.join(' '));
        };
        await refused(/routes\/route\.c is there already/, 'route', '/');
        assert.equal(read(folder, 'routes/route.c'), text);
        for (const name of ['../x', 'a//b', 'a/../b', '.hidden', '_x', 'a"b', 'a*/b', 'a b', '[a', 'x'.repeat(600), '[a]/[a]', 'a\\b']) {
            await refused(/^error: /, 'route', '--', name);
        }
        for (const name of ['int', '1a', 'a b', 'a/b', '../a', 'osp-x', 'a--b', '_a', 'a_', 'a;', 'x'.repeat(65), 'Class']) {
            await refused(/is no name/, 'type', '--', name);
            await refused(/is no name/, 'provider', '--', name);
        }
        await refused(/there is no matcher "slog"; did you mean slug\?/, 'route', 'a/[id=slog]');
        await refused(/there is no matcher "even"; there are int, .* OSP_MATCHER/, 'middleware', 'a/[id=even]');
        await refused(/is no list of methods/, 'route', 'x', '--method', 'GET,HEAD');
        await refused(/is no list of methods/, 'route', 'x', '--method', 'GET,GET');
        await refused(/--method is for routes/, 'type', 'x', '--method', 'GET');
        await refused(/did you mean route\?/, 'rout', 'x');
        await refused(/say a name for the route/, 'route');
        const elsewhere = await command(at, 'generate', 'route', 'x');
        assert.match(elsewhere.stderr, /\. is no application: it has no routes\//);
        await well(at, 'generate', 'route', 'x', '--dir', 'app');
        const denied = path.join(folder, 'routes/denied');
        fs.mkdirSync(denied);
        fs.writeFileSync(path.join(denied, 'middleware.c'), '#include <openspeed/openspeed.h>\nOSP_MIDDLEWARE(osp_run, .deny_by_default = true);\n');
        assert.match((await well(at, 'generate', 'route', 'denied/x', '--dir', 'app')).stderr, /routes\/denied\/middleware\.c denies by default/);
        assert.ok(fs.existsSync(path.join(folder, 'routes/x/route_test.c')));
    });
});

describe('openspeed doctor', () => {
    const of = async (folder, name, env = {}) => {
        const done = await command(folder, 'doctor', '--json', env);
        const { ok, checks } = JSON.parse(done.stdout);
        assert.equal(done.code, ok ? 0 : 1);
        return checks.find((one) => one.name === name) ?? { health: 'silent' };
    };
    test('names what is missing and what to do', async () => {
        const at = fresh();
        await well(at, 'new', 'app');
        const folder = path.join(at, 'app');
        const failed = async (name, words, env, advice = /./) => {
            const one = await of(folder, name, env);
            assert.equal(one.health, 'failed', name);
            assert.match(one.text, words);
            assert.match(one.advice, advice);
        };
        await failed('compiler', /no-such-cc cannot be run/, { CC: 'no-such-cc' }, /install gcc/);
        await failed('library', /libopenspeed\.a and its include folder/, { OPENSPEED_HOME: at }, /OPENSPEED_HOME/);
        await failed('database', /nowhere\/x\.db/, { DATABASE_URL: 'file:nowhere/x.db' }, /DATABASE_URL/);
        fs.writeFileSync(path.join(folder, 'text.db'), 'x'.repeat(5000));
        await failed('database', /not a database/, { DATABASE_URL: 'file:text.db' });
        await failed('configuration', /PORT/, { PORT: 'x' }, /openspeed config check/);
        await failed('harden.write', /photos: No such file or directory/, { OPENSPEED_HARDEN_WRITE: 'photos' }, /make it/);
        const server = net.createServer().listen(0, '127.0.0.1');
        await new Promise((done) => server.on('listening', done));
        try {
            await failed('port', new RegExp(`${server.address().port}`), { PORT: `${server.address().port}` }, /--port/);
        } finally {
            server.close();
        }
        assert.equal((await of(folder, 'port')).health, 'silent'); // any free one
        const elsewhere = await of(at, 'application');
        assert.equal(elsewhere.health, 'failed');
        assert.match(elsewhere.advice, /openspeed new NAME/);
    });
    test('leaves nothing behind, and says it in lines', async () => {
        const at = fresh(), temp = fresh();
        await well(at, 'new', 'app');
        const before = filesOf(at);
        const done = await well(path.join(at, 'app'), 'doctor', { TMPDIR: temp });
        assert.match(done.stdout, /^ok {7}compiler {6}\S.*\n(ok {7}\w.*\n)+$/);
        assert.deepEqual(filesOf(at), before);
        assert.deepEqual(fs.readdirSync(temp), []);
    });
});

test('the help of the command lists all of them', async () => {
    const { stdout } = await well(scratch, 'help');
    for (const name of ['new', 'generate', 'test', 'doctor']) {
        assert.match(stdout, new RegExp(`^  ${name} +\\S`, 'm'));
        assert.match((await well(scratch, name, '--help')).stdout, new RegExp(`^usage: openspeed ${name} `));
    }
});
