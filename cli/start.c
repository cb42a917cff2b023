/* openspeed start: builds what is stale and runs the application. */
#include "command.h"

static int run(int argc, char **argv)
{
    const char *dir = ".", *json = NULL, *port = NULL, *host = NULL, *workers = NULL;
    const char *user = NULL, *harden = NULL, *seccomp = NULL, *read = NULL, *write = NULL;
    const osp_option options[] = {
        { .name = "port", .kind = OSP_OPTION_INT, .value = &port, .min = 0, .max = 65535 },
        { .name = "host", .kind = OSP_OPTION_TEXT, .value = &host },
        { .name = "workers", .kind = OSP_OPTION_INT, .value = &workers, .min = 1, .max = 1024 },
        { .name = "user", .kind = OSP_OPTION_TEXT, .value = &user },
        { .name = "harden", .kind = OSP_OPTION_TEXT, .value = &harden },
        { .name = "seccomp", .kind = OSP_OPTION_TEXT, .value = &seccomp },
        { .name = "read", .kind = OSP_OPTION_TEXT, .value = &read },
        { .name = "write", .kind = OSP_OPTION_TEXT, .value = &write },
        { .name = "json", .value = &json },
        { .name = NULL }
    };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_start, &err);
    }
    const struct {
        const char *name, *value;
    } given[] = { { "--port", port }, { "--host", host },     { "--workers", workers },
                  { "--user", user }, { "--harden", harden }, { "--seccomp", seccomp },
                  { "--read", read }, { "--write", write } };
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
    .usage = "start [DIR] [--port N] [--host H] [--workers N] [--user NAME] [--harden WORDS]\n"
             "                [--seccomp MODE] [--read PATHS] [--write PATHS] [--json]",
    .summary = "build what changed and serve",
    .help =
        "Builds the application in DIR (default: the current folder) where something changed and\n"
        "runs it there.  What its database has not seen of migrations/ is applied first.\n"
        "\n"
        "  --port N       TCP port; 0 takes a free one (else PORT, else 3000)\n"
        "  --host H       address to listen on (else HOST, else 127.0.0.1)\n"
        "  --workers N    worker processes (default 1)\n"
        "  --user NAME    become this user once built: a name, UID or UID:GID (else "
        "OPENSPEED_USER)\n"
        "  --harden WORDS off, or what to leave out of: landlock=off (files that nobody named),\n"
        "                 privileges=off (capabilities), exec=off (starting programs), wx=off\n"
        "                 (written memory as code), dump=off (cores, debuggers), umask=off;\n"
        "                 verbose=on lets each worker say what holds (else OPENSPEED_HARDEN)\n"
        "  --seccomp MODE on, off, or strict: only system calls that are known (else\n"
        "                 OPENSPEED_SECCOMP, else on)\n"
        "  --read PATHS   more files and folders that workers may read, colons between them (else\n"
        "                 OPENSPEED_READ)\n"
        "  --write PATHS  and write (else OPENSPEED_WRITE)\n"
        "  --json         a first line on stdout as JSON, for programs: pid and port, or why it\n"
        "                 did not start; the log stays text on stderr\n"
        "\n"
        "Environment: PORT, HOST; DATABASE_URL (default file:app.db; a relative one counts from\n"
        "DIR); OSP_DB_STATEMENT_S (seconds a statement may run, default 30); those of build.\n",
    .run = run,
};
