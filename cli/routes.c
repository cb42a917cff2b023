/* openspeed routes: what answers which URL. */
#include "command.h"

static int run(int argc, char **argv)
{
    const char *dir = ".", *json = NULL, *files = NULL;
    const osp_option options[] = { { .name = "json", .value = &json },
                                   { .name = "files", .value = &files },
                                   { .name = NULL } };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_routes, &err);
    }
    const char *args[4] = { "--routes" };
    size_t count = 1;
    if (json != NULL) {
        args[count++] = "--json";
    }
    if (files != NULL) {
        args[count++] = "--files";
    }
    return osp_command_exec(dir, args, json != NULL);
}

const osp_command osp_command_routes = {
    .name = "routes",
    .usage = "routes [DIR] [--json] [--files]",
    .summary = "print what answers which URL",
    .help =
        "Builds the application in DIR (default: the current folder) where something changed and\n"
        "prints method, pattern and summary of every route, or its file where it has no summary.\n"
        "\n"
        "  --json    an array with method, pattern, file, line, handler and summary of each\n"
        "  --files   the files of public/ as well\n",
    .run = run,
};
