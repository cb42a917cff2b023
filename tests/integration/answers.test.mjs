// examples/answers from outside: fields, cookies, redirects, what is chosen by Accept, failures.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { start } from './start.mjs';

const FIRST = 'a'.repeat(32), SECOND = 'b'.repeat(32);
const CHROME = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8';

/** As fetch, which sends an Accept of its own and keeps names of fields to itself. */
function ask(url, method, path, { headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
        const request = http.request(`${url}${path}`, { method, headers, agent: false }, async (answer) => {
            let text = '';
            answer.setEncoding('utf8');
            for await (const part of answer) text += part;
            resolve({ status: answer.statusCode, headers: answer.headers, raw: answer.rawHeaders, text });
        });
        request.on('error', reject);
        request.end(body);
    });
}
const form = (fields, headers = {}) => ({ headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: String(new URLSearchParams(fields)) });

describe('answers', () => {
    let app;
    const get = (path, headers) => ask(app.url, 'GET', path, { headers });
    before(async () => { app = await start('answers', { env: { COOKIE_KEY: FIRST, COOKIE_KEY_OLD: '' } }); });
    after(() => app?.stop());

    test('a report comes in the form that the client likes best', async () => {
        const types = [];
        for (const accept of [undefined, '*/*', 'text/csv', 'text/csv, application/json;q=0.1', CHROME, 'text/*;q=0.5, text/html;q=0']) {
            const { headers } = await get('/report', accept && { Accept: accept });
            assert.equal(headers.vary, 'Accept');
            types.push(headers['content-type'].split(/[/;]/)[1]);
        }
        assert.deepEqual(types, ['json', 'json', 'csv', 'csv', 'html', 'csv']);
        const none = await get('/report', { Accept: 'image/png' });
        assert.deepEqual([none.status, none.headers['content-type']], [406, 'application/problem+json']);
    });
    test('an attachment has its name in ASCII and in UTF-8', async () => {
        const { headers } = await get('/report', { Accept: 'text/csv' });
        assert.equal(headers['content-disposition'],
            `attachment; filename="Report May _.csv"; filename*=UTF-8''${encodeURIComponent('Report May €.csv')}`);
    });
    test('a problem is JSON, a page or a text', async () => {
        const missing = async (accept) => get('/nowhere', accept && { Accept: accept });
        assert.equal(JSON.parse((await missing()).text).status, 404);
        const page = await missing(CHROME);
        assert.deepEqual([page.status, page.headers['content-type'], page.headers.vary], [404, 'text/html; charset=utf-8', 'Accept']);
        assert.match(page.text, /<h1>404 Not Found<\/h1>/);
        assert.ok(page.text.includes(page.headers['x-request-id']) && !page.text.includes('<script'));
        assert.match((await missing('text/plain')).text, /^404 Not Found\n\nThere is nothing at this URL\.\n\nRequest /);
    });
    test('what a client sends cannot become a part of the page', async () => {
        const bad = await get('/rows?count=%3Cb%3E&%3Cscript%3E=1', { Accept: 'text/html' });
        assert.equal(bad.status, 422);
        assert.ok(/<li><code>count<\/code>/.test(bad.text) && !/<b>|<script>/.test(bad.text), bad.text);
    });
    test('a failure has a type and members of its own', async () => {
        const answer = await ask(app.url, 'POST', '/transfers', { headers: { 'Content-Type': 'application/json' }, body: '{"amount":50}' });
        assert.deepEqual(JSON.parse(answer.text), { type: '/problems/no-credit', status: 403, title: 'Not enough credit',
            detail: '20 are missing.', balance: 30, missing: 20 });
    });
    test('a failure that is taken back keeps its status', async () => {
        const lost = await get('/pages/lost');
        assert.deepEqual([lost.status, lost.headers['content-type']], [404, 'text/html; charset=utf-8']);
        assert.match(lost.text, /No such page/);
        assert.match((await get('/pages/%3Cb%3E')).text, /page: &lt;b&gt;</);
        assert.equal((await get('/pages/home')).status, 200);
    });
    test('lines of JSON come as a stream', async () => {
        const { headers, text } = await get('/rows?count=1000');
        assert.equal(headers['content-type'], 'application/x-ndjson');
        const rows = text.trimEnd().split('\n').map((line) => JSON.parse(line));
        assert.deepEqual([rows.length, rows[999]], [1000, { id: 1000, square: 1000000 }]);
        assert.equal((await ask(app.url, 'HEAD', '/rows')).headers['content-type'], 'application/x-ndjson');
    });
    test('a redirect leads elsewhere, without a body', async () => {
        const { status, headers, text } = await get('/old');
        assert.deepEqual([status, headers.location, headers['content-type'], text], [301, '/report', undefined, '']);
        assert.equal((await get('/old?month=5&x=a%20b')).headers.location, '/report?month=5&x=a%20b');
    });
    test('a client is sent to no other host', async () => {
        for (const [next, location] of [['/a b', '/'], ['/orders?a=1', '/orders?a=1'], ['//evil.example', '/'], ['/\\evil.example', '/'],
            ['https://evil.example', '/'], ['/ä', '/%C3%A4'], ['/\r\nX: y', '/']]) {
            const answer = await ask(app.url, 'POST', '/session', form({ user: 'ann', next }));
            assert.deepEqual([answer.status, answer.headers.location, answer.headers.x], [303, location, undefined], next);
        }
    });
    test('a cookie that is set comes back', async () => {
        const set = await ask(app.url, 'POST', '/theme', form({ theme: 'dark; "ä"' }));
        assert.deepEqual(set.headers['set-cookie'], ['theme=dark%3B%20%22%C3%A4%22; Path=/; Max-Age=31536000; SameSite=Strict']);
        const shown = await get('/theme', { Cookie: `other=1; ${set.headers['set-cookie'][0].split(';')[0]}` });
        assert.deepEqual([shown.text, shown.headers.vary], ['dark; "ä"', 'Cookie']);
        assert.equal((await get('/theme')).text, 'light');
    });
    test('a signed cookie says who is signed in, until it is taken out', async () => {
        const set = await ask(app.url, 'POST', '/session', form({ user: 'Ann Ö' }));
        const [cookie] = set.headers['set-cookie'];
        assert.match(cookie, /^__Host-user=Ann%20%C3%96\.[\w-]{43}; Path=\/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax$/);
        const pair = cookie.split(';')[0];
        assert.deepEqual(JSON.parse((await get('/session', { Cookie: pair })).text), { user: 'Ann Ö' });
        for (const forged of [pair.replace('Ann', 'Bob'), pair.slice(0, -1), pair.replace('__Host-user', 'user'), '__Host-user=Ann']) {
            assert.equal((await get('/session', { Cookie: forged })).status, 401, forged);
        }
        const out = await ask(app.url, 'DELETE', '/session');
        assert.match(out.headers['set-cookie'][0], /^__Host-user=; Path=\/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure;/);
    });
});

describe('answers with a new key', () => {
    let app;
    before(async () => { app = await start('answers', { env: { COOKIE_KEY: FIRST, COOKIE_KEY_OLD: '' } }); });
    after(() => app?.stop());

    test('a cookie of the old key is taken and signed anew; without the old key it is not', async () => {
        const pair = (answer) => answer.headers['set-cookie'][0].split(';')[0];
        const old = pair(await ask(app.url, 'POST', '/session', form({ user: 'ann' })));
        await app.stop();
        app = await start('answers', { env: { COOKIE_KEY: SECOND, COOKIE_KEY_OLD: FIRST } });
        const answer = await ask(app.url, 'GET', '/session', { headers: { Cookie: old } });
        assert.equal(answer.status, 200, answer.text);
        const anew = pair(answer);
        assert.notEqual(anew, old);
        await app.stop();
        app = await start('answers', { env: { COOKIE_KEY: SECOND, COOKIE_KEY_OLD: '' } });
        assert.equal((await ask(app.url, 'GET', '/session', { headers: { Cookie: anew } })).status, 200);
        assert.equal((await ask(app.url, 'GET', '/session', { headers: { Cookie: old } })).status, 401);
    });
});
