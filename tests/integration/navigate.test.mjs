// Going from page to page in a browser: what is shown is what loading the URL shows, and what stays has stayed.
// Sanitizers: none. What runs is the browser's.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { open } from '../browser/browser.mjs';
import { goSoftly, shown } from '../browser/soft.mjs';
import { start, writeFiles } from './start.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-navigate-'));
const FILES = {
    'routes/middleware.c': `#include <openspeed/openspeed.h>
OSP_USE(osp_security_headers, .csp = "default-src 'self'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'");
`,
    'routes/layout.html': `<!doctype html>
<html lang="en"><head><meta charset="utf-8">{{#head}}<title>Tall</title><link rel="stylesheet" href="/a.css">{{/head}}{{head}}</head>
<body><nav><a href="/">home</a> <a href="/one">one</a> <a href="/two#end">two</a> <a href="/one" data-reload>whole</a> <a href="/moved">moved</a>
<a href="/data">data</a> <a href="/two">focus</a> <input aria-label="typed"></nav><main>{{outlet}}</main></body></html>
`,
    'routes/page.html': '<h1>Home</h1><p class="tall"></p><p id="low">low</p>\n',
    'routes/one/page.html': `{{#head}}<title>One</title><link rel="stylesheet" href="/b.css"><style>h1 { color: rgb(1, 2, 3) }</style>{{/head}}
<h1>One</h1><p class="tall"></p>
<script>document.body.dataset.ran = (Number(document.body.dataset.ran) || 0) + 1;</script>
`,
    'routes/two/page.html': '{{#head}}<title>Two</title>{{/head}}\n<h1>Two</h1><p class="tall"></p><p id="end">end</p>\n<input autofocus aria-label="first">\n',
    'routes/moved/page.html': '<p>moved</p>\n',
    'routes/moved/page.c': `#include <openspeed/openspeed.h>
static osp_status load(osp_ctx *ctx, const void *in, void *out) { return osp_redirect(ctx, 303, S("/two")); }
OSP_PAGE(load, void, void);
`,
    'routes/data/route.c': `#include <openspeed/openspeed.h>
static osp_status data(osp_ctx *ctx, const void *in, void *out) { return osp_text(ctx, S("plain")); }
OSP_ROUTE(GET, data, void, void);
`,
    'routes/late/layout.html': '<p><input aria-label="early"> <select aria-label="choice"><option>a<option>b</select></p>\n{{outlet}}\n',
    'routes/late/page.html': '<h1>Late</h1><input aria-label="late">\n',
    'routes/late/loading.html': '<p>Soon</p>\n',
    'routes/late/page.c': `#include <openspeed/openspeed.h>
#include "lib/gate.h"
static osp_status load(osp_ctx *ctx, const void *in, void *out)
{
    while (!gate) {
        OSP_TRY(osp_sleep_ms(ctx, 10));
    }
    return OSP_OK;
}
OSP_PAGE(load, void, void, .streams = true);
`,
    'routes/gate/route.c': `#include <openspeed/openspeed.h>
#include "lib/gate.h"
static osp_status open_gate(osp_ctx *ctx, const void *in, void *out)
{
    gate = true;
    return osp_text(ctx, S("open"));
}
OSP_ROUTE(GET, open_gate, void, void);
`,
    'lib/gate.h': '#include <stdbool.h>\nextern bool gate;\n',
    'lib/gate.c': '#include "lib/gate.h"\nbool gate;\n',
    'public/favicon.ico': '',
    'public/a.css': 'body { margin: 0 } .tall { height: 3000px }\n',
    'public/b.css': 'h1 { font-size: 33px }\n',
};

