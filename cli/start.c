/* openspeed start: builds what is stale and runs the application. */
#include <limits.h>

#include "command.h"
#include "serve/config.h"

static int run(int argc, char **argv)
{
    const char *dir = ".", *json = NULL, *port = NULL, *host = NULL, *workers = NULL,
               *config = NULL;
    const osp_option options[] = {
        { .name = "port", .kind = OSP_OPTION_INT, .value = &port, .min = 0, .max = 65535 },
        { .name = "host", .kind = OSP_OPTION_TEXT, .value = &host },
        { .name = "workers",
          .kind = OSP_OPTION_INT,
          .value = &workers,
          .min = 1,
          .max = OSP_WORKERS_MAX },
        { .name = "config", .kind = OSP_OPTION_TEXT, .value = &config },
        { .name = "json", .value = &json },
        { .name = NULL }
    };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_start, &err);
    }
    char path[PATH_MAX];
    if (config != NULL) {
        if (osp_command_path(config, path, &err) != OSP_OK) {
            return osp_command_fail(&err, json != NULL);
        }
        config = path;
    }
    const struct {
        const char *name, *value;
    } given[] = {
        { "--port", port }, { "--host", host }, { "--workers", workers }, { "--config", config }
    };
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
    .usage = "start [DIR] [--config FILE] [--port N] [--host H] [--workers N] [--json]",
    .summary = "build what changed and serve",
    .help =
        "Builds the application in DIR (default: the current folder) where something changed and\n"
        "runs it there.  What its database has not seen of migrations/ is applied first.\n"
        "\n"
        "  --config FILE  the configuration (else OPENSPEED_CONFIG, else DIR/openspeed.json if it\n"
        "                 is there); see openspeed help config\n"
        "  --port N       TCP port; 0 takes a free one (else PORT, else 3000)\n"
        "  --host H       address to listen on (else HOST, else 127.0.0.1)\n"
        "  --workers N    worker processes (default 1)\n"
        "  --json         a first line on stdout as JSON, for programs: pid and port, or why it\n"
        "                 did not start; the log stays text on stderr\n"
        "\n"
        "Options win over the environment, and that over the file.  SIGHUP reads all of it again\n"
        "and replaces the workers one after the other without losing a request.\n"
        "\n"
        "Environment: PORT, HOST; OPENSPEED_* for each key; DATABASE_URL (default file:app.db; a\n"
        "relative one counts from DIR) or DATABASE_URL_FILE; OSP_DB_STATEMENT_S (seconds a\n"
        "statement may run, default 30); those of build.\n",
    .run = run,
};
