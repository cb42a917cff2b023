// openspeed.json: where values come from, what is said about bad ones, reload without a lost request.
// Sanitizers: address, thread. Signals come at any time.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { childrenOf, openspeed, root, run, sleep, start, within, Wire } from './start.mjs';

const ROUTES = {
    ok: ['GET', 'return osp_text(ctx, S("ok"));'],
    sleep: ['GET', 'OSP_TRY(osp_sleep_ms(ctx, 1500)); return osp_text(ctx, S("slept"));'],
    nap: ['GET', 'OSP_TRY(osp_sleep_ms(ctx, 4500)); return osp_text(ctx, S("rested"));'],
    echo: ['POST', 'return osp_text(ctx, S("taken"));'],
    client: ['GET', 'return osp_text(ctx, osp_client_address(ctx));'],
    secret: ['GET', 'return osp_text(ctx, osp_secret(ctx, "WORD"));'],
};
const route = (method, body) => `#include <openspeed/openspeed.h>
static osp_status answer(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx, (void)in, (void)out;
    ${body}
}
OSP_ROUTE(${method}, answer, void, void);
`;

let folder;
const config = (value) => fs.writeFileSync(path.join(folder, 'openspeed.json'),
    typeof value === 'string' ? value : JSON.stringify(value));
before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-config-'));
    for (const [name, [method, body]] of Object.entries(ROUTES)) {
        fs.mkdirSync(path.join(folder, 'routes', name), { recursive: true });
        fs.writeFileSync(path.join(folder, 'routes', name, 'route.c'), route(method, body));
    }
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

async function withApp(value, check, options = {}) {
    config(value);
    const app = await start(folder, options);
    try {
        await check(app);
    } finally {
        await app.stop();
    }
}

/** Waits until the log, from `from` on, matches. */
async function logged(app, pattern, from = 0) {
    await within(60_000, `${pattern} in the log`, (async () => {
        while (!pattern.test(app.log.slice(from))) await sleep(10);
    })()).catch((error) => { throw new Error(`${error.message}:\n${app.log.slice(from)}`); });
}

async function reload(app, outcome = /reload: the new configuration is in force\n/) {
    const from = app.log.length;
    process.kill(app.pid, 'SIGHUP');
    await logged(app, outcome, from);
    return app.log.slice(from);
}

/** The status of a POST of so many bytes on a connection of its own. */
const post = (app, size) => new Promise((resolve, reject) => {
    const request = http.request(`${app.url}/echo`, { method: 'POST', agent: false, headers: { 'Content-Length': size } },
        (answer) => answer.resume().on('end', () => resolve(answer.statusCode)));
    request.on('error', reject).end(Buffer.alloc(size));
});

