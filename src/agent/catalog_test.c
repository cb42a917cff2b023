#include <openspeed/app.h>
#include <openspeed/middleware.h>
#include <openspeed/page.h>

#include "agent/devtools.h"
#include "tests/unit/unit.h"
#include "type/json_tree.h"

typedef enum Color { RED, BLUE } Color;
OSP_ENUM(Color, (RED, "red"), (BLUE, "blue"));

typedef struct Wheel {
    Color color;
} Wheel;
OSP_TYPE(Wheel, ENUM(color, Color));

typedef struct CarIn {
    int64_t id;
    osp_str note, key;
    Wheel wheel;
} CarIn;
OSP_TYPE(CarIn, PATH(id), FIELD(note, .max_len = 9, .doc = "A \"note\""),
         FIELD(key, .secret = true), OBJECT(wheel, Wheel));

static osp_status nothing(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx, (void)in, (void)out;
    return OSP_OK;
}

static osp_status pass(osp_ctx *ctx, osp_next *next)
{
    return osp_run(ctx, next);
}

static const osp_middleware step = { .call_ = pass,
                                     .name_ = "pass",
                                     .place_ = { "routes/middleware.c", 3 } };
static const osp_middleware *const chain[] = { &step, NULL };
static const osp_route put = { .in_ = &osp_type_CarIn,
                               .out_ = &osp_type_void,
                               .call_ = nothing,
                               .handler_ = "put_car",
                               .file_ = "routes/cars/[id]/route.c",
                               .line_ = 40,
                               .method_ = OSP_METHOD_PUT,
                               .summary = "Put \"it\"" };
static const osp_route show = { .in_ = &osp_type_void,
                                .out_ = &osp_type_Wheel,
                                .call_ = nothing,
                                .handler_ = "load",
                                .file_ = "routes/page.c",
                                .line_ = 5,
                                .method_ = OSP_METHOD_GET,
                                .view_ = true };
static const char *const names[] = { "id" };
static const osp_template_file layout = { "routes/layout.html", "{{outlet}}", 10, 0 },
                               html = { "routes/page.html", "hello", 5, 1 },
                               unused = { "routes/_part.html", "x", 1, 2 };
static const osp_template_file *const templates[] = { &layout, &html, &unused };
static const osp_page_part outer = { .html = &layout }, inner = { .html = &html, .load = &show };
static const osp_page_part *const parts[] = { &outer, &inner };
static const osp_page_def page = { .parts = parts, .part_count = 2 };
static const osp_route_leaf car = { .pattern = "/cars/[id]",
                                    .file = "routes/cars/[id]/route.c",
                                    .param_names = names,
                                    .param_count = 1,
                                    .chain = chain,
                                    .by_method = { [OSP_METHOD_PUT] = &put } };
static const osp_route_leaf home = { .pattern = "/",
                                     .file = "routes/page.c",
                                     .by_method = { [OSP_METHOD_GET] = &show },
                                     .page = &page };
static const osp_asset asset = { .media_type = { "text/css", 8 } };
static const osp_route_leaf file = { .pattern = "/a.css",
                                     .by_method = { [OSP_METHOD_GET] = &osp_route_asset__GET },
                                     .asset = &asset };
static const osp_route_leaf *const leaves[] = { &home, &file, &car };
static const osp_app_def app = {
    .name = "cars", .leaves = leaves, .leaf_count = 3, .templates = templates, .template_count = 3
};

typedef struct fixture {
    osp_arena arena;
    osp_buf out;
} fixture;

static const osp_json_value *tree(fixture *f)
{
    const osp_json_value *root = NULL;
    osp_error err = { 0 };
    const osp_status status =
        osp_json_tree_read((osp_str){ f->out.ptr, f->out.len }, &f->arena, &root, &err);
    if (status != OSP_OK) {
        fprintf(stderr, "%s: %.*s\n", err.message, (int)f->out.len, f->out.ptr);
    }
    OSP_CHECK(status == OSP_OK);
    return root;
}

static void setup(fixture *f)
{
    osp_arena_init(&f->arena, NULL, 0, 16 << 20);
    osp_buf_init(&f->out, NULL, 0, 1 << 20);
}

static void done(fixture *f)
{
    osp_arena_done(&f->arena);
    osp_buf_done(&f->out);
}

static bool is_text(const osp_json_value *root, const char *pointer, const char *wanted)
{
    const osp_str text = osp_json_tree_text(osp_json_find(root, osp_str_from(pointer)));
    const bool equal = osp_str_equal(text, osp_str_from(wanted));
    if (!equal) {
        fprintf(stderr, "%s is %.*s\n", pointer, OSP_ARG(text));
    }
    return equal;
}

OSP_UNIT_TEST(catalog_routes, "routes are listed with what is around them; files are counted")
{
    fixture f;
    setup(&f);
    osp_catalog_routes(&app, &f.out);
    const osp_json_value *root = tree(&f);
    OSP_CHECK(osp_json_count(osp_json_member(root, OSP_STR("routes"))) == 2);
    OSP_CHECK(is_text(root, "/files", "1") && is_text(root, "/routes/0/page", "true"));
    OSP_CHECK(is_text(root, "/routes/1/pattern", "/cars/[id]"));
    OSP_CHECK(is_text(root, "/routes/1/summary", "Put \"it\"") &&
              is_text(root, "/routes/1/in", "CarIn"));
    OSP_CHECK(is_text(root, "/routes/1/chain/0/name", "pass"));
    OSP_CHECK(is_text(root, "/routes/1/chain/0/line", "3"));
    OSP_CHECK(osp_json_find(root, OSP_STR("/routes/1/out")) == NULL);
    done(&f);
}

OSP_UNIT_TEST(catalog_types, "types are listed once each, with those that they lead to")
{
    fixture f;
    setup(&f);
    osp_catalog_types(&app, &f.arena, &f.out);
    const osp_json_value *root = tree(&f);
    OSP_CHECK(osp_json_count(root) == 3);
    OSP_CHECK(is_text(root, "/0/name", "Wheel") && is_text(root, "/1/name", "CarIn"));
    OSP_CHECK(is_text(root, "/2/name", "Color") && is_text(root, "/2/names/1", "blue"));
    OSP_CHECK(is_text(root, "/1/members/0/source", "path") &&
              is_text(root, "/1/members/0/kind", "int64"));
    OSP_CHECK(is_text(root, "/1/members/1/rules/maxLength", "9"));
    OSP_CHECK(is_text(root, "/1/members/1/doc", "A \"note\""));
    OSP_CHECK(is_text(root, "/1/members/2/secret", "true"));
    OSP_CHECK(is_text(root, "/1/members/3/type", "Wheel"));
    OSP_CHECK(is_text(root, "/1/schema/$defs/CarIn/properties/note/maxLength", "9"));
    done(&f);
}

OSP_UNIT_TEST(catalog_templates,
              "templates are listed with the pages that show them and what fills them")
{
    fixture f;
    setup(&f);
    osp_catalog_templates(&app, &f.out);
    const osp_json_value *root = tree(&f);
    OSP_CHECK(osp_json_count(root) == 3);
    OSP_CHECK(is_text(root, "/0/file", "routes/layout.html") && is_text(root, "/0/pages/0", "/"));
    OSP_CHECK(osp_json_find(root, OSP_STR("/0/load")) == NULL);
    OSP_CHECK(is_text(root, "/1/load", "load") && is_text(root, "/1/view", "Wheel"));
    OSP_CHECK(osp_json_count(osp_json_find(root, OSP_STR("/2/pages"))) == 0);
    done(&f);
}
