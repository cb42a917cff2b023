// The small examples from outside: what each of their operations answers.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root, start } from './start.mjs';

let app;
async function api(method, path, { body, headers = {} } = {}) {
    const answer = await fetch(`${app.url}${path}`, { method, headers: { ...(body ? { 'Content-Type': 'application/json' } : {}), ...headers },
        body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: /json/.test(answer.headers.get('content-type')) ? JSON.parse(text) : text };
}
/** The bad fields of a 422. */
const refused = ({ status, body }) => {
    assert.equal(status, 422, JSON.stringify(body));
    return body.errors.map((one) => `${one.pointer ?? `${one.in} ${one.name}`} ${one.code}`).sort();
};

describe('hello', () => {
    before(async () => { app = await start('hello'); });
    after(() => app?.stop());

    test('greets as text and by name', async () => {
        assert.deepEqual(await api('GET', '/'), { status: 200, body: 'Hello from OpenSpeed\n' });
        assert.deepEqual(await api('GET', '/hello/Ada'), { status: 200, body: { message: 'Hello, Ada', times: 1 } });
        assert.deepEqual(await api('GET', '/hello/Zo%C3%AB?times=10'), { status: 200, body: { message: 'Hello, Zoë', times: 10 } });
    });
    test('what does not fit is named', async () => {
        assert.deepEqual(refused(await api('GET', `/hello/${'x'.repeat(41)}?times=0`)), ['path name max_length', 'query times minimum']);
    });
});

describe('files', () => {
    before(async () => { app = await start('files'); });
    after(() => app?.stop());

    test('what is in public/ is answered as it is', async () => {
        assert.match((await api('GET', '/')).body, /<h1>Files<\/h1>/);
        assert.match((await api('GET', '/guide')).body, /more\.txt/);
        assert.equal((await api('GET', '/guide/more.txt')).status, 200);
    });
    test('a handler sends a file to be saved, and nothing from elsewhere', async () => {
        const answer = await fetch(`${app.url}/reports/january.csv`, { headers: { Range: 'bytes=0-9' } });
        assert.equal(answer.status, 206);
        assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8');
        assert.match(answer.headers.get('content-disposition'), /^attachment; filename="?january\.csv"?$/);
        assert.equal(answer.headers.get('cache-control'), 'private, max-age=60');
        assert.equal(await answer.text(), 'day,orders');
        assert.equal((await api('GET', '/reports/february.csv')).status, 404);
    });
});

describe('templates', () => {
    before(async () => { app = await start('templates'); });
    after(() => app?.stop());

    test('what a page shows is escaped for its place', async () => {
        const { status, body } = await api('GET', '/');
        assert.equal(status, 200);
        for (const part of [
            '<title>Soup &quot;of the day&quot;</title>', 'content="Soup &quot;of the day&quot;, easy"', '<p>Soon ready.</p>',
            '<p>Written 1 January 2026 <meter value="4" max="5">4 of 5</meter></p>',
            '<a href="https://ann.example/?a=1&amp;b=2">Ann &amp; Co</a>', '<li id="step-1" class="last" style="width:45px">Boil it. <i>0:45</i></li>',
            '<a class="tag" href="/search?q=hot%20%26%20sour">hot &amp; sour</a>', 'value="soup &amp; bread"', '<p><em>Salt</em> it at the end.</p>',
            'steps: Soup \\u0022of the day\\u0022`',
        ]) assert.ok(body.includes(part), `${part} in ${body}`);
        assert.deepEqual(JSON.parse(/const recipe = (.*)/.exec(body)[1]).tags, ['soup', 'hot & sour']);
    });
});

describe('types', () => {
    const id = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6';
    const order = {
        email: 'ann@example.org', to: { street: 'Main Street 1', city: 'Utrecht', note: null }, place: [5.1, 52.1],
        items: [{ sku: 'ABC-1234', count: 2, price: '12.50' }], payment: { by: 'card', number: '4111111111111111', expires: '09/27' },
        deliver: '2026-02-02', tags: ['gift'], labels: { 'a b': 'c' },
    };
    before(async () => { app = await start('types'); });
    after(() => app?.stop());

    test('an order comes back without what is secret', async () => {
        const { status, body } = await api('POST', '/orders', { body: { ...order, id, created: '2000-01-01T00:00:00Z' } });
        assert.equal(status, 201, JSON.stringify(body));
        const { created, ...rest } = body;
        assert.ok(Math.abs(Date.parse(created) - Date.now()) < 60_000);
        assert.deepEqual(rest, { ...order, id: '00000000-0000-0000-0000-000000000000', status: 'open',
            payment: { by: 'card', expires: '09/27' } });
        const transfer = { by: 'transfer', iban: 'NL91ABNA0417164300' };
        assert.deepEqual((await api('POST', '/orders', { body: { ...order, payment: transfer } })).body.payment, transfer);
    });
    test('every bad part of an order is named', async () => {
        const bad = { ...order, email: 'ann', to: { street: '', city: 'Utrecht', zip: 1 }, items: [{ sku: 'abc', count: 0, price: 12.5 }],
            payment: { by: 'card', number: '1', expires: '13/27' }, deliver: '2026-02-01', tags: ['a', 'a'], place: [1], status: 'lost' };
        assert.deepEqual(refused(await api('POST', '/orders', { body: bad })), ['/deliver check', '/email format',
            '/items/0/count minimum', '/items/0/price type', '/items/0/sku pattern', '/payment/expires pattern', '/payment/number pattern',
            '/place min_items', '/status enum', '/tags unique', '/to/street min_length', '/to/zip additional']);
        assert.deepEqual(refused(await api('POST', '/orders', { body: { ...order, payment: { by: 'cash' } } })), ['/payment/by enum']);
    });
    test('a search reads lists, times and cookies', async () => {
        const found = await api('GET', '/orders?status=open&status=paid&since=2026-01-31T12:00:00Z&tags=a|b&limit=5', { headers: { Cookie: 'session=x' } });
        assert.deepEqual(found, { status: 200, body: { limit: 5, since: '2026-01-31T12:00:00Z', status: ['open', 'paid'], tags: ['a', 'b'] } });
        assert.deepEqual((await api('GET', '/orders')).body, { limit: 20, status: [], tags: [] });
        assert.deepEqual(refused(await api('GET', '/orders?status=lost&since=now&limit=101')), ['query limit maximum', 'query since type', 'query status[0] enum']);
    });
    test('a change is absent, null or a value', async () => {
        const change = (body) => api('PATCH', `/orders/${id}`, { body });
        assert.deepEqual(await change({ deliver: null, status: 'sent' }), { status: 200, body: { id, deliver: 'cleared', status: 'set' } });
        assert.deepEqual((await change({})).body, { id, deliver: 'left', status: 'left' });
        assert.deepEqual(refused(await change({ deliver: '2026-02-01', more: 1 })), ['/deliver check', '/more additional']);
        assert.equal((await api('PATCH', '/orders/1', { body: {} })).status, 404);
    });
});

describe('routes', () => {
    const get = async (path) => {
        const answer = await fetch(`${app.url}${path}`, { redirect: 'manual' });
        return answer.status === 200 ? (await answer.text()).trimEnd() : answer.status;
    };
    before(async () => { app = await start('routes'); });
    after(() => app?.stop());

    test('text goes before a matcher, and the matcher that takes less before the other', async () => {
        assert.equal(await get('/users/me'), 'you');
        assert.equal(await get('/users/7'), 'user 7');
        assert.equal(await get('/users/%37'), 'user 7'); // matchers see what the segment stands for
        assert.equal(await get('/users/07'), 'user 07');
        assert.equal(await get('/users/ada-lovelace'), 'user ada-lovelace');
        assert.equal(await get('/users/ada--lovelace'), 404);
        assert.equal(await get('/users/9223372036854775807'), 'user 9223372036854775807');
        assert.equal(await get('/users/9223372036854775808'), 'user 9223372036854775808');
    });
    test('a matcher of the application stands in its declared order', async () => {
        assert.equal(await get('/numbers/4'), '4 is even');
        assert.equal(await get('/numbers/5'), '5 is odd');
        assert.equal(await get('/numbers/-4'), '-4 is even');
        assert.equal(await get('/numbers/-5'), 404);
    });
    test('parameters have text around them', async () => {
        assert.deepEqual(JSON.parse(await get('/releases/v2.11.json')), { major: 2, minor: 11 });
        assert.equal(await get('/releases/v2.11.12.json'), 404);
        assert.equal(await get('/releases/v2.json'), 404);
    });
    test('an optional catch-all is also nothing', async () => {
        assert.equal(await get('/docs'), 'all pages');
        assert.equal(await get('/docs/a/b%20c'), 'the page a/b c');
        assert.equal(await get('/docs/'), 404);
    });
    test('days that do not exist are no URLs, escapes are text and private folders nothing', async () => {
        assert.equal(await get('/reports/2024-02-29'), 'day 29 of month 2');
        assert.equal(await get('/reports/2023-02-29'), 404);
        assert.equal(await get('/_status'), 'fine');
        assert.equal(await get('/reports/_drafts'), 404);
    });
});

describe('probe', () => {
    before(async () => { app = await start('probe'); });
    after(() => app?.stop());

    test('answers what outside suites ask', async () => {
        assert.deepEqual(await api('GET', '/'), { status: 200, body: 'OpenSpeed answers.\n' });
        assert.deepEqual(await api('POST', '/json', { body: { a: [1, null, 'x'] } }), { status: 200, body: { a: [1, null, 'x'] } });
        const echo = await fetch(`${app.url}/echo`, { method: 'POST', body: 'as it came', headers: { 'Content-Type': 'text/plain' } });
        assert.equal(`${echo.status} ${echo.headers.get('content-type')} ${await echo.text()}`, '200 text/plain as it came');
        assert.equal((await api('GET', '/big')).body.length, 24 << 20);
    });
    test('says where a body is no JSON', async () => {
        const answer = await fetch(`${app.url}/json`, { method: 'POST', body: '{"a":[1,2', headers: { 'Content-Type': 'application/json' } });
        assert.equal(answer.status, 400);
        assert.match((await answer.json()).detail, /column 10/);
    });
});

describe('streams', () => {
    before(async () => { app = await start('streams'); });
    after(() => app?.stop());

    test('reads and writes part by part', async () => {
        const sent = await fetch(`${app.url}/files/a.txt`, { method: 'PUT', body: 'one\ntwo\n', headers: { 'Content-Type': 'text/plain' } });
        assert.equal(sent.status, 201);
        assert.deepEqual(await sent.json(), { name: 'a.txt', media_type: 'text/plain', bytes: 8, lines: 2 });
        const rows = await fetch(`${app.url}/rows?count=2`);
        assert.equal(`${rows.status} ${await rows.text()}`, '200 {"id":1,"square":1}\n{"id":2,"square":4}\n');
        assert.deepEqual(await api('GET', '/ticks?count=1'), { status: 200, body: 'event: tick\nid: 1\ndata: 1\n\n' });
        assert.equal((await fetch(`${app.url}/ticks?count=1`, { headers: { 'Last-Event-ID': '1' } })).status, 204);
        assert.match((await api('GET', '/page')).body, /Hello/);
        assert.equal((await api('GET', '/shout')).status, 426);
        assert.deepEqual(refused(await api('GET', '/ticks?count=0')), ['query count minimum']);
    });
});

describe('forms', () => {
    const photos = path.join(root, 'examples/forms/photos');
    const clean = () => {
        for (const name of fs.readdirSync(photos)) {
            if (name !== '.gitignore') fs.rmSync(path.join(photos, name));
        }
    };
    const send = async (to, ...parts) => {
        const form = new FormData();
        for (const [name, value, file, type] of parts) file ? form.append(name, new Blob([value], { type }), file) : form.append(name, value);
        const answer = await fetch(`${app.url}${to}`, { method: 'POST', body: form });
        return { status: answer.status, body: await answer.json() };
    };
    before(async () => {
        clean();
        app = await start('forms');
    });
    after(async () => {
        await app?.stop();
        clean();
    });

    test('photos are kept under names of their own', async () => {
        assert.match((await api('GET', '/')).body, /multipart\/form-data/);
        const large = 'x'.repeat(100_000);
        const cat = ['photos', 'cat', '../cat.png', 'image/png'], dog = ['photos', large, 'dog.jpg', 'image/jpeg'];
        const { status, body } = await send('/photos', ['title', 'Pets'], cat, dog, cat);
        assert.equal(status, 201, JSON.stringify(body));
        assert.deepEqual(body, { title: 'Pets', covered: false, photos: [{ path: 'photos/cat.png', bytes: 3 },
            { path: 'photos/dog.jpg', bytes: 100_000 }, { path: 'photos/2-cat.png', bytes: 3 }] });
        assert.equal(fs.readFileSync(path.join(photos, 'dog.jpg'), 'utf8'), large);
        assert.equal(fs.readFileSync(path.join(photos, '2-cat.png'), 'utf8'), 'cat');
        assert.deepEqual(refused(await send('/photos', ['cover', 'x', 'x.txt', 'text/plain'])),
            ['form cover enum', 'form photos min_items', 'form title required']);
    });
    test('lines are counted as they come', async () => {
        assert.deepEqual(await send('/lines', ['a', 'one\ntwo'], ['b', '\n'.repeat(70_000), 'b.txt', 'text/plain']),
            { status: 200, body: { parts: 2, bytes: 70_008, lines: 70_001 } }); // a text of a form ends its lines with CR LF
        assert.equal((await api('POST', '/lines', { body: {} })).status, 415);
    });
});

describe('database', () => {
    before(async () => { app = await start('database'); });
    after(() => app?.stop());

    test('accounts are opened, read and closed', async () => {
        assert.deepEqual(await api('POST', '/accounts', { body: { owner: 'Ann', cents: 500 } }),
            { status: 201, body: { id: 1, owner: 'Ann', cents: 500 } });
        assert.equal((await api('POST', '/accounts', { body: { owner: 'Ann', cents: 1 } })).status, 409);
        assert.deepEqual(await api('POST', '/imports', { body: { owners: ['Bob', 'Ann', 'Cem'] } }), { status: 200, body: { opened: 2, there: ['Ann'] } });
        assert.deepEqual((await api('GET', '/accounts?owner=Cem')).body, { accounts: [{ id: 3, owner: 'Cem', cents: 0, closed_at: null }], cents: 500 });
        assert.equal((await api('DELETE', '/accounts/1')).status, 409);
        assert.equal((await api('DELETE', '/accounts/3')).status, 204);
        assert.match((await api('GET', '/accounts/3')).body.closed_at, /^20\d\d-.*Z$/);
        assert.equal((await api('GET', '/accounts/4')).status, 404);
    });
    test('all of a transfer happens, or nothing', async () => {
        const sent = await api('POST', '/transfers', { body: { from: 1, to: 2, cents: 100, note: 'rent' } });
        assert.equal(sent.status, 201, JSON.stringify(sent.body));
        assert.equal((await api('POST', '/transfers', { body: { from: 1, to: 2, cents: 1000 } })).status, 409);
        assert.equal((await api('POST', '/transfers', { body: { from: 1, to: 3, cents: 100 } })).status, 409); // it is closed
        assert.deepEqual((await api('GET', '/accounts')).body.accounts.map((one) => one.cents), [400, 100, 0]);
    });
    test('all rows are sent, however many', async () => {
        await Promise.all(Array.from({ length: 200 }, (_, i) => api('POST', '/transfers', { body: { from: 1 + i % 2, to: 2 - i % 2, cents: 1 } })));
        const lines = (await (await fetch(`${app.url}/transfers`)).text()).trim().split('\n').map((line) => JSON.parse(line));
        assert.deepEqual(lines.map((one) => one.id), Array.from({ length: 201 }, (_, i) => i + 1));
        assert.deepEqual([lines[0].note, lines[1].note, lines[0].cents], ['rent', null, 100]);
    });
});
