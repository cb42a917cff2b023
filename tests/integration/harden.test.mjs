// What a worker has given up: seen in /proc, and tried by a handler that does what an intruder would.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { childrenOf, openspeed, run, sanitized, scratchDatabase, sleep, start, within, writeFiles } from './start.mjs';

// Sanitizers do what the filters refuse, so that their builds have none.
const unfiltered = sanitized && 'sanitizers do not bear the filters';
const root = process.getuid() === 0;
const EPERM = 1, EACCES = 13, UID = 61234, GID = 61235;
const LOW_PORT = 700 + process.pid % 280; // which only a capability may bind, and fetch does not refuse
const DAC_OVERRIDE = 1n << 1n, NET_BIND_SERVICE = 1n << 10n;

// Each gives 0 when it was done, else errno.
const ATTEMPTS = {
    ptrace: 'syscall(SYS_ptrace, 0, 0, 0, 0)',
    peek: 'syscall(SYS_process_vm_readv, getppid(), 0, 0, 0, 0, 0)',
    unshare: 'syscall(SYS_unshare, CLONE_NEWUSER)',
    namespace: 'syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)',
    mount: 'syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, 0)',
    keyctl: 'syscall(SYS_keyctl, 0, -3, 0) < 0 ? -1 : 0',
    bpf: 'syscall(SYS_bpf, 0, 0, 0)',
    uring: 'syscall(SYS_io_uring_setup, 1, 0)',
    personality: 'syscall(SYS_personality, 0xffffffff) < 0 ? -1 : 0',
    execve: 'syscall(SYS_execve, "/bin/true", (char *[]){ "true", 0 }, 0)',
    type: 'ioctl(0, TIOCSTI, "x")',
    packets: 'closed(socket(AF_ALG, SOCK_SEQPACKET, 0))',
    foreign: 'foreign()',
    wx: 'unmapped(mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))',
    shadow: 'closed(open("/etc/shadow", O_RDONLY))',
    environ: 'closed(open("/proc/self/environ", O_RDONLY))',
    drop: 'closed(open("/tmp/openspeed-dropped", O_WRONLY | O_CREAT, 0600))',
    link: 'closed(open("outside", O_RDONLY))',
    deface: 'closed(open("routes/try/[what]/route.c", O_WRONLY))',
    own: 'closed(open("routes/try/[what]/route.c", O_RDONLY))',
    extra: 'closed(open("extra/file", O_WRONLY | O_CREAT, 0600))',
    listen: 'listening()',
    signal: 'kill(getppid(), 0)',
    dumpable: 'prctl(PR_GET_DUMPABLE) == 0 ? (errno = 1, -1) : 0',
};
const ROUTE = `#define _GNU_SOURCE 1
#include <openspeed/openspeed.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
static int closed(int fd) { return fd < 0 ? -1 : close(fd); }
static int unmapped(void *at) { return at == MAP_FAILED ? -1 : munmap(at, 4096); }
static int listening(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET };
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const int done = bind(fd, (struct sockaddr *)&any, sizeof any);
    const int cause = errno;
    close(fd);
    errno = cause;
    return done;
}
/* getpid by x32's numbers, then by those of 32 bits. */
static int foreign(void)
{
#ifdef __x86_64__
    long id = syscall(0x40000000 | SYS_getpid);
    if (id >= 0 || errno != EPERM) return id >= 0 ? 0 : -1;
    __asm__ volatile("int $0x80" : "=a"(id) : "a"(20) : "memory");
    return id > 0 ? 0 : (errno = (int)-id, -1);
#else
    return errno = EPERM, -1;
#endif
}
typedef struct In { osp_str what; } In;
OSP_TYPE(In, PATH(what));
typedef struct Cause { int32_t cause; } Cause;
OSP_TYPE(Cause, FIELD(cause));
static osp_status attempt(osp_ctx *ctx, const In *in, Cause *out)
{
    (void)ctx;
    errno = 0;
${Object.entries(ATTEMPTS).map(([name, code]) =>
        `    if (osp_str_equal(in->what, S("${name}"))) out->cause = (${code}) == 0 ? 0 : errno;`).join('\n')}
    return OSP_OK;
}
OSP_ROUTE(GET, attempt, In, Cause);
`;
const ROWS = `#include <openspeed/openspeed.h>
typedef struct Out { int64_t n; } Out;
OSP_TYPE(Out, FIELD(n));
static osp_status rows(osp_ctx *ctx, const void *in, Out *out)
{
    (void)in;
    osp_db_exec(ctx, "INSERT INTO item DEFAULT VALUES");
    const Out *one = osp_db_one(ctx, Out, "SELECT count(*) AS n FROM item");
    if (one != NULL) *out = *one;
    return OSP_OK;
}
OSP_ROUTE(POST, rows, void, Out);
`;

