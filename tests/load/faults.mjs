// Workers that are killed, reloads and upgrades, under load: what clients notice of them.
import { childrenOf, sleep, Wire } from '../integration/start.mjs';
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

/** Ways to end a worker, any of those that serve; each gives which, and when. */
export const WAYS = {
    kill: async (app) => {
        const workers = childrenOf(app.pid());
        const ended = { worker: workers[Math.floor(Math.random() * workers.length)], at_us: nowUs() };
        process.kill(ended.worker, 'SIGKILL');
        return ended;
    },
    crash: async (app, index) => {
        const wire = await Wire.open(app.port);
        const { body } = await wire.send('GET /pid HTTP/1.1\r\nHost: a\r\n\r\n').response();
        const ended = { worker: +body, at_us: nowUs() };
        wire.send(`${CRASH_METHODS[index % CRASH_METHODS.length]} /crash HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
        await wire.closed();
        return ended;
    },
};
const CRASH_METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'];
/** Crashes of tests/apps/load that shut none of its routes: one less than OSP_CRASHES_MAX of each. */
export const CRASHES_UNSHUT = 4 * CRASH_METHODS.length;

/** For each end of a worker, milliseconds until one that had not answered before did: each replaces one. */
function againMs(ends, workers) {
    const first = new Map();
    for (const { worker, first_us } of workers) first.set(worker, Math.min(first_us, first.get(worker) ?? Infinity));
    const times = [...first.values()].sort((a, b) => a - b);
    return ends.map(({ at_us }) => {
        while (times.length > 0 && times[0] <= at_us) times.shift();
        return ((times.shift() ?? Infinity) - at_us) / 1000;
    });
}

/** Ends workers `count` times under load, by one of WAYS.
 *
 *  lost      requests that were sent and got no answer
 *  foreign   what clients noticed and no end explains: must be empty
 *  again_ms  for each, until another worker answered in its place */
export async function kills(app, { count, rate, connections, pause_ms, late_ms, way = WAYS.kill }) {
    const clients = await pair(app.port, rate, connections);
    const done = [];
    try {
        await sleep(1000);
        for (let i = 0; i < count; i++) {
            done.push(await way(app, i));
            await sleep(pause_ms);
        }
        await sleep(500);
        const all = await clients.end();
        return {
            ...all, kills: done, again_ms: againMs(done, all.workers),
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
