// The devtools of `openspeed dev`: what is told of requests, of the application, and a request once more; in Chromium, too.
// Sanitizers: address alone. What it runs is a build with sanitizers in any case, linked with the library of that build.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { open, violations } from '../browser/browser.mjs';
import { Dev } from './develop.mjs';
import { copyApp, sleep, within } from './start.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-devtools-'));
const app = path.join(folder, 'app');
const env = { DATABASE_URL: `file:${path.join(folder, 'test.db')}` };
let dev;

before(async () => {
    copyApp('examples/database', app);
    fs.writeFileSync(path.join(app, 'routes/middleware.c'), `#include <openspeed/openspeed.h>
OSP_USE(osp_timing);
static osp_status note(osp_ctx *ctx, osp_next *next)
{
    osp_log(ctx, OSP_LOG_WARNING, "on its way to %.*s", OSP_ARG(osp_path(ctx)));
    return osp_run(ctx, next);
}
OSP_MIDDLEWARE(note);
`);
    fs.mkdirSync(path.join(app, 'routes/hello'));
    fs.writeFileSync(path.join(app, 'routes/hello/layout.html'), '<!doctype html>\n<html lang="en"><head>{{head}}<title>Hello</title></head><body>{{outlet}}</body></html>\n');
    fs.writeFileSync(path.join(app, 'routes/hello/page.html'), '<p>{{page.path}}</p>\n');
    dev = await new Dev(app, { env }).begin();
    await dev.serving();
});

after(async () => {
    await dev.stop('SIGTERM');
    fs.rmSync(folder, { recursive: true, force: true });
});

