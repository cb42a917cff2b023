#include "api/openapi.h"

#include "api/pen.h"
#include "app/ctx.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

/* ---------------------------------------------------------------- an application */

typedef struct Filter {
    osp_str word;
    osp_opt_int limit;
} Filter;
OSP_TYPE(Filter, FIELD(word), FIELD(limit));

typedef struct ListIn {
    osp_str tenant;
    int64_t page;
    osp_str_list tags, ids;
    Filter filter;
    osp_opt_str authorization, accept, content_type, if_match, lang;
    osp_str session;
} ListIn;
OSP_TYPE(ListIn, HEADER(tenant, .name = "X-Tenant", .doc = "Whose", .example = "\"acme\""),
         QUERY(page, .fallback = "1", .deprecated = true), QUERY_LIST(tags, osp_str),
         QUERY_LIST(ids, osp_str, .style = OSP_STYLE_PIPE, .min_len = 1),
         QUERY_OBJECT(filter, Filter, .style = OSP_STYLE_DEEP), HEADER(authorization),
         HEADER(accept), HEADER(content_type), HEADER(if_match), COOKIE(lang),
         COOKIE(session, .secret = true, .example = "\"s3cret\""));

typedef struct Item {
    int64_t id;
    osp_str name;
} Item;
OSP_TYPE(Item, FIELD(id, .read_only = true), FIELD(name, .max_len = 9));

typedef struct PutIn {
    int64_t id;
    Item item;
} PutIn;
OSP_TYPE(PutIn, PATH(id, .nomatch = true), BODY(item, Item));

typedef struct FormIn {
    osp_str name;
    osp_str_list tags;
} FormIn;
OSP_TYPE(FormIn, FORM(name), FORM_LIST(tags, osp_str, .joined = true));

static const osp_route list_items = { .in_ = &osp_type_ListIn,
                                      .out_ = &osp_type_Item,
                                      .handler_ = "list_items",
                                      .method_ = OSP_METHOD_GET,
                                      .doc = "All of \"them\"",
                                      .errors = { 401, 503 } };
static const osp_route put_item = { .in_ = &osp_type_PutIn,
                                    .out_ = &osp_type_Item,
                                    .handler_ = "put",
                                    .method_ = OSP_METHOD_PUT,
                                    .summary = "Put it",
                                    .status = 201,
                                    .deprecated = true };
static const osp_route send_form = {
    .in_ = &osp_type_FormIn, .out_ = &osp_type_void, .handler_ = "send", .method_ = OSP_METHOD_POST
};
static const osp_route read_file = { .in_ = &osp_type_void,
                                     .out_ = &osp_type_void,
                                     .handler_ = "read",
                                     .method_ = OSP_METHOD_GET,
                                     .status = 204 };

static const char *const id_name[] = { "id" }, *const rest_name[] = { "rest" };
#define LEAF(name, pattern_, file_, ...)                                                           \
    static const osp_route_leaf name = { .pattern = pattern_, .file = file_, __VA_ARGS__ }
LEAF(items, "/api/v1/items", "routes/api/v1/items/route.c",
     .by_method[OSP_METHOD_GET] = &list_items);
LEAF(item, "/api/v1/items/[id]", "routes/api/v1/items/[id]/route.c", .param_names = id_name,
     .param_count = 1, .by_method[OSP_METHOD_PUT] = &put_item);
LEAF(item_rest, "/api/v1/items/[...rest]", "routes/api/v1/items/[...rest]/route.c",
     .param_names = rest_name, .param_count = 1, .by_method[OSP_METHOD_GET] = &read_file);
LEAF(dashed, "/a-b", "routes/(shop)/a-b/route.c", .by_method[OSP_METHOD_POST] = &send_form);
LEAF(underlined, "/a_b", "routes/a_b/route.c", .by_method[OSP_METHOD_POST] = &send_form);
LEAF(files, "/files/[...rest]", "routes/files/[...rest]/route.c", .param_names = rest_name,
     .param_count = 1, .by_method[OSP_METHOD_GET] = &read_file);
LEAF(document, "/openapi.json", "(openspeed)/openapi.json/route.c",
     .by_method[OSP_METHOD_GET] = &osp_route_openapi__GET);
static const osp_route_leaf *const leaves[] = { &dashed, &underlined, &items,   &item_rest,
                                                &item,   &files,      &document };
static const osp_app_def app = { .name = "my \"app\"",
                                 .leaves = leaves,
                                 .leaf_count = OSP_ARRAY_LEN(leaves) };

/* ---------------------------------------------------------------- rig */

static osp_arena arena;
static osp_buf out;

