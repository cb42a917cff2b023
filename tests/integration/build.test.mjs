// What `openspeed build` tells the people who write applications, and what it must never build.
// Sanitizers: none. It mostly runs compilers; the same code is under them in unit tests, fuzzers and whatever is built for other tests.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { openspeed, root, run, sanitized, sleep, within, writeFiles } from './start.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-build-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** A route without input, whose output says its line. */
const ROUTE = `#include <openspeed/openspeed.h>

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, OSP_STR("here"));
}
OSP_ROUTE(GET, show, void, void);
`;

const input = (members, items) => `#include <openspeed/openspeed.h>

typedef struct In { ${members} } In;
OSP_TYPE(In, ${items});

static osp_status show(osp_ctx *ctx, const In *in, void *out)
{
    return OSP_OK;
}
OSP_ROUTE(GET, show, In, void);
`;

/** What a linker says: the one that links what is sanitized has words of its own (src/build/meson.build). */
const ld = { skip: sanitized && 'it is said by another linker' };

let count = 0;

/** Writes an application; gives its folder. */
function app(files) {
    const folder = path.join(scratch, `app${count++}`);
    writeFiles(folder, files);
    return folder;
}

const build = (folder, args = [], env = {}) => run(openspeed, ['build', folder, ...args], { env });
const lastLine = (text) => text.trimEnd().split('\n').at(-1);

/** The build must fail and say `words` in its last line; gives all it said. */
async function refuses(folder, words, env) {
    const done = await build(folder, [], env);
    assert.equal(done.code, 1, done.stderr);
    assert.match(lastLine(done.stderr), words);
    return done.stderr;
}

describe('other libraries', () => {
    const route = ROUTE.replace('h>\n', 'h>\n#include <sqlite3.h>\n')
        .replace('OSP_STR("here")', 'osp_format(ctx, "%s %d", sqlite3_libversion(), WIDTH)');

    test('openspeed.json names packages and flags, and a change of them compiles anew', async () => {
        const folder = app({ 'routes/route.c': route });
        await refuses(folder, /WIDTH/);
        writeFiles(folder, { 'openspeed.json': '{"build":{"packages":["sqlite3"],"cflags":["-DWIDTH=7"]}}' });
        const done = await build(folder);
        assert.equal(done.code, 0, done.stderr);
        assert.match((await build(folder)).stderr, /0 of 1 file compiled/);
        writeFiles(folder, { 'openspeed.json': '{"build":{"packages":["sqlite3"],"cflags":["-DWIDTH=8"]}}' });
        assert.match((await build(folder)).stderr, /1 of 1 file compiled/);
    });

    test('a package that is not there, and what is no package, are named', async () => {
        const folder = app({ 'routes/route.c': ROUTE });
        writeFiles(folder, { 'openspeed.json': '{"build":{"packages":["no-such-library"]}}' });
        await refuses(folder, /^error: build.packages: .*no-such-library/);
        writeFiles(folder, { 'openspeed.json': '{"build":{"packages":["--define-variable=a=b"]}}' });
        assert.match(await refuses(folder, /openspeed.json is wrong/),
            /openspeed.json:1:23: build.packages.0: must be the name of a package/);
        writeFiles(folder, { 'openspeed.json': '{"build":{"libz":["-lm"]}}' });
        assert.match(await refuses(folder, /openspeed.json is wrong/),
            /openspeed.json:1:11: build.libz: is not known here; did you mean "libs"/);
    });
});

