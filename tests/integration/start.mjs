// Starts an example as its user would, for tests that talk to it over sockets.
//
//     const app = await start('conduit');
//     await fetch(`${app.url}/api/tags`);
//     await app.stop();          // SIGTERM, and it must end by itself with 0
//
// OPENSPEED names the command, else build/openspeed of this tree.  OPENSPEED_WITNESS has what is said to app.url
// watched: tests/oracle/prism.mjs.
import assert from 'node:assert/strict';
import { spawn, execFile } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const openspeed = process.env.OPENSPEED
    ? path.resolve(process.env.OPENSPEED) : path.join(root, 'build/openspeed');

/** Whether the command is built with a sanitizer, and all that it builds. */
export const sanitized = /-(asan|tsan)$/.test(process.env.OPENSPEED_BUILD_DIR ?? '');

const START_MS = 120_000; // a first start compiles the application
const STOP_MS = 30_000;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** A machine that does other things makes every worker look as if too much were asked of it: nobody is refused for it. */
const patient = { OPENSPEED_DEADLINES_WAIT_MS: '0' };

/** Fails instead of hanging. */
export async function within(ms, what, promise) {
    let timer;
    const late = new Promise((_, fail) => {
        timer = setTimeout(() => fail(new Error(`${what}: nothing within ${ms} ms`)), ms);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}

/** Waits until `ready` gives something, which it returns. */
export async function until(ms, what, ready) {
    for (const end = Date.now() + ms; ; await sleep(10)) {
        const found = await ready();
        if (found) return found;
        assert.ok(Date.now() < end, `${what}: nothing within ${ms} ms`);
    }
}

/** Writes `files`, names below the folder and what is in them. */
export function writeFiles(folder, files) {
    for (const [name, content] of Object.entries(files)) {
        const file = path.join(folder, name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, content);
    }
}

/** Copies an application of this tree, without what was built of it: others may build it at the same time. */
export function copyApp(from, folder) {
    fs.cpSync(path.join(root, from), folder, { recursive: true, filter: (name) => path.basename(name) !== '.openspeed' });
    return folder;
}

/** How many files without a name a process has open in a worker's folder below `temp`. */
export function spilledFiles(pid, temp) {
    return fs.readdirSync(`/proc/${pid}/fd`).filter((fd) => {
        try {
            return fs.readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(`${temp}/openspeed-${process.getuid()}/`);
        } catch {
            return false; // it was closed meanwhile
        }
    }).length;
}

/** A database file of its own, gone with `remove()`. */
export function scratchDatabase() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-test-'));
    return {
        url: `file:${path.join(folder, 'test.db')}`,
        remove: () => fs.rmSync(folder, { recursive: true, force: true }),
    };
}

/** Writes examples/bench into a folder, with two of the resources that only make its tables long: a hundred files take seconds to compile. */
export const copyBench = (folder) => fs.cpSync(path.join(root, 'examples/bench'), folder,
    { recursive: true, filter: (from) => !/\.openspeed$|resource(?!(0|19)\b)/.test(from) });

/** Runs a program to its end; gives { code, stdout, stderr }. */
export function run(command, args, { env = {}, input } = {}) {
    return new Promise((done) => {
        const child = execFile(command, args,
            { cwd: root, env: { ...process.env, ...env }, timeout: START_MS, maxBuffer: 1 << 26 },
            (error, stdout, stderr) => done({ code: error ? error.code ?? -1 : 0, stdout, stderr }));
        child.stdin.on('error', () => {});
        child.stdin.end(input ?? '');
    });
}

/** What a test's server has in its environment.  `measured`: it refuses as one in use does. */
export const surroundings = (env, measured = false) => ({ ...process.env, ...(measured ? {} : patient), ...env });

/** Starts examples/NAME, or an absolute folder, on a free port.  `database` survives stop() when it is given. */
export async function start(name, { database, env = {}, args = [], measured } = {}) {
    assert.ok(fs.existsSync(openspeed), `${openspeed} is not there: run make first`);
    const db = database ?? scratchDatabase();
    const folder = path.resolve(root, 'examples', name);
    // One worker, so that a test knows who answers, unless the configuration says how many.
    const file = path.join(folder, 'openspeed.json');
    const said = fs.existsSync(file) && fs.readFileSync(file, 'utf8').includes('"workers"');
    const alone = said ? {} : { OPENSPEED_WORKERS: '1' };
    const child = spawn(openspeed, ['start', folder, '--port', '0', '--json', ...args], {
        cwd: root,
        env: surroundings({ CONDUIT_SECRET: '', DATABASE_URL: db.url, ...alone, ...env }, measured),
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    const app = { child, log: '', crashed: false }; // crashed: a test killed a worker on purpose
    child.stderr.on('data', (data) => (app.log += data));
    const exited = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })));

    const line = new Promise((done, fail) => {
        let text = '';
        child.stdout.on('data', (data) => {
            text += data;
            if (text.includes('\n')) done(text.slice(0, text.indexOf('\n')));
        });
        exited.then(({ code, signal }) =>
            fail(new Error(`${name} ended at start (${code ?? signal}):\n${text}${app.log}`)));
    });
    try {
        const { pid, port, listen } = JSON.parse(await within(START_MS, `start of ${name}`, line));
        Object.assign(app, { pid, port, listen, url: `http://127.0.0.1:${port}` });
    } catch (error) {
        child.kill('SIGKILL');
        if (!database) db.remove();
        throw error;
    }

    let stopped = null;
    app.stop = () => (stopped ??= (async () => {
        try {
            if (child.exitCode === null && child.signalCode === null) process.kill(app.pid, 'SIGTERM');
            const end = await within(STOP_MS, `end of ${name}`, exited);
            assert.deepEqual(end, { code: 0, signal: null }, `${name} did not end cleanly:\n${app.log}`);
            // What a sanitizer found in a worker does not always end it.
            if (!app.crashed) assert.doesNotMatch(app.log, /runtime error:|ERROR: \w+Sanitizer/);
        } finally {
            child.kill('SIGKILL');
            if (!database) db.remove();
        }
    })());
    app.exited = exited;
    if (process.env.OPENSPEED_WITNESS) {
        const { watch } = await import('../oracle/witness.mjs');
        await watch(app, name, JSON.parse(process.env.OPENSPEED_WITNESS)).catch(async (error) => {
            await app.stop(); // or it would outlive the test that has failed, and keep its file from ending
            throw error;
        });
    }
    return app;
}

