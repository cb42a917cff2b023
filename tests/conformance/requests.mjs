// The requests that the cases are made of, and the answers they mostly want.
//
// Where something is too long, it is 40,000 bytes: more than every limit, and less than a server must read away
// behind its refusal for the refusal not to be lost with a reset connection (RFC 9112 9.6).
export const HOST = 'Host: example.test\r\n';
export const NOTE = '{"note":"hello"}'; // 16 bytes: 10 in hexadecimal
const JSON_TYPE = 'Content-Type: application/json\r\n';

export const request = (line, fields = '') => `${line}\r\n${HOST}${fields}\r\n`;
export const get = (target, fields) => request(`GET ${target} HTTP/1.1`, fields);
/** A head with exactly these field lines. */
export const bare = (fields, target = '/text') => `GET ${target} HTTP/1.1\r\n${fields}\r\n`;
/** NOTE with these framing fields and, behind the head, these bytes. */
export const post = (framing, content = NOTE, fields = '') =>
    request('POST /echo HTTP/1.1', JSON_TYPE + fields + framing) + content;
export const posted = (fields = '') => post(`Content-Length: ${NOTE.length}\r\n`, NOTE, fields);
export const CHUNKED = 'Transfer-Encoding: chunked\r\n';
/** A chunked request with these bytes as its body. */
export const chunked = (body) => post(CHUNKED, body);
/** A chunked body whose first line is `line`, behind it NOTE and the end. */
export const sized = (line) => chunked(`${line}\r\n${NOTE}\r\n0\r\n\r\n`);

export const TEXT = 'Hello, World!';
export const hello = { status: 200, body: TEXT, then: 'open' };
export const echoed = { status: 200, body: NOTE, then: 'open' };
export const refused = { status: 400, then: 'closed' };
/** One of several statuses, and then the end. */
export const closed = (...statuses) => ({ status: statuses, then: 'closed' });
export const open = (...statuses) => ({ status: statuses, then: 'open' });
export const any = (...statuses) => ({ status: statuses });
const all = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
export const ERROR_4XX = all(400, 499);
export const FINAL = all(200, 599);
/** Of a request that breaks off: nothing, or a refusal. */
export const INCOMPLETE = { status: ERROR_4XX, incomplete: true, then: 'closed' };
