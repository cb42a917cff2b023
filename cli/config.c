/* openspeed config: the configuration of a server without the server. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/render.h"
#include "api/schema.h"
#include "base/words.h"
#include "command.h"
#include "serve/config.h"
#include "type/json_tree.h"

#define OSP_SCHEMA_BYTES_MAX ((size_t)1 << 20)

static int print(const osp_buf *text)
{
    if (text->failed || fwrite(text->ptr, 1, text->len, stdout) != text->len ||
        fflush(stdout) != 0) {
        fprintf(stderr, "error: stdout: %s\n", strerror(errno));
        return OSP_EXIT_FAILED;
    }
    return OSP_EXIT_OK;
}

/* ---------------------------------------------------------------- schema */

static osp_status write_schema(osp_arena *arena, osp_buf *compact, osp_buf *out, osp_error *err)
{
    const osp_json_value *root;
    OSP_TRY(osp_schema_alone(arena, osp_config_type(), "OpenSpeed configuration", compact, err));
    const osp_str text = osp_buf_text(compact);
    OSP_TRY(osp_json_tree_read(text, arena, &root, err));
    osp_render_json(root, out);
    return OSP_OK;
}

static int schema(const osp_settings *settings, bool json)
{
    (void)settings;
    (void)json; /* it always is */
    osp_arena arena;
    osp_error err = { 0 };
    osp_buf compact, out;
    osp_arena_init(&arena, NULL, 0, OSP_BUILD_ARENA_MAX);
    osp_buf_init(&compact, NULL, 0, OSP_SCHEMA_BYTES_MAX);
    osp_buf_init(&out, NULL, 0, OSP_SCHEMA_BYTES_MAX);
    const int code = write_schema(&arena, &compact, &out, &err) == OSP_OK
                         ? print(&out)
                         : osp_command_fail(&err, false);
    osp_buf_done(&compact);
    osp_buf_done(&out);
    osp_arena_done(&arena);
    return code;
}

/* ---------------------------------------------------------------- check */

/* What was said, as a JSON array with an item a line. */
static void print_said(const osp_settings *settings)
{
    char line[4096];
    const char *at = settings->said.ptr, *end = at + settings->said.len;
    printf("{\"ok\":%s,\"said\":[", settings->error_count == 0 ? "true" : "false");
    for (bool first = true; at < end; first = false) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const size_t len = (size_t)((stop != NULL ? stop : end) - at);
        osp_buf out;
        osp_buf_init(&out, line, sizeof(line), sizeof(line));
        if (osp_json_string((osp_str){ at, len }, &out) == OSP_OK) {
            printf("%s%.*s", first ? "" : ",", (int)out.len, out.ptr);
        }
        at += len + 1;
    }
    puts("]}");
}

static int check(const osp_settings *settings, bool json)
{
    const bool good = settings->error_count == 0;
    if (json) {
        print_said(settings);
    } else if (good) {
        fprintf(stderr, settings->file != NULL ? "%s is good\n" : "there is no %s; defaults hold\n",
                settings->file != NULL ? settings->file : OSP_CONFIG_FILE);
    }
    return good ? OSP_EXIT_OK : OSP_EXIT_FAILED;
}

/* ---------------------------------------------------------------- show */

static osp_status show_line(const osp_settings *settings, const osp_settings_key *key, osp_buf *out)
{
    const size_t begin = out->len;
    osp_buf_printf(out, "%.*s = ", OSP_ARG(key->path));
    OSP_TRY(osp_settings_show(settings, key, out));
    const size_t len = out->len - begin;
    osp_buf_printf(out, "%*s# ", len < 40 ? (int)(40 - len) : 1, "");
    osp_settings_where(settings, key, out);
    osp_buf_byte(out, '\n');
    return OSP_OK;
}

static osp_status show_member(const osp_settings *settings, const osp_settings_key *key,
                              osp_buf *out)
{
    char storage[PATH_MAX + 64];
    osp_buf where;
    osp_buf_init(&where, storage, sizeof(storage), sizeof(storage));
    osp_settings_where(settings, key, &where);
    osp_buf_printf(out, "\"%.*s\":{\"value\":", OSP_ARG(key->path));
    OSP_TRY(osp_settings_show(settings, key, out));
    osp_buf_printf(out, ",\"source\":\"%s\",\"at\":", osp_settings_source_name(key->source));
    OSP_TRY(osp_json_string(osp_buf_text(&where), out));
    osp_buf_byte(out, '}');
    return OSP_OK;
}

