/* POST /imports: opens what accounts it can, and says whose are there already. */
#include "lib/account.h"

typedef struct ImportIn { osp_str_list owners; } ImportIn;
OSP_TYPE(ImportIn, LIST(owners, osp_str, .max_len = 1000));

typedef struct Import {
    int64_t opened;
    osp_str_list there;
} Import;
OSP_TYPE(Import, FIELD(opened), LIST(there, osp_str));

static osp_status import_all(osp_ctx *ctx, const ImportIn *in, Import *out)
{
    out->there.items = osp_new_array(ctx, osp_str, in->owners.count);
    OSP_TRY(out->there.items != NULL ? OSP_OK : OSP_E_NOMEM);
    OSP_TRANSACTION(ctx) {
        for (size_t i = 0; i < in->owners.count; i++) {
            OSP_TRANSACTION(ctx) {
                osp_db_exec(ctx, "INSERT INTO account (owner, cents) VALUES (?, 0)",
                            in->owners.items[i]);
            }
            const osp_status status = osp_recover(ctx);
            if (status == OSP_E_DB_CONSTRAINT) {
                out->there.items[out->there.count++] = in->owners.items[i];
                continue;
            }
            OSP_TRY(status);
            out->opened++;
        }
    }
    return OSP_OK;
}
OSP_ROUTE(POST, import_all, ImportIn, Import, .summary = "Open many accounts");
