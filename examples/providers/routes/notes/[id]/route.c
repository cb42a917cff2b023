/* DELETE /notes/[id]. */
#include "lib/auth.h"
#include "lib/unit.h"

typedef struct EraseIn { int64_t id; } EraseIn;
OSP_TYPE(EraseIn, PATH(id));

static osp_status erase(osp_ctx *ctx, const EraseIn *in, void *out)
{
    const int64_t count = osp_db_exec(ctx, "DELETE FROM note WHERE id = ? AND user_id = ?", in->id,
                                      current_user(ctx)->id);
    return count == 1 ? OSP_OK : osp_fail(ctx, 404, "You have no note %lld.", (long long)in->id);
}
OSP_ROUTE(DELETE, erase, EraseIn, void, .summary = "Erase a note",
          .needs = NEEDS(current_user, unit), .errors = { 404 });
