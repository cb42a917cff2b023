// `openspeed dev`: what is edited answers, what is broken does not, and nobody who asks notices either.
// Sanitizers: address, never thread. `openspeed dev` links one library without sanitizers and one with AddressSanitizer.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { open } from '../browser/browser.mjs';
import { Dev, WAIT_MS } from './develop.mjs';
import { openspeed, run, sleep, within, writeFiles } from './start.mjs';

const sanitized = /-asan$/.test(process.env.OPENSPEED_BUILD_DIR ?? '');
const flags = sanitized ? [] : ['--no-sanitize'];
const env = { OPENSPEED_DEADLINES_STUCK_S: '2' }; // the least
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-dev-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const route = (handler, extra = '') => `#include <openspeed/openspeed.h>
#include "lib/word.h"
${extra}
static osp_status answer(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    ${handler}
}
OSP_ROUTE(GET, answer, void, void);
`;
const says = (text) => route(`return osp_text(ctx, S("${text} " WORD));`);
const spins = route('while (n == 0) { n += 0; } return OSP_OK;', 'static volatile int n;');
const page = `#include <openspeed/openspeed.h>
static osp_status answer(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_set_header(ctx, S("Content-Security-Policy"), S("default-src 'none'; script-src 'nonce-abc'")));
    return osp_html(ctx, S("<!doctype html><html><head><title>x</title></head><body>page</body></html>"));
}
OSP_ROUTE(GET, answer, void, void);
`;

const site = (text, more = '') => `<!doctype html><title>site</title><link rel=icon href="data:,"><link rel=stylesheet href="/style.css"><input><p id=p>${text}</p>${more}`;

/** Asks again and again over a kept connection; what it saw is told at the end. */
function client(dev) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
    const seen = { answers: 0, failures: [] };
    let ends = false;
    const ask = () => new Promise((done) => {
        const request = http.get(`${dev.url}/`, { agent }, (answer) => {
            answer.resume();
            answer.on('end', () => done(answer.statusCode === 200 ? null : `status ${answer.statusCode}`));
        });
        request.on('error', (error) => done(error.message));
    });
    const loop = (async () => {
        while (!ends) {
            const wrong = await ask();
            seen.answers++;
            if (wrong !== null) seen.failures.push(wrong);
            await sleep(3);
        }
    })();
    return async () => {
        ends = true;
        await loop;
        agent.destroy();
        return seen;
    };
}

function makeApp(name) {
    const folder = path.join(scratch, name);
    const files = {
        'routes/route.c': says('one'),
        'routes/page/route.c': page,
        'routes/site/page.html': site('first'),
        'lib/word.h': '#define WORD "word"\n',
        'public/style.css': 'p { color: red }\n',
    };
    writeFiles(folder, files);
    return folder;
}

/** Hears what browsers are told; what it gives waits for a word and gives all that was said up to it. */
async function listen(dev) {
    const events = await dev.get('/_openspeed/events');
    assert.equal(events.headers.get('Connection'), 'close'); // else a page is loaded anew by it, of the worker that leaves
    const reader = events.body.getReader();
    return async (wanted) => {
        for (let text = ''; ;) {
            const { value, done } = await within(WAIT_MS, wanted, reader.read());
            text += value ? Buffer.from(value).toString() : '';
            if (text.includes(wanted)) return text;
            assert.ok(!done, `the stream ended without ${wanted}`);
        }
    };
}

