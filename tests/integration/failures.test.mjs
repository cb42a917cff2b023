// What the writer of an application sees when it fails: in the log, and on the command line.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { childrenOf, openspeed, sanitized, scratchDatabase, sleep, start, within, writeFiles } from './start.mjs';


const INCLUDE = '#include <openspeed/openspeed.h>\n';
const route = (name, method, body, above = '') => `${INCLUDE}#include <signal.h>
#include <stdlib.h>
typedef struct In { char none; } In;
typedef struct Out { int64_t n; } Out;
OSP_TYPE(Out, FIELD(n));
OSP_LIST_OF(Out);
typedef struct Id { int64_t id; } Id;
OSP_TYPE(Id, PATH(id));
${above}
static osp_status ${name}(osp_ctx *ctx, const Id *in, Out *out)
{
    (void)ctx, (void)in, (void)out;
${body}
    return OSP_OK;
}
OSP_ROUTE(${method}, ${name}, Id, Out);
`;

const needy = (provider) => `${INCLUDE}#include "lib/things.h"
typedef struct In { const Thing *thing; int64_t id; } In;
OSP_TYPE(In, NEED(thing, ${provider}), PATH(id));
static osp_status need(osp_ctx *ctx, const In *in, void *out)
{
    (void)in, (void)out;
    return osp_text(ctx, S("never seen"));
}
OSP_ROUTE(GET, need, In, void);
`;

const FILES = {
    'migrations/0001_start.sql': 'CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT UNIQUE);\n' +
        "INSERT INTO item VALUES (1, 'a');\n",
    'migrations/0002_more.sql': 'CREATE TABLE more(id INTEGER PRIMARY KEY);\n',
    'routes/syntax/[id]/route.c': route('bad_syntax', 'GET',
        '    osp_db_query(ctx, Out, "SELECT n FRM item WHERE id = ?", in->id); /* HERE */'),
    'routes/table/[id]/route.c': route('bad_table', 'GET',
        '    const Out *one = osp_db_one(ctx, Out,\n' +
        '        "SELECT n FROM nowhere WHERE id = ?", in->id); /* HERE */\n    (void)one;'),
    'routes/constraint/[id]/route.c': route('bad_constraint', 'POST',
        '    OSP_TRANSACTION(ctx) {\n' +
        '        osp_db_exec(ctx, "INSERT INTO item(name) VALUES (\'a\')"); /* HERE */\n    }'),
    'routes/status/[id]/route.c': route('bad_status', 'GET',
        '    return osp_set_header(ctx, S("a b"), S("c"));'),
    'routes/memory/[id]/route.c': route('greedy', 'GET',
        '    out->n = osp_alloc(ctx, (size_t)1 << 30) != NULL; /* HERE */'),
    'routes/ok/[id]/route.c': route('fine', 'GET', '    out->n = in->id;'),
    'routes/null/[id]/route.c': route('follow_null', 'GET',
        '    int *volatile p = 0;\n    out->n = *p;'),
    'routes/assert/[id]/route.c': route('broken_promise', 'GET', '    OSP_ASSERT(in->id == -1);'),
    'routes/abort/[id]/route.c': route('give_up', 'PUT', '    abort();'),
    'routes/fpe/[id]/route.c': route('raise_fpe', 'GET',
        '    volatile int64_t zero = 0;\n    raise(SIGFPE);\n    out->n = zero;'),
    'routes/deep/[id]/route.c': route('too_deep', 'GET', '    out->n = dig(in->id, 0);',
        'static int64_t dig(int64_t n, int depth)\n{\n    volatile char page[1024];\n' +
        '    page[0] = (char)n;\n' +
        '    return depth > 1000000 ? 0 : dig(n, depth + 1) + page[0];\n}\n'),
    // Its frame is larger than the stack and the guard below it together.
    'routes/wide/[id]/route.c': route('too_wide', 'GET',
        '    volatile char frame[1 << 20];\n    frame[0] = (char)in->id;\n    out->n = frame[0];'),
    'routes/sleep/[id]/route.c': route('nap', 'GET', '    osp_log(ctx, OSP_LOG_WARNING, "it naps");\n    return osp_sleep_ms(ctx, 60000);'),
    'routes/step/middleware.c': `${INCLUDE}
static osp_status break_step(osp_ctx *ctx, osp_next *next)
{
    int *volatile p = 0;
    OSP_TRY(osp_run(ctx, next));
    return (osp_status)*p;
}
OSP_MIDDLEWARE(break_step);
`,
    'routes/step/[id]/route.c': route('stepped', 'GET', '    out->n = 1;'),
    'lib/things.h': `#pragma once
${INCLUDE}
typedef struct Thing { int n; } Thing;
OSP_PROVIDES(breaks_made, Thing);
OSP_PROVIDES(breaks_closed, Thing);
`,
    'lib/things.c': `#include "things.h"
static osp_status break_maker(osp_ctx *ctx, const void *in, Thing *out)
{
    int *volatile p = 0;
    (void)ctx, (void)in;
    out->n = *p;
    return OSP_OK;
}
OSP_PROVIDER(breaks_made, break_maker, void, Thing);

static osp_status make(osp_ctx *ctx, const void *in, Thing *out)
{
    (void)ctx, (void)in, (void)out;
    return OSP_OK;
}
static osp_status break_closer(osp_ctx *ctx, Thing *thing, osp_status outcome)
{
    int *volatile p = 0;
    (void)ctx, (void)thing, (void)outcome;
    return (osp_status)*p;
}
OSP_CLOSER(break_closer, Thing);
OSP_PROVIDER(breaks_closed, make, void, Thing, .close = OSP_CLOSE(break_closer),
             .close_when = OSP_BEFORE_RESPONSE);
`,
    'routes/maker/[id]/route.c': needy('breaks_made'),
    'routes/closer/[id]/route.c': needy('breaks_closed'),
    'routes/write/[id]/route.c': route('wild_text', 'POST',
        '    osp_db_exec(ctx, "INSERT INTO item(name) VALUES (?)", ((osp_str){ (char *)16, 9 }));'),
};

