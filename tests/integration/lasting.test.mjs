// The service goes on: crashes in a row, a handler that hangs, a closed log, how it ends.
// Sanitizers: address, thread. Signals come at any time.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { childrenOf, sanitized, scratchDatabase, sleep, start, until, within } from './start.mjs';


const DRAIN_S = 10, CRASHES_MAX = 5; // as the server has them
const HUNG_S = 4, HANGS_SOON = { env: { OPENSPEED_DEADLINES_STUCK_S: `${HUNG_S}` } };
const route = (body) => `#include <openspeed/openspeed.h>
#include <stdlib.h>
static osp_status answer(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx, (void)in, (void)out;
    ${body}
    return OSP_OK;
}
OSP_ROUTE(GET, answer, void, void);
`;
const ROUTES = {
    ok: 'return osp_text(ctx, S("ok"));',
    crash: 'volatile int *volatile p = 0; *p = 1;',
    fall: 'abort();',
    hang: 'osp_log(ctx, OSP_LOG_WARNING, "it begins"); for (volatile int i = 1; i != 0;) { i = 1; }',
    sleep: 'osp_log(ctx, OSP_LOG_WARNING, "it begins"); OSP_TRY(osp_sleep_ms(ctx, 3000)); return osp_text(ctx, S("slept"));',
    moved: 'return osp_fail(ctx, 302, "elsewhere"); /* HERE */',
    strange: 'osp_set_status(ctx, 1000); /* HERE */',
};

let folder, executable;
before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-lasting-'));
    for (const [name, body] of Object.entries(ROUTES)) {
        fs.mkdirSync(path.join(folder, 'routes', name), { recursive: true });
        fs.writeFileSync(path.join(folder, 'routes', name, 'route.c'), route(body));
    }
    const app = await start(folder); // builds it
    executable = fs.readlinkSync(`/proc/${app.pid}/exe`);
    await app.stop();
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Runs `check` on an application of its own. */
async function withApp(options, check) {
    const app = await start(folder, options);
    app.crashed = true; // all of them do
    try {
        await check(app);
    } finally {
        await app.stop();
    }
}

/** The status of a request on a connection of its own: a kept one may lead to a worker that has just died. */
const status = (app, target, options = {}) => new Promise((resolve, reject) => {
    http.request(app.url + target, { ...options, agent: false }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode)).on('error', reject);
    }).on('error', reject).end();
});
const gone = (pid) => !fs.existsSync(`/proc/${pid}`) ||
    /\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));

/** Until the handler of a route runs. */
const begun = (app, name) => until(20_000, `${name} to begin`, () => app.log.includes(`warning: GET /${name}: it begins`));

test('a status out of range is answered 500 and logged with its line', () => withApp({}, async (app) => {
    for (const [name, text] of [['moved', 'osp_fail with status 302, which is not 400 to 599'],
        ['strange', 'osp_set_status with status 1000, which is not 200 to 599']]) {
        assert.equal(await status(app, `/${name}`), 500);
        const line = route(ROUTES[name]).split('\n').findIndex((l) => l.includes('/* HERE */')) + 1;
        await until(20_000, 'the log', () => app.log.includes(`routes/${name}/route.c:${line})\n`));
        assert.ok(app.log.includes(`error: GET /${name}: ${text}`), app.log);
    }
}));

test('a route that keeps ending workers is answered 503; the others are hardly touched', () => withApp({}, async (app) => {
    for (let crashes = 0; ; crashes++) {
        const answer = await fetch(`${app.url}/fall`).catch(() => null);
        if (answer !== null) {
            assert.equal(answer.status, 503);
            const seconds = Number(answer.headers.get('retry-after'));
            assert.ok(seconds > 30 && seconds <= 60, `${seconds}`);
            assert.equal(crashes, CRASHES_MAX);
            break;
        }
        assert.equal(await status(app, '/ok'), 200); // waits in the queue for the next worker
    }
    const worker = childrenOf(app.pid)[0];
    for (let i = 0; i < 20; i++) {
        assert.equal(await status(app, '/fall', { method: i % 2 ? 'HEAD' : 'GET' }), 503);
        assert.equal(await status(app, '/ok'), 200);
    }
    assert.deepEqual(childrenOf(app.pid), [worker]);
    assert.match(app.log, /GET \/fall keeps ending workers; it is answered 503 for 60 s\n/);
    assert.doesNotMatch(app.log, /in a row/); // workers were replaced at once
}));

test('a worker that served is replaced within 50 ms, also right after its start', { skip: sanitized && 'a sanitizer starts slowly' },
    () => withApp({}, async (app) => {
        const took = [];
        // Others use the machine too: what it takes by itself is the least.
        for (let i = 0; i < 100 && !(i >= 10 && Math.min(...took) < 50); i++) {
            const [worker] = childrenOf(app.pid), began = performance.now();
            process.kill(worker, 'SIGKILL');
            assert.equal(await status(app, '/ok'), 200);
            took.push(performance.now() - began);
        }
        assert.ok(Math.min(...took) < 50, `${took.map(Math.round)} ms`);
    }));

test('a worker that cannot start is tried again after longer and longer pauses, and at last serves',
    { skip: sanitized && 'sanitizers do not bear the filters' }, async (t) => {
        const gate = path.join(folder, 'gate');
        fs.writeFileSync(gate, '');
        await withApp({ args: ['--read', gate, '--harden', 'verbose=on'] }, async (app) => {
            if (!/ landlock=on/.test(app.log)) return t.skip('no Landlock');
            fs.rmSync(gate);
            process.kill(childrenOf(app.pid)[0], 'SIGKILL');
            await until(30_000, 'six failures', () => /failed start 6 in a row\n/.test(app.log));
            const pauses = [...app.log.matchAll(/before it served; restarting in ([\d.]+) s, failed start (\d+) in a row/g)];
            assert.deepEqual(pauses.map(([, pause, number]) => [+pause, +number]),
                [0.02, 0.04, 0.08, 0.16, 0.32, 0.64].map((pause, i) => [pause, i + 1]));
            fs.writeFileSync(gate, '');
            assert.equal(await status(app, '/ok'), 200); // waits in the queue
        });
    });

