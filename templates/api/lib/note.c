#include "lib/note.h"

const Note *note_by_id(osp_ctx *ctx, int64_t id)
{
    return osp_db_one(ctx, Note, "SELECT id, text, created_at FROM note WHERE id = ?", id);
}
