// Runs an application as an init system would: by its path, with a file that names whoever serves.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root, scratchDatabase, start, surroundings, until } from './start.mjs';

/** Builds an application, by starting it once; gives a folder with the executable in it, and its public/. */
export async function installed(name) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-service-'));
    const app = await start(name);
    const executable = path.join(folder, 'app');
    fs.copyFileSync(fs.readlinkSync(`/proc/${app.pid}/exe`), executable);
    const files = path.resolve(root, 'examples', name, 'public');
    if (fs.existsSync(files)) fs.cpSync(files, path.join(folder, 'public'), { recursive: true });
    await app.stop();
    return { folder, executable, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}

export const alive = (pid) => {
    try {
        return !/\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
        return false;
    }
};

const running = new Set();

/** Ends what a test that failed has left behind, which would keep the test runner waiting. */
export function killServices() {
    for (const one of running) one.kill();
}

/** Starts the executable of installed(). */
export async function service({ folder, executable }, args = [], env = {}, measured = false) {
    const database = scratchDatabase(), pidFile = path.join(folder, `pid-${Math.random().toString(36).slice(2)}`);
    const child = spawn(executable, ['--port', '0', '--json', '--pid-file', pidFile, ...args],
        { stdio: ['ignore', 'pipe', 'pipe'], env: surroundings({ DATABASE_URL: database.url, ...env }, measured) });
    const self = { child, log: '', out: '', pidFile };
    child.stderr.on('data', (data) => (self.log += data));
    child.stdout.on('data', (data) => (self.out += data));
    self.pid = () => +fs.readFileSync(pidFile, 'utf8');
    self.kill = () => {
        running.delete(self);
        child.kill('SIGKILL');
        try {
            process.kill(self.pid(), 'SIGKILL'); // its workers end by themselves
        } catch {
            // It has ended.
        }
        child.stdout.destroy();
        child.stderr.destroy();
    };
    running.add(self);
    await until(60_000, 'the announcement', () => self.out.includes('\n'));
    Object.assign(self, JSON.parse(self.out.split('\n')[0]), { pid: self.pid });
    self.upgrade = async () => {
        const before = self.pid();
        process.kill(before, 'SIGUSR2');
        await until(60_000, 'an upgrade', () => self.pid() !== before);
        return before;
    };
    /** Reads the configuration again, and waits until it is in force. */
    self.reload = async () => {
        const from = self.log.length;
        process.kill(self.pid(), 'SIGHUP');
        await until(60_000, 'a reload', () => /reload: the new configuration is in force\n/.test(self.log.slice(from)));
    };
    self.end = async () => {
        const pid = self.pid();
        process.kill(pid, 'SIGTERM');
        await until(30_000, 'the end', () => !alive(pid) && !fs.existsSync(pidFile) && !alive(child.pid));
        database.remove();
        running.delete(self);
    };
    return self;
}
