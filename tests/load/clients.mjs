// Starts the clients of tests/load and tests/attack, and looks at what a process holds.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root, within } from '../integration/start.mjs';

const build = process.env.OPENSPEED_BUILD_DIR ?? path.join(root, 'build');
export const sanitized = /-(asan|tsan)$/.test(build);

/** Microseconds of the clock that the clients' events are told in. */
export const nowUs = () => Number(process.hrtime.bigint() / 1000n);

/** Starts a client that says {"ready":N} and, in the end, what came of it; `end()` gives that. */
async function client(name, args) {
    const child = spawn(path.join(build, 'tests', name), args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    const exited = new Promise((done) => child.on('close', (code) => done(code)));
    const ready = new Promise((done, fail) => {
        child.stdout.on('data', (data) => {
            text += data;
            if (text.includes('\n')) done();
        });
        exited.then(() => fail(new Error(`${name} ${args.join(' ')} ended at once`)));
    });
    ready.catch(() => {});
    const self = { child, ready: () => within(60_000, `start of ${name}`, ready) };
    /** Waits for the end, which `soon` asks for. */
    self.end = async (soon = true) => {
        if (soon && child.exitCode === null) child.kill('SIGTERM');
        assert.equal(await exited, 0, `${name} ${args.join(' ')} failed`);
        return JSON.parse(text.trimEnd().split('\n').at(-1));
    };
    self.kill = () => child.kill('SIGKILL');
    return self;
}

/** tests/load with `{ connections: 4, per_connection: 1, workers: true }` as its options; undefined ones are none. */
export const load = (port, options) => client('load', Object.entries({ port, ...options })
    .filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => [`--${name.replaceAll('_', '-')}`, ...(value === true ? [] : [value])]));

/** tests/attack: NAME of its list, for so many seconds; connections 0: as many as its table says. */
export const attack = (name, port, seconds, connections = 0) =>
    client('attack', [name, port, seconds, ...(connections > 0 ? [connections] : [])]);

/** What a load client must never see of a server that is well: requests and connections that failed. */
export const failures = (done) => done.wrong + done.refused + done.lost_fresh + done.lost_kept + done.lost_cut +
    done.closed_idle + done.connect_failed + done.timed_out + done.unanswered + done.unsent;

const numberOf = (text, name) => +(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? NaN);

/** KiB of user memory and the number of descriptors; null when the process is gone.  A worker must have been started
 *  with `--harden dump=off`, or nobody may look. */
export function held(pid) {
    try {
        const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
        return {
            private: numberOf(text, 'Private_Dirty'),
            rss: numberOf(text, 'Rss'),
            descriptors: fs.readdirSync(`/proc/${pid}/fd`).length,
        };
    } catch {
        return null;
    }
}
