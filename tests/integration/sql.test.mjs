// Queries in .sql files: what `openspeed build` finds wrong with them, and that what it lets pass works.
// One application, whose files are broken and mended in turn; what the check itself finds is tested without a
// build in src/drivers/sqlite_check_test.c.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openspeed, run, start } from './start.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-sql-'));
const folder = path.join(scratch, 'notes');
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const MIGRATION = `CREATE TABLE note (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    color TEXT,
    stars INTEGER NOT NULL DEFAULT 0
) STRICT;
`;

const SQL = `-- Notes.

-- name: note_find :one
SELECT id, text, color, stars
  FROM note
 WHERE id = :id;

-- name: note_list
SELECT id, text, color, stars FROM note
 WHERE :color IS NULL OR color = :color ORDER BY id LIMIT :limit;

-- name: note_add :one
INSERT INTO note (text, color) VALUES (:text, :color)
RETURNING id;

-- name: note_star :exec
UPDATE note SET stars = stars + :more WHERE id = :id;
`;

const HEADER = `#pragma once
#include <openspeed/openspeed.h>

typedef struct Note { int64_t id; osp_str text; osp_opt_str color; int64_t stars; } Note;
OSP_LIST_OF(Note);
OSP_TYPE(Note, FIELD(id), FIELD(text), FIELD(color), FIELD(stars));

typedef struct NewNote { osp_str text; osp_opt_str color; } NewNote;
OSP_TYPE(NewNote, FIELD(text), FIELD(color));

Note *note_find(osp_ctx *ctx, int64_t id);
int64_t note_star(osp_task *task, int64_t more, int64_t id);
`;

const SOURCE = `#include "lib/note.h"

OSP_QUERY_ONE(Note, note_find, (int64_t, id));
OSP_QUERY_EXEC(note_star, (int64_t, more), (int64_t, id));
`;

const ROUTE = `#include "lib/note.h"

typedef struct ListIn { osp_opt_str color; int64_t limit; } ListIn;
OSP_TYPE(ListIn, QUERY(color), QUERY(limit, .fallback = "10"));
typedef struct Notes { Note_list notes; } Notes;
OSP_TYPE(Notes, LIST(notes, Note));
OSP_QUERY(Note, note_list, ListIn);

static osp_status list(osp_ctx *ctx, const ListIn *in, Notes *out)
{
    out->notes = note_list(ctx, in);
    return OSP_OK;
}
OSP_ROUTE(GET, list, ListIn, Notes);

OSP_QUERY_ONE(int64_t, note_add, NewNote);

static osp_status add(osp_ctx *ctx, const NewNote *in, Note *out)
{
    const int64_t *id = note_add(ctx, in);
    if (id == NULL || note_star(OSP_TASK_OF(ctx), 3, *id) != 1) {
        return OSP_E_DB;
    }
    const Note *note = note_find(ctx, *id);
    if (note == NULL) {
        return OSP_E_DB;
    }
    *out = *note;
    return OSP_OK;
}
OSP_ROUTE(POST, add, NewNote, Note, .status = 201);
`;

const good = { 'migrations/0001_start.sql': MIGRATION, 'routes/note.sql': SQL, 'lib/note.h': HEADER,
    'lib/note.c': SOURCE, 'routes/route.c': ROUTE };

function put(files) {
    for (const [name, text] of Object.entries(files)) {
        const file = path.join(folder, name);
        if (text === null) {
            fs.rmSync(file);
        } else if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) {
            fs.mkdirSync(path.dirname(file), { recursive: true });
            fs.writeFileSync(file, text);
        }
    }
}

const build = () => run(openspeed, ['build', folder]);

/** The build must fail with the findings, in their order and no others, and repeat the first one at its end. */
async function refuses(files, findings) {
    put({ ...good, ...files });
    const { code, stderr } = await build();
    assert.equal(code, 1, stderr);
    const lines = stderr.trimEnd().split('\n');
    const last = `error: ${findings[0].replace(': error: ', ': ')}`;
    assert.equal(lines.at(-1), last);
    if (lines.length === 1) { // one line is not said twice
        assert.equal(findings.length, 1, stderr);
    } else {
        assert.deepEqual(lines.filter((line) => /^[^ ]*:\d+: error: /.test(line)), findings, stderr);
    }
    return stderr;
}

async function builds(files, words) {
    put({ ...good, ...files });
    const { code, stderr } = await build();
    assert.equal(code, 0, stderr);
    assert.match(stderr, words);
}

