// The load client of tests/load sees what is wrong: servers that are, and what it says of them.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, describe, test } from 'node:test';
import { failures, load } from '../load/clients.mjs';
import { sleep } from './start.mjs';

const DATE = 'Date: Sat, 01 Jan 2028 00:00:00 GMT\r\n';
const answer = (body = 'ok\n', more = '') => `HTTP/1.1 200 OK\r\n${DATE}Content-Length: ${body.length}\r\n${more}\r\n${body}`;
const servers = [];
after(() => servers.forEach((one) => one.close()));

/** A server that answers each request by `speak(socket, number of the request on its connection)`. */
async function serverOf(speak) {
    const server = net.createServer((socket) => {
        let text = '', number = 0;
        socket.on('error', () => {});
        socket.on('data', (data) => {
            text += data;
            for (let end; (end = text.indexOf('\r\n\r\n')) >= 0; text = text.slice(end + 4)) {
                speak(socket, ++number, text.slice(0, end));
            }
        });
    });
    servers.push(server);
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    return server.address().port;
}

/** What the client says after a while. */
async function judged(speak, options = {}, ms = 500) {
    const client = await load(await serverOf(speak), { expect: 'ok\n', rate: 50, connections: 2, grace_ms: 5000, ...options });
    await client.ready();
    await sleep(ms);
    return client.end();
}

test('a server that is well', async () => {
    const done = await judged((socket) => socket.write(answer()), {}, 1000);
    assert.equal(failures(done), 0);
    assert.ok(done.right >= 45 && done.right === done.sent && done.connected === 2, JSON.stringify(done));
    assert.equal(done.latency_us.count, done.right);
});

test('answers in pieces', async () => {
    const done = await judged((socket) => {
        const text = answer();
        socket.setNoDelay(true);
        socket.write(text.slice(0, 30));
        setTimeout(() => socket.write(text.slice(30)), 5);
    });
    assert.equal(failures(done), 0);
    assert.ok(done.right >= 10);
});

describe('an answer that is wrong', () => {
    for (const [what, text, why] of [
        ['another body', answer('no\n'), 'another body'],
        ['another status', answer().replace('200 OK', '404 Not Found'), 'not 200'],
        ['no status line', answer().replace('HTTP/1.1 ', 'HTTP/1.0 '), 'not a status line'],
        ['no length', answer().replace('Content-Length', 'X-Length'), 'not one Content-Length'],
        ['two lengths', answer('ok\n', 'Content-Length: 3\r\n'), 'not one Content-Length'],
        ['a bad length', answer().replace('Length: 3', 'Length: +3'), 'a bad length'],
        ['no date', answer().replace(DATE, ''), 'not one Date'],
        ['a transfer coding', answer('ok\n', 'Transfer-Encoding: chunked\r\n'), 'a transfer coding'],
        ['a bare line end', answer('ok\n', 'A: b\nC: d\r\n'), 'a bare line end'],
        ['a line that is no field', answer('ok\n', 'A : b\r\n'), 'a line that is no field'],
        ['bytes behind it', `${answer()}x`, 'bytes behind the answer'],
        ['two answers', answer() + answer(), 'bytes behind the answer'],
        ['one that is too long', answer('x'.repeat(5000)), 'longer than the client reads'],
    ]) {
        test(what, async () => {
            const done = await judged((socket) => socket.write(text));
            assert.ok(done.wrong > 0 && done.right === 0, JSON.stringify(done));
            assert.equal(done.samples[0].why, why);
        });
    }

    test('an answer that nobody asked for', async () => {
        let why = 'bytes behind the answer'; // so it calls both when it was slow to read the first
        for (let i = 0; i < 20 && why === 'bytes behind the answer'; i++) {
            const done = await judged((socket, number) => {
                socket.write(answer());
                if (number === 1) setTimeout(() => socket.write(answer()), 10); // its client is free then
            }, { rate: 5, connections: 1 });
            why = done.samples[0]?.why;
        }
        assert.equal(why, 'an answer to no request');
    });

    test('the last one that does not say so', async () => {
        const done = await judged((socket) => socket.write(answer()), { per_connection: 3 });
        assert.equal(done.samples[0]?.why, 'the last answer does not say that it closes');
    });

    test('another process on one connection', async () => {
        const done = await judged((socket, number) => socket.write(answer(number < 3 ? '17\n' : '18\n')), { workers: true, expect: undefined, path: '/pid' });
        assert.equal(done.samples[0]?.why, 'another process on one connection');
    });
});

