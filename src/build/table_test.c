#include "build/table.h"

#include "tests/unit/unit.h"

static osp_arena arena;

OSP_UNIT_TEST(table_methods, "the symbols of a file say its methods")
{
    static const osp_declared declared[] = {
        { .kind = OSP_DECLARED_ROUTE, .name = { "routes_2froute_2ec__GET", 23 } },
        { .kind = OSP_DECLARED_MESSAGES, .name = { "de", 2 } },
        { .kind = OSP_DECLARED_ROUTE, .name = { "routes_2froute_2ec__PATCH", 25 } },
    };
    static const osp_declared foreign = { .kind = OSP_DECLARED_ROUTE,
                                          .name = { "editor__GET", 11 } };
    osp_error err = { 0 };
    uint8_t methods = 0;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    OSP_CHECK(osp_table_methods(&arena, "routes/route.c", declared, 3, &methods, &err) == OSP_OK);
    OSP_CHECK(methods == (1u << OSP_METHOD_GET | 1u << OSP_METHOD_PATCH));
    OSP_CHECK(osp_table_methods(&arena, "routes/route.c", declared, 0, &methods, &err) ==
              OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "declares no route") != NULL);
    OSP_CHECK(osp_table_methods(&arena, "routes/route.c", &foreign, 1, &methods, &err) ==
              OSP_E_BUILD);
    osp_arena_done(&arena);
}

static osp_str write_app(const osp_table *table, osp_buf *out)
{
    osp_buf_init(out, NULL, 0, 1 << 20);
    osp_table_write(&arena, table, out);
    OSP_CHECK(!out->failed);
    osp_buf_byte(out, '\0');
    return (osp_str){ out->ptr, out->len - 1 };
}

