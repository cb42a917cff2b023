// The smaller RFCs that bind an origin server: 5789 (PATCH), 6265 (cookies), 6585 (more statuses), 9457 (problem documents).
import { NOTE, any, closed, echoed, get, hello, open, post, posted, request } from './requests.mjs';

const patched = (fields) => posted(fields).replace('POST /echo', 'PATCH /part');
const problem = { 'content-type': /^application\/problem\+json$/ };

export default [
    // ------------------------------------------------------------ RFC 5789, PATCH
    { id: '5789-2-1', level: 'MUST', rule: 'PATCH of what can be changed', app: true, send: patched(''), want: echoed },
    { id: '5789-2-2', level: 'SHOULD', rule: '405 where nothing can be changed', send: posted().replace('POST /echo', 'PATCH /text'), want: any(405, 501), ours: open(405) },
    { id: '5789-2.2-1', level: 'SHOULD', rule: '400 for a malformed document', app: true,
        send: post('Content-Length: 5\r\n', '{"a":').replace('POST /echo', 'PATCH /part'), want: { ...open(400), content: true } },
    { id: '5789-2.2-2', level: 'SHOULD', rule: '415 for a document of another type, with those that are taken', app: true,
        send: patched('').replace('application/json', 'text/plain'), want: { ...open(415), has: { 'accept-patch': /^application\/json$/ } } },
    { id: '5789-2.2-3', level: 'SHOULD', rule: '422 for a document that cannot be applied', app: true,
        send: post('Content-Length: 10\r\n', '{"note":7}').replace('POST /echo', 'PATCH /part'), want: { ...open(422), content: true } },
    { id: '5789-2.2-4', level: 'SHOULD', rule: '412 for what has changed, or may have', app: true, send: patched('If-Match: "two"\r\n'), want: open(412) },
    { id: '5789-3.1-1', level: 'SHOULD', rule: 'OPTIONS tells of PATCH, and which documents it takes', app: true,
        send: request('OPTIONS /part HTTP/1.1'), want: { ...open(204), has: { allow: /\bPATCH\b/, 'accept-patch': /^application\/json$/ } } },
    { id: '5789-3.1-2', level: 'SHOULD', rule: 'OPTIONS tells of PATCH of any document', app: true,
        send: request('OPTIONS /loose HTTP/1.1'), want: { ...open(204), has: { 'accept-patch': /^\*\/\*$/ } } },
    { id: '5789-3.1-3', level: 'MUST', rule: 'Accept-Patch is sent only where there is PATCH',
        send: request('OPTIONS /text HTTP/1.1'), want: { status: [200, 204, 405, 501], lacks: ['accept-patch'] } },
    // ------------------------------------------------------------ RFC 6265, cookies
    ...['a', '===;;;', '', 'a=b; a=c', 'a="b;c"', ';', '$Version=1; a=b', `a=${'b'.repeat(4000)}`, 'a=\xe4', ...[50].map((n) => 'a=b; '.repeat(n))].map((cookie, i) => ({
        id: `6265-4.2-${i + 1}`, level: 'MUST', rule: `a Cookie that nobody reads does not disturb: ${JSON.stringify(cookie.slice(0, 30))}`,
        send: get('/text', `Cookie: ${cookie}\r\n`), want: any(200, 400), ours: hello })),
    // ------------------------------------------------------------ RFC 6585, more statuses
    { id: '6585-5-1', level: 'SHOULD', rule: 'a 431 about one field names it',
        send: get('/text', `X-Large: ${'a'.repeat(40_000)}\r\n`), want: any(400, 413, 431), ours: { ...closed(431), tells: /X-Large/ } },
    { id: '6585-5-2', level: 'SHOULD', rule: 'a 431 about one field among others names it',
        send: get('/text', `X: y\r\nX-Large: ${'a'.repeat(40_000)}\r\nZ: y\r\n`), want: any(400, 413, 431), ours: { ...closed(431), tells: /X-Large/ } },
    { id: '6585-5-3', level: 'SHOULD', rule: 'a 431 about all fields names none',
        send: get('/text', 'X-Small: y\r\n'.repeat(6_000)), want: any(400, 413, 431), ours: { ...closed(431), tells: /too many/ } },
    { id: '6585-5-4', level: 'SHOULD', rule: 'a 431 about one name that is too long does not repeat it',
        send: get('/text', `${'X'.repeat(40_000)}: y\r\n`), want: any(400, 413, 431), ours: { ...closed(431), tells: /too large/ } },
    // ------------------------------------------------------------ RFC 9457, problem documents
    { id: '9457-3-1', level: 'MUST', rule: 'a problem has its media type', send: get('/missing'), want: any(404), ours: { status: 404, has: problem } },
    { id: '9457-3.1.2-1', level: 'MUST', rule: 'a problem repeats the status of its answer', send: get('/missing'), want: any(404), ours: { status: 404, tells: /"status":404\b/ } },
    { id: '9457-4.2.1-1', level: 'SHOULD', rule: 'the title of about:blank is the phrase of the status', send: get('/missing'),
        want: any(404), ours: { status: 404, tells: /"type":"about:blank".*"title":"Not Found"/ } },
    { id: '9457-3.1.4-1', level: 'SHOULD', rule: 'the detail helps the client, and tells nothing of the server', app: true, send: post(`Content-Length: ${NOTE.length}\r\n`, '{"note":   7}   '),
        want: { ...open(422), tells: /"pointer":"\/note"/ } },
];
