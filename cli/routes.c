/* openspeed routes: what answers which URL. */
#include "command.h"

static int run(int argc, char **argv)
{
    const char *dir = ".", *json = NULL;
    const osp_option options[] = { { .name = "json", .value = &json }, { .name = NULL } };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_routes, &err);
    }
    const char *const args[] = { "--routes", json != NULL ? "--json" : NULL, NULL };
    return osp_command_exec(dir, args, json != NULL);
}

const osp_command osp_command_routes = {
    .name = "routes",
    .usage = "routes [DIR] [--json]",
    .summary = "print what answers which URL",
    .help =
        "Builds the application in DIR (default: the current folder) where something changed and\n"
        "prints method, pattern and summary of every route, or its file where it has no summary.\n"
        "\n"
        "  --json    an array with method, pattern, file, line, handler and summary of each\n",
    .run = run,
};
