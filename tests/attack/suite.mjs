// One attack after the other, and what other clients notice of it.
import assert from 'node:assert/strict';
import { childrenOf, sleep } from '../integration/start.mjs';
import { attack, failures, held, load } from '../load/clients.mjs';

const HOME = 'OpenSpeed answers.\n';
const SAMPLE_MS = 100;
const BACK_MS = 10_000; // from the end of an attack until the worker holds nothing of it, or little:
const BACK_KIB = 8192;

const BODIES = 65536 * 1.5; // limits.bodies in KiB, and what growing leaves behind
const UNREAD = 131072 + 32768; // OSP_UNREAD_MAX, and OSP_SPILL_WRITING_MAX while the disk is slow
const SETTLE_MS = 60_000; // until what is not read lies in files, on any machine

/** Every attack, with what a worker may hold of user memory while it goes on: KiB a connection, and in all.  Where so
 *  many connections settle, the latter is gone while they are still there, and each of them has a file. */
export const ATTACKS = [
    ['silent', 4],
    ['idle', 4],
    ['slow-head', 64],
    ['slow-body', 64, BODIES],
    ['slow-stream', 64],
    ['bodies', 64, BODIES],
    ['deaf', 64],
    ['deaf-whole', 64, BODIES, 128],
    ['deaf-crowd', 64, BODIES + UNREAD],
    ['slow-read', 64],
    ['pipeline', 64],
    ['pipeline-deaf', 64],
    ['pipeline-whole', 64],
    ['pipeline-big', 64],
    ['reset', 64],
    ['reset-early', 64],
    ['huge-header', 64],
    ['endless-headers', 64],
    ['huge-target', 64],
    ['tiny-chunks', 64],
    ['tiny-chunks-gathered', 64, BODIES],
    ['chunk-extension', 64],
    ['chunk-zeros', 64],
    ['trailers', 64],
    ['churn', 64],
    ['churn-silent', 64],
    ['half-closed', 64],
    ['half-closed-head', 64],
    ['garbage', 64],
].map(([name, each, more = 0, settles = 0]) => ({ name, each, more, settles }));
const SLACK = 4096; // KiB: OSP_SLACK_MAX

/** The worst that any of the watchers saw. */
function worst(all) {
    return {
        requests: all.reduce((sum, one) => sum + one.right, 0),
        failed: all.reduce((sum, one) => sum + failures(one), 0),
        median_ms: Math.max(...all.map((one) => one.latency_us.p50)) / 1000,
        worst_ms: Math.max(...all.map((one) => one.latency_us.max)) / 1000,
    };
}

/** Runs `what` while others ask small requests, on kept connections and on new ones. */
export async function watched(port, what) {
    const watch = { path: '/', expect: HOME, rate: 50 };
    const watchers = await Promise.all([
        load(port, { ...watch, connections: 4 }),
        load(port, { ...watch, connections: 0, connections_max: 256, per_connection: 1 }),
    ]);
    try {
        await Promise.all(watchers.map((one) => one.ready()));
        const result = await what();
        return { result, seen: worst(await Promise.all(watchers.map((one) => one.end()))) };
    } finally {
        for (const one of watchers) one.kill();
    }
}

/** Waits until an attack holds what it will hold; null: it never does. */
async function settled(worker, before, each, connections) {
    for (let ms = 0; ms < SETTLE_MS; ms += SAMPLE_MS) {
        const now = held(worker);
        if (now?.descriptors >= before.descriptors + 2 * connections && now.private <= before.private + each * connections + SLACK) {
            return now;
        }
        await sleep(SAMPLE_MS);
    }
    return null;
}

/** Runs one attack on examples/probe with one worker; gives a row of the table. */
export async function run(app, { name, each, more, settles }, seconds, connections = 0) {
    const [worker] = childrenOf(app.pid);
    const before = held(worker);
    assert.ok(before, 'the worker is there');
    let most = before, last;
    const { result, seen } = await watched(app.port, async () => {
        const hostile = await attack(name, app.port, settles ? seconds + SETTLE_MS / 1000 : seconds, connections);
        const sampler = setInterval(() => {
            const now = held(worker);
            if (now?.private > most.private) most = now;
        }, SAMPLE_MS);
        try {
            if (settles) {
                await sleep(seconds * 1000);
                last = await settled(worker, before, each, connections || settles);
            }
            const done = await hostile.end(settles > 0);
            await sleep(200);
            return done;
        } finally {
            clearInterval(sampler);
            hostile.kill();
        }
    });
    let after = held(worker);
    const holds = () => after.descriptors > before.descriptors || after.private > before.private + BACK_KIB;
    for (let ms = 0; after && ms < BACK_MS && holds(); ms += 50) {
        await sleep(50);
        after = held(worker);
    }
    return { name, ...result, ...seen, each, more, settles, before, most, last, after, alive: after !== null };
}

/** What of a row breaks a promise; [] is well. */
export function complaints(row, { median_ms, worst_ms, back_kib }) {
    const grown = row.most.private - row.before.private;
    const allowed = row.each * row.connections + row.more + SLACK;
    return [
        !row.alive && 'the worker ended',
        row.requests < 20 && `only ${row.requests} answers`,
        row.failed > 0 && `${row.failed} requests of others failed`,
        row.median_ms > median_ms && `a median of ${row.median_ms} ms`,
        row.worst_ms > worst_ms && `an answer after ${row.worst_ms} ms`,
        grown > allowed && `${grown} KiB more than before, ${allowed} are allowed`,
        row.settles && !row.last && 'what is not read stays in memory',
        row.alive && row.after.private - row.before.private > back_kib && `${row.after.private - row.before.private} KiB stay`,
        row.alive && row.after.descriptors > row.before.descriptors && `${row.after.descriptors - row.before.descriptors} descriptors stay`,
    ].filter(Boolean);
}
