/* openspeed build: from a folder to an executable. */
#include <stdio.h>
#include <time.h>

#include "command.h"

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void print_json(const osp_build_result *result, int64_t ms)
{
    fputs("{\"ok\":true,", stdout);
    osp_command_json("app", result->app);
    printf(",\"routes\":%zu,\"files\":%zu,\"compiled\":%zu,\"linked\":%s,\"database\":%s,\"ms\":%"
           "lld}\n",
           result->routes, result->files, result->compiled, result->linked ? "true" : "false",
           result->uses_db ? "true" : "false", (long long)ms);
}

static int run(int argc, char **argv)
{
    const char *dir = ".", *json = NULL, *verbose = NULL;
    const osp_option options[] = { { .name = "json", .value = &json },
                                   { .name = "verbose", .value = &verbose },
                                   { .name = NULL } };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_build, &err);
    }
    osp_arena arena;
    osp_build_result result = { 0 };
    const int64_t begin_ms = now_ms();
    osp_arena_init(&arena, NULL, 0, OSP_BUILD_ARENA_MAX);
    const osp_build_options build = { .dir = dir, .verbose = verbose != NULL };
    int status = OSP_EXIT_OK;
    if (osp_build_app(&arena, build, &result, &err) != OSP_OK) {
        status = osp_command_fail(&err, json != NULL);
    } else if (json != NULL) {
        print_json(&result, now_ms() - begin_ms);
    } else {
        fprintf(stderr, "built %s: %zu URL%s, %zu of %zu file%s compiled, %lld ms\n", result.app,
                result.routes, result.routes == 1 ? "" : "s", result.compiled, result.files,
                result.files == 1 ? "" : "s", (long long)(now_ms() - begin_ms));
    }
    osp_arena_done(&arena);
    return status;
}

const osp_command osp_command_build = {
    .name = "build",
    .usage = "build [DIR] [--json] [--verbose]",
    .summary = "make the executable of an application",
    .help =
        "Compiles routes/ and lib/ of DIR (default: the current folder), proves that each URL\n"
        "has one answer, links DIR/.openspeed/release/app and lets it check itself: that inputs\n"
        "fit their URLs, and fallbacks their fields.  Only what changed is compiled.  What "
        "follows\n"
        "from an error is not printed, and the first error is repeated as the last line.\n"
        "\n"
        "  --json       the result as one JSON object on stdout\n"
        "  --verbose    print every command line, and all that compilers say\n"
        "\n"
        "Warnings are repeated until they are mended, also when nothing is compiled.\n"
        "\n"
        "Environment: CC (default gcc), OPENSPEED_HOME (where libopenspeed.a is; else it is found\n"
        "from the place of this command).\n",
    .run = run,
};
