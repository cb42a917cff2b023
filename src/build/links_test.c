#include "build/links.h"

#include "app/ctx.h"
#include "build/proof.h"
#include "tests/unit/trees.h"
#include "tests/unit/unit.h"
#include "wire/uri.h"

static osp_arena arena;
static osp_trie trie;
static osp_error err;

static const char *header_of(const char *const *folders)
{
    osp_buf out;
    osp_arena_init(&arena, NULL, 0, (size_t)256 << 20);
    osp_trie_init(&trie, &arena);
    for (size_t i = 0; folders[i] != NULL; i++) {
        OSP_CHECK(osp_trie_add(&trie, osp_kit_format(&arena, "routes/%sroute.c", folders[i]),
                               &err) == OSP_OK);
    }
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    osp_buf_init(&out, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_links_write(&arena, &trie, &out);
    const char *text = osp_kit_format(&arena, "%.*s", (int)out.len, out.ptr);
    osp_buf_done(&out);
    return text;
}

static void expect(const char *text, const char *words)
{
    if (strstr(text, words) == NULL) {
        fprintf(stderr, "without %s:\n%s", words, text);
    }
    OSP_CHECK(strstr(text, words) != NULL);
}

OSP_UNIT_TEST(links_signatures,
              "each route has a function whose parameters have the matchers' types")
{
    static const char *const folders[] = { "",
                                           "api/articles/[slug]/",
                                           "(shop)/users/[id=int]/",
                                           "at/[day=date]/[key=uuid]/",
                                           "v[major=int].[minor].json/",
                                           "files/[...path]/",
                                           "docs/[[...path]]/",
                                           "[x+5f]status/",
                                           "odd/[int]/[ctx]/[a-b]/[a_b]/",
                                           NULL };
    const char *text = header_of(folders);
    expect(text, " osp_url(osp_ctx *ctx)\n");
    expect(text, " osp_url_api_articles_slug(osp_ctx *ctx, osp_str slug)\n");
    expect(text, " osp_url_users_id(osp_ctx *ctx, int64_t id)\n");
    expect(text, " osp_url_at_day_key(osp_ctx *ctx, osp_date day, osp_uuid key)\n");
    expect(text, " osp_url_v_major_minor_json(osp_ctx *ctx, int64_t major, osp_str minor)\n");
    expect(text, "\"/v\\001.\\001.json\"");
    expect(text, " osp_url_files_path(osp_ctx *ctx, osp_str path)\n");
    expect(text, "\"/files/\\002\"");
    expect(text, "\"/docs\\003\"");
    expect(text, " osp_url__status(osp_ctx *ctx)\n");
    expect(text, "(osp_ctx *ctx, osp_str int_1, osp_str ctx_2, osp_str a_b, osp_str a_b_4)\n");
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(links_collide, "a name that two URLs would have can be called for neither")
{
    static const char *const folders[] = { "a-b/", "a.b/", "a~b/", "c/", NULL };
    const char *text = header_of(folders);
    expect(text, "osp_str osp_url_a_b(osp_ctx *ctx, ...)\n    __attribute__((error(");
    expect(text, "\"routes/a-b/route.c\" \" and of \" \"routes/a.b/route.c\"");
    const char *once = strstr(text, "osp_url_a_b(");
    OSP_CHECK(once != NULL && strstr(once + 1, "osp_url_a_b(") == NULL);
    expect(text, " osp_url_c(");
    osp_arena_done(&arena);
}

/* ---------------------------------------------------------------- building and reading back */

static osp_link links[OSP_TREE_FILES_MAX];
static size_t link_count;

static const osp_link *link_of(const char *file)
{
    for (size_t i = 0; i < link_count; i++) {
        if (strcmp(links[i].file, file) == 0) {
            return &links[i];
        }
    }
    return NULL;
}

/* A URL that is read comes back from its values. */
static bool check_read(osp_ctx *ctx, osp_str path)
{
    osp_route_match match;
    if (osp_route_find(ctx->app->root, path, 0, &match) != OSP_OK) {
        return false;
    }
    if (match.leaf->rest == OSP_REST_ANY) { /* without a last segment it has an empty value */
        match.params[match.param_count] = OSP_STR("");
    }
    const osp_str url = osp_link_make(ctx, link_of(match.leaf->file), match.params);
    if (ctx->task.error.status != OSP_OK) {
        fprintf(stderr, "%.*s: %s\n", OSP_ARG(path), ctx->task.error.message);
    }
    OSP_CHECK_STR(url, path);
    return true;
}

/* A URL that is built is read as its values, or is refused. */
static bool check_built(osp_ctx *ctx, const osp_link *link, osp_choices *from)
{
    static const char *const texts[] = {
        "a",  "1",   "01", "a-b", "b",   "",   "a/b", "..", "x y",
        "ab", "a%b", "ü",  "-",   "a1b", "\n", "1-1", "//", "[x]"
    };
    osp_str values[OSP_PATH_PARAMS_MAX], path;
    osp_route_match match;
    for (size_t i = 0; i < OSP_ARRAY_LEN(values); i++) {
        values[i] = osp_str_from(texts[osp_tree_choose(from, OSP_ARRAY_LEN(texts))]);
    }
    ctx->task.error.status = OSP_OK;
    const osp_str url = osp_link_make(ctx, link, values);
    if (ctx->task.error.status != OSP_OK) {
        OSP_CHECK(url.len == 0 && strstr(ctx->task.error.message, link->name) != NULL);
        ctx->task.error.status = OSP_OK;
        return false;
    }
    OSP_CHECK(osp_path_normalise(url, ctx->task.arena, &path) == OSP_OK);
    OSP_CHECK(osp_route_find(ctx->app->root, path, 0, &match) == OSP_OK);
    OSP_CHECK(strcmp(match.leaf->file, link->file) == 0);
    for (uint8_t i = 0; i < match.param_count; i++) {
        OSP_CHECK_STR(match.params[i], values[i]);
    }
    return true;
}

/* False: the tree does not build. */
static bool make_links(const osp_tree *tree)
{
    const osp_kit_list matchers = { 0 };
    osp_trie_init(&trie, &arena);
    for (size_t i = 0; i < tree->count; i++) {
        if (osp_trie_add(&trie, tree->files[i], &err) != OSP_OK) {
            return false;
        }
    }
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    for (link_count = 0; link_count < trie.leaves.count; link_count++) {
        links[link_count] = osp_links_of(&arena, trie.leaves.items[link_count]);
    }
    return osp_proof_run(&trie, &matchers, &err) == OSP_OK;
}

OSP_UNIT_TEST(links_random,
              "in random trees a URL that is built is read as its values, and the other way round")
{
    osp_choices from = { .seed = 7 };
    size_t read = 0, built = 0, refused = 0;
    for (int round = 0; round < 2000; round += OSP_UNIT_STRIDE) {
        osp_tree tree;
        osp_ctx ctx;
        osp_arena_init(&arena, NULL, 0, (size_t)256 << 20);
        osp_tree_make(&arena, &from, &tree);
        if (make_links(&tree)) {
            const osp_app_def app = { .name = "test", .root = osp_tree_tables(&arena, &trie) };
            osp_ctx_init(&ctx, &app, &arena);
            for (int i = 0; i < 20; i++) {
                read += check_read(&ctx, osp_tree_path(&arena, &from));
                const bool good = check_built(&ctx, &links[(size_t)i % link_count], &from);
                built += good;
                refused += !good;
            }
        }
        osp_arena_done(&arena);
    }
    const size_t least = 1000 / OSP_UNIT_STRIDE;
    OSP_CHECK(read > least && built > least && refused > least);
}