describe('an application that is written while it serves', () => {
    let dev, listener;
    before(async () => {
        dev = await new Dev(makeApp('app'), { args: flags, env }).begin();
        await dev.serving();
    });
    after(() => dev.child.kill('SIGKILL'));

    test('answers as it was edited, and no request fails meanwhile', async () => {
        const end = client(dev);
        assert.equal(await dev.text('/'), 'one word');
        dev.write('routes/route.c', says('two'));
        await dev.serving();
        assert.equal(await dev.text('/'), 'two word');
        dev.write('lib/word.h', '#define WORD "header"\n');
        await dev.serving();
        assert.equal(await dev.text('/'), 'two header');
        dev.write('routes/more/route.c', says('more'));
        await dev.serving();
        assert.equal(await dev.text('/more'), 'more header');
        fs.renameSync(path.join(dev.folder, 'routes/more'), path.join(dev.folder, 'routes/moved'));
        await dev.serving();
        assert.equal(await dev.text('/moved'), 'more header');
        fs.rmSync(path.join(dev.folder, 'routes/moved'), { recursive: true });
        await dev.serving();
        assert.equal((await dev.get('/moved')).status, 404);
        const { answers, failures } = await end();
        assert.deepEqual(failures, []);
        assert.ok(answers > 5);
        await dev.alone();
    });

    test('is built once for a burst of changes', async () => {
        const before = (await (dev.write('routes/route.c', says('three')), dev.serving())).generation;
        dev.burst(() => {
            for (const word of ['a', 'b', 'c']) dev.write('lib/word.h', `#define WORD "${word}"\n`);
            dev.write('routes/route.c', says('burst'));
        });
        assert.equal((await dev.serving()).generation, before + 1);
        assert.equal(await dev.text('/'), 'burst c');
    });

    test('goes on when it does not compile, and is told why', async () => {
        dev.write('routes/route.c', says('x').replace('osp_text', 'osp_texd'));
        const { stage, file } = await dev.failed();
        assert.equal(stage, 'compile');
        assert.match(file, /^routes\/route\.c:8/);
        assert.equal(await dev.text('/'), 'burst c');
        dev.write('routes/route.c', says('mended'));
        await dev.serving();
        assert.equal(await dev.text('/'), 'mended c');
    });

    test('goes on when it does not pass its check, or does not start', async () => {
        const bad = 'typedef struct BadIn { int32_t n; } BadIn;\nOSP_TYPE(BadIn, QUERY(n, RANGE(1, 5), .fallback = "9"));';
        dev.write('routes/route.c', route('return osp_text(ctx, S(WORD));', bad)
            .replaceAll('const void *in', 'const BadIn *in').replace('answer, void, void', 'answer, BadIn, void'));
        assert.equal((await dev.failed()).stage, 'check');
        assert.equal(await dev.text('/'), 'mended c');
        dev.write('routes/route.c', route('return osp_text(ctx, S(WORD));',
            '#include <stdlib.h>\n__attribute__((constructor)) static void early(void) { exit(7); }'));
        assert.equal((await dev.failed()).stage, 'start');
        assert.equal(await dev.text('/'), 'mended c');
    });

    test('is taken back when it crashes in its first requests', async () => {
        dev.write('routes/route.c', route('__builtin_trap();'));
        await dev.serving();
        await dev.get('/').then((answer) => assert.equal(answer.status, 500), () => {});
        await dev.failed();
        await dev.serving();
        assert.equal(await dev.text('/'), 'mended c');
        dev.write('routes/route.c', says('after'));
        await dev.serving();
        assert.equal(await dev.text('/'), 'after c');
    });

    test('ends a handler that never ends, and has the edit that mends it before', async () => {
        dev.write('routes/route.c', spins);
        await dev.serving();
        const loops = dev.get('/');
        while (await fetch(`${dev.url}/page`, { signal: AbortSignal.timeout(300) }).then(() => true, () => false)) await sleep(5);
        dev.write('routes/route.c', says('after'));
        await dev.next(({ event }) => event === 'change');
        const { stage, file, error } = await dev.failed();
        assert.deepEqual([stage, error], ['hang', 'A handler ran for 2 s without waiting']);
        assert.match(file, /^routes\/route\.c:8:/);
        assert.equal((await loops).status, 500);
        await dev.serving();
        assert.equal(await dev.text('/'), 'after c');
    });

    test('tells nothing of templates that are newer than the version that came back', async () => {
        const begun = dev.events.length;
        const filler = (does) => `#include <openspeed/openspeed.h>
typedef struct View { osp_str word; } View;
OSP_TYPE(View, FIELD(word));
static osp_status load(osp_ctx *ctx, const void *in, View *out) { ${does} }
OSP_PAGE(load, void, View);
`;
        dev.write('routes/site/page.c', filler('__builtin_trap();'));
        await dev.serving();
        dev.write('routes/site/page.html', site('{{word}}'));
        await dev.next(({ event }) => event === 'templates');
        await dev.get('/site').then((answer) => assert.equal(answer.status, 500), () => {});
        await dev.failed();
        await dev.serving();
        assert.equal(await dev.text('/'), 'after c');
        dev.write('routes/site/page.c', filler('out->word = S("filled"); return OSP_OK;'));
        await dev.serving();
        assert.match(await dev.text('/site'), /filled/);
        assert.deepEqual(dev.events.slice(begun).filter(({ stage }) => stage === 'template'), []);
    });

    test('tells browsers of this machine, and nobody else', async () => {
        const script = await dev.get('/_openspeed/client.js');
        assert.equal(script.status, 200);
        assert.match(script.headers.get('Content-Type'), /^text\/javascript/);
        const ask = (headers) => new Promise((done) => http.get(`${dev.url}/_openspeed/client.js`, { headers }, (answer) => {
            answer.resume();
            done(answer.statusCode);
        }));
        const host = `127.0.0.1:${dev.port}`;
        for (const headers of [{ Host: `evil.example:${dev.port}` }, { Host: host, Origin: 'http://evil.example' },
            { Host: host, Origin: `https://${host}` }, { Host: host, 'Sec-Fetch-Site': 'cross-site' }, { Host: host, Origin: 'null' },
            { Host: host, Origin: `http://${host}.evil.example` }, { Host: host, Origin: 'http://127.0.0.1:1' }, { Host: `localhost.:${dev.port}` },
            { Host: '127.0.0.1.evil.example' }, { Host: '2130706433' }, { Host: 'evil.example', 'X-Forwarded-Host': host },
            // A tunnel that ends here, and says whom it asks for.
            { Host: host, 'X-Forwarded-For': '192.0.2.7' }, { Host: host, 'X-Forwarded-For': ['127.0.0.1', '192.0.2.7'] },
            { Host: host, 'X-Forwarded-For': '127.0.0.1,unknown' }, { Host: host, Forwarded: 'for=192.0.2.7' }]) {
            assert.equal(await ask(headers), 403, JSON.stringify(headers));
        }
        for (const headers of [{ Host: `localhost:${dev.port}` }, { Host: host, Origin: `http://${host}` }, { Host: '[::1]' }, { Host: 'LOCALHOST' },
            { Host: host, 'X-Forwarded-For': '127.0.0.1, ::1' }]) {
            assert.equal(await ask(headers), 200, JSON.stringify(headers));
        }
        listener = await listen(dev);
        await listener('event: hello');
    });

    test('puts the script into pages, and lets their policy have it', async () => {
        const answer = await dev.get('/page');
        assert.match(await answer.text(), /<head><script src="\/_openspeed\/client\.js" data-generation="\d+" nonce="abc" defer><\/script>/);
        assert.equal(answer.headers.get('Content-Security-Policy'),
            "default-src 'none'; script-src 'nonce-abc' 'self'; connect-src 'self'; style-src 'self'");
    });

    test('shows other templates and style sheets without a build', async () => {
        dev.write('routes/site/page.html', site('second'));
        await dev.next(({ event }) => event === 'templates');
        assert.match(await dev.text('/site'), /<p id=p>second/);
        await listener('event: templates');
        dev.write('routes/site/page.html', '<p>{{nothing}}');
        assert.equal((await dev.failed()).stage, 'template');
        assert.match(await dev.text('/site'), /<p id=p>second/);
        dev.write('routes/site/page.html', site('third'));
        await dev.next(({ event }) => event === 'templates');
        dev.write('public/style.css', 'p { color: rebeccapurple }\n');
        await listener('event: css');
        assert.match(await dev.text('/style.css'), /rebeccapurple/);
        assert.match(await dev.text('/site'), /<p id=p>third/);
    });

    test('changes pages that are open: in place, their sheets alone, or as a whole', async () => {
        const browser = await open();
        try {
            const tab = await browser.page();
            await tab.goto(`${dev.url}/site`);
            const shows = (text) => tab.waitForFunction((wanted) => document.querySelector('#p')?.textContent === wanted, text);
            const colour = (wanted) => tab.waitForFunction((one) => getComputedStyle(document.querySelector('#p')).color === one, wanted);
            await tab.waitForFunction(() => window.openspeed?.listens);
            await tab.fill('input', 'typed');
            await tab.evaluate(() => (window.same = true));
            dev.write('routes/site/page.html', site('fourth', '<b>more</b>'));
            await shows('fourth');
            assert.equal(await tab.textContent('b'), 'more');
            dev.write('public/style.css', '#p { color: rgb(1, 2, 3) }\n');
            await colour('rgb(1, 2, 3)');
            assert.equal(await tab.evaluate(() => window.same), true, 'the page was not loaded anew');
            assert.equal(await tab.inputValue('input'), 'typed');
            dev.write('lib/word.h', '#define WORD "anew"\n');
            await dev.serving();
            await listener('event: reload');
            await tab.waitForFunction(() => window.same === undefined && window.openspeed?.listens);
            await shows('fourth');
            assert.deepEqual(tab.complaints, []);
        } finally {
            await browser.close();
        }
    });

    test('takes another configuration, and leaves no process behind', async () => {
        dev.write('openspeed.json', '{ "limits": { "target": 100 } }\n');
        await dev.serving();
        assert.equal((await dev.get(`/${'x'.repeat(200)}`)).status, 414);
        await dev.alone();
        const fds = fs.readdirSync(`/proc/${dev.child.pid}/fd`).length;
        assert.ok(fds < 20, `${fds} descriptors`);
        assert.deepEqual(await dev.stop(), { code: 0, signal: null }, dev.log.slice(-4000));
        assert.doesNotMatch(dev.log, /runtime error:|ERROR: \w+Sanitizer: (?!ILL|TRAP)/);
    });
});