const lineOf = (file, words) =>
    FILES[file].split('\n').findIndex((line) => line.includes(words)) + 1;

let folder, app;
const database = scratchDatabase();
before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-failures-'));
    writeFiles(folder, FILES);
    app = await start(folder, { database });
});
after(async () => {
    await app?.stop();
    database.remove();
    fs.rmSync(folder, { recursive: true, force: true });
});

/** Waits until the log, from `from` on, matches; gives what was logged. */
async function logged(pattern, from) {
    await within(30_000, `${pattern} in the log`, (async () => {
        while (!pattern.test(app.log.slice(from))) await sleep(20);
    })()).catch((error) => { throw new Error(`${error.message}:\n${app.log.slice(from)}`); });
    return app.log.slice(from);
}

describe('a request that fails', () => {
    for (const [file, words, method, message, status = 500] of [
        ['routes/syntax/[id]/route.c', '/* HERE */', 'GET',
            'near "item": syntax error in "SELECT n FRM item WHERE id = ?"'],
        ['routes/table/[id]/route.c', 'osp_db_one', 'GET',
            'no such table: nowhere in "SELECT n FROM nowhere'],
        ['routes/constraint/[id]/route.c', '/* HERE */', 'POST',
            'UNIQUE constraint failed: item.name in "INSERT INTO item'],
        ['routes/status/[id]/route.c', 'OSP_ROUTE', 'GET', 'bad_status returned -3'],
        ['routes/memory/[id]/route.c', '/* HERE */', 'GET', 'the task may use at most', 503],
    ]) {
        test(`${file} is logged with its route, the cause and its own line`, async () => {
            const from = app.log.length;
            const url = file.replace('routes', '').replace('/route.c', '');
            const answer = await fetch(app.url + url.replace('[id]', '7'), { method });
            assert.equal(answer.status, status);
            const log = await logged(/\n/, from);
            assert.ok(log.startsWith(`error: ${method} ${url}: `), log);
            assert.ok(log.includes(message), log);
            const [, place, line] = /\(([^()]*):(\d+)\)\n$/.exec(log) ?? assert.fail(log);
            assert.ok(place.endsWith(file), log);
            const exact = lineOf(file, words);
            assert.ok(+line === exact || +line === exact + 1, `${log}: not line ${exact}`);
        });
    }
});

