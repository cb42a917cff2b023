// Workers that are killed, reloads and upgrades, under load: what clients notice of them.
import { childrenOf, sleep } from '../integration/start.mjs';
import { failures, load, nowUs } from './clients.mjs';

const PID = { path: '/pid', workers: true };
const FRESH_PART = 0.1; // of the rate, on a new connection each

/** Two clients that together ask `rate` times a second: most on kept connections, some on new ones each. */
export async function pair(port, rate, connections, options = PID) {
    const fresh = Math.max(20, Math.round(rate * FRESH_PART));
    const clients = await Promise.all([
        load(port, { ...options, rate: rate - fresh, connections }),
        load(port, { ...options, rate: fresh, connections: 0, connections_max: 1024, per_connection: 1 }),
    ]);
    await Promise.all(clients.map((one) => one.ready()));
    return {
        kill: () => clients.forEach((one) => one.kill()),
        end: async () => {
            const [kept, once] = await Promise.all(clients.map((one) => one.end()));
            return { kept, once, right: kept.right + once.right, per_s: kept.right_per_s + once.right_per_s,
                failed: failures(kept) + failures(once), events: [...kept.events, ...once.events],
                workers: [...kept.workers, ...once.workers], samples: [...kept.samples, ...once.samples] };
        },
    };
}

export const middle = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

const LOST = new Set(['lost_fresh', 'lost_kept', 'lost_cut', 'closed_idle']);

/** Whether a kill explains an event: the connection was that worker's, or new and not yet anybody's. */
const explains = (kill, event, late_us) => LOST.has(event.kind) && event.at_us >= kill.at_us && event.at_us <= kill.at_us + late_us &&
    (event.worker === kill.worker || (event.worker === 0 && event.answers === 0));

/** Kills a worker, any of those that serve, `count` times under load.
 *
 *  lost      requests that were sent and got no answer
 *  foreign   what clients noticed and no kill explains: must be empty
 *  again_ms  for each kill, until a worker that had not answered before did */
export async function kills(app, { count, rate, connections, pause_ms, late_ms }) {
    const clients = await pair(app.port, rate, connections);
    const done = [];
    try {
        await sleep(1000);
        for (let i = 0; i < count; i++) {
            const workers = childrenOf(app.pid());
            const worker = workers[Math.floor(Math.random() * workers.length)];
            done.push({ worker, at_us: nowUs(), mates: workers.length });
            process.kill(worker, 'SIGKILL');
            await sleep(pause_ms);
        }
        await sleep(500);
        const all = await clients.end();
        const first = new Map();
        for (const { worker, first_us } of all.workers) first.set(worker, Math.min(first_us, first.get(worker) ?? Infinity));
        const later = [...first.values()].sort((a, b) => a - b);
        const again_ms = done.map(({ at_us }) => ((later.find((us) => us > at_us) ?? Infinity) - at_us) / 1000);
        return {
            ...all, kills: done, again_ms,
            lost: all.events.filter(({ kind }) => kind.startsWith('lost_')).length,
            foreign: all.events.filter((event) => !done.some((kill) => explains(kill, event, late_ms * 1000))),
        };
    } finally {
        clients.kill();
    }
}

/** Reloads and then upgrades under load. */
export async function handovers(app, { reloads, upgrades, rate, connections, pause_ms }) {
    const clients = await pair(app.port, rate, connections);
    const took_ms = { reload: [], upgrade: [] };
    try {
        await sleep(500);
        for (const [what, count] of [['reload', reloads], ['upgrade', upgrades]]) {
            for (let i = 0; i < count; i++) {
                const began = performance.now();
                await app[what]();
                took_ms[what].push(performance.now() - began);
                await sleep(pause_ms);
            }
        }
        return { ...await clients.end(), took_ms };
    } finally {
        clients.kill();
    }
}
