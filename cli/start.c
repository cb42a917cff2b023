/* openspeed start: builds what is stale and runs the application. */
#include <limits.h>
#include <stdio.h>

#include "command.h"

#define LISTEN_MAX 16 /* as many as an application takes */

/* What the application reads by itself, with a value. */
static const char *const passed[] = {
    "config", /* the first: its path is made to mean the same in the application's folder */
    "port",   "host",   "workers", "backlog", "trusted-proxies", "drain-delay", "pid-file",
    "user",   "harden", "seccomp", "read",    "write",           "access-log"
};
/* And without one. */
static const char *const flags[] = { "json", /* the first: it is ours too */
                                     "proxy-protocol", "forwarded", "no-health" };

static int run(int argc, char **argv)
{
    const char *dir = ".", *listen[LISTEN_MAX] = { NULL };
    const char *set[OSP_ARRAY_LEN(flags)] = { NULL };
    const char *values[OSP_ARRAY_LEN(passed)] = { NULL };
    osp_option options[OSP_ARRAY_LEN(passed) + OSP_ARRAY_LEN(flags) + 2] = {
        { .name = "listen", .kind = OSP_OPTION_MANY, .value = listen, .max = LISTEN_MAX },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(passed); i++) {
        options[1 + i] =
            (osp_option){ .name = passed[i], .kind = OSP_OPTION_TEXT, .value = &values[i] };
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(flags); i++) {
        options[1 + OSP_ARRAY_LEN(passed) + i] = (osp_option){ .name = flags[i], .value = &set[i] };
    }
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_start, &err);
    }
    char path[PATH_MAX];
    if (values[0] != NULL) {
        if (osp_command_path(values[0], path, &err) != OSP_OK) {
            return osp_command_fail(&err, set[0] != NULL);
        }
        values[0] = path;
    }
    char names[OSP_ARRAY_LEN(passed) + OSP_ARRAY_LEN(flags)][24];
    const char *args[2 * (OSP_ARRAY_LEN(passed) + LISTEN_MAX) + OSP_ARRAY_LEN(flags) + 1] = {
        NULL
    };
    size_t count = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(passed); i++) {
        if (values[i] != NULL) {
            (void)snprintf(names[i], sizeof names[i], "--%s", passed[i]);
            args[count++] = names[i];
            args[count++] = values[i];
        }
    }
    for (size_t i = 0; i < LISTEN_MAX && listen[i] != NULL; i++) {
        args[count++] = "--listen";
        args[count++] = listen[i];
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(flags); i++) {
        char *name = names[OSP_ARRAY_LEN(passed) + i];
        if (set[i] != NULL) {
            (void)snprintf(name, sizeof names[0], "--%s", flags[i]);
            args[count++] = name;
        }
    }
    return osp_command_exec(dir, args, set[0] != NULL);
}

const osp_command osp_command_start = {
    .name = "start",
    .usage =
        "start [DIR] [--config FILE] [--listen ADDRESS]... [--port N] [--host H]\n"
        "                [--backlog N] [--trusted-proxies LIST [--forwarded] [--proxy-protocol]]\n"
        "                [--pid-file FILE] [--drain-delay S] [--no-health] [--workers N]\n"
        "                [--user NAME] [--harden WORDS] [--seccomp MODE] [--read PATHS]\n"
        "                [--write PATHS] [--access-log TO] [--json]",
    .summary = "build what changed and serve",
    .help =
        "Builds the application in DIR (default: the current folder) where something changed and\n"
        "runs it there.  What its database has not seen of migrations/ is applied first.\n"
        "\n"
        "  --config FILE  the configuration (else OPENSPEED_CONFIG, else DIR/openspeed.json if it\n"
        "                 is there); see openspeed help config\n"
        "  --port N       TCP port; 0 takes a free one (else PORT, else 3000)\n"
        "  --host H       address to listen on (else HOST, else 127.0.0.1)\n"
        "  --listen A     listen there instead, several times for several addresses: HOST:PORT,\n"
        "                 [::1]:PORT, *:PORT, unix:/PATH[,mode=0660], unix:@NAME\n"
        "  --backlog N    connections that queue at each address (default 16384)\n"
        "  --trusted-proxies LIST\n"
        "                 addresses, ranges and \"unix\", by commas: whose X-Forwarded-For, -Proto "
        "and\n"
        "                 -Host are believed; with --forwarded, Forwarded in place of those; with\n"
        "                 --proxy-protocol, the PROXY protocol, version 1 or 2\n"
        "  --pid-file F   write the number of the process there\n"
        "  --drain-delay S\n"
        "                 from SIGTERM on answer /readyz 503 for so long, then end (default 0)\n"
        "  --no-health    leave /livez and /readyz to the application\n"
        "  --workers N    worker processes, or auto, the default: one for each processor it may "
        "use\n"
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
        "  --access-log TO\n"
        "                 a line for each request: off, stdout, stderr or a file, which counts "
        "from\n"
        "                 DIR; see log in openspeed.json\n"
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
