// Parameters of every source and style over real sockets: tests/apps/params answers with what it read.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { copyApp, openspeed, run, start } from './start.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-params-'));
let app;
before(async () => {
    copyApp('tests/apps/params', scratch);
    app = await start(scratch);
});
after(async () => {
    await app?.stop();
    fs.rmSync(scratch, { recursive: true, force: true });
});

/** Sends the target as it is, which fetch() would change; headers is a list of [name, value]. */
function ask(target, { method = 'GET', headers = [], body = '' } = {}) {
    return new Promise((done, fail) => {
        const request = http.request({ port: new URL(app.url).port, host: '127.0.0.1', method, path: target, agent: false,
            headers: [['Host', 'test'], ['Content-Length', String(Buffer.byteLength(body))], ...headers].flat() },
        (answer) => {
            let text = '';
            answer.setEncoding('utf8').on('data', (data) => (text += data)).on('end', () => {
                const json = /json/.test(answer.headers['content-type'] ?? '');
                done({ status: answer.statusCode, headers: answer.headers, text, json: json ? JSON.parse(text) : null });
            });
        });
        request.on('error', fail);
        request.end(body);
    });
}

async function reads(target, want, options) {
    const answer = await ask(target, options);
    assert.equal(answer.status, 200, answer.text);
    for (const [name, value] of Object.entries(want)) assert.deepEqual(answer.json[name], value, name);
    return answer.json;
}

/** The issues must be these, as "in name code". */
async function refuses(target, issues, options) {
    const answer = await ask(target, options);
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.deepEqual(answer.json.errors.map((e) => `${e.in} ${e.name} ${e.code}`), issues);
    return answer;
}

const status = async (target, options) => (await ask(target, options)).status;

describe('paths', () => {
    test('simple, label and matrix', async () => {
        await reads('/path/1,2/.from=3.to=4/;colors=red;colors=blue',
            { ids: [1, 2], range: { from: 3, to: 4 }, colors: ['red', 'blue'] });
        await reads('/x/../path/%31,2/.to=4/;colors=%72ed', { ids: [1, 2], range: { to: 4 }, colors: ['red'] });
    });
    test('an encoded separator is data', async () => {
        await refuses('/path/1%2C2/.to=4/;colors=red%3Bcolors=blue', ['path ids[0] type', 'path colors[0] enum']);
    });
    test('what does not fit is named', async () => {
        await refuses('/path/1,1/.from=1/colors=red', ['path ids unique', 'path range[to] needs', 'path colors type']);
        await refuses('/path/1/.from=1.to=2.by=3/;colors=red', ['path range[by] additional']);
    });
    test('a segment that is not UTF-8 is malformed', async () => {
        assert.equal(await status('/path/%ff/.to=1/;colors=red'), 400);
        assert.equal(await status('/path/%C3%A/.to=1/;colors=red'), 400);
    });
});

describe('queries', () => {
    test('lists', async () => {
        await reads('/query?q=a&q=b%2Cc&joined=a,b%2Cc&space=a%20b+c&pipe=a|b%7Cc%257C', {
            q: ['a', 'b,c'], joined: ['a', 'b,c'], space: ['a', 'b', 'c'], pipe: ['a', 'b', 'c%7C'] });
        await reads('/query?joined=&q=', { joined: [], q: [''], space: [] });
        await reads('/query?q[]=a', { q: [] });
    });
    test('objects', async () => {
        await reads('/query?from=1&to=2&flat=to,3,from,2&deep[from]=4&deep%5Bto%5D=5',
            { range: { from: 1, to: 2 }, flat: { from: 2, to: 3 }, deep: { from: 4, to: 5 } });
        await refuses('/query?from=1&flat=to,3,by,2&deep[from]=-1&deep[to]=1&deep[to]=2', [
            'query to needs', 'query flat[by] additional', 'query deep[from] minimum', 'query deep[to] duplicate']);
        await refuses('/query?flat=to&deep[a][b]=1', ['query flat type', 'query deep type']);
    });
    test('scalars of every kind', async () => {
        await reads('/query?text=a+b%2B&day=2026-02-28&id=F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6&price=12.50&color=red', {
            text: 'a b+', day: '2026-02-28', id: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', price: '12.50',
            color: 'red', limit: 20 });
        await reads('/query?text', { text: '', color: 'blue' });
        await reads('/query?shade=red&price=99.50', { shade: 'red', price: '99.50' });
        await reads('/query', { shade: undefined });
        await refuses('/query?shade=&price=99.51', ['query price maximum', 'query shade enum']);
        await refuses('/query?limit=0&day=2026-02-29&id=1&price=1e3&color=green&text=1&text=2', [
            'query limit minimum', 'query text duplicate', 'query day type', 'query id type', 'query price type',
            'query color enum']);
    });
    test('patterns hold for each item', async () => {
        await reads('/query?codes=DE&codes=FR', { codes: ['DE', 'FR'] });
        await refuses('/query?codes=DE&codes=fr', ['query codes[1] pattern']);
    });
    test('all at once, and nothing is echoed', async () => {
        const { text } = await refuses('/query?limit=%3Cscript%3E&q=1&q=2&q=3&q=4', ['query q max_items', 'query limit type']);
        assert.doesNotMatch(text, /script/);
    });
    test('what is malformed is 400, as are too many pairs', async () => {
        assert.equal(await status('/query?text=%2'), 400);
        assert.equal(await status('/query?unknown=%ff'), 400);
        assert.equal(await status(`/query?${'z&'.repeat(100)}`), 200);
        assert.equal(await status(`/query?${'z&'.repeat(101)}`), 400);
    });
});