describe('the check of the linked application', () => {
    test('a PATH member that the URL lacks fails each build, and its JSON, until it is mended', async () => {
        const folder = app({ 'routes/a/route.c': input('int64_t id;', 'PATH(id)') });
        const words = /^error: routes\/a\/route\.c:10: In reads PATH\(id\), but the URL \/a has no \[id\]$/;
        await refuses(folder, words);
        await refuses(folder, words, { PORT: 'nonsense' });
        assert.equal((await build(folder)).stderr.match(/In reads/g).length, 1);
        const json = await build(folder, ['--json']);
        assert.equal(json.code, 1);
        const answer = JSON.parse(json.stdout);
        assert.equal(answer.ok, false);
        assert.match(answer.error, /^routes\/a\/route\.c:10: In reads/);
        const started = await run(openspeed, ['start', folder, '--port', '0', '--json']);
        assert.equal(started.code, 1);
        assert.deepEqual(JSON.parse(started.stdout), answer);

        fs.renameSync(path.join(folder, 'routes/a'), path.join(folder, 'routes/[id]'));
        const good = await build(folder, ['--json']);
        assert.equal(good.code, 0, good.stderr);
        assert.equal(JSON.parse(good.stdout).linked, true);
        const again = await build(folder, ['--json']);
        assert.deepEqual([JSON.parse(again.stdout).compiled, JSON.parse(again.stdout).linked], [0, false]);
    });

    test('a fallback that its own field refuses fails the build with the place of the type', async () => {
        const folder = app({ 'routes/route.c': input('int64_t limit;', 'QUERY(limit, RANGE(1, 10), .fallback = "20")') });
        await refuses(folder, /^error: routes\/route\.c:4: In\.limit refuses its own fallback "20": must be at most 10$/);
        await refuses(folder, /refuses its own fallback/);
    });
});