describe('what is in force', () => {
    test('a limit of the file, one past it, and a variable that wins over it', async () => {
        await withApp({ limits: { body: 10 } }, async (app) => {
            assert.equal(await post(app, 10), 200);
            assert.equal(await post(app, 11), 413);
        });
        await withApp({ limits: { body: 10 } }, async (app) => {
            assert.equal(await post(app, 20), 200);
            assert.equal(await post(app, 21), 413);
        }, { env: { OPENSPEED_LIMITS_BODY: '20' } });
    });

    test('heads, targets and headers', () => withApp(
        { limits: { request_head: 600, target: 20, headers: 3 } }, async (app) => {
            const status = async (target, fields) => {
                const wire = await Wire.open(app.port);
                const answer = await wire.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`).response();
                wire.close();
                return answer.status;
            };
            assert.equal(await status(`/ok?${'a'.repeat(16)}`, ''), 200);
            assert.equal(await status(`/ok?${'a'.repeat(17)}`, ''), 414);
            assert.equal(await status('/ok', 'a: 1\r\nb: 2\r\n'), 200);
            assert.equal(await status('/ok', 'a: 1\r\nb: 2\r\nc: 3\r\n'), 431);
            const room = 600 - 'GET /ok HTTP/1.1\r\nHost: a\r\na: \r\n\r\n'.length;
            assert.equal(await status('/ok', `a: ${'x'.repeat(room)}\r\n`), 200);
            assert.equal(await status('/ok', `a: ${'x'.repeat(room + 1)}\r\n`), 431);
        }));

    test('chunk lines and trailers', () => withApp({ limits: { chunk_line: 20, trailers: 30 } }, async (app) => {
        const status = async (line, trailer) => {
            const wire = await Wire.open(app.port);
            const answer = await wire.send('POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n' +
                `${line}\r\nx\r\n0\r\n${trailer}\r\n\r\n`).response();
            wire.close();
            return answer.status;
        };
        assert.equal(await status(`1;${'a'.repeat(18)}`, 'a: b'), 200);
        assert.equal(await status(`1;${'a'.repeat(19)}`, 'a: b'), 400);
        assert.equal(await status('1', `a: ${'b'.repeat(25)}`), 200);
        assert.equal(await status('1', `a: ${'b'.repeat(26)}`), 400);
    }));

    const HEAD = 'GE', BODY = 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n';
    for (const [key, begins, drip] of [['head_s', HEAD, 'T'], ['head_pause_s', HEAD, ''], ['body_s', BODY, ''],
        ['body_total_s', BODY, 'x']]) {
        test(`deadlines.${key}`, () => withApp({ deadlines: { [key]: 1 } }, async (app) => {
            const wire = (await Wire.open(app.port)).send(begins);
            const began = Date.now(), answer = wire.response();
            while (!wire.ended && Date.now() - began < 20_000) {
                wire.send(drip);
                await sleep(200);
            }
            assert.equal((await answer).status, 408);
            assert.ok(Date.now() - began < 20_000, `${Date.now() - began} ms`);
            wire.close();
        }));
    }

    test('deadlines.idle_s', () => withApp({ deadlines: { idle_s: 1 } }, async (app) => {
        const wire = await Wire.open(app.port);
        await within(20_000, 'the end of an idle connection', wire.closed());
    }));

    test('port and workers of the file; an option wins', async () => {
        const server = net.createServer().listen(0, '127.0.0.1');
        await new Promise((done) => server.once('listening', done));
        const { port } = server.address();
        await new Promise((done) => server.close(done));
        config({ listen: { port }, workers: 2 });
        const app = await start(folder); // with --port 0
        try {
            assert.notEqual(app.port, port);
            assert.equal(childrenOf(app.pid).length, 2);
        } finally {
            await app.stop();
        }
    });

    test('addresses, proxies, probes and the number of the process', async () => {
        const at = (name) => path.join(folder, name);
        const answer = (options) => new Promise((resolve, reject) => {
            http.get({ host: '127.0.0.1', agent: false, ...options }, (response) => {
                let text = '';
                response.on('data', (data) => (text += data)).on('end', () => resolve([response.statusCode, text]));
            }).on('error', reject);
        });
        const value = {
            listen: { addresses: ['127.0.0.1:0', `unix:${at('one')},mode=0600`] },
            proxies: { trusted: ['unix', '10.0.0.0/8'], header: 'forwarded' },
            health: false, pid_file: at('pid'), harden: { verbose: true, landlock: false },
        };
        await withApp(value, async (app) => {
            assert.equal(app.listen.length, 3); // with --port
            assert.equal(fs.statSync(at('one')).mode & 0o777, 0o600);
            assert.equal(fs.readFileSync(at('pid'), 'utf8'), `${app.pid}\n`);
            const client = (socketPath) => answer({ socketPath, path: '/client', headers: { Forwarded: 'for=203.0.113.9' } });
            assert.deepEqual(await client(at('one')), [200, '203.0.113.9']);
            assert.equal((await answer({ port: app.port, path: '/livez' }))[0], 404);
            assert.match(app.log, /is hardened:/);
            assert.doesNotMatch(app.log, /landlock/);

            config({ ...value, proxies: { trusted: ['10.0.0.0/8'] }, health: true, pid_file: at('other'),
                listen: { addresses: [] }, harden: { umask: false, user: 'nobody' } });
            const log = await reload(app);
            assert.deepEqual(log.match(/^warning: reload: \S+ stays/gm).map((line) => line.split(' ')[2]),
                ['pid_file', 'listen.addresses', 'harden.user', 'harden.umask']);
            assert.deepEqual(await client(at('one')), [200, '']);
            assert.equal((await answer({ port: app.port, path: '/livez' }))[0], 200);
            assert.ok(!fs.existsSync(at('other')));
        });
        assert.deepEqual([fs.existsSync(at('pid')), fs.existsSync(at('one'))], [false, false]);
    });

    test('a secret of the application, from a file that may change', async () => {
        const file = path.join(folder, 'word');
        fs.writeFileSync(file, 'one\n');
        await withApp({}, async (app) => {
            const word = async () => (await fetch(`${app.url}/secret`)).text();
            assert.equal(await word(), 'one');
            fs.writeFileSync(file, 'two\n');
            assert.equal(await word(), 'two');
        }, { env: { WORD_FILE: file } });
    });
});

describe('what is wrong', () => {
    const lines = `{
  "listen": {"prt": 3, "port": 70000},
  "workers": 257,
  "limits": {"body": "many", "body": 1}
}`;
    const errors = [
        'error: openspeed.json:2:14: listen.prt: is not known here; did you mean "port"?',
        'error: openspeed.json:2:32: listen.port: must be at most 65535',
        'error: openspeed.json:3:14: workers: must be at most 256',
        'error: openspeed.json:4:22: limits.body: must be a whole number',
        'error: openspeed.json:4:30: limits.body: is given twice',
    ];

    test('every error is said at once, with its place, and nothing starts', async () => {
        config(lines);
        const { code, stderr, stdout } = await run(openspeed, ['start', folder]);
        assert.deepEqual([code, stdout], [2, '']);
        assert.deepEqual(stderr.trim().split('\n').filter((line) => !/^(built|warning)/.test(line)), errors);
    });

    for (const [text, words] of [
        ['{"workers": 1,}', '1:15: expected the name of a member in quotes'],
        ['{"workers"\n: 1', '2:4: the text ends too early'],
        ['', '1:1: the text ends too early'],
        ['{} {}', '1:4: unexpected text behind the value'],
        ['[]', '1:1: must be an object'],
        ['{"workers": "\ud800"}'.replace('\ud800', '\\ud800'), '1:14: a surrogate must be one of a pair'],
    ]) {
        test(`text that is no configuration: ${words}`, async () => {
            config(text);
            const { code, stderr } = await run(openspeed, ['start', folder]);
            assert.equal(code, 2);
            assert.ok(stderr.includes(`error: openspeed.json:${words}\n`), stderr);
        });
    }

    test('a variable, an option, and a file that is not there', async () => {
        config({});
        const { app } = JSON.parse((await run(openspeed, ['build', folder, '--json'])).stdout);
        const first = await run(path.resolve(root, app), ['--workers', '300'],
            { env: { OPENSPEED_LIMITS_HEADERS: '101', OPENSPEED_DEADLINES_HEAD_S_FILE: path.join(folder, 'none') } });
        assert.equal(first.code, 2);
        for (const line of ['OPENSPEED_LIMITS_HEADERS: limits.headers: must be at most 100',
            '--workers: workers: must be at most 256', 'OPENSPEED_DEADLINES_HEAD_S_FILE: deadlines.head_s: ']) {
            assert.ok(first.stderr.includes(`error: ${line}`), first.stderr);
        }
        const second = await run(openspeed, ['start', folder, '--config', path.join(folder, 'none.json')]);
        assert.equal(second.code, 2);
        assert.match(second.stderr, /none\.json: No such file or directory\n/);
    });

    test('an executable says what is wrong with its arguments', async () => {
        const { app } = JSON.parse((await run(openspeed, ['build', folder, '--json'])).stdout);
        for (const [args, said] of [[['more'], 'unexpected argument "more"'], [['more', 'less'], 'unexpected argument "more"'],
            [['--port'], '--port needs a value'], [['--config'], '--config needs a value'], [['--listeners'], '--listeners needs a value'],
            [['--prot'], 'unknown option "--prot"'], [['--prot', '3'], 'unknown option "--prot"']]) {
            const { code, stderr } = await run(path.resolve(root, app), args);
            assert.deepEqual([code, stderr], [2, `error: ${said}; see --help\n`]);
        }
    });

    test('the command asks whether another option was meant', async () => {
        for (const [args, said] of [[['start', '--prot', '3'], '--prot; did you mean --port?'], [['config', 'show', '--jsn'], '--jsn; did you mean --json?'],
            [['start', '--hots=::'], '--hots=::; did you mean --host?'], [['start', '--nothing-like-it'], '--nothing-like-it']]) {
            const { code, stderr } = await run(openspeed, args);
            assert.equal(code, 2);
            assert.ok(stderr.startsWith(`error: unknown option ${said}\nusage: `), stderr);
        }
    });

    test('and whether another word', async () => {
        for (const [args, said] of [[['config', 'chekc'], 'there is no config chekc; did you mean check?'],
            [['db', 'migrat'], 'there is no db migrat; did you mean migrate?'], [['config', 'nothing-like-it'], 'say schema, check or show'],
            [['db'], 'say migrate, status, new, seed, reset, backup or check']]) {
            const { code, stderr } = await run(openspeed, args);
            assert.equal(code, 2);
            assert.ok(stderr.startsWith(`error: ${said}\nusage: `), stderr);
        }
    });

    test('one option too many', async () => {
        const { app } = JSON.parse((await run(openspeed, ['build', folder, '--json'])).stdout);
        const ask = (count) => run(path.resolve(root, app), ['--migrate', ...Array(count).fill('--no-health')]);
        assert.equal((await ask(64)).code, 0);
        const { code, stderr } = await ask(65);
        assert.deepEqual([code, stderr], [2, 'error: more than 64 options\n']);
    });

    test('a variable that means nothing is a warning', () => withApp({}, async (app) => {
        assert.match(app.log, /warning: OPENSPEED_LIMITS_BOYD is no key of the configuration; did you mean OPENSPEED_LIMITS_BODY\?\n/);
    }, { env: { OPENSPEED_LIMITS_BOYD: '1' } }));
});

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

describe('openspeed config', () => {
    const command = (verb, ...args) => run(openspeed, ['config', verb, folder, ...args],
        { env: { OPENSPEED_WORKERS: '', OPENSPEED_LIMITS_HEADERS: '50' } });

    test('check says what a start would', async () => {
        config({ limits: { body: 5 } });
        assert.deepEqual(await command('check'), { code: 0, stdout: '', stderr: 'openspeed.json is good\n' });
        config('{"limits": {"body": -1},\n\t"deadlines": {"idle_s": 1.5}}');
        const text = await command('check'), json = await command('check', '--json');
        const said = ['error: openspeed.json:1:21: limits.body: must be between 0 and 18446744073709551615',
            'error: openspeed.json:2:26: deadlines.idle_s: must be a whole number'];
        assert.deepEqual([text.code, json.code], [1, 1]);
        assert.deepEqual(text.stderr.trim().split('\n'), said);
        assert.deepEqual(JSON.parse(json.stdout), { ok: false, said });
        fs.rmSync(path.join(folder, 'openspeed.json'));
        assert.equal((await command('check')).stderr, 'there is no openspeed.json; defaults hold\n');
        assert.equal((await command('check', '--config', 'nowhere.json')).code, 1);
    });

    test('show gives each value with its source', async () => {
        config('{\n  "limits": {"body": 5},\n  "listen": {"host": "\\u0061"}}');
        const shown = JSON.parse((await command('show', '--json')).stdout);
        assert.deepEqual(shown['limits.body'], { value: 5, source: 'file', at: 'openspeed.json:2:22' });
        assert.deepEqual(shown['listen.host'], { value: 'a', source: 'file', at: 'openspeed.json:3:22' });
        assert.deepEqual(shown['limits.headers'], { value: 50, source: 'environment', at: 'OPENSPEED_LIMITS_HEADERS' });
        assert.deepEqual(shown['deadlines.idle_s'], { value: 75, source: 'default', at: 'default' });
        assert.match((await command('show')).stdout, /^limits\.body = 5 +# openspeed\.json:2:22$/m);
    });

    test('the schema names every key that is shown', async () => {
        const { stdout } = await run(openspeed, ['config', 'schema']);
        const schema = JSON.parse(stdout);
        const type = (one) => schema.$defs[one.$ref?.split('/').at(-1)] ?? {};
        const keys = (one, at = '') => Object.entries(type(one).properties).flatMap(([name, member]) =>
            type(member).properties ? keys(member, `${at}${name}.`) : [`${at}${name}`]);
        const shown = JSON.parse((await command('show', '--json')).stdout);
        assert.deepEqual(keys(schema).filter((key) => key !== '$schema'), Object.keys(shown));
    });

    test('the sample of the documentation is good', async () => {
        const page = fs.readFileSync(path.join(root, 'docs/configuration.md'), 'utf8');
        config(/```json\n(.*?)```/s.exec(page)[1]);
        const shown = JSON.parse((await command('show', '--json')).stdout);
        assert.deepEqual(shown['limits.body'], { value: 8388608, source: 'file', at: 'openspeed.json:5:23' });
    });
});
