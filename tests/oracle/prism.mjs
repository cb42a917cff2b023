// Has the examples' own tests watched by Prism: what applications say must fit what their documents say.
//
//     node tests/oracle/prism.mjs OPENSPEED FOLDER
//
// witness.mjs shows each exchange of the tests to Prism in proxy mode.  A half of one that Prism finds wrong is
//
//     an answer           a defect
//     a request           a defect where the application took it; where it answered 4xx, the two agree
//
// and so is a request that no operation describes and the application took.  What Prism itself gets wrong, and what no
// document can say, stands in DIFFERENCES, each of which must happen.  Not part of CI, which shall not depend on a registry.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './referees.mjs';
import { operationsOf, watch } from './witness.mjs';

const [openspeed, folder] = process.argv.slice(2).map((name) => path.resolve(name));
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const TESTS = ['conduit', 'openapi', 'params', 'examples'].map((name) => path.join(root, `tests/integration/${name}.test.mjs`));
const LEAST = 300; // exchanges; fewer mean that nothing was watched

// name, reason, and whether it explains one thing that Prism says: of a record, its operation, the violation
const header = ({ headers }, name) => headers.find((_, i) => i % 2 === 1 && headers[i - 1].toLowerCase() === name);
const at = (violation, ...place) => place.every((part, i) => violation.location[i] === part);
const DIFFERENCES = [
    ['no Content-Type', 'RFC 9110 section 8.3: the recipient may look for itself; Prism takes the body for one string',
        (record, operation, violation) => at(violation, 'request', 'body') && header(record, 'content-type') === undefined],
    ['reserved characters', 'Prism decodes the values of a form and then wants what is reserved to be encoded',
        (record, operation, violation) => at(violation, 'request', 'body') && /Reserved characters/.test(violation.message)
            && header(record, 'content-type') === 'application/x-www-form-urlencoded'],
    ['files of one name', 'OpenAPI 3.1 section 4.8.14.4: an array is a part for each of its values; Prism keeps the last',
        (record, operation, violation) => at(violation, 'request', 'body') && /must be array/.test(violation.message)
            && /^multipart\/form-data/.test(header(record, 'content-type'))],
    ['a part', 'RFC 9110 section 15.3.7: who asks for a range is answered 206 with a part of what 200 describes',
        (record, operation, violation) => record.status === 206 && header(record, 'range') !== undefined && at(violation, 'response')],
    ['a hidden path', 'two patterns that differ in their matchers alone are one path of a document, which names the other',
        (record, operation, violation, document) => at(violation, 'request', 'path')
            && document['x-openspeed-hidden-paths']?.some((pattern) => matches(pattern, record))],
    ['another URL', 'a value that does not fit x-openspeed-nomatch means another pattern, which answered; Prism knows one at a time',
        (record, operation) => (operation.parameters ?? []).some((one) => one['x-openspeed-nomatch'] && one.in === 'path'
            && record.violations.some((other) => at(other, 'request', 'path', one.name)))],
];
// Prism ends at these operations, so that it judges nothing: an absent header or one that is a list, and the styles label and
// matrix, lead it to take parts of what is no string.
const CRASHES = new Set(['params GET /path/{ids}/{range}/{colors}', 'params GET /head']);

let failed = 0;
function verdict(what, good, words = '') {
    console.log(`${good ? 'ok  ' : 'FAIL'} ${what}`);
    if (!good) {
        failed++;
        console.log(words);
    }
}

// ---------------------------------------------------------------- judging

