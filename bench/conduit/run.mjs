// Conduit under reads and writes, beside the same application on Fastify with better-sqlite3 and on Elysia with bun:sqlite.
//
// usage: node bench/conduit/run.mjs [--rounds 3] [--seconds 3] [--warmup 5] [--only KIND,KIND] [--json]
//
// The servers must answer alike, or nothing is measured.  Then each is started on its own copy of one database, in turn,
// and every other round in the opposite order; wrk asks on 64 connections, first until what is compiled while it runs is
// compiled, then measured.  The server has one processor for itself and wrk another.  All use the same statements and the
// same pragmas (WAL, synchronous=NORMAL); requests and their order are the same each time.  Who answers more of them in
// the time writes more, and from then on reads from longer tables: that is to our disadvantage, not the others'.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openspeed, root } from '../../tests/integration/start.mjs';
import { installAll } from '../../tests/oracle/referees.mjs';
import { differences } from './compare.mjs';
import { KINDS, mixOf, seedOf, wireOf } from './requests.mjs';
import { commands, start, used } from './servers.mjs';

const CONNECTIONS = 64;
const WARMUP_PATIENCE = 4;
const SHOWN_MAX = 5;
const KEY = 'a key of the bench, which signs nothing else';
const here = path.join(root, 'bench/conduit'), folder = path.join(root, 'build/bench-conduit'), conduit = path.join(root, 'examples/conduit');
const seeded = path.join(folder, 'seeded.db'), log = path.join(folder, 'servers.log');

const { values: options } = parseArgs({ options: {
    rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '3' }, warmup: { type: 'string', default: '5' },
    only: { type: 'string', default: Object.keys(KINDS).join(',') }, json: { type: 'boolean', default: false },
} });
const processors = os.availableParallelism();
const servers = commands(folder);

// ---------------------------------------------------------------- what is needed

function prepare() {
    installAll(folder, path.join(here, 'package.json'));
    // Beside the packages, where their imports find them.
    for (const name of ['store.mjs', 'fastify', 'elysia']) fs.cpSync(path.join(here, name), path.join(folder, name), { recursive: true });
    fs.rmSync(log, { force: true });
    fs.rmSync(seeded, { force: true });
    const run = (...args) => execFileSync(openspeed, [...args, conduit], { env: { ...process.env, DATABASE_URL: `file:${seeded}` }, stdio: ['ignore', 'ignore', 'pipe'] });
    run('build');
    run('db', 'migrate');
    run('db', 'seed');
}

/** Starts a server on a fresh copy of the database. */
function startFresh(name, processor) {
    const database = path.join(folder, `${name}.db`);
    for (const ending of ['', '-wal', '-shm']) fs.rmSync(database + ending, { force: true });
    fs.copyFileSync(seeded, database);
    return start(name, servers[name], { database, key: KEY, processor, log });
}

async function mustAgree(seed) {
    const all = [];
    try {
        for (const name of Object.keys(servers)) all.push(await startFresh(name, processors - 1));
        const { asked, lines } = await differences(all, seed, KEY);
        if (lines.length === 0) return asked;
        throw new Error(`their answers differ, so there is nothing to compare:\n${lines.slice(0, SHOWN_MAX).join('\n')}\n${lines.length} differences`);
    } finally {
        await Promise.all(all.map((server) => server.stop()));
    }
}

// ---------------------------------------------------------------- measuring

function load(port, seconds) {
    return new Promise((done, fail) => {
        const child = spawn('taskset', ['-c', '0', 'wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}`, '-s', path.join(here, 'mix.lua'), `http://127.0.0.1:${port}`,
            '--', path.join(folder, 'requests.lua')], { stdio: ['ignore', 'pipe', 'inherit'] });
        let text = '';
        child.stdout.on('data', (data) => (text += data));
        child.on('error', fail);
        child.on('close', (code) => (code === 0 ? done(JSON.parse(text.trimEnd().split('\n').at(-1))) : fail(new Error(`wrk failed:\n${text}`))));
    });
}

