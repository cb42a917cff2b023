/* The main function of every application: options, then supervisor or worker. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/graph.h"
#include "serve/check.h"
#include "serve/explain.h"
#include "serve/harden.h"
#include "serve/lock.h"
#include "serve/supervisor.h"
#include "serve/worker.h"

#define OSP_CHECK_OUTPUT_MAX (1 << 20)
#define OSP_EXPLAIN_OUTPUT_MAX ((size_t)16 << 20)
#define OSP_OPENAPI_OUTPUT_MAX ((size_t)64 << 20)

static const char help[] =
    "usage: %s [options]\n"
    "       %s db migrate|status|check|backup FILE [options]; see db --help\n\n"
    "  --config FILE    the configuration (OPENSPEED_CONFIG, else openspeed.json if it is there)\n"
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
    "  --workers N      worker processes, or auto, the default: one for each processor it may use\n"
    "  --access-log TO  a line for each request: off, stdout, stderr or a file (default off)\n"
    "  --user NAME      become this user: a name, UID or UID:GID (OPENSPEED_USER)\n"
    "  --harden WORDS   off, or what to leave out: landlock=off,privileges=off,exec=off,wx=off,\n"
    "                   dump=off,umask=off; verbose=on says what holds (OPENSPEED_HARDEN)\n"
    "  --seccomp MODE   on, off or strict (OPENSPEED_SECCOMP, default on)\n"
    "  --read PATHS     more files and folders that workers read, colons between (OPENSPEED_READ)\n"
    "  --write PATHS    and write (OPENSPEED_WRITE)\n"
    "  --json           announce pid and port as one line of JSON\n"
    "  --routes         print the routes and exit; with --json as JSON, with --files also those "
    "of\n"
    "                   public/\n"
    "  --explain METHOD URL\n"
    "                   say which route answers, and why no other does, and exit; with --json\n"
    "  --why METHOD URL say what runs for a request, in order, and exit; with --json\n"
    "  --lock           write routes.lock, what the URLs are, into the current folder and exit\n"
    "  --check-lock     say where routes.lock differs, and exit; with --json as JSON\n"
    "  --openapi        print the OpenAPI document and exit\n"
    "  --migrate        the same as db migrate\n"
    "  --check          prove what compilers cannot (inputs fit their URLs) and exit; the build "
    "does it\n"
    "  --forget         say which routes would be open without each provider that authenticates, "
    "and "
    "exit\n"
    "  --help           this text\n\n"
    "Each key of the configuration is also a variable, OPENSPEED_LIMITS_BODY for limits.body; an\n"
    "option wins over a variable, and that over the file.\n\n"
    "SIGTERM and SIGINT end it when its requests have; SIGHUP reads the configuration again; "
    "SIGUSR2\n"
    "lets the executable that now stands at its place take over, with these options, without a "
    "pause.\n";

static const char help_db[] =
    "usage: %s db migrate|status|check|backup FILE [options]\n\n"
    "  migrate          applies the migrations that are in this executable and not in the "
    "database;\n"
    "                   a server does so too when it starts\n"
    "  status           says which are applied; exits with 3 where some are pending\n"
    "  check            looks at the file, its rows, its migrations and its schema\n"
    "  backup FILE      copies the database, while others write to it\n\n"
    "  --json           what came of it as one JSON object on stdout\n"
    "  --force          a backup may take the place of FILE\n"
    "  --out-of-order   apply migrations that stand before an applied one, too\n"
    "  --wait S         seconds to wait for another process that migrates (default 60)\n"
    "  --config FILE, --user NAME\n"
    "                   as for a server\n\n"
    "Exits with 0, with 1 for a failure, 2 for wrong words, 3 as said.\n"
    "Environment: DATABASE_URL (default file:app.db) or DATABASE_URL_FILE.\n\n"
    "    %s db backup nightly.db --force\n";

typedef enum action {
    ACTION_SERVE,
    ACTION_ROUTES,
    ACTION_EXPLAIN,
    ACTION_WHY,
    ACTION_LOCK,
    ACTION_CHECK_LOCK,
    ACTION_JOBS,
    ACTION_OPENAPI,
    ACTION_ORDER,
    ACTION_CHECK,
    ACTION_FORGET,
    ACTION_WORKER,
    ACTION_HELP,
    ACTION_HELP_DB
} action;

typedef struct arguments {
    osp_serve_options serve;
    action action;
    bool files;                  /* of public/, among the routes */
    const char *method, *target; /* of --explain and --why */
    osp_worker_options worker;
    osp_resource_order order;
} arguments;

/* Options that say keys of the configuration. */
typedef struct key_option {
    const char *name, *path;
    const char *value; /* NULL: it takes one */
} key_option;

