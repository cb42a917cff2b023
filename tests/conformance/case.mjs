// What a case of the conformance suite is, and how one is judged on a raw socket.
//
// A case is a row of rfc9110.mjs, rfc9112.mjs, rfc3986.mjs, others.mjs or probe.mjs:
//
//     id     number of the RFC, section, count: '9112-6.3-2'
//     level  MUST or SHOULD, also for the forms with NOT
//     rule   the requirement in our own words
//     send   bytes of the request, as a latin1 string; or a list of steps, each of which is sent when all answers
//            to those before it are there; as many as there are lists of answers
//     want   what the RFC allows of every server: one answer, or a list of answers in their order.  Of a list of
//            steps: one such list a step
//     ours   what OpenSpeed promises beyond it, in the same form
//     end    our side is closed behind the request
//     app    the requirement needs an application's help, and only tests/apps/conformance gives it
//
// An answer is { status: number or list, version, body, trailers: string, has: { name: pattern }, lacks: [name], lines: { name: how
// many }, content: true when there must be some, tells: a pattern of it, head: true when there must be none, same, sameLength: true
// when its fields or its Content-Length are those of the answer before, interim: true when 1xx may come first, incomplete: true when
// it may be missing }.  The last answer also says with `then` what becomes of the
// connection: 'open' (a further request is answered), 'closed' (the server ends it, and sends nothing else), or
// nothing when the RFC leaves it to the server.  `want: null`: no answer, and the server closes.
import net from 'node:net';

const PATIENCE_MS = 5000; // for one answer, unless the server says otherwise
const PAUSE_MS = 3; // between two writes
const PAST = 'Sat, 29 Oct 1994 19:43:31 GMT';
const BYTEWISE_MAX = 700; // bytes of a request that is also sent byte by byte

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const listOf = (value) => (Array.isArray(value) ? value : [value]);

class Refused extends Error {}

function check(holds, text) {
    if (!holds) throw new Refused(text);
}

/** A connection that keeps what it received. */
class Connection {
    static async open({ port, patience_ms = PATIENCE_MS }) {
        const connection = new Connection();
        const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
        Object.assign(connection, { socket, patience_ms, bytes: '', ended: false, wake: () => {} });
        socket.setEncoding('latin1').on('data', (text) => {
            connection.bytes += text;
            connection.wake();
        });
        for (const event of ['end', 'close', 'error']) {
            socket.on(event, () => {
                connection.ended = true;
                connection.wake();
            });
        }
        await new Promise((done, fail) => socket.once('connect', done).once('error', fail));
        return connection;
    }

    write(text) {
        if (!this.socket.destroyed) this.socket.write(text, 'latin1');
    }

    /** Waits for more bytes or the end; false when neither comes. */
    async more() {
        const seen = this.bytes.length;
        const until = Date.now() + this.patience_ms;
        while (this.bytes.length === seen && !this.ended) {
            const left = until - Date.now();
            if (left <= 0) return false;
            let timer;
            await Promise.race([new Promise((done) => (this.wake = done)),
                new Promise((done) => (timer = setTimeout(done, left)))]);
            clearTimeout(timer);
        }
        return true;
    }
}

/** The content of a chunked answer at `at`: [content, end, trailers], or null when it is not whole. */
function dechunk(bytes, at) {
    let content = '';
    for (;;) {
        const line = bytes.indexOf('\r\n', at);
        if (line < 0) return null;
        const size = parseInt(bytes.slice(at, line), 16);
        check(size >= 0, 'the answer has a malformed chunk');
        at = line + 2;
        if (size === 0) {
            const end = bytes.startsWith('\r\n', at) ? at + 2 : bytes.indexOf('\r\n\r\n', at) + 4;
            return end < 4 || end > bytes.length ? null : [content, end, bytes.slice(at, end).trim()];
        }
        if (bytes.length < at + size + 2) return null;
        content += bytes.slice(at, at + size);
        at += size + 2;
    }
}

function headOf(text) {
    const [line, ...lines] = text.split('\r\n');
    const found = /^HTTP\/(1\.[01]) (\d{3}) [\t -~\x80-\xff]*$/.exec(line);
    check(found, `not a status line: ${JSON.stringify(line)}`);
    const fields = {};
    const repeated = [];
    for (const one of lines) {
        const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*?)[ \t]*$/.exec(one);
        check(field, `not a field: ${JSON.stringify(one)}`);
        const name = field[1].toLowerCase();
        if (name in fields) repeated.push(name);
        fields[name] = name in fields ? `${fields[name]}, ${field[2]}` : field[2];
    }
    return { version: found[1], status: Number(found[2]), fields, repeated, body: '' };
}