test('the place of a crash is an address for addr2line', { skip: sanitized && 'a sanitizer says more' },
    () => withApp({}, async (app) => {
        await assert.rejects(fetch(`${app.url}/crash`));
        await until(20_000, 'the report', () => /restarting\n/.test(app.log));
        const [, address] = /route\.c:\d+\), code at app\+(0x[0-9a-f]+), request \w+\n/.exec(app.log) ?? assert.fail(app.log);
        const { stdout } = await promisify(execFile)('addr2line', ['-f', '-e', executable, address]);
        assert.match(stdout, /^answer|^osp_thunk/, stdout);
    }));

test('a closed log ends nobody', { skip: sanitized && 'a sanitizer ends slowly when it cannot speak' }, () => withApp({}, async (app) => {
    app.child.stderr.destroy();
    for (let i = 0; i < 2; i++) {
        await assert.rejects(fetch(`${app.url}/fall`));
        assert.equal(await status(app, '/ok'), 200);
    }
}));

test('a worker that hangs is replaced, and the log names the route',
    { skip: sanitized && 'it waits too long for a test' }, () => withApp(HANGS_SOON, async (app) => {
        const hung = fetch(`${app.url}/hang`).catch((error) => error);
        await begun(app, 'hang');
        const began = Date.now();
        assert.equal(await status(app, '/ok'), 200); // waits in the queue
        assert.ok(Date.now() - began > (HUNG_S - 3) * 1000 && Date.now() - began < (HUNG_S + 20) * 1000);
        assert.ok(await hung instanceof Error);
        assert.match(app.log, new RegExp(`worker \\d+ hangs: its loop has stood still for ${HUNG_S} s\n`));
        assert.match(app.log, /SIGABRT while answering GET \/hang \(route declared at /);
    }));

test('a worker that is stopped is not taken for one that hangs',
    { skip: sanitized && 'it waits too long for a test' }, () => withApp(HANGS_SOON, async (app) => {
        const [worker] = childrenOf(app.pid);
        process.kill(worker, 'SIGSTOP');
        await sleep((HUNG_S + 3) * 1000);
        process.kill(worker, 'SIGCONT');
        assert.equal(await status(app, '/ok'), 200);
        assert.deepEqual(childrenOf(app.pid), [worker]);
        assert.doesNotMatch(app.log, /hangs/);
    }));

test('a worker that hangs does not outlive its supervisor',
    { skip: sanitized && 'ThreadSanitizer holds signals back while a loop spins' }, async () => {
    const app = await start(folder);
    const [worker] = childrenOf(app.pid);
    const hung = fetch(`${app.url}/hang`).catch((error) => error);
    await begun(app, 'hang');
    process.kill(app.pid, 'SIGKILL');
    await app.exited;
    await until((DRAIN_S + 20) * 1000, 'the end of the worker', () => gone(worker));
    assert.ok(await hung instanceof Error);
});

test('a worker finishes its requests when the supervisor was killed', async () => {
    const app = await start(folder);
    const [worker] = childrenOf(app.pid);
    const slept = fetch(`${app.url}/sleep`);
    await begun(app, 'sleep');
    process.kill(app.pid, 'SIGKILL');
    assert.equal(await (await slept).text(), 'slept');
    await until(20_000, 'the end of the worker', () => gone(worker));
});

for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`${signal} lets requests end and refuses new clients at once`, () => withApp({}, async (app) => {
        const slept = fetch(`${app.url}/sleep`);
        await begun(app, 'sleep');
        process.kill(app.pid, signal);
        let answered = false;
        slept.then(() => (answered = true));
        const connected = () => new Promise((done) => {
            const socket = net.connect({ port: app.port, host: '127.0.0.1' });
            socket.on('connect', () => done(socket.destroy())).on('error', (error) => done(error.code));
        });
        await until(20_000, 'a refusal', async () => await connected() === 'ECONNREFUSED');
        assert.ok(!answered, 'refused only when the last request had ended');
        assert.equal(await (await slept).text(), 'slept');
        assert.deepEqual(await app.exited, { code: 0, signal: null });
    }));
}

test('SIGHUP to a worker costs no request', () => withApp({}, async (app) => {
    const slept = fetch(`${app.url}/sleep`);
    await begun(app, 'sleep');
    process.kill(childrenOf(app.pid)[0], 'SIGHUP');
    assert.equal(await (await slept).text(), 'slept');
}));

test('under nohup SIGHUP ends nothing', async () => {
    const database = scratchDatabase();
    const child = spawn('nohup', [executable, '--port', '0', '--json'],
        { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, DATABASE_URL: database.url } });
    try {
        const line = await within(30_000, 'the announcement', new Promise((done) => child.stdout.once('data', done)));
        const { pid, port } = JSON.parse(line);
        process.kill(pid, 'SIGHUP');
        await sleep(300);
        assert.equal(await status({ url: `http://127.0.0.1:${port}` }, '/ok'), 200);
        const ended = new Promise((done) => child.on('exit', done));
        process.kill(pid, 'SIGTERM');
        assert.equal(await within(30_000, 'the end', ended), 0);
    } finally {
        child.kill('SIGKILL');
        database.remove();
    }
});
