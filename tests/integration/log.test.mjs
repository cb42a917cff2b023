// The logs: whole lines whoever reads them, files that are moved away, request ids, formats, lost lines.
// Sanitizers: address, thread. Signals come at any time.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Wire, ask, childrenOf, openspeed, root, run, scratchDatabase, sleep, start, until, within } from './start.mjs';

const ROUTES = {
    ok: 'return osp_text(ctx, S("ok"));',
    id: 'return osp_text(ctx, osp_request_id(ctx));',
    fail: 'return OSP_E_INVALID;',
    say: 'osp_log(ctx, OSP_LOG_WARNING, "it is \\"odd\\"\\n%s", "\\033[2J"); osp_log(ctx, OSP_LOG_DEBUG, "unseen"); return osp_text(ctx, S("said"));',
    shout: 'char text[1000]; memset(text, \'x\', sizeof text); text[999] = 0; osp_log(ctx, OSP_LOG_WARNING, "%s", text); return osp_text(ctx, S("said"));',
    crash: 'abort();', // of which a sanitizer has nothing to say
    nap: 'OSP_TRY(osp_sleep_ms(ctx, 300)); return osp_text(ctx, S("rested"));',
    long: 'osp_log(ctx, OSP_LOG_WARNING, "it begins"); OSP_TRY(osp_sleep_ms(ctx, 60000)); return osp_text(ctx, S("rested"));',
};
const STREAM = `#include <openspeed/openspeed.h>
static osp_status answer(osp_ctx *ctx, const void *in, osp_stream *out)
{
    static const char text[65536];
    (void)in, (void)out;
    for (int i = 0; i < 100; i++) {
        OSP_TRY(osp_write(ctx, ((osp_str){ text, sizeof text })));
        OSP_TRY(osp_sleep_ms(ctx, 2));
    }
    return OSP_OK;
}
OSP_ROUTE(GET, answer, void, osp_stream);
`;
const CUT = `#include <openspeed/openspeed.h>
static osp_status answer(osp_ctx *ctx, const void *in, osp_stream *out)
{
    (void)in, (void)out;
    OSP_TRY(osp_write(ctx, S("some of it")));
    OSP_TRY(osp_flush(ctx));
    return osp_fail(ctx, 500, "no more");
}
OSP_ROUTE(GET, answer, void, osp_stream);
`;
const route = (body) => `#include <openspeed/openspeed.h>
#include <stdlib.h>
#include <string.h>
static osp_status answer(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx, (void)in, (void)out;
    ${body}
}
OSP_ROUTE(GET, answer, void, void);
`;

let folder;
before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-log-'));
    const texts = { ...Object.fromEntries(Object.entries(ROUTES).map(([name, body]) => [name, route(body)])), big: STREAM, cut: CUT };
    for (const [name, text] of Object.entries(texts)) {
        fs.mkdirSync(path.join(folder, 'routes', name), { recursive: true });
        fs.writeFileSync(path.join(folder, 'routes', name, 'route.c'), text);
    }
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

let files = 0;
const fresh = () => path.join(folder, `log-${++files}`);

async function withApp(log, check, { env = {}, args = [], crashes = false } = {}) {
    fs.writeFileSync(path.join(folder, 'openspeed.json'), JSON.stringify({ log }));
    const app = await start(folder, { env, args });
    app.crashed = crashes;
    try {
        await check(app);
    } finally {
        await app.stop();
    }
}

/** The lines of a file, all of which must be whole. */
function linesOf(file) {
    const text = fs.readFileSync(file, 'utf8');
    assert.ok(text === '' || text.endsWith('\n'), 'the last line is torn');
    return text.split('\n').slice(0, -1);
}
const recordsOf = (file) => linesOf(file).map((line) => JSON.parse(line));

/** Waits until so many records stand in a file. */
const records = (file, count) => until(60_000, `${count} records in ${file}`, () => {
    const found = recordsOf(file);
    return found.length >= count && found;
});

const get = (app, target, headers = {}) => new Promise((resolve, reject) => {
    http.get(`${app.url}${target}`, { agent: false, headers }, (answer) => {
        let body = '';
        answer.on('data', (data) => (body += data)).on('error', reject).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
    }).on('error', reject);
});

