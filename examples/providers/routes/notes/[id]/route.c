/* DELETE /notes/[id]. */
#include "lib/auth.h"
#include "lib/unit.h"

typedef struct EraseIn { int64_t id; } EraseIn;
OSP_TYPE(EraseIn, PATH(id));

OSP_QUERY_EXEC(note_erase, (int64_t, id), (int64_t, user_id));

static osp_status erase(osp_ctx *ctx, const EraseIn *in, void *out)
{
    const int64_t count = note_erase(ctx, in->id, current_user(ctx)->id);
    return count == 1 ? OSP_OK : osp_fail(ctx, 404, "You have no note %lld.", (long long)in->id);
}
OSP_ROUTE(DELETE, erase, EraseIn, void, .summary = "Erase a note",
          .needs = NEEDS(current_user, unit), .errors = { 404 });