const api = async (what, options) => (await fetch(`${dev.url}/_openspeed/api${what}`, options)).json();
const post = (target, body, headers = {}) => fetch(dev.url + target,
    { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

/** The record of the newest request of a target, which may still be on its way. */
async function recordOf(target) {
    return within(60_000, target, (async () => {
        for (;;) {
            const found = (await api('/requests')).find((request) => request.target === target);
            if (found) return api(`/requests/${found.id}`);
            await sleep(20);
        }
    })());
}

test('a request is told with its steps, its SQL, its memory and its answer', async () => {
    assert.equal((await post('/accounts?token=hunter2', { owner: 'ada', cents: 5, password: 'hunter2' }, { authorization: 'Bearer hunter2' })).status, 201);
    const record = await recordOf('/accounts?token=[redacted]');
    assert.equal(record.status, 201);
    assert.equal(record.handler, 'open_account');
    assert.equal(record.file, 'routes/accounts/route.c');
    assert.ok(record.memory > 0 && record.stack > 1000 && record.us > 0, JSON.stringify(record));
    const kinds = record.spans.map((span) => span.kind);
    assert.deepEqual(kinds, ['middleware', 'middleware', 'input', 'handler', 'sql', 'answer']);
    const [outer, middleware, input, handler, sql, answer] = record.spans;
    assert.deepEqual([outer.name, outer.file, outer.line], ['osp_timing', 'routes/middleware.c', 2]);
    assert.deepEqual([middleware.name, middleware.in], ['note', outer.n]);
    assert.deepEqual(record.log.map((line) => [line.level, line.text, line.line]), [['warning', 'on its way to /accounts', 5]]);
    assert.deepEqual([input.in, handler.in, sql.in, answer.in], [middleware.n, middleware.n, handler.n, 0]);
    assert.match(sql.name, /^INSERT INTO account/);
    assert.equal(sql.rows, 1);
    assert.equal(sql.offloaded, true);
    assert.ok(sql.atUs >= handler.atUs && sql.atUs + sql.us <= handler.atUs + handler.us);
    assert.equal(JSON.stringify(record).includes('hunter2'), false, 'secrets are out');
    assert.match(record.request.body.text, /"owner":"ada".*"password":"\[redacted\]"/);
    assert.match(record.answer.body.text, /"owner":"ada"/);
});

test('a statement that runs again and again is told, and so is one that only reads', async () => {
    await post('/imports', { owners: ['bob', 'cyd', 'dan'] });
    const imported = await recordOf('/imports');
    assert.deepEqual([imported.sql.count, imported.sql.repeats, imported.repeated[0].times], [3, 3, 3]);
    assert.equal(imported.spans.filter((span) => span.kind === 'transaction').length, 4);
    await fetch(`${dev.url}/accounts?owner=bob`);
    const read = await recordOf('/accounts?owner=bob');
    assert.deepEqual(read.spans.filter((span) => span.kind === 'sql').map((span) => [span.rows, span.offloaded ?? false]), [[1, false], [1, false]]);
});

test('of an answer that is sent as it comes its beginning is kept', async () => {
    assert.equal((await post('/transfers', { from: 1, to: 2, cents: 1 })).status, 201);
    const sent = await (await fetch(`${dev.url}/transfers`)).text();
    assert.ok(sent.length > 10);
    const record = await recordOf('/transfers');
    assert.deepEqual([record.status, record.answer.body.text, record.answer.body.bytes], [200, sent, sent.length]);
});

test('the application is listed: routes, what answers, types', async () => {
    const { routes } = await api('/routes');
    const route = routes.find((one) => one.pattern === '/accounts' && one.method === 'POST');
    assert.deepEqual([route.handler, route.in, route.out, route.chain[0].name], ['open_account', 'OpenIn', 'Account', 'osp_timing']);
    const { why, explain } = await api('/why?method=GET&target=/accounts%3Fowner=x');
    assert.deepEqual(why.chain.map((step) => step.name), ['osp_timing', 'note', 'list']);
    assert.equal(explain.answer.pattern, '/accounts');
    assert.equal((await fetch(`${dev.url}/_openspeed/api/why?target=none`)).status, 400);
    const type = (await api('/types')).find((one) => one.name === 'OpenIn');
    assert.deepEqual(type.members.map((member) => [member.name, member.kind, member.required]), [['owner', 'str', true], ['cents', 'int64', true]]);
    assert.deepEqual(type.members[0].rules, { type: 'string', minLength: 1, maxLength: 80 });
    assert.equal(type.schema.$defs.OpenIn.properties.owner.maxLength, 80);
    assert.deepEqual((await api('/templates')).map((file) => [file.file, file.pages]), [['routes/hello/layout.html', ['/hello']], ['routes/hello/page.html', ['/hello']]]);
});

test('a request is taken once more, by who has the token', async () => {
    const record = await recordOf('/accounts?token=[redacted]');
    const url = `${dev.url}/_openspeed/api/replay/${record.id}`;
    assert.equal((await fetch(url, { method: 'POST' })).status, 403);
    assert.equal((await fetch(url, { method: 'POST', headers: { 'openspeed-token': '0'.repeat(32) } })).status, 403);
    assert.equal((await fetch(url)).status, 404);
    const { token } = await api('');
    const headers = { 'openspeed-token': token };
    const { id, of } = await (await fetch(url, { method: 'POST', headers })).json();
    assert.equal(of, record.id);
    const again = await api(`/requests/${id}`);
    assert.deepEqual([again.status, again.replayOf, again.method], [409, record.id, 'POST'], 'ada has an account by now');
    assert.equal(again.request.body.text, record.request.body.text);
    assert.deepEqual(again.spans.map((span) => span.kind), ['middleware', 'middleware', 'input', 'handler', 'sql', 'answer']);
    assert.equal((await fetch(`${dev.url}/_openspeed/api/replay/1-1`, { method: 'POST', headers })).status, 404);
});

test('a page is told with its templates, and its replay is the same', async () => {
    const page = await (await fetch(`${dev.url}/hello`)).text();
    assert.match(page, /<script src="\/_openspeed\/client.js".*<p>\/hello</s);
    const [, navigate] = /<script src="(\/_openspeed\/navigate-[^"]+)"/.exec(page); // of the application, beside what is ours
    assert.equal((await fetch(dev.url + navigate)).status, 200);
    const record = await recordOf('/hello');
    assert.deepEqual(record.spans.filter((span) => span.kind === 'template').map((span) => span.name), ['routes/hello/layout.html', 'routes/hello/page.html']);
    assert.equal(record.answer.body.text, page);
    const { token } = await api('');
    const { id } = await (await fetch(`${dev.url}/_openspeed/api/replay/${record.id}`, { method: 'POST', headers: { 'openspeed-token': token } })).json();
    assert.equal((await api(`/requests/${id}`)).answer.body.text, page);
});

