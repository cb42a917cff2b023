// Each kind of error in a browser, while one `openspeed dev` runs.
// Sanitizers: address alone. The application that is developed has its own, and is linked with the library of that build.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { open, violations } from '../browser/browser.mjs';
import { ABOUT, ask, BAD, BROKEN, HOME, lineOf } from './broken.mjs';
import { Dev } from './develop.mjs';
import { writeFiles } from './start.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-errors-'));
const write = (name, text) => writeFiles(folder, { [name]: text });

const NEEDY = `#include <openspeed/openspeed.h>
OSP_PROVIDES(clock, int64_t);
typedef struct In { const int64_t *now; } In;
OSP_TYPE(In, NEED(now, clock));
static osp_status needy(osp_ctx *ctx, const In *in, void *out) { (void)in, (void)out; return osp_text(ctx, S("x")); }
OSP_ROUTE(GET, needy, In, void); /* NEEDY */
`;
writeFiles(folder, BROKEN);
after(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('the error overlay', { timeout: 600_000 }, () => {
    let dev, browser, page, dialog;
    before(async () => {
        dev = new Dev(folder);
        [browser] = await Promise.all([open(), dev.begin().then(() => dev.serving())]);
        page = await browser.page({ userAgent: 'Test <img src=x onerror="window.attacked=1">', permissions: ['clipboard-read', 'clipboard-write'],
            extraHTTPHeaders: { Authorization: 'Bearer s3cr3t-header' } });
        dialog = page.locator('openspeed-overlay dialog');
    });
    after(async () => {
        await browser?.close();
        await dev?.stop();
    });
    const sentence = () => dialog.locator('h1').textContent();
    const place = () => dialog.locator('.body > p .place').first().textContent();

    /** Asks for what goes wrong; the report is of this request when it shows its mark. */
    async function visit(kind) {
        const mark = `${kind}-${Math.random().toString(36).slice(2)}`;
        const target = `/bad/${kind}?q=${mark}%3Cscript%3Ewindow.attacked=1%3C/script%3E&magic=s3cr3t-member&token=s3cr3t-query`;
        const answer = await page.goto(dev.url + target);
        assert.equal(answer.status(), 500);
        await dialog.locator('code', { hasText: mark }).waitFor();
        const all = await dialog.textContent();
        assert.ok(all.includes('GET /bad/[kind]') && all.includes('magic=[redacted]') && all.includes('token=[redacted]'), all);
        assert.ok(all.includes('Bearer [redacted]') && !all.includes('s3cr3t'), all);
        assert.ok(all.includes('<img src=x'), all); // as text
        assert.equal(await page.evaluate(() => window.attacked), undefined);
    }
    async function checkPlace(mark) {
        const line = lineOf(BAD, mark);
        assert.match(await place(), new RegExp(`^routes/bad/\\[kind\\]/route\\.c:${line}(:\\d+)?$`));
        assert.match(await dialog.locator('.row.marked').textContent(), new RegExp(mark));
        assert.equal(await dialog.locator('.row.marked').count(), 1);
    }

    for (const [kind, said] of [['over', /^A write of 4 bytes behind the end of a 16-byte allocation$/], ['segv', /^A write through a pointer that is NULL$/],
        ['assert', /^The assertion !is\(in, "assert"\) does not hold$/], ['abort', /^The application called abort\(\)$/],
        ['spin', /^A handler ran for 5 s without waiting$/]]) {
        test(`a worker that dies: ${kind}`, async () => {
            await visit(kind);
            assert.match(await sentence(), said);
            await checkPlace(kind.toUpperCase());
            assert.equal(await dialog.locator('section ol').first().locator('.who').first().textContent(), 'bad');
            if (kind === 'over') {
                assert.deepEqual(await violations(page), []);
                const made = dialog.locator('section', { hasText: 'It was allocated by' });
                assert.match(await made.locator('.place').first().textContent(), new RegExp(`:${lineOf(BAD, 'MADE')}$`));
            }
        });
    }

    test('a request that fails', async () => {
        await visit('fail');
        assert.match(await sentence(), /^The engine is cold: fail-.*<script>/);
        assert.match(await place(), /^routes\/bad\/\[kind\]\/route\.c:\d+/);
        assert.equal(await dialog.locator('.kind').textContent(), 'Failed with 500');
        await visit('other');
        assert.match(await sentence(), /^bad returned -\d+/);
    });

    test('several reports, the keyboard and the clipboard', async () => {
        const first = await sentence();
        await page.keyboard.press('ArrowLeft');
        assert.notEqual(await sentence(), first);
        await page.keyboard.press('ArrowRight');
        assert.equal(await sentence(), first);
        await page.keyboard.press('c');
        await dialog.locator('.copy', { hasText: 'Copied' }).waitFor();
        const copied = await page.evaluate(() => navigator.clipboard.readText());
        assert.ok(copied.startsWith(`${first}\nroutes/bad/[kind]/route.c:`) && !copied.includes('s3cr3t'), copied);
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
        await page.locator('openspeed-overlay .pill').click();
        assert.equal(await sentence(), first);
        // On another page they are not in the way.
        await page.goto(dev.url);
        await page.locator('openspeed-overlay .pill').waitFor();
        assert.equal(await dialog.count(), 0);
    });

    test('a request of somebody else that fails is counted until it is answered well', async () => {
        const pill = page.locator('openspeed-overlay .pill');
        const count = parseInt(await pill.textContent(), 10);
        assert.equal((await ask(dev.url, '/bad/once?q=a')).status, 500);
        await pill.filter({ hasText: `${count + 1} errors` }).waitFor();
        assert.equal((await ask(dev.url, '/bad/once?q=a')).status, 200);
        await pill.filter({ hasText: `${count} errors` }).waitFor();
        assert.equal(await dialog.count(), 0);
    });

    test('what a crash has left is loaded anew when it is mended', async () => {
        const put = async (text) => {
            write('routes/bad/[kind]/route.c', text);
            await dev.next(({ event }) => event === 'change');
            await dev.serving();
        };
        await page.goto(`${dev.url}/bad/segv`);
        await dialog.waitFor();
        await put(BAD.replace('*(volatile int *)(size_t)(2 * four) = 1;', 'return osp_send(ctx, S("text/html"), S("<!doctype html><title>Mended</title>"));'));
        await page.waitForFunction(() => document.title === 'Mended');
        assert.equal(await page.locator('openspeed-overlay').count(), 0);
        await page.goto('about:blank');
        await put(BAD);
        await page.goto(dev.url);
    });

    /** Writes files that do not build, looks at the report, and mends them. */
    async function breaks(files, look) {
        const before = Object.fromEntries(Object.keys(files).map((name) =>
            [name, fs.existsSync(path.join(folder, name)) ? fs.readFileSync(path.join(folder, name), 'utf8') : null]));
        await page.evaluate(() => (window.isOld = true));
        for (const [name, text] of Object.entries(files)) write(name, text);
        try {
            await look();
        } finally {
            for (const [name, text] of Object.entries(before)) {
                if (text === null) fs.rmSync(path.dirname(path.join(folder, name)), { recursive: true });
                else write(name, text);
            }
        }
        await dialog.waitFor({ state: 'detached' });
    }
    const shows = (words) => dialog.locator('h1', { hasText: words }).waitFor();

    test('a source that does not compile', async () => {
        await breaks({ 'routes/route.c': HOME.replace('osp_send(', 'osp_sned(') }, async () => {
            await shows(/osp_sned/);
            assert.match(await place(), /^routes\/route\.c:5:\d+$/);
            assert.match(await dialog.locator('.row.marked').textContent(), /osp_sned/);
            assert.match(await dialog.locator('.findings').textContent(), /Perhaps: osp_send/);
            assert.equal(await dialog.locator('.kind').textContent(), 'Does not compile');
            assert.equal((await fetch(dev.url)).status, 200); // what served goes on
            assert.deepEqual(await violations(page), []);
        });
    });

    test('two routes for one URL', async () => {
        await breaks({ 'routes/bad/[other]/route.c': BAD }, async () => {
            await shows(/\[other\]/);
            assert.equal(await dialog.locator('.kind').textContent(), 'A check failed');
            assert.match(await place(), new RegExp(`^routes/bad/\\[(kind|other)\\]/route\\.c:${lineOf(BAD, 'OSP_ROUTE')}$`));
            assert.match(await dialog.locator('.row.marked').first().textContent(), /OSP_ROUTE\(GET, bad/);
        });
    });

    test('a provider that no file makes', async () => {
        await breaks({ 'routes/needy/route.c': NEEDY }, async () => {
            await shows(/there is no OSP_PROVIDER\(clock, \.\.\.\)/);
            assert.equal(await place(), `routes/needy/route.c:${lineOf(NEEDY, 'NEEDY')}`);
            assert.match(await dialog.locator('.row.marked').textContent(), /NEEDY/);
        });
    });

    test('the page is loaded anew when what was wrong is mended', async () => {
        await page.waitForFunction(() => !window.isOld && document.title === 'Home');
        assert.equal(await page.locator('openspeed-overlay').count(), 0);
    });

    test('a template that names what is not there', async () => {
        await breaks({ 'routes/about/page.html': ABOUT.replace('{{title}}', '{{titel}}') }, async () => {
            await shows(/there is no "titel" here; did you mean title/);
            assert.equal(await place(), 'routes/about/page.html:3:7');
            assert.match(await dialog.locator('.row.marked b').textContent(), /^titel$/);
            assert.equal(await dialog.locator('.kind').textContent(), 'Template');
        });
        assert.deepEqual(page.complaints.filter((said) => !/^Failed to load resource/.test(said)), []);
    });

    test('it answers to this machine alone, by its own name', async () => {
        const port = new URL(dev.url).port;
        const html = { Accept: 'text/html' };
        for (const [headers, is] of [[{}, true], [{ Host: `localhost:${port}` }, true], [{ Host: `evil.example:${port}` }, false],
            [{ Host: `127.0.0.1.evil.example:${port}` }, false], [{ Origin: 'http://evil.example' }, false],
            [{ Origin: `http://127.0.0.1:${port}` }, true], [{ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }, false]]) {
            const asked = JSON.stringify(headers);
            for (const name of ['client.js', 'overlay.js']) {
                assert.equal((await ask(dev.url, `/_openspeed/${name}`, { headers })).status === 200, is, `${name} ${asked}`);
            }
            assert.equal((await ask(dev.url, '/', { headers: { ...html, ...headers } })).text.includes('/_openspeed/'), is, asked);
        }
        assert.notEqual((await ask(dev.url, '/_openspeed/events', { headers: { Host: 'evil.example' } })).status, 200);
        for (const method of ['POST', 'PUT', 'DELETE']) {
            assert.ok((await ask(dev.url, '/_openspeed/overlay.js', { method })).status >= 400);
        }
    });
});
