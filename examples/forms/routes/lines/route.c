/* Counts the lines of files of any size, while they come; nothing is kept. */
#include <openspeed/openspeed.h>

typedef struct Lines {
    int64_t parts, bytes, lines;
} Lines;
OSP_TYPE(Lines, FIELD(parts), FIELD(bytes), FIELD(lines));

#define PARTS_MAX 100

static osp_status count(osp_ctx *ctx, const osp_body *in, Lines *out)
{
    osp_part part;
    osp_str bytes;
    osp_status status;
    (void)in;
    while ((status = osp_form_next(ctx, &part)) == OSP_OK) {
        if (++out->parts > PARTS_MAX) {
            return osp_fail(ctx, 413, "A form may have %d parts.", PARTS_MAX);
        }
        while ((status = osp_part_read(ctx, &bytes)) == OSP_OK) {
            out->bytes += (int64_t)bytes.len;
            for (size_t i = 0; i < bytes.len; i++) {
                out->lines += bytes.ptr[i] == '\n';
            }
        }
        OSP_TRY(status);
    }
    return status;
}
OSP_ROUTE(POST, count, osp_body, Lines, .errors = { 400, 413, 415 }, .summary = "Count lines");