describe('what does not compile', () => {
    const compilers = sanitized ? ['gcc'] : ['gcc', 'clang']; // which have no sanitizer themselves
    for (const cc of compilers) {
        test(`${cc}: one misspelt member is one error, first and last`, async () => {
            const folder = app({ 'routes/route.c': input('int64_t id; osp_str email;', 'QUERY(id), QUERY(emial)') });
            const said = await refuses(folder, /^error: routes\/route\.c:4:\d+: .*no member named 'emial'/, { CC: cc });
            assert.match(said.split('\n')[0], /^routes\/route\.c:4:\d+: error: .*emial/);
            assert.equal(said.match(/error: /g).length, 2, said);
            assert.doesNotMatch(said, /openspeed\/\w+\.h/);
        });

        test(`${cc}: a struct that is not described is told how`, async () => {
            const folder = app({ 'routes/route.c': input('int64_t id;', 'QUERY(id)').replace(/^OSP_TYPE.*$/m, '') });
            await refuses(folder, /^error: .*:10:\d+: In is not described above; write OSP_TYPE\(In, \.\.\.\) there/, { CC: cc });
        });

        test(`${cc}: a handler of another shape is told the right one`, async () => {
            const folder = app({ 'routes/route.c': input('int64_t id;', 'QUERY(id)').replace('const In', 'In') });
            const said = await refuses(folder, /^error: .*:10:\d+: the handler must be: static osp_status show\(osp_ctx \*ctx, const In \*in, void \*out\)$/, { CC: cc });
            assert.doesNotMatch(said, /warning/);
        });
    }

    for (const cc of compilers) {
        test(`${cc}: results that nobody looks at, and a slice in a format, are errors of their lines`, async () => {
            const folder = app({ 'routes/route.c': ROUTE.replace('    return', '    osp_sleep_ms(ctx, 1);\n    osp_str hash;\n    osp_password_hash(ctx, S("x"), &hash);\n    return') });
            const said = await refuses(folder, /^error: routes\/route\.c:5:\d+: ignoring return value/, { CC: cc });
            assert.match(said, /^routes\/route\.c:7:\d+: error: ignoring return value/m);
            assert.doesNotMatch(said, /openspeed\/\w+\.h/);
            writeFiles(folder, { 'routes/route.c': ROUTE.replace('return', 'return osp_fail(ctx, 404, "no %s", S("x"));\n    return') });
            await refuses(folder, /^error: routes\/route\.c:5:\d+: an osp_str is printed by %\.\*s with OSP_ARG/, { CC: cc });
        });
    }

    test('a warning is said again until it is mended, also when nothing is compiled', async () => {
        const folder = app({ 'routes/route.c': ROUTE.replace('return', 'int idle = 0;\n    return') });
        const file = path.join(folder, 'routes/route.c');
        fs.utimesSync(file, 1, 1);
        assert.match((await build(folder)).stderr, /warning: unused variable/);
        const again = await build(folder);
        assert.match(again.stderr, /^routes\/route\.c:5:9: warning: unused variable/m);
        assert.match(again.stderr, / 0 of 1 file compiled/);
        writeFiles(folder, { 'routes/route.c': ROUTE });
        assert.doesNotMatch((await build(folder)).stderr, /warning/);
        assert.doesNotMatch((await build(folder)).stderr, /warning/);
    });

    test('a function that is written twice is named', ld, async () => {
        const folder = app({ 'routes/route.c': ROUTE, 'lib/a.c': 'int twice;\n', 'lib/b.c': 'int twice;\n' });
        await refuses(folder, /lib\/b\.c:1: multiple definition of `twice'/);
    });

    test('errors of two lines are both shown', async () => {
        const folder = app({ 'routes/route.c': ROUTE.replace('return', 'one();\n    two();\n    return') });
        const said = await refuses(folder, /:5:\d+: .*one/);
        assert.match(said, /:6:\d+: error: .*two/);
    });

    test('a function that nobody wrote is named with its place', ld, async () => {
        const folder = app({ 'routes/route.c': ROUTE.replace('static', 'void nobody(void);\nstatic').replace('return', 'nobody();\n    return') });
        await refuses(folder, /routes\/route\.c:6: undefined reference to `nobody'$/);
    });
});

describe('what is no application', () => {
    test('a file, and a folder without routes', async () => {
        const folder = app({ 'README': 'x' });
        await refuses(path.join(folder, 'README'), /README is a file; the folder of an application is expected/);
        await refuses(folder, /is not an application: it has no routes\/ folder/);
        assert.deepEqual(fs.readdirSync(folder), ['README']);
    });

    test('migrations without a number, or with one that is taken', async () => {
        const folder = app({ 'routes/route.c': ROUTE, 'migrations/start.sql': 'SELECT 1;' });
        await refuses(folder, /^error: migrations\/start\.sql: .* such as migrations\/0001_start\.sql$/);
        fs.renameSync(path.join(folder, 'migrations/start.sql'), path.join(folder, 'migrations/0001_start.sql'));
        writeFiles(folder, { 'migrations/1_again.sql': 'SELECT 1;' });
        await refuses(folder, /migrations\/0001_start\.sql and migrations\/1_again\.sql have one number; .* 0002$/);
        writeFiles(folder, { 'routes/a b/route.c': ROUTE, 'routes/c d/route.c': ROUTE });
        const said = await refuses(folder, /^error: routes\/a b: not a segment/);
        assert.match(said, /^error: routes\/c d: not a segment/m);
        assert.equal(said.match(/not a segment/g).length, 2);
    });
});

describe('while the files change', () => {
    test('a route that appears during the build is part of it', async () => {
        const folder = app({ 'routes/a/route.c': ROUTE });
        writeFiles(folder, { 'cc.sh': 'mkdir -p routes/b; test -e routes/b/route.c || cp routes/a/route.c routes/b/route.c\nexec gcc "$@"\n' });
        const done = await build(folder, ['--json'], { CC: 'sh cc.sh' });
        assert.equal(done.code, 0, done.stderr);
        assert.equal(JSON.parse(done.stdout).routes, 2);
        assert.match(done.stderr, /building again/);
    });

    test('a route that goes during the build is no failure', async () => {
        const folder = app({ 'routes/a/route.c': ROUTE, 'routes/b/route.c': ROUTE });
        writeFiles(folder, { 'cc.sh': 'rm -f routes/b/route.c\nexec gcc "$@"\n' });
        const done = await build(folder, ['--json'], { CC: 'sh cc.sh' });
        assert.equal(done.code, 0, done.stderr);
        assert.equal(JSON.parse(done.stdout).routes, 1);
    });

    test('files that never rest are not built', async () => {
        const folder = app({ 'routes/a/route.c': ROUTE });
        writeFiles(folder, { 'cc.sh': 'mkdir -p routes/$$; cp routes/a/route.c routes/$$/route.c\nexec gcc "$@"\n' });
        await refuses(folder, /come and go while it is built/, { CC: 'sh cc.sh' });
    });

    test('what comes while a build waits for another one is seen', async () => {
        const folder = app({ 'routes/a/route.c': ROUTE });
        assert.equal((await build(folder)).code, 0);
        const [mode] = fs.readdirSync(path.join(folder, '.openspeed')).filter((name) => name !== '.gitignore');
        const holder = spawn('flock', [path.join(folder, '.openspeed', mode, 'lock'), 'sh', '-c', 'echo held; read line'],
            { stdio: ['pipe', 'pipe', 'inherit'] });
        await new Promise((held) => holder.stdout.once('data', held));
        const waiting = spawn(openspeed, ['build', folder, '--json'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
        let stdout = '', stderr = '';
        waiting.stdout.on('data', (data) => (stdout += data));
        waiting.stderr.on('data', (data) => (stderr += data));
        const ended = new Promise((done) => waiting.on('close', done));
        await within(30_000, 'a build that waits', (async () => {
            while (!/waiting for another build/.test(stderr)) await sleep(10);
        })());
        writeFiles(folder, { 'routes/b/route.c': ROUTE });
        holder.stdin.end('go\n');
        assert.equal(await ended, 0, stderr);
        assert.equal(JSON.parse(stdout).routes, 2);
    });

    test('an older file in the place of a newer one is compiled', async () => {
        const folder = app({ 'routes/route.c': ROUTE });
        assert.equal((await build(folder)).code, 0);
        const file = path.join(folder, 'routes/route.c');
        fs.writeFileSync(file, ROUTE.replace('"here"', '"gone"'));
        fs.utimesSync(file, 1000000000, 1000000000);
        const done = await build(folder, ['--json']);
        assert.equal(JSON.parse(done.stdout).compiled, 1);
    });
});

describe('descriptors against the type information of gcc', () => {
    const members = (struct, items, before = '') => ROUTE.replace('void, void);', 'void, T);')
        .replace('void *out)', 'T *out)')
        .replace('static osp_status', `${before}typedef struct T { ${struct} } T;\nOSP_TYPE(T, ${items});\nstatic osp_status`);
    const ROLE = 'typedef enum Role { ROLE_ADMIN, ROLE_USER } Role;\n';
    const NAMES = 'OSP_ENUM(Role, (ROLE_ADMIN, "admin"), (ROLE_USER, "user"));\n';

    test('a member that hides in padding is found, with its file and line', async () => {
        const said = await refuses(app({ 'routes/a/route.c': members('bool a, hidden, more; int64_t c;', 'FIELD(a), FIELD(c)') }),
            /^error: routes\/a\/route\.c:4: error: T\.more is in no item of OSP_TYPE; say SKIP\(more\)/);
        assert.match(said, /routes\/a\/route\.c:4: error: T\.hidden is in no item/);
    });
    test('an enum that passes for an int is found', () => refuses(
        app({ 'routes/a/route.c': members('Role role;', 'FIELD(role)', ROLE) }), /T\.role is an enum; describe it by OSP_ENUM/));
    test('a type of a header is found in the header', () => refuses(
        app({
            'lib/t.h': '#include <openspeed/openspeed.h>\n\n\ntypedef struct T { bool a, hidden; int64_t c; } T;\nOSP_TYPE(T, FIELD(a), FIELD(c));\n',
            'routes/a/route.c': ROUTE.replace('void, void);', 'void, T);').replace('void *out)', 'T *out)')
                .replace('#include <openspeed/openspeed.h>', '#include "lib/t.h"'),
        }), /^error: lib\/t\.h:5: error: T\.hidden/));
    test('private members, enums with names and clang builds pass', async () => {
        const good = members('bool a, own; int64_t c; Role role;', 'FIELD(a), SKIP(own), FIELD(c), ENUM(role, Role)', ROLE + NAMES);
        assert.equal((await build(app({ 'routes/a/route.c': good }))).code, 0);
        const bad = members('bool a, hidden; int64_t c;', 'FIELD(a), FIELD(c)');
        assert.equal((await build(app({ 'routes/a/route.c': bad }), [], { CC: 'clang' })).code, 0);
    });
});
