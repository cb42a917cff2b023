#include "../../lib/seen.h"

typedef struct PartsOut {
    Seen_list parts;
} PartsOut;
OSP_TYPE(PartsOut, LIST(parts, Seen));

#define PARTS_MAX 8

/* Takes the parts of a form as they come; of one that is called "skip" nothing. */
static osp_status parts(osp_ctx *ctx, const osp_body *in, PartsOut *out)
{
    osp_part part;
    osp_str bytes;
    osp_status status;
    (void)in;
    out->parts.items = osp_new_array(ctx, Seen, PARTS_MAX);
    if (out->parts.items == NULL) {
        return OSP_E_NOMEM;
    }
    while ((status = osp_form_next(ctx, &part)) == OSP_OK) {
        if (out->parts.count == PARTS_MAX) {
            return osp_fail(ctx, 413, "Too many parts.");
        }
        Seen *seen = &out->parts.items[out->parts.count++];
        seen->name = osp_copy(ctx, part.name);
        seen->safe_name = osp_copy(ctx, part.safe_name);
        seen->media_type = osp_copy(ctx, part.media_type);
        seen->sum = SUM_FIRST;
        if (osp_str_equal(part.name, S("skip"))) {
            continue;
        }
        while ((status = osp_part_read(ctx, &bytes)) == OSP_OK) {
            seen->sum = sum_add(seen->sum, bytes);
            seen->size += bytes.len;
        }
        OSP_TRY(status);
    }
    return status == OSP_DONE ? OSP_OK : status;
}
OSP_ROUTE(POST, parts, osp_body, PartsOut);
