// Errors in the language of the client, over real sockets, and what a build says of bad translations.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { copyApp, openspeed, run, start } from './start.mjs';

let app;
before(async () => {
    app = await start('types');
});
after(async () => {
    await app?.stop();
});

/** Sends an order that is wrong in four ways. */
function ask(language, headers = {}) {
    const body = JSON.stringify({ email: 'x', to: { street: '', city: 'Bern' }, items: [],
        payment: { by: 'card', number: '4000000000000002', expires: '01/30' }, deliver: '2026-01-31', place: [7, 46] });
    return fetch(`${app.url}/orders`, { method: 'POST', body,
        headers: { 'Content-Type': 'application/json', ...(language && { 'Accept-Language': language }), ...headers } });
}

async function details(answer) {
    assert.equal(answer.status, 422);
    assert.equal(answer.headers.get('vary'), 'Accept, Accept-Language');
    const problem = await answer.json();
    return [problem.title, problem.detail, ...problem.errors.map((e) => `${e.pointer} ${e.code} ${e.detail}`)];
}

const english = ['Unprocessable Content', 'The request has fields that are not valid.',
    '/email format must be an email address', '/to/street min_length must not be empty',
    '/items min_items must have at least 1 item', '/deliver check must be a day from Monday to Friday'];
const german = ['Inhalt nicht verarbeitbar', 'Die Anfrage hat ungültige Felder.',
    '/email format muss eine E-Mail-Adresse sein', '/to/street min_length darf nicht leer sein',
    '/items min_items braucht mindestens einen Eintrag', '/deliver check muss ein Tag von Montag bis Freitag sein'];

describe('the language of errors', () => {
    test('is English where nothing else is asked for, or there', async () => {
        for (const language of ['', 'en', 'en-GB, de;q=0.5', 'fr', 'fr, de;q=0', '*']) {
            const answer = await ask(language);
            assert.equal(answer.headers.get('content-language'), null, language);
            assert.deepEqual(await details(answer), english, language);
        }
    });
    test('is what the client likes best and there is', async () => {
        for (const language of ['de', 'de-CH', 'DE-at-1996', 'fr, de;q=0.3, *;q=0.1', 'en;q=0.2, de;q=0.21']) {
            const answer = await ask(language);
            assert.equal(answer.headers.get('content-language'), 'de', language);
            assert.deepEqual(await details(answer), german, language);
        }
    });
    test('may be half translated: the rest is English', async () => {
        const answer = await ask('th-TH, en;q=0.5');
        assert.equal(answer.headers.get('content-language'), 'th');
        assert.deepEqual(await details(answer), [...english.slice(0, 2), '/email format ต้องเป็นที่อยู่อีเมล',
            '/to/street min_length ต้องมีความยาวอย่างน้อย 1 ตัวอักษร', '/items min_items ต้องมีอย่างน้อย 1 รายการ',
            '/deliver check ต้องเป็นวันจันทร์ถึงวันศุกร์']);
    });
    test('never repeats what was sent', async () => {
        const answer = await ask('de-SECRET, x-SECRET');
        const text = JSON.stringify([...answer.headers]) + (await answer.text());
        assert.equal(answer.headers.get('content-language'), 'de');
        assert.ok(!/secret/i.test(text), text);
    });
    test('a success says nothing of it', async () => {
        const answer = await fetch(`${app.url}/orders`, { headers: { 'Accept-Language': 'de' } });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('vary'), null);
    });
});

describe('a build refuses', () => {
    async function build(files) {
        const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-messages-'));
        copyApp('examples/types', scratch);
        for (const [name, rows] of Object.entries(files)) {
            fs.writeFileSync(path.join(scratch, 'lib', name), `#include <openspeed/openspeed.h>\n${rows}\n`);
        }
        const built = await run(openspeed, ['build', scratch]);
        fs.rmSync(scratch, { recursive: true, force: true });
        return built;
    }

    test('a key that no message has, and a placeholder that this one does not have', async () => {
        const built = await build({ 'fr.c':
            'OSP_MESSAGES(fr, { "minimun", "au moins {limit}" }, { "maximum", "au plus {max}" });' });
        assert.notEqual(built.code, 0);
        assert.match(built.stderr, /lib\/fr\.c:2: error: \{ "minimun".*: no message has this key/);
        assert.match(built.stderr, /\n +\{ "maximum".*: the text has a placeholder/);
    });
    test('an application that says twice what it is', async () => {
        const built = await build({ 'z.c': 'OSP_APP(.title = "Other");' });
        assert.notEqual(built.code, 0);
        assert.match(built.stderr, /lib\/app\.c and lib\/z\.c both say what the application is/);
    });
    test('an application that says twice how failures are told', async () => {
        const form = 'typedef struct F { osp_str e; } F;\nOSP_TYPE(F, FIELD(e));\n' +
            'static osp_status tell(osp_ctx *ctx, const osp_failure *failure, F *out)\n{\n    return OSP_OK;\n}\nOSP_FAILURES(tell, F);';
        const built = await build({ 'y.c': form, 'z.c': form });
        assert.notEqual(built.code, 0);
        assert.match(built.stderr, /lib\/y\.c and lib\/z\.c both say how failures are told/);
    });
    test('one language in two files', async () => {
        const built = await build({ 'a.c': 'OSP_MESSAGES(de, { "null", "x" });' });
        assert.notEqual(built.code, 0);
        assert.match(built.stderr, /lib\/a\.c and lib\/messages\/de\.c both declare the messages of "de"/);
    });
});
