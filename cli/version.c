/* openspeed version. */
#include <stdio.h>

#include "command.h"

static int run(int argc, char **argv)
{
    const char *json = NULL;
    const osp_option options[] = { { .name = "json", .value = &json }, { .name = NULL } };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, NULL, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_version, &err);
    }
    if (json != NULL) {
        puts("{\"version\":\"" OSP_VERSION "\"}");
    } else {
        puts("openspeed " OSP_VERSION);
    }
    return OSP_EXIT_OK;
}

const osp_command osp_command_version = {
    .name = "version",
    .usage = "version [--json]",
    .summary = "print the version",
    .help = "  --json    as JSON\n",
    .run = run,
};