describe('going from page to page', () => {
    let site, app, browser;
    before(async () => {
        writeFiles(folder, FILES);
        [site, app, browser] = await Promise.all([start('site', { env: { OPENSPEED_DRAIN_S: '1' } }), start(folder), open()]);
        site.crashed = true; // it gives up on a page that takes a minute, of which a sanitizer says that it leaks
    });
    after(async () => {
        await browser?.close();
        await site?.stop();
        await app?.stop();
        fs.rmSync(folder, { recursive: true, force: true });
    });

    test('what a link shows is what its URL shows, from wherever one comes', async () => {
        const urls = ['/', '/gift', '/books/1', '/books/3', '/books/1?closed=true', '/books/how-to-order', '/books/9', '/nothing', '/books/2/reviews?slow_ms=0',
            '/books/2/reviews?slow_ms=400', '/books/3/reviews?slow_ms=0', '/office', '/books/1/print', '/old', '/api/books'];
        const page = await browser.page();
        const hard = {};
        for (const url of urls) {
            await page.goto(site.url + url);
            hard[url] = await shown(page);
        }
        for (const from of ['/books/2', '/books/1/print']) {
            await page.goto(site.url + from);
            for (const url of urls) {
                await goSoftly(page, site.url + url);
                assert.equal(await shown(page), hard[url], `${url} after ${from}`);
            }
        }
        await page.goto(`${site.url}/books/1`);
        for (const url of ['/books/3', '/gift', '/books/9', '/nothing', '/books/2/reviews?slow_ms=0']) {
            assert.equal(await goSoftly(page, site.url + url), true, url);
        }
        assert.equal(await goSoftly(page, `${site.url}/books/1/print`), false);
        await page.context().close();
    });
    test('back and forward show what was there, where it was, and a layout keeps what was typed', async () => {
        const page = await browser.page();
        await page.goto(app.url);
        await page.getByLabel('typed').fill('kept');
        await page.evaluate(() => scrollTo(0, 1500));
        await page.evaluate(() => document.querySelector('a[href="/one"]').click());
        await page.waitForFunction(() => document.title === 'One' && scrollY === 0);
        assert.equal(await page.inputValue('[aria-label=typed]'), 'kept');
        assert.equal(await page.evaluate(() => document.body.dataset.ran), '1');
        assert.deepEqual(await page.evaluate(() => ['color', 'fontSize'].map((one) => getComputedStyle(document.querySelector('h1'))[one])), ['rgb(1, 2, 3)', '33px']);
        await page.goBack();
        await page.waitForFunction(() => document.title === 'Tall' && Math.abs(scrollY - 1500) < 2);
        assert.notEqual(await page.evaluate(() => getComputedStyle(document.querySelector('h1')).fontSize), '33px');
        await page.goForward();
        await page.waitForFunction(() => document.title === 'One');
        assert.equal(await page.inputValue('[aria-label=typed]'), 'kept');
        assert.deepEqual(page.complaints, []);
        await page.context().close();
    });
    test('a fragment is scrolled to, and what asks for the focus has it', async () => {
        const page = await browser.page();
        await page.goto(app.url);
        await page.getByRole('link', { name: 'two' }).click();
        await page.waitForFunction(() => document.title === 'Two' && document.activeElement === document.body && scrollY > 0);
        assert.equal(page.url(), `${app.url}/two#end`);
        await page.goto(app.url); // browsers let a fragment come before it
        await page.getByRole('link', { name: 'focus' }).click();
        await page.waitForFunction(() => document.title === 'Two' && document.activeElement.getAttribute('aria-label') === 'first');
        await page.context().close();
    });
    test('what is unusual is loaded whole', async () => {
        const page = await browser.page();
        const follow = async (name, ready) => {
            await page.goto(app.url);
            await page.evaluate(() => { window.isSame = true; });
            await page.getByRole('link', { name, exact: true }).click();
            await page.waitForFunction(ready);
            return page.evaluate(() => window.isSame === true);
        };
        assert.equal(await follow('one', () => document.title === 'One'), true);
        assert.equal(await follow('whole', () => document.title === 'One' && document.readyState === 'complete'), false);
        await follow('moved', () => document.title === 'Two');
        assert.equal(page.url(), `${app.url}/two`);
        assert.equal(await follow('data', () => document.body.innerText === 'plain'), false);
        await page.goto(app.url); // a server that is gone: the browser says so
        await page.route('**/one', (route) => route.abort());
        await page.evaluate(() => document.querySelector('a[href="/one"]').click());
        await page.waitForURL(/chrome-error|\/one$/);
        await page.context().close();
    });
    test('what is typed into the beginning of a page stays when the rest is there', async () => {
        const page = await browser.page();
        await page.goto(app.url);
        await page.evaluate(() => { navigation.navigate('/late'); });
        await page.getByText('Soon').waitFor();
        await page.getByLabel('choice').selectOption('b');
        await page.getByLabel('early').fill('typed');
        await fetch(`${app.url}/gate`);
        await page.getByLabel('late', { exact: true }).waitFor();
        assert.deepEqual(await page.evaluate(() => ['early', 'choice', 'late'].map((name) => document.querySelector(`[aria-label=${name}]`).value)), ['typed', 'b', '']);
        await page.waitForFunction(() => document.activeElement.ariaLabel === 'early');
        assert.equal(await page.evaluate(() => document.querySelectorAll('[aria-label=early]').length), 1);
        await page.context().close();
    });
    test('a page that takes long says so until it is there, and the last click counts', async () => {
        const page = await browser.page();
        await page.goto(`${site.url}/books/2`);
        await page.evaluate((to) => { navigation.navigate(to); }, `${site.url}/books/2/reviews?slow_ms=60000`);
        await page.getByText('Asking the readers…').waitFor();
        await goSoftly(page, `${site.url}/gift`);
        assert.equal(await page.title(), 'Gifts');
        assert.equal(await page.evaluate(() => window.isSame), true);
        const alone = await browser.page({ javaScriptEnabled: false });
        void alone.goto(`${site.url}/books/2/reviews?slow_ms=60000`).catch(() => {});
        await alone.getByText('Asking the readers…').waitFor();
        await alone.goto(`${site.url}/books/2/reviews?slow_ms=0`);
        await alone.getByText('many whales').waitFor();
        assert.equal(await alone.getByText('Asking the readers…').isVisible(), false);
        await alone.context().close();
        await page.context().close();
    });
});
