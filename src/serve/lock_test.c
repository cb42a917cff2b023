#include "serve/lock.h"

#include "tests/unit/unit.h"

typedef struct PhotosIn {
    osp_opt_upload cover;
    osp_upload_list photos;
} PhotosIn;
OSP_TYPE(PhotosIn, FORM(cover, .max_len = 9, .media_types = "image/png, image/jpeg"),
         FORM_LIST(photos, osp_upload, EACH(.media_types = "image/*")));

static bool has(const osp_buf *out, osp_str line)
{
    return memmem(out->ptr, out->len, line.ptr, line.len) != NULL;
}

OSP_UNIT_TEST(lock_files, "which files a form takes is reviewed")
{
    static const osp_route route = { .in_ = &osp_type_PhotosIn,
                                     .out_ = &osp_type_void,
                                     .method_ = OSP_METHOD_POST,
                                     .handler_ = "post" };
    static const osp_route_leaf leaf = { .pattern = "/photos",
                                         .by_method = { [OSP_METHOD_POST] = &route } };
    static const osp_route_leaf *const leaves[] = { &leaf };
    static const osp_app_def app = { .name = "test", .leaves = leaves, .leaf_count = 1 };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    osp_lock_write(&app, &out);
    OSP_CHECK(
        has(&out, OSP_STR("form cover? upload, 0 to 9, media types image/png, image/jpeg\n")));
    OSP_CHECK(has(&out, OSP_STR("form photos list of upload, each, media types image/*\n")));
    osp_buf_done(&out);
}

OSP_UNIT_TEST(lock_hidden, "that a route is in no document is reviewed")
{
    static const osp_route route = { .in_ = &osp_type_void,
                                     .out_ = &osp_type_void,
                                     .method_ = OSP_METHOD_GET,
                                     .handler_ = "get",
                                     .deprecated = true,
                                     .hidden = true };
    static const osp_route_leaf leaf = { .pattern = "/old",
                                         .file = "routes/old/route.c",
                                         .by_method = { [OSP_METHOD_GET] = &route } };
    static const osp_route_leaf *const leaves[] = { &leaf };
    static const osp_app_def app = { .name = "test", .leaves = leaves, .leaf_count = 1 };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    osp_lock_write(&app, &out);
    OSP_CHECK(has(&out, OSP_STR("GET /old")) && has(&out, OSP_STR(", deprecated, hidden\n")));
    osp_buf_done(&out);
}

typedef struct Sorry {
    osp_str why;
} Sorry;
OSP_TYPE(Sorry, FIELD(why));

OSP_UNIT_TEST(lock_failures, "in which form failures are told is reviewed")
{
    static const osp_failures form = { .type_ = &osp_type_Sorry };
    static const osp_app_def app = { .name = "test", .failures = &form };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    osp_lock_write(&app, &out);
    OSP_CHECK(has(&out, OSP_STR("\nall failures\n    give Sorry\n\ntype Sorry\n    why str\n")));
    osp_buf_done(&out);
}

static size_t diff(const char *old, const char *now, bool json, char *text, size_t size)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    const size_t found = osp_lock_diff(osp_str_from(old), osp_str_from(now), json, &out);
    snprintf(text, size, "%.*s", (int)out.len, out.ptr);
    osp_buf_done(&out);
    return found;
}

OSP_UNIT_TEST(lock_diff, "texts differ by the paragraphs that came, went or changed")
{
    static const struct {
        const char *old, *now, *diff;
        size_t found;
    } cases[] = {
        { "", "", "", 0 },
        { "GET /a  public\n    gives void\n", "GET /a  public\n    gives void\n", "", 0 },
        { "GET /a  by me\n    x\n", "GET /a  public\n    x\n",
          "@@ GET /a @@\n-GET /a  by me\n+GET /a  public\n     x\n", 1 },
        { "GET /a\n\nGET /c\n", "GET /a\n\nGET /b\n    x\n\nGET /c\n",
          "@@ GET /b @@\n+GET /b\n+    x\n", 1 },
        { "GET /a\n\nGET /b\n\nGET /c\n", "GET /c\n",
          "@@ GET /a @@\n-GET /a\n@@ GET /b @@\n-GET /b\n", 2 },
        { "GET /a\n\nGET /b\n", "GET /b\n\nGET /a\n",
          "@@ GET /b @@\n+GET /b\n@@ GET /b @@\n-GET /b\n", 2 },
        { "type A\n    a\n    b\n    c\n", "type A\n    b\n    d\n    c\n",
          "@@ type A @@\n type A\n-    a\n     b\n+    d\n     c\n", 1 },
        { "<<<<<<< ours\n\n\n", "type A\n",
          "@@ <<<<<<< ours @@\n-<<<<<<< ours\n@@ type A @@\n+type A\n", 2 },
        { "type A", "type A\n", "@@ type A @@\n type A\n", 1 },
    };
    char text[512];
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(diff(cases[i].old, cases[i].now, false, text, sizeof text) == cases[i].found);
        OSP_CHECK_STR(osp_str_from(text), osp_str_from(cases[i].diff));
        OSP_CHECK(diff(cases[i].old, cases[i].now, true, text, sizeof text) == cases[i].found);
    }
    OSP_CHECK(diff("GET /a\n", "GET /b\n", true, text, sizeof text) == 2);
    OSP_CHECK_STR(
        osp_str_from(text),
        OSP_STR("\n  {\"name\":\"GET /a\",\"change\":\"removed\",\"diff\":\"-GET /a\\n\"},"
                "\n  {\"name\":\"GET /b\",\"change\":\"added\",\"diff\":\"+GET /b\\n\"}"));
}