/** Asks on kept connections until told to stop; gives the targets that were answered. */
function load(app, clients, name) {
    const answered = [];
    let stopped = false;
    const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
    const one = async (client) => {
        await sleep(20 * client); // whoever is woken first takes all that queue
        for (let i = 0; !stopped; i++) {
            const target = `/ok?${name}-${client}-${i}`;
            await new Promise((resolve, reject) => {
                http.get(`${app.url}${target}`, { agent }, (answer) => {
                    assert.equal(answer.statusCode, 200);
                    answer.resume().on('end', resolve).on('error', reject);
                }).on('error', reject);
            });
            answered.push(target);
        }
    };
    const all = Promise.all(Array.from({ length: clients }, (_, i) => one(i)));
    return async () => {
        stopped = true;
        await all;
        agent.destroy();
        return answered;
    };
}

describe('the access log', () => {
    test('has a record for each request, with what is known of it', async () => {
        const file = fresh();
        await withApp({ access: file }, async (app) => {
            await get(app, '/ok?a=%0a', { 'User-Agent': 'a "b" \\ \u00ff', Referer: 'http://here/' });
            assert.equal((await get(app, '/none')).status, 404);
            const failed = await get(app, '/fail');
            assert.match((await ask(app.port, 'GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n')).status.toString(), /400/);
            const big = await get(app, '/big');
            const [ok, none, fail, bad, stream] = await records(file, 5);
            assert.deepEqual(Object.keys(ok), ['time', 'request_id', 'client', 'method', 'target', 'version', 'status', 'bytes',
                'duration_us', 'aborted', 'route', 'user_agent', 'referer', 'pid']);
            assert.match(ok.time, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
            assert.ok(Math.abs(Date.parse(ok.time) - Date.now()) < 60_000);
            assert.match(ok.request_id, /^[0-9a-f]{32}$/);
            assert.deepEqual({ ...ok, time: 0, request_id: 0, duration_us: 0 }, {
                time: 0, request_id: 0, duration_us: 0, client: '127.0.0.1', method: 'GET', target: '/ok?a=%0a', version: 'HTTP/1.1',
                status: 200, bytes: 2, aborted: false, route: '/ok', user_agent: 'a "b" \\ \ufffd', referer: 'http://here/',
                pid: childrenOf(app.pid)[0],
            });
            assert.deepEqual([none.status, none.route], [404, null]);
            assert.deepEqual([fail.status, fail.request_id, fail.bytes], [500, failed.headers['x-request-id'], failed.body.length]);
            assert.deepEqual([bad.status, bad.method, bad.target], [400, 'GET', '/a\tb']);
            assert.deepEqual([stream.status, stream.bytes, stream.aborted], [200, big.body.length, false]);
            assert.ok(stream.duration_us > 150_000, `${stream.duration_us}`);
        });
    });

    test('tells of clients that went away', async () => {
        const file = fresh();
        await withApp({ access: file }, async (app) => {
            const wire = await Wire.open(app.port);
            wire.send('GET /long HTTP/1.1\r\nHost: a\r\n\r\n');
            await until(60_000, 'the handler', () => /it begins/.test(app.log));
            await sleep(150);
            wire.socket.resetAndDestroy();
            const [gone] = await records(file, 1);
            assert.deepEqual([gone.status, gone.aborted, gone.bytes, gone.client], [499, true, 0, '127.0.0.1']);
            assert.ok(gone.duration_us > 100_000);
            const reader = await Wire.open(app.port);
            reader.send('GET /big HTTP/1.1\r\nHost: a\r\n\r\n');
            await until(60_000, 'some of it', () => reader.bytes.length > 100_000);
            reader.socket.resetAndDestroy();
            const [, cut] = await records(file, 2);
            assert.deepEqual([cut.status, cut.aborted], [200, true]);
            assert.ok(cut.bytes > 90_000 && cut.bytes < 6_553_600, `${cut.bytes}`);
            await assert.rejects(get(app, '/cut'));
            const [, , own] = await records(file, 3);
            assert.deepEqual([own.status, own.bytes, own.aborted], [200, 10, true]);
        });
    });

    test('is off by default, and an option turns it on', async () => {
        await withApp({}, async (app) => {
            await get(app, '/ok');
            await sleep(1500); // what could not be written would be told of by now
            assert.equal(app.log, '');
        });
        await withApp({ access_format: 'combined' }, async (app) => {
            await get(app, '/ok', { 'User-Agent': '"\\\u00ff' });
            const line = /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/ok HTTP\/1\.1" 200 2 "-" "\\"\\\\\\xff"\n$/;
            await until(60_000, 'the line', () => line.test(app.log));
        }, { args: ['--access-log', 'stderr'] });
    });

    test('names the client behind trusted proxies, and takes their ids', async () => {
        const file = fresh();
        await withApp({ access: file }, async (app) => {
            const headers = { 'X-Forwarded-For': '203.0.113.9', 'X-Request-Id': 'edge-17' };
            assert.equal((await get(app, '/id', headers)).body, 'edge-17');
            assert.equal((await get(app, '/fail', headers)).headers['x-request-id'], 'edge-17');
            const [first] = await records(file, 2);
            assert.deepEqual([first.client, first.request_id], ['203.0.113.9', 'edge-17']);
            await until(60_000, 'the line', () => /\(request edge-17, /.test(app.log));
            assert.match((await get(app, '/id', { 'X-Request-Id': 'no "good"' })).body, /^[0-9a-f]{32}$/);
        }, { args: ['--trusted-proxies', '127.0.0.1'] });
        await withApp({}, async (app) => {
            assert.match((await get(app, '/id', { 'X-Request-Id': 'edge-17' })).body, /^[0-9a-f]{32}$/);
        });
    });

    test('of several workers in one file: no line is torn or lost', async () => {
        const file = fresh();
        let answered;
        await withApp({ access: file }, async (app) => {
            const stop = load(app, 16, 'x'.repeat(1500));
            await sleep(2000);
            answered = await stop();
        }, { args: ['--workers', '3', '--seccomp', 'strict'] });
        const found = recordsOf(file);
        assert.deepEqual(found.map(({ target }) => target).sort(), answered.sort());
        assert.ok(new Set(found.map(({ pid }) => pid)).size > 1);
        assert.equal(new Set(found.map(({ request_id }) => request_id)).size, found.length);
    });

    test('a moved file loses no line and is let go', async () => {
        const file = fresh();
        let answered;
        await withApp({ access: file, errors: `${file}.errors` }, async (app) => {
            const stop = load(app, 8, 'rotated');
            for (let i = 1; i <= 3; i++) {
                await until(60_000, 'lines', () => fs.existsSync(file) && fs.statSync(file).size > 0);
                fs.renameSync(file, `${file}.${i}`);
                const from = fs.existsSync(`${file}.errors`) ? fs.readFileSync(`${file}.errors`, 'utf8').length : 0;
                process.kill(app.pid, 'SIGHUP');
                await until(60_000, 'the reload', () => /in force\n/.test(fs.readFileSync(`${file}.errors`, 'utf8').slice(from)));
            }
            await until(60_000, 'lines', () => fs.existsSync(file) && fs.statSync(file).size > 0);
            answered = await stop();
            const named = (pid, fd) => { try { return fs.readlinkSync(`/proc/${pid}/fd/${fd}`); } catch { return ''; } }; // closed meanwhile
            const filesOf = (pid) => { try { return fs.readdirSync(`/proc/${pid}/fd`); } catch { return []; } }; // ended meanwhile
            const holders = () => [app.pid, ...childrenOf(app.pid)].filter((pid) => filesOf(pid).some((fd) => named(pid, fd) === `${file}.3`));
            await until(60_000, 'the last file to be let go', () => holders().length === 0);
        }, { args: ['--workers', '2'] });
        const all = ['.1', '.2', '.3', ''].map((end) => recordsOf(file + end).map(({ target }) => target));
        for (const some of all) assert.ok(some.length > 0);
        assert.deepEqual(all.flat().sort(), answered.sort());
    });

    test('on standard output it stands alone: what people read at the start is on standard error', async () => {
        fs.writeFileSync(path.join(folder, 'openspeed.json'), '{}');
        const db = scratchDatabase();
        for (const [args, name] of [[['--access-log', 'stdout'], 'stderr'], [[], 'stdout']]) {
            const child = spawn(openspeed, ['start', folder, '--port', '0', ...args],
                { env: { ...process.env, DATABASE_URL: db.url, OPENSPEED_WORKERS: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
            const said = { stdout: '', stderr: '' };
            for (const stream of ['stdout', 'stderr']) child[stream].on('data', (data) => (said[stream] += data));
            const ended = new Promise((done) => child.on('close', done));
            try {
                await until(60_000, 'the routes', () => /serves http:\/\/[^]*\n {2}GET .*routes\/say\/route\.c\n/.test(said[name]));
                const [, url] = /serves (http:\/\/\S+)/.exec(said[name]);
                assert.equal((await get({ url }, '/ok')).status, 200);
            } finally {
                child.kill('SIGTERM');
                await within(30_000, 'the end', ended);
            }
            if (name === 'stderr') assert.equal(JSON.parse(said.stdout).target, '/ok');
        }
        db.remove();
    });

    test('a log that cannot be opened: the server does not start, a reload changes nothing', async () => {
        await assert.rejects(withApp({ access: '/none/of/it' }, () => {}),
            /error: log\.access: cannot write to \/none\/of\/it: No such file or directory\n/);
        await withApp({}, async (app) => {
            fs.writeFileSync(path.join(folder, 'openspeed.json'), JSON.stringify({ log: { errors: '/none/of/it' } }));
            process.kill(app.pid, 'SIGHUP');
            await until(60_000, 'a word about it', () => /reload: log\.errors: cannot write to \/none\/of\/it: .*; the old configuration stays\n/.test(app.log));
            assert.equal((await get(app, '/ok')).status, 200);
        });
    });

    test('a full disk is told of, and stops nobody', { skip: !fs.existsSync('/dev/full') }, () =>
        withApp({ access: '/dev/full' }, async (app) => {
            for (let i = 0; i < 20; i++) assert.equal((await get(app, '/ok')).status, 200);
            await until(60_000, 'a word about it', () => /warning: lines of the access log were lost: \d+\n/.test(app.log));
        }));
});

describe('a log that nobody reads', () => {
    /** Starts with stdout and stderr that nobody reads behind the first line. */
    async function unread(args) {
        fs.writeFileSync(path.join(folder, 'openspeed.json'), '{}');
        const db = scratchDatabase();
        const child = spawn(openspeed, ['start', folder, '--port', '0', '--json', ...args],
            { env: { ...process.env, DATABASE_URL: db.url }, stdio: ['ignore', 'pipe', 'pipe'] });
        const line = await within(60_000, 'the start', new Promise((done) => child.stdout.once('data', (data) => done(String(data)))));
        child.stdout.pause();
        child.stderr.pause();
        const { port, pid } = JSON.parse(line.slice(0, line.indexOf('\n')));
        const exited = new Promise((done) => child.on('exit', (code) => done(code)));
        const stop = async () => {
            process.kill(pid, 'SIGTERM');
            assert.equal(await within(30_000, 'the end', exited), 0);
            db.remove();
        };
        return { url: `http://127.0.0.1:${port}`, pid, child, stop };
    }

    test('slows nobody down, and the lines that are missing are told of', async () => {
        const app = await unread(['--access-log', 'stdout']);
        try {
            const name = 'y'.repeat(1500); // some hundred of these fill every buffer
            const slowest = [];
            for (let i = 0; i < 600; i++) {
                const began = performance.now();
                assert.equal((await get(app, `/ok?${name}`)).status, 200);
                slowest.push(performance.now() - began);
            }
            assert.ok(Math.max(...slowest) < 10_000, `${Math.max(...slowest)} ms`);
            let log = '';
            app.child.stderr.on('data', (data) => (log += data)).resume();
            await until(60_000, 'a word about it', () => /warning: lines of the access log were lost: \d+\n/.test(log));
            let text = '';
            app.child.stdout.on('data', (data) => (text += data)).resume();
            await until(60_000, 'what was kept', () => text.endsWith('\n') && text.split('\n').length > 30);
            for (const line of text.split('\n').slice(0, -1)) assert.equal(JSON.parse(line).status, 200);
        } finally {
            await app.stop();
        }
    });

    test('the error log neither, also when its reader is gone', async () => {
        const app = await unread([]);
        try {
            for (let i = 0; i < 300; i++) assert.equal((await within(20_000, 'an answer', get(app, '/shout'))).status, 200);
            app.child.stderr.destroy();
            for (let i = 0; i < 10; i++) assert.equal((await within(20_000, 'an answer', get(app, '/shout'))).status, 200);
            await assert.rejects(get(app, '/crash'));
            await until(60_000, 'the next worker', () => get(app, '/ok').then(({ status }) => status === 200, () => false));
        } finally {
            await app.stop();
        }
    });
});

describe('the error log', () => {
    test('in JSON has each word of supervisor, workers and handlers as one line', async () => {
        const file = fresh();
        await withApp({ errors: file, errors_format: 'json' }, async (app) => {
            const failed = await get(app, '/fail');
            await get(app, '/say');
            await assert.rejects(get(app, '/crash'));
            await until(60_000, 'the end of the worker', () => /restarting/.test(fs.readFileSync(file, 'utf8')));
            await until(60_000, 'the next worker', () => get(app, '/ok').then(() => true, () => false));
            process.kill(app.pid, 'SIGHUP');
            await until(60_000, 'the reload', () => /in force/.test(fs.readFileSync(file, 'utf8')));
            const all = recordsOf(file);
            for (const one of all) {
                assert.match(one.time, /^20.*Z$/);
                assert.ok(['info', 'warning', 'error'].includes(one.level) && one.pid > 0 && one.message);
            }
            const [fail, say, crash, end] = all;
            assert.deepEqual([fail.level, fail.route, fail.request_id], ['error', 'GET /fail', failed.headers['x-request-id']]);
            assert.match(fail.message, /^answer returned -3 \(invalid input\)$/);
            assert.match(fail.source, /routes\/fail\/route\.c:\d+$/);
            assert.deepEqual([say.level, say.route, say.message], ['warning', 'GET /say', 'it is "odd"\n\u001b[2J']);
            assert.match(crash.message, /^worker \d+: SIGABRT while answering GET \/crash /);
            assert.deepEqual([crash.route, crash.level], ['GET /crash', 'error']);
            assert.match(crash.request_id, /^[0-9a-f]{32}$/);
            assert.match(end.message, /^worker \d+ was ended by signal \d+ .*; restarting$/);
            assert.equal(end.request_id, crash.request_id);
            assert.ok(all.some(({ level, message }) => level === 'info' && /^reload: /.test(message)));
        }, { crashes: true });
    });

    test('in text is for people', () => withApp({}, async (app) => {
        await get(app, '/say');
        await until(60_000, 'the line', () => /^warning: GET \/say: it is "odd"  \[2J \(request [0-9a-f]{32}, \S*routes\/say\/route\.c:\d+\)\n$/.test(app.log));
    }));

    test('leaves out what is below its level', () => withApp({ level: 'debug' }, async (app) => {
        await get(app, '/say');
        await until(60_000, 'the line', () => /^debug: GET \/say: unseen /m.test(app.log));
        fs.writeFileSync(path.join(folder, 'openspeed.json'), JSON.stringify({ log: { level: 'error' } }));
        process.kill(app.pid, 'SIGHUP');
        await until(60_000, 'a new worker', async () => {
            const from = app.log.length;
            await get(app, '/say');
            await sleep(20);
            return app.log.length === from;
        });
        await get(app, '/fail');
        await until(60_000, 'an error', () => /^error: GET \/fail: /m.test(app.log));
    }));
});

test('the sample of the documentation is good', async () => {
    const page = fs.readFileSync(path.join(root, 'docs/logs.md'), 'utf8');
    fs.writeFileSync(path.join(folder, 'openspeed.json'), /```json\n(.*?)```/s.exec(page)[1]);
    const { code, stdout } = await run(openspeed, ['config', 'show', folder, '--json']);
    assert.equal(code, 0, stdout);
    assert.equal(JSON.parse(stdout)['log.access'].value, '/var/log/shop/access.log');
});

test('what was answered before a crash stands in the log', async () => {
    const file = fresh();
    await withApp({ access: file }, async (app) => {
        const wire = await Wire.open(app.port);
        wire.send(`${'GET /ok HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(20)}GET /crash HTTP/1.1\r\nHost: a\r\n\r\n`);
        await until(60_000, 'the end of the worker', () => /restarting/.test(app.log));
        wire.close();
        assert.equal((await records(file, 20)).length, 20);
    }, { crashes: true });
});
