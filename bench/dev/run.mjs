#!/usr/bin/env node
// The developer's loop, measured: how long from a saved file to the first answer that shows it, and whether anybody who
// asks meanwhile notices.
//
//     bench/dev/run.mjs [--rounds N] [--edits N] [--rate N] [--only sanitized,plain,fast,soak] [--broken] [--json]
//
// With --broken, every tenth edit of the soak is followed by a source that does not compile, a version that ends at its
// start, and a route that comes, is renamed and goes: what serves goes on.
//
// The application is a copy of examples/conduit with three files more: a route, a header that it includes and a
// template, which say a number. Times need a machine that does nothing else; that no request fails does not. Exit
// status 1 when one did, or a process, a descriptor or memory was left.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const option = (name, fallback) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? fallback : process.argv[at + 1];
};
const rounds = +option('rounds', 15), edits = +option('edits', 1000), rate = +option('rate', 200);
const only = option('only', 'sanitized,plain,fast,soak').split(',');
const broken = process.argv.includes('--broken'); // edits that fail among those of the soak
const json = process.argv.includes('--json');
const GOALS = { sanitized: { route: 300, header: 300, template: 30 }, fast: { route: 60, header: 60, template: 30 }, plain: { template: 30 } };
const LIMIT_MS = 180_000; // for one edit, or a first build; more is no slow machine any more
const MEMORY_MORE = 1.1;
const ASKED_LEAST = 0.99; // of the requests that the rate owes

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
const say = (...words) => json || console.log(...words);

const files = {
    route: { name: 'routes/probe/route.c', text: (n) => `#include <openspeed/openspeed.h>
#include "lib/probe.h"
static osp_status probe(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, S("route ${n} header " PROBE));
}
OSP_ROUTE(GET, probe, void, void, .is_public = true);
` },
    header: { name: 'lib/probe.h', text: (n) => `#define PROBE "${n}"\n` },
    template: { name: 'routes/looks/page.html', text: (n) => `<!doctype html><title>x</title><p>template ${n}\n` },
};
const shown = {
    route: (n) => ['/probe', `route ${n} header`],
    header: (n) => ['/probe', `header ${n}`],
    template: (n) => ['/looks', `template ${n}`],
};

function makeApp() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-loop-'));
    fs.cpSync(path.join(root, 'examples/conduit'), folder, { recursive: true, filter: (from) => !from.includes('.openspeed') });
    for (const { name, text } of Object.values(files)) {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        fs.writeFileSync(path.join(folder, name), text(0));
    }
    return folder;
}

class Dev {
    events = [];
    log = '';

    constructor(...args) {
        this.folder = makeApp();
        this.child = spawn(path.join(root, 'build/openspeed'), ['dev', this.folder, '--port', '0', '--json', ...args], {
            stdio: ['ignore', 'pipe', 'pipe'],
            env: { ...process.env, DATABASE_URL: `file:${path.join(this.folder, 'bench.db')}`, CONDUIT_SECRET: '' },
        });
        this.child.stderr.on('data', (data) => (this.log += data));
        let text = '';
        this.child.stdout.on('data', (data) => {
            text += data;
            for (let end; (end = text.indexOf('\n')) >= 0; text = text.slice(end + 1)) this.events.push(JSON.parse(text.slice(0, end)));
        });
        this.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    }

    async event(fits) {
        for (const since = Date.now(); ; await sleep(2)) {
            const found = this.events.find(fits);
            if (found) return found;
            if (Date.now() - since > LIMIT_MS || this.child.exitCode !== null) throw new Error(`nothing came:\n${this.log.slice(-2000)}`);
        }
    }

    async begin() {
        this.port = (await this.event(({ event }) => event === 'listening')).port;
        await this.event(({ event, fast }) => event === 'serving' && !fast);
        return this;
    }

    get(url, agent = this.agent) {
        return new Promise((done, fail) => http.get({ port: this.port, path: url, agent }, (answer) => {
            let body = '';
            answer.on('data', (data) => (body += data));
            answer.on('end', () => done({ status: answer.statusCode, body }));
        }).on('error', fail));
    }

