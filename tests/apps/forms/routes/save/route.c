#include "../../lib/seen.h"

typedef struct SaveIn {
    osp_str folder;
    bool replace;
    int32_t times;
    osp_upload file;
} SaveIn;
OSP_TYPE(SaveIn, QUERY(folder), QUERY(replace, .fallback = "false"), QUERY(times, .fallback = "1"),
         FORM(file));

static osp_status save(osp_ctx *ctx, const SaveIn *in, Seen *out)
{
    const osp_save how = in->replace ? OSP_SAVE_REPLACE : OSP_SAVE_NEW;
    for (int32_t i = 0; i < in->times; i++) {
        const osp_str path = osp_format(ctx, "%.*s/%.*s%.*s", OSP_ARG(in->folder),
                                        OSP_ARG(in->file.safe_name), (int)i, "++++++++");
        const osp_status status = osp_upload_save(ctx, &in->file, path, how);
        OSP_TRY(status);
        if (status == OSP_DONE) {
            return osp_fail(ctx, 409, "There is a file of that name.");
        }
    }
    return seen_of(ctx, &in->file, out);
}
OSP_ROUTE(POST, save, SaveIn, Seen, .errors = { 409 });
