#include "lib/notes.h"

typedef struct Count { int64_t count; } Count;
OSP_TYPE(Count, FIELD(count));

int64_t notes_count(osp_ctx *ctx)
{
    const Count *row = osp_db_one(ctx, Count, "SELECT count(*) AS count FROM note");
    return row != NULL ? row->count : -1;
}