    /** Saves a file as editors do, and asks until an answer shows it. Milliseconds. */
    async edit(kind, n) {
        const [url, words] = shown[kind](n);
        const at = path.join(this.folder, files[kind].name);
        fs.writeFileSync(`${at}~`, files[kind].text(n));
        const since = performance.now();
        fs.renameSync(`${at}~`, at);
        while (!(await this.get(url)).body.includes(words)) {
            if (performance.now() - since > LIMIT_MS) throw new Error(`${kind} ${n} is not shown:\n${this.log.slice(-2000)}`);
            await sleep(1);
        }
        return performance.now() - since;
    }

    async stop() {
        this.agent.destroy();
        this.child.kill('SIGINT');
        await new Promise((done) => (this.child.exitCode !== null ? done() : this.child.on('exit', done)));
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    rss = () => +/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))[1];
    descriptors = () => fs.readdirSync(`/proc/${this.child.pid}/fd`).length;
    children = () => fs.readFileSync(`/proc/${this.child.pid}/task/${this.child.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).length;
}

async function measure(mode, ...args) {
    const dev = await new Dev(...args).begin();
    const rows = [];
    try {
        for (const kind of Object.keys(files)) {
            const times = [], first = dev.events.length;
            for (let n = 1; n <= rounds; n++) {
                times.push(await dev.edit(kind, n));
                if (mode === 'fast' && kind !== 'template') { // the judgement of one is no part of the next
                    const count = dev.events.filter(({ event, fast }) => event === 'serving' && fast).length;
                    for (const since = Date.now(); Date.now() - since < LIMIT_MS &&
                        dev.events.filter(({ event, fast }) => event === 'serving' && !fast).length < count;) await sleep(5);
                }
                await sleep(30);
            }
            times.sort((a, b) => a - b);
            const stages = dev.events.slice(first).filter(({ event, fast }) => event === 'serving' && (mode !== 'fast' || fast));
            const stage = (name) => quantile(stages.map((one) => one[name] ?? 0).sort((a, b) => a - b), 0.5);
            say(`  ${mode} ${kind}: ${rounds} edits, median ${quantile(times, 0.5).toFixed(0)} ms`);
            rows.push({ mode, edit: kind, median: quantile(times, 0.5), p95: quantile(times, 0.95), least: times[0],
                compile: stage('compile_ms'), link: stage('link_ms'), start: stage('start_ms'), goal: GOALS[mode][kind] ?? null });
        }
    } finally {
        await dev.stop();
    }
    return rows;
}

/** Asks at a steady rate, whatever the answers take: what is owed by the clock is asked, however late a timer comes. */
function load(dev, wanted) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    const seen = { asked: 0, failures: {}, times: [] }, since = performance.now();
    const fail = (why) => (seen.failures[why] = (seen.failures[why] ?? 0) + 1);
    const owed = () => Math.floor((performance.now() - since) / 1000 * wanted);
    const ask = () => {
        const begun = performance.now();
        seen.asked++;
        dev.get('/probe', agent).then(({ status }) => {
            seen.times.push(performance.now() - begun);
            if (status !== 200) fail(`status ${status}`);
        }, (error) => fail(error.message));
    };
    const timer = setInterval(() => {
        for (let count = owed() - seen.asked; count > 0; count--) ask();
    }, 2);
    return async () => {
        clearInterval(timer);
        seen.owed = owed();
        seen.seconds = (performance.now() - since) / 1000;
        await sleep(1000);
        agent.destroy();
        seen.times.sort((a, b) => a - b);
        return seen;
    };
}

/** Edits that leave the version before answering, and routes that come, are renamed and go; what comes of each is waited for. */
async function disturb(dev, n) {
    const route = path.join(dev.folder, files.route.name), good = fs.readFileSync(route, 'utf8');
    const extra = path.join(dev.folder, `routes/extra${n}`), moved = path.join(dev.folder, `routes/moved${n}`);
    const after = async (change, fits) => {
        const first = dev.events.length;
        change();
        await dev.event((one) => dev.events.indexOf(one) >= first && fits(one));
    };
    const until = async (url, wanted) => {
        for (const since = Date.now(); (await dev.get(url)).status !== wanted; await sleep(1)) {
            if (Date.now() - since > LIMIT_MS) throw new Error(`${url} is not answered ${wanted}:\n${dev.log.slice(-2000)}`);
        }
    };
    const replace = (text) => {
        fs.writeFileSync(`${route}~`, text);
        fs.renameSync(`${route}~`, route);
    };
    await after(() => replace(good.replace('osp_text', 'osp_texd')), ({ event, stage }) => event === 'failed' && stage === 'compile');
    await after(() => replace(`${good}#include <stdlib.h>\n__attribute__((constructor)) static void early(void) { exit(7); }\n`),
        ({ event, stage }) => event === 'failed' && stage === 'start');
    replace(good);
    fs.mkdirSync(extra);
    fs.writeFileSync(path.join(extra, 'route.c'), good.replaceAll('probe(', 'extra(').replace('GET, probe', 'GET, extra'));
    await until(`/extra${n}`, 200);
    fs.renameSync(extra, moved);
    await until(`/moved${n}`, 200);
    fs.rmSync(moved, { recursive: true });
    await until(`/moved${n}`, 404);
}

