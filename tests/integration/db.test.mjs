// The database of an application at a terminal, and an application whose database fails it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openspeed, run, sleep, start, within } from './start.mjs';

const ROUTE = `#include <openspeed/openspeed.h>
typedef struct In { char none; } In;
typedef struct Text { osp_str text; } Text;
OSP_TYPE(Text, FIELD(text, .max_len = 100000));
typedef struct Count { int64_t count; } Count;
OSP_LIST_OF(Count);
OSP_TYPE(Count, FIELD(count));
static osp_status count(osp_ctx *ctx, const void *in, Count *out)
{
    (void)in;
    const Count *found = osp_db_one(ctx, Count, "SELECT count(*) AS count FROM note WHERE length(text) > 0");
    *out = found != NULL ? *found : (Count){ 0 };
    return OSP_OK;
}
OSP_ROUTE(GET, count, void, Count);
static osp_status add(osp_ctx *ctx, const Text *in, Count *out)
{
    out->count = osp_db_exec(ctx, "INSERT INTO note(text) VALUES (?)", in->text);
    return OSP_OK;
}
OSP_ROUTE(POST, add, Text, Count);
`;

let folder;
const at = (...names) => path.join(folder, ...names);
/** openspeed db in the folder; `answer` is what --json says. */
async function db(words, { env = {} } = {}) {
    const [verb, ...rest] = words;
    const done = await run(openspeed, ['db', verb, ...rest, folder, '--json'],
        { env: { DATABASE_URL: '', ...env } });
    return { ...done, answer: done.stdout ? JSON.parse(done.stdout) : undefined };
}
const put = (name, text) => {
    fs.mkdirSync(path.dirname(at(name)), { recursive: true });
    fs.writeFileSync(at(name), text);
};

