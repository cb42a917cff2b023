// examples/probe, which suites of others drive: what its four URLs promise, and the framing of rfc9112.mjs before a handler that
// answers part by part (/echo) and one that takes JSON (/json).
import rfc9112 from './rfc9112.mjs';
import { CHUNKED, ERROR_4XX, HOST, INCOMPLETE, NOTE, any, closed, get, open, refused, request } from './requests.mjs';

const HOME = 'OpenSpeed answers.\n';
const MIB = 'x'.repeat(1 << 20);
const BIG_LENGTH = 24 << 20;
const GET = get('/');
const home = { status: 200, body: HOME, then: 'open' };
const echo = (framing, body) => request('POST /echo HTTP/1.1', framing) + body;
const sent = (body, fields = '') => echo(`${fields}Content-Length: ${body.length}\r\n`, body);
const chunks = (...parts) => [...parts, ''].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
const back = (body) => ({ status: 200, body, then: 'open' });
const json = (text) => sent(text, 'Content-Type: application/json\r\n').replace('/echo', '/json');
const EXPECT = 'Expect: 100-continue\r\nContent-Length: 5\r\n';

const own = [
    { rule: 'GET', send: GET, want: home },
    { rule: 'HEAD has the fields of GET', send: GET + request('HEAD / HTTP/1.1'), want: [any(200), { ...open(200), head: true, same: true, sameLength: true }] },
    { rule: 'other methods are 405 with Allow', send: request('POST / HTTP/1.1') + request('PUT /echo HTTP/1.1') + get('/json') + request('DELETE /big HTTP/1.1'),
        want: [any(405), any(405), any(405), open(405)] },
    { rule: 'unknown methods are 501', send: request('BREW / HTTP/1.1') + request('TRACE / HTTP/1.1') + request('CONNECT a:80 HTTP/1.1'), want: [any(501), any(501), open(501)] },
    { rule: 'unknown URLs are 404', send: get('/missing') + get('/echo/'), want: [any(404), open(404)] },
    { rule: 'OPTIONS', send: request('OPTIONS /echo HTTP/1.1') + request('OPTIONS * HTTP/1.1'),
        want: [{ status: 204, has: { allow: /^POST, OPTIONS$/ } }, { ...open(204), has: { allow: /GET/ } }] },
    { rule: 'HTTP/1.0', send: 'GET / HTTP/1.0\r\n\r\n', want: { ...home, then: 'closed' } },
    { rule: 'conditions', send: get('/', 'If-None-Match: *\r\n') + get('/', 'If-Match: "x"\r\n'), want: [any(304), open(412)] },
    { rule: 'content with a length comes back', send: sent('hello'), want: back('hello') },
    { rule: 'with its type', send: sent('hello', 'Content-Type: text/x-test; a="b"\r\n'), want: { ...back('hello'), has: { 'content-type': /^text\/x-test; a="b"$/, 'content-length': /^5$/ } } },
    { rule: 'content in chunks comes back', send: echo(CHUNKED, chunks('he', 'l', 'lo')), want: back('hello') },
    { rule: 'extensions and trailers do not', send: echo(CHUNKED, '5;a="b"\r\nhello\r\n0;c\r\nX: y\r\n\r\n'), want: back('hello') },
    { rule: 'no content comes back', send: sent('') + request('POST /echo HTTP/1.1') + echo(CHUNKED, '0\r\n\r\n'), want: [back(''), back(''), back('')].map((one, i) => (i < 2 ? any(200) : one)) },
    { rule: 'any bytes come back', send: sent('\0\r\n\r\nGET / HTTP/1.1\r\n\xff'), want: back('\0\r\n\r\nGET / HTTP/1.1\r\n\xff') },
    { rule: '1 MiB with a length', send: sent(MIB), want: back(MIB) },
    { rule: '1 MiB in chunks', send: echo(CHUNKED, chunks(...Array(16).fill(MIB.slice(0, 65536)))), want: back(MIB) },
    { rule: '1 MiB in one chunk, and behind it the next request', send: echo(CHUNKED, chunks(MIB)) + GET, want: [{ status: 200, body: MIB }, home] },
    { rule: 'who waits is told to go on', send: [echo(EXPECT, ''), 'hello'], want: [[any(100)], [back('hello')]] },
    { rule: 'who waits and is refused is told so at once', send: echo(EXPECT, '').replace('/echo', '/missing'), want: closed(404) },
    { rule: 'half of a length is never answered as if it were whole', send: echo('Content-Length: 10\r\n', 'hello'), end: true, want: INCOMPLETE },
    { rule: 'chunks without an end are never answered as if they were whole', send: echo(CHUNKED, '5\r\nhello\r\n'), end: true, want: INCOMPLETE },
    { rule: 'content of HTTP/1.0', send: sent('hello').replace('1.1', '1.0'), want: { ...back('hello'), then: 'closed' } },
    { rule: 'If-None-Match: * of POST holds where there is nothing to get', send: sent('hello', 'If-None-Match: *\r\n'), want: back('hello') },
    { rule: 'requests with content in a row', send: sent('a') + echo(CHUNKED, chunks('b')) + GET + sent('c') + json('1'), want: [any(200), any(200), any(200), any(200), back('1')] },
    { rule: 'pipelined behind close', send: sent('hello', 'Connection: close\r\n') + GET, want: { ...back('hello'), then: 'closed' } },
    { rule: '24 MiB', send: request('HEAD /big HTTP/1.1'), want: { ...open(200), head: true, has: { 'content-length': new RegExp(`^${BIG_LENGTH}$`) } } },
    ...['{"a":[1,true,null,"\\u00e4"]}', '[]', '"x"', '0', '-1.5e3', 'true', 'null', ' {} '].map((text) => ({
        rule: `JSON is answered as JSON: ${text}`, send: json(text), want: { ...open(200), has: { 'content-type': /^application\/json$/ } } })),
    ...['', ' ', '{', '{"a":1,}', 'nul', '01', '"\t"', '[1 2]', '{"a":1}x', "{'a':1}", '\xff', '"\xc0\x80"', 'NaN', '+1', '\xef\xbb\xbf{}'].map((text) => ({
        rule: `what is no JSON is 4xx: ${JSON.stringify(text)}`, send: json(text), want: { ...open(...ERROR_4XX), content: true } })),
    { rule: 'JSON without a type', send: sent('[1]').replace('/echo', '/json'), want: back('[1]') },
    { rule: 'JSON of another type', send: sent('[1]', 'Content-Type: image/png\r\n').replace('/echo', '/json'), want: open(415) },
    { rule: 'malformed heads', send: `POST /echo HTTP/1.1\r\n${HOST}X : y\r\nContent-Length: 5\r\n\r\nhello`, want: refused },
];

/** The requests of rfc9112.mjs with content whose framing is refused. */
const framing = rfc9112.filter(({ send, want, ours = want, app }) =>
    !app && typeof send === 'string' && send.includes(' /echo ') && ours?.status === 400 && ours.then === 'closed');

const numbered = own.map((row, i) => ({ ...row, id: `probe-${i + 1}`, level: 'MUST' }));
const derived = ['/echo', '/json'].flatMap((url) => framing.map((row) => ({
    ...row, id: `probe${url}-${row.id}`, send: row.send.replace(' /echo ', ` ${url} `).replaceAll(NOTE, url === '/echo' ? NOTE : NOTE.replace('note', 'text')) })));

export default [...numbered, ...derived];