/** Whether the URL of a request is of a pattern, whose parameters are written as in a document or as folders. */
function matches(pattern, { target }) {
    const parts = pattern.split(/[{[][^\]}]+[\]}]/).map((text) => text.replace(/[.+*?^$()|\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('[^/]+')}$`).test(target.split('?')[0]);
}

/** The name and the operation that a request is for; those with fewer parameters go first. */
function operationOf({ paths }, record) {
    const pattern = Object.keys(paths).sort((a, b) => a.split('{').length - b.split('{').length)
        .find((one) => matches(one, record) && paths[one][record.method.toLowerCase()]);
    return pattern === undefined ? null : { name: `${record.method} ${pattern}`, operation: paths[pattern][record.method.toLowerCase()] };
}

/** What a document does not list: files of public/, and what a catch-all takes beside one segment, which is all that a path can say. */
function isBeyond(title, document, { target }) {
    const url = target.split('?')[0];
    return fs.existsSync(path.join(root, 'examples', title, 'public', path.normalize(`/${url}`))) || operationsOf(document).some(([pattern, , operation]) =>
        operation.parameters?.at(-1)?.['x-openspeed-rest'] && `${url}/`.startsWith(pattern.slice(0, pattern.lastIndexOf('{'))));
}

const used = new Set();
function explained(record, operation, violation, document) {
    const found = DIFFERENCES.find(([, , explains]) => explains(record, operation, violation, document));
    if (found) used.add(found[0]);
    return found !== undefined;
}

/** What is wrong with one exchange, in words; counts what was looked at. */
function judge(title, document, record, counts) {
    const refused = record.status >= 400;
    const found = operationOf(document, record);
    if (!found) {
        counts.outside++;
        const meant = record.target === '/openapi.json' || ['HEAD', 'OPTIONS'].includes(record.method) // RFC 9110, Fetch 3.2, and itself
            || record.target.includes('/../') // Prism resolves no dot segments (RFC 3986 section 5.2.4)
            || isBeyond(title, document, record);
        return refused || meant ? [] : ['no operation describes what was taken'];
    }
    const { name, operation } = found;
    if (record.own === 'CRASH' && CRASHES.has(`${title} ${name}`)) {
        counts.unread++;
        used.add(`${title} ${name}`);
        return [];
    }
    if (record.looked.length < 2) {
        counts.unread++;
        return record.status === 400 ? [] : [`Prism looks at ${record.looked.join() || 'nothing'}${record.own ? `: ${record.own}` : ''}`];
    }
    counts.operations.add(`${title} ${name}`);
    counts.exchanges++;
    counts.agreed += refused && record.violations.some((one) => one.location[0] === 'request');
    counts.alone += refused && record.violations.length === 0;
    return record.violations.filter((one) => one.location[0] !== 'request' || !refused)
        .filter((one) => !explained(record, operation, one, document))
        .map((one) => `${one.location.join('.')}: ${one.message}`);
}

function judgeAll(place) {
    const counts = { exchanges: 0, agreed: 0, alone: 0, outside: 0, unread: 0, operations: new Set() };
    const described = new Set(), wrong = [];
    for (const file of fs.readdirSync(place).filter((name) => name.endsWith('.json') && !name.endsWith('.document.json'))) {
        const { name, document, records } = JSON.parse(fs.readFileSync(path.join(place, file), 'utf8'));
        const title = name.replace(/^.*openspeed-(\w+)-.*$/, '$1');
        for (const [pattern, method] of operationsOf(document)) described.add(`${title} ${method.toUpperCase()} ${pattern}`);
        for (const record of records) {
            const words = judge(title, document, record, counts);
            if (words.length > 0) wrong.push(`${title}: ${record.method} ${record.target} ${record.status}\n    ${words.join('\n    ')}\n    ${record.body.slice(0, 300)}\n    ${record.answer.slice(0, 300)}`);
        }
    }
    return { counts, described, wrong };
}

// ---------------------------------------------------------------- running

install(folder);
const prism = path.join(folder, 'node_modules/.bin/prism');
function fresh(name) {
    const place = path.join(folder, name);
    fs.rmSync(place, { recursive: true, force: true });
    fs.mkdirSync(place, { recursive: true });
    return place;
}

/** What Prism is known to see: an answer and a request that do not fit a document that is wrong. */
async function seesAnything() {
    process.env.OPENSPEED = openspeed;
    const { start } = await import('../integration/start.mjs');
    const place = fresh('prism-wrong');
    const app = await start('hello');
    await watch(app, 'hello', { prism, folder: place, change: (document) => {
        const get = document.paths['/hello/{name}'].get;
        get.parameters.find((one) => one.name === 'times').schema.maximum = 2;
        for (const schema of Object.values(document.components.schemas)) if (schema.properties?.message) schema.properties.message = { type: 'integer' };
        return document;
    } });
    await fetch(`${app.url}/hello/Ada?times=3`);
    await app.stop();
    const { wrong } = judgeAll(place);
    verdict('Prism sees a request and an answer that do not fit', wrong.length === 1 && /request\.query\.times/.test(wrong[0])
        && /response\.body\.message/.test(wrong[0]), wrong.join('\n'));
}

await seesAnything();
const place = fresh('prism');
const run = spawnSync('node', ['--test', '--test-reporter=tap', '--test-timeout=60000', ...TESTS], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28,
    env: { ...process.env, OPENSPEED: openspeed, OPENSPEED_WITNESS: JSON.stringify({ prism, folder: place }) } });
verdict('the tests pass while they are watched', run.status === 0, run.stdout + run.stderr);
const { counts, described, wrong } = judgeAll(place);
verdict(`Prism looks at ${counts.exchanges} requests and as many answers of ${counts.operations.size} operations (of ${described.size}); `
    + `${counts.agreed} refused by both, ${counts.alone} by the application alone, ${counts.outside} outside of the document, `
    + `${counts.unread} that Prism cannot read`, wrong.length === 0 && counts.exchanges >= LEAST, wrong.join('\n'));
const unused = [...DIFFERENCES.map(([name]) => name), ...CRASHES].filter((name) => !used.has(name));
verdict('every difference that is meant is there', unused.length === 0, unused.join('\n'));
process.exitCode = failed ? 1 : 0;