before(() => {
    folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-db-')));
    put('routes/notes/route.c', ROUTE);
    put('migrations/0001_start.sql', 'CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL);\n');
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('openspeed db', () => {
    test('tells how the migrations stand, and applies them', async () => {
        const sha = /^[0-9a-f]{64}$/;
        let done = await db(['status']);
        assert.equal(done.code, 3);
        assert.deepEqual({ ...done.answer, migrations: 1 },
            { ok: true, database: at('app.db'), migrations: 1, exists: false, pending: 1, wrong: 0 });
        assert.deepEqual(done.answer.migrations.map(({ sha256, ...rest }) => ({ ...rest, sha: sha.test(sha256) })),
            [{ name: '0001_start.sql', state: 'pending', recorded_sha256: null, applied_at: null, sha: true }]);
        assert.ok(!fs.existsSync(at('app.db')));
        done = await db(['migrate']);
        assert.deepEqual([done.code, done.answer],
            [0, { ok: true, database: at('app.db'), applied: ['0001_start.sql'], total: 1 }]);
        done = await db(['migrate']);
        assert.deepEqual([done.code, done.answer.applied], [0, []]);
        done = await db(['status']);
        assert.deepEqual([done.code, done.answer.pending, done.answer.migrations[0].state], [0, 0, 'applied']);
        const text = await run(openspeed, ['db', 'migrate', folder], { env: { DATABASE_URL: '' } });
        assert.equal(text.stdout, `${at('app.db')}: nothing to do, all is applied (1 migration)\n`);
    });

    test('makes the file of the next migration, and nothing that it does not know', async () => {
        const done = await db(['new', 'Add an author-name']);
        assert.deepEqual(done.answer, { ok: true, file: 'migrations/0002_add_an_author_name.sql' });
        assert.match(fs.readFileSync(at(done.answer.file), 'utf8'), /^-- Add an author-name\n/);
        for (const [words, text, code = 2] of [
            [['new'], 'error: say what the migration does: openspeed db new add_author\n'],
            [['new', '../x', folder], 'error: "../x" cannot be a name: letters, digits, and', 1],
            [['backup'], 'error: say the file of the backup: openspeed db backup FILE\n'],
            [['migrate', folder, '--wait', '0'], 'error: --wait must be a number from 1 to 3600, not "0"\n'],
            [['statsu'], 'error: there is no db statsu; did you mean status?\n'],
            [['reset', folder, '--force'], 'error: unknown option --force'],
            [['status', os.tmpdir()], ' is not an application: it has no routes/ folder\n', 1],
        ]) {
            const failed = await run(openspeed, ['db', ...words]);
            assert.equal(failed.code, code, words.join(' '));
            assert.ok(failed.stderr.includes(text), failed.stderr);
        }
    });

    test('does nothing where history does not fit, and names the file and the line that fails', async () => {
        const next = at('migrations/0002_add_an_author_name.sql');
        fs.writeFileSync(next, '-- two\nCREATE TABLE author(name TEXT);\nINSERT INTO autor VALUES (1);\n');
        let done = await db(['migrate']);
        assert.equal(done.code, 1);
        assert.deepEqual(done.answer, { ok: false, database: at('app.db'), applied: [], total: 2,
            error: '0002_add_an_author_name.sql:3:1: no such table: autor in "INSERT INTO autor VALUES (1)"' });
        assert.equal(done.stderr, `error: ${done.answer.error}\n`);
        fs.writeFileSync(next, 'CREATE TABLE author(name TEXT);\n');
        assert.deepEqual((await db(['migrate'])).answer.applied, ['0002_add_an_author_name.sql']);
        const first = fs.readFileSync(at('migrations/0001_start.sql'), 'utf8');
        put('migrations/0001_start.sql', `${first}\n`);
        done = await db(['migrate']);
        assert.equal(done.code, 1);
        assert.match(done.answer.error, /^migration 0001_start\.sql was changed .* checksum was [0-9a-f]{12} and is [0-9a-f]{12};/);
        done = await db(['status']);
        assert.deepEqual([done.code, done.answer.ok, done.answer.wrong], [1, false, 1]);
        assert.equal((await db(['check'])).answer.findings[0].kind, 'migration');
        put('migrations/0001_start.sql', first);
        assert.deepEqual((await db(['check'])).answer, { ok: true, database: at('app.db'), findings: [] });
    });

    test('writes first rows once', async () => {
        assert.match((await db(['seed'])).answer.error, /^there is no seed\.sql here/);
        put('seed.sql', "INSERT INTO note(text) VALUES ('first');\n");
        assert.deepEqual((await db(['seed'])).answer, { ok: true, ran: true });
        assert.deepEqual((await db(['seed'])).answer, { ok: true, ran: false });
        put('migrations/0003_more.sql', 'CREATE TABLE more(x);\n');
        const done = await db(['seed']);
        assert.match(done.answer.error, /^1 migration is pending, .*; run openspeed db migrate first$/);
        assert.equal((await db(['migrate'])).code, 0);
    });

    test('removes a database only when told to, and brings it back where the new one fails', async () => {
        let done = await db(['reset']);
        assert.equal(done.code, 1);
        assert.deepEqual(done.answer, { ok: false, error: 'db reset removes the database; say --yes',
            would_remove: [at('app.db')] });
        assert.match(done.stderr, /app\.db \(\d+ bytes\)\n$/);
        const before = fs.readFileSync(at('app.db'));
        put('migrations/0004_bad.sql', 'CREATE TABLE;\n');
        done = await db(['reset', '--yes']);
        assert.match(done.answer.error, /^0004_bad\.sql:1:13: /);
        assert.deepEqual(fs.readFileSync(at('app.db')), before);
        fs.rmSync(at('migrations/0004_bad.sql'));
        done = await db(['reset', '--yes']);
        assert.deepEqual(done.answer, { ok: true, database: at('app.db'), removed: [at('app.db')], seeded: true,
            applied: ['0001_start.sql', '0002_add_an_author_name.sql', '0003_more.sql'] });
        assert.deepEqual(fs.readdirSync(folder).filter((name) => name.includes('reset')), []);
        const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-db-'));
        done = await db(['reset', '--yes'], { env: { DATABASE_URL: `file:${outside}/x.db` } });
        assert.match(done.answer.error, /^db reset is for development: .*x\.db is not in the folder of the application/);
        fs.rmSync(outside, { recursive: true });
        const seed = fs.readFileSync(at('seed.sql'), 'utf8');
        done = await db(['reset', '--yes'], { env: { DATABASE_URL: 'file:seed.sql' } });
        assert.match(done.answer.error, /seed\.sql is no database; see what DATABASE_URL says$/);
        assert.equal(fs.readFileSync(at('seed.sql'), 'utf8'), seed);
    });

    test('shows a DATABASE_URL that cannot be used beside a right one, without its secrets', async () => {
        for (const [url, cause] of [
            ['app.db', /^DATABASE_URL is "app\.db", .*file:app\.db$/],
            ['postgres://me:hush@h/d', /^DATABASE_URL is "postgres:\/\/\*\*\*@h\/d", .*file:app\.db$/],
            ['file:/nowhere/x.db', /DATABASE_URL names, file:\/nowhere\/x\.db: .*No such file or directory$/],
        ]) {
            const done = await db(['migrate'], { env: { DATABASE_URL: url } });
            assert.equal(done.code, 1);
            assert.match(done.answer.error, cause);
            assert.doesNotMatch(done.stderr + done.stdout, /hush/);
        }
    });
});

describe('an application', () => {
    let app;
    const add = (text = 'x') => fetch(`${app.url}/notes`, { method: 'POST', body: JSON.stringify({ text }),
        headers: { 'Content-Type': 'application/json' } });
    const count = async () => {
        const answer = await fetch(`${app.url}/notes`);
        return answer.ok ? (await answer.json()).count : answer;
    };
    const logged = (words) => within(30_000, `${words} in the log`, (async () => {
        while (!words.test(app.log)) await sleep(20);
    })());
    /** A failure as its clients see it: a problem that says nothing of files. */
    const failed = async (answer) => {
        assert.equal(answer.status, 500);
        assert.equal(answer.headers.get('content-type'), 'application/problem+json');
        assert.doesNotMatch(await answer.text(), /sqlite|database|disk|\.db|\.c\b|SELECT|INSERT/i);
    };

    test('has the same commands where there is no source', async () => {
        app = await start(folder, { database: { url: `file:${at('app.db')}` } });
        const bare = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-db-'));
        const executable = path.join(bare, 'app');
        fs.copyFileSync(fs.readlinkSync(`/proc/${app.pid}/exe`), executable);
        const order = (...words) => run(executable, ['db', ...words, '--json'],
            { env: { DATABASE_URL: `file:${bare}/x.db` } });
        assert.equal((await order('status')).code, 3);
        assert.equal(JSON.parse((await order('migrate')).stdout).applied.length, 3);
        assert.equal((await order('status')).code, 0);
        assert.equal((await order('check')).code, 0);
        assert.equal((await order('backup', path.join(bare, 'y.db'))).code, 0);
        assert.equal((await order('reset')).code, 2);
        const behind = await run(executable, ['--drain-delay', '5', 'db', 'backup', '--force', `${bare}/y.db`],
            { env: { DATABASE_URL: `file:${bare}/x.db` } }); // as an image says its own options first
        assert.equal(behind.code, 0, behind.stderr);
        fs.rmSync(bare, { recursive: true });
    });

    test('is not reset, and is backed up while it writes', async () => {
        const done = await db(['reset', '--yes']);
        assert.match(done.answer.error, /^process \d+ has .*app\.db open; end it first$/);
        let writes = 0, stop = false;
        const writing = (async () => {
            while (!stop) writes += (await add()).status === 200;
        })();
        const made = await db(['backup', at('kept.db')]);
        stop = true;
        await writing;
        assert.equal(made.code, 0, made.stderr);
        assert.deepEqual({ ...made.answer, bytes: 0, ms: 0 },
            { ok: true, database: at('app.db'), file: at('kept.db'), bytes: 0, ms: 0 });
        assert.equal(fs.statSync(at('kept.db')).size, made.answer.bytes);
        assert.equal(await count(), 1 + writes);
        assert.match((await db(['backup', at('kept.db')])).answer.error, /is there already; say another name, or --force/);
        assert.equal((await db(['backup', at('kept.db'), '--force'])).code, 0);
    });

    test('answers with a problem where the file is corrupt, and serves again from a backup', async () => {
        for (let i = 0; i < 100; i++) assert.equal((await add('y'.repeat(2000))).status, 200);
        const told = await count();
        await app.stop(); // which leaves one file
        const whole = fs.readFileSync(at('app.db'));
        assert.equal((await db(['backup', at('kept.db'), '--force'])).code, 0);
        const broken = Buffer.from(whole);
        broken.fill('x', 4096 * 8);
        fs.writeFileSync(at('app.db'), broken);
        app = await start(folder, { database: { url: `file:${at('app.db')}` } });
        await failed(await count());
        await logged(/error: GET \/notes: database disk image is malformed in "SELECT count/);
        assert.equal((await fetch(`${app.url}/livez`)).status, 200);
        assert.equal((await db(['check'])).answer.ok, false);
        const kept = await db(['backup', at('more.db')]);
        assert.match(kept.answer.error, /^the database (is corrupt|cannot be copied)/);
        assert.ok(!fs.existsSync(at('more.db')));
        await app.stop();
        for (const end of ['', '-wal', '-shm']) fs.rmSync(at(`app.db${end}`), { force: true });
        fs.copyFileSync(at('kept.db'), at('app.db'));
        app = await start(folder, { database: { url: `file:${at('app.db')}` } });
        assert.equal(await count(), told);
        await app.stop();
    });

    test('fails writes alone while the disk is full, and keeps what it has told', async (t) => {
        const disk = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-disk-'));
        try {
            execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', disk], { stdio: 'ignore' });
        } catch {
            fs.rmdirSync(disk);
            return t.skip('nothing can be mounted here');
        }
        try {
            app = await start(folder, { database: { url: `file:${disk}/app.db` } });
            let told = 0, full = 0;
            for (let i = 0; i < 60; i++) {
                const answer = await add('z'.repeat(20_000));
                if (answer.status === 200) told++;
                else await failed(answer), full++;
                assert.equal(await count(), told);
            }
            assert.ok(told > 0 && full > 0);
            await logged(/error: POST \/notes: (database or disk is full|disk I\/O error)/);
            execFileSync('mount', ['-o', 'remount,size=4m', disk]);
            assert.equal((await add()).status, 200);
            await app.stop();
            app = await start(folder, { database: { url: `file:${disk}/app.db` } });
            assert.equal(await count(), told + 1);
            await app.stop();
        } finally {
            execFileSync('umount', ['-l', disk]);
            fs.rmdirSync(disk);
        }
    });
});
