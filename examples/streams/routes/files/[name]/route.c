/* An upload of any kind, counted as it comes; nothing of it is kept. */
#include <openspeed/openspeed.h>

#define FILE_MAX (100LL << 20)

typedef struct UploadIn {
    osp_str name;
    osp_body body;
} UploadIn;
OSP_TYPE(UploadIn, PATH(name, .max_len = 80), BODY(body, osp_body));

typedef struct Uploaded {
    osp_str name, media_type;
    int64_t bytes;
    int64_t lines;
} Uploaded;
OSP_TYPE(Uploaded, FIELD(name), FIELD(media_type), FIELD(bytes), FIELD(lines));

static osp_status upload(osp_ctx *ctx, const UploadIn *in, Uploaded *out)
{
    osp_str part;
    osp_status status;
    *out = (Uploaded){ .name = in->name, .media_type = in->body.media_type };
    if (in->body.length > FILE_MAX) {
        return osp_fail(ctx, 413, "A file may have %lld bytes.", FILE_MAX);
    }
    while ((status = osp_read(ctx, &part)) == OSP_OK) {
        out->bytes += (int64_t)part.len;
        for (size_t i = 0; i < part.len; i++) {
            out->lines += part.ptr[i] == '\n';
        }
        if (out->bytes > FILE_MAX) {
            return osp_fail(ctx, 413, "A file may have %lld bytes.", FILE_MAX);
        }
    }
    return status;
}
OSP_ROUTE(PUT, upload, UploadIn, Uploaded, .status = 201, .errors = { 413 },
          .summary = "Upload a file");