describe('queries in .sql files', () => {
    before(() => put(good));

    test('a query is a function whose arguments fill parameters by name', async () => {
        await builds({}, /2 of 2 files compiled/);
        const app = await start(folder);
        try {
            const add = (note) => fetch(app.url, { method: 'POST', body: JSON.stringify(note),
                headers: { 'content-type': 'application/json' } });
            const first = await add({ text: 'one', color: 'red' });
            assert.equal(first.status, 201);
            assert.deepEqual(await first.json(), { id: 1, text: 'one', color: 'red', stars: 3 });
            assert.equal((await add({ text: "it's; --" })).status, 201);
            const list = async (query) => (await (await fetch(app.url + query)).json()).notes.map(({ id }) => id);
            assert.deepEqual(await list('/'), [1, 2]);
            assert.deepEqual(await list('/?color=red'), [1]);
            assert.deepEqual(await list('/?color=blue'), []);
            assert.deepEqual(await list('/?limit=1'), [1]);
        } finally {
            await app.stop();
        }
    });

    test('everything that is wrong is told in one build, with its place', async () => {
        const said = await refuses({
            'routes/note.sql': SQL.replace('color, stars\n  FROM note', 'colour, stars\n  FROM note')
                .replace('FROM note\n WHERE :color', 'FROM notes\n WHERE :color')
                .replace('VALUES (:text, ', 'VALUES (:test, ').replace(':more WHERE id', ':more WHERE text'),
        }, [
            'routes/note.sql:4:18: error: no such column: colour; did you mean color?',
            'routes/note.sql:9:36: error: no such table: notes; did you mean note?',
            'routes/note.sql:13:40: error: no argument of note_add fills :test; did you mean :text?',
            'routes/note.sql:17:52: error: id is an int64_t, bound as an integer, and the column text is TEXT',
        ]);
        assert.match(said, /\n {4}4 \| SELECT id, text, colour, stars\n {6}\| {18}\^~~~~~\n/);
    });

    test('a query without a function and a function without a query are told before anything is linked', async () => {
        await refuses({ 'routes/note.sql': SQL.replace('note_star', 'note_stars') + '-- name: note_more\nSELECT 1;\n' }, [
            'lib/note.c:4: error: no .sql file has a query note_star; did you mean note_stars (routes/note.sql:16)?',
            'routes/note.sql:16: error: no .c file has a function for the query; write OSP_QUERY_EXEC(note_stars, ...) in one',
            'routes/note.sql:18: error: no .c file has a function for the query; write OSP_QUERY(ROW, note_more, ...) in one',
        ]);
        await refuses({ 'lib/more.sql': '-- name: note_find\nSELECT 1' },
            ['lib/more.sql:1:10: error: routes/note.sql:3 has a query note_find already']);
        put({ 'lib/more.sql': null });
        await refuses({ 'routes/note.sql': SQL.replace('WHERE id = :id', "WHERE id = ':id") },
            ['routes/note.sql:6:13: error: this quote is never closed']);
        await refuses({ 'routes/note.sql': SQL.replace(':exec', ':one') },
            ['lib/note.c:4: error: note_star gives :one in routes/note.sql:16, and OSP_QUERY_EXEC says :exec here']);
    });

    test('an edit of the text compiles no source, and one of a migration checks every query again', async () => {
        await builds({}, /0 of 2 files compiled/);
        await builds({ 'routes/note.sql': SQL.replace('ORDER BY id', 'ORDER BY id DESC') }, /0 of 2 files compiled/);
        assert.match(fs.readFileSync(path.join(folder, '.openspeed', fs.readdirSync(path.join(folder, '.openspeed'))
            .find((name) => !name.startsWith('.')), 'table.c'), 'utf8'), /ORDER BY id DESC/);
        await builds({}, /built/);
        await refuses({ 'migrations/0002_color.sql': 'ALTER TABLE note RENAME COLUMN color TO hue;' }, [
            'routes/note.sql:4:18: error: no such column: color',
            'routes/note.sql:9:18: error: no such column: color',
            'routes/note.sql:13:25: error: table note has no column named color',
        ]);
        await refuses({ 'migrations/0002_color.sql': 'ALTER TABLE note RENAME\n COLUMN color TOO hue;' },
            ['migrations/0002_color.sql:2:15: error: near "TOO": syntax error in "ALTER TABLE note RENAME..."']);
        put({ 'migrations/0002_color.sql': null });
        await builds({}, /0 of 2 files compiled/);
    });

    test('what is wrong with a part that two queries share is told once, at its place', async () => {
        const shared = SQL.replaceAll('SELECT id, text, color, stars', 'SELECT {columns}')
            .replace('-- Notes.\n', '-- part: columns\nid, text,\n  color, stars\n');
        await builds({ 'routes/note.sql': shared }, /0 of 2 files compiled/);
        const said = await refuses({ 'routes/note.sql': shared.replace('color, stars', 'colour, stars') },
            ['routes/note.sql:3:3: error: no such column: colour; did you mean color?']);
        assert.match(said, /\n {4}3 \|   colour, stars\n {6}\|   \^~~~~~\n/);
    });

    test('a change of the row or of an argument is held against the text', async () => {
        await refuses({
            'lib/note.h': HEADER.replace('osp_opt_str color; int64_t stars; } Note', 'osp_str color; osp_str stars; } Note'),
        }, [
            'routes/note.sql:4:18: error: note.color may be NULL, and member color of Note is not optional; make it an osp_opt_*, say IS NOT NULL, or select coalesce(...)',
            'routes/note.sql:4:25: error: the column is INTEGER, and member stars of Note is an osp_str',
            'routes/note.sql:9:25: error: the column is INTEGER, and member stars of Note is an osp_str',
        ]);
    });
});