test('a folder that does not build yet is waited for, also where the system tells of no changes', async () => {
    const folder = makeApp('late');
    fs.writeFileSync(path.join(folder, 'routes/route.c'), 'int\n');
    const dev = await new Dev(folder, { args: ['--poll', ...flags] }).begin();
    try {
        await dev.failed();
        let answer;
        do answer = await dev.get('/anything', { Accept: 'text/html' }); while (answer.status !== 503);
        assert.match(await answer.text(), /_openspeed\/client\.js/);
        dev.write('routes/route.c', says('there'));
        await dev.serving();
        assert.equal(await dev.text('/'), 'there word');
        const busy = await run(openspeed, ['dev', folder, '--port', `${dev.port}`, ...flags]);
        assert.equal(busy.code, 1);
        assert.match(busy.stderr, new RegExp(`${dev.port}.*in use|in use.*${dev.port}`, 's'));
    } finally {
        await dev.stop('SIGKILL'); // its workers hear of that
    }
});

test('what has crashed again and again is shown no more when it was mended before it was started again', async () => {
    const folder = makeApp('crashes');
    fs.writeFileSync(path.join(folder, 'routes/route.c'), route('__builtin_trap();'));
    const dev = await new Dev(folder, { args: flags }).begin();
    try {
        await dev.serving();
        const pauses = () => dev.events.filter(({ event }) => event === 'restarting').map((one) => one.pause_ms);
        while (!pauses().includes(200)) await dev.get('/').catch(() => {}); // each twice as long as the one before
        dev.write('routes/route.c', says('mended'));
        await dev.next(({ event }) => event === 'change');
        await dev.serving(); // on a slow machine it is what crashes that serves, once more
        while (await dev.text('/').catch(() => '') !== 'mended word') await sleep(20);
        const listener = await listen(dev);
        dev.write('public/style.css', 'p { color: green }\n');
        assert.doesNotMatch(await listener('event: css'), /event: report/);
    } finally {
        await dev.stop('SIGKILL');
    }
});

