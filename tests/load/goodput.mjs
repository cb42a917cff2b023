// What becomes of right answers when twice as much is asked for as can be answered.
//
// A machine that does other things at the same time makes every rate worse.  So a rate counts for as much of the
// processor as the worker got of what it wanted: /proc/PID/schedstat tells both.
import fs from 'node:fs';
import { load } from './clients.mjs';
import { middle } from './faults.mjs';

/** How clients behave while they wait: the patient on few connections, or on many; the others give up and go. */
export const CROWDS = {
    '1000 connections': { connections: 1000 },
    'up to 4000 connections': { connections: 64, connections_max: 4000 },
    'the same, who give up after 1 s': { connections: 64, connections_max: 4000, timeout_ms: 1000 },
    'a connection for each request': { connections: 0, connections_max: 4000, per_connection: 1 },
    'a connection for each, who give up after 1 s': { connections: 0, connections_max: 4000, per_connection: 1, timeout_ms: 1000 },
};

const PEAK = { connections: 16 };
const CALM_MS = 30_000;

/** Waits until what the clients before have left behind is done with. */
async function calm(port, { path }) {
    for (const end = performance.now() + CALM_MS; performance.now() < end;) {
        const began = performance.now();
        await fetch(`http://127.0.0.1:${port}${path}`).then((answer) => answer.text()).catch(() => {});
        if (performance.now() - began < 200) return;
    }
    throw new Error(`the server is still busy after ${CALM_MS} ms`);
}

/** Seconds for which a worker ran, and for which it waited for a processor. */
function worked(pid) {
    const [ran, waited] = fs.readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map((ns) => +ns / 1e9);
    return { ran, waited };
}

/** Adds `rate`: right answers a second, had the worker got the processor whenever it wanted. */
async function run(app, what, options, seconds) {
    await calm(app.port, what);
    const before = worked(app.worker);
    const client = await load(app.port, { ...what, ...options, seconds, grace_ms: 0 });
    try {
        const done = await client.end(false);
        const after = worked(app.worker);
        const ran = after.ran - before.ran, waited = after.waited - before.waited;
        return { ...done, share: ran / done.seconds, rate: done.right_per_s * (ran + waited) / ran };
    } finally {
        client.kill();
    }
}

/** The peak, which a few connections without a pause reach, and right answers when each crowd asks twice as often.
 *  app: { port, worker }, of the only worker.  Gives { peak, crowds: { NAME: { part, ... } } }: of rounds in turn, the
 *  one in the middle. */
export async function goodput(app, what, { seconds, rounds, crowds = Object.keys(CROWDS), log = () => {} }) {
    const peaks = [], parts = Object.fromEntries(crowds.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
        const { rate: peak } = await run(app, what, PEAK, seconds);
        peaks.push(peak);
        for (const name of crowds) {
            const done = await run(app, what, { ...CROWDS[name], rate: Math.round(2 * peak) }, seconds);
            parts[name].push(done.rate / peak);
            log(`${name}: ${done.rate.toFixed(0)} a second, peak ${peak.toFixed(0)}, p50 ${(done.latency_us.p50 / 1000).toFixed(0)} ms, ` +
                `p99 ${(done.latency_us.p99 / 1000).toFixed(0)} ms, refused ${done.refused}, timed out ${done.timed_out}, ` +
                `unsent ${done.unsent}; the worker had ${(done.share * 100).toFixed(0)} % of a processor`);
        }
    }
    return { peak: middle(peaks), crowds: Object.fromEntries(crowds.map((name) => [name, middle(parts[name])])) };
}
