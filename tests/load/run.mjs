// The figures of docs/robustness.md, one command each.
//
// usage: node tests/load/run.mjs kills|handover|goodput|soak [COUNT]    of kills, of each handover, of rounds, of minutes
import path from 'node:path';
import { installed, service } from '../integration/service.mjs';
import { childrenOf, root } from '../integration/start.mjs';
import { handovers, kills, middle } from './faults.mjs';
import { goodput } from './goodput.mjs';
import { soak } from './soak.mjs';

const app = path.join(root, 'tests/apps/load');
const USUAL = { kills: 100, handover: 100, goodput: 3, soak: 30 };
const count = +(process.argv[3] ?? USUAL[process.argv[2]]);
const summary = (numbers) => `${middle(numbers).toFixed(0)} ms in the middle, ${Math.max(...numbers).toFixed(0)} ms at most`;

async function withService(args, what) {
    const place = await installed(app);
    const served = await service(place, args);
    try {
        return await what(served);
    } finally {
        await served.end().catch(() => served.kill());
        place.remove();
    }
}

const COMMANDS = {
    kills: () => withService(['--workers', '4'], async (served) => {
        const got = await kills(served, { count, rate: 5000, connections: 64, pause_ms: 250, late_ms: 500 });
        console.log(`${count} of 4 workers killed, one after the other, at ${got.per_s.toFixed(0)} right answers a second (${got.right} in all)`);
        console.log(`lost requests, all on connections of the killed ones: ${got.lost}`);
        console.log(`new connections refused: ${got.once.connect_failed + got.kept.connect_failed}; the slowest took ${Math.max(got.once.connect_us.max, got.kept.connect_us.max) / 1000} ms`);
        console.log(`until the next worker answered: ${summary(got.again_ms)}`);
        console.log(`unexplained: ${got.foreign.length} ${JSON.stringify(got.foreign.slice(0, 10))} ${JSON.stringify(got.samples)}`);
        return got.foreign.length === 0 && middle(got.again_ms) <= 50;
    }),
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