/** Asks until the server has run for so many seconds itself: on a machine that does other things, that takes longer. */
async function warmUp(server, seconds) {
    for (let passed = 0; passed < WARMUP_PATIENCE * seconds; passed++) {
        const { user, system } = used(server.pid);
        if (user + system >= seconds) return;
        await load(server.port, 1);
    }
}

/** Takes away what the warm-up has written: who is fast wrote more, and would read from longer tables. */
function forget(name) {
    execFileSync('sqlite3', ['-cmd', '.timeout 5000', path.join(folder, `${name}.db`), `PRAGMA foreign_keys=ON; ATTACH '${seeded}' AS seeded;
        DELETE FROM comment WHERE id NOT IN (SELECT id FROM seeded.comment); DELETE FROM article WHERE id NOT IN (SELECT id FROM seeded.article)`]);
}

async function measure(name) {
    const server = await startFresh(name, processors - 1);
    try {
        await warmUp(server, +options.warmup);
        forget(name);
        const before = used(server.pid);
        const done = await load(server.port, options.seconds);
        const after = used(server.pid);
        const each = (what) => (after[what] - before[what]) / done.requests * 1e6;
        return { per_s: done.requests / done.us * 1e6, p50_us: done.p50_us, p99_us: done.p99_us, user_us: each('user'), system_us: each('system'),
            cpu_us: each('user') + each('system'), errors: done.failed + done.broken };
    } finally {
        await server.stop();
    }
}

const middle = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** Of each server the round in the middle, figure by figure; of errors all. */
function summary(rounds) {
    const figures = Object.fromEntries(Object.keys(rounds[0]).map((name) => [name, middle(rounds.map((round) => round[name]))]));
    return { ...figures, errors: rounds.reduce((sum, { errors }) => sum + errors, 0) };
}

function table(results) {
    const rows = [['', 'requests/s', 'p50 ms', 'p99 ms', 'CPU us/request', 'user', 'system', 'errors', 'CPU, of ours']];
    for (const [name, one] of Object.entries(results)) {
        rows.push([name, one.per_s.toFixed(0), (one.p50_us / 1000).toFixed(2), (one.p99_us / 1000).toFixed(2), one.cpu_us.toFixed(1), one.user_us.toFixed(1),
            one.system_us.toFixed(1), one.errors, `${one.ratio.toFixed(2)} x`]);
    }
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
    return rows.map((row) => row.map((cell, column) => (column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column]))).join('  ')).join('\n');
}

// ---------------------------------------------------------------- all of it

async function main() {
    const kinds = options.only.split(',');
    if (processors < 2) throw new Error('needs two processors: one for the server, one for the client');
    if (kinds.some((kind) => KINDS[kind] === undefined)) throw new Error(`--only takes ${Object.keys(KINDS).join(', ')}`);
    prepare();
    const seed = seedOf(seeded), asked = await mustAgree(seed);
    if (!options.json) console.log(`The servers answer ${asked} requests alike; ${options.rounds} rounds of ${options.seconds} s, after ${options.warmup} s each.`);
    const quoted = mixOf(seed, KEY, kinds).map((request) => JSON.stringify(wireOf(request)));
    fs.writeFileSync(path.join(folder, 'requests.lua'), `return {\n${quoted.join(',\n')}\n}\n`);

    const names = Object.keys(servers), rounds = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = 0; round < +options.rounds; round++) {
        for (const name of round % 2 === 0 ? names : [...names].reverse()) rounds[name].push(await measure(name));
    }
    const results = Object.fromEntries(names.map((name) => [name, summary(rounds[name])]));
    for (const one of Object.values(results)) one.ratio = one.cpu_us / results.openspeed.cpu_us;
    console.log(options.json ? JSON.stringify({ kinds, connections: CONNECTIONS, seconds: +options.seconds, warmup: +options.warmup, results, rounds }) : table(results));
    if (Object.values(results).some(({ errors }) => errors > 0)) throw new Error('there were errors');
}

main().catch((error) => {
    console.error(`bench-conduit: ${error.message}`);
    process.exitCode = 1;
});
