// Random forms in parts, read by OpenSpeed and by busboy.
//
//     node tests/oracle/forms.mjs FOLDER [SEED [COUNT]]
//
// A well-formed body has the same parts for both, however it is split.  Of a body that was damaged, what OpenSpeed takes
// busboy takes as the same parts: it may refuse more, never read something else.  Deliberately different: %22, %0D and %0A
// in names, which busboy leaves as they are (the HTML standard writes them so).
import assert from 'node:assert/strict';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root, start } from '../integration/start.mjs';
import { Random } from './random.mjs';
import { install } from './referees.mjs';

const [folder = 'build/oracle', seed = '1', count = '2000'] = process.argv.slice(2);
install(folder, ['busboy']);
const busboy = createRequire(path.resolve(folder, 'package.json'))('busboy');
const random = new Random(+seed);
const PARTS_MAX = 8;

const sum = (bytes) => bytes.reduce((value, byte) => Math.imul(value ^ byte, 16777619), 2166136261) >>> 0;
const undo = (name = '') => name.replace(/%22|%0d|%0a/gi, (code) => decodeURIComponent(code));

function text(most, alphabet) {
    return Array.from({ length: random.int(0, most) }, () => random.pick(alphabet)).join('');
}

function content(boundary) {
    const pieces = ['\r', '\n', '\r\n', '-', '--', `--${boundary.slice(0, -1)}`, `\r\n--${boundary.slice(0, -1)}`, `\r\n-${boundary}`,
        'text', '\0', '\xff', boundary, 'x'.repeat(random.int(0, 3000))];
    for (;;) {
        const bytes = text(random.chance(5) ? 400 : 12, pieces);
        if (!`\r\n${bytes}\r\n`.includes(`\r\n--${boundary}`)) return Buffer.from(bytes, 'latin1');
    }
}

const NAMES = ['a', 'B', ' ', 'ä', '梨', '.', ';', '=', '%22', '%', '\\\\', '\\"', "'", '+', '['];

function body(boundary) {
    const parts = [];
    const chunks = [random.chance(20) ? `preamble ${text(5, ['x', '\r\n', '-+'])}\r\n` : ''];
    for (let i = random.int(0, PARTS_MAX); i > 0; i--) {
        const fields = [`Content-Disposition: form-data; name="${text(6, NAMES)}"`];
        if (random.chance(60)) fields[0] += `; filename="f${text(6, NAMES.filter((one) => one !== '\\\\'))}"`;
        if (random.chance(50)) fields.push(`Content-Type: ${random.pick(['text/plain', 'image/png; x=y', 'application/octet-stream'])}`);
        if (random.chance(10)) fields.push('Content-Transfer-Encoding: binary');
        if (random.chance(10)) fields.reverse();
        const bytes = content(boundary);
        chunks.push(`--${boundary}\r\n${fields.join('\r\n')}\r\n\r\n`, bytes, '\r\n');
        parts.push(bytes);
    }
    chunks.push(`--${boundary}--${random.pick(['', '\r\n', '\r\nepilogue'])}`);
    return { parts, bytes: Buffer.concat(chunks.map((one) => Buffer.from(one))) };
}

/** Changes, takes away or doubles a few bytes. */
function damage(bytes) {
    const copy = [...bytes];
    for (let i = random.int(1, 3); i > 0 && copy.length > 0; i--) {
        const at = random.int(0, copy.length - 1);
        if (random.chance(30)) copy.splice(at, random.int(1, 4));
        else if (random.chance(50)) copy[at] = random.pick([13, 10, 45, 34, 59, 92, 0, 255, 32]);
        else copy.splice(at, 0, copy[at]);
    }
    return Buffer.from(copy);
}

const type = (boundary) => `multipart/form-data; boundary=${boundary}`;

function ours(app, agent, boundary, bytes) {
    return new Promise((done, fail) => {
        const request = http.request(`${app.url}/parts`, { method: 'POST', agent, headers: { 'content-type': type(boundary), 'transfer-encoding': 'chunked' } },
            (answer) => {
                const got = [];
                answer.on('data', (data) => got.push(data)).on('end', () => {
                    const { parts } = JSON.parse(Buffer.concat(got));
                    done({ status: answer.statusCode, parts: parts?.map(({ name, size, sum: of }) => [name, size, of]) });
                });
            });
        request.on('error', fail);
        for (let at = 0; at < bytes.length;) {
            const size = random.chance(50) ? random.int(1, 9) : random.int(1, 9000);
            request.write(bytes.subarray(at, at + size));
            at += size;
        }
        request.end();
    });
}

/** null: refused. */
function theirs(boundary, bytes) {
    return new Promise((done) => {
        const parts = [];
        try {
            const reader = busboy({ headers: { 'content-type': type(boundary) }, preservePath: true, defParamCharset: 'utf8', defCharset: 'latin1' });
            const add = (name) => parts.push([undo(name), null, null]) - 1;
            reader.on('file', (name, stream) => {
                const at = add(name), got = [];
                stream.on('data', (data) => got.push(data)).on('end', () => parts[at].splice(1, 2, Buffer.concat(got).length, sum(Buffer.concat(got))));
                stream.on('error', () => done(null));
            });
            reader.on('field', (name, value) => {
                const at = add(name), got = Buffer.from(value, 'latin1');
                parts[at].splice(1, 2, got.length, sum(got));
            });
            reader.on('error', (error) => { if (process.env.DEBUG) console.log(error.message); done(null); }).on('close', () => done(parts));
            reader.end(bytes);
        } catch (error) {
            if (process.env.DEBUG) console.log(error.message);
            done(null);
        }
    });
}

const app = await start(path.join(root, 'tests/apps/forms'));
const agent = new http.Agent({ keepAlive: true });
let taken = 0, refused = 0;
try {
    for (let i = 0; i < +count; i++) {
        const boundary = random.pick(['X', '----WebKitFormBoundary7MA4YWxkTrZu0gW', "a'b_c.d", '-', '0'.repeat(70)]);
        const { parts, bytes } = body(boundary);
        const damaged = i % 2 === 1 ? damage(bytes) : null;
        const said = damaged ?? bytes;
        const where = () => `seed ${seed}, form ${i}:\n${JSON.stringify(said.toString('latin1'))}`;
        const [mine, other] = [await ours(app, agent, boundary, said), await theirs(boundary, said)];
        if (!damaged) assert.deepEqual(mine.parts?.map(([, size, of]) => [size, of]), parts.map((one) => [one.length, sum(one)]), where());
        if (mine.status === 200) {
            assert.deepEqual(mine.parts, other, where());
            taken++;
        } else {
            assert.ok([400, 413, 415].includes(mine.status), `${mine.status} ${where()}`);
            refused++;
        }
    }
} finally {
    agent.destroy();
    await app.stop();
}
console.log(`forms: ${taken} taken as busboy does, ${refused} refused`);
