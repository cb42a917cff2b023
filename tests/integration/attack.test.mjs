// Hostile clients, and others who ask meanwhile.  The whole of it, with figures for a machine at rest, is `make attack`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ATTACKS, complaints, run, watched } from '../attack/suite.mjs';
import { attack, held, sanitized } from '../load/clients.mjs';
import { childrenOf, sleep, start } from './start.mjs';

// On a machine that does other things: what would stand still for good is what is looked for.
const BOUNDS = { median_ms: 5000, worst_ms: 20_000, back_kib: sanitized ? Infinity : 65536 };
const of = (name) => ATTACKS.find((one) => one.name === name);

// What would be seen under ThreadSanitizer is how slow it is: a worker has one thread for all of this.
const options = { skip: (process.env.OPENSPEED_BUILD_DIR ?? '').endsWith('tsan') && 'too slow for clients that hurry' };

let app;
before(async () => {
    if (!options.skip) app = await start('probe', { args: ['--workers', '1', '--harden', 'dump=off'] });
});
after(() => app?.stop());

for (const [name, connections] of [['idle', 10_000], ['deaf', 300], ['deaf-whole', 64], ['bodies', 100], ['pipeline', 8]]) {
    test(`${name}: ${of(name).more && !of(name).settles ? 'memory is bounded' : `${of(name).each} KiB a connection at most`}, and others are answered`, options, async () => {
        const row = await run(app, { ...of(name), ...(sanitized && { each: Infinity }) }, 2, sanitized ? connections / 8 : connections);
        assert.deepEqual(complaints(row, BOUNDS), [], JSON.stringify(row));
        assert.ok(row.held > 0 || row.opened > row.connections, JSON.stringify(row));
    });
}

test('all attacks at once', options, async () => {
    const [worker] = childrenOf(app.pid);
    const { result, seen } = await watched(app.port, async () => {
        const all = await Promise.all(ATTACKS.map(({ name }) => attack(name, app.port, 2, 8)));
        return Promise.all(all.map((one) => one.end(false)));
    });
    assert.ok(seen.failed === 0 && seen.requests > 20, JSON.stringify(seen));
    assert.ok(seen.median_ms < BOUNDS.median_ms && seen.worst_ms < BOUNDS.worst_ms, JSON.stringify(seen));
    for (const { attack: name, opened } of result) assert.ok(opened > 0, `${name} has not connected`);
    const answers = async (name) => {
        let { status } = result.find((one) => one.attack === name);
        while (Object.keys(status).length === 0) { // a slow machine: the others left it no time
            ({ status } = await (await attack(name, app.port, 2, 8)).end(false));
        }
        return Object.keys(status);
    };
    for (const [name, status] of [['huge-header', 431], ['endless-headers', 431], ['huge-target', 414], ['chunk-extension', 400],
        ['chunk-zeros', 400], ['trailers', 400], ['garbage', 400]]) {
        assert.deepEqual(await answers(name), [`${status}`], name);
    }
    assert.deepEqual(childrenOf(app.pid), [worker]);
    // Connections that were answered and closed linger for a moment.
    for (let i = 0; i < 200 && held(worker).descriptors >= 20; i++) await sleep(100);
    assert.ok(held(worker).descriptors < 20, `${held(worker).descriptors} descriptors`);
});