test('tcc makes a preview, which another compiler judges', { skip: sanitized && 'one library alone has sanitizers' }, async () => {
    const dev = await new Dev(makeApp('fast'), { args: ['--fast', ...flags], env }).begin();
    try {
        await dev.next(({ event, fast }) => event === 'serving' && fast);
        const { generation } = await dev.next(({ event, fast }) => event === 'serving' && !fast);
        dev.write('routes/route.c', says('quick'));
        const preview = await dev.next(({ event, fast }) => event === 'serving' && fast);
        assert.equal(preview.generation, generation + 1);
        assert.equal(await dev.text('/'), 'quick word');
        const judged = await dev.next(({ event, fast }) => event === 'serving' && !fast);
        assert.equal(judged.generation, preview.generation, 'no page is loaded anew for it');
        // gcc is stricter: the preview goes on, and the judgement is shown.
        dev.write('routes/route.c', says('odd').replace('(void)out;', '(void)out;\n    int *n = ctx;\n    (void)n;'));
        assert.equal((await dev.failed()).stage, 'compile');
        dev.write('routes/route.c', `${spins}
#ifndef __TINYC__
#error "the preview goes on"
#endif
`);
        await dev.next(({ event, fast }) => event === 'serving' && fast);
        assert.equal((await dev.failed()).stage, 'compile');
        assert.equal((await dev.get('/')).status, 500);
        const { stage, file } = await dev.failed();
        assert.equal(stage, 'hang');
        assert.match(file, /^routes\/route\.c:8:/);
    } finally {
        assert.deepEqual(await dev.stop(), { code: 0, signal: null });
    }
});