static void write_document(const osp_app_def *of)
{
    osp_error err = { 0 };
    osp_buf_init(&out, NULL, 0, OSP_OPENAPI_MAX);
    const osp_status status = osp_openapi_write(of, &out, &err);
    if (status != OSP_OK) {
        fprintf(stderr, "%s\n", err.message);
    }
    OSP_CHECK(status == OSP_OK);
    OSP_CHECK(osp_json_check((osp_str){ out.ptr, out.len }) == OSP_OK);
    osp_buf_byte(&out, '\0');
    out.len--;
}

static void has(const char *wanted)
{
    if (strstr(out.ptr, wanted) == NULL) {
        fprintf(stderr, "no %s\nin %s\n", wanted, out.ptr);
    }
    OSP_CHECK(strstr(out.ptr, wanted) != NULL);
}

static void lacks(const char *unwanted)
{
    if (strstr(out.ptr, unwanted) != NULL) {
        fprintf(stderr, "%s\nin %s\n", unwanted, out.ptr);
    }
    OSP_CHECK(strstr(out.ptr, unwanted) == NULL);
}

/* ---------------------------------------------------------------- tests */

OSP_UNIT_TEST(openapi_parameters, "members of the input are parameters in the style they are read")
{
    write_document(&app);
    has("{\"name\":\"X-Tenant\",\"in\":\"header\",\"description\":\"Whose\",\"required\":true,"
        "\"schema\":{\"type\":\"string\"},\"example\":\"acme\"}");
    has("{\"name\":\"page\",\"in\":\"query\",\"deprecated\":true,\"schema\":{\"type\":\"integer\","
        "\"format\":\"int64\",\"default\":1}}");
    has("{\"name\":\"tags\",\"in\":\"query\",\"style\":\"form\",\"explode\":true,\"schema\":"
        "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}");
    has("{\"name\":\"ids\",\"in\":\"query\",\"required\":true,\"style\":\"pipeDelimited\","
        "\"explode\":false,");
    has("{\"name\":\"filter\",\"in\":\"query\",\"required\":true,\"style\":\"deepObject\","
        "\"explode\":true,\"schema\":{\"$ref\":\"#/components/schemas/Filter\"}}");
    has("{\"name\":\"lang\",\"in\":\"cookie\",\"schema\":{\"type\":\"string\"}}");
    has("{\"name\":\"session\",\"in\":\"cookie\",\"required\":true,\"schema\":{\"type\":"
        "\"string\",\"writeOnly\":true}}");
    has("{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"integer\","
        "\"format\":\"int64\"},\"x-openspeed-nomatch\":true}");
    has("{\"name\":\"rest\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"},"
        "\"x-openspeed-rest\":true}");
    has("\"security\":[{\"authorization\":[]},{}]");
    has("\"securitySchemes\":{\"authorization\":{\"type\":\"apiKey\",\"in\":\"header\","
        "\"name\":\"Authorization\"}}");
    has("{\"name\":\"if-match\",\"in\":\"header\",\"schema\":{\"type\":\"string\"}}");
    lacks("\"name\":\"accept\"");
    lacks("\"name\":\"content");
    lacks("\"name\":\"authorization\"");
    lacks("s3cret");
    osp_buf_done(&out);
}

OSP_UNIT_TEST(openapi_operations, "operations have unique ids, tags of their folders, bodies")
{
    write_document(&app);
    has("{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"my \\\"app\\\"\",\"version\":\"0.0.0\"}");
    has("\"/api/v1/items\":{\"get\":{\"tags\":[\"items\"],\"summary\":\"List items\","
        "\"description\":\"All of \\\"them\\\"\",\"operationId\":\"getApiV1Items\"");
    has("\"/api/v1/items/{id}\":{\"put\":{\"tags\":[\"items\"],\"summary\":\"Put it\","
        "\"operationId\":\"putApiV1ItemsById\"");
    has("\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{\"$ref\":"
        "\"#/components/schemas/ItemInput\"}}},\"required\":true}");
    has("\"deprecated\":true}}");
    has("\"/a-b\":{\"post\":{\"tags\":[\"shop\"],\"summary\":\"Send\",\"operationId\":"
        "\"postAB\",\"requestBody\":{\"content\":{\"application/x-www-form-urlencoded\":"
        "{\"schema\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"tags\":"
        "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},\"required\":[\"name\"]},"
        "\"encoding\":{\"tags\":{\"style\":\"form\",\"explode\":false}}},"
        "\"multipart/form-data\":{\"schema\":{\"type\":\"object\",\"properties\":{\"name\":"
        "{\"type\":\"string\"},\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},"
        "\"required\":[\"name\"]},\"encoding\":{\"tags\":{\"style\":\"form\",\"explode\":false}}}},"
        "\"required\":true}");
    has("\"operationId\":\"postAB2\"");
    has("\"/files/{rest}\":{\"get\":{");
    has("\"x-openspeed-hidden-paths\":[\"/api/v1/items/[...rest]\"]");
    has("\"tags\":[{\"name\":\"shop\"},{\"name\":\"a_b\"},{\"name\":\"items\"},"
        "{\"name\":\"files\"}]");
    lacks("openapi.json");
    osp_buf_done(&out);
}

