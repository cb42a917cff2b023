/* The base of all URLs, and what becomes of a '/' at their end.
 *
 * Both are read in the object that declares the application, for the table is written before
 * anything is linked: then a base is a part of the trie like any other text, and costs a request
 * nothing. */
#include "build/urls.h"

#include <stddef.h>
#include <string.h>

void osp_urls_take(osp_arena *arena, const char *file, const osp_declared *declared, size_t count,
                   osp_urls *urls)
{
    for (size_t i = 0; i < count; i++) {
        const osp_str value = declared[i].value;
        if (declared[i].kind != OSP_DECLARED_INFO || declared[i].name.len != 0 ||
            value.len < sizeof(osp_app_info)) {
            continue;
        }
        const char *base = value.ptr + offsetof(osp_app_info, base);
        urls->file = file;
        urls->base =
            osp_str_from(osp_kit_format(arena, "%.*s", (int)strnlen(base, OSP_BASE_MAX), base));
        memcpy(&urls->slash, value.ptr + offsetof(osp_app_info, trailing_slash),
               sizeof(urls->slash));
    }
}

osp_status osp_urls_apply(const osp_urls *urls, osp_trie *trie, osp_error *err)
{
    const osp_str base = urls->base;
    for (size_t i = 0; i < trie->leaves.count && urls->slash != OSP_SLASH_STRICT; i++) {
        ((osp_trie_leaf *)(uintptr_t)trie->leaves.items[i])->bare = true;
    }
    if (base.len == 0) {
        return OSP_OK;
    }
    if (base.ptr[0] != '/' || base.ptr[base.len - 1] == '/' || base.len == OSP_BASE_MAX) {
        return osp_error_set(err, OSP_E_BUILD,
                             "%s: the base of an application is like \"/shop\": it begins with a "
                             "'/', does not end with one and has at most %d bytes",
                             urls->file, OSP_BASE_MAX - 1);
    }
    OSP_TRY(osp_trie_rebase(trie, base, urls->file, err));
    return osp_trie_end(trie, err);
}
