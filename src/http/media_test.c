#include "http/media.h"

#include "tests/unit/unit.h"

static void is_type(const char *path, const char *type)
{
    OSP_CHECK_STR(osp_str_from(osp_media_type(path)), osp_str_from(type));
}

OSP_UNIT_TEST(media_type, "the last extension says the type, in any case")
{
    is_type("a/b.css", "text/css; charset=utf-8");
    is_type("app.min.JS", "text/javascript; charset=utf-8");
    is_type("a.tar.gz", "application/gzip");
    is_type("photo.JPG", "image/jpeg");
    is_type("a.svg", "image/svg+xml");
    is_type("data.json", "application/json");
    is_type("LICENSE", "application/octet-stream");
    is_type("a.b/LICENSE", "application/octet-stream");
    is_type("a.unknown", "application/octet-stream");
    is_type(".well-known/apple-app-site-association", "application/json");
    is_type("end.", "application/octet-stream");
}

OSP_UNIT_TEST(media_coding, "a compressed form ends in its coding, behind a name")
{
    size_t len = 0;
    OSP_CHECK(strcmp(osp_media_coding("a.js.br", &len), "br") == 0 && len == 4);
    OSP_CHECK(strcmp(osp_media_coding("a.js.gz", &len), "gzip") == 0);
    OSP_CHECK(strcmp(osp_media_coding("b/a.zst", &len), "zstd") == 0 && len == 3);
    OSP_CHECK(osp_media_coding("a.js", &len) == NULL && osp_media_coding(".br", &len) == NULL);
    OSP_CHECK(osp_media_coding("a/.gz", &len) == NULL && osp_media_coding("abr", &len) == NULL);
}

OSP_UNIT_TEST(media_immutable, "a hash in the name, or a folder that says so")
{
    static const char *const yes[] = {
        "app.3f2a9c1b.js",  "a/app-3f2a9c1b.js",     "app_0123456789abcdef.min.css",
        "immutable/app.js", "_app/immutable/x/y.js", "_immutable/a"
    };
    static const char *const no[] = {
        "app.js",       "report-20240101.pdf", "logo-facade-deadbeef.svg",
        "3f2a9c1b.js",  "app.3f2a9c1.js",      "app.3F2A9C1B.js",
        "app.3f2a9c1b", "app.3f2a9c1bz.js",    "immutable",
        "immutable.js", "app.3f2a9c1b/app.js"
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(yes); i++) {
        OSP_CHECK(osp_media_is_immutable(yes[i]));
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(no); i++) {
        OSP_CHECK(!osp_media_is_immutable(no[i]));
    }
}