typedef struct UploadIn {
    osp_upload avatar;
    osp_upload_list photos;
} UploadIn;
OSP_TYPE(UploadIn, FORM(avatar, .max_len = 9, .media_types = "image/png, image/gif"),
         FORM_LIST(photos, osp_upload, .max_len = 3, EACH(.min_len = 1, .media_types = "image/*")));
static const osp_route take_files = { .in_ = &osp_type_UploadIn,
                                      .out_ = &osp_type_void,
                                      .handler_ = "take",
                                      .method_ = OSP_METHOD_POST };
LEAF(avatar, "/avatar", "routes/avatar/route.c", .by_method[OSP_METHOD_POST] = &take_files);

OSP_UNIT_TEST(openapi_uploads, "a file is binary, of its media types, in a form that has parts")
{
    static const osp_route_leaf *const one[] = { &avatar };
    const osp_app_def uploads = { .name = "uploads", .leaves = one, .leaf_count = 1 };
    write_document(&uploads);
    has("\"requestBody\":{\"content\":{\"multipart/form-data\":{\"schema\":{\"type\":\"object\","
        "\"properties\":{\"avatar\":{\"type\":\"string\",\"format\":\"binary\",\"maxLength\":9},"
        "\"photos\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"binary\","
        "\"minLength\":1},\"maxItems\":3}},\"required\":[\"avatar\"]},\"encoding\":{\"avatar\":"
        "{\"contentType\":\"image/png, image/gif\"},\"photos\":{\"contentType\":\"image/*\"}}}},"
        "\"required\":true}");
    lacks("urlencoded");
    osp_buf_done(&out);
}

OSP_UNIT_TEST(openapi_answers, "answers are those that the dispatch and the route can give")
{
    write_document(&app);
    has("\"responses\":{\"201\":{\"description\":\"Created\",\"content\":{\"application/json\":"
        "{\"schema\":{\"$ref\":\"#/components/schemas/Item\"}}}},"
        "\"400\":{\"$ref\":\"#/components/responses/Problem400\"},"
        "\"404\":{\"$ref\":\"#/components/responses/Problem404\"},"
        "\"415\":{\"$ref\":\"#/components/responses/Problem415\"},"
        "\"422\":{\"$ref\":\"#/components/responses/Problem422\"},"
        "\"default\":{\"$ref\":\"#/components/responses/Problem\"}}");
    has("\"401\":{\"$ref\":\"#/components/responses/Problem401\"},\"422\":");
    has("\"503\":{\"$ref\":\"#/components/responses/Problem503\"}");
    has("\"responses\":{\"204\":{\"description\":\"No Content\"},\"default\":");
    has("\"200\":{\"description\":\"OK\",\"content\":{\"*/*\":{}}},\"204\":");
    has("\"Problem404\":{\"description\":\"Not Found\",\"content\":{\"application/problem+json\":"
        "{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}");
    has("\"code\":{\"type\":\"string\",\"enum\":[\"");
    lacks("\"Problem409\"");
    osp_buf_done(&out);
}

OSP_UNIT_TEST(openapi_failures, "failures are told in the application's own form, and as problems")
{
    osp_app_def telling = app;
    static const osp_failures form = { .type_ = &osp_type_Filter };
    telling.failures = &form;
    write_document(&telling);
    has("\"Problem404\":{\"description\":\"Not "
        "Found\",\"content\":{\"application/json\":{\"schema\":"
        "{\"$ref\":\"#/components/schemas/Filter\"}},\"application/problem+json\":{\"schema\":"
        "{\"$ref\":\"#/components/schemas/Problem\"}}}}");
    osp_buf_done(&out);
}

OSP_UNIT_TEST(openapi_order, "the same application gives the same bytes, and a failure none")
{
    write_document(&app);
    osp_buf first = out;
    write_document(&app);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), ((osp_str){ first.ptr, first.len }));
    osp_buf_done(&first);
    osp_buf_done(&out);

    char storage[256];
    osp_error err = { 0 };
    osp_buf_init(&out, storage, sizeof(storage), sizeof(storage));
    osp_buf_str(&out, OSP_STR("before"));
    OSP_CHECK(osp_openapi_write(&app, &out, &err) == OSP_E_LIMIT);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), OSP_STR("before"));
}

