/* Failures and the way from a folder to its running application.
 *
 * An application runs in its own folder, wherever the command was given: its database and what else
 * it names by relative paths are the same for start, routes and db. */
#include "command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "type/json.h"

#define OSP_COMMAND_ARGS_MAX 96

int osp_command_usage(const osp_command *command, const osp_error *err)
{
    fprintf(stderr, "error: %s\nusage: openspeed %s\n", err->message, command->usage);
    return OSP_EXIT_USAGE;
}

void osp_command_json_text(const char *value)
{
    char storage[8192];
    osp_buf text;
    osp_buf_init(&text, storage, sizeof(storage), sizeof(storage));
    if (osp_json_string(osp_str_from(value), &text) != OSP_OK) {
        text.len = 0;
        osp_buf_str(&text, OSP_STR("null")); /* Not UTF-8: JSON cannot say it. */
    }
    printf("%.*s", (int)text.len, text.ptr);
    osp_buf_done(&text);
}

void osp_command_json(const char *key, const char *value)
{
    printf("\"%s\":", key);
    osp_command_json_text(value);
}

int osp_command_fail(const osp_error *err, bool json)
{
    if (json) {
        fputs("{\"ok\":false,", stdout);
        osp_command_json("error", err->message);
        fputs("}\n", stdout);
    }
    fprintf(stderr, "error: %s\n", err->message);
    return OSP_EXIT_FAILED;
}

int osp_command_exec(const char *dir, const char *const *args, bool json)
{
    return osp_command_exec_build((osp_build_options){ .dir = dir }, args, json);
}

int osp_command_exec_build(osp_build_options build, const char *const *args, bool json)
{
    osp_arena arena;
    osp_build_result result;
    osp_error err = { 0 };
    const char *argv[OSP_COMMAND_ARGS_MAX];
    size_t count = 0;
    osp_arena_init(&arena, NULL, 0, OSP_BUILD_ARENA_MAX);
    if (osp_build_app(&arena, build, &result, &err) != OSP_OK) {
        osp_arena_done(&arena);
        return osp_command_fail(&err, json);
    }
    char app[PATH_MAX];
    const bool found = realpath(result.app, app) != NULL;
    osp_arena_done(&arena);
    if (!found || chdir(build.dir) != 0) {
        (void)osp_error_set(&err, OSP_E_IO, "%s: %s", build.dir, strerror(errno));
        return osp_command_fail(&err, json);
    }
    argv[count++] = app;
    for (; *args != NULL; args++) {
        OSP_ASSERT(count < OSP_COMMAND_ARGS_MAX - 1);
        argv[count++] = *args;
    }
    argv[count] = NULL;
    (void)fflush(NULL);
    (void)execv(app, (char *const *)(uintptr_t)argv);
    (void)osp_error_set(&err, OSP_E_IO, "%s: %s", app, strerror(errno));
    return osp_command_fail(&err, json);
}

int osp_command_ask(const osp_command *command, const char *option, int argc, char **argv)
{
    const char *dir = ".", *json = NULL;
    const osp_option options[] = { { .name = "json", .value = &json }, { .name = NULL } };
    osp_error err = { 0 };
    osp_status status = OSP_OK;
    if (argc < 2 || argv[0][0] == '-' || argv[1][0] == '-') {
        status = osp_error_set(&err, OSP_E_INVALID, "say a method and a URL: GET /users/7");
    } else {
        status = osp_args_read(argc - 2, argv + 2, options, &dir, &err);
    }
    if (status != OSP_OK) {
        return osp_command_usage(command, &err);
    }
    const char *const args[] = { option, argv[0], argv[1], json != NULL ? "--json" : NULL, NULL };
    return osp_command_exec(dir, args, json != NULL);
}

osp_status osp_command_path(const char *path, char *ret_path, osp_error *err)
{
    char here[PATH_MAX];
    const bool absolute = path[0] == '/';
    if (!absolute && getcwd(here, sizeof(here)) == NULL) {
        return osp_error_set(err, OSP_E_IO, "the current folder: %s", strerror(errno));
    }
    const int len =
        snprintf(ret_path, PATH_MAX, "%s%s%s", absolute ? "" : here, absolute ? "" : "/", path);
    return len < PATH_MAX ? OSP_OK : osp_error_set(err, OSP_E_LIMIT, "%.100s: too long", path);
}