static const key_option key_options[] = {
    { "--host", "listen.host", NULL },
    { "--port", "listen.port", NULL },
    { "--backlog", "listen.backlog", NULL },
    { "--listen", "listen.addresses", NULL },
    { "--workers", "workers", NULL },
    { "--access-log", "log.access", NULL },
    { "--trusted-proxies", "proxies.trusted", NULL },
    { "--forwarded", "proxies.header", "forwarded" },
    { "--proxy-protocol", "proxies.protocol", "true" },
    { "--pid-file", "pid_file", NULL },
    { "--drain-delay", "deadlines.drain_delay_s", NULL },
    { "--no-health", "health", "false" },
    { "--user", "harden.user", NULL },
    { "--seccomp", "harden.seccomp", NULL },
    { "--read", "harden.read", NULL },
    { "--write", "harden.write", NULL },
};

static const key_option *key_option_of(const char *name)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(key_options); i++) {
        if (strcmp(name, key_options[i].name) == 0) {
            return &key_options[i];
        }
    }
    return NULL;
}

static bool say_key(osp_config_args *config, const key_option *option, const char *value)
{
    if (config->option_count == OSP_CONFIG_OPTIONS_MAX) {
        fprintf(stderr, "error: more than %d options\n", OSP_CONFIG_OPTIONS_MAX);
        return false;
    }
    const bool all = strcmp(option->path, "workers") == 0 && strcmp(value, "auto") == 0;
    config->options[config->option_count++] =
        (osp_settings_option){ option->path, option->name, all ? "0" : value };
    return true;
}

static bool parse_flag(arguments *into, const char *name)
{
    static const struct {
        const char *name;
        action action;
    } flags[] = { { "--routes", ACTION_ROUTES }, { "--openapi", ACTION_OPENAPI },
                  { "--jobs", ACTION_JOBS },     { "--migrate", ACTION_ORDER },
                  { "--lock", ACTION_LOCK },     { "--check-lock", ACTION_CHECK_LOCK },
                  { "--check", ACTION_CHECK },   { "--forget", ACTION_FORGET },
                  { "--worker", ACTION_WORKER }, { "--help", ACTION_HELP } };
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
    if (strcmp(name, "--files") == 0) {
        into->files = true;
        return true;
    }
    if (strcmp(name, "--development") == 0 || strcmp(name, "--preview") == 0) {
        into->worker.development = true; /* from `openspeed dev` */
        into->worker.preview = strcmp(name, "--preview") == 0;
        return true;
    }
    return false;
}

static bool is_valued(const char *name)
{
    return key_option_of(name) != NULL || strcmp(name, "--config") == 0 ||
           strcmp(name, "--harden") == 0 || strcmp(name, "--listeners") == 0;
}

/* value: NULL when nothing comes behind. */
static bool parse_valued(arguments *into, const char *name, const char *value)
{
    osp_config_args *config = &into->serve.config;
    const key_option *option = key_option_of(name);
    int64_t number = 0;
    if (value == NULL && is_valued(name)) {
        fprintf(stderr, "error: %s needs a value; see --help\n", name);
        return false;
    }
    if (option != NULL) {
        return say_key(config, option, value);
    }
    if (strcmp(name, "--config") == 0) {
        config->file = value;
    } else if (strcmp(name, "--harden") == 0) {
        config->harden = value;
    } else if (strcmp(name, "--listeners") == 0 && /* from the supervisor */
               osp_str_to_int(osp_str_from(value), &number) == OSP_OK && number >= 1 &&
               number <= OSP_LISTENERS_MAX) {
        into->worker.listener_count = (size_t)number;
    } else {
        fprintf(stderr, "error: unknown option \"%s\"; see --help\n", name);
        return false;
    }
    return true;
}

/* "--explain METHOD URL".  OSP_DONE: it is another option. */
static osp_status parse_asked(arguments *into, char **argv, int *at)
{
    const bool why = strcmp(argv[*at], "--why") == 0;
    if (!why && strcmp(argv[*at], "--explain") != 0) {
        return OSP_DONE;
    }
    if (argv[*at + 1] == NULL || argv[*at + 2] == NULL) {
        fprintf(stderr, "error: %s needs a method and a URL; see --help\n", argv[*at]);
        return OSP_E_INVALID;
    }
    into->action = why ? ACTION_WHY : ACTION_EXPLAIN;
    into->method = argv[++*at];
    into->target = argv[++*at];
    return OSP_OK;
}

