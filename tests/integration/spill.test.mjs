// A whole answer whose client does not read waits in a file, under all that a worker has given up, and is the same to its last byte.
// Sanitizers: address, thread. Files are written by threads.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { childrenOf, sleep, spilledFiles, start, until, within } from './start.mjs';

const PATIENCE_MS = 60_000;
const SIZE = 12_000_000; // more than the kernel keeps for a client
const VALUE = JSON.stringify(Array.from({ length: SIZE / 10 }, (_, i) => String(i).padStart(7, '0')));
const LIMITS = { OPENSPEED_LIMITS_BODY: '16777216', OPENSPEED_LIMITS_MIN_SEND_RATE: '0' };

let temp;
before(() => {
    temp = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-spill-'));
});
after(() => fs.rmSync(temp, { recursive: true, force: true }));

/** Asks for the value that it sends, then for more, and reads nothing yet. */
function ask(app, more = '') {
    const socket = net.connect({ port: app.port, host: '127.0.0.1' });
    const parts = [];
    socket.on('error', () => {});
    socket.pause();
    socket.write(`POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${VALUE.length}\r\n\r\n${VALUE}${more}`);
    const ended = new Promise((done) => socket.on('close', done));
    /** Reads until the connection ends. */
    const all = async () => {
        socket.on('data', (data) => parts.push(data));
        socket.resume();
        await within(PATIENCE_MS, 'the end of the answers', ended);
        return Buffer.concat(parts).toString('latin1');
    };
    return { socket, all };
}

const withApp = async (options, what) => {
    const app = await start('probe', { ...options, env: { ...LIMITS, OPENSPEED_TEMP_FOLDER: temp, ...options.env } });
    try {
        await what(app, childrenOf(app.pid)[0]);
    } finally {
        await app.stop();
    }
};
const LAST = 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

/** The value, whole, and the answers behind it. */
function judge(text) {
    const end = text.indexOf('\r\n\r\n');
    assert.match(text.slice(0, end), /^HTTP\/1.1 200 OK\r\n/);
    assert.ok(text.slice(end + 4, end + 4 + VALUE.length) === VALUE, 'each byte is the one that was sent');
    const rest = text.slice(end + 4 + VALUE.length);
    assert.equal(rest.match(/HTTP\/1.1 200 OK/g).length, 2);
    assert.ok(rest.endsWith('OpenSpeed answers.\n'));
}

for (const seccomp of ['on', 'strict']) {
    test(`in a file, with seccomp ${seccomp}: whole, and what was asked behind it is answered`, () =>
        withApp({ args: ['--seccomp', seccomp, '--harden', 'dump=off'] }, async (app, worker) => {
            assert.equal(spilledFiles(worker, temp), 0);
            const { all } = ask(app, LAST);
            await until(PATIENCE_MS, 'it goes to a file', () => spilledFiles(worker, temp) === 1);
            judge(await all());
            await until(PATIENCE_MS, 'the file is closed', () => spilledFiles(worker, temp) === 0);
            assert.deepEqual(fs.readdirSync(`${temp}/openspeed-${process.getuid()}`), []);
        }));
}

test('who resets leaves no file', () => withApp({ args: ['--harden', 'dump=off'] }, async (app, worker) => {
    const { socket } = ask(app);
    await until(PATIENCE_MS, 'it goes to a file', () => spilledFiles(worker, temp) === 1);
    socket.resetAndDestroy();
    await until(PATIENCE_MS, 'the file is closed', () => spilledFiles(worker, temp) === 0);
}));

test('a reload lets it be read to its end', () =>
    withApp({ args: ['--harden', 'dump=off'], env: { OPENSPEED_DEADLINES_DRAIN_S: '120' } }, async (app, worker) => {
        const { all } = ask(app, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'); // one more is answered, and closes
        await until(PATIENCE_MS, 'it goes to a file', () => spilledFiles(worker, temp) === 1);
        process.kill(app.pid, 'SIGHUP');
        // Before that the old one would take the last answer for one that others follow, and keep the connection.
        await until(PATIENCE_MS, 'the old one has been told', () => app.log.includes('the new configuration is in force'));
        const text = await all();
        assert.ok(text.slice(text.indexOf('\r\n\r\n') + 4).startsWith(`${VALUE}HTTP/1.1 200 OK\r\n`));
        await until(PATIENCE_MS, 'the old one ends', () => !childrenOf(app.pid).includes(worker));
    }));

for (const [what, env, said] of [
    ['where no file can be made', { OPENSPEED_TEMP_FOLDER: '/proc' }, /answers that are not read stay in memory, and large uploads are refused: \/proc\/openspeed-\d+: /],
    ['where none is wanted', { OPENSPEED_LIMITS_SPILL: '0' }, null],
]) {
    test(`in memory, ${what}: whole all the same`, () => withApp({ env }, async (app) => {
        const { all } = ask(app, LAST);
        await sleep(2500); // beyond the second after which it would go
        judge(await all());
        said ? assert.match(app.log, said) : assert.doesNotMatch(app.log, /stay in memory/);
    }));
}
