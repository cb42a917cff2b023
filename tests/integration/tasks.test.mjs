// Work beside and behind requests, over real sockets and in real processes: tests/apps/tasks and examples/tasks answer.
// Sanitizers: address, thread. Jobs and offloaded work have threads.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { alive, installed, killServices, service } from './service.mjs';
import { Wire, ask, childrenOf, copyApp, openspeed, run, start, until, within } from './start.mjs';

const LONG = 60_000; // for what comes at once, on a machine that has other things to do
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-tasks-'));
const get = (target, fields = '') => `GET ${target} HTTP/1.1\r\nHost: test\r\n${fields}\r\n`;
const says = (app, what) => until(LONG, `${what} in\n${app.log}`, () => app.log.match(what) !== null);
const ticks = (log) => [...log.matchAll(/tick of (\d+)/g)].map(([, pid]) => +pid);

let built;
before(async () => {
    copyApp('tests/apps/tasks', scratch);
    built = await installed(scratch);
});
after(() => {
    killServices();
    built?.remove();
    fs.rmSync(scratch, { recursive: true, force: true });
});

/** Runs `check` on a service of its own. */
async function serving(args, env, check) {
    const app = await service(built, args, env);
    try {
        await check(app);
        if (alive(app.child.pid)) await app.end();
    } finally {
        app.kill();
    }
}

