// RFC 3986, URIs: what it says about the targets that a server is sent.  /users/[id] answers with the id that it read.
import { any, bare, get, hello, open, HOST } from './requests.mjs';

const user = (id) => ({ status: 200, body: JSON.stringify({ id }), then: 'open' });

// Above the root there is nothing: such a path may be refused as well.
const CLIMBS = new Set(['/../text', '/../../text', '/a/../../text', '/%2E%2e/text']);

export default [
    { id: '3986-2.1-1', level: 'MUST', rule: 'hexadecimal digits of an encoding have no case', send: get('/users/%c3%A4') + get('/users/%C3%a4'), want: [user('\xc3\xa4'), user('\xc3\xa4')].map((want, i) => ({ ...want, then: i ? 'open' : undefined })) },
    { id: '3986-2.2-1', level: 'MUST', rule: 'an encoded slash is not a slash', send: get('/users%2F7'), want: any(400, 404), ours: open(400) },
    { id: '3986-2.2-2', level: 'MUST', rule: 'an encoded question mark is not the start of a query', send: get('/text%3Fa=b'), want: any(404), ours: open(404) },
    { id: '3986-2.2-3', level: 'MUST', rule: 'an encoded number sign is not the start of a fragment', send: get('/text%23a'), want: any(404), ours: open(404) },
    { id: '3986-2.2-4', level: 'MUST', rule: 'reserved characters of a segment are data', send: get("/users/a:@!$&'()*+,;=b"), want: user("a:@!$&'()*+,;=b") },
    { id: '3986-2.4-1', level: 'MUST NOT', rule: 'nothing is decoded twice', send: get('/users/%2541'), want: user('%41') },
    { id: '3986-2.4-2', level: 'MUST NOT', rule: 'nothing is decoded twice: dots', send: get('/users/%252e%252e'), want: user('%2e%2e') },
    { id: '3986-3.2.1-1', level: 'SHOULD', rule: 'user information is an error', send: get('http://a:b@example.test/text'), want: any(400) },
    { id: '3986-3.2.2-1', level: 'MUST', rule: 'an IPv6 literal', send: bare('Host: [::1]:80\r\n', 'http://[::1]:80/text'), want: hello },
    { id: '3986-3.2.2-2', level: 'MUST', rule: 'an IPv4 address', send: bare('Host: 127.0.0.1\r\n', 'http://127.0.0.1/text'), want: hello },
    { id: '3986-3.2.2-3', level: 'MUST', rule: 'a literal of a later version', send: get('http://[v7.a:b]/text'), want: hello },
    ...['[::1', '[::g]', '[1:2]', '::1', '[::1]x', 'a[b]', 'a b', 'a\\b', '%zz', '[fe80::1%25en0'].map((host, i) => ({
        id: `3986-3.2.2-${i + 4}`, level: 'SHOULD', rule: `400 for a host that is not in the grammar: ${JSON.stringify(host)}`,
        send: get(`http://${host}/text`), want: any(400) })),
    { id: '3986-3.2.3-1', level: 'SHOULD', rule: 'an empty port is no port', send: get('http://example.test:/text'), want: hello },
    { id: '3986-3.2.3-2', level: 'SHOULD', rule: '400 for a port that is no number', send: get('http://example.test:http/text'), want: any(400) },
    { id: '3986-3.2.3-3', level: 'SHOULD', rule: '400 for a port with a sign', send: get('http://example.test:-1/text'), want: any(400) },
    { id: '3986-3.3-1', level: 'MUST', rule: 'dots within a segment are data', send: get('/users/a..b'), want: user('a..b') },
    { id: '3986-3.3-2', level: 'MUST', rule: 'three dots are no dot segment', send: get('/users/...'), want: user('...') },
    { id: '3986-3.3-3', level: 'MUST', rule: 'the path has case', send: get('/TEXT'), want: open(404) },
    { id: '3986-3.3-4', level: 'MUST', rule: 'a segment may hold a colon', send: get('/users/http:x'), want: user('http:x') },
    { id: '3986-3.4-1', level: 'MUST', rule: 'slash and question mark are data of a query', send: get('/text?a=/../?b=//'), want: hello },
    { id: '3986-3.4-2', level: 'MUST', rule: 'a query may be empty', send: get('/text?'), want: hello },
    { id: '3986-3.4-3', level: 'MUST', rule: 'dot segments of a query are data', send: get('/text?/../../missing'), want: hello },
    { id: '3986-3.5-1', level: 'SHOULD', rule: 'a fragment is no part of a request', send: get('/text#a'), want: any(400, 301) },
    { id: '3986-3.5-2', level: 'SHOULD', rule: 'a fragment is no part of a request: behind a query', send: get('/text?a#b'), want: any(400, 301) },
    ...['/./text', '/../text', '/../../text', '/a/../text', '/a/b/../../text', '/a/./../text', '/a/../../text', '/a/b/c/./../../../text', '/./././text',
        '/%2e/text', '/%2E%2e/text', '/a/.%2e/text', '/a/%2e./text'].map((path, i) => ({
        id: `3986-5.2.4-${i + 1}`, level: 'MUST', rule: `dot segments are taken out: ${path}`, send: get(path),
        want: CLIMBS.has(path) ? any(200, 400) : hello, ours: hello })),
    { id: '3986-5.2.4-14', level: 'MUST', rule: 'in absolute-form, too', send: get('http://example.test/a/../text'), want: hello },
    { id: '3986-5.2.4-15', level: 'MUST', rule: 'what is left matches as it stands', send: get('/text/../users/x/../7'), want: user('7') },
    { id: '3986-5.2.4-16', level: 'MUST', rule: 'a last dot segment leaves its slash', send: get('/users/7/..'), want: any(301, 400, 403, 404, 200), ours: open(404) },
    ...['/te%78t', '/%74%65%78%74', '/%74ext?a=b'].map((path, i) => ({
        id: `3986-6.2.2.2-${i + 1}`, level: 'MUST', rule: `encodings of what needs none mean the same: ${path}`, send: get(path), want: hello })),
    { id: '3986-6.2.2.2-4', level: 'MUST', rule: 'a tilde, encoded or not', send: get('/users/%7Ea') + get('/users/~a'), want: [{ ...user('~a'), then: undefined }, user('~a')] },
    { id: '3986-6.2.3-1', level: 'SHOULD', rule: 'an empty path is the path /', send: get('/') + get('http://example.test'), want: [any(200), any(200)] },
    { id: '3986-7.3-1', level: 'SHOULD', rule: 'an encoded NUL is refused, or leads nowhere', send: get('/te%00xt'), want: any(400, 404), ours: open(400) },
    { id: '3986-7.3-2', level: 'SHOULD', rule: 'encoded line ends are refused, or lead nowhere', send: get('/te%0d%0axt'), want: any(400, 404), ours: open(400) },
    { id: '3986-7.3-3', level: 'SHOULD', rule: 'UTF-8 that is longer than need be is refused, or leads nowhere', send: get('/users%c0%af7'), want: any(400, 404), ours: open(400) },
    { id: '3986-7.3-4', level: 'SHOULD', rule: 'an encoded backslash is no slash', send: get('/users%5c7'), want: any(400, 404), ours: open(404) },
    { id: '3986-7.3-5', level: 'SHOULD', rule: 'an encoded slash does not climb', send: `GET /users/..%2ftext HTTP/1.1\r\n${HOST}\r\n`, want: any(200, 400, 404), ours: open(400) },
];
