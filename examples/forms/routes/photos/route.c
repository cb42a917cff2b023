/* Photos with a title; each is kept in the folder photos/ under a name that is not there yet. */
#include <openspeed/openspeed.h>

typedef struct PhotosIn {
    osp_str title;
    osp_opt_upload cover;
    osp_upload_list photos;
} PhotosIn;
OSP_TYPE(PhotosIn, FORM(title, .min_len = 1, .max_len = 80),
         FORM(cover, .max_len = 1 << 20, .media_types = "image/png, image/jpeg"),
         FORM_LIST(photos, osp_upload, .min_len = 1, .max_len = 10,
                   EACH(.max_len = 20 << 20, .media_types = "image/*")));

typedef struct Photo {
    osp_str path;
    uint64_t bytes;
} Photo;
OSP_TYPE(Photo, FIELD(path), FIELD(bytes));
OSP_LIST_OF(Photo);

typedef struct PhotosOut {
    osp_str title;
    bool covered;
    Photo_list photos;
} PhotosOut;
OSP_TYPE(PhotosOut, FIELD(title), FIELD(covered), LIST(photos, Photo));

#define NAMES_MAX 100

/* "photos/cat.png", or "photos/2-cat.png" when there is one. */
static osp_status keep(osp_ctx *ctx, const osp_upload *photo, osp_str *ret_path)
{
    for (int i = 1; i <= NAMES_MAX; i++) {
        const osp_str name = photo->safe_name;
        *ret_path = i == 1 ? osp_format(ctx, "photos/%.*s", OSP_ARG(name))
                           : osp_format(ctx, "photos/%d-%.*s", i, OSP_ARG(name));
        const osp_status status = osp_upload_save(ctx, photo, *ret_path, OSP_SAVE_NEW);
        if (status != OSP_DONE) {
            return status;
        }
    }
    return osp_fail(ctx, 409, "There are %d photos of that name.", NAMES_MAX);
}

static osp_status send(osp_ctx *ctx, const PhotosIn *in, PhotosOut *out)
{
    out->title = in->title;
    out->covered = in->cover.is == OSP_SET;
    out->photos.items = osp_new_array(ctx, Photo, in->photos.count);
    if (out->photos.items == NULL) {
        return OSP_E_NOMEM;
    }
    for (size_t i = 0; i < in->photos.count; i++) {
        Photo *photo = &out->photos.items[out->photos.count++];
        photo->bytes = in->photos.items[i].size;
        OSP_TRY(keep(ctx, &in->photos.items[i], &photo->path));
    }
    return OSP_OK;
}
OSP_ROUTE(POST, send, PhotosIn, PhotosOut, .status = 201, .errors = { 409 },
          .summary = "Send photos");
