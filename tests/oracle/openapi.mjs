// Has the documents of applications, and the schema of openspeed.json, judged by those who know OpenAPI and JSON Schema.
//
//     make oracle        npm fetches the referees of package.json once
//
//     node tests/oracle/openapi.mjs OPENSPEED FOLDER
//
// Not part of CI, which shall not depend on a registry.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { install } from './referees.mjs';

const [openspeed, folder] = process.argv.slice(2).map((name) => path.resolve(name));
const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const EXAMPLES = fs.readdirSync(path.join(root, 'examples')).filter((name) => fs.existsSync(path.join(root, 'examples', name, 'routes')));
const APPLICATIONS = [...EXAMPLES.map((name) => `examples/${name}`), 'tests/oracle/api'];

install(folder);
const require = createRequire(path.join(folder, 'x.js'));
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const Ajv = require('ajv/dist/2020.js').default, addFormats = require('ajv-formats').default, yaml = require('yaml');
const { Validator } = await load('@seriousme/openapi-schema-validator');

let failed = 0;
function verdict(what, good, words = '') {
    console.log(`${good ? 'ok  ' : 'FAIL'} ${what}`);
    if (!good) {
        failed++;
        console.log(words);
    }
}

const tool = (name, args) => spawnSync(path.join(folder, 'node_modules/.bin', name), args,
    { cwd: folder, encoding: 'utf8', env: { ...process.env, REDOCLY_TELEMETRY: 'off', NO_COLOR: '1' } });

/** The document, after its other forms were read back as the same. */
function documentOf(application) {
    const print = (...args) => execFileSync(openspeed, ['openapi', path.join(root, application), ...args],
        { encoding: 'utf8', maxBuffer: 1 << 26 });
    const document = JSON.parse(print('--compact')), text = print('--yaml');
    assert.deepStrictEqual(JSON.parse(print()), document);
    for (const version of ['1.1', '1.2']) assert.deepStrictEqual(yaml.parse(text, { version }), document);
    return { document, text };
}

// ---------------------------------------------------------------- schemas

/** Every component compiles, and its defaults and examples fit.  Gives a judge for each. */
function compileAll(application, document) {
    const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false, strictTypes: false });
    addFormats(ajv);
    for (const word of ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum', 'multipleOf']) ajv.addKeyword(`x-openspeed-${word}`);
    ajv.addFormat('uint32', true).addFormat('uint64', true).addFormat('decimal', true);
    for (const word of ['discriminator', 'components']) ajv.addKeyword(word);
    ajv.addSchema({ $id: 'doc:/', components: document.components });
    const check = {};
    for (const [name, schema] of Object.entries(document.components.schemas)) {
        check[name] = ajv.compile({ $ref: `doc:/#/components/schemas/${name}` });
        for (const [member, { examples = [], ...rest }] of Object.entries(schema.properties ?? {})) {
            const fits = ajv.compile({ $id: `doc:/x/${name}/${member}`, ...JSON.parse(
                JSON.stringify(rest).replaceAll('"#/', '"doc:/#/')) });
            if ('default' in rest) assert.ok(fits(rest.default), `${name}.${member}: its default does not fit`);
            for (const example of examples) assert.ok(fits(example), `${name}.${member}: its example does not fit`);
        }
    }
    verdict(`${application}: ajv compiles ${Object.keys(check).length} schemas`, true);
    return check;
}

const EVERYTHING = {
    i32: 5, i64: 4, digits: '-7', u32: 1, u64: 2, f: 0.5, s: 'a_1', slug: 'a-b', mail: 'a@example.org', password: 'p',
    price: '12.50', raw: 'AAE=', at: '2026-01-31T12:00:00Z', day: '2026-01-31', span: 'PT1.5S', any: [1], role: 'user',
    note: null, where: null, points: [{ x: 1, y: 2 }], pair: [1, 2], places: { a: { x: 1, y: 2 } }, tags: ['a', 'b'],
    more: true,
};
const without = (name) => Object.fromEntries(Object.entries(EVERYTHING).filter(([key]) => key !== name));

