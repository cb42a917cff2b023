// Random sites in a browser: wherever one comes from, a link shows what loading its URL shows.
//
// usage: node tests/browser/sweep.mjs OPENSPEED [--seed 1] [--count 500] [--keep]
//
// One application has all of them, each below a folder of its own: layouts in layouts, groups, resets, slots with
// pages and defaults, pages that are filled and that stream, that fail and that there are not, with HTML in which
// parsers move things about.  A tree that differs is printed with both documents.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { start } from '../integration/start.mjs';
import { Random } from '../oracle/random.mjs';
import { open } from './browser.mjs';
import { goSoftly, shown } from './soft.mjs';

const [command, ...rest] = process.argv.slice(2);
const option = (name, fallback) => (rest.includes(name) ? Number(rest[rest.indexOf(name) + 1]) : fallback);
const seed = option('--seed', 1), count = option('--count', 500);

// What may stand around an outlet; a page within is of the sort that fits there.
const FRAMES = [
    ['flow', '<div class="a">', '</div>'], ['flow', '<section>\n', '\n</section>'], ['flow', '<p>before</p>', '<p>after'], ['flow', '', ''],
    ['flow', '<details open><summary>more</summary>', '</details>'], ['flow', '<form method="get"><fieldset>', '</fieldset></form>'],
    ['flow', '<blockquote><b>bold ', '</b></blockquote>'], ['items', '<ul>', '</ul>'], ['rows', '<table><tbody>', '</tbody></table>'],
    ['flow', '<table><tr><td>', '</td></tr></table>'], ['flow', '<svg width="9" height="9"><foreignObject>', '</foreignObject></svg>'],
];
const TEXTS = {
    flow: ['<h1>{{page.path}}</h1>', '<p>one<p>two', 'text &amp; &lt;more&gt;', '<img alt="" src="data:,">', '<pre>\n\n two lines</pre>', '<hr>',
        '<a href="/">home</a>', '<textarea>\n&lt;p></textarea>', '<select><option>a<option selected>b</select>', '<table><tr><td>cell</table>',
        '<math><mi>x</mi></math>', '<script>window.ran = 1;</script>', '<template><p>inert</p></template>', '<dl><dt>a<dd>b</dl>', '\n', ''],
    items: ['<li>one', '<li>two</li>', '<li><a href="/">home</a></li>\n'],
    rows: ['<tr><td>a<td>b', '<tr><th scope="row">c</th></tr>\n', '<tr></tr>'],
};
const HEADS = ['<title>{{page.path}}</title>', '<title>fixed</title>', '<meta name="description" content="{{page.path}}">', '<meta name="robots" content="none">',
    '<link rel="icon" href="/icon.png">', '<style>p { color: green }</style>', '<meta property="og:title" content="x">'];
const FILLED = (streams) => `#include <openspeed/openspeed.h>
typedef struct View { osp_str text; } View;
OSP_TYPE(View, FIELD(text));
static osp_status load(osp_ctx *ctx, const void *in, View *out)
{
    ${streams ? 'OSP_TRY(osp_sleep_ms(ctx, 20));' : ''}
    out->text = osp_path(ctx);
    return OSP_OK;
}
OSP_PAGE(load, void, View${streams ? ', .streams = true' : ''});
`;
const FAILING = `#include <openspeed/openspeed.h>
static osp_status load(osp_ctx *ctx, const void *in, void *out) { return osp_fail(ctx, ${'STATUS'}, "It is not so."); }
OSP_PAGE(load, void, void);
`;

const random = new Random(seed);
const head = (most, whole = true) => {
    const some = HEADS.filter((one) => (whole || !one.includes('{{')) && random.chance(most));
    return some.length > 0 ? `{{#head}}${some.join(random.pick(['', '\n']))}{{/head}}\n` : '';
};
const text = (sort) => Array.from({ length: random.int(1, 4) }, () => random.pick(TEXTS[sort])).join(random.pick(['', '\n', ' ']));

