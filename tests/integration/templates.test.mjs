// Hostile values in every place of a document, read by a browser: each stays what it is, and none runs.
// Sanitizers: none, never address, never thread. What judges is the browser; the code is under them in unit tests and a fuzzer.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { open } from '../browser/browser.mjs';
import { root } from './start.mjs';

const program = path.join(process.env.OPENSPEED_BUILD_DIR ?? path.join(root, 'build'), 'tests/oracle_templates');

// What OWASP's cheat sheets try in each of its contexts.
const VALUES = [
    '<script>owned()</script>', '"><img src=x onerror=owned()>', "' onmouseover='owned()' x='", '" autofocus onfocus=owned() x="', '</title></textarea><svg onload=owned()>',
    'javascript:owned()', ' jaVa\tscript:owned()', 'data:text/html,<script>parent.owned()</script>', '&#106;avascript:owned()', '//x/?a=b&c=d#e', 'vbscript:owned()',
    "');owned();//", '");owned();//', '</script><script>owned()</script>', '\\\');owned();//', '${owned()}', '`+owned()+`', '*/owned()/*', '\u2028owned()//', '<!--<script>',
    'red;background:url(javascript:owned())', 'x}body{background:red}', '</style><script>owned()</script>', 'expression(owned())', "'+owned()+'", '&quot;+owned()+&quot;',
    '--><script>owned()</script>', 'a b=c onclick=owned()', '=owned()', '{{x}}', '\u0000<b>', 'ä日😀&amp;', ']]><script>owned()</script>', "'; --",
];

const PAGE = `<!doctype html><html><head><meta charset="utf-8"><title>{{x}}</title>
<script>window.owned = () => { document.documentElement.dataset.owned = 'yes' }</script>
<style>#style { width: {{n}}px; } #style::after { content: "{{x}}" } #style { color: {{x}} } /* {{x}} */ #style { background: url("/s?{{x}}") }</style></head><body>
<p id="text">{{x}}</p><!-- {{x}} --><textarea id="area">{{x}}</textarea>
<p id="quoted" title="{{x}}" data-x="{{x}}"></p><p id="single" title='{{x}}'></p><p id="bare" title={{x}} class=c></p>
<a id="link" href="{{x}}">l</a><a id="part" href="/p/{{x}}">l</a><a id="query" href="/p?q={{x}}&amp;r=1">l</a><img id="set" srcset="{{x}} 2x">
<p id="style" style="color: {{x}}; background: url('/i?{{x}}'); content: '{{x}}'"></p>
<button id="button" onclick="seen.push({{x}}, '{{x}}', \`{{x}}\`, {{o}}.a)">b</button>
<script id="json" type="application/json">{"a": {{x}}, "b": "{{x}}", "o": {{o}}}</script>
<script id="other" type="text/x-other">{{x}}</script><iframe id="frame" srcdoc="<p>{{x}}</p>"></iframe><svg><title id="svg">{{x}}</title></svg>
<script>window.seen = [{{x}}, '{{x}}', "{{x}}", \`{{x}}\`, {{o}}.a, /^{{x}}$/.source.length > 0, {{l}}[1]] // {{x}}
</script>
<form method="get" action="{{x}}"><input id="input" value="{{x}}"></form><p id="end">end</p></body></html>`;

let browser;
before(async () => { browser = await open(); });
after(() => browser?.close());

const url = (text) => { try { return decodeURIComponent(text); } catch { return text; } };

test('a value stays in its place, whatever it is', async () => {
    const ran = spawnSync(program, { encoding: 'utf8', maxBuffer: 1 << 26,
        input: VALUES.map((x) => `${JSON.stringify({ own: PAGE, x, n: 7, b: true })}\n`).join('') });
    assert.equal(ran.status, 0, ran.stderr);
    const shown = ran.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
    const page = await browser.page();
    await page.route('**/*', (route) => route.request().url() === 'http://t/' ? route.continue() : route.fulfill({ body: '' }));
    let elements;
    for (const [i, x] of VALUES.entries()) {
        assert.ok(shown[i].good, shown[i].text);
        await page.setContent(shown[i].text, { waitUntil: 'load' });
        const got = await page.evaluate(() => {
            const at = (id) => document.getElementById(id);
            at('button').click();
            at('quoted').dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
            const frame = at('frame').contentDocument.querySelector('p');
            return {
                owned: document.documentElement.dataset.owned ?? 'no', title: document.title, text: at('text').textContent, area: at('area').value,
                quoted: at('quoted').title, data: at('quoted').dataset.x, single: at('single').title, bare: at('bare').title, class: at('bare').className,
                input: at('input').value, svg: at('svg').textContent, other: at('other').textContent, frame: frame.textContent, framed: frame.children.length,
                json: JSON.parse(at('json').textContent), seen: window.seen, href: at('link').protocol, part: new URL(at('part').getAttribute('href'), 'http://t').pathname,
                query: at('query').getAttribute('href'), style: [...at('style').style].filter((name) => !/^background|^color$/.test(name)), end: at('end').textContent,
                elements: document.querySelectorAll('*').length, rules: document.styleSheets[0].cssRules.length, red: getComputedStyle(document.body).backgroundColor,
            };
        });
        const safe = x.replaceAll('\0', '\ufffd');
        const html = safe.replace(/\r\n?/g, '\n');
        const of = (name) => `${name} of ${JSON.stringify(x)}`;
        assert.equal(got.owned, 'no', of('a script'));
        for (const name of ['text', 'area', 'quoted', 'data', 'single', 'bare', 'input', 'svg', 'frame']) assert.equal(got[name], html, of(name));
        assert.equal(got.title, html.replace(/[ \t\n]+/g, ' ').replace(/^ | $/g, ''), of('title'));
        assert.deepEqual(got.json, { a: x, b: x, o: { a: x, n: 7 } }, of('JSON'));
        assert.deepEqual(got.seen, [x, x, x, x, x, true, x, x, x, x, x], of('what the scripts saw'));
        assert.doesNotMatch(got.href, /script:|data:/, of('a link'));
        assert.equal(url(got.query), `/p?q=${x}&r=1`, of('the query'));
        elements ??= got.elements;
        assert.deepEqual([got.class, got.framed, got.end, got.rules, got.elements], ['c', 0, 'end', 4, elements], of('the elements'));
        assert.equal(got.red, 'rgba(0, 0, 0, 0)', of('the style'));
    }
    assert.deepEqual(page.complaints.filter((said) => !/srcset|Failed to load|net::/.test(said)), []);
});
