// Mistakes that are easily made in pages, layouts, slots and actions: each is told once, with its place and what to do.
// Sanitizers: none. What judges is the build; the code is under them in unit tests and a fuzzer.
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

/** [what page.html is, what is told of it, page.c and other files in the folder, which is HERE; the file that is told of]. */
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
    ['{{> crad}}', '1:5: error: there is no partial "crad", which is a _crad.html beside this file or in a folder above it, or a lib/crad.html; did you mean HERE/_card.html?', { '_card.html': '' }],
    ['{{> part}}', '1:5: error: there is no partial "part", which is a _part.html beside this file or in a folder above it, or a lib/part.html: HERE/a/_part.html is in another folder', { 'a/_part.html': '' }],
    ['{{> one}}', '1:5: error: the partial leads back to itself, without end', { '_one.html': '{{> two}}', '_two.html': '{{> one}}' }, '_two.html'],
    // names and blocks
    ['<p>{{titel}}</p>', '1:6: error: there is no "titel" here; did you mean title?', { 'page.c': PAGE }],
    ['<p>{{Title}}</p>', '1:6: error: there is no "Title" here; did you mean title?', { 'page.c': PAGE }],
    ['<p>{{item.titel}}</p>', '1:11: error: Item has no member "titel"; did you mean title?', { 'page.c': PAGE }],
    ['<p>{{password}}</p>', '1:6: error: password is secret: it is never written', { 'page.c': PAGE }],
    ['<p>{{form.name}}</p>', '1:6: error: there is no "form" here: it is where the page has an OSP_ACTION with FORM members', { 'page.c': PAGE }],
    ['<p>{{errors.nam}}</p>', '1:13: error: errors has no member "nam"; did you mean name?', { 'page.c': acting('add') }],
    ['<p>{{item}}</p>', '1:6: error: item is an object, which has no text; name a member of it, or say the filter json', { 'page.c': PAGE }],
    ['<p>{{items}}</p>', '1:6: error: items is a list, which has no text; say {{#each}}, or a filter such as join, length or json', { 'page.c': PAGE }],
    ['<p>{{title | uper}}</p>', '1:14: error: there is no filter "uper"; did you mean upper?', { 'page.c': PAGE }],
    ['<p>{{title | number}}</p>', '1:14: error: number takes a number, and this is a text', { 'page.c': PAGE }],
    ['<p>{{title | truncate}}</p>', '1:14: error: it is written {{... | truncate 80}}', { 'page.c': PAGE }],
    ['{{#each title as t}}x{{/each}}', '1:9: error: #each goes through a list, and title is a text', { 'page.c': PAGE }],
    ['{{#if title == 3}}x{{/if}}', '1:13: error: a text and a whole number cannot be compared by ==', { 'page.c': PAGE }],
    ['{{#if open}}\n<p>x</p>', '1:1: error: this block does not end; {{/if}} is missing', { 'page.c': PAGE }],
    ['{{#if open}}\n<p>x</p>\n{{/each}}', '3:1: error: the block that is open here is #if: it ends with {{/if}}', { 'page.c': PAGE }],
    ['<p>{{title</p>', '1:4: error: the tag does not end; }} is missing', { 'page.c': PAGE }],
    // of other languages
    ['<p>{{{title}}}</p>', '1:4: error: two braces are enough; what is not escaped has the type osp_markup', { 'page.c': PAGE }],
    ['<p>{{.title}}</p>', '1:6: error: a name begins without "."; the item itself is "this"', { 'page.c': PAGE }],
    ['{{range items}}', '1:1: error: say {{#each ... as ...}}', { 'page.c': PAGE }],
    ['{{#if open}}x{{/if}}{{end}}', '1:23: error: a block ends with {{/if}}, {{/each}} or {{/with}}', { 'page.c': PAGE }],
    // places where no value is safe, and parts of a layout
    ['<p {{title}}="x">x</p>', '1:4: error: a name of a tag or attribute cannot come from data; with {{#if}} it can be one of several', { 'page.c': PAGE }],
    ['<script type="{{title}}">x</script>', '1:15: error: the type of a script cannot come from data', { 'page.c': PAGE }],
    ['<a href="javascript:{{title}}">x</a>', '1:21: error: no value can stand in a URL that runs a script or is data itself', { 'page.c': PAGE }],
    ['<p {{#if open}}title="{{/if}}>x</p>', '1:4: error: what is behind this block depends on it: one way ends in an attribute in quotes, the other in a tag', { 'page.c': PAGE }],
    ['{{#head}}<h1>a</h1>{{/head}}', '1:10: error: in {{#head}} stand title, meta, link, base, script, style, noscript and template', {}],
    ['<p>{{outlet}}</p>', '1:4: error: an outlet stands in a layout alone', {}],
    ['x', '1:11: error: the layout has an {{outlet}} already', { 'layout.html': '{{outlet}}{{outlet}}' }, 'layout.html'],
    ['x', '1:1: error: the layout has no {{outlet}}, where the pages within it are shown', { 'layout.html': '<p>x</p>' }, 'layout.html'],
    ['x', '1:19: error: the layout has {{head}} already', { 'layout@.html': '{{head}}{{outlet}}{{head}}' }, 'layout@.html'],
    ['x', '1:13: error: there is no "form" here: it is in the template of a page that has actions', { 'layout.html': '{{outlet}}{{form.name}}', 'page.c': acting('add') }, 'layout.html'],
    ['x', '1:11: error: nothing fills {{outlet @side}} for HERE/page.html; add HERE/@side/default.html', { 'layout.html': '{{outlet}}{{outlet @side}}' }, 'layout.html'],
    ['x', '1:1: error: HERE/@side/default.html fills a slot that the layout does not show; add {{outlet @side}}, or take the folder @side away', { 'layout.html': '{{outlet}}', '@side/default.html': 's' }, 'layout.html'],
    ['x', '1:6: error: there is no "id" here: a parameter of the URL is shown where the In of page.c has it as PATH, and the View as well', { '[id]/page.html': '<p>{{id}}</p>' }, '[id]/page.html'],
];

