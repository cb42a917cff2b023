// Pages, layouts and slots: examples/site as a browser sees it, what tools say of it, and what does not build.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openspeed, root, run, start, within, writeFiles } from './start.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-pages-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));
const HTML = 'text/html; charset=utf-8';

describe('a site of pages', () => {
    let app;
    before(async () => { app = await start('site'); });
    after(() => app?.stop());

    const page = async (url, headers = {}) => {
        const answer = await fetch(`${app.url}${url}`, { redirect: 'manual', headers: { Accept: 'text/html', ...headers } });
        return { status: answer.status, headers: answer.headers, text: await answer.text() };
    };
    /** Of a page its statuses and texts: [status, wanted..., not wanted...]. */
    const shows = async (url, status, wanted, unwanted = [], headers = {}) => {
        const got = await page(url, headers);
        assert.equal(got.status, status, `${url}: ${got.text}`);
        assert.equal(got.headers.get('content-type'), HTML, url);
        for (const one of wanted) assert.ok(got.text.includes(one), `${url} without ${one}:\n${got.text}`);
        for (const one of unwanted) assert.ok(!got.text.includes(one), `${url} with ${one}:\n${got.text}`);
        assert.equal(got.text.match(/<html/g).length, 1, url);
        assert.equal(got.text.match(/<title>/g).length, 1, `${url}:\n${got.text}`);
        return got.text;
    };

    test('a page is within its layouts, each filled by itself', async () => {
        const text = await shows('/', 200, ['<title>Corner Books</title>', '<a href="/books/1">Middlemarch</a> by George Eliot', '3 books, open until 18:00']);
        assert.ok(text.indexOf('<main>') < text.indexOf('<h1>Books</h1>') && text.indexOf('<h1>Books</h1>') < text.indexOf('</main>'));
        await shows('/books/2', 200, ['<title>Moby-Dick</title>', 'content="Moby-Dick by Herman Melville"', '<p class="byline">by Herman Melville</p>',
            'A captain, a whale &amp; a long voyage.', 'aria-label="Path"'], ['A small shop at the corner']);
    });
    test('a slot shows its page of the same URL, or the nearest default', async () => {
        await shows('/', 200, ['New: <a href="/books/2">'], ['Coffee']);
        await shows('/gift', 200, ['Coffee is free today.'], ['New:']);
        await shows('/books/1', 200, ['3 left', 'Coffee is free today.']);
        await shows('/books/3', 200, ['Sold out']);
    });
    test('a slot that fails by itself takes nothing with it', async () => {
        await shows('/books/1?closed=true', 200, ['Nobody answers in the storeroom.', '<h1>Middlemarch</h1>'], ['3 left']);
        assert.equal((await page('/books/1?closed=true')).headers.get('retry-after'), null);
    });
    test('a group has a document of its own, whose layout guards what is in it', async () => {
        await shows('/office', 200, ['<body class="office">', 'Signed in: Ann', '<td>Persuasion</td><td>0</td>'], ['Corner Books'], { Cookie: 'clerk=Ann' });
        const { status, text } = await page('/office');
        assert.equal(status, 401);
        assert.doesNotMatch(text, /Persuasion|Signed in/);
    });
    test('a page can be within fewer layouts than its folder', async () => {
        const slip = await shows('/books/1/print', 200, ['Shelf slip for book 1']);
        assert.ok(slip.startsWith('<!doctype html>') && !slip.includes('osp:'));
        await shows('/books/how-to-order', 200, ['<h1>How to order</h1>', 'Corner Books</a>'], ['aria-label="Path"']);
    });
    test('what is not there is told of by the nearest page, with the status', async () => {
        await shows('/books/9', 404, ['<title>No such book</title>', 'We have no book of that number.', 'aria-label="Path"']);
        await shows('/books/1/nothing', 404, ['<title>No such book</title>', 'aria-label="Path"']);
        await shows('/nothing', 404, ['<title>Not here</title>', 'There is nothing at <code>/nothing</code>', 'Coffee is free']);
        const problem = await page('/books/9', { Accept: 'application/json' });
        assert.equal(problem.headers.get('content-type'), 'application/problem+json');
        assert.equal(JSON.parse(problem.text).status, 404);
        assert.match(problem.headers.get('vary'), /Accept/);
    });
    /** The first bytes of an answer, up to what `until` wants; the connection is left then. */
    const beginning = (url, until, fields = '') => within(60_000, until, new Promise((done, fail) => {
        const socket = net.connect({ port: app.port, host: '127.0.0.1' });
        let text = '';
        socket.setEncoding('utf8').on('error', fail).on('data', (data) => {
            text += data;
            if (text.includes(until)) {
                socket.resetAndDestroy(); // a half-closed one would be waited for
                done(text);
            }
        });
        socket.write(`GET ${url} HTTP/1.1\r\nHost: test\r\nAccept: text/html\r\n${fields}\r\n`);
    }));

    test('what is around a slow page is sent before it is there', async () => {
        const early = await beginning('/books/2/reviews?slow_ms=60000', 'Asking the readers…');
        assert.match(early, /^HTTP\/1\.1 200 OK\r\n/);
        assert.match(early, /<title>Reviews<\/title>/);
        assert.doesNotMatch(early, /many whales|<\/html>/);
        const text = await shows('/books/2/reviews?slow_ms=1', 200, ['&lt;i&gt;Too&lt;/i&gt; many whales.', 'Long, &amp; worth it.', 'Bo, ★★<', '</html>']);
        assert.ok(text.indexOf('Asking the readers…') < text.indexOf('many whales') && text.indexOf('many whales') < text.indexOf('Ask us what we have.'));
        await shows('/books/3/reviews?slow_ms=1', 200, ['role="alert">The readers do not answer: they are all reading.', 'Coffee is free', '</html>'], ['many whales']);
        await shows('/books/x/reviews', 404, ['<title>No such book</title>']);
    });
    test('a client that shows a page gets what differs, and caches are told', async () => {
        const whole = await page('/books/1');
        assert.match(whole.headers.get('vary'), /OpenSpeed-Parts/);
        const hashes = [...whole.text.matchAll(/<!--osp:\d+ ([0-9a-f]{16})-->/g)].map((one) => one[1]);
        assert.equal(hashes.length, 2);
        const parts = async (url, given) => {
            const answer = await page(url, { 'OpenSpeed-Parts': given });
            assert.match(answer.headers.get('vary'), /OpenSpeed-Parts/, url);
            assert.equal(answer.headers.get('content-type'), HTML, url);
            return [answer.headers.get('openspeed-part'), answer.text];
        };
        // The aside is another one at /, so is the layout; within the books the stock differs, and the layout around not.
        const [same, text] = await parts('/books/2', hashes.join());
        assert.equal(same, '1');
        assert.match(text, /^<!--osp:head--><title>Moby-Dick<\/title>/);
        assert.match(text, /<h1>Moby-Dick<\/h1>[^]*1 left[^]*<!--\/osp:1-->$/);
        assert.doesNotMatch(text, /<html|<header|Coffee/);
        for (const [url, given] of [['/', hashes.join()], ['/books/2', 'x'], ['/books/2', `${'0'.repeat(16)},${hashes[1]}`], ['/books/2', ','.repeat(5000)]]) {
            const [none, all] = await parts(url, given);
            assert.deepEqual([none, /<\/html>\n$/.test(all)], [null, true], `${url} ${given}`);
        }
        const [streamed, late] = await parts('/books/2/reviews?slow_ms=1', hashes.join());
        assert.equal(streamed, '1');
        assert.match(late, /Asking the readers…[^]*many whales[^]*<!--\/osp:1-->$/);
    });
    test('the script between pages is of the library, and kept for ever', async () => {
        const { text } = await page('/');
        const [, url] = /<script src="(\/_openspeed\/navigate-[0-9a-f]{16}\.js)" defer><\/script>/.exec(text);
        const script = await page(url);
        assert.equal(script.status, 200);
        assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
        assert.ok(script.text.length < 3000);
        assert.equal((await page('/_openspeed/navigate-0000000000000000.js')).status, 404);
    });
    test('a load can send the client elsewhere, and a page answers HEAD', async () => {
        const old = await page('/old');
        assert.deepEqual([old.status, old.headers.get('location')], [308, '/']);
        const head = await fetch(`${app.url}/books/1`, { method: 'HEAD' });
        assert.deepEqual([head.status, head.headers.get('content-type'), await head.text()], [200, HTML, '']);
        assert.equal((await fetch(`${app.url}/books/1`, { method: 'POST' })).status, 405);
    });
    test('programs have their routes beside the pages, in the document and not', async () => {
        assert.equal((await (await fetch(`${app.url}/api/books`)).json()).books.length, 3);
        const { paths } = await (await fetch(`${app.url}/openapi.json`)).json();
        assert.deepEqual(Object.keys(paths), ['/api/books']);
    });
});

