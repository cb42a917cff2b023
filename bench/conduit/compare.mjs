// Whether two servers answer alike: each is asked the same in the same order, from the same database.
//
// A success must have the same status, type, Location and value; what only its own server can know, the time of a
// writing and the random ending of a slug, stands for itself.  Of failures the words may differ, never status or shape.
import { isDeepStrictEqual } from 'node:util';
import { tokenOf } from './requests.mjs';

const NOW_MS = 120_000;
const article = { article: { title: 'Paint, rope & patience!', description: 'All of it.', body: 'Measure twice.\n\n"Cut" once: ü ไทย', tagList: ['boats', 'weekend', 'boats'] } };

/** What is asked: [method, path, who asks, body]. */
function questions({ slugs, tags, people }) {
    const slug = encodeURIComponent(slugs[7]), name = encodeURIComponent(people[4].username), [me] = people;
    const tag = encodeURIComponent(tags.find((one) => /[^a-z]/.test(one)));
    const lists = ['', '?offset=300', '?limit=3&offset=17', `?tag=${tag}`, '?tag=nobody-has-this', '?tag=weekend&offset=20', `?author=${name}`,
        '?author=nobody', `?author=${name}&tag=weekend&limit=5`].map((query) => `/api/articles${query}`);
    const reads = [...lists, `/api/articles/${slug}`, '/api/tags', ...people.map(({ username }) => `/api/profiles/${encodeURIComponent(username)}`),
        ...slugs.map((one) => `/api/articles/${encodeURIComponent(one)}`)];
    const one = '/api/articles/paint-rope-patience';
    return [
        ...reads.map((path) => ['GET', path]), ...reads.map((path) => ['GET', path, me]),
        ['POST', '/api/articles', me, article], ['POST', '/api/articles', me, article], ['GET', one, me],
        ['POST', `${one}/favorite`, me], ['POST', `${one}/favorite`, me], ['GET', one], ['DELETE', `${one}/favorite`, me], ['DELETE', `${one}/favorite`, me],
        ['POST', `${one}/comments`, people[1], { comment: { body: 'Ja, genau so! 😀' } }], ...lists.map((path) => ['GET', path, me]), ['GET', '/api/tags'],
        // Failures.
        ['GET', '/api/articles/nothing'], ['GET', '/api/profiles/nobody'], ['GET', '/api/articles?limit=101'], ['GET', '/api/articles?offset=-1'],
        ['GET', '/api/articles?limit=few'], ['GET', `/api/articles?tag=${'x'.repeat(65)}`], ['GET', '/api/articles', { token: 'a.b.c' }], ['GET', '/api/nothing'],
        ['GET', '/api/articles', { id: 1 }], ['POST', `${one}/favorite`], ['DELETE', `${one}/favorite`], ['POST', '/api/articles/nothing/favorite', me],
        ['POST', '/api/articles', undefined, article], ['POST', '/api/articles', me, { article: { ...article.article, title: '' } }],
        ['POST', '/api/articles', me, { article: { title: 'No body' } }], ['POST', '/api/articles', me, { article: { ...article.article, tagList: [''] } }],
        ['POST', `${one}/comments`, me, { comment: {} }], ['POST', '/api/articles/nothing/comments', me, { comment: { body: 'To nobody.' } }],
    ];
}

/** Times of just now and random endings become words. */
const settled = (text) => text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (time) => (Math.abs(Date.now() - Date.parse(time)) < NOW_MS ? 'NOW' : time))
    .replace(/(paint-rope-patience)-[0-9a-f]{8}\b/g, '$1-ENDING');

async function answersOf(port, key, asked) {
    const answers = [];
    for (const [method, path, who, body] of asked) {
        const headers = { ...(who && { authorization: `Token ${who.token ?? tokenOf(who.id, key)}` }), ...(body && { 'content-type': 'application/json' }) };
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body: body && JSON.stringify(body) });
        const value = JSON.parse(settled(await answer.text()));
        const failed = answer.status >= 400;
        answers.push({
            status: answer.status, type: answer.headers.get('content-type')?.split(';')[0], location: settled(answer.headers.get('location') ?? ''),
            challenge: answer.headers.get('www-authenticate'),
            value: failed ? { shape: Object.keys(value), errors: Object.keys(value.errors ?? {}), words: value.errors?.body?.every((line) => typeof line === 'string') } : value,
        });
    }
    return answers;
}

/** The answers of servers on some ports that are not those of the first, told in lines. */
export async function differences(servers, seed, key) {
    const asked = questions(seed), lines = [];
    const [own, ...others] = await Promise.all(servers.map(({ port }) => answersOf(port, key, asked)));
    if (own.some(({ status }) => status >= 500)) lines.push('ours fails');
    others.forEach((answers, index) => answers.forEach((answer, at) => {
        if (isDeepStrictEqual(answer, own[at])) return;
        const [method, path, who] = asked[at];
        lines.push(`${servers[index + 1].name}: ${method} ${path}${who ? ' with a token' : ''}\n  ours   ${JSON.stringify(own[at])}\n  theirs ${JSON.stringify(answer)}`);
    }));
    return { asked: asked.length, lines };
}
