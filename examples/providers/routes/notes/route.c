/* GET /notes: one's own.  POST /notes: write one.  Their SQL is in note.sql. */
#include "lib/auth.h"
#include "lib/unit.h"

typedef struct Note { int64_t id; osp_str text; } Note;
OSP_TYPE(Note, FIELD(id), FIELD(text));
OSP_LIST_OF(Note);
typedef struct Notes { Note_list notes; } Notes;
OSP_TYPE(Notes, LIST(notes, Note));

typedef struct ListIn {
    const User *me;
    osp_opt_int notebook;
} ListIn;
OSP_TYPE(ListIn, NEED(me, current_user), QUERY(notebook));

OSP_QUERY(Note, note_list, (int64_t, user_id), (osp_opt_int, notebook));

static osp_status list(osp_ctx *ctx, const ListIn *in, Notes *out)
{
    out->notes = note_list(ctx, in->me->id, in->notebook);
    return OSP_OK;
}
OSP_ROUTE(GET, list, ListIn, Notes, .summary = "One's own notes");

typedef struct WriteIn {
    const User *me;
    const osp_transaction *unit;
    osp_str text;
    osp_opt_int notebook;
} WriteIn;
OSP_TYPE(WriteIn, NEED(me, current_user), NEED(unit, unit),
         FIELD(text, .min_len = 1, .max_len = 1000), FIELD(notebook));

OSP_QUERY_ONE(Note, note_add, (int64_t, user_id), WriteIn);

static osp_status write_note(osp_ctx *ctx, const WriteIn *in, Note *out)
{
    const Note *note = note_add(ctx, in->me->id, in);
    if (note == NULL) {
        return OSP_E_DB;
    }
    *out = *note;
    return OSP_OK;
}
OSP_ROUTE(POST, write_note, WriteIn, Note, .summary = "Write a note", .status = 201,
          .errors = { 409 });
