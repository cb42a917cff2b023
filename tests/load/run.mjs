// The figures of docs/robustness.md, one command each.
//
// usage: node tests/load/run.mjs kills|writes|handover|goodput|soak [COUNT]    of kills, of kills, of each handover, of rounds, of minutes
import path from 'node:path';
import { installed, service } from '../integration/service.mjs';
import { childrenOf, root } from '../integration/start.mjs';
import { CRASHES_UNSHUT, handovers, kills, middle, WAYS } from './faults.mjs';
import { goodput } from './goodput.mjs';
import { soak } from './soak.mjs';
import { writes } from './writes.mjs';

const app = path.join(root, 'tests/apps/load');
const USUAL = { kills: 100, writes: 200, handover: 100, goodput: 3, soak: 30 };
const count = +(process.argv[3] ?? USUAL[process.argv[2]]);
const summary = (numbers) => `${middle(numbers).toFixed(0)} ms in the middle, ${Math.max(...numbers).toFixed(0)} ms at most`;

async function withService(args, what, folder = app) {
    const place = await installed(folder);
    const served = await service(place, args, {}, true);
    try {
        return await what(served);
    } finally {
        await served.end().catch(() => served.kill());
        place.remove();
    }
}

const ended = (served, way, times) =>
    kills(served, { count: times, rate: 5000, connections: 64, pause_ms: 250, late_ms: 500, way: WAYS[way] });

/** Says what clients noticed of workers that ended. */
function report(how, runs) {
    const all = (of) => runs.flatMap(of), sum = (of) => runs.reduce((total, run) => total + of(run), 0);
    const again_ms = all((run) => run.again_ms), foreign = all((run) => run.foreign);
    console.log(`${again_ms.length} of 4 workers ${how}, one after the other, at ${(sum((run) => run.per_s) / runs.length).toFixed(0)} right answers a second (${sum((run) => run.right)} in all)`);
    console.log(`  lost requests, all on connections of those: ${sum((run) => run.lost)}`);
    console.log(`  new connections refused: ${sum((run) => run.once.connect_failed + run.kept.connect_failed)}; the slowest took ${Math.max(...all((run) => [run.once.connect_us.max, run.kept.connect_us.max])) / 1000} ms`);
    console.log(`  until the next worker answered: ${summary(again_ms)}`);
    console.log(`  unexplained: ${foreign.length} ${JSON.stringify(foreign.slice(0, 10))} ${JSON.stringify(all((run) => run.samples))}`);
    return foreign.length === 0 && Math.max(...again_ms) <= 50;
}

const COMMANDS = {
    kills: async () => {
        const killed = await withService(['--workers', '4'], (served) => ended(served, 'kill', count));
        const crashed = [];
        for (let left = count; left > 0; left -= CRASHES_UNSHUT) {
            crashed.push(await withService(['--workers', '4'], (served) => ended(served, 'crash', Math.min(left, CRASHES_UNSHUT))));
        }
        return [report('killed', [killed]), report('crashed', crashed)].every(Boolean);
    },
    writes: () => withService(['--workers', '2'], async (served) => {
        const got = await writes(served, count);
        console.log(`${count} workers killed under ${JSON.stringify(got.statuses)} answers and ${got.broken} connections that broke`);
        console.log(`  writes that were answered: ${got.told.size}; of them lost: ${got.lost}`);
        console.log(`  writes that were not: ${got.untold.size}; of them there: ${got.there}`);
        console.log(`  doubled: ${got.doubled}; of nobody: ${got.strangers}`);
        return got.lost + got.doubled + got.strangers === 0 && got.told.size > 0;
    }, 'conduit'),
    handover: () => withService(['--workers', '2'], async (served) => {
        const got = await handovers(served, { reloads: count, upgrades: count, rate: 5000, connections: 64, pause_ms: 50 });
        console.log(`${count} reloads and ${count} upgrades at ${got.per_s.toFixed(0)} right answers a second (${got.right} in all, by ${new Set(got.workers.map((one) => one.worker)).size} workers)`);
        console.log(`a reload takes ${summary(got.took_ms.reload)}, an upgrade ${summary(got.took_ms.upgrade)}`);
        console.log(`latency on kept connections ${JSON.stringify(got.kept.latency_us)}, on new ones ${JSON.stringify(got.once.latency_us)}`);
        console.log(`failed: ${got.failed} ${JSON.stringify(got.events.slice(0, 10))} ${JSON.stringify(got.samples)}`);
        return got.failed === 0;
    }),
    goodput: () => withService(['--workers', '1'], async (served) => {
        const got = await goodput({ port: served.port, worker: childrenOf(served.pid())[0] }, { path: '/work?us=500', expect: 'worked\n' }, { seconds: 4, rounds: count, log: console.log });
        for (const [name, part] of Object.entries(got.crowds)) {
            console.log(`at twice of ${got.peak.toFixed(0)} a second, ${name}: ${(part * 100).toFixed(0)} % of the peak`);
        }
        return Object.values(got.crowds).every((part) => part >= 0.9);
    }),
    soak: () => soak(count, console.log),
};

const command = COMMANDS[process.argv[2]];
if (!command || !(count > 0)) {
    console.error(`usage: node tests/load/run.mjs ${Object.keys(COMMANDS).join('|')} [COUNT]`);
    process.exit(2);
}
const well = await command();
console.log(well ? '1 passed, 0 failed' : '0 passed, 1 failed');
process.exitCode = well ? 0 : 1;
