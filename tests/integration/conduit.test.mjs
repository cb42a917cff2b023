// Conduit from outside, over sockets.  What its routes answer, its own tests say (examples/conduit, *_test.c); here is what
// only a server shows: a client's whole way through the API, many at once, restarts.  And its document, held against the
// RealWorld specification.
// Sanitizers: address, thread. The database has threads.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FAILURE, OPERATIONS, differences, operations, resolve, shape } from './realworld.mjs';
import { Wire, openspeed, run, scratchDatabase, start, within } from './start.mjs';

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const THAI = 'สวัสดีชาวโลก: บทความแรก';
const THAI_SLUG = 'สวัสดีชาวโลก-บทความแรก';

const database = scratchDatabase();
let app, ann;

/** One request; gives { status, headers, body } with the body decoded. */
async function api(method, path, { body, token, raw, type = 'application/json', headers = {} } = {}) {
    const answer = await fetch(`${app.url}/api${path}`, {
        method,
        headers: {
            ...(body !== undefined || raw !== undefined ? { 'Content-Type': type } : {}),
            ...(token ? { Authorization: `Token ${token}` } : {}),
            ...headers,
        },
        body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null };
}

/** The answer must be a failure of this API; gives what it says. */
function failure(answer, status) {
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(answer.headers.get('content-type'), /^application\/json/);
    assert.deepEqual(Object.keys(answer.body), ['errors']);
    assert.deepEqual(Object.keys(answer.body.errors), ['body']);
    assert.ok(answer.body.errors.body.length > 0 && answer.body.errors.body.every((one) => typeof one === 'string' && one));
    return answer.body.errors.body;
}
const success = ({ status, body }, wanted = 200) => {
    assert.equal(status, wanted, JSON.stringify(body));
    return body;
};

const register = (user) => api('POST', '/users', { body: { user } });
const login = (email, password) => api('POST', '/users/login', { body: { user: { email, password } } });
const write = (article, token = ann) => api('POST', '/articles', { body: { article }, token });
const draft = (title, more = {}) => ({ title, description: 'About it', body: '# Text', ...more });
const at_once = (count, ask) => Promise.all(Array.from({ length: count }, (_, i) => ask(i)));

before(async () => {
    app = await start('conduit', { database });
    ann = success(await register({ username: 'ann', email: 'ann@example.org', password: 'correct horse' }), 201).user.token;
});
after(async () => {
    await app?.stop();
    database.remove();
});

// The order and the claims of the RealWorld project's own collection of requests (api/Conduit.postman_collection.json).
describe('the way of the RealWorld collection', () => {
    const members = (value, wanted) => assert.deepEqual(Object.keys(value).sort(), wanted.sort());
    const isUser = ({ user }) => members(user, ['email', 'username', 'bio', 'image', 'token']);
    const isProfile = (profile) => members(profile, ['username', 'bio', 'image', 'following']);
    const isArticle = (article, ...more) => {
        members(article, ['title', 'slug', 'createdAt', 'updatedAt', 'description', 'tagList', 'author', 'favorited', 'favoritesCount', ...more]);
        assert.match(article.createdAt, STAMP);
        assert.match(article.updatedAt, STAMP);
        assert.ok(Array.isArray(article.tagList) && Number.isInteger(article.favoritesCount));
        isProfile(article.author);
    };
    const isComment = (comment) => {
        members(comment, ['id', 'body', 'createdAt', 'updatedAt', 'author']);
        assert.match(comment.createdAt, STAMP);
        assert.match(comment.updatedAt, STAMP);
        isProfile(comment.author);
    };
    const isPage = ({ articles, articlesCount }, count) => {
        assert.ok(Number.isInteger(articlesCount));
        assert.equal(articlesCount, count);
        for (const article of articles) isArticle(article);
    };
    const me = { username: 'jake', email: 'jake@jake.jake', password: 'jakejake' };
    let token, slug;

    test('register, log in, who am I, change', async () => {
        isUser(success(await register(me), 201));
        const body = success(await login(me.email, me.password));
        isUser(body);
        token = body.user.token;
        isUser(success(await api('GET', '/user', { token })));
        isUser(success(await api('PUT', '/user', { token, body: { user: { email: me.email } } })));
    });

    test('lists before there is anything', async () => {
        isPage(success(await api('GET', '/articles')), 0);
        for (const query of ['author=johnjacob', 'favorited=jake', 'tag=dragons']) isPage(success(await api('GET', `/articles?${query}`)), 0);
    });

    test('write, list, read, change', async () => {
        const dragon = { title: 'How to train your dragon', description: 'Ever wonder how?', body: 'Very carefully.', tagList: ['training', 'dragons'] };
        const { article } = success(await write(dragon, token), 201);
        isArticle(article, 'body');
        slug = article.slug;
        assert.equal(slug, 'how-to-train-your-dragon');
        isPage(success(await api('GET', '/articles/feed', { token })), 0);
        for (const query of ['', '?author=jake', '?tag=dragons']) {
            isPage(success(await api('GET', `/articles${query}`)), 1);
            isPage(success(await api('GET', `/articles${query}`, { token })), 1);
        }
        assert.deepEqual(success(await api('GET', `/articles/${slug}`)).article, article);
        const changed = success(await api('PUT', `/articles/${slug}`, { token, body: { article: { body: 'With two hands' } } }));
        isArticle(changed.article, 'body');
        assert.equal(changed.article.slug, slug);
    });

    test('like and like no more', async () => {
        const liked = success(await api('POST', `/articles/${slug}/favorite`, { token })).article;
        isArticle(liked, 'body');
        assert.ok(liked.favorited && liked.favoritesCount > 0);
        for (const who of [token, undefined]) {
            const page = success(await api('GET', '/articles?favorited=jake', { token: who }));
            isPage(page, 1);
            assert.equal(page.articles[0].favoritesCount, 1);
        }
        assert.equal(success(await api('DELETE', `/articles/${slug}/favorite`, { token })).article.favorited, false);
    });

    test('comment, list, take back; delete', async () => {
        const { comment } = success(await api('POST', `/articles/${slug}/comments`, { token, body: { comment: { body: 'Thank you so much!' } } }));
        isComment(comment);
        for (const who of [token, undefined]) {
            const { comments } = success(await api('GET', `/articles/${slug}/comments`, { token: who }));
            assert.deepEqual(comments.map((one) => one.id), [comment.id]);
            isComment(comments[0]);
        }
        success(await api('DELETE', `/articles/${slug}/comments/${comment.id}`, { token }), 204);
        success(await api('DELETE', `/articles/${slug}`, { token }), 204);
    });

    test('somebody to follow, and tags', async () => {
        success(await register({ username: 'celeb_jake', email: 'celeb_jake@jake.jake', password: 'jakejake' }), 201);
        const celeb = async (method, path = '') => {
            const { profile } = success(await api(method, `/profiles/celeb_jake${path}`, { token }));
            isProfile(profile);
            return profile.following;
        };
        assert.equal(await celeb('GET'), false);
        assert.equal(await celeb('POST', '/follow'), true);
        assert.equal(await celeb('DELETE', '/follow'), false);
        assert.ok(Array.isArray(success(await api('GET', '/tags')).tags));
    });
});

describe('the specification', () => {
    const DIFFERENCES = [
        // of what, what, and why
        [/failures (400|415):/, 'a body or a query that cannot be read at all is told apart from fields that are not valid'],
        [/failures (403|404):/, 'the specification has these in its words about errors, not in its document'],
        [/^GET \/articles\/\{slug\} failures 401:/, 'a token may be sent, and one that is no good is told'],
        [/^GET \/tags failures 422:/, 'nothing is read of the request that could be wrong'],
        [/ 20[01] .*(bio|image)\??:/, 'they are null until they are set, as in the answers that the specification shows'],
        [/ body (user|article) \w+\?: "string or null"/, 'null takes bio and image away, and is refused or passed over for the others'],
    ];
    let document;
    before(async () => {
        document = JSON.parse((await run(openspeed, ['openapi', 'examples/conduit'])).stdout);
    });

    test('is what the document of the application says', () => {
        const found = differences(OPERATIONS, operations(document, '/api'));
        const unused = new Set(DIFFERENCES);
        for (const one of found) {
            const known = DIFFERENCES.find(([what]) => what.test(one));
            assert.ok(known, `not the specification, and not in the list of differences: ${one}`);
            unused.delete(known);
        }
        assert.deepEqual([...unused], [], 'a difference that is none any more');
    });
    test('of which nothing changes unseen', async () => {
        const { code, stdout, stderr } = await run(openspeed, ['routes', '--check', 'examples/conduit']);
        assert.equal(code, 0, stdout + stderr); // meant: openspeed routes --lock examples/conduit
    });
    test('also of failures and of tokens', () => {
        for (const one of Object.values(document.components.responses)) {
            assert.deepEqual(differences(FAILURE, shape(document, resolve(document, one).content['application/json'].schema)), []);
        }
        const [scheme] = Object.values(document.components.securitySchemes);
        assert.equal([scheme.type, scheme.in, scheme.name.toLowerCase()].join(' '), 'apiKey header authorization');
    });
});

describe('pages of other origins', () => {
    test('may ask with a token, after asking beforehand', async () => {
        const beforehand = await api('OPTIONS', '/articles', { headers: {
            Origin: 'https://pages.example', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization, content-type' } });
        assert.equal(beforehand.status, 204);
        assert.equal(beforehand.headers.get('access-control-allow-origin'), '*');
        assert.match(beforehand.headers.get('access-control-allow-headers'), /authorization.*content-type/);
        assert.match(beforehand.headers.get('access-control-allow-methods'), /POST/);
        for (const path of ['/tags', '/nothing', '/articles?limit=0']) { // failures can be read, too
            assert.equal((await api('GET', path, { headers: { Origin: 'https://pages.example' } })).headers.get('access-control-allow-origin'), '*', path);
        }
    });
});

describe('what a client may send', () => {
    test('a Thai title is found again by its percent-encoded slug, and by its Location', async () => {
        const written = await write(draft(THAI, { tagList: ['ภาษาไทย'] }));
        assert.equal(success(written, 201).article.slug, THAI_SLUG);
        assert.equal(written.headers.get('location'), `/api/articles/${encodeURIComponent(THAI_SLUG)}`);
        const curl = await run('curl', ['-sS', `${app.url}${written.headers.get('location')}`]);
        assert.deepEqual(JSON.parse(curl.stdout), written.body);
    });

    test('what is not JSON is a 400, what does not say JSON is a 415', async () => {
        for (const raw of ['{"user":', '{"user":{"username":"a",}}', 'nonsense', '{"user":{}} x',
            Buffer.from('{"user":{"username":"\xff"}}', 'latin1'), '[[[[[[[[' + '['.repeat(100)]) {
            failure(await api('POST', '/users', { raw }), 400);
        }
        failure(await api('POST', '/users', { raw: 'user=ann', type: 'application/x-www-form-urlencoded' }), 415);
    });

    test('an unknown path is a 404, a wrong method a 405 that says what is allowed', async () => {
        for (const path of ['', '/nothing', '/articles/a/b', '/users/login/x']) failure(await api('GET', path), 404);
        const answer = await api('DELETE', '/articles');
        failure(answer, 405);
        const allowed = answer.headers.get('allow').split(/\s*,\s*/);
        for (const method of ['GET', 'HEAD', 'POST']) assert.ok(allowed.includes(method), allowed);
    });

    test('a wrong password and an unknown address look the same, and take the same time', async () => {
        const wrong = await login('ann@example.org', 'correct hors');
        failure(wrong, 401);
        assert.deepEqual((await login('nobody@example.org', 'correct horse')).body, wrong.body);
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
});

describe('many at once', () => {
    test('of one name one registers', async () => {
        const answers = await at_once(6, (i) => register({ username: 'racer', email: `racer${i}@example.org`, password: 'longenough' }));
        assert.deepEqual(answers.map((one) => one.status).sort(), [201, 422, 422, 422, 422, 422]);
        for (const one of answers.filter(({ status }) => status === 422)) assert.deepEqual(failure(one, 422), ['username is already taken']);
    });

    test('articles of one title have slugs of their own', async () => {
        const slugs = (await at_once(8, () => write(draft('Same Title')))).map((one) => success(one, 201).article.slug);
        assert.equal(new Set(slugs).size, 8);
        assert.ok(slugs.includes('same-title'));
        for (const slug of slugs) assert.match(slug, /^same-title(-[0-9a-f]{8})?$/);
        // And those that get the same new title.
        const renamed = await at_once(8, (i) => api('PUT', `/articles/${slugs[i]}`, { token: ann, body: { article: { title: 'New Title' } } }));
        assert.equal(new Set(renamed.map((one) => success(one).article.slug)).size, 8);
    });

    test('who likes and follows ten times does so once', async () => {
        success(await write(draft('Liked')), 201);
        for (const one of await at_once(10, () => api('POST', '/articles/liked/favorite', { token: ann }))) assert.equal(success(one).article.favoritesCount, 1);
        for (const one of await at_once(10, () => api('POST', '/profiles/racer/follow', { token: ann }))) assert.equal(success(one).profile.following, true);
        for (const one of await at_once(10, () => api('DELETE', '/articles/liked/favorite', { token: ann }))) assert.equal(success(one).article.favoritesCount, 0);
    });

    test('comments on an article that goes away are taken or refused, and none is left', async () => {
        success(await write(draft('Going')), 201);
        const answers = await at_once(12, (i) => (i === 6 ? api('DELETE', '/articles/going', { token: ann })
            : api('POST', '/articles/going/comments', { token: ann, body: { comment: { body: `${i}` } } })));
        assert.equal(answers[6].status, 204);
        answers.forEach(({ status }, i) => i === 6 || assert.ok(status === 200 || status === 404, `${status}`));
        success(await write(draft('Going')), 201);
        assert.deepEqual(success(await api('GET', '/articles/going/comments')).comments, []);
    });

    test('every filter and every method survives 200 requests at once', async () => {
        const paths = ['/tags', '/articles?limit=3', '/articles?tag=ภาษาไทย', '/articles/liked', '/nothing'];
        (await at_once(200, (i) => api('GET', paths[i % paths.length])))
            .forEach((one, i) => assert.equal(one.status, i % paths.length === 4 ? 404 : 200));
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
        success(await write(draft('After the restart')), 201);
        assert.equal((await api('GET', `/articles/${encodeURIComponent(THAI_SLUG)}`)).status, 200);
    });

    test('CONDUIT_SECRET signs instead of the key in the database, and is long enough or nothing starts', async () => {
        await app.stop();
        await assert.rejects(start('conduit', { database, env: { CONDUIT_SECRET: 'x'.repeat(31) } }), /CONDUIT_SECRET must have 32 bytes or more/);
        app = await start('conduit', { database, env: { CONDUIT_SECRET: 'x'.repeat(32) } });
        failure(await write(draft('Signed by the old key')), 401);
        const { user } = success(await login('ann@example.org', 'correct horse'));
        success(await write(draft('Signed by the new key'), user.token), 201);
    });

    test('the seed is there, and seeding twice changes nothing', async () => {
        const count = async () => success(await api('GET', '/articles?limit=1')).articlesCount;
        const before = await count();
        for (let i = 0; i < 2; i++) {
            const seed = await run(openspeed, ['db', 'seed', 'examples/conduit'], { env: { DATABASE_URL: database.url } });
            assert.equal(seed.code, 0, seed.stderr);
            assert.equal(await count(), before + 320);
        }
        const thai = success(await api('GET', `/articles?author=${encodeURIComponent('สมชาย')}`));
        assert.ok(thai.articlesCount > 5);
        const reader = success(await within(10_000, 'login', login('reader5@example.org', 'conduit-demo'))).user;
        assert.equal(reader.username, 'สมชาย');
        const mine = success(await api('GET', '/articles?limit=100', { token: reader.token })).articles;
        assert.ok(mine.some((one) => one.favorited) && mine.some((one) => one.author.following));
        assert.ok(mine.some((one) => one.favoritesCount > 1) && mine.every((one) => one.author.username === 'ann' || one.tagList.length > 0));
        assert.ok(success(await api('GET', '/articles/feed', { token: reader.token })).articlesCount > 5);
        const talked = await Promise.all(mine.slice(50, 70).map((one) => api('GET', `/articles/${encodeURIComponent(one.slug)}/comments`)));
        assert.ok(talked.some((one) => success(one).comments.length > 0));
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
