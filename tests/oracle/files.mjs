// Asks OpenSpeed and `send`, which Express answers files with, for the same files in the same words.
//
//     node tests/oracle/files.mjs OPENSPEED FOLDER [--seed 1] [--count 5000]
//
// Status, Content-Range, type and bytes must be the same.  What is not stands in DIFFERENCES, each of which must happen.
// Validators are each one's own: what a request says of them is filled in with those that its server has sent.  Not part of
// CI, which shall not depend on a registry.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { Random } from './random.mjs';
import { install } from './referees.mjs';

const [openspeed, folder] = process.argv.slice(2, 4).map((name) => path.resolve(name));
const option = (name, otherwise) => (process.argv.includes(name) ? +process.argv[process.argv.indexOf(name) + 1] : otherwise);
const random = new Random(option('--seed', 1));
const count = option('--count', 5000);

try {
    install(folder, ['send']);
} catch {
    console.log('skip: npm cannot fetch send');
    process.exit(0);
}
const send = createRequire(path.join(folder, 'package.json'))('send');

// ---------------------------------------------------------------- the two servers

const FILES = {
    'small.txt': '0123456789', 'empty.txt': '', 'page.html': '<h1>page</h1>', 'large.bin': Array.from({ length: 5000 }, (_, i) => i).join(' '),
    'a b.css': 'a {}', 'docs/index.html': '<h1>docs</h1>', 'docs/ü.json': '{}', '.env': 'secret', '.git/config': 'secret',
    '.well-known/security.txt': 'Contact: a', 'noextension': 'x',
};
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-oracle-'));
for (const [name, bytes] of Object.entries(FILES)) {
    fs.mkdirSync(path.dirname(path.join(dir, 'public', name)), { recursive: true });
    fs.writeFileSync(path.join(dir, 'public', name), bytes);
}
fs.mkdirSync(path.join(dir, 'routes/none'), { recursive: true });
fs.writeFileSync(path.join(dir, 'routes/none/route.c'), `#include <openspeed/openspeed.h>
static osp_status none(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_fail(ctx, 404, "none");
}
OSP_ROUTE(GET, none, void, void);
`);

const child = spawn(openspeed, ['start', dir, '--port', '0', '--json', '--workers', '1'], { stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, OPENSPEED_OPENAPI: 'off', OPENSPEED_HEALTH: 'false' } });
const port = await new Promise((done, fail) => {
    let text = '';
    child.on('exit', () => fail(new Error('it did not start')));
    child.stdout.on('data', (data) => {
        text += data;
        if (text.includes('\n')) done(JSON.parse(text).port);
    });
});
const server = http.createServer((request, answer) =>
    send(request, request.url.split('?')[0], { root: path.join(dir, 'public') }).pipe(answer));
await new Promise((done) => server.listen(0, '127.0.0.1', done));

const agent = new http.Agent({ keepAlive: true });
function ask(to, method, at, headers) {
    return new Promise((done, fail) => {
        http.request({ port: to, host: '127.0.0.1', method, path: at, headers, agent }, (answer) => {
            const parts = [];
            answer.on('data', (part) => parts.push(part));
            answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts).toString('latin1') }));
        }).on('error', fail).end();
    });
}

// ---------------------------------------------------------------- what is asked

const PATHS = ['/small.txt', '/empty.txt', '/page.html', '/large.bin', '/a%20b.css', '/docs/', '/docs', '/docs/index.html', '/docs/%C3%BC.json', '/.env',
    '/.git/config', '/.well-known/security.txt', '/noextension', '/nothing', '/docs/../small.txt', '/../public/small.txt', '/%2e%2e/package.json',
    '/small.txt/', '/sm%61ll.txt', '/small.txt%00', '/docs%2findex.html', '/SMALL.TXT'];
const number = () => String(random.pick([0, 1, 2, 5, 9, 10, 11, 100, 23889, 23890, 99999]));
function spec() {
    return random.pick([() => `${number()}-${number()}`, () => `${number()}-`, () => `-${number()}`, () => '0-4,5-9',
        () => random.pick(['', '-', 'a-b', '1', '5-2', ' 1 - 2', '--1'])])();
}
const range = () => random.pick(['bytes=', 'bytes=', 'bytes=', 'bytes=', 'items=', 'bytes'])
    + Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, spec).join(random.pick([',', ', ']));
const tag = () => random.pick(['TAG', 'W/TAG', '"other"', '*', '"other", TAG']);
const date = () => random.pick(['DATE', 'Sun, 06 Nov 1994 08:49:37 GMT', 'Fri, 06 Nov 2099 08:49:37 GMT', 'no date']);
const FIELDS = { Range: range, 'If-None-Match': tag, 'If-Match': tag, 'If-Modified-Since': date, 'If-Unmodified-Since': date,
    'If-Range': () => random.pick([tag, date])() };

function request() {
    const headers = {};
    for (const name of Object.keys(FIELDS)) {
        if (random.chance(name === 'Range' ? 60 : 15)) headers[name] = FIELDS[name]();
    }
    return { method: random.pick(['GET', 'GET', 'GET', 'HEAD']), at: random.pick(PATHS), headers };
}

