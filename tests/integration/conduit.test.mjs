// The Conduit slice from outside: what a client of the RealWorld API sees, good days and bad.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Wire, openspeed, run, scratchDatabase, start, within } from './start.mjs';

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const THAI = 'สวัสดีชาวโลก: บทความแรก';
const THAI_SLUG = 'สวัสดีชาวโลก-บทความแรก';

const database = scratchDatabase();
let app, ann, bob;

/** One request; gives { status, headers, body } with the body decoded. */
async function api(method, path, { body, token, raw, type = 'application/json' } = {}) {
    const answer = await fetch(`${app.url}/api${path}`, {
        method,
        headers: {
            ...(body !== undefined || raw !== undefined ? { 'Content-Type': type } : {}),
            ...(token ? { Authorization: `Token ${token}` } : {}),
        },
        body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null };
}

/** The answer must be a problem document; gives its bad fields as { pointer: detail }. */
function problem(answer, status) {
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
    assert.equal(answer.body.status, status);
    assert.equal(typeof answer.body.title, 'string');
    return Object.fromEntries((answer.body.errors ?? [])
        .map((e) => [e.pointer ?? `${e.in}:${e.name}`, e.detail]));
}

const register = (user) => api('POST', '/users', { body: { user } });
const login = (email, password) => api('POST', '/users/login', { body: { user: { email, password } } });
const write = (article, token = ann) => api('POST', '/articles', { body: { article }, token });
const draft = (title, more = {}) => ({ title, description: 'About it', body: '# Text', ...more });

before(async () => {
    app = await start('conduit', { database });
    const first = await register({ username: 'ann', email: 'ann@example.org', password: 'correct horse' });
    assert.equal(first.status, 201, JSON.stringify(first.body));
    ann = first.body.user.token;
    const second = await register({ username: 'บ๊อบ', email: 'bob@example.org', password: 'battery staple' });
    assert.equal(second.status, 201, JSON.stringify(second.body));
    bob = second.body.user.token;
});
after(async () => {
    await app?.stop();
    database.remove();
});

describe('register', () => {
    test('answers 201 with the account and a token', async () => {
        const { status, headers, body } = await register(
            { username: 'cid', email: 'cid@example.org', password: 'p'.repeat(256) });
        assert.equal(status, 201);
        assert.match(headers.get('content-type'), /^application\/json/);
        assert.deepEqual(Object.keys(body), ['user']);
        const { token, ...rest } = body.user;
        assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
        // Absent values are there as null: clients of this API rely on it.
        assert.deepEqual(rest, { email: 'cid@example.org', username: 'cid', bio: null, image: null });
    });

    test('a taken address or name is a 422 that says which', async () => {
        let answer = await register({ username: 'other', email: 'ann@example.org', password: 'longenough' });
        assert.deepEqual(problem(answer, 422), { '/user/email': 'is already taken' });
        answer = await register({ username: 'other', email: 'ANN@example.org', password: 'longenough' });
        assert.deepEqual(problem(answer, 422), { '/user/email': 'is already taken' });
        answer = await register({ username: 'ann', email: 'new@example.org', password: 'longenough' });
        assert.deepEqual(problem(answer, 422), { '/user/username': 'is already taken' });
    });

    test('two at once with one name: one wins', async () => {
        const answers = await Promise.all(Array.from({ length: 6 }, (_, i) =>
            register({ username: 'racer', email: `racer${i}@example.org`, password: 'longenough' })));
        assert.deepEqual(answers.map((a) => a.status).sort(), [201, 422, 422, 422, 422, 422]);
    });

    test('every bad field is named at once', async () => {
        assert.deepEqual(Object.keys(problem(await register({}), 422)).sort(),
            ['/user/email', '/user/password', '/user/username']);
        assert.deepEqual(Object.keys(problem(await register(
            { username: 'x'.repeat(65), email: 7, password: 'short' }), 422)).sort(),
            ['/user/email', '/user/password', '/user/username']);
        assert.deepEqual(Object.keys(problem(await api('POST', '/users', { body: {} }), 422)), ['/user']);
        assert.deepEqual(Object.keys(problem(await api('POST', '/users', { body: { user: 'ann' } }), 422)), ['/user']);
        assert.deepEqual(Object.keys(problem(await register(
            { username: null, email: 'x@example.org', password: 'longenough' }), 422)), ['/user/username']);
    });

    test('limits hold at the limit and one past', async () => {
        assert.equal((await register({ username: 'n'.repeat(64), email: 'n64@example.org', password: '12345678' })).status, 201);
        assert.deepEqual(Object.keys(problem(await register(
            { username: 'n'.repeat(65), email: 'n65@example.org', password: '1234567' }), 422)).sort(),
            ['/user/password', '/user/username']);
        // RFC 5321 section 4.5.3.1: 64 before the @, 63 in a label of the domain.
        const long = (size) => `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(size - 197)}.org`;
        assert.equal(long(254).length, 254);
        assert.equal((await register({ username: 'e254', email: long(254), password: '12345678' })).status, 201);
        assert.deepEqual(Object.keys(problem(await register(
            { username: 'e255', email: long(255), password: 'p'.repeat(257) }), 422)).sort(),
            ['/user/email', '/user/password']);
    });

    test('what is no address is refused, and no password is repeated', async () => {
        for (const email of ['dan.example.org', 'dan@', '@example.org', 'dan@example', 'd an@example.org', `${'a'.repeat(65)}@example.org`]) {
            const answer = await register({ username: 'dan', email, password: 'hunter2' });
            assert.deepEqual(Object.keys(problem(answer, 422)).sort(), ['/user/email', '/user/password'], email);
            assert.doesNotMatch(JSON.stringify(answer.body), /hunter2/);
        }
    });

    test('what is not JSON is a 400, what does not say JSON is a 415', async () => {
        for (const raw of ['{"user":', '{"user":{"username":"a",}}', 'nonsense', '{"user":{}} x',
            Buffer.from('{"user":{"username":"\xff"}}', 'latin1'), '[[[[[[[[' + '['.repeat(100)]) {
            problem(await api('POST', '/users', { raw }), 400);
        }
        problem(await api('POST', '/users', { raw: 'user=ann', type: 'application/x-www-form-urlencoded' }), 415);
    });
});

describe('login', () => {
    test('gives a fresh token', async () => {
        const { status, body } = await login('ann@example.org', 'correct horse');
        assert.equal(status, 200);
        assert.equal(body.user.username, 'ann');
        assert.equal((await write(draft('Written after login'), body.user.token)).status, 201);
    });

    test('a wrong password and an unknown address look the same, and take the same time', async () => {
        const wrong = await login('ann@example.org', 'correct hors');
        const unknown = await login('nobody@example.org', 'correct horse');
        problem(wrong, 401);
        problem(unknown, 401);
        assert.deepEqual(wrong.body, unknown.body);

        // The shortest of several, taken in turns: whatever else runs only makes a login longer.
        let known = Infinity, nobody = Infinity;
        const took = async (email) => {
            const from = performance.now();
            await login(email, 'not the password');
            return performance.now() - from;
        };
        for (let i = 0; i < 7; i++) {
            known = Math.min(known, await took('ann@example.org'));
            nobody = Math.min(nobody, await took('nobody@example.org'));
        }
        assert.ok(nobody > known / 3 && nobody < known * 3, `${known} ms known, ${nobody} ms unknown`);
    });

    test('missing fields are a 422', async () => {
        assert.deepEqual(Object.keys(problem(await api('POST', '/users/login', { body: { user: {} } }), 422)).sort(),
            ['/user/email', '/user/password']);
    });

    test('a password with SQL in it is only a wrong password', async () => {
        problem(await login("' OR 1=1 --", "' OR ''='"), 401);
    });
});

describe('write an article', () => {
    test('answers 201 with everything, the author nested', async () => {
        const { status, body } = await write(draft('How to Train Your Dragon!',
            { tagList: ['reactjs', 'angularjs', 'dragons', 'reactjs'] }));
        assert.equal(status, 201, JSON.stringify(body));
        const { createdAt, updatedAt, ...article } = body.article;
        assert.match(createdAt, STAMP);
        assert.equal(updatedAt, createdAt);
        assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
        assert.deepEqual(article, {
            slug: 'how-to-train-your-dragon', title: 'How to Train Your Dragon!', description: 'About it',
            body: '# Text', tagList: ['reactjs', 'angularjs', 'dragons'], favorited: false, favoritesCount: 0,
            author: { username: 'ann', bio: null, image: null, following: false },
        });
    });

    test('tags are optional', async () => {
        assert.deepEqual((await write(draft('No tags'))).body.article.tagList, []);
        assert.deepEqual((await write(draft('Empty tags', { tagList: [] }))).body.article.tagList, []);
    });

    test('a Thai title is found again by its percent-encoded slug', async () => {
        const { status, body } = await write(draft(THAI, { tagList: ['ภาษาไทย'] }), bob);
        assert.equal(status, 201, JSON.stringify(body));
        assert.equal(body.article.slug, THAI_SLUG);
        const url = `/articles/${encodeURIComponent(THAI_SLUG)}`;
        assert.match(url, /^\/articles\/%E0%B8%AA/);
        const found = await api('GET', url);
        assert.equal(found.status, 200);
        assert.deepEqual(found.body, body);
        assert.equal(found.body.article.author.username, 'บ๊อบ');
        // The same bytes without the encoding, and with curl as the client.
        const curl = await run('curl', ['-sS', `${app.url}/api${url}`]);
        assert.deepEqual(JSON.parse(curl.stdout), body);
    });

    test('slugs: scripts stay, separators become one dash, cut between letters', async () => {
        const slugs = {
            '  Où est l’été…?  ': 'où-est-l-été',
            'ÜBER Äpfel & Öl': 'über-äpfel-öl',
            '日本語の「記事」です。': '日本語の-記事-です',
            'emoji 🎉 party': 'emoji-party',
            '!!!': 'article',
            ['ก'.repeat(80)]: 'ก'.repeat(40),
        };
        for (const [title, slug] of Object.entries(slugs)) {
            assert.equal((await write(draft(title))).body.article?.slug, slug, title);
        }
    });

    test('one title twice gives two slugs, also at the same time', async () => {
        const answers = await Promise.all(Array.from({ length: 8 }, () => write(draft('Same Title'))));
        assert.deepEqual(answers.map((a) => a.status), Array(8).fill(201));
        const slugs = answers.map((a) => a.body.article.slug);
        assert.equal(new Set(slugs).size, 8);
        assert.ok(slugs.includes('same-title'));
        for (const slug of slugs) assert.match(slug, /^same-title(-[0-9a-f]{8})?$/);
    });

    test('every bad field is named at once', async () => {
        assert.deepEqual(Object.keys(problem(await write({}), 422)).sort(),
            ['/article/body', '/article/description', '/article/title']);
        assert.deepEqual(Object.keys(problem(await write(
            { title: 'x'.repeat(257), description: [], body: 1, tagList: 'a' }), 422)).sort(),
            ['/article/body', '/article/description', '/article/tagList', '/article/title']);
        assert.equal((await write(draft('t'.repeat(256)))).status, 201);
    });

    test('tags have limits', async () => {
        const tags = Array.from({ length: 20 }, (_, i) => `tag${i}`);
        assert.equal((await write(draft('Twenty tags', { tagList: tags }))).status, 201);
        assert.deepEqual(Object.keys(problem(await write(draft('More', { tagList: [...tags, 'x'] })), 422)), ['/article/tagList']);
        assert.equal((await write(draft('Long tag', { tagList: ['x'.repeat(64)] }))).status, 201);
        for (const tag of ['', 'x'.repeat(65)]) {
            assert.deepEqual(Object.keys(problem(await write(draft('Bad tag', { tagList: [tag] })), 422)), ['/article/tagList']);
        }
        assert.deepEqual(Object.keys(problem(await write(draft('Mistyped', { tagList: ['a', 1] })), 422)), ['/article/tagList/1']);
    });

    test('without a token, or with a bad one, it is a 401', async () => {
        const article = draft('Never written');
        const [head, claims, signature] = ann.split('.');
        const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
        const bad = ['nonsense', `${head}.${claims}.`, `${head}.${claims}.${signature.split('').reverse().join('')}`,
            `${head}.${encode({ uid: 2, exp: 9e9 })}.${signature}`, `${encode({ alg: 'none' })}.${claims}.`,
            `${head}.${claims}.${signature}x`, `${ann}.${ann}`];
        for (const token of [undefined, ...bad]) {
            const answer = await api('POST', '/articles', { body: { article }, token });
            problem(answer, 401);
            assert.equal(answer.headers.get('www-authenticate'), 'Token');
        }
        for (const authorization of ['Bearer x', 'Token', `Basic ${ann}`, ann]) {
            const answer = await fetch(`${app.url}/api/articles`, {
                method: 'POST', body: JSON.stringify({ article }),
                headers: { Authorization: authorization, 'Content-Type': 'application/json' },
            });
            assert.equal(answer.status, 401, authorization);
        }
        // Reading needs no token, but one that is there must be good.
        assert.equal((await api('GET', '/articles')).status, 200);
        problem(await api('GET', '/articles', { token: 'nonsense' }), 401);
        assert.equal((await api('GET', '/articles', { token: ann })).status, 200);
        problem(await api('GET', '/articles/never-written'), 404);
    });
});

describe('read articles', () => {
    before(async () => {
        for (let i = 0; i < 25; i++) {
            const { status } = await write(draft(`Page ${i}`, { tagList: ['paged', i % 2 ? 'odd' : 'even'] }), i < 20 ? ann : bob);
            assert.equal(status, 201);
        }
    });

    test('a list has no bodies, the newest first', async () => {
        const { status, body } = await api('GET', '/articles?tag=paged');
        assert.equal(status, 200);
        assert.deepEqual(Object.keys(body).sort(), ['articles', 'articlesCount']);
        assert.equal(body.articlesCount, 25);
        assert.equal(body.articles.length, 20);
        assert.deepEqual(body.articles.map((a) => a.title), Array.from({ length: 20 }, (_, i) => `Page ${24 - i}`));
        for (const article of body.articles) {
            assert.deepEqual(Object.keys(article).sort(), ['author', 'createdAt', 'description', 'favorited',
                'favoritesCount', 'slug', 'tagList', 'title', 'updatedAt']);
            assert.deepEqual(Object.keys(article.author).sort(), ['bio', 'following', 'image', 'username']);
        }
    });

    test('pages do not overlap and end', async () => {
        const seen = [];
        for (let offset = 0; offset < 30; offset += 10) {
            const { body } = await api('GET', `/articles?tag=paged&limit=10&offset=${offset}`);
            assert.equal(body.articlesCount, 25);
            seen.push(...body.articles.map((a) => a.slug));
        }
        assert.equal(seen.length, 25);
        assert.equal(new Set(seen).size, 25);
        const past = await api('GET', '/articles?tag=paged&offset=1000');
        assert.deepEqual(past.body, { articles: [], articlesCount: 25 });
    });

    test('filters by tag, by author, by both', async () => {
        const count = async (query) => (await api('GET', `/articles?limit=100&${query}`)).body.articlesCount;
        assert.equal(await count('tag=odd'), 12);
        assert.equal(await count('tag=paged&author=ann'), 20);
        assert.equal(await count(`tag=even&author=${encodeURIComponent('บ๊อบ')}`), 3);
        assert.equal(await count('tag=nothing'), 0);
        assert.equal(await count('author=nobody'), 0);
        assert.equal(await count(`tag=${encodeURIComponent("' OR 1=1 --")}`), 0);
        const { body } = await api('GET', `/articles?author=${encodeURIComponent('บ๊อบ')}&limit=100`);
        assert.ok(body.articles.length >= 5 && body.articles.every((a) => a.author.username === 'บ๊อบ'));
        assert.equal(body.articles.length, body.articlesCount);
    });

    test('limit and offset have bounds, both wrong are both named', async () => {
        assert.equal((await api('GET', '/articles?limit=1')).body.articles.length, 1);
        assert.equal((await api('GET', '/articles?limit=100')).status, 200);
        for (const bad of ['0', '101', '-1', 'ten', '1.5', '99999999999999999999', '']) {
            assert.deepEqual(Object.keys(problem(await api('GET', `/articles?limit=${bad}`), 422)), ['query:limit'], bad);
        }
        assert.deepEqual(Object.keys(problem(await api('GET', '/articles?limit=0&offset=-1'), 422)).sort(),
            ['query:limit', 'query:offset']);
    });

    test('one article has a body; an unknown one is a 404', async () => {
        const { status, body } = await api('GET', '/articles/page-7');
        assert.equal(status, 200);
        assert.equal(body.article.body, '# Text');
        problem(await api('GET', '/articles/page-7777'), 404);
        problem(await api('GET', `/articles/${encodeURIComponent('ไม่มี')}`), 404);
    });

    test('tags, the most used first', async () => {
        const { status, body } = await api('GET', '/tags');
        assert.equal(status, 200);
        assert.deepEqual(Object.keys(body), ['tags']);
        assert.equal(body.tags[0], 'paged');
        for (const tag of ['odd', 'even', 'ภาษาไทย']) assert.ok(body.tags.includes(tag), tag);
    });
});

describe('routes', () => {
    test('an unknown path is a 404', async () => {
        for (const path of ['', '/nothing', '/articles/a/b', '/users/login/x']) problem(await api('GET', path), 404);
    });

    test('a wrong method is a 405 that says what is allowed', async () => {
        const wrong = async (method, path) => {
            const answer = await api(method, path);
            problem(answer, 405);
            return answer.headers.get('allow').split(/\s*,\s*/);
        };
        const users = await wrong('GET', '/users');
        assert.ok(users.includes('POST') && !users.includes('GET'), users);
        const articles = await wrong('DELETE', '/articles');
        for (const method of ['GET', 'HEAD', 'POST']) assert.ok(articles.includes(method), articles);
    });

    test('every filter and every method survives 200 requests at once', async () => {
        const paths = ['/tags', '/articles?limit=3', '/articles?tag=paged', '/articles/page-1', '/nothing'];
        const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => api('GET', paths[i % paths.length])));
        answers.forEach((a, i) => assert.equal(a.status, i % paths.length === 4 ? 404 : 200));
    });
});

