// `openspeed test`: what it runs, what it says of what fails, and that nothing of it is left.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { openspeed, root, run, sanitized, writeFiles } from './start.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-tests-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));
const isTsan = (process.env.OPENSPEED_BUILD_DIR ?? '').endsWith('tsan');

const runTests = (app, ...args) => run(openspeed, ['test', app, ...args], { env: { TMPDIR: scratch, DATABASE_URL: 'file:/nowhere/x.db' } });
const lastLine = (text) => text.trimEnd().split('\n').at(-1);

describe('applications with tests', () => {
    // Tests have sanitizers of their own; with one of the library's, one application is enough.
    for (const app of ['tests/apps/tested', ...(sanitized ? [] : ['examples/hello', 'examples/conduit', 'examples/providers'])]) {
        test(`${app} passes its own`, async () => {
            const done = await runTests(app, '--limit', '150');
            assert.equal(done.code, 0, done.stdout + done.stderr);
            assert.match(lastLine(done.stdout), /^[1-9]\d* passed, 0 failed$/);
            assert.deepEqual(fs.readdirSync(scratch), [], 'databases of tests are left');
        });
    }
    test('their tests are no part of the executable', async () => {
        const done = await run(openspeed, ['build', 'tests/apps/tested']);
        assert.equal(done.code, 0, done.stderr);
        const app = fs.readFileSync(JSON.parse((await run(openspeed, ['build', 'tests/apps/tested', '--json'])).stdout).app);
        assert.ok(!app.includes('osp_test_'), 'osp_test_ is in it');
        assert.ok(!app.includes('answers_are_typed'), 'a test is in it');
    });
    test('one can be chosen, and all can be listed', async () => {
        const one = await runTests('tests/apps/tested', '--filter', 'answers_are_typed', '--verbose');
        assert.match(one.stdout, /^tests\/requests_test\.c:\d+: ok: answers_are_typed: a request writes/);
        assert.equal(lastLine(one.stdout), '1 passed, 0 failed');
        const list = await runTests('tests/apps/tested', '--list');
        assert.match(list.stdout, /^lib\/notes_test\.c:5: counts: functions of lib\//);
        const none = await runTests('tests/apps/tested', '--filter', 'no such test');
        assert.equal(none.code, 1);
        assert.match(none.stderr, /no test has "no such test"/);
        assert.equal((await runTests('tests/apps/tested', '--jobs', '0')).code, 2);
    });
    test('an application without any is told how to write one', async () => {
        const done = await runTests('examples/probe');
        assert.equal(done.code, 1);
        assert.match(done.stderr, /there are no tests; .*OSP_TEST/);
    });
});

describe('tests that fail', () => {
    let result;
    const failures = async () => (result ??= JSON.parse((await runTests('tests/apps/failing', '--json', '--limit', '20')).stdout));
    const of = async (name) => {
        const { failure, output } = (await failures()).tests.find((one) => one.name === name);
        return { said: `${failure.file}:${failure.line}: ${failure.message}`, output };
    };

    test('are counted, and the status says so', async () => {
        const { passed, failed, tests } = await failures();
        assert.equal(passed + failed, tests.length);
        assert.equal(tests.find((one) => one.name === 'passes').passed, true);
        if (!isTsan) assert.equal(passed, 1);
        const text = await runTests('tests/apps/failing', '--filter', 'number');
        assert.equal(text.code, 1);
        assert.equal(text.stdout, 'routes/route_test.c:12: failed: number (a number): 1 + 1 is 2, not 3\n0 passed, 1 failed\n');
        assert.deepEqual(fs.readdirSync(scratch), []);
    });
    test('name the line, what did not hold, and the last answer', async () => {
        const { said, output } = await of('condition');
        assert.equal(said, 'routes/route_test.c:7: r.status == 200 does not hold');
        assert.match(output, /the last answer, to GET \/: 409 application\/problem\+json\n\{.*"as asked"/);
        assert.equal((await of('text')).said, 'routes/route_test.c:17: text is "a.b", not "c"');
        assert.equal((await of('part')).said, 'routes/route_test.c:21: S("abc") is "abc", in which "d" is not');
    });
    test('name the line of the application where a sanitizer sees its mistake', { skip: isTsan }, async () => {
        assert.match((await of('arena')).said, /^routes\/route\.c:17: AddressSanitizer: heap-buffer-overflow$/);
        assert.match((await of('null')).said, /^routes\/route\.c:20: (runtime error: store to null|AddressSanitizer: SEGV)/);
        assert.match((await of('leak')).said, /^routes\/route\.c:22: LeakSanitizer: detected memory leaks$/);
    });
    test('are ended when they have no end, and do not pass by leaving', async () => {
        assert.match((await of('hang')).said, /^routes\/route_test\.c:35: it did not end within 20 s$/);
        assert.match((await of('leaves')).said, /^routes\/route_test\.c:39: its process ended with status 0$/);
    });
    test('do not pass over what failed beside them', async () => {
        assert.match((await of('context')).said, /osp_fail was called in the context of osp_test_ctx: 404/);
        assert.match((await of('line_end')).said, /a header of the request holds a line end/);
    });
});

describe('what is no test', () => {
    const app = (files) => {
        const folder = fs.mkdtempSync(path.join(scratch, 'app-'));
        writeFiles(folder, files);
        return folder;
    };
    const route = fs.readFileSync(path.join(root, 'examples/hello/routes/route.c'), 'utf8');
    const refuses = async (files, words) => {
        const folder = app(files);
        const done = await runTests(folder);
        fs.rmSync(folder, { recursive: true });
        assert.equal(done.code, 1);
        assert.match(lastLine(done.stderr), words);
    };
    const body = '#include <openspeed/openspeed.h>\n#include <openspeed/test.h>\nOSP_TEST(one, "one")\n{\n}\n';

    test('a file of another name declares none', () =>
        refuses({ 'routes/route.c': route, 'lib/x.c': body }, /lib\/x\.c declares a test; only a file whose name ends in _test\.c can/));
    test('and no two in a file have one name', () =>
        refuses({ 'routes/route.c': route, 'routes/route_test.c': body + body.split('\n').slice(2).join('\n') }, /routes\/route_test\.c:\d+:\d+: (error: )?redefinition of/));
    test('a route cannot stand in a test', () =>
        refuses({ 'routes/route.c': route, 'routes/x_test.c': route }, /routes\/x_test\.c declares a route/));
});