test('Connection: close is obeyed, and the client says it in its last request', async () => {
    const heads = [];
    const done = await judged((socket, number, head) => {
        heads.push(/Connection: close/.test(head));
        const last = number === 3 || heads.at(-1);
        socket[last ? 'end' : 'write'](answer('ok\n', last ? 'Connection: close\r\n' : ''));
    }, { per_connection: 2 });
    assert.equal(failures(done), 0);
    assert.ok(Math.abs(heads.filter(Boolean).length * 2 - heads.length) <= 2, `${heads}`);
    const other = await judged((socket, number) => socket.write(answer('ok\n', number === 3 ? 'Connection: close\r\n' : '')));
    assert.equal(failures(other), 0);
    assert.ok(other.connected >= other.right / 3 - 1, JSON.stringify(other));
});

describe('a request without its answer is lost, and not asked again', () => {
    for (const [what, speak] of [
        ['lost_fresh', (socket) => socket.resetAndDestroy()],
        ['lost_kept', (socket, number) => (number < 3 ? socket.write(answer()) : socket.end())],
        ['lost_cut', (socket) => socket.end(answer().slice(0, -1))],
    ]) {
        test(what, async () => {
            let asked = 0;
            const done = await judged((...args) => {
                asked++;
                speak(...args);
            });
            assert.ok(done[what] > 0, JSON.stringify(done));
            assert.equal(failures(done), done[what]);
            assert.equal(done.right + done[what], asked);
        });
    }

    test('unanswered', async () => {
        const done = await judged(() => {}, { grace_ms: 300 });
        assert.equal(done.unanswered, 2);
    });

    test('timed_out', async () => {
        const done = await judged(() => {}, { timeout_ms: 50 });
        assert.ok(done.timed_out >= 2 && done.timed_out === done.sent, JSON.stringify(done));
    });
});

test('a kept connection that ends between requests is told apart', async () => {
    const done = await judged((socket) => {
        socket.write(answer());
        setTimeout(() => socket.end(), 5);
    }, { rate: 20, connections: 1 });
    assert.ok(done.closed_idle > 1 && failures(done) === done.closed_idle, JSON.stringify(done));
});

test('503 is refused, with Retry-After or bare', async () => {
    const text = answer('').replace('200 OK', '503 Service Unavailable');
    const done = await judged((socket, number) => socket.write(number % 2 ? text : text.replace('\r\n\r\n', '\r\nRetry-After: 1\r\n\r\n')));
    assert.ok(done.refused > 8 && done.right === 0, JSON.stringify(done));
    assert.ok(Math.abs(done.refused_bare * 2 - done.refused) <= 2, JSON.stringify(done));
});

test('latency counts from when a request was due', async () => {
    let busy = false;
    const done = await judged((socket) => {
        if (!busy) {
            busy = true;
            setTimeout(() => socket.write(answer()), 500);
        } else {
            socket.write(answer());
        }
    }, { rate: 100, connections: 1 }, 700);
    assert.equal(failures(done), 0);
    assert.ok(done.latency_us.p90 > 200_000, JSON.stringify(done.latency_us)); // of those that had to wait behind it
});

test('a server that is not there', async () => {
    const nobody = 1; // nor is it a port that somebody else takes meanwhile
    const client = await load(nobody, { rate: 50, connections: 0, connections_max: 8, seconds: 1, timeout_ms: 200 });
    const done = await client.end(false);
    assert.ok(done.connect_failed > 5 && done.unsent > 20 && done.sent === 0, JSON.stringify(done));
});
