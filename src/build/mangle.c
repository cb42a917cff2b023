/* Every source file has a unit: its path as part of an identifier.
 *
 *     routes/a-b/[id]/route.c  ->  routes_2fa_2db_2f_5bid_5d_2froute_2ec
 *
 * Injective, because `_` itself is escaped: what follows a `_` is always two digits. */
#include "build/mangle.h"

#include <string.h>

#include "base/base64.h"
#include "base/digest.h"
#include "build/kit.h"

static bool is_plain(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

char *osp_mangle(osp_arena *arena, osp_str path)
{
    static const char digits[] = "0123456789abcdef";
    OSP_ASSERT(path.len < SIZE_MAX / 4);
    char *unit = osp_kit_alloc(arena, path.len * 3 + 1);
    size_t at = 0;
    for (size_t i = 0; i < path.len; i++) {
        const unsigned char byte = (unsigned char)path.ptr[i];
        if (is_plain(path.ptr[i])) {
            unit[at++] = path.ptr[i];
            continue;
        }
        unit[at++] = '_';
        unit[at++] = digits[byte >> 4];
        unit[at++] = digits[byte & 15];
    }
    return unit;
}

char *osp_mangle_file(osp_arena *arena, const char *unit)
{
    const size_t len = strlen(unit);
    if (len <= OSP_MANGLE_FILE_MAX) {
        return osp_kit_format(arena, "%s", unit);
    }
    osp_sha256 sha;
    uint8_t digest[OSP_SHA256_SIZE];
    char text[OSP_BASE64URL_SIZE(OSP_SHA256_SIZE)];
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, (osp_str){ unit, len });
    osp_sha256_end(&sha, digest);
    const size_t text_len =
        osp_base64url_encode((osp_str){ (const char *)digest, sizeof(digest) }, text);
    /* A unit never holds a `-`, so no short unit has this name. */
    return osp_kit_format(arena, "%.*s-%.*s", OSP_MANGLE_FILE_MAX - 50, unit, (int)text_len, text);
}