let folder, executable;
before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-harden-'));
    fs.chmodSync(folder, 0o755);
    writeFiles(folder, {
        'routes/try/[what]/route.c': ROUTE, 'routes/rows/route.c': ROWS, 'extra/.keep': '',
        'migrations/0001_start.sql': 'CREATE TABLE item(id INTEGER PRIMARY KEY);\n',
    });
    fs.symlinkSync('/etc/passwd', path.join(folder, 'outside'));
    const done = await run(openspeed, ['build', folder]);
    assert.equal(done.code, 0, done.stderr);
    const made = path.join(folder, '.openspeed');
    const mode = fs.readdirSync(made).find((name) => fs.existsSync(path.join(made, name, 'app')));
    executable = path.join(made, mode, 'app');
});
after(() => {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.rmSync('/tmp/openspeed-dropped', { force: true });
});

/** Runs `check` on the application, whose database belongs to `owner`. */
async function withApp(args, check, { owner = UID } = {}) {
    const database = scratchDatabase();
    const home = path.dirname(database.url.slice('file:'.length));
    if (root) fs.chownSync(home, owner, GID);
    let app;
    try {
        app = await start(folder, { database, args: ['--harden', 'verbose=on', ...args] });
        app.home = home;
        await check(app);
    } finally {
        await app?.stop();
        database.remove();
    }
}

const workerOf = (pid) => childrenOf(pid)[0];

