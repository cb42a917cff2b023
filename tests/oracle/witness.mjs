// Lets Prism watch what an application and its client say to each other.
//
//     client --> tee --> application          byte for byte, as if the tee were not there
//                 |
//                 +---> Prism --> replay      the same request; the replay gives the same answer
//
// Prism itself forwards what it understood of a request, written anew: a test of what was sent would then test
// Prism.  Behind the tee each exchange happens once, and Prism judges both of its halves in proxy mode.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const START_MS = 60_000;

const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));

/** All of a message's body. */
async function bodyOf(message) {
    const parts = [];
    for await (const part of message) parts.push(part);
    return Buffer.concat(parts);
}

/** One request as it was; `headers` is a flat list of names and values. */
function send(port, { method, target, headers, body }) {
    return new Promise((done, fail) => {
        const request = http.request({ port, host: '127.0.0.1', method, path: target, headers, agent: false }, (answer) =>
            bodyOf(answer).then((bytes) => done({ status: answer.statusCode, headers: answer.rawHeaders, fields: answer.headers, body: bytes }), fail));
        request.on('error', fail);
        request.end(body);
    });
}

/** Starts Prism; gives { child, port }. */
function startPrism(prism, document, upstream) {
    const child = spawn(prism, ['proxy', document, upstream, '--port', '0', '--cors', 'false'],
        { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } });
    return new Promise((done, fail) => {
        let text = '';
        const timer = setTimeout(() => fail(new Error(`Prism does not start:\n${text}`)), START_MS);
        const read = (data) => {
            text = (text + data).slice(-10_000);
            const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
            if (!port) return;
            clearTimeout(timer);
            for (const stream of [child.stdout, child.stderr]) stream.off('data', read).resume();
            done({ child, port: +port });
        };
        for (const stream of [child.stdout, child.stderr]) stream.on('data', read);
        child.on('exit', () => fail(new Error(`Prism ended:\n${text}`)));
    });
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
/** [pattern, method, operation] of each; a path may also have servers and parameters of its own (OpenAPI 3.1 section 4.8.9). */
export const operationsOf = ({ paths }) => Object.entries(paths).flatMap(([pattern, item]) =>
    METHODS.filter((method) => method in item).map((method) => [pattern, method, item[method]]));

const MARK = 'x-mark';
/** The document with a header that every request and answer must have and none has.  Prism says nothing when it did not look,
    so what it says of the mark tells that it did. */
function marked(document) {
    const copy = structuredClone(document);
    const schema = { type: 'string' };
    const answers = Object.values(copy.components?.responses ?? {});
    for (const [, , operation] of operationsOf(copy)) {
        (operation.parameters ??= []).push({ name: MARK, in: 'header', required: true, schema });
        answers.push(...Object.values(operation.responses).filter((one) => !one.$ref));
    }
    for (const answer of answers) answer.headers = { ...answer.headers, [MARK]: { required: true, schema } };
    return copy;
}

/** What Prism says: violations of either half, which halves it looked at, or the name of its own error. */
function wordsOf(answer) {
    const said = answer.fields['sl-violations'];
    const own = /"type":"https:\/\/stoplight\.io\/prism\/errors#(\w+)"/.exec(answer.body.toString())?.[1] ?? null;
    let violations = [];
    try {
        violations = said === undefined ? [] : JSON.parse(said);
    } catch {
        violations = [{ location: ['cut'], message: said }];
    }
    const isMark = (one, half) => one.location[0] === half && one.location[1] === 'header' && one.message.includes(MARK);
    return { own, looked: ['request', 'response'].filter((half) => violations.some((one) => isMark(one, half))),
        violations: violations.filter((one) => one.severity !== 'Warning' && !isMark(one, one.location[0])) };
}

/** Puts itself before an application that start() of tests/integration/start.mjs gave; `app.url` is the tee then.
    What was said stands in a file of `folder` when the application has stopped. */
export async function watch(app, name, { prism, folder, change = (document) => document }) {
    const served = await send(app.port, { method: 'GET', target: '/openapi.json', headers: ['Host', 'witness'] });
    if (served.status !== 200 || !/json/.test(served.fields['content-type'] ?? '')) return;
    const document = change(JSON.parse(served.body));
    if (operationsOf(document).length === 0) return; // pages alone: Prism does not start without an operation
    const base = path.join(folder, `${path.basename(name)}-${app.pid}`);
    fs.writeFileSync(`${base}.document.json`, JSON.stringify(marked(document)));

    const exchanges = []; // what was asked and answered; the replay finds it by its number
    const records = [];
    const replay = http.createServer(async (request, response) => {
        await bodyOf(request);
        const { answer } = exchanges[+request.headers['x-exchange']];
        // Prism sends what it heard with a length, beside which its own Node takes no Trailer for an answer.
        response.writeHead(answer.status, answer.headers.filter((_, i, all) => all[i - i % 2].toLowerCase() !== 'trailer'));
        response.end(answer.body);
    });
    const upstream = `http://127.0.0.1:${await listen(replay)}`;
    let judge = await startPrism(prism, `${base}.document.json`, upstream);
    process.on('exit', () => judge.child.kill());

    /** Prism ends at some requests, which are then known by it: one at a time. */
    async function show(number) {
        const { asked, answer } = exchanges[number];
        const said = await send(judge.port, { ...asked, headers: [...asked.headers, 'x-exchange', String(number)] })
            .then(wordsOf, () => ({ own: 'CRASH', looked: [], violations: [] }));
        if (said.own === 'CRASH') {
            judge.child.kill();
            judge = await startPrism(prism, `${base}.document.json`, upstream);
        }
        records.push({ method: asked.method, target: asked.target, headers: asked.headers, body: asked.body.toString(),
            status: answer.status, answer: answer.body.toString(), ...said });
    }
    let shown = Promise.resolve();
    const tee = http.createServer(async (request, response) => {
        try {
            const asked = { method: request.method, target: request.url, headers: request.rawHeaders, body: await bodyOf(request) };
            const answer = await send(app.port, asked);
            response.writeHead(answer.status, answer.headers);
            response.end(answer.body);
            const number = exchanges.push({ asked, answer }) - 1;
            shown = shown.then(() => show(number));
        } catch {
            response.destroy(); // as the application did
        }
    });
    app.url = `http://127.0.0.1:${await listen(tee)}`;

    const { stop } = app;
    let stopped = null;
    app.stop = () => (stopped ??= (async () => {
        try {
            await stop();
        } finally {
            await shown;
            judge.child.kill();
            for (const server of [tee, replay]) {
                server.close();
                server.closeAllConnections();
            }
            fs.writeFileSync(`${base}.json`, JSON.stringify({ name, document, records }));
        }
    })());
}
