#include <openspeed/answer.h>

#include "app/ctx.h"
#include "tests/unit/unit.h"

typedef struct In {
    osp_str id;
} In;
OSP_TYPE(In, PATH(id));

static char seen[64];

static osp_status note(osp_ctx *ctx, const void *in, void *out)
{
    (void)out;
    const osp_str id = ((const In *)in)->id, path = osp_path(ctx);
    snprintf(seen, sizeof seen, "%.*s of %.*s", OSP_ARG(id), OSP_ARG(path));
    return OSP_OK;
}

static const osp_route route = {
    .in_ = &osp_type_In, .out_ = &osp_type_void, .call_ = note, .handler_ = "note"
};
static const char *const names[] = { "top", "id" };

/* GET /x/[id] and GET /[top]/[...id]. */
typedef struct fixture {
    osp_app_info info;
    osp_app_def app;
    osp_route_leaf leaf, rest;
    osp_route_node end, x, f, root;
    osp_route_edge edges[2];
    osp_arena arena;
    osp_ctx ctx;
} fixture;

static void prepare(fixture *f, osp_slash slash)
{
    *f = (fixture){ .info.trailing_slash = slash };
    f->leaf = (osp_route_leaf){ .pattern = "/x/[id]", .param_names = names + 1, .param_count = 1 };
    f->rest = (osp_route_leaf){ .pattern = "/[top]/[...id]",
                                .param_names = names,
                                .param_count = 2,
                                .rest = OSP_REST_SOME,
                                .bare = slash != OSP_SLASH_STRICT };
    f->leaf.by_method[OSP_METHOD_GET] = f->rest.by_method[OSP_METHOD_GET] = &route;
    f->end.leaf = &f->leaf;
    f->x.param = &f->end;
    f->f.rest = &f->rest;
    f->edges[0] = (osp_route_edge){ "x", 1, &f->x };
    f->root = (osp_route_node){ .edges = f->edges, .param = &f->f };
    f->app = (osp_app_def){ .name = "test", .root = &f->root, .info = &f->info };
    osp_arena_init(&f->arena, NULL, 0, 1 << 20);
}

static int ask(fixture *f, osp_method method, const char *target)
{
    osp_arena_reset(&f->arena);
    osp_ctx_init(&f->ctx, &f->app, &f->arena);
    f->ctx.request.method = method;
    f->ctx.request.target = osp_str_from(target);
    f->ctx.request.headers = NULL;
    f->ctx.request.header_count = 0;
    seen[0] = '\0';
    osp_app_handle(&f->ctx);
    return f->ctx.response.status;
}

static osp_str header(const fixture *f, const char *name)
{
    for (uint32_t i = 0; i < f->ctx.response.header_count; i++) {
        if (osp_str_equal(f->ctx.response.headers[i].name, osp_str_from(name))) {
            return f->ctx.response.headers[i].value;
        }
    }
    return OSP_STR("");
}

OSP_UNIT_TEST(slash_strict, "a '/' at the end makes another URL, where nothing else is said")
{
    fixture f;
    prepare(&f, OSP_SLASH_STRICT);
    for (int i = 0; i < 2; i++) {
        OSP_CHECK(ask(&f, OSP_METHOD_GET, "/x/a/") == 204);
        OSP_CHECK_STR(osp_str_from(seen), OSP_STR("a/ of /x/a/")); /* the catch-all's */
        OSP_CHECK(ask(&f, OSP_METHOD_GET, "/x/a") == 204);
        OSP_CHECK_STR(osp_str_from(seen), OSP_STR("a of /x/a"));
        OSP_CHECK(ask(&f, OSP_METHOD_GET, "/y/") == 404);
        f.app.info = NULL;
    }
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(slash_redirect,
              "a '/' too many is a redirect, which stays on the host and keeps the query")
{
    static const struct {
        const char *target, *location; /* NULL: 404 */
    } cases[] = {
        { "/x/a/", "/x/a" },
        { "/x/a/?q=1&b=%20/", "/x/a?q=1&b=%20/" },
        { "/x/a/?", "/x/a?" },
        { "/x//a//", "/x/a" },
        { "//x/a/", "/x/a" },
        { "/x/./a/../b/", "/x/b" },
        { "/x/%5Cevil%2541%C3%BC%3F/", "/x/%5Cevil%2541%C3%BC%3F" },
        { "/x/", NULL },
        { "/y/a/b/", "/y/a/b" },
        { "/", NULL },
        { "//", NULL },
    };
    fixture f;
    prepare(&f, OSP_SLASH_REDIRECT);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const int status = ask(&f, OSP_METHOD_GET, cases[i].target);
        OSP_CHECK(status == (cases[i].location != NULL ? 308 : 404));
        OSP_CHECK(status == 404 || seen[0] == '\0');
        OSP_CHECK_STR(header(&f, "Location"),
                      osp_str_from(cases[i].location != NULL ? cases[i].location : ""));
    }
    OSP_CHECK(ask(&f, OSP_METHOD_POST, "/x/a/") == 308); /* with its method: RFC 9110 15.4.9 */
    OSP_CHECK(ask(&f, OSP_METHOD_GET, "/y/a/b") == 204);
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(slash_ignore, "where it is ignored the handler sees the URL without")
{
    fixture f;
    prepare(&f, OSP_SLASH_IGNORE);
    OSP_CHECK(ask(&f, OSP_METHOD_GET, "/x/a/") == 204);
    OSP_CHECK_STR(osp_str_from(seen), OSP_STR("a of /x/a"));
    OSP_CHECK(ask(&f, OSP_METHOD_GET, "/y/a/b/") == 204);
    OSP_CHECK_STR(osp_str_from(seen), OSP_STR("a/b of /y/a/b"));
    OSP_CHECK(ask(&f, OSP_METHOD_POST, "/x/a/") == 405);
    OSP_CHECK(ask(&f, OSP_METHOD_GET, "/x/") == 404);
    OSP_CHECK(ask(&f, OSP_METHOD_GET, "/") == 404);
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(slash_long, "a redirect that no field can hold is no redirect")
{
    fixture f;
    static char target[4000];
    prepare(&f, OSP_SLASH_REDIRECT);
    memset(target, '!', sizeof target - 1); /* three bytes each, encoded */
    memcpy(target, "/x/", 3);
    target[sizeof target - 2] = '/';
    OSP_CHECK(ask(&f, OSP_METHOD_GET, target) == 404);
    osp_arena_done(&f.arena);
}
