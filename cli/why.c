/* openspeed why: what runs for a request. */
#include "command.h"

static int run(int argc, char **argv)
{
    return osp_command_ask(&osp_command_why, "--why", argc, argv);
}

const osp_command osp_command_why = {
    .name = "why",
    .usage = "why METHOD URL [DIR] [--json]",
    .summary = "print what runs for a request, in order",
    .help =
        "Builds the application in DIR (default: the current folder) where something changed and\n"
        "prints, with file and line, the middleware around a request, what providers make for it\n"
        "and when that is closed, the handler, how large a body may be and the status of a "
        "success;\n"
        "also for a request that is refused.\n"
        "\n"
        "  --json    the same as one JSON object\n",
    .run = run,
};