/** The next answer; null when the connection ended, or stays silent, before it was whole. */
async function readAnswer(connection, bare) {
    for (;;) {
        const end = connection.bytes.indexOf('\r\n\r\n');
        if (end >= 0) {
            const answer = headOf(connection.bytes.slice(0, end));
            const { status, fields } = answer;
            const begin = end + 4;
            let after = begin;
            if (bare || status < 200 || status === 204 || status === 304) {
                // no content, whatever the fields say
            } else if (/chunked/i.test(fields['transfer-encoding'] ?? '')) {
                [answer.body, after, answer.trailers] = dechunk(connection.bytes, begin) ?? ['', 0, ''];
            } else if ('content-length' in fields) {
                after = begin + Number(fields['content-length']);
                answer.body = connection.bytes.slice(begin, after);
            } else {
                after = connection.ended ? connection.bytes.length : 0;
                answer.body = connection.bytes.slice(begin);
            }
            if (after !== 0 && after <= connection.bytes.length) {
                connection.bytes = connection.bytes.slice(after);
                return answer;
            }
        }
        if (connection.ended || !(await connection.more())) return null;
    }
}

/** What may differ between two answers that have the same fields. */
const VOLATILE = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length']);
const lasting = (answer) => Object.keys(answer.fields).filter((name) => !VOLATILE.has(name)).sort().join(' ');

function judgeAnswer(want, answer, before, strict) {
    check(listOf(want.status).includes(answer.status),
        `status ${answer.status} instead of ${listOf(want.status).join(' or ')}`);
    if (want.version) check(answer.version === want.version, `answered by HTTP/${answer.version}`);
    if (want.body !== undefined && (strict || !want.body.startsWith('{'))) {
        check(answer.body === want.body, `content ${JSON.stringify(answer.body.slice(0, 200))}`);
    }
    for (const [name, pattern] of Object.entries(want.has ?? {})) {
        check(name in answer.fields, `no ${name} in a ${answer.status}`);
        check(pattern.test(answer.fields[name]), `${name}: ${answer.fields[name]}`);
    }
    for (const name of want.lacks ?? []) check(!(name in answer.fields), `there is ${name}: ${answer.fields[name]}`);
    if (want.trailers !== undefined) check(answer.trailers === want.trailers, `trailers ${answer.trailers}`);
    if (want.content) check(answer.body !== '', 'no content');
    if (want.tells) check(want.tells.test(answer.body), `content ${JSON.stringify(answer.body.slice(0, 200))}`);
    for (const [name, count] of Object.entries(want.lines ?? {})) {
        const found = answer.repeated.filter((one) => one === name).length + (name in answer.fields);
        check(found === count, `${name} in ${found} lines`);
    }
    if (want.sameLength && 'content-length' in answer.fields) {
        const lengths = [answer, before].map(({ fields }) => fields['content-length']);
        check(lengths[0] === lengths[1], `content-length ${lengths.join(' instead of ')}`);
    }
    if (want.same) check(lasting(answer) === lasting(before), `fields ${lasting(answer)} instead of ${lasting(before)}`);
}

/** Fields whose value is a list, so that they may stand in several lines. */
const LISTS = new Set(['set-cookie', 'link', 'accept', 'accept-encoding', 'accept-patch', 'allow', 'cache-control', 'connection', 'content-language', 'trailer', 'upgrade',
    'vary', 'www-authenticate']);
/** What a status must not come without (RFC 9110 15.5.2, 15.5.6, 15.5.22, 15.2.2). */
const NEEDS = { 101: 'upgrade', 401: 'www-authenticate', 405: 'allow', 426: 'upgrade' };
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const lists = (value, token) => (value ?? '').split(',').some((one) => one.trim().toLowerCase() === token);

/** RFC 9110 5.3, 5.6.1.1, 5.6.7, 7.8, 10.2.1; RFC 9112 6.1. */
function judgeFields({ status, fields, repeated }) {
    for (const name of repeated) check(LISTS.has(name), `${name} in several lines`);
    for (const name of LISTS) check(!/(^|,)\s*(,|$)/.test(fields[name] ?? 'x'), `empty elements in ${name}: ${fields[name]}`);
    for (const name of ['date', 'last-modified', 'expires']) check(DATE.test(fields[name] ?? PAST), `${name}: ${fields[name]}`);
    for (const name of ['upgrade', 'te', 'keep-alive']) {
        check(!(name in fields) || lists(fields.connection, name), `${name} without its connection option`);
    }
    check(/^[A-Z]+(, [A-Z]+)*$/.test(fields.allow ?? 'GET'), `allow: ${fields.allow}`);
    check(/^chunked$/.test(fields['transfer-encoding'] ?? 'chunked'), `transfer-encoding: ${fields['transfer-encoding']}`);
    check(!('content-length' in fields && 'transfer-encoding' in fields), 'both lengths');
    if (status in NEEDS) check(NEEDS[status] in fields, `no ${NEEDS[status]} in a ${status}`);
}

