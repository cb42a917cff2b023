// The three servers: how each is started on a database and a processor, and what it has used of that.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { childrenOf, root, sleep, within } from '../../tests/integration/start.mjs';

const START_MS = 20_000, STOP_MS = 10_000;
const TICKS_A_SECOND = 100; // of /proc/PID/stat, on Linux everywhere

/** name: the command, and what it reads from the environment besides. */
export const commands = (folder) => ({
    openspeed: (port, database) => ({
        command: [path.join(root, 'examples/conduit/.openspeed/release/app'), '--host', '127.0.0.1', '--port', port, '--workers', '1'],
        env: { DATABASE_URL: `file:${database}` },
    }),
    fastify: (port, database) => ({
        command: [path.join(folder, `node_modules/node-linux-${process.arch}/bin/node`), path.join(folder, 'fastify/app.mjs')],
        env: { PORT: port, DATABASE: database },
    }),
    elysia: (port, database) => ({
        command: [path.join(folder, 'node_modules/.bin/bun'), path.join(folder, 'elysia/app.mjs')],
        env: { PORT: port, DATABASE: database },
    }),
});

function freePort() {
    return new Promise((done) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => done(port));
        });
    });
}

/** Starts a server that is killed with `stop()`; it answers already. */
export async function start(name, how, { database, key, processor, log }) {
    const port = await freePort();
    const { command, env } = how(String(port), database);
    const out = fs.openSync(log, 'a');
    const child = spawn('taskset', ['-c', String(processor), ...command], {
        env: { ...process.env, NODE_ENV: 'production', CONDUIT: path.join(root, 'examples/conduit'), CONDUIT_SECRET: key, ...env },
        stdio: ['ignore', out, out],
    });
    fs.closeSync(out);
    const exited = new Promise((done) => child.on('exit', done));
    const answers = async () => {
        for (;;) {
            if (child.exitCode !== null) throw new Error(`${name} ended at start:\n${fs.readFileSync(log, 'utf8')}`);
            if (await fetch(`http://127.0.0.1:${port}/api/tags`).then((answer) => answer.ok, () => false)) return;
            await sleep(20);
        }
    };
    const stop = async () => {
        child.kill('SIGTERM');
        await within(STOP_MS, `end of ${name}`, exited).catch(() => child.kill('SIGKILL'));
    };
    try {
        await within(START_MS, `start of ${name}`, answers());
    } catch (error) {
        await stop();
        throw error;
    }
    return { name, port, pid: child.pid, stop };
}

/** Seconds that a process and those below it, with all their threads, have run: for themselves, and in the system. */
export function used(pid) {
    const sum = { user: 0, system: 0 };
    for (const one of [pid, ...childrenOf(pid)]) {
        const stat = fs.readFileSync(`/proc/${one}/stat`, 'utf8');
        const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
        sum.user += user / TICKS_A_SECOND;
        sum.system += system / TICKS_A_SECOND;
    }
    return sum;
}