async function soak(...args) {
    const dev = await new Dev(...args).begin();
    const kinds = ['route', 'template', 'header'];
    let n = 0;
    try {
        for (; n < Math.min(30, edits / 10); n++) await dev.edit(kinds[n % 3], n + 1); // until it has all that it needs
        const before = { rss: dev.rss(), descriptors: dev.descriptors(), children: dev.children() };
        const end = load(dev, rate), since = Date.now();
        for (const last = n + edits; n < last; n++) {
            await dev.edit(kinds[n % 3], n + 1);
            if (broken && n % 10 === 0) await disturb(dev, n);
            if (n % Math.max(1, Math.floor(edits / 10)) === 0) say(`  ${n} edits, ${Math.round((Date.now() - since) / 1000)} s, ${dev.rss()} KB`);
        }
        const { asked, owed, failures, times, seconds } = await end();
        for (let i = 0; i < 100 && dev.children() > before.children; i++) await sleep(100);
        const after = { rss: dev.rss(), descriptors: dev.descriptors(), children: dev.children() };
        const latency = { p50: quantile(times, 0.5), p99: quantile(times, 0.99), max: times.at(-1) ?? NaN };
        return { edits, seconds: Math.round(seconds), asked, rate: asked / seconds, latency, failures, before, after,
            good: Object.keys(failures).length === 0 && asked >= ASKED_LEAST * owed && times.length === asked && after.rss <= before.rss * MEMORY_MORE &&
                after.descriptors <= before.descriptors && after.children <= before.children };
    } finally {
        await dev.stop();
    }
}

const result = { rows: [], soak: null };
for (const [mode, args] of [['sanitized', []], ['plain', ['--no-sanitize']], ['fast', ['--fast']]]) {
    if (only.includes(mode)) result.rows.push(...(await measure(mode, ...args)));
}
if (result.rows.length > 0) {
    const ms = (value) => Number.isNaN(value) ? '-'.padStart(7) : value.toFixed(value < 10 ? 1 : 0).padStart(7);
    say('mode       edit      median    p95  least  compile   link  start   (ms, save to first new answer)');
    for (const row of result.rows) {
        say(`${row.mode.padEnd(10)} ${row.edit.padEnd(9)}${ms(row.median)}${ms(row.p95)}${ms(row.least)}${ms(row.compile)}${ms(row.link)}${ms(row.start)}` +
            (row.goal !== null ? `   at most ${row.goal}${row.median <= row.goal ? '' : ': missed'}` : ''));
    }
}
if (only.includes('soak')) {
    say(`${edits} edits while ${rate} requests a second are asked`);
    result.soak = await soak(...(option('flavour', '') ? [`--${option('flavour')}`] : []));
    const { asked, rate: reached, latency, failures, before, after, seconds, good } = result.soak;
    say(`${asked} requests in ${seconds} s, ${reached.toFixed(1)} a second; ms: p50 ${latency.p50.toFixed(1)}, p99 ${latency.p99.toFixed(1)}, ` +
        `most ${latency.max.toFixed(1)}; failed: ${JSON.stringify(failures)}; memory ${before.rss} -> ${after.rss} KB, ` +
        `descriptors ${before.descriptors} -> ${after.descriptors}, children ${before.children} -> ${after.children}: ${good ? 'good' : 'BAD'}`);
}
if (json) console.log(JSON.stringify(result));
process.exit(result.soak?.good === false ? 1 : 0);