/** Makes a folder and those in it; gives their URLs.  formed: it is within a form, which has none within. */
function make(files, folder, url, sort, depth, formed) {
    const urls = [];
    const slots = [];
    if (depth > 0 && random.chance(45)) {
        const [inner, before, after] = random.pick(FRAMES.filter(([, one]) => (sort === 'flow' && !(formed && one.includes('<form'))) || one === ''));
        formed ||= before.includes('<form');
        if (sort === 'flow' && random.chance(40)) slots.push(...['side', 'top'].slice(0, random.int(1, 2)));
        const shownSlots = slots.map((name) => `<div>{{outlet @${name}}}</div>`).join('');
        const begin = sort === 'flow' ? `${head(20)}${text('flow')}` : '';
        files[`${folder}/layout.html`] = `${begin}${random.chance(50) ? shownSlots : ''}${before}{{outlet}}${after}`;
        if (!files[`${folder}/layout.html`].includes('@') && slots.length > 0) files[`${folder}/layout.html`] += shownSlots;
        sort = before === '' ? sort : inner;
    }
    for (const name of slots) {
        files[`${folder}/@${name}/default.html`] = `${head(10)}<i>${name}</i>`;
    }
    const names = random.shuffle(['a', 'b', 'c', '(g)', '(h)', `[id${depth}]`]).slice(0, depth < 3 ? random.int(0, 3) : 0);
    for (const name of names) {
        if (name.startsWith('(') && depth > 0) continue; // two of them may have one URL
        const below = name.startsWith('(') ? `${folder}/${name}/${name[1]}` : `${folder}/${name}`;
        const part = name.startsWith('(') ? name[1] : name.startsWith('[') ? `x${random.int(0, 99)}` : name;
        urls.push(...make(files, below, `${url}/${part}`, sort, depth + 1, formed));
    }
    if (urls.length === 0 || random.chance(75)) {
        const kind = random.int(0, 9);
        const streams = kind === 0 && sort === 'flow';
        files[`${folder}/page.html`] = `${head(30, !streams)}${text(sort)}${kind < 3 && sort === 'flow' ? '<em>{{text}}</em>' : ''}`;
        if (kind < 3 && sort === 'flow') files[`${folder}/page.c`] = FILLED(streams);
        if (streams) files[`${folder}/loading.html`] = '<p>wait</p>';
        if (kind === 3) {
            files[`${folder}/page.html`] = text(sort);
            files[`${folder}/page.c`] = FAILING.replace('STATUS', random.pick(['404', '503']));
        }
        for (const name of slots) {
            if (random.chance(50)) files[`${folder}/@${name}/page.html`] = `<u>${name}</u>${text('flow')}`;
        }
        urls.push(url);
    }
    return urls;
}

function makeTree(files, number) {
    const folder = `routes/t${number}`;
    const [, before, after] = random.pick(FRAMES.filter(([sort]) => sort === 'flow'));
    files[`${folder}/layout.html`] = `<!doctype html>\n<html lang="en">\n<head>${head(50)}{{head}}</head>\n<body>${text('flow')}${before}{{outlet}}${after}</body></html>\n`;
    const urls = make(files, folder, `/t${number}`, 'flow', 0, before.includes('<form'));
    if (random.chance(50)) files[`${folder}/error.html`] = '<b>{{status}} {{title}}</b>';
    if (random.chance(50)) {
        files[`${folder}/not-found.html`] = `${head(30)}<b>nothing at {{page.path}}</b>`;
        urls.push(`/t${number}/nothing/here`);
    }
    return urls;
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-sweep-'));
const trees = [];
for (let number = 0; number < count; number++) {
    const files = {};
    trees.push({ urls: makeTree(files, number), files });
    for (const [name, content] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        fs.writeFileSync(path.join(folder, name), content);
    }
}
execFileSync(command, ['build', folder], { stdio: ['ignore', 'inherit', 'inherit'] });
const app = await start(folder);
const browser = await open();
const page = await browser.page();
let wrong = 0, went = 0, softly = 0;
for (const { urls, files } of trees) {
    const hard = new Map();
    for (const url of urls) {
        await page.goto(app.url + url);
        hard.set(url, await shown(page));
    }
    for (let i = 0; i < 2 * urls.length && urls.length > 1; i++) {
        const to = random.pick(urls), from = page.url();
        softly += await goSoftly(page, app.url + to);
        went++;
        const soft = await shown(page);
        if (soft !== hard.get(to)) {
            wrong++;
            console.error(`${to} after ${from} differs\n--- hard\n${hard.get(to)}\n--- soft\n${soft}\n--- files\n${Object.entries(files).map(([name, one]) => `${name}: ${JSON.stringify(one)}`).join('\n')}`);
            if (wrong === 5) break;
        }
    }
    if (wrong === 5) break;
}
await browser.close();
await app.stop();
if (!rest.includes('--keep')) fs.rmSync(folder, { recursive: true, force: true });
else console.log(folder);
console.log(`${count} trees with ${trees.flatMap((one) => one.urls).length} URLs: ${went} links, ${softly} of them without loading a document, ${wrong} differ`);
process.exit(wrong === 0 && softly > went / 4 ? 0 : 1);
