/* The application of a test: its database, its services, a context of its own.
 *
 * A process runs one test, so there is one application in it; that is the only state of this file.
 * What waits runs at once (base/task.h), so nothing here needs a loop or a thread. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/graph.h"
#include "test/test_impl.h"

#define MEMORY_MAX ((size_t)1 << 30) /* bytes of all that a test keeps */

static osp_test *the_test;

osp_test *osp_test_app(void)
{
    OSP_ASSERT(the_test != NULL);
    return the_test;
}

void osp_test_begin(osp_test *test, const osp_app_def *app, osp_test_verdict *verdict)
{
    OSP_ASSERT(the_test == NULL);
    *test = (osp_test){ .app = app, .verdict = verdict };
    osp_arena_init(&test->arena, NULL, 0, MEMORY_MAX);
    the_test = test;
}

void *osp_test_alloc(osp_test *test, size_t size)
{
    void *piece = osp_arena_zalloc(&test->arena, size);
    if (piece == NULL) {
        osp_test_fail(NULL, 0, "the test needs more than %zu bytes", MEMORY_MAX);
    }
    return piece;
}

osp_str osp_test_keep(osp_test *test, osp_str text)
{
    char *copy = osp_test_alloc(test, text.len + 1);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return (osp_str){ copy, text.len };
}

static void must(osp_status status, const osp_error *err)
{
    if (status != OSP_OK) {
        osp_test_fail(NULL, 0, "the application does not open: %s",
                      err->message[0] != '\0' ? err->message : osp_status_text(status));
    }
}

void osp_test_override_with(osp_test *test, const osp_provider *provider, const char *name,
                            const void *value, size_t size)
{
    osp_provider_override *at = test->overrides;
    if (provider == NULL) {
        osp_test_fail(NULL, 0, "no OSP_PROVIDER makes %s", name);
    }
    while (at->provider != NULL && at->provider != provider) {
        at++;
    }
    if (at - test->overrides == OSP_TEST_OVERRIDES_MAX) {
        osp_test_fail(NULL, 0, "more than %d providers are overridden", OSP_TEST_OVERRIDES_MAX);
    }
    void *copy = value != NULL ? osp_test_alloc(test, size) : NULL;
    if (copy != NULL) {
        memcpy(copy, value, size);
    }
    *at = (osp_provider_override){ provider, copy };
}

static void applied(void *arg, const osp_migration *migration, int64_t ms)
{
    (void)arg;
    (void)migration;
    (void)ms;
}

static void add_service(osp_test *test, const void *key, void *value)
{
    OSP_ASSERT(test->service_count < OSP_TEST_SERVICES_MAX - 1); /* the last is the end */
    test->services[test->service_count++] = (osp_service){ key, value };
}

/* The files of public/: tests run in the folder of the application. */
static void open_files(osp_test *test)
{
    osp_error err = { 0 };
    if (test->app->asset_form_count == 0) {
        return;
    }
    test->public_folder = open("public", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (test->public_folder < 0) {
        osp_test_fail(NULL, 0, "public/: %s; tests run in the folder of the application",
                      strerror(errno));
    }
    must(osp_files_new(test->app, test->public_folder, &test->files, &err), &err);
    add_service(test, &osp_files_key, test->files);
}

/* As a supervisor prepares it and a worker opens it. */
void osp_test_open(osp_test *test)
{
    const osp_app_def *app = test->app;
    const osp_migration_watch watch = { .applied = applied };
    osp_error err = { 0 };
    if (test->open) {
        return;
    }
    test->open = true;
    must(osp_graph_patterns(app, &test->patterns, &err), &err);
    if (app->resource_count > OSP_TEST_SERVICES_MAX - 5) { /* behind the last stands the end */
        osp_test_fail(NULL, 0, "the application has more than %d resources",
                      OSP_TEST_SERVICES_MAX - 5);
    }
    add_service(test, &osp_patterns_key, test->patterns);
    for (size_t i = 0; i < app->resource_count; i++) {
        const osp_resource *resource = app->resources[i];
        void *value = NULL;
        if (resource->prepare != NULL) {
            must(resource->prepare(app->migrations, app->migration_count, &watch, &err), &err);
        }
        must(resource->open(&value, &err), &err);
        test->resources_open++;
        add_service(test, resource->key, value);
    }
    open_files(test);
    if (app->page_keeper != NULL) {
        must(app->page_keeper->open(app, &test->pages, &err), &err);
        add_service(test, &osp_pages_key, test->pages);
    }
    const osp_status status =
        osp_life_open(&test->life, app, test->services, test->overrides, &err);
    must(status == OSP_DONE ? OSP_OK : status, &err);
    test->has_life = status == OSP_OK;
    if (test->has_life) {
        add_service(test, &osp_life_key, &test->life);
    }
}

osp_ctx *osp_test_ctx(osp_test *test)
{
    osp_test_open(test);
    if (test->ctx == NULL) {
        test->ctx = osp_test_alloc(test, sizeof(*test->ctx));
        osp_ctx_init(test->ctx, test->app, &test->arena);
        test->ctx->task.services = test->services;
        test->ctx->overrides = test->overrides;
        test->ctx->request.method = OSP_METHOD_GET;
        test->ctx->request.target = test->ctx->request.path = OSP_STR("/");
        test->ctx->request.minor = 1;
    }
    return test->ctx;
}

/* What failed in it would else make all that follows do nothing, and the test pass. */
static void judge_ctx(const osp_ctx *ctx)
{
    const osp_error *error = &ctx->task.error;
    const osp_place *place = ctx->task.place;
    if (error->status != OSP_OK) {
        osp_test_fail(place != NULL ? place->file : error->file,
                      place != NULL ? place->line : error->line, "%s", error->message);
    }
    if (ctx->failed) {
        osp_test_fail(NULL, 0, "osp_fail was called in the context of osp_test_ctx: %d %.*s",
                      ctx->response.status, OSP_ARG(ctx->response.bytes));
    }
}

void osp_test_end(osp_test *test)
{
    OSP_ASSERT(the_test == test);
    if (test->ctx != NULL) {
        judge_ctx(test->ctx);
    }
    osp_arena_drop(&test->arena); /* what was deferred may need a resource */
    if (test->has_life) {
        osp_life_close(&test->life);
    }
    for (size_t i = test->resources_open; i > 0; i--) { /* behind the patterns */
        test->app->resources[i - 1]->close(test->services[i].value);
    }
    if (test->app->page_keeper != NULL) {
        test->app->page_keeper->close(test->pages);
    }
    if (test->files != NULL) {
        osp_files_free(test->files);
        (void)close(test->public_folder);
    }
    osp_patterns_free(test->patterns);
    the_test = NULL;
}