describe('what tools say of pages', () => {
    const ask = async (...args) => {
        const done = await run(openspeed, args);
        assert.equal(done.code, 0, done.stderr);
        return done.stdout;
    };
    test('routes, why and routes.lock name layouts and slots', async () => {
        const routes = JSON.parse(await ask('routes', 'examples/site', '--json'));
        const book = routes.find((one) => one.pattern === '/books/[id=int]');
        assert.deepEqual([book.kind, book.file, book.template, book.layouts], ['page', 'routes/(shop)/books/[id=int]/page.c', 'routes/(shop)/books/[id=int]/page.html',
            ['routes/(shop)/layout.html', 'routes/(shop)/books/layout.html']]);
        assert.equal(routes.find((one) => one.pattern === '/api/books').kind, 'route');
        const { chain } = JSON.parse(await ask('why', 'GET', '/office', 'examples/site', '--json'));
        assert.deepEqual(chain.map((one) => one.kind), ['middleware', 'provider', 'layout', 'page']);
        assert.match(await ask('why', 'GET', '/books/1', 'examples/site'), /slot +stock +routes\/\(shop\)\/books\/@stock\/\[id=int\]\/page\.c:\d+\n/);
        assert.equal(await ask('routes', '--check', 'examples/site'), '');
    });
    test('a URL that nothing answers has a page, and what a slot reads is reviewed', async () => {
        const explain = async (url) => JSON.parse(await ask('routes', 'explain', 'GET', url, 'examples/site', '--json'));
        const pages = async (url) => (await explain(url)).page;
        assert.equal(await pages('/nothing/x'), 'routes/(shop)/not-found.html');
        assert.equal(await pages('/books/x/y'), 'routes/(shop)/books/not-found.html');
        assert.equal(await pages('/gift'), undefined);
        assert.match(await ask('routes', 'explain', 'GET', '/nothing', 'examples/site'), /^ {2}404, nothing answers this URL; people are shown routes\/\(shop\)\/not-found\.html$/m);
        assert.match(fs.readFileSync(path.join(root, 'examples/site/routes.lock'), 'utf8'),
            /^ {4}in routes\/\(shop\)\/books\/@stock\/\[id=int\]\/page\.html: query closed\? bool = "false"\n/m);
    });
    test('routes has a line for each action of a page', async () => {
        const folder = make({ 'routes/page.html': 'x', 'routes/page.c': `${VIEW}OSP_PAGE(load, void, View, .summary = "Home");
static osp_status add(osp_ctx *ctx, const void *in, View *out) { return OSP_OK; }
OSP_ACTION(add, void, View, .summary = "Put one more in");
static osp_status take_away(osp_ctx *ctx, const void *in, View *out) { return OSP_OK; }
OSP_ACTION(take_away, void, View);
` });
        assert.match(await ask('routes', folder), /^ {2}GET {5}\/ +Home\n {2}POST {4}\/\?\/add +Put one more in\n {2}POST {4}\/\?\/take_away +routes\/page\.c\n {2}GET/);
    });
});

