/* openspeed dev: serves an application while it is being written. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "dev/dev.h"

#define LISTEN_MAX 8

/* What keeps a worker from what developers do: reading templates where they are, debuggers. */
static const char hardening[] = "landlock=off,dump=off,exec=off,wx=off";

static void say(osp_config_args *to, const char *path, const char *name, const char *value)
{
    if (value != NULL) {
        OSP_ASSERT(to->option_count < OSP_CONFIG_OPTIONS_MAX);
        to->options[to->option_count++] = (osp_settings_option){ path, name, value };
    }
}

/* The libraries may be named by a path that counts from where the command was given. */
static void keep_home(void)
{
    char real[PATH_MAX];
    const char *home = getenv("OPENSPEED_HOME");
    if (home != NULL && home[0] != '\0' && realpath(home, real) != NULL) {
        (void)setenv("OPENSPEED_HOME", real, 1);
    }
}

static int run(int argc, char **argv)
{
    const char *dir = ".", *port = NULL, *host = NULL, *config = NULL,
               *listen[LISTEN_MAX + 1] = { NULL };
    const char *fast = NULL, *poll = NULL, *plain = NULL, *json = NULL;
    const osp_option options[] = {
        { .name = "config", .kind = OSP_OPTION_TEXT, .value = &config },
        { .name = "port", .kind = OSP_OPTION_INT, .value = &port, .min = 0, .max = 65535 },
        { .name = "host", .kind = OSP_OPTION_TEXT, .value = &host },
        { .name = "listen", .kind = OSP_OPTION_MANY, .value = listen, .max = LISTEN_MAX },
        { .name = "fast", .value = &fast },
        { .name = "poll", .value = &poll },
        { .name = "no-sanitize", .value = &plain },
        { .name = "json", .value = &json },
        { .name = NULL }
    };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_dev, &err);
    }
    char path[PATH_MAX];
    if (config != NULL && osp_command_path(config, path, &err) != OSP_OK) {
        return osp_command_fail(&err, json != NULL);
    }
    keep_home();
    if (chdir(dir) != 0) {
        (void)osp_error_set(&err, OSP_E_NOT_FOUND, "%s: no such folder", dir);
        return osp_command_fail(&err, json != NULL);
    }
    osp_dev_options dev = { .dir = dir,
                            .config = { .file = config != NULL ? path : NULL, .harden = hardening },
                            .fast = fast != NULL,
                            .poll = poll != NULL,
                            .plain = plain != NULL,
                            .json = json != NULL };
    say(&dev.config, "listen.port", "--port", port);
    say(&dev.config, "listen.host", "--host", host);
    for (size_t i = 0; i < LISTEN_MAX; i++) {
        say(&dev.config, "listen.addresses", "--listen", listen[i]);
    }
    say(&dev.config, "log.access", "openspeed dev", "off");
    say(&dev.config, "log.errors", "openspeed dev", "stderr");
    return osp_dev_main(&dev);
}

const osp_command osp_command_dev = {
    .name = "dev",
    .usage =
        "dev [DIR] [--config FILE] [--port N] [--host H] [--listen ADDRESS]... [--fast] [--poll]\n"
        "                [--no-sanitize] [--json]",
    .summary = "serve an application while you write it",
    .help =
        "Serves the application in DIR (default: the current folder), and builds it again when a\n"
        "file changes: the new version answers as soon as it can, and browsers load their pages\n"
        "anew.  A version that does not build, does not pass its check or does not start leaves\n"
        "the one before answering, and the reason is shown in the browser and here; one that\n"
        "crashes in its first requests is taken back.\n"
        "\n"
        "Versions are made with AddressSanitizer and UBSan, which end a worker with a report when\n"
        "it does to memory what it must not.\n"
        "\n"
        "  --fast         make a preview by tcc first, which takes a tenth of the time; the build\n"
        "                 with sanitizers follows, takes its place and judges\n"
        "  --no-sanitize  without sanitizers, for compilers that have none\n"
        "  --poll         look for changes again and again, where the system tells of none: "
        "folders\n"
        "                 of other machines, some containers\n"
        "  --config FILE, --port N, --host H, --listen A\n"
        "                 as for start; a busy port is an error\n"
        "  --json         lines of JSON on stdout, one an event: listening, change, serving,\n"
        "                 failed, unchanged, stopped\n"
        "\n"
        "Pages get a script that listens at /_openspeed/events.  What is below /_openspeed "
        "answers\n"
        "to this machine alone, and is in no release build.\n"
        "\n"
        "Environment: as for start and build; ASAN_OPTIONS, UBSAN_OPTIONS.\n",
    .run = run,
};
