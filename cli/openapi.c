/* openspeed openapi: the API of an application as a document. */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/diff.h"
#include "api/openapi.h"
#include "api/render.h"
#include "type/json_tree.h"

typedef struct request {
    const char *dir, *yaml, *compact, *output, *check;
} request;

/* Runs the application with --openapi and takes what it prints. */
static osp_status describe(const char *app, osp_buf *out, osp_error *err)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return osp_error_set(err, OSP_E_IO, "no pipe: %s", strerror(errno));
    }
    (void)fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        char option[] = "--openapi", name[] = "app";
        char *argv[] = { name, option, NULL };
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)execv(app, argv);
        _exit(127);
    }
    (void)close(ends[1]);
    ssize_t got = pid > 0 ? 1 : 0;
    while (got != 0) {
        if (!osp_buf_reserve(out, 65536)) {
            break;
        }
        got = read(ends[0], out->ptr + out->len, 65536);
        if (got > 0) {
            out->len += (size_t)got;
        } else if (got < 0 && errno != EINTR) {
            break;
        }
    }
    (void)close(ends[0]);
    int how = -1;
    while (pid > 0 && waitpid(pid, &how, 0) < 0 && errno == EINTR) {
    }
    /* What is wrong stands on stderr already. */
    return how == 0 && got == 0 && !out->failed
               ? OSP_OK
               : osp_error_set(err, OSP_E_FAILED, "%s: the application has no document", app);
}

static void trim(osp_buf *text)
{
    while (text->len > 0 && text->ptr[text->len - 1] == '\n') {
        text->len--;
    }
}

/* Whether the file holds the same; prints what differs.  Returns the exit status. */
static int check(osp_arena *arena, const request *r, const osp_json_value *now, osp_str rendered,
                 osp_error *err)
{
    osp_str file;
    const osp_json_value *old = NULL;
    osp_buf lines;
    if (osp_kit_read(arena, r->check, &file, err) != OSP_OK) {
        return osp_command_fail(err, false);
    }
    if (osp_str_equal(file, rendered)) {
        return OSP_EXIT_OK;
    }
    osp_error cause = { 0 };
    if (osp_json_tree_read(file, arena, &old, &cause) != OSP_OK) {
        (void)osp_error_set(err, OSP_E_INVALID, "%s %s: %s", r->check,
                            r->yaml != NULL ? "differs; what changed can be told of JSON only"
                                            : "is not JSON (give --yaml to compare YAML)",
                            cause.message);
        return osp_command_fail(err, false);
    }
    osp_buf_init(&lines, NULL, 0, OSP_OPENAPI_MAX);
    const osp_diff_result result = osp_diff_write(arena, old, now, &lines);
    if (lines.len > 0) {
        (void)fwrite(lines.ptr, 1, lines.len, stdout);
    }
    osp_buf_done(&lines);
    if (result.starved) {
        (void)osp_error_set(err, OSP_E_NOMEM, "no memory is left to compare with %s", r->check);
        return osp_command_fail(err, false);
    }
    if (result.changes == 0) {
        return OSP_EXIT_OK;
    }
    (void)fflush(stdout);
    fprintf(stderr, "error: %s differs: %zu change%s, %zu breaking\n", r->check, result.changes,
            result.changes == 1 ? "" : "s", result.breaking);
    return OSP_EXIT_FAILED;
}

static int emit(osp_arena *arena, const request *r, osp_str rendered, osp_error *err)
{
    if (r->output != NULL) {
        return osp_kit_write(arena, r->output, rendered, err) == OSP_OK
                   ? OSP_EXIT_OK
                   : osp_command_fail(err, false);
    }
    if (fwrite(rendered.ptr, 1, rendered.len, stdout) != rendered.len || fflush(stdout) != 0) {
        (void)osp_error_set(err, OSP_E_IO, "stdout: %s", strerror(errno));
        return osp_command_fail(err, false);
    }
    return OSP_EXIT_OK;
}

/* In the form that was asked for. */
static void render(const request *r, const osp_json_value *root, osp_str compact, osp_buf *out)
{
    if (r->yaml != NULL) {
        osp_render_yaml(root, out);
    } else if (r->compact != NULL) {
        osp_buf_str(out, compact);
        osp_buf_byte(out, '\n');
    } else {
        osp_render_json(root, out);
    }
}

static int answer(osp_arena *arena, const request *r, osp_error *err)
{
    osp_build_result result;
    osp_buf compact, rendered;
    const osp_json_value *root = NULL;
    osp_buf_init(&compact, NULL, 0, OSP_OPENAPI_MAX);
    osp_buf_init(&rendered, NULL, 0, OSP_OPENAPI_MAX * 2);
    osp_status status = osp_build_app(arena, (osp_build_options){ .dir = r->dir }, &result, err);
    if (status == OSP_OK) {
        status = describe(result.app, &compact, err);
    }
    trim(&compact);
    if (status == OSP_OK) {
        status = osp_json_tree_read(osp_buf_text(&compact), arena, &root, err);
    }
    int code = OSP_EXIT_FAILED;
    if (status == OSP_OK) {
        render(r, root, osp_buf_text(&compact), &rendered);
        code = r->check != NULL ? check(arena, r, root, osp_buf_text(&rendered), err)
                                : emit(arena, r, osp_buf_text(&rendered), err);
    } else {
        code = osp_command_fail(err, false);
    }
    osp_buf_done(&compact);
    osp_buf_done(&rendered);
    return code;
}

static int run(int argc, char **argv)
{
    request r = { .dir = "." };
    const osp_option options[] = {
        { .name = "yaml", .value = &r.yaml },
        { .name = "compact", .value = &r.compact },
        { .name = "output", .kind = OSP_OPTION_TEXT, .value = &r.output },
        { .name = "check", .kind = OSP_OPTION_TEXT, .value = &r.check },
        { .name = NULL },
    };
    osp_error err = { 0 };
    osp_status status = osp_args_read(argc, argv, options, &r.dir, &err);
    if (status == OSP_OK && r.yaml != NULL && r.compact != NULL) {
        status = osp_error_set(&err, OSP_E_INVALID, "--compact is a form of JSON, not of YAML");
    }
    if (status == OSP_OK && r.check != NULL && r.output != NULL) {
        status = osp_error_set(&err, OSP_E_INVALID, "--check compares and writes no --output");
    }
    if (status != OSP_OK) {
        return osp_command_usage(&osp_command_openapi, &err);
    }
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, OSP_BUILD_ARENA_MAX);
    const int code = answer(&arena, &r, &err);
    osp_arena_done(&arena);
    return code;
}

const osp_command osp_command_openapi = {
    .name = "openapi",
    .usage = "openapi [DIR] [--yaml | --compact] [--output FILE | --check FILE]",
    .summary = "print the API as an OpenAPI document",
    .help =
        "Builds the application in DIR (default: the current folder) where something changed and\n"
        "prints its OpenAPI 3.1 document, the one that it serves at /openapi.json.\n"
        "\n"
        "  --yaml           as YAML\n"
        "  --compact        as JSON in one line\n"
        "  --output FILE    into FILE\n"
        "  --check FILE     compare with FILE instead: say what was added (+), removed (-) and\n"
        "                   changed (~) since, and which of it breaks clients; exits with 1\n"
        "                   when there is anything\n",
    .run = run,
};
