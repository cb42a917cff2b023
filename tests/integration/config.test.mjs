// openspeed.json: where values come from, and what is said about bad ones.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import { config, folder, post, reload, withApp } from './configured.mjs';
import { Wire, childrenOf, openspeed, root, run, sleep, start, within } from './start.mjs';

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
