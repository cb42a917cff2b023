// OpenSpeed on raw sockets, held against every requirement that the RFCs give an origin server.  docs/conformance.md
// lists those that do not concern one.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root, start } from '../integration/start.mjs';
import { deliveriesOf, failureOf } from './case.mjs';
import rfc3986 from './rfc3986.mjs';
import rfc9110 from './rfc9110.mjs';
import rfc9112 from './rfc9112.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-conformance-'));
let app;
before(async () => {
    fs.cpSync(path.join(root, 'tests/apps/conformance'), scratch, { recursive: true });
    app = await start(scratch);
});
after(async () => {
    await app?.stop();
    fs.rmSync(scratch, { recursive: true, force: true });
});

for (const [name, rows] of Object.entries({ rfc9112, rfc9110, rfc3986 })) {
    describe(name, () => {
        for (const row of rows) {
            test(`${row.id} ${row.level}: ${row.rule}`, { todo: row.todo }, async () => {
                for (const how of deliveriesOf(row)) {
                    for (const wanted of row.ours ? [row.want, row.ours] : [row.want]) {
                        const failure = await failureOf({ port: app.port, strict: true }, row, wanted, how);
                        assert.equal(failure, null, `sent ${how}: ${failure}`);
                    }
                }
            });
        }
    });
}

test('no two cases have one id', () => {
    const ids = [...rfc9112, ...rfc9110, ...rfc3986].map((row) => row.id);
    assert.deepEqual(ids.filter((id, i) => ids.indexOf(id) !== i), []);
});
