// What the load asks: 90 of 100 requests read, 10 write, of articles, tags and people that the seed has.
import crypto from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { Random } from '../../tests/oracle/random.mjs';

const COUNT = 4000;
const SIGNED_IN_PERCENT = 33; // of those that read; who writes is signed in

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token as Conduit gives them. */
export function tokenOf(uid, key) {
    const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ uid, session: 1, exp: Math.floor(Date.now() / 1000) + 86400 })}`;
    return `${text}.${crypto.createHmac('sha256', key).update(text).digest('base64url')}`;
}

/** Slugs, tags and people of a database. */
export function seedOf(database) {
    const rows = (sql) => JSON.parse(execFileSync('sqlite3', ['-json', database, sql], { encoding: 'utf8' }));
    return {
        slugs: rows('SELECT slug FROM article ORDER BY id').map(({ slug }) => slug),
        tags: rows('SELECT name FROM tag ORDER BY id').map(({ name }) => name),
        people: rows('SELECT id, username FROM user ORDER BY id'),
    };
}

const WORDS = 'a boat on the estuary needs paint, rope and patience; who measures twice has less to mend in winter'.split(' ');
const words = (random, count) => Array.from({ length: count }, () => random.pick(WORDS)).join(' ');
const article = (slug) => `/api/articles/${encodeURIComponent(slug)}`;

/** name: how many of 100, and what one of them is. */
export const KINDS = {
    newest: [25, ({ random }) => ({ path: `/api/articles?offset=${20 * random.int(0, 9)}` })],
    tag: [10, ({ random, seed }) => ({ path: `/api/articles?tag=${encodeURIComponent(random.pick(seed.tags))}` })],
    author: [10, ({ random, seed }) => ({ path: `/api/articles?author=${encodeURIComponent(random.pick(seed.people).username)}` })],
    article: [30, ({ random, seed }) => ({ path: article(random.pick(seed.slugs)) })],
    tags: [5, () => ({ path: '/api/tags' })],
    profile: [10, ({ random, seed }) => ({ path: `/api/profiles/${encodeURIComponent(random.pick(seed.people).username)}` })],
    favorite: [4, ({ random, seed }) => ({ method: 'POST', path: `${article(random.pick(seed.slugs))}/favorite` })],
    unfavorite: [2, ({ random, seed }) => ({ method: 'DELETE', path: `${article(random.pick(seed.slugs))}/favorite` })],
    comment: [3, ({ random, seed }) => ({ method: 'POST', path: `${article(random.pick(seed.slugs))}/comments`,
        body: { comment: { body: words(random, 20) } } })],
    write: [1, ({ random, seed }) => ({ method: 'POST', path: '/api/articles',
        body: { article: { title: words(random, 6), description: words(random, 12), body: words(random, 150), tagList: [random.pick(seed.tags), 'weekend'] } } })],
};

/** The requests of some kinds, in an order that is the same every time. */
export function mixOf(seed, key, kinds = Object.keys(KINDS)) {
    const random = new Random(1), tokens = seed.people.map(({ id }) => tokenOf(id, key));
    const weighted = kinds.flatMap((kind) => Array(KINDS[kind][0]).fill(KINDS[kind][1]));
    return Array.from({ length: COUNT }, () => {
        const asked = random.pick(weighted)({ random, seed });
        const signedIn = asked.method !== undefined || random.chance(SIGNED_IN_PERCENT);
        return { method: 'GET', ...asked, ...(signedIn && asked.path !== '/api/tags' ? { token: random.pick(tokens) } : {}) };
    });
}

/** A request as it is sent on a kept connection. */
export function wireOf({ method, path, token, body }) {
    const text = body === undefined ? '' : JSON.stringify(body);
    return [`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Accept: application/json', 'User-Agent: bench-conduit',
        ...(token ? [`Authorization: Token ${token}`] : []),
        ...(body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`]), '', text].join('\r\n');
}
