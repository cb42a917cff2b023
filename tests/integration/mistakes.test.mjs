// Mistakes that are easily made in pages, layouts, slots and actions: each is told once, with its place and what to do.
// Sanitizers: address. What judges is the build; the code is under it in unit tests and a fuzzer.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { openspeed, run, writeFiles } from './start.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-mistakes-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));
let made = 0;
const build = (files) => {
    const folder = path.join(scratch, `app-${made++}`);
    writeFiles(folder, files);
    return run(openspeed, ['build', folder]);
};

const DOCUMENT = '<!doctype html><html lang="en"><head>{{head}}</head><body>{{outlet}}</body></html>\n';
const VIEW = `#include <openspeed/openspeed.h>
typedef struct Item { osp_str title; } Item;
OSP_TYPE(Item, FIELD(title));
OSP_LIST_OF(Item);
typedef struct View { osp_str title, password; bool open; Item item; Item_list items; } View;
OSP_TYPE(View, FIELD(title), FIELD(password, .secret = true), FIELD(open), OBJECT(item, Item), LIST(items, Item));
static osp_status load(osp_ctx *ctx, const void *in, View *out) { out->title = OSP_STR("t"); return OSP_OK; }
`;
const PAGE = `${VIEW}OSP_PAGE(load, void, View);\n`;
/** A page with actions of these names. */
const acting = (...names) => `${PAGE}typedef struct In { osp_str name; } In;
OSP_TYPE(In, FORM(name));
${names.map((name) => `static osp_status ${name}(osp_ctx *ctx, const In *in, View *out) { return OSP_OK; }\nOSP_ACTION(${name}, In, View);\n`).join('')}`;

/** [what page.html is, what is told of it, page.c and other files in the folder]. */
const TOLD = [
    // forms
    ['<form method="post" action="?/ad"></form>', '1:31: error: the page has no action "ad"; did you mean add?', { 'page.c': acting('add', 'take_away') }],
    ['<form method="post" action="?/buy&amp;n={{title}}"></form>', '1:31: error: the page has no action "buy"; it has add', { 'page.c': acting('add') }],
    ['<form method="post"><button formaction="?/remove">x</button></form>', '1:43: error: the page has no action "remove"; it has add, take_away', { 'page.c': acting('add', 'take_away') }],
    ['<form method="post"></form>', '1:1: error: the page has several actions, of which this form says none: say action="?/add", or call one of them save', { 'page.c': acting('add', 'take_away') }],
    ['<p>x</p>\n<form method="post"></form>', '2:1: error: nothing takes what this form sends; declare an OSP_ACTION in the page.c beside this page, or take POST in a route.c', { 'page.c': PAGE }],
    ['<form method="post" action="?/add"></form>', '1:31: error: the page has no action "add"; OSP_ACTION in the page.c beside it declares one', {}],
    ['{{> send}}', '1:31: error: the page has no action "ad"; did you mean add?', { '_send.html': '<form method="post" action="?/ad"></form>', 'page.c': acting('add') }, '_send.html'],
    // partials
    ['<p>x</p>\n{{> card title=title}}', '2:1: error: the partial "card" is not given "count"; say count=VALUE', { '_card.html': '<b>{{title}}{{count}}{{count}}</b>', 'page.c': PAGE }],
    ['{{> card}}', '1:1: error: the partial "card" is not given "title"; say title=title', { '_card.html': '<b>{{title}}</b>', 'page.c': PAGE }],
    ['{{> field}}', '1:1: error: the partial "field" is not given "errors"; say errors=errors', { '_field.html': '{{#if errors.name}}<b>{{errors.name}}</b>{{/if}}', 'page.c': acting('add') }],
    ['{{> card title=title count=3}}', '1:22: error: the partial "card" does not name "count"; leave it out', { '_card.html': '<b>{{title}}</b>', 'page.c': PAGE }],
    ['{{> crad}}', '1:5: error: there is no partial "crad", which is a _crad.html beside this file or in a folder above it, or a lib/crad.html; did you mean routes/m11/_card.html?', { '_card.html': '' }],
    ['{{> part}}', '1:5: error: there is no partial "part", which is a _part.html beside this file or in a folder above it, or a lib/part.html: routes/m12/a/_part.html is in another folder', { 'a/_part.html': '' }],
    ['{{> one}}', '1:5: error: the partial leads back to itself, without end', { '_one.html': '{{> two}}', '_two.html': '{{> one}}' }, '_two.html'],
];

/** The same, and nothing is told. */
const GOOD = [
    ['<form method="post"></form><form method="post" action=""></form>', { 'page.c': acting('save', 'add') }],
    ['<form method="post"></form><form method="post" action="?/add#end"></form>', { 'page.c': acting('add') }],
    ['<form method="post"><button formaction="?/add">x</button></form><form method="get"></form>', { 'page.c': acting('add', 'take_away') }],
    ['<form method="post" action="?/{{title}}"></form><form method="post" action="{{title}}"></form><form method="post" action="/x?/ad"></form>', { 'page.c': acting('add', 'take_away') }],
    ['{{> field form=form errors=errors}}{{> text value=form.name error=errors.name}}{{> both a=title}}', {
        'page.c': acting('add'), '_field.html': '<i>{{form.name}}</i>{{#if errors.name}}{{errors.name}}{{/if}}', '_text.html': '<b>{{value}}</b>{{#if error}}{{error}}{{/if}}',
        '_both.html': '{{> one b=a}}', '_one.html': '{{#if true}}{{else}}{{b}}{{/if}}' }],
    ['<form method="post"></form>', { 'page.c': PAGE, 'route.c': `${VIEW}OSP_ROUTE(POST, load, void, View);\n` }],
];

describe('mistakes in pages', () => {
    test('each is told with its place', async () => {
        const files = { 'routes/layout.html': DOCUMENT };
        for (const [i, [html, , more]] of TOLD.entries()) {
            for (const [name, text] of Object.entries({ 'page.html': `${html}\n`, ...more })) files[`routes/m${i}/${name}`] = text;
        }
        const { code, stderr } = await build(files);
        assert.equal(code, 1);
        const lines = stderr.split('\n');
        for (const [i, [html, told, , file = 'page.html']] of TOLD.entries()) {
            const said = lines.filter((one) => one.startsWith(`routes/m${i}/`) && one.includes(' error: '));
            assert.deepEqual(said, [`routes/m${i}/${file}:${told}`], html);
            assert.match(lines.slice(lines.indexOf(said[0]) + 1).slice(0, 2).join('\n'), /^ +\d+ \| .*\n +\| +\^~*$/, said[0]);
        }
    });
    test('what is right is not told of', async () => {
        const files = { 'routes/layout.html': DOCUMENT };
        for (const [i, [html, more]] of GOOD.entries()) {
            for (const [name, text] of Object.entries({ 'page.html': `${html}\n`, ...more })) files[`routes/g${i}/${name}`] = text;
        }
        const { code, stderr } = await build(files);
        assert.equal(code, 0, stderr);
    });
});
