// What an application says when it is not developed: nothing of what went wrong in it.
// Sanitizers: none, never address, never thread. They tell what a release does not.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { ask, BROKEN } from './broken.mjs';
import { openspeed, run, start, writeFiles } from './start.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-release-'));
writeFiles(folder, BROKEN);
after(() => fs.rmSync(folder, { recursive: true, force: true }));

test('a release holds nothing of the agent, and tells a client nothing of what went wrong', async () => {
    const built = await run(openspeed, ['build', folder]);
    assert.equal(built.code, 0, built.stderr);
    const executable = path.join(folder, '.openspeed/release/app');
    const symbols = execFileSync('nm', [executable], { encoding: 'utf8', maxBuffer: 1 << 26 });
    assert.match(symbols, /osp_app_handle/);
    assert.doesNotMatch(symbols, /osp_(agent|catalog|channel|dev_agent|devtools|failed|fiber_stack|history|record|redact|report|shown|trace)_/);
    const bytes = fs.readFileSync(executable, 'latin1');
    for (const word of ['/_openspeed/client.js', '/_openspeed/events', 'openspeed-overlay', '[redacted]', 'The worker ended']) {
        assert.ok(!bytes.includes(word), word);
    }
    const app = await start(folder);
    app.crashed = true;
    for (const target of ['/bad/over', '/bad/fail?q=words', '/bad/other', '/bad/assert', '/bad/segv', '/bad/abort', '/nowhere', '/_openspeed',
        '/_openspeed/client.js', '/_openspeed/events', '/_openspeed/overlay.js']) {
        for (const Accept of ['text/html', 'application/json']) {
            const answer = await ask(app.url, target, { headers: { Accept } }).catch(() => null); // a worker that dies sends nothing
            if (answer === null) continue;
            assert.ok(answer.status >= 400 || target === '/bad/over', `${target}: ${answer.status}`);
            const all = JSON.stringify(answer.headers) + answer.text;
            assert.doesNotMatch(all, /\.c\b|routes\/|\[kind\]|set_header|malloc|_openspeed\/client|<script|invalid input|0x[0-9a-f]/, `${target}: ${all}`);
            assert.ok(!all.includes(folder), all);
        }
    }
    await app.stop();
});