/** The processes below `pid` that are alive. */
export function childrenOf(pid) {
    const found = [];
    for (const entry of fs.readdirSync('/proc')) {
        if (!/^\d+$/.test(entry)) continue;
        try {
            const stat = fs.readFileSync(`/proc/${entry}/stat`, 'utf8');
            const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
            if (+parent === pid && state !== 'Z') found.push(+entry);
        } catch {
            // It ended while we looked.
        }
    }
    return found;
}

/** A connection on which every byte is ours. */
export class Wire {
    parts = []; // what came and was not taken yet, and how many bytes that is
    count = 0;

    get bytes() {
        if (this.parts.length !== 1) this.parts = [Buffer.concat(this.parts)];
        return this.parts[0];
    }

    set bytes(bytes) {
        this.parts = [bytes];
        this.count = bytes.length;
    }

    static async open(port) {
        const wire = new Wire();
        wire.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
        wire.ended = false; // the server closed its side, or reset the connection
        wire.wake = () => {};
        wire.socket.on('data', (data) => {
            wire.parts.push(data);
            wire.count += data.length;
            wire.wake();
        });
        for (const event of ['end', 'close', 'error']) {
            wire.socket.on(event, () => {
                wire.ended = true;
                wire.wake();
            });
        }
        await new Promise((done, fail) => wire.socket.once('connect', done).once('error', fail));
        return wire;
    }

    send(data) {
        this.socket.write(data);
        return this;
    }

    /** Closes our side; the server may still answer. */
    halfClose() {
        this.socket.end();
        return this;
    }

    close() {
        this.socket.destroy();
    }

    async #until(ready, what) {
        while (!ready()) {
            if (this.ended) {
                throw new Error(`closed before ${what}; had ${JSON.stringify(String(this.bytes.subarray(0, 200)))}`);
            }
            await within(20_000, what, new Promise((done) => (this.wake = done)));
        }
    }

    /** The next response; `head`: it answers a HEAD and has no body. */
    async response({ head = false } = {}) {
        await this.#until(() => this.bytes.includes('\r\n\r\n'), 'a response head');
        const end = this.bytes.indexOf('\r\n\r\n');
        const [first, ...fields] = this.bytes.subarray(0, end).toString('latin1').split('\r\n');
        const [, version, status] = /^(HTTP\/1\.[01]) (\d{3}) /.exec(first + ' ') ?? assert.fail(`not a status line: ${first}`);
        const headers = {};
        for (const field of fields) {
            const [, name, value] = /^([!-9;-~]+):[ \t]*(.*?)[ \t]*$/.exec(field) ?? assert.fail(`not a field: ${field}`);
            assert.ok(!(name.toLowerCase() in headers), `${name} is there twice`);
            headers[name.toLowerCase()] = value;
        }
        this.bytes = this.bytes.subarray(end + 4);
        const bare = head || +status < 200 || +status === 204 || +status === 304;
        const length = bare ? 0 : Number(headers['content-length'] ?? assert.fail('no Content-Length'));
        await this.#until(() => this.count >= length, `${length} bytes of a body`);
        const body = this.bytes.subarray(0, length).toString();
        this.bytes = this.bytes.subarray(length);
        return { version, status: +status, headers, body };
    }

    /** Waits until the server closes; nothing may come before it. */
    async closed() {
        while (!this.ended) {
            await within(20_000, 'the end of the connection', new Promise((done) => (this.wake = done)));
        }
        assert.equal(this.count, 0, `unexpected bytes: ${this.bytes}`);
        this.close();
    }
}

/** One request on a connection of its own. */
export async function ask(port, request, options) {
    const wire = await Wire.open(port);
    try {
        return await wire.send(request).response(options);
    } finally {
        wire.close();
    }
}
