/* openspeed start: builds what is stale and runs the application. */
#include "command.h"

static int run(int argc, char **argv)
{
    const char *dir = ".", *json = NULL, *port = NULL, *host = NULL, *workers = NULL;
    const osp_option options[] = {
        { .name = "port", .kind = OSP_OPTION_INT, .value = &port, .min = 0, .max = 65535 },
        { .name = "host", .kind = OSP_OPTION_TEXT, .value = &host },
        { .name = "workers", .kind = OSP_OPTION_INT, .value = &workers, .min = 1, .max = 1024 },
        { .name = "json", .value = &json },
        { .name = NULL }
    };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_start, &err);
    }
    const struct {
        const char *name, *value;
    } given[] = { { "--port", port }, { "--host", host }, { "--workers", workers } };
    const char *args[2 * OSP_ARRAY_LEN(given) + 2] = { NULL };
    size_t count = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(given); i++) {
        if (given[i].value != NULL) {
            args[count++] = given[i].name;
            args[count++] = given[i].value;
        }
    }
    if (json != NULL) {
        args[count++] = "--json";
    }
    return osp_command_exec(dir, args, json != NULL);
}

const osp_command osp_command_start = {
    .name = "start",
    .usage = "start [DIR] [--port N] [--host H] [--workers N] [--json]",
    .summary = "build what changed and serve",
    .help =
        "Builds the application in DIR (default: the current folder) where something changed and\n"
        "runs it there.  What its database has not seen of migrations/ is applied first.\n"
        "\n"
        "  --port N       TCP port; 0 takes a free one (else PORT, else 3000)\n"
        "  --host H       address to listen on (else HOST, else 127.0.0.1)\n"
        "  --workers N    worker processes (default 1)\n"
        "  --json         a first line on stdout as JSON, for programs: pid and port, or why it\n"
        "                 did not start; the log stays text on stderr\n"
        "\n"
        "Environment: PORT, HOST; DATABASE_URL (default file:app.db; a relative one counts from\n"
        "DIR); OSP_DB_STATEMENT_S (seconds a statement may run, default 30); those of build.\n",
    .run = run,
};
