#include "build/outside.h"

#include <stdio.h>
#include <string.h>

#include "build/program.h"
#include "serve/config.h"

extern char **environ;

#define PREFIX "OPENSPEED_BUILD_"

/* The variables of `build` alone: what is wrong with those of the server is no concern of a build.
 */
static char *const *own_variables(osp_arena *arena)
{
    osp_kit_list own = { 0 };
    for (char **entry = environ; *entry != NULL; entry++) {
        if (strncmp(*entry, PREFIX, sizeof(PREFIX) - 1) == 0) {
            osp_kit_push(arena, &own, *entry);
        }
    }
    osp_kit_push(arena, &own, NULL);
    return (char *const *)(uintptr_t)own.items;
}

static void push_texts(osp_arena *arena, osp_kit_list *list, osp_str_list texts)
{
    for (size_t i = 0; i < texts.count; i++) {
        osp_kit_push(arena, list, osp_kit_string(arena, texts.items[i]));
    }
}

/* Appends the words of pkg-config; its complaint is the error. */
static osp_status ask(osp_arena *arena, const char *what, osp_str_list packages, osp_kit_list *to,
                      osp_error *err)
{
    osp_kit_list words = { 0 };
    const char *said;
    osp_kit_push(arena, &words, "pkg-config");
    osp_kit_push(arena, &words, what);
    osp_kit_push(arena, &words, "--");
    push_texts(arena, &words, packages);
    const int result = osp_program_run(arena, &words, &said);
    if (result < 0) {
        return osp_error_set(err, OSP_E_BUILD,
                             "build.packages: pkg-config cannot be run: install it "
                             "(apt-get install pkg-config)");
    }
    if (result != 0) {
        fputs(said, stderr);
        return osp_error_set(err, OSP_E_BUILD, "build.packages: %.*s", (int)strcspn(said, "\n"),
                             said);
    }
    osp_kit_push_words(arena, to, osp_kit_format(arena, "%.*s", (int)strcspn(said, "\n"), said));
    return OSP_OK;
}

static osp_status take(osp_arena *arena, const osp_config_build *build, osp_outside *ret_outside,
                       osp_error *err)
{
    push_texts(arena, &ret_outside->cflags, build->cflags);
    push_texts(arena, &ret_outside->libs, build->libs);
    if (build->packages.count == 0) {
        return OSP_OK;
    }
    OSP_TRY(ask(arena, "--cflags", build->packages, &ret_outside->cflags, err));
    return ask(arena, "--libs", build->packages, &ret_outside->libs, err);
}

/* Whether anybody asks for anything, or may have meant to.  What else is wrong with a file that
 * asks for nothing is no concern of a build: the application says it, and `openspeed config check`.
 */
static bool asks(const osp_settings *settings)
{
    static const char complaint[] = ": build"; /* behind file, line and column */
    if (settings->said.len > 0 &&
        memmem(settings->said.ptr, settings->said.len, complaint, sizeof(complaint) - 1) != NULL) {
        return true;
    }
    for (size_t i = 0; i < settings->key_count; i++) {
        const osp_settings_key *key = &settings->keys[i];
        if (osp_str_starts_with(key->path, OSP_STR("build.")) &&
            key->source != OSP_SETTINGS_DEFAULT) {
            return true;
        }
    }
    return false;
}

osp_status osp_outside_read(osp_arena *arena, const char *dir, osp_outside *ret_outside,
                            osp_error *err)
{
    osp_settings settings;
    *ret_outside = (osp_outside){ 0 };
    const char *file = strcmp(dir, ".") == 0 ? OSP_CONFIG_FILE
                                             : osp_kit_format(arena, "%s/%s", dir, OSP_CONFIG_FILE);
    osp_status status = osp_config_load_build(&settings, file, own_variables(arena));
    if (status == OSP_OK) {
        status = take(arena, &((const osp_config *)settings.value)->build, ret_outside, err);
    } else if (status == OSP_E_INVALID && !asks(&settings)) {
        status = OSP_OK;
    } else if (settings.said.len > 0) {
        fwrite(settings.said.ptr, 1, settings.said.len, stderr);
        status = osp_error_set(err, OSP_E_BUILD, "%s is wrong: see openspeed config check",
                               OSP_CONFIG_FILE);
    } else {
        status = osp_error_set(err, status, "%s: %s", file, osp_status_text(status));
    }
    osp_settings_done(&settings);
    return status;
}