/** The same words of each one's own validators. */
function words(headers, of) {
    const tag_ = (of.etag ?? '"none"').replace(/^W\//, '');
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name,
        value.replace(/(W\/)?TAG/, (_, weak) => (of.etag?.startsWith('W/') || weak ? 'W/' : '') + tag_).replace('DATE', of['last-modified'] ?? 'no date')]));
}

// ---------------------------------------------------------------- judging

const specs = (headers) => (/^bytes=/i.test(headers.Range ?? '') ? headers.Range.slice(6).split(',').map((one) => one.trim()) : []);
const isMalformed = (one) => !/^(\d+-\d*|-\d+)$/.test(one) || (/^\d+-\d+$/.test(one) && +one.split('-')[1] < +one.split('-')[0]);
const asked = (one) => one.headers.Range !== undefined;
const statuses = (our, their, ...of) => of.includes(our.status) && of.includes(their.status) && our.status !== their.status;
// Reason, and whether it explains that ours and theirs differ.  In this order: the first one does.
const DIFFERENCES = [
    ['send leaves out .well-known with all that begins with a dot', ({ at }, our, their) => at.startsWith('/.well-known') && their.status === 404],
    ['send leads to a folder by 301 and an absolute path', ({ at }, our, their) => at === '/docs' && our.status === 308 && their.status === 301],
    ['send does not decode %2F and goes on with it, to OpenSpeed it is malformed', ({ at }, our) => at.includes('%2f') && our.status === 400],
    ['send refuses .. that leaves the folder with 403, OpenSpeed ends it at the root as RFC 3986 5.2.4 has it',
        ({ at }, our, their) => /^\/(\.\.|%2e%2e)/.test(at) && statuses(our, their, 403, 404)],
    ['RFC 8259 11: the media type of JSON has no charset', (one, our, their) => our.headers['content-type'] === 'application/json'
        && their.headers['content-type'] === 'application/json; charset=utf-8' && our.status === their.status],
    ['Range is about GET alone (RFC 9110 14.2), send answers HEAD with it', (one, our, their) =>
        one.method === 'HEAD' && asked(one) && our.status === 200 && (their.status === 206 || their.status === 416)],
    ['a weak tag is no match for If-Match (RFC 9110 13.1.1), and those of send are weak', ({ headers }, our, their) =>
        /TAG/.test(headers['If-Match'] ?? '') && our.status === 412 && their.status !== 412],
    ['a weak tag or a later date is no match for If-Range (RFC 9110 13.1.5); send takes both', ({ headers }, our, their) =>
        headers['If-Range'] !== undefined && our.status === 200 && (their.status === 206 || their.status === 416)],
    ['more bytes at the end than there are: all of them (RFC 9110 14.1.2), which send takes for none', (one, our, their) =>
        specs(one.headers).some((each) => /^-\d+$/.test(each)) && our.status < 300],
    ['elements of a list may be empty (RFC 9110 5.6.1.2); send ignores such a Range', (one, our, their) =>
        specs(one.headers).includes('') && (our.status === 206 || our.status === 416) && their.status === 200],
    ['a malformed range makes all of Range ignored (RFC 9110 14.2), send passes over it or answers 416',
        (one, our, their) => specs(one.headers).some(isMalformed) && our.status === 200 && (their.status === 206 || their.status === 416)],
];

/** What must be the same. */
function essence(answer, method) {
    const { status, headers } = answer;
    return JSON.stringify([status, headers['content-range'], status < 300 ? headers['content-type'] : undefined,
        status < 300 ? headers['content-length'] : undefined, method === 'HEAD' || status >= 300 ? '' : answer.body]);
}

const happened = DIFFERENCES.map(() => 0);
let same = 0;
let wrong = 0;
const known = new Map();
for (let i = 0; i < count && wrong < 10; i++) {
    const one = request();
    if (!known.has(one.at)) known.set(one.at, [(await ask(port, 'GET', one.at, {})).headers, (await ask(server.address().port, 'GET', one.at, {})).headers]);
    const [ourWords, theirWords] = known.get(one.at).map((of) => words(one.headers, of));
    const [our, their] = [await ask(port, one.method, one.at, ourWords), await ask(server.address().port, one.method, one.at, theirWords)];
    if (essence(our, one.method) === essence(their, one.method)) {
        same++;
        continue;
    }
    const why = DIFFERENCES.findIndex(([, explains]) => explains(one, our, their));
    if (why >= 0) {
        happened[why]++;
        continue;
    }
    wrong++;
    console.log(`FAIL ${one.method} ${one.at} ${JSON.stringify(one.headers)}\n     ours   ${essence(our, one.method).slice(0, 150)}\n     theirs ${essence(their, one.method).slice(0, 150)}`);
}
DIFFERENCES.forEach(([reason], i) => console.log(`${happened[i] > 0 ? 'ok  ' : 'FAIL'} ${String(happened[i]).padStart(5)} times: ${reason}`));
console.log(`${same} of ${count} answers the same, ${wrong} without a reason`);
server.close();
agent.destroy();
child.kill('SIGTERM');
fs.rmSync(dir, { recursive: true, force: true });
process.exitCode = wrong > 0 || happened.includes(0) || same < count / 3 ? 1 : 0;