describe('a handler that crashes', { skip: sanitized && 'a sanitizer says more' }, () => {
    /** The log of a crash, up to the last of `words`: frames come behind the supervisor's word. */
    async function crash(method, target, words = /restarting\n/) {
        const from = app.log.length;
        app.crashed = true;
        await assert.rejects(fetch(app.url + target, { method }));
        const log = await logged(words, from);
        const answer = await within(30_000, 'the next worker', (async () => {
            for (;;) {
                try {
                    return await fetch(`${app.url}/ok/3`);
                } catch {
                    await sleep(50);
                }
            }
        })());
        assert.deepEqual(await answer.json(), { n: 3 });
        return log;
    }

    for (const [name, method, cause, signal, file] of [
        ['null', 'GET', 'SIGSEGV at address 0x0', 11],
        ['assert', 'GET', 'SIGABRT', 6],
        ['abort', 'PUT', 'SIGABRT', 6],
        ['fpe', 'GET', 'SIGFPE', 8],
        ['deep', 'GET', 'stack overflow of a handler, SIGSEGV at address 0x[0-9a-f]+', 11],
        ['wide', 'GET', 'stack overflow of a handler, SIGSEGV at address 0x[0-9a-f]+', 11],
        ['step', 'GET', 'SIGSEGV at address 0x0', 11, 'routes/step/middleware'],
        ['maker', 'GET', 'SIGSEGV at address 0x0', 11, 'lib/things'],
        ['closer', 'GET', 'SIGSEGV at address 0x0', 11, 'lib/things'],
    ]) {
        test(`${name}: the log names the route and the signal`, async () => {
            // Where the C library's code ends it, the frame that called that is not seen.
            const log = await crash(method, `/${name}/7`, signal === 11
                ? new RegExp('restarting\\n(error:   #.*\\n)*error:   #\\d+ \\w[\\w.]*\\+0x[0-9a-f]+ ' +
                    `in ${file ?? `routes/${name}/\\[id\\]/route`}\\.c\\n`)
                : undefined);
            assert.match(log, new RegExp(`error: worker \\d+: ${cause} while answering ` +
                `${method} /${name}/\\[id\\] \\(route declared at \\S*routes/${name}/\\[id\\]/route\\.c:\\d+\\), ` +
                'code at \\S+\\+0x[0-9a-f]+, request [0-9a-f]{32}\\n'));
            const [, id] = / request (\w+)\n/.exec(log);
            assert.match(log, new RegExp(`ended by signal ${signal} \\(.*\\) in request ${id}; restarting\n`));
            assert.doesNotMatch(log, /also in flight/);
            if (!cause.startsWith('stack')) assert.doesNotMatch(log, /stack overflow/);
        });
    }

    test('the log names the requests that were lost with it', async () => {
        const from = app.log.length;
        const naps = Array.from({ length: 10 }, () => assert.rejects(fetch(`${app.url}/sleep/1`)));
        await logged(/(it naps [^]*){10}/, from);
        const log = await crash('GET', '/null/7');
        await Promise.all(naps);
        assert.match(log, /while answering GET \/null/);
        assert.match(log,
            /also in flight: (GET \/sleep\/\[id\], ){7}GET \/sleep\/\[id\] and 2 more\n/);
    });

    test('a signal from outside ends the worker as it would have', async () => {
        const from = app.log.length;
        app.crashed = true;
        process.kill(childrenOf(app.pid)[0], 'SIGBUS');
        const log = await logged(/restarting\n(error:   #\d+ .*\n)*$/, from);
        assert.match(log, /error: worker \d+: SIGBUS outside of any handler, code at \S+\n/);
        assert.match(log, /ended by signal 7 /);
    });

    test('a crash on a thread beside the loop names what was in flight', async () => {
        const log = await crash('POST', '/write/7');
        assert.match(log, /SIGSEGV at address 0x\w+ on a thread beside the loop, code at \S+\n/);
        assert.match(log, /also in flight: POST \/write\/\[id\]\n/);
    });
});
