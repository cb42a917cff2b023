#include "../../lib/seen.h"

static const char *not_bad(const osp_upload *upload)
{
    return osp_str_equal(upload->name, S("bad")) ? "must not be called bad" : NULL;
}
OSP_CHECKER(not_bad, osp_upload);

typedef struct UpIn {
    osp_str title;
    osp_str_list tags;
    osp_opt_upload avatar;
    osp_upload_list photos;
} UpIn;
OSP_TYPE(UpIn, FORM(title, .fallback = "untitled", .max_len = 20),
         FORM_LIST(tags, osp_str, .joined = true),
         FORM(avatar, .min_len = 2, .max_len = 1000, .media_types = "image/png, text/*",
              CHECK(not_bad)),
         FORM_LIST(photos, osp_upload, .max_len = 3, EACH(.media_types = "image/*")));

typedef struct UpOut {
    osp_str title;
    osp_str_list tags;
    Seen *avatar;
    Seen_list photos;
} UpOut;
OSP_TYPE(UpOut, FIELD(title), LIST(tags, osp_str), MAYBE(avatar, Seen), LIST(photos, Seen));

static osp_status up(osp_ctx *ctx, const UpIn *in, UpOut *out)
{
    out->title = in->title;
    out->tags = in->tags;
    if (in->avatar.is == OSP_SET) {
        out->avatar = osp_new(ctx, Seen);
        if (out->avatar == NULL) {
            return OSP_E_NOMEM;
        }
        OSP_TRY(seen_of(ctx, &in->avatar.value, out->avatar));
    }
    out->photos.items = osp_new_array(ctx, Seen, in->photos.count);
    for (size_t i = 0; i < in->photos.count && out->photos.items != NULL; i++) {
        OSP_TRY(seen_of(ctx, &in->photos.items[i], &out->photos.items[i]));
        out->photos.count++;
    }
    return OSP_OK;
}
OSP_ROUTE(POST, up, UpIn, UpOut);