describe('headers and cookies', () => {
    test('missing, empty, twice', async () => {
        await reads('/head', { numbers: [], word: undefined });
        await reads('/head', { numbers: [], word: '' }, { headers: [['X-Word', ''], ['x-numbers', '']] });
        await reads('/head', { numbers: [1, 2, 3] }, { headers: [['x-numbers', '1 ,, 2'], ['X-Numbers', '3']] });
        await refuses('/head', ['header X-Word duplicate'], { headers: [['X-Word', 'a'], ['x-word', 'a']] });
    });
    test('headers are not percent-decoded', async () => {
        await reads('/head', { word: '%41', range: { from: 1, to: 2 } },
            { headers: [['X-Word', '%41'], ['X-Range', 'from=1, to=2']] });
    });
    test('cookies', async () => {
        await reads('/head', { colors: ['red', 'blue'], joined: ['blue', 'red'], size: { to: 3 } },
            { headers: [['Cookie', 'a="b; colors=red; joined=blue,red; colors=bl%75e; to=3']] });
        await refuses('/head', ['cookie colors[0] enum', 'cookie joined type'],
            { headers: [['Cookie', 'colors=; joined=%']] });
    });
    test('a secret goes nowhere', async () => {
        const { text } = await refuses('/head', ['cookie session max_length'],
            { headers: [['Cookie', 'session=hunter2hunter2']] });
        assert.doesNotMatch(text, /hunter/);
    });
});

describe('bodies', () => {
    const form = [['Content-Type', 'application/x-www-form-urlencoded']];
    const post = (body, headers = form) => ({ method: 'POST', body, headers });
    test('a form, as URLSearchParams writes it', async () => {
        const body = new URLSearchParams([['name', 'Zoë & "co"'], ['tags', 'a,b'], ['tags', 'c d+'], ['range[to]', '7'], ['color', 'blue']]);
        await reads('/form', { name: 'Zoë & "co"', tags: ['a,b', 'c d+'], range: { to: 7 }, color: 'blue' }, post(String(body)));
    });
    test('what is no form, or does not fit', async () => {
        assert.equal(await status('/form', post('{"name":"a"}', [['Content-Type', 'application/json']])), 415);
        assert.equal(await status('/form', post('name=a', [])), 415);
        assert.equal(await status('/form', post('name=%zz')), 400);
        assert.equal(await status('/form', post('name=a&'.repeat(256))), 422);
        assert.equal(await status('/form', post('name=a&'.repeat(257))), 413);
        await refuses('/form', ['form name required'], post('', []));
        const { text } = await refuses('/form', ['form name duplicate', 'form password min_length'], post('name=a&name=b&password=hunter2'));
        assert.doesNotMatch(text, /hunter/);
    });
    test('members that nothing names are kept', async () => {
        await reads('/extra?page=2', { page: 2, name: 'n', a: [1, { b: null }], c: 'x' },
            post('{"a":[1,{"b":null}],"name":"n","c":"x"}', []));
    });
});

describe('.nomatch', () => {
    test('the next route answers, else nobody', async () => {
        await reads('/day/2026-01-31', { day: '2026-01-31' });
        const other = await ask('/day/tomorrow?hour=x');
        assert.deepEqual([other.status, other.text], [200, 'day/tomorrow']);
        assert.equal(await status('/night/tomorrow'), 404);
        await refuses('/day/2026-01-31?hour=x', ['query hour type']);
        assert.equal(await status('/day/tomorrow', { method: 'PUT' }), 405);
    });
});

test('the build refuses patterns that do not compile, and styles that a source does not have', async () => {
    const file = path.join(scratch, 'routes/head/route.c');
    const text = fs.readFileSync(file, 'utf8');
    for (const [from, to, words] of [
        ['.max_len = 8', '.pattern = "("', /^error: routes\/head\/route\.c:\d+: In\.session has a pattern that cannot be used/],
        ['.name = "X-Range"', '$&, .style = OSP_STYLE_PIPE', /^error: routes\/head\/route\.c:\d+: In\.range: this style does not belong/],
    ]) {
        fs.writeFileSync(file, text.replace(from, to));
        const { code, stderr } = await run(openspeed, ['build', scratch]);
        assert.equal(code, 1);
        assert.match(stderr, words);
    }
    fs.writeFileSync(file, text);
});