/** What must fit a schema, and what must not. */
function judge(check) {
    const input = check.EverythingInput, output = check.Everything;
    assert.ok(input(EVERYTHING), JSON.stringify(input.errors));
    for (const [name, value] of Object.entries({
        i32: 6, i64: 3, digits: 7, u32: -1, u64: -1, f: 'x', s: 'a b', slug: 'A', mail: 'a', price: '1e5', raw: 'A'.repeat(41),
        at: '2026-01-31', day: '31', span: 'P1Y', role: 'root', note: 1, where: { x: 1, y: 2, z: 3 },
        points: [1, 2, 3, 4], pair: [1], places: { a: 1 }, tags: ['a', 'a'], card: 7,
    })) assert.ok(!input({ ...EVERYTHING, [name]: value }), `${name}: ${JSON.stringify(value)} fits`);
    assert.ok(!input(without('password')) && !input(without('s')) && input(without('note')));
    assert.ok(!input({ ...EVERYTHING, card: '1' }) && input({ ...EVERYTHING, card: '1', street: 's' }));
    assert.ok(!output(EVERYTHING)); // the answer also has what has a default
    const answer = { ...without('password'), yes: true, d: 1, id: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', card: '', street: '' };
    assert.ok(output(answer), JSON.stringify(output.errors));

    const { Shape, Node } = check;
    assert.ok(Shape({ type: 'dot', x: 1, y: 2 }), JSON.stringify(Shape.errors));
    assert.ok(Shape({ type: 'line', from: { x: 1, y: 2 }, to: { x: 1, y: 2 } }));
    assert.ok(!Shape({ type: 'line', x: 1, y: 2 }) && !Shape({ x: 1, y: 2 }) && !Shape({ type: 'dot', x: 1 }));
    assert.ok(Node({ name: 'a', next: { name: 'b', next: null, children: [] }, children: [{ name: 'c', children: [] }] }));
    assert.ok(!Node({ name: 'a', children: [{ name: 1, children: [] }] }));

    const { Problem } = check;
    const problem = { type: 'about:blank', status: 422, title: 'x' };
    assert.ok(Problem({ ...problem, errors: [{ pointer: '/a', code: 'required', detail: 'is required' },
        { in: 'query', name: 'q', code: 'type', detail: 'x' }] }), JSON.stringify(Problem.errors));
    assert.ok(!Problem({ ...problem, errors: [{ code: 'required', detail: 'x' }] }));
    verdict('schemas take and refuse what they must', true);
}

// ---------------------------------------------------------------- documents

fs.writeFileSync(path.join(folder, 'ruleset.json'), JSON.stringify({ extends: 'spectral:oas' }));
for (const application of APPLICATIONS) {
    const { document } = documentOf(application);
    const file = path.join(folder, `${application.replaceAll('/', '-')}.json`);
    fs.writeFileSync(file, JSON.stringify(document, null, 1));
    verdict(`${application}: JSON and YAML are one document`, true);

    const { valid, errors } = await new Validator().validate(document);
    verdict(`${application}: @seriousme/openapi-schema-validator`, valid, JSON.stringify(errors, null, 1));
    const redocly = tool('redocly', ['lint', file]);
    verdict(`${application}: redocly lint`, redocly.status === 0, redocly.stdout + redocly.stderr);
    const spectral = tool('spectral', ['lint', file, '--ruleset', path.join(folder, 'ruleset.json')]);
    verdict(`${application}: spectral lint`, spectral.status === 0, spectral.stdout + spectral.stderr);
    const check = compileAll(application, document);
    if (application === 'tests/oracle/api') judge(check);
}

// ---------------------------------------------------------------- openspeed.json

{
    const schema = JSON.parse(execFileSync(openspeed, ['config', 'schema'], { encoding: 'utf8' }));
    const fits = new Ajv({ strict: true, allErrors: true }).compile(schema);
    const sample = /```json\n(.*?)```/s.exec(fs.readFileSync(path.join(root, 'docs/configuration.md'), 'utf8'))[1];
    const words = () => JSON.stringify(fits.errors);
    verdict('openspeed.json: ajv takes the schema and the sample of the documentation', fits(JSON.parse(sample)), words());
    for (const bad of [{ workers: 257 }, { workers: 1.5 }, { limits: { bdy: 1 } }, { listen: { port: '1' } }, []]) {
        verdict(`openspeed.json: ajv refuses ${JSON.stringify(bad)}`, !fits(bad));
    }
}
process.exitCode = failed ? 1 : 0;
