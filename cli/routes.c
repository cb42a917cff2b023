/* openspeed routes: what answers which URL. */
#include <string.h>

#include "command.h"

static int run(int argc, char **argv)
{
    if (argc > 0 && strcmp(argv[0], "explain") == 0) {
        return osp_command_ask(&osp_command_routes, "--explain", argc - 1, argv + 1);
    }
    const char *dir = ".", *json = NULL, *files = NULL, *lock = NULL, *check = NULL;
    const osp_option options[] = { { .name = "json", .value = &json },
                                   { .name = "files", .value = &files },
                                   { .name = "lock", .value = &lock },
                                   { .name = "check", .value = &check },
                                   { .name = NULL } };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_routes, &err);
    }
    if ((lock != NULL) + (check != NULL) + (files != NULL) > 1) {
        (void)osp_error_set(&err, OSP_E_INVALID, "one of --files, --lock and --check at a time");
        return osp_command_usage(&osp_command_routes, &err);
    }
    const char *args[4] = { lock != NULL ? "--lock" : check != NULL ? "--check-lock" : "--routes" };
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
    .usage = "routes [DIR] [--json] [--files] [--lock | --check]\n"
             "       openspeed routes explain METHOD URL [DIR] [--json]",
    .summary = "print what answers which URL",
    .help =
        "Builds the application in DIR (default: the current folder) where something changed and\n"
        "prints method, pattern and summary of every route and of each action of a page, or its\n"
        "file where it has no summary.\n"
        "\n"
        "  --json    an array with method, pattern, kind (route, page, file), file, line, handler\n"
        "            and summary of each; of a page its template, layouts and actions\n"
        "  --files   the files of public/ as well\n"
        "  --lock    write routes.lock into DIR: every URL with who may ask, what runs around it,\n"
        "            what it takes and gives; to be committed and reviewed\n"
        "  --check   fail where the application differs from it, and show where\n"
        "\n"
        "explain says which route answers a request and with what parameters, each other route\n"
        "that could have and why it does not, and for a URL that nothing answers the routes that\n"
        "come nearest.  (A folder named explain is ./explain.)\n",
    .run = run,
};
