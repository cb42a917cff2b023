// OpenSpeed on raw sockets, held against every requirement that the RFCs give an origin server.  docs/conformance.md
// lists those that do not concern one.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { copyApp, start } from '../integration/start.mjs';
import { deliveriesOf, failureOf } from './case.mjs';
import others from './others.mjs';
import probe from './probe.mjs';
import rfc3986 from './rfc3986.mjs';
import rfc9110 from './rfc9110.mjs';
import rfc9112 from './rfc9112.mjs';

const AT_ONCE = 8; // cases, which mostly wait

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-conformance-'));
const apps = {};
before(async () => {
    copyApp('tests/apps/conformance', scratch);
    [apps.conformance, apps.probe] = await Promise.all([start(scratch), start('probe')]);
});
after(async () => {
    await Promise.all(Object.values(apps).map((app) => app.stop()));
    fs.rmSync(scratch, { recursive: true, force: true });
});

const SUITES = [['conformance', '/text', { rfc9112, rfc9110, rfc3986, others }], ['probe', '/', { probe }]];

/** Who keeps what is promised also does what the RFC allows; the sentence itself is looked at once. */
const wantedOf = (row, how) => (row.ours === undefined ? [row.want] : how === 'whole' ? [row.want, row.ours] : [row.ours]);

for (const [app, url, files] of SUITES) {
    for (const [name, rows] of Object.entries(files)) {
        describe(name, { concurrency: AT_ONCE }, () => {
            for (const row of rows) {
                test(`${row.id} ${row.level}: ${row.rule}`, { todo: row.todo }, async () => {
                    const server = { port: apps[app].port, path: url, strict: true, patience_ms: 20_000 };
                    for (const how of deliveriesOf(row)) {
                        for (const wanted of wantedOf(row, how)) {
                            const failure = await failureOf(server, row, wanted, how);
                            assert.equal(failure, null, `sent ${how}: ${failure}`);
                        }
                    }
                });
            }
        });
    }
}

test('no two cases have one id', () => {
    const ids = [...rfc9112, ...rfc9110, ...rfc3986, ...others, ...probe].map((row) => row.id);
    assert.deepEqual(ids.filter((id, i) => ids.indexOf(id) !== i), []);
});