/** What is wrong with folders and files: a message, and the files. */
const FOLDERS = [
    ['routes/a/page.c fills nothing: there is no page.html beside it', { 'routes/a/page.c': PAGE }],
    ['routes/b/page.html is shown in routes/layout.html, whose slot @side has nothing for it: add routes/@side/default.html',
        { 'routes/layout.html': '{{outlet}}{{outlet @side}}', 'routes/@side/page.html': 's', 'routes/b/page.html': 'b' }],
    ['routes/a/error.html is never shown: no page.html at or below its folder has it as the nearest one', { 'routes/a/error.html': 'e' }],
    ['routes/a/page@(shop).html: there is no folder (shop)/ around it whose layouts it could keep; without a name it keeps that of routes/ alone', { 'routes/a/page@(shop).html': 'e' }],
    ['routes/page.html and routes/route.c both answer GET /', { 'routes/route.c': `${VIEW}OSP_ROUTE(GET, load, void, View);\n` }],
    ['routes/page.html and routes/route.c both answer POST /', { 'routes/page.c': acting('add'), 'routes/route.c': `${VIEW}OSP_ROUTE(POST, load, void, View);\n` }],
    ['routes/layout.c: a layout.c declares OSP_LAYOUT alone', { 'routes/layout.html': DOCUMENT, 'routes/layout.c': PAGE }],
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
            assert.deepEqual(said, [`routes/m${i}/${file}:${told.replaceAll('HERE', `routes/m${i}`)}`], html);
            assert.match(lines.slice(lines.indexOf(said[0]) + 1).slice(0, 2).join('\n'), /^ +\d+ \| .*\n +\| +\^~*$/, said[0]);
        }
    });
    test('what is wrong with folders is one sentence each', async () => {
        for (const [told, files] of FOLDERS) {
            const { code, stderr } = await build({ 'routes/page.html': 'x', ...files });
            assert.deepEqual([code, stderr.split('\n').filter((one) => one !== '')], [1, [`error: ${told}`]]);
        }
    });
    test('a page where nobody looks for it is told of, and what is no page is not', async () => {
        const warning = (file) => `warning: ${file} is not looked at: a page is a page.html below routes/, in the folder of its URL`;
        const { code, stderr } = await build({ 'routes/page.html': 'x', 'page.html': 'x', 'views/blog/index.html': 'x', 'pages/about/layout.html': 'x',
            'lib/page.html': 'x', 'lib/pages/layout.html': 'x', 'public/page.html': 'x', 'tests/page.html': 'x', 'views/mail.html': 'x', 'design/page.html': 'x', '.old/page.html': 'x' });
        assert.deepEqual([code, stderr.split('\n').filter((one) => one.includes(': ') && !one.startsWith('built ')).sort()],
            [0, [warning('page.html'), warning('pages/about/layout.html'), warning('views/blog/index.html')]]);
        const none = await build({ 'pages/page.html': 'x' });
        assert.match(none.stderr, /^warning: pages\/page\.html is not looked at/);
        assert.match(none.stderr, /^error: .* is not an application: it has no routes\/ folder \(.*routes\/page\.html be shown there\)$/m);
        assert.match((await build({ 'routes/page.html': 'x', 'routes/a/page.htm': 'x' })).stderr, /^error: routes\/a\/page\.htm: below routes\/ templates are page\.html/);
    });
    test('one {{head}} that is missing is told once', async () => {
        const page = '{{#head}}<title>x</title>{{/head}}\n';
        const { stderr } = await build({ 'routes/layout.html': '<html>\n<head></head>{{outlet}}</html>\n', 'routes/a/page.html': page, 'routes/b/page.html': page });
        assert.deepEqual(stderr.split('\n').filter((one) => one.startsWith('routes/')),
            ['routes/layout.html:2:1: error: the layout has no {{head}}, where the {{#head}} of routes/a/page.html would be shown; it belongs into <head>']);
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