/* "db VERB", which may stand behind options that somebody else has given, such as an image. */
static osp_status parse_order(arguments *into, char **argv, int *at)
{
    static const char *const verbs[] = { "migrate", "status", "check", "backup" };
    const char *verb = argv[++*at];
    if (verb != NULL && (strcmp(verb, "--help") == 0 || strcmp(verb, "help") == 0)) {
        into->action = ACTION_HELP_DB;
        return OSP_OK;
    }
    for (size_t i = 0; verb != NULL && i < OSP_ARRAY_LEN(verbs); i++) {
        if (strcmp(verb, verbs[i]) == 0) {
            into->action = ACTION_ORDER;
            into->order.verb = verbs[i];
            return OSP_OK;
        }
    }
    fprintf(stderr, "error: say db migrate, status, check or backup FILE; see db --help\n");
    return OSP_E_INVALID;
}

/* What only an order takes.  OSP_DONE: it is another option. */
static osp_status parse_order_option(arguments *into, char **argv, int *at)
{
    int64_t seconds = 0;
    const bool takes_file = strcmp(into->order.verb, "backup") == 0 && into->order.file == NULL;
    if (argv[*at][0] != '-' && takes_file) {
        into->order.file = argv[*at];
    } else if (strcmp(argv[*at], "--force") == 0) {
        into->order.force = true;
    } else if (strcmp(argv[*at], "--out-of-order") == 0) {
        into->order.out_of_order = true;
    } else if (strcmp(argv[*at], "--help") == 0) {
        into->action = ACTION_HELP_DB;
    } else if (strcmp(argv[*at], "--wait") != 0) {
        return OSP_DONE;
    } else if (argv[*at + 1] == NULL ||
               osp_str_to_int(osp_str_from(argv[++*at]), &seconds) != OSP_OK || seconds < 1 ||
               seconds > OSP_MIGRATE_WAIT_S_MAX) {
        fprintf(stderr, "error: --wait is a number of seconds from 1 to %d\n",
                OSP_MIGRATE_WAIT_S_MAX);
        return OSP_E_INVALID;
    }
    into->order.wait_s = seconds != 0 ? (int)seconds : into->order.wait_s;
    return OSP_OK;
}

/* Words that are more than an option.  OSP_DONE: it is one. */
static osp_status parse_special(arguments *into, char **argv, int *at)
{
    if (into->order.verb != NULL) {
        return parse_order_option(into, argv, at);
    }
    return strcmp(argv[*at], "db") == 0 ? parse_order(into, argv, at) : parse_asked(into, argv, at);
}

static bool parse(arguments *into, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const osp_status asked = parse_special(into, argv, &i);
        if (asked != OSP_DONE) {
            if (asked != OSP_OK) {
                return false;
            }
            continue;
        }
        const key_option *option = key_option_of(argv[i]);
        if (option != NULL && option->value != NULL) {
            if (!say_key(&into->serve.config, option, option->value)) {
                return false;
            }
            continue;
        }
        if (parse_flag(into, argv[i])) {
            continue;
        }
        if (argv[i][0] != '-') {
            fprintf(stderr, "error: unexpected argument \"%s\"; see --help\n", argv[i]);
            return false;
        }
        if (!parse_valued(into, argv[i], argv[i + 1])) {
            return false;
        }
        i++;
    }
    return true;
}

/* What a proof says goes to `to`. */
static int prove(const osp_app_def *app, size_t (*proof)(const osp_app_def *app, osp_buf *out),
                 FILE *to)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, OSP_CHECK_OUTPUT_MAX);
    const size_t found = proof(app, &out);
    if (out.len > 0) {
        (void)fwrite(out.ptr, 1, out.len, to);
    }
    osp_buf_done(&out);
    return found != 0;
}

