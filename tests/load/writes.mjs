// Writes while workers are killed: what a client was told of is there once, and what it was not told of is there once or not
// at all.  Against examples/conduit; a tenth of the requests are comments, each with a text of its own.
import http from 'node:http';
import { alive } from '../integration/service.mjs';
import { childrenOf, sleep, until } from '../integration/start.mjs';

const CLIENTS = 64, WRITES = 0.1, PAUSE_MS = 100, COMMENTS_MAX = 500;
const JSON_TYPE = 'application/json';

/** One request on a connection of its own agent; gives { status, body }, fails when the connection does. */
function ask(agent, port, method, path, { token, body } = {}) {
    const headers = { ...(token && { Authorization: `Token ${token}` }), ...(body && { 'Content-Type': JSON_TYPE }) };
    return new Promise((done, fail) => {
        const request = http.request({ agent, port, host: '127.0.0.1', method, path, headers }, (answer) => {
            let text = '';
            answer.setEncoding('utf8').on('data', (part) => (text += part)).on('error', fail)
                .on('aborted', () => fail(new Error('cut off'))).on('end', () => done({ status: answer.statusCode, body: text }));
        });
        request.on('error', fail).end(body && JSON.stringify(body));
    });
}

/** Somebody who may write. */
async function register(port) {
    const user = { username: 'writer', email: 'writer@example.org', password: 'a long password' };
    const { body } = await ask(new http.Agent(), port, 'POST', '/api/users', { body: { user } });
    return JSON.parse(body).user.token;
}

/** An article to comment on; who asks for its comments is given no more than COMMENTS_MAX. */
async function article(agent, port, token, seen) {
    for (;;) {
        const made = { title: `What lasts ${Math.random()}`, description: 'Or not at all', body: 'Written.', tagList: [] };
        try {
            const { body } = await ask(agent, port, 'POST', '/api/articles', { token, body: { article: made } });
            const { slug } = JSON.parse(body).article;
            seen.slugs.push(slug);
            return slug;
        } catch {
            seen.broken++;
        }
    }
}

/** Reads and writes until `seen.over`. */
async function client(number, port, token, seen) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    let slug = await article(agent, port, token, seen), comments = 0;
    for (let n = 0; !seen.over; n++) {
        const writes = Math.random() < WRITES, text = `${number}-${n}`;
        if (writes && ++comments > COMMENTS_MAX) {
            [slug, comments] = [await article(agent, port, token, seen), 1];
        }
        const request = writes ? ['POST', `/api/articles/${slug}/comments`, { token, body: { comment: { body: text } } }]
            : ['GET', `/api/articles${n % 2 ? `/${slug}` : '?limit=20'}`];
        try {
            const { status } = await ask(agent, port, ...request);
            seen.statuses[status] = (seen.statuses[status] ?? 0) + 1;
            if (writes) (status === 200 ? seen.told : seen.untold).add(text);
        } catch {
            seen.broken++;
            if (writes) seen.untold.add(text);
        }
    }
    agent.destroy();
}

/** Kills `count` workers at random moments; gives what clients were told, and what is there. */
export async function writes(served, count) {
    const { port } = served, workers = childrenOf(served.pid()).length;
    const token = await register(port);
    const seen = { slugs: [], told: new Set(), untold: new Set(), statuses: {}, broken: 0, over: false };
    const clients = Array.from({ length: CLIENTS }, (_, number) => client(number, port, token, seen));
    for (let killed = 0; killed < count; killed++) {
        await sleep(Math.random() * PAUSE_MS);
        const all = childrenOf(served.pid()), one = all[Math.floor(Math.random() * all.length)];
        process.kill(one, 'SIGKILL');
        await until(30_000, 'another worker', () => !alive(one) && childrenOf(served.pid()).length === workers);
    }
    seen.over = true;
    await Promise.all(clients);
    const times = new Map(), agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (const slug of seen.slugs) {
        const { body } = await ask(agent, port, 'GET', `/api/articles/${slug}/comments`);
        for (const one of JSON.parse(body).comments) times.set(one.body, (times.get(one.body) ?? 0) + 1);
    }
    agent.destroy();
    const of = (set) => [...set].map((text) => times.get(text) ?? 0);
    return {
        ...seen,
        lost: of(seen.told).filter((n) => n === 0).length,
        doubled: [...times.values()].filter((n) => n > 1).length,
        strangers: [...times.keys()].filter((text) => !seen.told.has(text) && !seen.untold.has(text)).length,
        there: of(seen.untold).filter((n) => n === 1).length,
    };
}