/* ---------------------------------------------------------------- the route */

static osp_str ask(const osp_service *services)
{
    osp_ctx ctx;
    osp_ctx_init(&ctx, &app, &arena);
    ctx.task.services = services;
    OSP_CHECK(osp_route_openapi__GET.call_(&ctx, NULL, NULL) == OSP_OK);
    OSP_CHECK_STR(ctx.response.media_type, OSP_STR("application/json"));
    return ctx.response.bytes;
}

OSP_UNIT_TEST(openapi_route,
              "a worker makes the document once; without its service it is made anew")
{
    void *kept = NULL;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    OSP_CHECK(osp_resource_openapi.open(&kept, NULL) == OSP_OK);
    const osp_service services[] = { { osp_resource_openapi.key, kept }, { NULL, NULL } };
    const osp_str first = ask(services), second = ask(services), third = ask(NULL);
    OSP_CHECK(first.ptr == second.ptr && first.len == second.len);
    OSP_CHECK(third.ptr != first.ptr);
    OSP_CHECK_STR(third, first);
    write_document(&app);
    OSP_CHECK_STR(third, ((osp_str){ out.ptr, out.len }));
    osp_buf_done(&out);
    osp_resource_openapi.close(kept);
    osp_arena_done(&arena);
}

/* ---------------------------------------------------------------- memory */

static osp_status written;
static osp_error said;

static void begin_writing(void *arg)
{
    (void)arg;
    said = (osp_error){ 0 };
    osp_buf_init(&out, NULL, 0, OSP_OPENAPI_MAX);
}

static void write_starving(void *arg)
{
    (void)arg;
    written = osp_openapi_write(&app, &out, &said);
}

static void judge_writing(void *arg, bool starved)
{
    const osp_buf *whole = arg;
    const bool short_of = starved && (written == OSP_E_NOMEM || written == OSP_E_LIMIT);
    OSP_CHECK(written == OSP_OK || (short_of && said.message[0] != '\0'));
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }),
                  written == OSP_OK ? ((osp_str){ whole->ptr, whole->len }) : OSP_STR(""));
    osp_buf_done(&out);
}

OSP_UNIT_TEST(openapi_memory, "a document is whole or none, whichever allocation fails")
{
    write_document(&app);
    osp_buf whole = out;
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){ .begin = begin_writing,
                                                 .work = write_starving,
                                                 .judge = judge_writing,
                                                 .arg = &whole }) > 10);
    osp_buf_done(&whole);
}

static osp_ctx asked;

static void serve_starving(void *arg)
{
    osp_ctx_init(&asked, &app, &arena);
    asked.task.services = arg;
    written = osp_route_openapi__GET.call_(&asked, NULL, NULL);
}

static void judge_serving(void *arg, bool starved)
{
    (void)arg;
    const bool good = written == OSP_OK && asked.task.error.status == OSP_OK;
    OSP_CHECK(good || starved);
    OSP_CHECK(!good || osp_json_check(asked.response.bytes) == OSP_OK);
    osp_arena_reset(&arena);
}

/* A worker whose service fails once must not fail for ever. */
static void judge_worker(void *arg, bool starved)
{
    osp_service *services = arg;
    judge_serving(arg, starved);
    serve_starving(arg);
    judge_serving(arg, false);
    osp_resource_openapi.close(services[0].value);
    services[0].value = NULL;
}

static void open_worker(void *arg)
{
    osp_service *services = arg;
    OSP_CHECK(osp_resource_openapi.open(&services[0].value, NULL) == OSP_OK);
}

