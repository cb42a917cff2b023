// All attacks, each with other clients watching, as a table.
//
// usage: node tests/attack/run.mjs [--seconds 5] [NAME...]
import { start } from '../integration/start.mjs';
import { ATTACKS, complaints, run } from './suite.mjs';

const args = process.argv.slice(2);
const seconds = args[0] === '--seconds' ? +args.splice(0, 2)[1] : 5;
const BOUNDS = { median_ms: 50, worst_ms: 1500, back_kib: 8192 };

const unknown = args.find((name) => !ATTACKS.some((one) => one.name === name));
if (unknown || !(seconds > 0)) {
    console.error(`no attack called ${unknown}; there are: ${ATTACKS.map((one) => one.name).join(' ')}`);
    process.exit(2);
}
const mib = (kib) => (kib / 1024).toFixed(1);
const COLUMNS = [
    ['attack', -22, (row) => row.name],
    ['held', 12, (row) => `${row.held}/${row.connections}`],
    ['opened', 8, (row) => row.opened],
    ['  answered', -22, (row) => `  ${Object.entries(row.status).map(([status, count]) => `${status}:${count}`).join(' ')}`],
    ['watchers', 9, (row) => row.requests],
    ['median ms', 10, (row) => row.median_ms.toFixed(1)],
    ['worst ms', 10, (row) => row.worst_ms.toFixed(1)],
    ['MiB before', 11, (row) => mib(row.before.private)],
    ['most', 7, (row) => mib(row.most.private)],
    ['after', 7, (row) => mib(row.after?.private ?? NaN)],
    ['KiB each', 10, (row) => ((row.most.private - row.before.private) / row.connections).toFixed(2)],
    ['settled', 9, (row) => (row.last ? ((row.last.private - row.before.private) / row.connections).toFixed(2) : '-')],
    ['descriptors', 12, (row) => `${row.before.descriptors} ${row.after?.descriptors}`],
];
const cell = (text, width) => (width < 0 ? `${text}`.padEnd(-width) : `${text}`.padStart(width));

/** On a server of its own, so that none finds what another has left. */
async function one(what) {
    const app = await start('probe', { args: ['--workers', '1', '--harden', 'dump=off'], measured: true });
    try {
        const row = await run(app, what, seconds);
        console.log(COLUMNS.map(([, width, text]) => cell(text(row), width)).join(''));
        return complaints(row, BOUNDS);
    } finally {
        await app.stop();
    }
}

let failed = 0, passed = 0;
console.log(COLUMNS.map(([title, width]) => cell(title, width)).join(''));
for (const what of ATTACKS.filter(({ name }) => args.length === 0 || args.includes(name))) {
    const wrong = await one(what).catch((error) => [error.message]);
    for (const line of wrong) console.log(`    FAIL ${line}`);
    failed += wrong.length > 0;
    passed += wrong.length === 0;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