/** What every answer is also held to (RFC 9110 6.6.1, 8.3, 8.6, 15.4.5, 15.5, 15.6; RFC 9112 6.1; RFC 9457 3.1.2). */
function judgeAlways(answer, bare) {
    const { status, fields } = answer;
    judgeFields(answer);
    if (status >= 200 && status < 500) check('date' in fields, `no date in a ${status}`);
    if (status < 200 || status === 204) {
        for (const name of ['content-length', 'transfer-encoding']) check(!(name in fields), `${name} in a ${status}`);
    }
    if (status === 304) {
        for (const name of ['content-type', 'content-encoding', 'content-language', 'content-length', 'transfer-encoding']) {
            check(!(name in fields), `${name} in a 304`);
        }
        check(!('etag' in fields && 'last-modified' in fields), 'a 304 with more than one validator');
    }
    if (status === 304 || status >= 400) check(!('trailer' in fields), `trailers announced in a ${status}`);
    if (answer.body !== '') check('content-type' in fields, `content without a type in a ${status}`);
    if (status >= 400 && !bare) check(answer.body !== '', `a ${status} without an explanation`);
    if (/^application\/problem\+json$/.test(fields['content-type']) && !bare) {
        const problem = JSON.parse(answer.body);
        check(problem.status === status, `a problem of ${problem.status} in a ${status}`);
        check(problem.title !== undefined && problem.detail !== undefined, `a ${status} that does not say what is wrong`);
    }
}

/** RFC 9112 9.6: who says close closes, and who closes says so, as far as it knows before. */
function judgeClose(row, answer, then) {
    const says = lists(answer?.fields.connection, 'close');
    if (says) check(then !== 'open', 'close is said');
    if (then === 'closed' && answer !== null && answer.status !== 101 && !row.end) check(says, 'closed without close');
    return says ? 'closed' : then;
}

async function judgeEnd(connection, then, path) {
    if (then === 'closed') {
        while (!connection.ended) check(await connection.more(), 'the connection stays open');
        check(connection.bytes === '', `more bytes before the end: ${JSON.stringify(connection.bytes.slice(0, 80))}`);
    }
    if (then === 'open') {
        connection.write(`GET ${path} HTTP/1.1\r\nHost: example.test\r\n\r\n`);
        const answer = await readAnswer(connection, false);
        check(answer !== null, 'the connection is not usable any more');
        check(answer.status === 200, `a further request is answered ${answer.status}`);
        check(connection.bytes === '', `more bytes: ${JSON.stringify(connection.bytes.slice(0, 80))}`);
    }
}

async function deliver(connection, text, how) {
    if (how === 'bytes') {
        for (const byte of text) {
            connection.write(byte);
            await new Promise(setImmediate);
        }
    } else if (how === 'two') {
        const middle = Math.floor(text.length / 2);
        connection.write(text.slice(0, middle));
        await sleep(PAUSE_MS);
        connection.write(text.slice(middle));
    } else {
        connection.write(text);
    }
}

async function judge(server, row, wanted, how) {
    const connection = await Connection.open(server);
    try {
        const steps = Array.isArray(row.send) ? row.send : [row.send];
        const wants = wanted === null ? [[]] : Array.isArray(row.send) ? wanted : [listOf(wanted)];
        let before = null;
        for (const [i, expected] of wants.entries()) {
            await deliver(connection, steps[i], how);
            if (row.end) connection.socket.end();
            for (const want of expected) {
                let answer;
                do {
                    answer = await readAnswer(connection, want.head);
                    if (answer === null && connection.ended && want.incomplete) return;
                    check(answer !== null, connection.ended ? 'closed without an answer' : 'no answer');
                    if (server.strict) judgeAlways(answer, want.head);
                } while (answer.status < 200 && want.interim);
                judgeAnswer(want, answer, before, server.strict);
                before = answer;
            }
        }
        const then = wanted === null ? 'closed' : wants.at(-1).at(-1).then;
        await judgeEnd(connection, server.strict ? judgeClose(row, before, then) : then, server.path ?? '/text');
    } finally {
        connection.socket.destroy();
    }
}

/** How a request can be cut; a long one is not sent byte by byte. */
export function deliveriesOf(row) {
    if (Array.isArray(row.send)) return ['whole'];
    return row.send.length > BYTEWISE_MAX ? ['whole', 'two'] : ['whole', 'two', 'bytes'];
}

/** What is wrong with the server's answer, or null.
 *  server: { port, patience_ms, strict, path }; path is asked for to see whether a connection is open; strict: /echo sends the content back and /users the id, and each answer is
 *  held to what is true of all, which else has cases of its own. */
export async function failureOf(server, row, wanted, how) {
    try {
        await judge(server, row, wanted, how);
        return null;
    } catch (error) {
        if (!(error instanceof Refused) && !/ECONN|EPIPE/.test(error.code ?? '')) throw error;
        return error.message;
    }
}
