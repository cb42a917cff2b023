/* Finds libopenspeed.a and include/openspeed without configuration, so that a build folder, an
 * unpacked archive and an installed package all work where they stand. */
#include "build/home.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Not `include` itself, which compilers take for the system's: meson.build says why. */
#define INSTALLED "include/libopenspeed"
/* From the folder of the program, the likeliest first. */
static const struct place {
    const char *library, *include;
} places[] = {
    { "libopenspeed.a", "../include" },           /* a build folder */
    { "../libopenspeed.a", "../../include" },     /* build/cli/openspeed */
    { "libopenspeed.a", "include" },              /* an archive, all in one folder */
    { "lib/libopenspeed.a", INSTALLED },          /* $OPENSPEED_HOME of an installation */
    { "../lib/libopenspeed.a", "../" INSTALLED }, /* bin/openspeed */
    { "../lib64/libopenspeed.a", "../" INSTALLED },
    { "../lib/x86_64-linux-gnu/libopenspeed.a", "../" INSTALLED },
    { "../lib/aarch64-linux-gnu/libopenspeed.a", "../" INSTALLED },
};

static char *resolve(osp_arena *arena, const char *base, const char *path)
{
    char real[PATH_MAX];
    if (realpath(osp_kit_format(arena, "%s/%s", base, path), real) == NULL) {
        return NULL;
    }
    return osp_kit_format(arena, "%s", real);
}

osp_status osp_home_find(osp_arena *arena, const char *base, osp_home *ret_home, osp_error *err)
{
    char self[PATH_MAX];
    if (base == NULL) {
        const ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
        if (len <= 0) {
            return osp_error_set(err, OSP_E_BUILD,
                                 "cannot read /proc/self/exe; set OPENSPEED_HOME");
        }
        self[len] = '\0';
        char *slash = strrchr(self, '/');
        OSP_ASSERT(slash != NULL);
        *slash = '\0';
        base = self;
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(places); i++) {
        const char *library = resolve(arena, base, places[i].library);
        const char *header = resolve(
            arena, base, osp_kit_format(arena, "%s/openspeed/openspeed.h", places[i].include));
        if (library != NULL && header != NULL) {
            const int len = (int)(strrchr(library, '/') - library);
            *ret_home = (osp_home){
                .library = library,
                .tests = osp_kit_format(arena, "%.*s/libopenspeed_test.a", len, library),
                .include = resolve(arena, base, places[i].include),
                .folder = osp_kit_format(arena, "%.*s", len, library),
                .dev = osp_kit_format(arena, "%.*s/libopenspeed_dev.so", len, library),
                .dev_sanitized =
                    osp_kit_format(arena, "%.*s/libopenspeed_dev_sanitized.so", len, library),
            };
            return OSP_OK;
        }
    }
    return osp_error_set(err, OSP_E_BUILD,
                         "libopenspeed.a and its include folder are not beside %s; set "
                         "OPENSPEED_HOME to the folder that holds them",
                         base);
}