OSP_UNIT_TEST(table_text, "the table names routes, parameters, resources and migrations")
{
    osp_trie trie;
    osp_error err = { 0 };
    osp_buf out;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_trie_init(&trie, &arena);
    OSP_CHECK(osp_trie_add(&trie, "routes/users/[id]/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    ((osp_trie_leaf *)(uintptr_t)trie.leaves.items[0])->methods = 1u << OSP_METHOD_PUT;
    const osp_table_migration migration = { "1.sql", OSP_STR("SELECT \"\\?\";\n-- \x01"
                                                             "9\xff") };
    const void *names[] = { "de", "de_CH" };
    const osp_kit_list languages = { .items = names, .count = 2 };
    const void *job_names[] = { "clean_up" };
    const osp_kit_list jobs = { .items = job_names, .count = 1 };
    const void *filter_names[] = { "euros" };
    const osp_kit_list filters = { .items = filter_names, .count = 1 };
    const osp_table table = { .name = "my \"app\"",
                              .filters = &filters,
                              .trie = &trie,
                              .migrations = &migration,
                              .migration_count = 1,
                              .languages = &languages,
                              .jobs = &jobs,
                              .has_info = true,
                              .has_failures = true,
                              .uses_db = true };
    const char *text = write_app(&table, &out).ptr;
    static const char *const wanted[] = {
        "extern const osp_route osp_route_routes_2fusers_2f_5bid_5d_2froute_2ec__PUT;",
        ".pattern = \"/users/[id]\"",
        ".by_method[OSP_METHOD_PUT] = &osp_route_",
        "params_0[] = { \"id\", }",
        "&osp_resource_sqlite",
        ".name = \"my \\042app\\042\"",
        "\"SELECT \\042\\134\\077\\042;\\012\"\n    \"-- \\0019\\377\"",
        ".leaf_count = 1",
        "extern const osp_messages osp_messages_de_CH;",
        "messages[] = {\n    &osp_messages_de,\n    &osp_messages_de_CH,\n}",
        ".message_count = 2",
        "extern const osp_job_def osp_job__clean_up;",
        "jobs[] = {\n    &osp_job__clean_up,\n}",
        ".job_count = 1",
        "extern const struct osp_filter osp_filter_euros;",
        "filters[] = {\n    &osp_filter_euros,\n    NULL,\n}",
        ".filters = filters",
        "extern const osp_app_info osp_app_info_;",
        ".info = &osp_app_info_",
        "extern const struct osp_failures osp_failures_;",
        ".failures = &osp_failures_",
        "osp_serve_main(&osp_app, argc, argv)",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(wanted); i++) {
        if (strstr(text, wanted[i]) == NULL) {
            fprintf(stderr, "missing: %s\n", wanted[i]);
        }
        OSP_CHECK(strstr(text, wanted[i]) != NULL);
    }
    osp_buf_done(&out);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(table_plain, "an application without a database names no resource")
{
    osp_trie trie;
    osp_buf out, again;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_trie_init(&trie, &arena);
    OSP_CHECK(osp_trie_add(&trie, "routes/route.c", NULL) == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, NULL) == OSP_OK);
    const osp_table table = { .name = "app", .trie = &trie };
    const osp_str text = write_app(&table, &out);
    OSP_CHECK(strstr(text.ptr, "resource") == NULL && strstr(text.ptr, "message") == NULL &&
              strstr(text.ptr, "info") == NULL && strstr(text.ptr, "failures") == NULL &&
              strstr(text.ptr, "migrations") == NULL && strstr(text.ptr, "job") == NULL);
    OSP_CHECK_STR(write_app(&table, &again), text);
    osp_buf_done(&out);
    osp_buf_done(&again);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(table_tests, "the executable of tests names them and does not serve")
{
    osp_trie trie;
    osp_buf out;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_trie_init(&trie, &arena);
    OSP_CHECK(osp_trie_add(&trie, "routes/route.c", NULL) == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, NULL) == OSP_OK);
    const void *names[] = { "lib_2fx__one", "lib_2fx__two" };
    osp_kit_list tests = { .items = names, .count = 2 };
    const osp_table table = { .name = "app", .trie = &trie, .tests = &tests };
    const char *text = write_app(&table, &out).ptr;
    OSP_CHECK(strstr(text, "extern const osp_test_def osp_test_lib_2fx__two;") != NULL);
    OSP_CHECK(strstr(text, "osp_test_main(&osp_app, tests, 2, argc, argv)") != NULL);
    OSP_CHECK(strstr(text, "osp_serve_main") == NULL);
    osp_buf_done(&out);
    tests.count = 0;
    OSP_CHECK(strstr(write_app(&table, &out).ptr, "tests, 0, argc") != NULL);
    osp_buf_done(&out);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(table_openapi, "the library's own route is named by its unit and brings its resource")
{
    osp_trie trie;
    osp_buf out;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_trie_init(&trie, &arena);
    OSP_CHECK(osp_trie_add(&trie, "(openspeed)/openapi.json/route.c", NULL) == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, NULL) == OSP_OK);
    osp_trie_leaf *leaf = (osp_trie_leaf *)(uintptr_t)trie.leaves.items[0];
    leaf->unit = "openapi";
    leaf->methods = 1u << OSP_METHOD_GET;
    const osp_table table = {
        .name = "app", .trie = &trie, .uses_db = true, .serves_openapi = true
    };
    const char *text = write_app(&table, &out).ptr;
    OSP_CHECK(strstr(text, ".pattern = \"/openapi.json\"") != NULL);
    OSP_CHECK(strstr(text, ".by_method[OSP_METHOD_GET] = &osp_route_openapi__GET") != NULL);
    OSP_CHECK(strstr(text, "extern const osp_route") == NULL); /* manifest.h declares it */
    OSP_CHECK(strstr(text, "{ &osp_resource_sqlite, &osp_resource_openapi, }") != NULL);
    OSP_CHECK(strstr(text, ".resource_count = 2") != NULL);
    OSP_CHECK(strstr(text, ".openapi = osp_openapi_write") != NULL);
    osp_buf_done(&out);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(table_chains, "a chain is written once, whatever number of leaves it wraps")
{
    osp_trie trie;
    osp_buf out;
    osp_chains chains = { 0 };
    osp_kit_list files = { 0 };
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_trie_init(&trie, &arena);
    OSP_CHECK(osp_trie_add(&trie, "routes/a/route.c", NULL) == OSP_OK);
    OSP_CHECK(osp_trie_add(&trie, "routes/b/route.c", NULL) == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, NULL) == OSP_OK);
    osp_kit_push(&arena, &files, "routes/middleware.c");
    OSP_CHECK(osp_chains_add(&arena, &chains, "routes/middleware.c",
                             OSP_STR("routes_2fmiddleware_2ec__12"), NULL) == OSP_OK);
    OSP_CHECK(osp_chains_end(&arena, &chains, &files, &trie, NULL) == OSP_OK);
    const osp_table table = { .name = "app", .trie = &trie, .chains = &chains };
    const char *text = write_app(&table, &out).ptr;
    const char *chain =
        "chain_0[] = {\n    &osp_middleware_routes_2fmiddleware_2ec__12,\n    NULL,\n}";
    OSP_CHECK(strstr(text, "extern const osp_middleware osp_middleware_routes_2f") != NULL);
    OSP_CHECK(strstr(text, chain) != NULL && strstr(strstr(text, chain) + 1, chain) == NULL);
    const char *first = strstr(text, "    .chain = chain_0,");
    OSP_CHECK(first != NULL && strstr(first + 1, "    .chain = chain_0,") != NULL);
    OSP_CHECK(strstr(text, "    .root_chain = chain_0,") != NULL);
    osp_buf_done(&out);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(table_limit, "a table beyond the buffer's maximum says so")
{
    osp_trie trie;
    osp_buf out;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_trie_init(&trie, &arena);
    OSP_CHECK(osp_trie_add(&trie, "routes/route.c", NULL) == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, NULL) == OSP_OK);
    const osp_table table = { .name = "app", .trie = &trie };
    osp_buf_init(&out, NULL, 0, 100);
    osp_table_write(&arena, &table, &out);
    OSP_CHECK(out.failed);
    osp_buf_done(&out);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(table_ways, "patterns are written in their order, with matchers and text")
{
    osp_trie trie;
    osp_error err = { 0 };
    osp_buf out;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_trie_init(&trie, &arena);
    OSP_CHECK(osp_trie_add(&trie, "routes/a/v[n=int]\"[x+22]/route.c", &err) == OSP_E_BUILD);
    OSP_CHECK(osp_trie_add(&trie, "routes/a/v[n=int][x+22]/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_trie_add(&trie, "routes/a/[n]-[m=own]/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_trie_add(&trie, "routes/b/[n]/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_trie_add(&trie, "routes/c/[[...n]]/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    const osp_table table = { .name = "app", .trie = &trie };
    const char *text = write_app(&table, &out).ptr;
    static const char *const wanted[] = {
        "extern const osp_matcher osp_matcher_own;",
        "{ \"v\", 1, &osp_matcher_int },",
        "{ \"\", 0, NULL },\n    { \"-\", 1, &osp_matcher_own },",
        ", 1, 1, \"\\042\", &node_",
        ", 2, 0, \"\", &node_",
        ".way_count = 2,",
        ".kind = OSP_NODE_STATIC_PARAM,",
        ".rest = OSP_REST_ANY,",
        ".rest = &leaf_3,\n    .leaf = &leaf_3,\n};", /* no kind: the router has to look */
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(wanted); i++) {
        if (strstr(text, wanted[i]) == NULL) {
            fprintf(stderr, "%s\n\nhas no\n\n%s\n", text, wanted[i]);
        }
        OSP_CHECK(strstr(text, wanted[i]) != NULL);
    }
    osp_buf_done(&out);
    osp_arena_done(&arena);
}