static int show(const osp_settings *settings, bool json)
{
    if (settings->error_count != 0) {
        return check(settings, json);
    }
    osp_buf out;
    osp_buf_init(&out, NULL, 0, OSP_SCHEMA_BYTES_MAX);
    osp_status status = OSP_OK;
    osp_buf_str(&out, json ? OSP_STR("{") : OSP_STR(""));
    for (size_t i = 0; i < settings->key_count && status == OSP_OK; i++) {
        osp_buf_str(&out, json && i > 0 ? OSP_STR(",") : OSP_STR(""));
        status = json ? show_member(settings, &settings->keys[i], &out)
                      : show_line(settings, &settings->keys[i], &out);
    }
    osp_buf_str(&out, json ? OSP_STR("}\n") : OSP_STR(""));
    int code = OSP_EXIT_FAILED;
    if (status == OSP_OK) {
        code = print(&out);
    } else {
        fprintf(stderr, "error: %s\n", osp_status_text(status));
    }
    osp_buf_done(&out);
    return code;
}

/* ---------------------------------------------------------------- run */

static const struct {
    const char *name;
    int (*run)(const osp_settings *settings, bool json);
} verbs[] = { { "schema", schema }, { "check", check }, { "show", show } };

/* In the folder of the application, where its server reads the same. */
static int run_in(const char *dir, const char *file, bool json,
                  int (*verb)(const osp_settings *settings, bool json))
{
    char path[PATH_MAX];
    osp_error err = { 0 };
    osp_settings settings;
    osp_config_args args = { .file = NULL };
    if (file != NULL) {
        if (osp_command_path(file, path, &err) != OSP_OK) {
            return osp_command_fail(&err, json);
        }
        args.file = path;
    }
    if (chdir(dir) != 0) {
        (void)osp_error_set(&err, OSP_E_IO, "%s: %s", dir, strerror(errno));
        return osp_command_fail(&err, json);
    }
    const osp_status status = osp_config_load(&settings, &args, environ);
    (void)fwrite(settings.said.ptr, 1, settings.said.len, stderr);
    int code = OSP_EXIT_FAILED;
    if (status == OSP_OK || status == OSP_E_INVALID) {
        code = verb(&settings, json);
    } else {
        (void)osp_error_set(&err, status, "%s", osp_status_text(status));
        code = osp_command_fail(&err, json);
    }
    osp_settings_done(&settings);
    return code;
}

static int run(int argc, char **argv)
{
    const char *dir = ".", *json = NULL, *file = NULL;
    const osp_option options[] = { { .name = "json", .value = &json },
                                   { .name = "config", .kind = OSP_OPTION_TEXT, .value = &file },
                                   { .name = NULL } };
    osp_error err = { 0 };
    osp_nearest nearest = { .word = osp_str_from(argc > 0 ? argv[0] : "") };
    for (size_t i = 0; argc > 0 && i < OSP_ARRAY_LEN(verbs); i++) {
        if (strcmp(verbs[i].name, argv[0]) != 0) {
            osp_nearest_try(&nearest, verbs[i].name);
            continue;
        }
        if (osp_args_read(argc - 1, argv + 1, options, &dir, &err) != OSP_OK) {
            return osp_command_usage(&osp_command_config, &err);
        }
        return verbs[i].run == schema ? schema(NULL, true)
                                      : run_in(dir, file, json != NULL, verbs[i].run);
    }
    if (nearest.name != NULL) {
        (void)osp_error_set(&err, OSP_E_INVALID, "there is no config %s; did you mean %s?", argv[0],
                            nearest.name);
    } else {
        (void)osp_error_set(&err, OSP_E_INVALID, "say schema, check or show");
    }
    return osp_command_usage(&osp_command_config, &err);
}

const osp_command osp_command_config = {
    .name = "config",
    .usage = "config schema|check|show [DIR] [--config FILE] [--json]",
    .summary = "check openspeed.json, show what is in force",
    .help =
        "  schema     prints the JSON Schema of openspeed.json, for editors: name its file in\n"
        "             \"$schema\"\n"
        "  check      says all that is wrong with openspeed.json of DIR (default: the current\n"
        "             folder) and with the variables OPENSPEED_*, with line and column; exits\n"
        "             with 1 when there is anything\n"
        "  show       prints each key with its value and where that comes from; secrets as ***\n"
        "\n"
        "  --config FILE    the file (else OPENSPEED_CONFIG, else DIR/openspeed.json)\n"
        "  --json           the result as JSON\n"
        "\n"
        "Environment: OPENSPEED_LIMITS_BODY for the key limits.body, and so on;\n"
        "OPENSPEED_LIMITS_BODY_FILE names a file that holds the value; HOST, PORT.\n",
    .run = run,
};
