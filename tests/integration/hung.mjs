// A test that waits for ever ends its file and is named.  Loaded before each by tests/run, for `node --test` alone knows
// --test-timeout, which starts a second process and has it tell the first of every test.
import { afterEach, beforeEach } from 'node:test';

const PATIENCE_S = 180;
const timers = new Map(); // of tests that run

beforeEach((t) => timers.set(t, setTimeout(() => {
    process.stdout.write(`not ok - ${t.name}: no end after ${PATIENCE_S} s\n`);
    process.exit(1);
}, PATIENCE_S * 1000).unref()));
afterEach((t) => {
    clearTimeout(timers.get(t));
    timers.delete(t);
});
