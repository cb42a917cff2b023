/* The main function of every application: options, then supervisor or worker. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/check.h"
#include "serve/cpus.h"
#include "serve/harden.h"
#include "serve/supervisor.h"
#include "serve/worker.h"

#define OSP_CHECK_OUTPUT_MAX (1 << 20)
#define OSP_OPENAPI_OUTPUT_MAX ((size_t)64 << 20)

static const char help[] =
    "usage: %s [options]\n\n"
    "  --host HOST      address to listen on (HOST, default 127.0.0.1)\n"
    "  --port PORT      port to listen on, 0 for any free one (PORT, default 3000)\n"
    "  --listen ADDRESS listen there instead: HOST:PORT, [::1]:PORT, *:PORT, "
    "unix:/PATH[,mode=0660]\n"
    "                   or unix:@NAME; may be given several times\n"
    "  --backlog N      connections that queue at each address (default 16384)\n"
    "  --trusted-proxies LIST\n"
    "                   addresses, ranges and \"unix\", by commas: whose X-Forwarded-For, -Proto "
    "and\n"
    "                   -Host are believed\n"
    "  --forwarded      they send Forwarded (RFC 7239) in place of X-Forwarded-*\n"
    "  --proxy-protocol they speak the PROXY protocol, version 1 or 2\n"
    "  --pid-file FILE  write the number of the process there\n"
    "  --drain-delay S  from SIGTERM on be not ready for so long, then end (default 0)\n"
    "  --no-health      leave /livez and /readyz to the application\n"
    "  --workers N      worker processes, or auto: one for each processor it may use (default 1)\n"
    "  --user NAME      become this user: a name, UID or UID:GID (OPENSPEED_USER)\n"
    "  --harden WORDS   off, or what to leave out: landlock=off,privileges=off,exec=off,wx=off,\n"
    "                   dump=off,umask=off; verbose=on says what holds (OPENSPEED_HARDEN)\n"
    "  --seccomp MODE   on, off or strict (OPENSPEED_SECCOMP, default on)\n"
    "  --read PATHS     more files and folders that workers read, colons between (OPENSPEED_READ)\n"
    "  --write PATHS    and write (OPENSPEED_WRITE)\n"
    "  --json           announce pid and port as one line of JSON\n"
    "  --routes         print the routes and exit; with --json as JSON\n"
    "  --openapi        print the OpenAPI document and exit\n"
    "  --migrate        prepare the application's resources (run its migrations) and exit;\n"
    "                   with --json as JSON\n"
    "  --check          prove what compilers cannot (inputs fit their URLs) and exit; the build "
    "does it\n"
    "  --help           this text\n\n"
    "SIGTERM and SIGINT end it when its requests have; SIGUSR2 lets the executable that now stands "
    "at\n"
    "its place take over, with these options, without a pause.\n";

typedef enum action {
    ACTION_SERVE,
    ACTION_ROUTES,
    ACTION_OPENAPI,
    ACTION_MIGRATE,
    ACTION_CHECK,
    ACTION_WORKER,
    ACTION_HELP
} action;

typedef struct arguments {
    osp_serve_options serve;
    action action;
} arguments;

static const char *environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != 0 ? value : otherwise;
}

static bool parse_number(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
    return osp_str_to_int(osp_str_from(text), ret_value) == OSP_OK && *ret_value >= min &&
           *ret_value <= max;
}

static bool parse_flag(arguments *into, const char *name)
{
    static const struct {
        const char *name;
        action action;
    } flags[] = { { "--routes", ACTION_ROUTES },   { "--openapi", ACTION_OPENAPI },
                  { "--migrate", ACTION_MIGRATE }, { "--check", ACTION_CHECK },
                  { "--worker", ACTION_WORKER },   { "--help", ACTION_HELP } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(flags); i++) {
        if (strcmp(name, flags[i].name) == 0) {
            into->action = flags[i].action;
            return true;
        }
    }
    if (strcmp(name, "--json") == 0) {
        into->serve.json = true;
        return true;
    }
    return osp_front_flag(&into->serve.front, name);
}

static bool parse_valued(arguments *into, const char *name, const char *value)
{
    int64_t number;
    bool valid;
    if (strcmp(name, "--host") == 0) {
        into->serve.host = value;
        into->serve.host_said = true;
        return true;
    }
    if (strcmp(name, "--port") == 0) {
        into->serve.port = value;
        into->serve.host_said = true;
        return true;
    }
    if (osp_front_option(&into->serve.front, name, value, &valid)) {
        return valid;
    }
    if (strcmp(name, "--workers") == 0) {
        if (strcmp(value, "auto") == 0) {
            into->serve.workers = osp_cpus_usable(OSP_WORKERS_MAX);
            return true;
        }
        if (!parse_number(value, 1, OSP_WORKERS_MAX, &number)) {
            fprintf(stderr, "error: --workers takes auto or a number from 1 to %d, not \"%s\"\n",
                    OSP_WORKERS_MAX, value);
            return false;
        }
        into->serve.workers = (size_t)number;
        return true;
    }
    if (osp_harden_option(name, value)) {
        return true;
    }
    fprintf(stderr, "error: unknown option \"%s\"; see --help\n", name);
    return false;
}

static bool parse(arguments *into, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (parse_flag(into, argv[i])) {
            continue;
        }
        if (i + 1 == argc) {
            fprintf(stderr, "error: \"%s\" is unknown or lacks its value; see --help\n", argv[i]);
            return false;
        }
        if (!parse_valued(into, argv[i], argv[i + 1])) {
            return false;
        }
        i++;
    }
    int64_t port;
    if (into->action == ACTION_SERVE && !parse_number(into->serve.port, 0, 65535, &port)) {
        fprintf(stderr, "error: \"%s\" is not a port (0 to 65535)\n", into->serve.port);
        return false;
    }
    return osp_front_valid(&into->serve.front);
}

static int check(const osp_app_def *app)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, OSP_CHECK_OUTPUT_MAX);
    const size_t found = osp_check_app(app, &out);
    if (out.len > 0) {
        (void)fwrite(out.ptr, 1, out.len, stderr);
    }
    osp_buf_done(&out);
    return found != 0;
}

static int print_openapi(const osp_app_def *app)
{
    osp_buf out;
    osp_error err = { 0 };
    osp_buf_init(&out, NULL, 0, OSP_OPENAPI_OUTPUT_MAX);
    osp_status status = OSP_E_UNSUPPORTED;
    if (app->openapi != NULL) {
        status = app->openapi(app, &out, &err);
    }
    if (status == OSP_OK) {
        osp_buf_byte(&out, '\n');
        status = fwrite(out.ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0 ? OSP_OK
                                                                                       : OSP_E_IO;
    }
    osp_buf_done(&out);
    if (status != OSP_OK) {
        fprintf(stderr, "%s\n", err.message[0] ? err.message : osp_status_text(status));
    }
    return status != OSP_OK;
}

/* Before anything is opened or made. */
static bool harden(void)
{
    osp_harden_options options;
    osp_error error = { 0 };
    if (osp_harden_read(&options, &error) != OSP_OK ||
        osp_harden_begin(&options, &error) != OSP_OK) {
        fprintf(stderr, "error: %s\n", error.message);
        return false;
    }
    return true;
}

int osp_serve_main(const osp_app_def *app, int argc, char **argv)
{
    arguments args = { .serve = { .arguments = argv,
                                  .host = environment("HOST", "127.0.0.1"),
                                  .port = environment("PORT", "3000"),
                                  .workers = 1 } };
    if (!parse(&args, argc, argv)) {
        return 2;
    }
    switch (args.action) {
    case ACTION_WORKER:
        return osp_worker_main(app, &args.serve.front);
    case ACTION_ROUTES:
        osp_routes_print(app, args.serve.json);
        return 0;
    case ACTION_OPENAPI:
        return print_openapi(app);
    case ACTION_HELP:
        printf(help, argv[0]);
        return 0;
    case ACTION_MIGRATE:
        return harden() ? osp_migrate_main(app, args.serve.json) : 2;
    case ACTION_CHECK:
        return check(app);
    case ACTION_SERVE:
        break;
    }
    if (!harden()) {
        return 2;
    }
    /* No check: the build runs it, and without it there is no executable. */
    const int failed = osp_prepare_main(app);
    return failed != 0 ? failed : osp_supervise(app, &args.serve);
}