describe('life', () => {
    test('a login in flight is answered when SIGTERM comes, and tokens survive the restart', async () => {
        const wire = await Wire.open(app.port);
        const body = JSON.stringify({ user: { email: 'ann@example.org', password: 'correct horse' } });
        wire.send(`POST /api/users/login HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n` +
            `Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
        assert.equal((await wire.response()).status, 100); // the server is in the middle of it
        wire.send(body);
        const stopping = app.stop();
        assert.equal((await wire.response()).status, 200);
        wire.close();
        await stopping;

        app = await start('conduit', { database });
        assert.equal((await write(draft('After the restart'), ann)).status, 201);
        assert.equal((await api('GET', `/articles/${encodeURIComponent(THAI_SLUG)}`)).status, 200);
    });

    test('CONDUIT_SECRET signs instead of the key in the database', async () => {
        await app.stop();
        app = await start('conduit', { database, env: { CONDUIT_SECRET: 'a secret of thirty-two bytes, or more' } });
        problem(await write(draft('Signed by the old key'), ann), 401);
        const { body } = await login('ann@example.org', 'correct horse');
        assert.equal((await write(draft('Signed by the new key'), body.user.token)).status, 201);
    });

    test('the seed is there, and seeding twice changes nothing', async () => {
        const count = async () => (await api('GET', '/articles?limit=1')).body.articlesCount;
        const before = await count();
        for (let i = 0; i < 2; i++) {
            const seed = await run(openspeed, ['db', 'seed', 'examples/conduit'], { env: { DATABASE_URL: database.url } });
            assert.equal(seed.code, 0, seed.stderr);
            assert.equal(await count(), before + 320);
        }
        const thai = await api('GET', `/articles?author=${encodeURIComponent('สมชาย')}`);
        assert.ok(thai.body.articlesCount > 5);
        const { slug } = thai.body.articles[0];
        assert.equal((await api('GET', `/articles/${encodeURIComponent(slug)}`)).body.article.slug, slug);
        const reader = await within(10_000, 'login', login('reader5@example.org', 'conduit-demo'));
        assert.equal(reader.body.user.username, 'สมชาย');
        const mine = await api('GET', '/articles?limit=100', { token: reader.body.user.token });
        assert.ok(mine.body.articles.some((a) => a.favorited));
        assert.ok(mine.body.articles.some((a) => a.author.following));
    });
});

describe('pipelined requests whose handlers wait', () => {
    const ask = (method, path, body = '') => `${method} /api${path} HTTP/1.1\r\nHost: x\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const credentials = JSON.stringify({ user: { email: 'ann@example.org', password: 'correct horse' } });

    test('every answer is whole and in its place', async () => {
        const wire = await Wire.open(app.port);
        try {
            const slow = ask('POST', '/users/login', credentials);
            wire.send(slow + slow + ask('GET', '/nothing') + slow + ask('GET', '/tags') + slow);
            const statuses = [];
            for (let i = 0; i < 6; i++) {
                const answer = await wire.response();
                JSON.parse(answer.body);
                statuses.push(answer.status);
            }
            assert.deepEqual(statuses, [200, 200, 404, 200, 200, 200]);
        } finally {
            wire.close();
        }
    });

    test('a handler that waits does not hold back the answers before it', async () => {
        const wire = await Wire.open(app.port);
        try {
            wire.send(ask('GET', '/tags') + ask('POST', '/users/login', credentials));
            assert.ok(JSON.parse((await wire.response()).body).tags);
            assert.equal(JSON.parse((await wire.response()).body).user.username, 'ann');
        } finally {
            wire.close();
        }
    });
});
