/* openspeed generate: the first lines of a route, page, middleware, provider or type. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/words.h"
#include "build/generate.h"
#include "command.h"

static int fail_usage(const char *kind, osp_error *err)
{
    osp_nearest nearest = { .word = osp_str_from(kind) };
    for (const osp_generate_kind *at = osp_generate_kinds; at->name != NULL; at++) {
        osp_nearest_try(&nearest, at->name);
    }
    if (nearest.name != NULL) {
        (void)osp_error_set(err, OSP_E_INVALID, "there is no \"%.40s\"; did you mean %s?", kind,
                            nearest.name);
    } else {
        (void)osp_error_set(err, OSP_E_INVALID,
                            "say what: route, page, layout, middleware, provider or "
                            "type");
    }
    return osp_command_usage(&osp_command_generate, err);
}

static void print(const osp_generated *made, const char *dir, bool json)
{
    const osp_kit_list *files = &made->files;
    fputs(json ? "{\"ok\":true,\"files\":[" : "", stdout);
    for (size_t i = 0; i < files->count; i++) {
        if (json) {
            fputs(i > 0 ? "," : "", stdout);
            osp_command_json_text(files->items[i]);
        } else if (strcmp(dir, ".") == 0) {
            puts(files->items[i]);
        } else {
            printf("%s/%s\n", dir, (const char *)files->items[i]);
        }
    }
    fputs(json ? "]" : "", stdout);
    if (made->advice != NULL && json) {
        fputs(",\"advice\":", stdout);
        osp_command_json_text(made->advice);
    } else if (made->advice != NULL) {
        fprintf(stderr, "%s\n", made->advice);
    }
    fputs(json ? "}\n" : "", stdout);
}

/* A folder without routes/ would get files that nothing builds. */
static osp_status check_app(osp_arena *arena, const char *dir, osp_error *err)
{
    struct stat info;
    return stat(osp_kit_format(arena, "%s/routes", dir), &info) == 0 && S_ISDIR(info.st_mode)
               ? OSP_OK
               : osp_error_set(err, OSP_E_INVALID,
                               "%s is no application: it has no routes/; go to its folder, or say "
                               "--dir",
                               dir);
}

static int generate(const osp_generate_kind *kind, const osp_generate_options *options, bool json)
{
    osp_arena arena;
    osp_generated made = { .advice = NULL };
    osp_error err = { 0 };
    int code = OSP_EXIT_OK;
    osp_arena_init(&arena, NULL, 0, OSP_BUILD_ARENA_MAX);
    if (check_app(&arena, options->dir, &err) != OSP_OK ||
        kind->write(&arena, options, &made, &err) != OSP_OK) {
        code = osp_command_fail(&err, json);
    } else {
        print(&made, options->dir, json);
    }
    osp_arena_done(&arena);
    return code;
}

static int run(int argc, char **argv)
{
    osp_generate_options what = { .dir = "." };
    const char *json = NULL;
    const osp_option options[] = {
        { .name = "method", .kind = OSP_OPTION_TEXT, .value = &what.methods },
        { .name = "dir", .kind = OSP_OPTION_TEXT, .value = &what.dir },
        { .name = "json", .value = &json },
        { .name = NULL }
    };
    osp_error err = { 0 };
    const osp_generate_kind *kind = osp_generate_kinds;
    while (argc > 0 && kind->name != NULL && strcmp(kind->name, argv[0]) != 0) {
        kind++;
    }
    if (argc == 0 || kind->name == NULL) {
        return fail_usage(argc > 0 ? argv[0] : "", &err);
    }
    osp_status status = osp_args_read(argc - 1, argv + 1, options, &what.name, &err);
    if (status == OSP_OK && what.name == NULL) {
        status = osp_error_set(&err, OSP_E_INVALID, "say a name for the %s", kind->name);
    } else if (status == OSP_OK && what.methods != NULL && strcmp(kind->name, "route") != 0) {
        status = osp_error_set(&err, OSP_E_INVALID, "--method is for routes");
    }
    if (status != OSP_OK) {
        return osp_command_usage(&osp_command_generate, &err);
    }
    return generate(kind, &what, json != NULL);
}

const osp_command osp_command_generate = {
    .name = "generate",
    .usage =
        "generate route|page|layout|middleware|provider|type NAME [--method LIST] [--dir DIR]\n"
        "                          [--json]",
    .summary = "write the first lines of a route, page, middleware, provider or type",
    .help = "  route PATH     routes/PATH/route.c and its tests; PATH is the URL, as folders write "
            "it:\n"
            "                 api/users/[id=int], files/[...path]\n"
            "  page PATH      routes/PATH/page.html, page.c that fills it, and tests\n"
            "  layout PATH    routes/PATH/layout.html, which is around all pages at and below that "
            "folder\n"
            "  middleware PATH\n"
            "                 routes/PATH/middleware.c, which wraps all at and below that folder\n"
            "  provider NAME  lib/NAME.h and lib/NAME.c: something that handlers need\n"
            "  type NAME      lib/NAME.h: a described type\n"
            "\n"
            "What is written compiles and passes its tests.  A file that is there already is left "
            "as it\n"
            "is, and an error.\n"
            "\n"
            "  --method LIST  methods of a route, by commas: GET,POST (default GET)\n"
            "  --dir DIR      the application (default: the current folder)\n"
            "  --json         what was written as one JSON object on stdout\n",
    .run = run,
};
