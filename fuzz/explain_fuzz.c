/* The question of the devtools, /_openspeed/api/why?method=METHOD&target=TARGET: METHOD, a line
 * end, TARGET.  Whatever is asked, the answer is JSON, or a sentence says what is wrong. */
#include <string.h>

#include "serve/explain.h"
#include "type/json.h"

#define OUT_MAX ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct In {
    osp_str_list rest;
    int64_t page;
} In;
OSP_TYPE(In, PATH_LIST(rest, osp_str), QUERY(page, .fallback = "1", .nomatch = true));

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx, (void)in, (void)out;
    return OSP_OK;
}

static const osp_route route = { .in_ = &osp_type_In,
                                 .out_ = &osp_type_void,
                                 .call_ = show,
                                 .handler_ = "show",
                                 .file_ = "routes/route.c",
                                 .line_ = 1 };
static const char *const names[] = { "rest" };
static const osp_route_leaf leaf = { .pattern = "/[...rest]",
                                     .file = "routes/[...rest]/route.c",
                                     .param_names = names,
                                     .param_count = 1,
                                     .rest = OSP_REST_ANY,
                                     .by_method = {
                                         [OSP_METHOD_GET] = &route, [OSP_METHOD_PUT] = &route } };
static const osp_route_leaf *const leaves[] = { &leaf };
static const osp_route_node root = { .rest = &leaf };
static const osp_app_def app = {
    .name = "fuzz", .root = &root, .leaves = leaves, .leaf_count = OSP_ARRAY_LEN(leaves)
};

static void check(const osp_asked *asked, void (*say)(const osp_asked *, bool, osp_buf *))
{
    osp_buf json, words;
    osp_buf_init(&json, NULL, 0, OUT_MAX);
    osp_buf_init(&words, NULL, 0, OUT_MAX);
    say(asked, true, &json);
    say(asked, false, &words);
    OSP_ASSERT(!json.failed && osp_json_check((osp_str){ json.ptr, json.len }) == OSP_OK);
    for (size_t i = 0; i < words.len; i++) {
        OSP_ASSERT((unsigned char)words.ptr[i] >= ' ' || words.ptr[i] == '\n');
    }
    osp_buf_done(&json);
    osp_buf_done(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[8192];
    osp_error err = { 0 };
    if (size >= sizeof text) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    char *end = strchr(text, '\n');
    const char *target = end != NULL ? end + 1 : text;
    if (end != NULL) {
        *end = '\0';
    }
    static osp_asked asked;
    asked = (osp_asked){ 0 };
    if (osp_ask(&asked, &app, end != NULL ? text : "GET", target, &err) == OSP_OK) {
        check(&asked, osp_explain);
        check(&asked, osp_why);
    } else {
        OSP_ASSERT(err.message[0] != '\0');
    }
    osp_asked_done(&asked);
    return 0;
}
