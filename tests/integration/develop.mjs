// `openspeed dev` as its user has it, for tests that edit an application while it serves.
//
//     const dev = await new Dev(folder).begin();
//     await dev.serving();
//     dev.write('routes/page.html', '...');
//     await dev.next(({ event }) => event === 'serving');
//     await dev.stop();
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { childrenOf, openspeed, root, sleep, surroundings, within } from './start.mjs';

export const WAIT_MS = 240_000; // for anything; builds of a slow machine with sanitizers take a minute

export class Dev {
    events = [];
    seen = 0; // of them, by next()
    log = '';

    constructor(folder, { args = [], env = {} } = {}) {
        this.folder = folder;
        this.child = spawn(openspeed, ['dev', folder, '--port', '0', '--json', ...args],
            { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: surroundings(env) });
        this.exited = new Promise((done) => this.child.on('exit', (code, signal) => done({ code, signal })));
        this.child.stderr.on('data', (data) => (this.log += data));
        let text = '';
        this.child.stdout.on('data', (data) => {
            text += data;
            for (let end; (end = text.indexOf('\n')) >= 0; text = text.slice(end + 1)) this.events.push(JSON.parse(text.slice(0, end)));
        });
    }

    /** The next event that fits; those before it are passed over. */
    async next(fits, what = fits.toString()) {
        const end = Date.now() + WAIT_MS;
        for (;;) {
            while (this.seen < this.events.length) {
                const event = this.events[this.seen++];
                if (fits(event)) return event;
            }
            assert.ok(Date.now() < end && this.child.exitCode === null,
                `${what}: not among ${JSON.stringify(this.events.slice(-8))}\n${this.log}`);
            await sleep(5);
        }
    }

    async begin() {
        const { port } = await this.next(({ event }) => event === 'listening');
        this.port = port;
        this.url = `http://127.0.0.1:${port}`;
        return this;
    }

    serving = () => this.next(({ event }) => event === 'serving');
    failed = () => this.next(({ event }) => event === 'failed');
    get = (url, headers = {}) => fetch(this.url + url, { headers });
    text = async (url, headers) => (await this.get(url, headers)).text();

    /** As editors do: another file takes the name. */
    write(file, text) {
        const at = path.join(this.folder, file);
        fs.mkdirSync(path.dirname(at), { recursive: true });
        fs.writeFileSync(`${at}~`, text);
        fs.renameSync(`${at}~`, at);
    }

    /** Several changes at once, however slow this process is. */
    burst(change) {
        this.child.kill('SIGSTOP');
        change();
        this.child.kill('SIGCONT');
    }

    /** Until one worker is left. */
    async alone() {
        for (const since = Date.now(); childrenOf(this.child.pid).length !== 1; await sleep(10)) {
            assert.ok(Date.now() - since < WAIT_MS, `${childrenOf(this.child.pid).length} processes`);
        }
    }

    async stop(signal = 'SIGINT') {
        const workers = childrenOf(this.child.pid);
        this.child.kill(signal);
        const end = await within(WAIT_MS, 'the end of openspeed dev', this.exited);
        for (const pid of workers) {
            for (const since = Date.now(); fs.existsSync(`/proc/${pid}`);) {
                assert.ok(Date.now() - since < WAIT_MS, `process ${pid} is left`);
                await sleep(20);
            }
        }
        return end;
    }
}
