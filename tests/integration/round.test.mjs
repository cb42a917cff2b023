// parse(build(x)) = x for every type of every example: tests/round/main.c, linked with what the build made of
// the application.  A new example, route or type is covered without a word here.
// Sanitizers: none. It mostly runs compilers; the same code is under them in unit tests and fuzzers.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { copyBench, openspeed, root, run } from './start.mjs';

const SEED = 1;
// "example: Type file" of which no value or no parameter is ever found, with the reason.
const NEVER = new Map([
    ['tests/apps/params: In routes/[...rest]/route.c', 'the value holds a slash, and one segment cannot'],
]);

const build = process.env.OPENSPEED_BUILD_DIR ?? path.dirname(openspeed);
const TIMES = /-(asan|tsan)$/.test(build) ? 50 : 200; // of a type: a sanitizer sees in some what it would in all
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-round-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** Links an application once more, with another library before that of the server. */
async function link(folder) {
    const built = await run(openspeed, ['build', folder, '--json']);
    assert.equal(built.code, 0, built.stderr);
    const { app } = JSON.parse(built.stdout);
    const words = fs.readFileSync(`${app}.cmd`, 'utf8').split('\n').filter((word) => word !== '');
    const library = words.findIndex((word) => path.basename(word) === 'libopenspeed.a');
    const output = words.lastIndexOf('-o') + 1;
    assert.ok(library > 0 && output > library, words.join(' '));
    words[output] = path.join(scratch, path.basename(folder));
    words.splice(library, 0, path.join(build, 'tests/libround_main.a'));
    const linked = await run('env', ['-C', folder, ...words]);
    assert.equal(linked.code, 0, linked.stderr);
    return words[output + 1];
}

/** The types that the document of the application names. */
async function documented(folder) {
    const { stdout } = await run(openspeed, ['openapi', folder, '--compact']);
    const names = Object.keys(JSON.parse(stdout).components?.schemas ?? {}).map((name) => name.replace(/\..*$/, ''));
    return names.filter((name) => name !== 'Problem').map((name) => name.replace(/Input$/, ''));
}

describe('what a type takes is the same when it was written and read', () => {
    const folders = ['examples', 'tests/apps', 'tests/oracle'].flatMap((place) => fs.readdirSync(path.join(root, place))
        .map((name) => path.join(root, place, name)).filter((one) => fs.existsSync(path.join(one, 'routes'))));
    assert.ok(folders.length >= 4);
    for (const folder of folders) {
        const name = path.relative(root, folder);
        const at = name === 'examples/bench' ? path.join(scratch, 'copies', 'bench') : folder;
        test(name, async (t) => {
            if (at !== folder) copyBench(at);
            const done = await run(await link(at), [String(TIMES), String(SEED)]);
            assert.equal(done.code, 0, done.stdout + done.stderr);
            const types = done.stdout.trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
            for (const one of types) {
                t.diagnostic(JSON.stringify(one));
                if (NEVER.has(`${name}: ${one.type} ${one.place.replace(/:\d+$/, '')}`)) {
                    assert.ok(one.accepted === 0 || one.silent > 0, `${one.type} (${one.place}) is no exception any more`);
                    continue;
                }
                assert.ok(one.accepted > 0, `${one.type} (${one.place}) takes nothing that was drawn`);
                assert.equal(one.silent, 0, `parameters of ${one.type} (${one.place}) are never written`);
            }
            const names = new Set(types.map((one) => one.type));
            for (const one of await documented(at)) assert.ok(names.has(one) || names.has(`${one}Input`), `${one} is in the document alone`);
        });
    }
});