OSP_UNIT_TEST(openapi_route_memory, "after a request without memory the next one gets the document")
{
    osp_service services[] = { { osp_resource_openapi.key, NULL }, { NULL, NULL } };
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){ .begin = open_worker,
                                                 .work = serve_starving,
                                                 .judge = judge_worker,
                                                 .arg = services }) > 10);
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){ .work = serve_starving, .judge = judge_serving }) >
              10);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(openapi_paths, "patterns are paths with names in braces, each path once")
{
    static const char *const patterns[] = {
        "/a/[id=int]",    "/a/[id]",      "/a/[...id]", "/a/[slug=slug]",
        "/d/[[...path]]", "/f/v[n].json", "/f/[a]-[b]", "/g/[x+5b]x",
        "/g/[x+5b]x y",   "/g/[x+5d]x",   "/h/{a}",     "/i",
    };
    static const char *const names[] = { "id", "b" };
    static const osp_route route = { .in_ = &osp_type_void,
                                     .out_ = &osp_type_void,
                                     .handler_ = "show" };
    osp_route_leaf all[OSP_ARRAY_LEN(patterns)] = { 0 };
    const osp_route_leaf *list[OSP_ARRAY_LEN(patterns)];
    for (size_t i = 0; i < OSP_ARRAY_LEN(patterns); i++) {
        all[i] = (osp_route_leaf){ .pattern = patterns[i],
                                   .file = "routes/route.c",
                                   .param_names = names,
                                   .by_method[OSP_METHOD_GET] = &route };
        list[i] = &all[i];
    }
    const osp_app_def of = { .name = "x", .leaves = list, .leaf_count = OSP_ARRAY_LEN(patterns) };
    write_document(&of);
    has("\"/a/{id}\":{\"get\":");
    has("\"/d/{path}\":{");
    has("\"/f/v{n}.json\":{");
    has("\"/f/{a}-{b}\":{");
    has("\"/g/%5Bx\":{");
    has("\"/g/%5Bx%20y\":{");
    has("\"/g/%5Dx\":{");
    has("\"/h/%7Ba%7D\":{");
    has("\"x-openspeed-hidden-paths\":[\"/a/[id]\",\"/a/[...id]\",\"/a/[slug=slug]\"]");
    osp_buf_done(&out);
}

typedef struct Inner {
    osp_str inner;
} Inner;
OSP_TYPE(Inner, FIELD(inner));

OSP_UNIT_TEST(openapi_hidden, "a route that is hidden leaves nothing in the document")
{
    static const char *const id_names[] = { "id" };
    static const osp_route shown = { .in_ = &osp_type_void,
                                     .out_ = &osp_type_void,
                                     .handler_ = "show" };
    static const osp_route inner = { .in_ = &osp_type_Inner,
                                     .out_ = &osp_type_Inner,
                                     .handler_ = "work",
                                     .method_ = OSP_METHOD_POST,
                                     .hidden = true };
    static const osp_route_leaf both = {
        .pattern = "/both",
        .file = "routes/both/route.c",
        .by_method = { [OSP_METHOD_GET] = &shown, [OSP_METHOD_POST] = &inner }
    };
    static const osp_route_leaf secret = { .pattern = "/secret",
                                           .file = "routes/secret/route.c",
                                           .by_method = { [OSP_METHOD_POST] = &inner } };
    static const osp_route_leaf number = { .pattern = "/x/[id=int]",
                                           .file = "routes/x/[id=int]/route.c",
                                           .param_names = id_names,
                                           .param_count = 1,
                                           .by_method = { [OSP_METHOD_POST] = &inner } };
    static const osp_route_leaf any = { .pattern = "/x/[id]",
                                        .file = "routes/x/[id]/route.c",
                                        .param_names = id_names,
                                        .param_count = 1,
                                        .by_method = { [OSP_METHOD_GET] = &shown } };
    static const osp_route_leaf *const all[] = { &both, &secret, &number, &any };
    const osp_app_def of = { .name = "x", .leaves = all, .leaf_count = OSP_ARRAY_LEN(all) };
    write_document(&of);
    has("\"/both\":{\"get\":");
    has("\"/x/{id}\":{\"get\":"); /* which the hidden one does not cover */
    lacks("\"post\"");
    lacks("secret");
    lacks("nner");
    lacks("hidden");
    osp_buf_done(&out);
}

OSP_UNIT_TEST(openapi_pages, "a page is in no document, a route beside it is")
{
    static const osp_route page = {
        .in_ = &osp_type_void, .out_ = &osp_type_Inner, .handler_ = "load", .view_ = true
    };
    static const osp_route other = { .in_ = &osp_type_void,
                                     .out_ = &osp_type_void,
                                     .handler_ = "erase",
                                     .method_ = OSP_METHOD_DELETE };
    static const osp_route_leaf alone = { .pattern = "/alone",
                                          .file = "routes/alone/page.html",
                                          .by_method = { [OSP_METHOD_GET] = &page } };
    static const osp_route_leaf both = {
        .pattern = "/both",
        .file = "routes/both/page.html",
        .by_method = { [OSP_METHOD_GET] = &page, [OSP_METHOD_DELETE] = &other }
    };
    static const osp_route_leaf *const all[] = { &alone, &both };
    const osp_app_def of = { .name = "x", .leaves = all, .leaf_count = OSP_ARRAY_LEN(all) };
    write_document(&of);
    has("\"/both\":{\"delete\":");
    lacks("alone");
    lacks("nner");
    lacks("\"get\"");
    osp_buf_done(&out);
}
