/* What the subcommands share. */
#ifndef OSP_CLI_COMMAND_H
#define OSP_CLI_COMMAND_H

#include "args.h"
#include "build/build.h"

/* Exit statuses. */
enum { OSP_EXIT_OK = 0, OSP_EXIT_FAILED = 1, OSP_EXIT_USAGE = 2 };

typedef struct osp_command {
    const char *name, *usage, *summary, *help;
    /* argv begins behind the name.  Returns the exit status. */
    int (*run)(int argc, char **argv);
} osp_command;

extern const osp_command osp_command_build, osp_command_start, osp_command_routes, osp_command_jobs,
    osp_command_check, osp_command_openapi, osp_command_db, osp_command_config, osp_command_test,
    osp_command_new, osp_command_generate, osp_command_doctor, osp_command_version, osp_command_why,
    osp_command_dev;

/* Says what is wrong with the arguments and how to get help; returns OSP_EXIT_USAGE. */
int osp_command_usage(const osp_command *command, const osp_error *err);
/* Prints a failure to stderr, or as JSON to stdout; returns OSP_EXIT_FAILED. */
int osp_command_fail(const osp_error *err, bool json);
/* `key` and a JSON string, to stdout. */
void osp_command_json(const char *key, const char *value);
/* The string alone. */
void osp_command_json_text(const char *value);

/* Builds the application in `dir`, quietly when nothing is to be done, and becomes the executable
 * in that folder.  args: end with NULL.  Returns only on failure, with the exit status. */
int osp_command_exec(const char *dir, const char *const *args, bool json);
/* The same of a build that is not the usual one. */
int osp_command_exec_build(osp_build_options build, const char *const *args, bool json);

/* Asks the application about a request: reads "METHOD URL [DIR] [--json]" and becomes the
 * executable with `option` and both.  Returns as osp_command_exec. */
int osp_command_ask(const osp_command *command, const char *option, int argc, char **argv);

/* A path that means the same in every folder, at `ret_path`, which has PATH_MAX bytes. */
OSP_MUST_CHECK osp_status osp_command_path(const char *path, char *ret_path, osp_error *err);

#endif