describe('work after the response', () => {
    test('the next requests of the connection are answered before it is done', () => serving(['--workers', '1'], {}, async (app) => {
        const wire = await Wire.open(app.port);
        assert.equal((await wire.send(get('/gate?name=first')).response()).body, 'answered');
        wire.send(get('/gate?name=second') + get('/hi') + get('/hi')); // also what comes with it
        assert.deepEqual([(await wire.response()).body, (await wire.response()).body, (await wire.response()).body], ['answered', 'hi', 'hi']);
        await says(app, /second begins/);
        assert.doesNotMatch(app.log, /is done/);
        assert.equal((await wire.send(get('/open')).response()).body, 'open');
        await says(app, /GET \/gate: first is done \(request [0-9a-f]{32}, routes\/gate\/route\.c:\d+\)/);
        await says(app, /second is done/);
        wire.close();
    }));
    test('a client that goes does not end it', () => serving(['--workers', '1'], {}, async (app) => {
        const socket = net.connect({ port: app.port, host: '127.0.0.1' });
        socket.write(get('/gate?name=lonely'));
        await within(LONG, 'an answer', new Promise((done) => socket.once('data', done)));
        socket.resetAndDestroy();
        await says(app, /lonely begins/);
        await ask(app.port, get('/open'));
        await says(app, /lonely is done/);
    }));
    test('SIGTERM waits for it', () => serving(['--workers', '1'], {}, async (app) => {
        assert.equal((await ask(app.port, get('/gate?name=last&ms=300', 'Connection: close\r\n'))).status, 200);
        await app.end();
        assert.match(app.log, /last is done/);
        assert.doesNotMatch(app.log, /cut off/);
    }));
    test('what lasts longer than the drain is cut off, and told of', () => serving(['--workers', '1'], { OPENSPEED_DEADLINES_DRAIN_S: '1' }, async (app) => {
        assert.equal((await ask(app.port, get('/gate?name=endless&ms=600000'))).status, 200);
        await says(app, /endless begins/);
        await app.end();
        assert.match(app.log, /warning: drain: cut off 1 piece of work after 1 s/);
        assert.doesNotMatch(app.log, /endless is done/);
    }));
    test('a crash in it names its request, and the service goes on', () => serving(['--workers', '1'], {}, async (app) => {
        assert.equal((await ask(app.port, get('/boom'))).status, 200);
        await says(app, /SIGABRT while working after the answer to GET \/boom \(route declared at routes\/boom\/route\.c:\d+\)/);
        assert.equal((await ask(app.port, get('/hi'))).body, 'hi');
        assert.equal((await ask(app.port, get('/boom?spawned=true'))).status, 200);
        await says(app, /SIGABRT while working after the answer to GET \/boom in blow_up \(route/);
        assert.equal((await ask(app.port, get('/hi'))).body, 'hi');
    }));
});

describe('tasks beside a request', () => {
    test('all of them run at the same time, and one that fails cancels the others', () => serving(['--workers', '1'], {}, async (app) => {
        assert.equal((await ask(app.port, get('/spawn?count=1'))).body, '0: 1 met');
        assert.equal((await ask(app.port, get('/spawn?count=256'))).body, '0: 256 met');
        assert.equal((await ask(app.port, get('/spawn?count=20&bad=3'))).body, '-4: 20 met');
    }));
});

describe('jobs', () => {
    test('one worker has them, and another one when it dies or is replaced', () => serving(['--workers', '3'], {}, async (app) => {
        await until(LONG, 'three ticks', () => ticks(app.log).length >= 3);
        const first = ticks(app.log)[0];
        process.kill(first, 'SIGKILL');
        await until(LONG, 'a tick of another', () => ticks(app.log).at(-1) !== first);
        const second = ticks(app.log).at(-1), before = childrenOf(app.pid());
        await app.reload();
        await until(LONG, 'a tick of a new one', () => !before.includes(ticks(app.log).at(-1)));
        const blocks = ticks(app.log).filter((pid, i, all) => pid !== all[i - 1]); // never two by turns
        assert.deepEqual(blocks.slice(0, 2), [first, second]);
        assert.equal(new Set(blocks).size, blocks.length, blocks.join(' '));
    }));
    test('those of each worker run in each', () => serving(['--workers', '2'], { TASKS_JOB: 'each' }, async (app) => {
        await until(LONG, 'two workers', () => new Set([...app.log.matchAll(/each of (\d+)/g)].map(([, pid]) => pid)).size === 2);
    }));
    test('a failure is told with the line of the job, and tried again', () => serving(['--workers', '1'], { TASKS_JOB: 'fails' }, async (app) => {
        const failure = /error: job fails: it returned -4 \(input\/output error\) \(lib\/jobs\.c:\d+\)/g;
        await until(LONG, 'two failures', () => [...app.log.matchAll(failure)].length >= 2);
        await until(LONG, 'a tick', () => ticks(app.log).length >= 1);
    }));
    test('a crash in one names it, and the service goes on', () => serving(['--workers', '2'], { TASKS_JOB: 'crashes' }, async (app) => {
        await says(app, /SIGABRT while running job crashes \(job declared at lib\/jobs\.c:\d+\)/);
        assert.equal((await ask(app.port, get('/hi'))).body, 'hi');
        const had = ticks(app.log).length;
        await until(LONG, 'another tick', () => ticks(app.log).length > had);
    }));
    test('the command prints them', async () => {
        const { code, stdout } = await run(openspeed, ['jobs', scratch, '--json']);
        const jobs = JSON.parse(stdout);
        assert.equal(code, 0);
        assert.deepEqual(jobs.map((one) => one.name).sort(), ['crashes', 'each', 'fails', 'never_soon', 'tick']);
        const rare = jobs.find((one) => one.name === 'never_soon'), tick = jobs.find((one) => one.name === 'tick');
        assert.match(rare.next, /^20\d\d-02-29T00:00:00Z$/);
        assert.deepEqual([rare.cron, rare.within_s, rare.each_worker, rare.file], ['0 0 29 2 *', 10, false, 'lib/jobs.c']);
        assert.deepEqual([tick.every_s, tick.doc], [1, 'Ticks']);
        assert.match((await run(openspeed, ['jobs', scratch])).stdout, /^ {2}never_soon +cron 0 0 29 2 \* +next 20\d\d-02-29T00:00:00Z {2}lib\/jobs\.c$/m);
    });
    test('times that never come do not build', async () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-jobs-'));
        const file = path.join(folder, 'lib/jobs.c');
        for (const part of ['lib', 'routes']) fs.mkdirSync(path.join(folder, part));
        fs.copyFileSync(path.join(scratch, 'routes/hi/route.c'), path.join(folder, 'routes/route.c'));
        const job = (options) => `#include <openspeed/openspeed.h>\nstatic osp_status wait(osp_task *task)\n{\n    (void)task;\n    return OSP_OK;\n}\nOSP_JOB(wait, ${options});\n`;
        fs.writeFileSync(file, job('.cron = "0 0 30 2 *"'));
        assert.match((await run(openspeed, ['build', folder])).stderr, /^error: lib\/jobs\.c:7: OSP_JOB\(wait\): the \.cron names a day that there never is/);
        fs.writeFileSync(file, job('.every_s = 60'));
        fs.copyFileSync(file, path.join(folder, 'lib/more.c'));
        assert.match((await run(openspeed, ['build', folder])).stderr, /lib\/jobs\.c and lib\/more\.c both declare the job "wait"/);
        fs.rmSync(folder, { recursive: true, force: true });
    });
});

describe('examples/tasks', () => {
    test('answers before it welcomes, and asks all shops at once', async () => {
        const app = await start('tasks');
        try {
            const answer = await fetch(`${app.url}/signup`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"name":"Ada"}' });
            assert.deepEqual([answer.status, await answer.json()], [201, { name: 'Ada' }]);
            const { offers } = await (await fetch(`${app.url}/offers`)).json();
            assert.deepEqual(offers.map((one) => one.shop), ['corner', 'market', 'far away']);
            assert.deepEqual(offers[2], { shop: 'far away', price: 0, late: true });
            await says(app, /POST \/signup: welcome, Ada/);
        } finally {
            await app.stop();
        }
    });
});