/** /proc/PID/status as an object. */
const statusOf = (pid) => Object.fromEntries(fs.readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n').map((line) => line.split(':\t')));
const capabilities = (status, set = 'CapEff') => BigInt(`0x${status[set]}`);

const attempt = async (app, what) => (await (await fetch(`${app.url}/try/${what}`)).json()).cause;
const addRow = async (app) => (await (await fetch(`${app.url}/rows`, { method: 'POST' })).json()).n;

/** Whether Linux has a part, by what the worker says. */
const holds = (app, part) => new RegExp(` ${part}=(on|strict)`).test(app.log);

describe('by default', () => {
    test('a worker has no privileges, and serves', () => withApp([], async (app) => {
        const status = statusOf(workerOf(app.pid));
        assert.equal(status.NoNewPrivs, '1');
        assert.equal(status.Seccomp, sanitized ? '0' : '2');
        assert.equal(capabilities(status), root ? DAC_OVERRIDE : 0n);
        assert.equal(capabilities(status, 'CapPrm'), root ? DAC_OVERRIDE : 0n);
        if (root) assert.equal(capabilities(status, 'CapBnd'), DAC_OVERRIDE);
        assert.equal(await addRow(app), 1);
        assert.equal(fs.statSync(`${app.home}/test.db`).mode & 0o777, 0o640);
        if (sanitized) assert.match(app.log, /a sanitizer does not bear the rest/);
    }));

    test('what an intruder would do is refused, and the worker lives', { skip: unfiltered },
        () => withApp([], async (app) => {
            const worker = workerOf(app.pid);
            const refused = { own: 0 };
            for (const name of ['ptrace', 'peek', 'unshare', 'namespace', 'mount', 'keyctl', 'bpf', 'uring',
                'personality', 'execve', 'type', 'packets', 'foreign', 'dumpable']) refused[name] = EPERM;
            if (holds(app, 'landlock')) {
                for (const name of ['shadow', 'environ', 'drop', 'link', 'deface', 'extra']) refused[name] = EACCES;
            }
            if (holds(app, 'wx')) refused.wx = EACCES;
            const seen = {};
            for (const name of Object.keys(refused)) seen[name] = await attempt(app, name);
            assert.deepEqual(seen, refused);
            assert.match(fs.readFileSync(`/proc/${worker}/limits`, 'utf8'), /Max core file size +0 +0 /);
            assert.equal(await addRow(app), 1);
            assert.deepEqual(childrenOf(app.pid), [worker]);
        }));

    test('a worker reaches no process outside and binds no port', { skip: unfiltered }, async (t) => {
        await withApp([], async (app) => {
            if (!holds(app, 'landlock')) return t.skip('no Landlock');
            // From Linux 6.7 and 6.12 on.
            const [major, minor] = os.release().split('.').map(Number);
            const since = (a, b) => major > a || (major === a && minor >= b);
            if (since(6, 7)) assert.equal(await attempt(app, 'listen'), EACCES);
            if (since(6, 12)) assert.equal(await attempt(app, 'signal'), EPERM);
        });
    });

    test('a worker that is killed is replaced, as hardened', () => withApp([], async (app) => {
        app.crashed = true;
        const worker = workerOf(app.pid);
        process.kill(worker, 'SIGKILL');
        await within(30_000, 'the next worker', (async () => {
            while ((app.log.match(/is hardened:/g) ?? []).length < 2) await sleep(20);
        })());
        assert.equal(await addRow(app), 1);
        const status = statusOf(workerOf(app.pid));
        assert.equal(status.NoNewPrivs, '1');
        assert.notEqual(workerOf(app.pid), worker);
    }));
});

describe('by name', () => {
    test('off: nothing of it', () => withApp(['--harden', 'off,verbose=on'], async (app) => {
        const status = statusOf(workerOf(app.pid));
        assert.equal(status.NoNewPrivs, statusOf('self').NoNewPrivs);
        assert.equal(status.Seccomp, statusOf('self').Seccomp);
        if (root) assert.equal(capabilities(status), capabilities(statusOf('self')));
        // So the tests above can fail.
        for (const name of ['environ', 'drop', 'link', 'extra', 'wx', 'personality', 'keyctl', 'signal', 'listen', 'dumpable']) {
            assert.equal(await attempt(app, name), 0, name);
        }
    }));

    test('one part alone is left out', { skip: unfiltered }, async () => {
        await withApp(['--harden', 'landlock=off,verbose=on'], async (app) => {
            assert.equal(await attempt(app, 'environ'), 0);
            assert.equal(await attempt(app, 'ptrace'), EPERM);
        });
        await withApp(['--harden', 'wx=off,dump=off,verbose=on'], async (app) => {
            assert.equal(await attempt(app, 'wx'), 0);
            assert.equal(await attempt(app, 'dumpable'), 0);
        });
        await withApp(['--seccomp', 'off'], async (app) =>
            assert.equal(await attempt(app, 'personality'), 0));
    });

    test('paths are added to those that are named', { skip: unfiltered }, () =>
        withApp(['--read', '/proc:/etc/passwd', '--write', path.join(folder, 'extra')], async (app) => {
            assert.equal(await attempt(app, 'environ'), 0);
            assert.equal(await attempt(app, 'link'), 0);
            assert.equal(await attempt(app, 'extra'), 0);
            if (holds(app, 'landlock')) assert.equal(await attempt(app, 'deface'), EACCES);
        }));

    test('a word, a mode, a user or a path that is none does not start', async () => {
        for (const [args, message] of [
            [['--harden', 'landlock=perhaps'], /--harden: "landlock=perhaps" says nothing/],
            [['--harden', 'locks=off'], /"locks=off" says nothing/],
            [['--harden', 'landlock'], /"landlock" says nothing/],
            [['--seccomp', 'maybe'], /--seccomp: harden\.seccomp: must be one of/],
            [['--user', 'no such user'], /harden\.user is "no such user", which is no user here/],
            ...(sanitized ? [] : [[['--read', '/nowhere/at/all'], /\/nowhere\/at\/all: No such file/]]),
        ]) {
            const database = scratchDatabase();
            const done = await run(executable, ['--port', '0', ...args], { env: { DATABASE_URL: database.url } });
            database.remove();
            assert.ok(done.code === 1 || done.code === 2, done.stderr);
            assert.match(done.stderr, message);
        }
    });
});

describe('--seccomp strict', { skip: unfiltered }, () => {
    test('a worker serves, and a call that is not known ends it with its number', () =>
        withApp(['--seccomp', 'strict'], async (app) => {
            app.crashed = true;
            assert.equal(await addRow(app), 1);
            assert.equal(await attempt(app, 'own'), 0);
            await assert.rejects(attempt(app, 'ptrace'));
            await within(30_000, 'the report', (async () => {
                while (!/restarting\n/.test(app.log)) await sleep(20);
            })());
            assert.match(app.log, /SIGSYS by system call \d+, which --seccomp strict does not allow, while answering GET \/try\/\[what\]/);
            assert.match(app.log, /ended by signal 31 /);
            await sleep(300);
            assert.equal(await addRow(app), 2);
        }));
});

describe('--seccomp strict of the example', { skip: unfiltered }, () => {
    // With SQL, transactions, passwords and tokens, and all that HTTP/1.1 has: the list is whole.
    for (const name of ['conduit', 'wire']) {
        test(`all of ${name}.test.mjs holds`, async () => {
            const { NODE_TEST_CONTEXT: _, ...env } = process.env;
            const child = spawn(process.execPath, ['--test', '--test-reporter=tap', fileURLToPath(new URL(`${name}.test.mjs`, import.meta.url))],
            { env: { ...env, OPENSPEED_SECCOMP: 'strict' }, stdio: ['ignore', 'pipe', 'inherit'] });
            let said = '';
            child.stdout.on('data', (data) => (said += data));
            const code = await new Promise((done) => child.on('exit', done));
            assert.equal(code, 0, said.split('\n').filter((line) => /not ok|system call/.test(line)).join('\n'));
            assert.match(said, /^# pass [1-9]\d+$/m);
        });
    }
});

describe('--user', { skip: !root && 'only root becomes somebody else' }, () => {
    const nobody = root && +execFileSync('id', ['-u', 'nobody']);

    test('supervisor and worker are that user, and the low port is bound', () =>
        withApp(['--user', `${UID}:${GID}`, '--port', `${LOW_PORT}`], async (app) => {
            assert.equal(app.port, LOW_PORT);
            const ids = (id) => Array(4).fill(id).join('\t');
            for (const pid of [app.pid, workerOf(app.pid)]) {
                const status = statusOf(pid);
                assert.equal(status.Uid, ids(UID));
                assert.equal(status.Gid, ids(GID));
                assert.equal(status.Groups.trim(), `${GID}`);
                assert.equal(status.NoNewPrivs, '1');
                assert.equal(capabilities(status), pid === app.pid ? NET_BIND_SERVICE : 0n);
                assert.equal(capabilities(status, 'CapBnd') & ~NET_BIND_SERVICE, 0n);
            }
            assert.equal(await addRow(app), 1);
            assert.equal(fs.statSync(`${app.home}/test.db`).uid, UID);
        }));

    test('the file says who, and he must be able to read it', async () => {
        const file = path.join(folder, 'openspeed.json');
        fs.writeFileSync(file, `{"harden": {"user": "${UID}:${GID}", "verbose": true}}`);
        try {
            await withApp([], (app) => {
                for (const pid of [app.pid, workerOf(app.pid)]) {
                    assert.equal(statusOf(pid).Uid, Array(4).fill(UID).join('\t'));
                }
            });
            fs.chmodSync(file, 0o600);
            const { code, stderr } = await run(openspeed, ['start', folder, '--port', '0']);
            assert.equal(code, 2);
            assert.match(stderr, /error: openspeed\.json: Permission denied/);
        } finally {
            fs.rmSync(file);
        }
    });

    test('a name is looked up', () => withApp(['--user', 'nobody'], async (app) => {
        assert.equal(statusOf(workerOf(app.pid)).Uid, Array(4).fill(nobody).join('\t'));
        assert.equal(await addRow(app), 1);
    }, { owner: nobody }));
});

/** Starts the executable by a command of words; gives its first line, and ends it. */
async function direct(words, env, check, stdio = []) {
    const child = spawn(words[0], words.slice(1), { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe', ...stdio] });
    let text = '', log = '';
    child.stderr.on('data', (data) => (log += data));
    const exited = new Promise((done) => child.on('exit', done));
    const first = new Promise((done) => child.stdout.on('data', (data) => {
        text += data;
        if (text.includes('\n')) done(JSON.parse(text.slice(0, text.indexOf('\n'))));
    }));
    try {
        const said = await within(60_000, 'start', Promise.race([first, exited.then(() => assert.fail(`ended: ${log}`))]));
        await check({ ...said, url: `http://127.0.0.1:${said.port}` });
        process.kill(said.pid, 'SIGTERM');
        await within(30_000, 'end', exited);
    } finally {
        child.kill('SIGKILL');
    }
}

test('somebody else with one capability binds a low port, and workers do not have it',
    { skip: !root && 'only root gives it' }, async () => {
        const database = scratchDatabase();
        fs.chownSync(path.dirname(database.url.slice('file:'.length)), UID, GID);
        try {
            await direct(['setpriv', '--reuid', `${UID}`, '--regid', `${GID}`, '--clear-groups', '--inh-caps',
                '+net_bind_service', '--ambient-caps', '+net_bind_service', executable, '--port', `${LOW_PORT}`,
                '--json'], { DATABASE_URL: database.url }, async (app) => {
                assert.equal(app.port, LOW_PORT);
                assert.equal(capabilities(statusOf(workerOf(app.pid))), 0n);
                assert.equal(await addRow(app), 1);
            });
        } finally {
            database.remove();
        }
    });

test('a descriptor that was inherited does not reach a worker', async () => {
    const database = scratchDatabase();
    const secret = fs.openSync(path.join(folder, 'outside'), 'r');
    const files = (pid) => fs.readdirSync(`/proc/${pid}/fd`).map((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`));
    try {
        await direct([executable, '--port', '0', '--json'], { ...process.env, DATABASE_URL: database.url }, (app) => {
            assert.ok(files(app.pid).includes('/etc/passwd')); // which may be meant
            assert.ok(!files(workerOf(app.pid)).includes('/etc/passwd'));
        }, Array(9).fill(secret));
    } finally {
        fs.closeSync(secret);
        database.remove();
    }
});

test('a user whom nobody has written down, without HOME, on a read-only root', { skip: !root && 'only root mounts' }, async (t) => {
    const database = scratchDatabase();
    const home = path.dirname(database.url.slice('file:'.length));
    const script = 'mount --make-rprivate / && mount --rbind / / && mount -o remount,ro,bind / && ' +
        `mount -t tmpfs -o uid=${UID},mode=700 tmpfs "$0" && cd "$1" && ` +
        `exec setpriv --reuid ${UID} --regid ${GID} --clear-groups env -i DATABASE_URL="file:$0/x.db" ` +
        '"$2" --port 0 --json';
    try {
        execFileSync('unshare', ['-m', 'sh', '-c', 'mount --make-rprivate /; setpriv --version']);
    } catch {
        database.remove();
        return t.skip('no mounts here');
    }
    try {
        await direct(['unshare', '-m', 'sh', '-c', script, home, folder, executable], process.env, async (app) => {
            assert.throws(() => fs.accessSync(`/proc/${app.pid}/root/usr/local`, fs.constants.W_OK), { code: 'EROFS' });
            assert.equal(statusOf(workerOf(app.pid)).Uid.split('\t')[0], `${UID}`);
            assert.equal(await addRow(app), 1);
        });
    } finally {
        database.remove();
    }
});