/** The status of a request with headers that fetch does not let one set. */
const statusOf = (head) => within(30_000, head, new Promise((done, fail) => {
    const socket = net.connect(new URL(dev.url).port, '127.0.0.1', () => socket.end(`${head}\r\nConnection: close\r\n\r\n`));
    let text = '';
    socket.on('data', (data) => (text += data));
    socket.on('end', () => done(Number(text.split(' ')[1])));
    socket.on('error', fail);
}));

test('nobody but this machine is told anything, under no other name and from no other site', async () => {
    const { host } = new URL(dev.url);
    for (const target of ['/_openspeed', '/_openspeed/api', '/_openspeed/api/requests', '/_openspeed/api/stream']) {
        assert.equal(await statusOf(`GET ${target} HTTP/1.1\r\nHost: rebound.example`), 403, target);
        assert.equal(await statusOf(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://other.example`), 403, target);
        assert.equal(await statusOf(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nSec-Fetch-Site: cross-site`), 403, target);
    }
    assert.equal(await statusOf(`POST /_openspeed/api/replay/1-1 HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0`), 403);
});

test('the page shows requests as they end, one of them, and a replay', async () => {
    const browser = await open();
    try {
        const page = await browser.page({ viewport: { width: 360, height: 740 } });
        await page.goto(`${dev.url}/_openspeed`);
        await page.waitForSelector('#live.on');
        await fetch(`${dev.url}/accounts?owner=%3Cb%3Elive`);
        await page.locator('#requests a', { hasText: 'owner=%3Cb%3Elive' }).first().click();
        await page.waitForSelector('#title');
        assert.match(await page.textContent('#title'), /GET.*owner=.*200/);
        assert.match(await page.textContent('table.flow'), /middleware osp_timing.*handler list.*SELECT id, owner/s);
        await page.keyboard.press('r');
        await page.waitForSelector('p.note');
        assert.deepEqual(await violations(page), []);
        assert.match(await page.textContent('p.note'), /A replay of the request.*the answer is the same/);
        await page.click('text=Compare them');
        await page.waitForSelector('h1:has-text("Two requests of /accounts")');
        assert.deepEqual(await violations(page), []);
        const evil = '<img src=x onerror=attacked=1>', target = `/accounts?owner=${encodeURIComponent(evil)}`;
        await post(target, { owner: evil, cents: 1 }, { 'x-note': evil });
        await page.goto(`${dev.url}/_openspeed#/requests/${(await recordOf(target)).id}`);
        await page.waitForFunction((text) => document.getElementById('main').textContent.split(text).length > 2, evil); // header and body
        for (const view of ['routes', 'types', 'templates', 'log', 'about']) {
            await page.click(`#nav a[href="#/${view}"]`);
            await page.waitForFunction((name) => document.getElementById('main').dataset.view === name, view);
            assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${view} fits a phone`);
            assert.deepEqual(await violations(page), [], view);
            assert.equal(await page.evaluate(() => document.querySelectorAll('img').length + (globalThis.attacked ?? 0)), 0, view);
        }
        assert.deepEqual(page.complaints, []);
    } finally {
        await browser.close();
    }
});

test('requests and the log outlive the worker', async () => {
    const before = (await api('/requests')).length;
    const { pid } = await api('');
    fs.appendFileSync(path.join(app, 'routes/middleware.c'), '/* changed */\n');
    await dev.next(({ event, generation }) => event === 'serving' && generation > 1);
    assert.notEqual((await api('')).pid, pid);
    assert.equal((await api('/requests')).length, before);
    assert.equal((await recordOf('/imports')).sql.repeats, 3);
    assert.ok((await api('/log')).some((line) => line.message === 'on its way to /imports' && line.source === 'routes/middleware.c:5'), JSON.stringify(await api('/log')));
});