/** Makes an application of { path: text } and builds it. */
const VIEW = `#include <openspeed/openspeed.h>
typedef struct View { int32_t n; } View;
OSP_TYPE(View, FIELD(n));
static osp_status load(osp_ctx *ctx, const void *in, View *out) { out->n = 1; return OSP_OK; }
`;
const FILTER = `#include <openspeed/openspeed.h>
static osp_status loud(osp_task *task, const osp_str *in, osp_str *out) { *out = *in; return OSP_OK; }
OSP_FILTER(loud, osp_str, osp_str);
`;
let made = 0;
const make = (files) => {
    const folder = path.join(scratch, `app-${made++}`);
    writeFiles(folder, files);
    return folder;
};
const build = (folder, ...args) => run(openspeed, ['build', folder, ...args]);
const DOCUMENT = '<!doctype html><html lang="en"><head>{{head}}</head><body>{{outlet}}</body></html>\n';

describe('building pages', () => {
    test('a template that changes compiles no file of the application', async () => {
        const folder = make({ 'routes/layout.html': DOCUMENT, 'routes/page.html': '<p>{{n}}</p>\n', 'routes/page.c': `${VIEW}OSP_PAGE(load, void, View);\n` });
        const past = Date.now() / 1000 - 60; // what is written while it is built is compiled again
        fs.utimesSync(path.join(folder, 'routes/page.c'), past, past);
        assert.equal(JSON.parse((await build(folder, '--json')).stdout).compiled, 1);
        writeFiles(folder, { 'routes/page.html': `<p>${'long '.repeat(5000)}{{n}}</p>\n` });
        const { code, stdout } = await build(folder, '--json');
        assert.equal(code, 0);
        const { compiled, linked } = JSON.parse(stdout);
        assert.deepEqual([compiled, linked], [0, true]);
    });
    test('all that is wrong with templates and what fills them is told in one run', async () => {
        const folder = make({
            'routes/layout.html': '<!doctype html><html lang="en"><head>{{head}}</head><body>no outlet</body></html>\n',
            'routes/page.html': '<p>{{m}}</p>\n',
            'routes/page.c': `${VIEW}OSP_PAGE(load, void, View);\n`,
            'routes/a/layout.html': '{{outlet}} {{outlet @gone}}\n',
            'routes/a/layout.c': `${VIEW}OSP_LAYOUT(load, void, View, .streams = true);\n`,
            'routes/a/page.html': '<p>{{n}}</p>\n',
            'routes/a/page.c': `${VIEW}OSP_PAGE(load, void, View, .streams = true, .errors = { 404 });
typedef struct In { osp_str text; } In;
OSP_TYPE(In, FIELD(text));
static osp_status save(osp_ctx *ctx, const In *in, In *out) { return OSP_OK; }
OSP_ACTION(save, In, In);
`,
            'routes/a/@side/default.html': '<p>side</p>\n',
            'routes/b/page.html': '<p>b</p>\n',
            'routes/b/loading.html': '<p>wait</p>\n',
            'routes/c/page.html': '<p>{{n}}</p>\n',
            'routes/c/page.c': `${VIEW}OSP_ROUTE(GET, load, void, View);\n`,
            'routes/d/route.c': `${VIEW}OSP_PAGE(load, void, View);\n`,
            'routes/e/[id]/page.html': '<p>{{id}}</p>\n',
            'routes/e/[id]/page.c': `#include <openspeed/openspeed.h>
typedef struct In { int64_t id; osp_str name; } In;
OSP_TYPE(In, PATH(id), PATH(name));
static osp_status load(osp_ctx *ctx, const In *in, In *out) { return OSP_OK; }
OSP_PAGE(load, In, In);
`,
        });
        const { code, stderr } = await build(folder);
        assert.equal(code, 1);
        for (const wanted of [
            /^routes\/layout\.html:1:1: error: the layout has no \{\{outlet\}\}, where the pages within it are shown$/m,
            /^routes\/page\.html:1:6: error: .*\bm\b.*$/m,
            /^routes\/a\/layout\.html:1:1: error: routes\/a\/@side\/default\.html fills a slot that the layout does not show; add \{\{outlet @side\}\}, or take the folder @side away$/m,
            /^routes\/a\/layout\.html:\d+:\d+: error: nothing fills \{\{outlet @gone\}\}.*@gone\/default\.html$/m,
            /^routes\/a\/layout\.c:5: error: load is of a layout, which is sent at once; \.streams is for pages and slots$/m,
            /^routes\/a\/page\.c:5: error: load streams: its status is sent before it runs.*$/m,
            /^routes\/a\/page\.c:9: error: save is what a form is sent to; its members are FORM.*$/m,
            /^routes\/a\/page\.c:9: error: save has another View than the OSP_PAGE of its file.*$/m,
            /^routes\/b\/loading\.html:1:1: error: it is never shown, for no page that it is the nearest of streams.*$/m,
            /^routes\/c\/page\.c:5: error: load fills a template; declare it by OSP_PAGE$/m,
            /^routes\/d\/route\.c:5: error: load fills a page, but there is no page\.html that it is of.*$/m,
            /^routes\/e\/\[id\]\/page\.c:5: error: In reads PATH\(name\), but the URL \/e\/\[id\] has no \[name\]$/m,
        ]) assert.match(stderr, wanted);
    });
    test('what is wrong with folders is told before anything is compiled', async () => {
        const cases = [
            [{ 'routes/page.html': 'x', 'routes/route.c': `${VIEW}OSP_ROUTE(GET, load, void, View);\n` }, /^error: routes\/page\.html and routes\/route\.c both answer GET \/$/m],
            [{ 'routes/page.html': 'x', 'lib/a.c': FILTER, 'lib/b.c': FILTER }, /^error: lib\/a\.c and lib\/b\.c both declare the filter "loud"$/m],
            [{ 'routes/page.html': 'x', 'routes/a/page.c': 'x' }, /^error: routes\/a\/page\.c fills nothing: there is no page\.html beside it$/m],
        ];
        for (const [files, wanted] of cases) {
            const { code, stderr } = await build(make(files));
            assert.equal(code, 1);
            assert.match(stderr, wanted);
        }
        const folder = make({ 'routes/page.html': 'x' });
        fs.symlinkSync(path.join(root, 'README.md'), path.join(folder, 'routes/error.html'));
        assert.match((await build(folder)).stderr, /^error: routes\/error\.html is a link that leaves the application's folder$/m);
    });
    test('a folder that denies by default asks pages, their actions and the routes beside them', async () => {
        const guarded = (more) => make({
            'lib/me.h': '#ifndef ME_H\n#define ME_H\n#include <openspeed/openspeed.h>\ntypedef struct Me { osp_str name; } Me;\nOSP_PROVIDES(me, Me);\n#endif\n',
            'lib/me.c': '#include "lib/me.h"\nstatic osp_status make_me(osp_ctx *ctx, const void *in, Me *out) { return OSP_DONE; }\nOSP_PROVIDER(me, make_me, void, Me, .authenticates = true);\n',
            'routes/middleware.c': '#include <openspeed/openspeed.h>\nstatic osp_status guard(osp_ctx *ctx, osp_next *next) { return osp_run(ctx, next); }\nOSP_MIDDLEWARE(guard, .deny_by_default = true);\n',
            'routes/layout.html': DOCUMENT,
            'routes/page.html': '<p>{{n}}</p>\n',
            'routes/page.c': `${VIEW}OSP_PAGE(load, void, View);
static osp_status save(osp_ctx *ctx, const void *in, View *out) { return OSP_OK; }
OSP_ACTION(save, void, View);
`,
            'routes/x/page.html': '<p>x</p>\n',
            'routes/x/route.c': `${VIEW}OSP_ROUTE(POST, load, void, View);\n`,
            ...more,
        });
        const open = await build(guarded({}), '--json');
        for (const wanted of [/routes\/page\.c:5: error: GET \/ needs no provider/, /routes\/page\.c:7: error: POST \/ needs no provider/, /routes\/x\/route\.c:5: error: POST \/x needs no provider/]) {
            assert.match(open.stderr + open.stdout, wanted);
        }
        // A layout guards the pages within it, and neither actions nor routes.
        const layout = { 'routes/layout.c': '#include "lib/me.h"\ntypedef struct In { const Me *me; } In;\nOSP_TYPE(In, NEED(me, me));\nstatic osp_status load(osp_ctx *ctx, const In *in, void *out) { return OSP_OK; }\nOSP_LAYOUT(load, In, void);\n' };
        const within = await build(guarded(layout), '--json');
        assert.doesNotMatch(within.stderr + within.stdout, /GET \//);
        assert.match(within.stderr + within.stdout, /POST \/ needs no provider/);
        assert.match(within.stderr + within.stdout, /POST \/x needs no provider/);
    });
});
