/* GET /api/notes/[id]: one note.  DELETE /api/notes/[id]: remove it. */
#include "lib/note.h"

typedef struct ById {
    int64_t id;
} ById;
OSP_TYPE(ById, PATH(id));

static osp_status no_such_note(osp_ctx *ctx, int64_t id)
{
    return osp_fail(ctx, 404, "there is no note %lld", (long long)id);
}

static osp_status read_note(osp_ctx *ctx, const ById *in, Note *out)
{
    const Note *note = note_by_id(ctx, in->id);
    if (note == NULL) {
        return no_such_note(ctx, in->id);
    }
    *out = *note;
    return OSP_OK;
}
OSP_ROUTE(GET, read_note, ById, Note, .summary = "One note", .errors = { 404 });

static osp_status remove_note(osp_ctx *ctx, const ById *in, void *out)
{
    const Note *note =
        osp_db_one(ctx, Note, "DELETE FROM note WHERE id = ? RETURNING id, text, created_at", in->id);
    return note != NULL ? OSP_OK : no_such_note(ctx, in->id);
}
OSP_ROUTE(DELETE, remove_note, ById, void, .summary = "Remove a note", .errors = { 404 });
