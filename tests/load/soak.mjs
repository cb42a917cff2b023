// Load with faults mixed in, for as long as one likes, and whether what the processes hold stays flat.
//
// Two servers at once.  One keeps its worker all the time and is attacked; it is looked at whenever an attack is over.
// The workers of the other are killed, reloaded and upgraded under load; its supervisor is looked at all the time.
import path from 'node:path';
import { ATTACKS, complaints, run } from '../attack/suite.mjs';
import { installed, service } from '../integration/service.mjs';
import { childrenOf, root, sleep } from '../integration/start.mjs';
import { failures, held, load } from './clients.mjs';
import { handovers, kills, middle } from './faults.mjs';

const SETTLE_MS = 3000; // behind an attack, before the worker is looked at
const SAMPLE_MS = 2000;
const ATTACK_S = 3;
const BOUNDS = { median_ms: 500, worst_ms: 10_000, back_kib: Infinity }; // for two servers and all their clients on one machine
const HARDEN = ['--harden', 'dump=off'];
/** By how much the fitted line may rise from the first sample that counts to the last. */
const RISE = { private: 2048, descriptors: 1 };

/** The middle of the slopes between all pairs of points (Theil and Sen): a few that are far off do not bend it. */
export function slope(points) {
    const slopes = [];
    for (let i = 0; i < points.length; i++) {
        for (let j = i + 1; j < points.length; j++) {
            if (points[j].at > points[i].at) slopes.push((points[j].value - points[i].value) / (points[j].at - points[i].at));
        }
    }
    return slopes.length > 0 ? middle(slopes) : 0;
}

/** By how much samples `{ at, private, descriptors }` rise behind the first third, in which all is filled once. */
export function rise(samples, name) {
    const from = samples[0].at + (samples.at(-1).at - samples[0].at) / 3;
    let points = samples.filter(({ at }) => at >= from).map((one) => ({ at: one.at, value: one[name] }));
    const step = Math.ceil(points.length / 500); // all pairs of more would take long
    points = points.filter((_, i) => i % step === 0);
    return slope(points) * (points.at(-1).at - points[0].at);
}

/** One attack after the other on a worker that stays, under load. */
async function attacked(place, until, samples, report) {
    const app = await service(place.probe, ['--workers', '1', ...HARDEN], {}, true);
    const [worker] = childrenOf(app.pid());
    const wrong = [];
    let right = 0;
    try {
        for (let i = 0; performance.now() < until; i++) {
            const what = ATTACKS[i % ATTACKS.length];
            const client = await load(app.port, { path: '/', expect: 'OpenSpeed answers.\n', rate: 300, connections: 16 });
            await client.ready();
            await sleep(200); // the worker has taken all of its connections
            const row = await run({ pid: app.pid(), port: app.port }, what, ATTACK_S);
            await sleep(SETTLE_MS);
            const done = await client.end();
            right += done.right;
            wrong.push(...complaints(row, BOUNDS).map((line) => `${what.name}: ${line}`));
            if (failures(done) > 0) wrong.push(`${what.name}: ${failures(done)} requests failed: ${JSON.stringify(done.events.slice(0, 3))}`);
            samples.worker.push({ at: performance.now(), ...held(worker) });
            samples.attacked_supervisor.push({ at: performance.now(), ...held(app.pid()) });
            report(`${what.name}: worker ${samples.worker.at(-1).private} KiB, ${samples.worker.at(-1).descriptors} descriptors`);
            if (!row.alive) break;
        }
    } finally {
        await app.end().catch(() => app.kill());
    }
    return { right, wrong };
}

/** Kills, reloads and upgrades in turn. */
async function replaced(place, until, samples, report) {
    const app = await service(place.load, ['--workers', '4', ...HARDEN], {}, true);
    const wrong = [];
    let right = 0, lost = 0, killed = 0, handed = 0;
    const sampler = setInterval(() => {
        try {
            samples.replaced_supervisor.push({ at: performance.now(), ...held(app.pid()) });
        } catch {
            // Its file of the process number is being replaced.
        }
    }, SAMPLE_MS);
    try {
        while (performance.now() < until) {
            const got = await kills(app, { count: 20, rate: 1000, connections: 64, pause_ms: 400, late_ms: 1000 });
            if (got.foreign.length > 0) wrong.push(`kills: ${JSON.stringify(got.foreign.slice(0, 3))}`);
            const handover = await handovers(app, { reloads: 10, upgrades: 3, rate: 1000, connections: 64, pause_ms: 300 });
            if (handover.failed > 0) wrong.push(`handovers: ${handover.failed} failed: ${JSON.stringify(handover.events.slice(0, 3))}`);
            right += got.right + handover.right;
            lost += got.lost;
            killed += 20;
            handed += 13;
            report(`${killed} workers killed, ${lost} requests lost with them, ${handed} handovers`);
        }
    } finally {
        clearInterval(sampler);
        await app.end().catch(() => app.kill());
    }
    return { right, wrong };
}

/** Soaks for so many minutes; true when nothing failed and all is flat. */
export async function soak(minutes, log) {
    const place = { probe: await installed('probe'), load: await installed(path.join(root, 'tests/apps/load')) };
    const began = performance.now(), until = began + minutes * 60_000;
    const samples = { worker: [], attacked_supervisor: [], replaced_supervisor: [] };
    const report = (line) => log(`${((performance.now() - began) / 60_000).toFixed(1)} min  ${line}`);
    const both = await Promise.all([attacked(place, until, samples, report), replaced(place, until, samples, report)]);
    place.probe.remove();
    place.load.remove();
    const wrong = both.flatMap((one) => one.wrong);
    for (const [who, all] of Object.entries(samples)) {
        for (const [name, most] of Object.entries(RISE)) {
            const grown = rise(all.filter((one) => one[name] > 0), name);
            log(`${who}: ${name} rises by ${grown.toFixed(2)} over ${all.length} samples, from ${all[0][name]} to ${all.at(-1)[name]}`);
            if (grown > most) wrong.push(`${who}: ${name} is not flat`);
        }
    }
    log(`${both[0].right + both[1].right} right answers`);
    for (const line of wrong) log(`FAIL ${line}`);
    return wrong.length === 0;
}