static int explain(const osp_app_def *app, const arguments *args)
{
    osp_asked asked;
    osp_buf out;
    osp_error err = { 0 };
    osp_buf_init(&out, NULL, 0, OSP_EXPLAIN_OUTPUT_MAX);
    const osp_status status = osp_ask(&asked, app, args->method, args->target, &err);
    if (status == OSP_OK) {
        (args->action == ACTION_WHY ? osp_why : osp_explain)(&asked, args->serve.json, &out);
        (void)fwrite(out.ptr, 1, out.len, stdout);
    } else {
        fprintf(stderr, "error: %s\n", err.message[0] ? err.message : osp_status_text(status));
    }
    osp_buf_done(&out);
    osp_asked_done(&asked);
    return status == OSP_OK ? 0 : 2;
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

static void print_jobs(const osp_app_def *app, bool json)
{
    if (osp_job_runner_of(app) != NULL) {
        osp_job_runner_of(app)->print(stdout, app, json);
    } else if (json) {
        printf("[]\n");
    }
}

static bool load(osp_settings *settings, const osp_config_args *args)
{
    const osp_status status = osp_config_load(settings, args, environ);
    if (status != OSP_OK && status != OSP_E_INVALID) {
        fprintf(stderr, "error: the configuration: %s\n", osp_status_text(status));
    }
    return status == OSP_OK;
}

/* Reads the configuration and becomes who it says, before anything is opened or made.  Then he
 * reads it once more: what he cannot read now he could not on a reload either.  On success nothing
 * has been said yet of what settings->said holds. */
static bool begin(osp_settings *settings, const osp_config_args *args)
{
    osp_error error = { 0 };
    bool good = load(settings, args);
    const osp_config *config = settings->value;
    if (good && osp_harden_begin(&config->harden, &error) != OSP_OK) {
        fprintf(stderr, "error: %s\n", error.message);
        return false;
    }
    if (good && config->harden.user.len > 0) {
        osp_settings_done(settings);
        good = load(settings, args);
    }
    if (!good) {
        (void)fwrite(settings->said.ptr, 1, settings->said.len, stderr);
    }
    return good;
}

static int serve(const osp_app_def *app, const osp_serve_options *options,
                 const osp_settings *settings, osp_logbook *book)
{
    osp_error error = { 0 };
    osp_logs logs;
    const osp_config *config = settings->value;
    if (osp_logs_open(&config->log, &book->std, &logs, &error) != OSP_OK) {
        fprintf(stderr, "error: %s\n", error.message);
        return 2;
    }
    osp_logbook_take(book, &logs, &config->log);
    osp_journal_say_lines(&book->journal, (osp_str){ settings->said.ptr, settings->said.len });
    /* No check: the build runs it, and without it there is no executable. */
    const int failed = osp_prepare_main(app, &book->journal);
    return failed != 0 ? failed : osp_supervise(app, options, settings, book);
}

static int obey(const osp_app_def *app, const arguments *args, const osp_settings *settings)
{
    osp_resource_order order = args->order;
    order.verb = order.verb != NULL ? order.verb : "migrate"; /* of --migrate */
    order.json = args->serve.json;
    (void)fwrite(settings->said.ptr, 1, settings->said.len, stderr);
    if (strcmp(order.verb, "backup") == 0 && order.file == NULL) {
        fprintf(stderr, "error: say the file of the backup: db backup FILE\n");
        return 2;
    }
    return osp_order_main(app, &order);
}

/* Does what needs the configuration. */
static int run(const osp_app_def *app, const arguments *args)
{
    osp_settings settings;
    osp_logbook book;
    int code = 2;
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow fails like a full disk */
    osp_logbook_begin(&book);       /* before another user might not open what this one was given */
    if (begin(&settings, &args->serve.config)) {
        code = args->action == ACTION_SERVE ? serve(app, &args->serve, &settings, &book)
                                            : obey(app, args, &settings);
    }
    osp_logbook_end(&book);
    osp_settings_done(&settings);
    return code;
}

/* A development build is proven and prepared by its worker: fewer processes start between an edit
 * and its answer. */
static int serve_as_worker(const osp_app_def *app, const osp_worker_options *options)
{
    if (options->development) {
        osp_logbook book;
        (void)setvbuf(stdout, NULL, _IOLBF, 0); /* a pipe would keep it for long */
        if (!options->preview && prove(app, osp_check_app, stderr) != 0) {
            return OSP_WORKER_UNPROVEN;
        }
        osp_logbook_begin(&book);
        const int failed = osp_prepare_main(app, &book.journal);
        osp_logbook_end(&book);
        if (failed != 0) {
            return failed;
        }
    }
    return osp_worker_main(app, options);
}

int osp_serve_main(const osp_app_def *app, int argc, char **argv)
{
    arguments args = { .serve = { .arguments = argv }, .action = ACTION_SERVE };
    if (!parse(&args, argc, argv)) {
        return 2;
    }
    switch (args.action) {
    case ACTION_WORKER:
        return serve_as_worker(app, &args.worker);
    case ACTION_ROUTES:
        osp_routes_print(stdout, app,
                         (osp_routes_options){ .json = args.serve.json, .files = args.files });
        return 0;
    case ACTION_EXPLAIN:
    case ACTION_WHY:
        return explain(app, &args);
    case ACTION_LOCK:
    case ACTION_CHECK_LOCK:
        return osp_lock_main(app, args.action == ACTION_CHECK_LOCK, args.serve.json);
    case ACTION_JOBS:
        print_jobs(app, args.serve.json);
        return 0;
    case ACTION_OPENAPI:
        return print_openapi(app);
    case ACTION_HELP:
        printf(help, argv[0], argv[0]);
        return 0;
    case ACTION_HELP_DB:
        printf(help_db, argv[0], argv[0]);
        return 0;
    case ACTION_CHECK:
        return prove(app, osp_check_app, stderr);
    case ACTION_FORGET:
        return prove(app, osp_graph_forget, stdout);
    case ACTION_ORDER:
    case ACTION_SERVE:
        break;
    }
    return run(app, &args);
}
