// openspeed.json is read again without a lost request.
// Sanitizers: address, thread. Signals come at any time.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { config, folder, logged, post, reload, withApp } from './configured.mjs';
import { Wire, childrenOf, openspeed, root, run, sleep, within } from './start.mjs';

describe('reload', () => {
    /** Clients that ask as fast as they can until `stop()`, which gives what went wrong. */
    function clients(app, count) {
        const agent = new http.Agent({ keepAlive: true, maxSockets: count });
        const failures = [];
        let on = true, answered = 0;
        const ask = () => new Promise((done) => {
            http.get(`${app.url}/ok`, { agent }, (answer) => {
                let text = '';
                answer.on('data', (data) => (text += data)).on('error', (error) => { failures.push(error.code); done(); });
                answer.on('end', () => {
                    answered++;
                    if (answer.statusCode !== 200 || text !== 'ok') failures.push(`${answer.statusCode} ${text}`);
                    done();
                });
            }).on('error', (error) => { failures.push(error.code); done(); });
        });
        const all = Array.from({ length: count }, async () => {
            while (on) await ask();
        });
        return async () => {
            on = false;
            await Promise.all(all);
            agent.destroy();
            return { failures, answered };
        };
    }

    test('20 reloads under load lose no request, and all workers are new', () => withApp(
        { workers: 2, deadlines: { drain_s: 3 } }, async (app) => {
            const stop = clients(app, 16);
            const first = childrenOf(app.pid);
            for (let i = 0; i < 20; i++) {
                config({ workers: 2, deadlines: { drain_s: 3 }, limits: { body: 100 + i } });
                await reload(app);
                assert.equal(await post(app, 100 + i), 200);
                assert.equal(await post(app, 101 + i), 413);
            }
            const { failures, answered } = await stop();
            assert.deepEqual(failures, []);
            assert.ok(answered > 200, `only ${answered} answers`);
            await within(30_000, 'the end of old workers', (async () => {
                while (childrenOf(app.pid).length !== 2) await sleep(20);
            })());
            for (const pid of childrenOf(app.pid)) assert.ok(!first.includes(pid));
        }));

    test('a request in flight and a kept connection outlive it', () => withApp({}, async (app) => {
        const slept = fetch(`${app.url}/sleep`);
        const kept = await Wire.open(app.port);
        const ask = () => kept.send('GET /ok HTTP/1.1\r\nHost: a\r\n\r\n').response();
        assert.equal((await ask()).headers.connection, undefined);
        await sleep(200);
        await reload(app);
        assert.equal(await (await slept).text(), 'slept');
        assert.equal((await ask()).headers.connection, 'close');
        await kept.closed();
    }));

    test('an old worker has its own time to end, not that of its successor', () => withApp(
        { deadlines: { drain_s: 20 } }, async (app) => {
            const slept = fetch(`${app.url}/nap`);
            await sleep(200);
            config({ deadlines: { drain_s: 1 } });
            await reload(app);
            assert.equal(await (await slept).text(), 'rested');
        }));

    test('what is not valid changes nothing and is said', () => withApp({ limits: { body: 10 } }, async (app) => {
        const workers = childrenOf(app.pid);
        config('{"limits": {"body": 20,\n "bdy": 1}}');
        const log = await reload(app, /reload: .*\n/);
        assert.equal(log, 'error: openspeed.json:2:2: limits.bdy: is not known here; did you mean "body"?\n' +
            'warning: reload: the new one is not valid; the old configuration stays\n');
        assert.equal(await post(app, 11), 413);
        assert.deepEqual(childrenOf(app.pid), workers);
        config({ limits: { body: 11 } });
        await reload(app);
        assert.equal(await post(app, 11), 200);
    }));

    test('a reload that comes no further pauses longer and longer, says how far it came, and goes on', {
        skip: /-(asan|tsan)$/.test(process.env.OPENSPEED_BUILD_DIR ?? '') && 'sanitizers do not bear the filters',
    }, async (t) => {
        const gate = path.join(folder, 'gate'), count = 16;
        const value = { workers: count, deadlines: { drain_s: 1 }, harden: { verbose: true } };
        await withApp(value, async (app) => {
            if (!/ landlock=on/.test(app.log)) return t.skip('no Landlock');
            fs.writeFileSync(gate, '');
            const from = app.log.length;
            config({ ...value, limits: { body: 7 }, harden: { verbose: true, read: [gate] } });
            process.kill(app.pid, 'SIGHUP');
            await logged(app, /is hardened:/, from);
            fs.rmSync(gate);
            await logged(app, /failed start 1 in a row\n/, from);
            await logged(app, /failed start 6 in a row\n/, from);
            const said = app.log.slice(from);
            assert.match(said, /\nwarning: reload: \d+ of 16 workers have the new configuration, others still the old one\n/);
            assert.match(said, /before it served; trying again in 0\.64 s, failed start 6 in a row\n/);
            assert.ok(said.match(/failed start/g).length <= 8, said);
            assert.equal(childrenOf(app.pid).length, count);
            assert.equal(await post(app, 7), 200);

            // An upgrade is let pass, which here fails for the same reason.
            for (let at = app.log.length; !/upgrade: process \d+ ended with code 1 before it served/.test(app.log);) {
                process.kill(app.pid, 'SIGUSR2');
                await logged(app, /upgrade: .*\n/, at);
                at = app.log.length;
            }
            // What is not valid does not end it; what is valid starts over at once.
            config('{');
            await reload(app, /the old configuration stays\n/);
            config({ ...value, limits: { body: 8 } });
            await reload(app);
            for (let i = 0; i < 3 * count; i++) assert.equal(await post(app, 9), 413);
        });
    });

    test('more workers, and fewer', () => withApp({ workers: 1, deadlines: { drain_s: 1 } }, async (app) => {
        for (const workers of [3, 1, 2]) {
            config({ workers, deadlines: { drain_s: 1 } });
            await reload(app);
            await within(30_000, `${workers} workers`, (async () => {
                while (childrenOf(app.pid).length !== workers) await sleep(20);
            })());
            assert.equal(await post(app, 1), 200);
        }
    }));

    test('what stays until a restart is named', () => withApp({}, async (app) => {
        config({ listen: { host: 'localhost', port: 1 } });
        const log = await reload(app);
        assert.match(log, /^warning: reload: listen\.host stays "127\.0\.0\.1" until a restart\n/);
        assert.doesNotMatch(log, /listen\.port/); // --port says it
        assert.equal(await post(app, 1), 200);
    }));

    test('of host and port nothing is said when it listens elsewhere', async () => {
        config({});
        const { app } = JSON.parse((await run(openspeed, ['build', folder, '--json'])).stdout);
        const server = spawn(path.resolve(root, app), ['--listen', '127.0.0.1:0', '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
        const own = { pid: server.pid, log: '' };
        server.stderr.on('data', (data) => (own.log += data));
        const exited = new Promise((done) => server.on('exit', done));
        await within(60_000, 'a start', new Promise((done) => server.stdout.once('data', done)));
        config({ listen: { host: 'localhost', port: 1 } });
        assert.doesNotMatch(await reload(own), /stays/);
        process.kill(own.pid, 'SIGTERM');
        assert.equal(await within(30_000, 'the end', exited), 0);
    });

    test('workers: 0 is one for each processor', () => withApp({ workers: 0 }, async (app) => {
        const count = childrenOf(app.pid).length;
        assert.ok(count >= 1 && count <= os.cpus().length);
        config({ workers: count + 1 });
        await reload(app);
        config({ workers: 0 });
        await reload(app);
        await within(30_000, `${count} workers`, (async () => {
            while (childrenOf(app.pid).length !== count) await sleep(20);
        })());
    }));

    test('signals that come close together are few reloads', () => withApp({}, async (app) => {
        const from = app.log.length;
        for (let i = 0; i < 100; i++) process.kill(app.pid, 'SIGHUP');
        await logged(app, /in force\n/, from);
        await sleep(500);
        const count = app.log.slice(from).split('in force\n').length - 1;
        assert.ok(count >= 1 && count <= 10, `${count} reloads`);
    }));

    test('a signal that is sent to all processes means the supervisor', () => withApp({ workers: 2 }, async (app) => {
        const from = app.log.length, workers = childrenOf(app.pid).sort();
        for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGHUP']) {
            for (const worker of workers) process.kill(worker, signal);
        }
        await sleep(500);
        assert.deepEqual(childrenOf(app.pid).sort(), workers);
        process.kill(app.pid, 'SIGUSR1');
        await logged(app, /SIGUSR1 means nothing here/, from);
        for (let i = 0; i < 10; i++) { // who had retired would not take a connection
            assert.equal((await within(20_000, 'an answer', fetch(app.url))).status < 500, true);
        }
        assert.doesNotMatch(app.log.slice(from), /worker \d+ (was ended|exited)/);
    }));

    test('the end of the server while it reloads', () => withApp({ workers: 2 }, async (app) => {
        process.kill(app.pid, 'SIGHUP');
        await sleep(10);
    })); // stop() wants a clean end
});
