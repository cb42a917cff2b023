/* GET /api/notes: the newest notes.  POST /api/notes: write one. */
#include "lib/note.h"

typedef struct ListIn {
    int32_t limit;
} ListIn;
OSP_TYPE(ListIn, QUERY(limit, RANGE(1, 100), .fallback = "20"));

typedef struct Notes {
    Note_list notes;
} Notes;
OSP_TYPE(Notes, LIST(notes, Note));

static osp_status list_notes(osp_ctx *ctx, const ListIn *in, Notes *out)
{
    out->notes = osp_db_query(ctx, Note, "SELECT id, text, created_at FROM note ORDER BY id DESC LIMIT ?",
                            (int64_t)in->limit);
    return OSP_OK;
}
OSP_ROUTE(GET, list_notes, ListIn, Notes, .summary = "The newest notes");

typedef struct WriteIn {
    osp_str text;
} WriteIn;
OSP_TYPE(WriteIn, FIELD(text, .min_len = 1, .max_len = 1000));

static osp_status write_note(osp_ctx *ctx, const WriteIn *in, Note *out)
{
    const Note *note = osp_db_one(
        ctx, Note, "INSERT INTO note (text, created_at) VALUES (?, ?) RETURNING id, text, created_at",
        in->text, osp_time_format(ctx, osp_now_us()));
    if (note == NULL) {
        return OSP_E_DB; /* the database has said why */
    }
    *out = *note;
    return osp_set_header(ctx, S("Location"), osp_format(ctx, "/api/notes/%lld", (long long)note->id));
}
OSP_ROUTE(POST, write_note, WriteIn, Note, .summary = "Write a note", .status = 201);
