/* Members that a descriptor leaves out or takes for what they are not, and where it is written.
 *
 * The type information names a type and the line of its OSP_TYPE, but no file.  That is the source
 * or one of the application's headers in its depfile: whichever has an OSP_TYPE of that name. */
#include "build/members.h"

#include <stdio.h>
#include <string.h>

#include "build/btf.h"
#include "build/depfile.h"

static const char *in_dir(osp_arena *arena, const osp_members_source *source, const char *path)
{
    return osp_kit_format(arena, "%s/%s", source->dir, path);
}

/* Whether a line of `text` describes type `name`. */
static bool describes(osp_str text, osp_str name)
{
    const osp_str macro = OSP_STR("OSP_TYPE(");
    for (const char *at = text.ptr, *end = text.ptr + text.len; at != NULL && at < end; at++) {
        at = memmem(at, (size_t)(end - at), macro.ptr, macro.len);
        if (at == NULL) {
            break;
        }
        osp_str rest = { at + macro.len, (size_t)(end - at) - macro.len };
        while (rest.len != 0 && (rest.ptr[0] == ' ' || rest.ptr[0] == '\n')) {
            rest.ptr++;
            rest.len--;
        }
        if (osp_str_starts_with(rest, name) && rest.len > name.len &&
            (rest.ptr[name.len] == ',' || rest.ptr[name.len] == ' ' ||
             rest.ptr[name.len] == '\n')) {
            return true;
        }
    }
    return false;
}

/* The file in which an object's source describes a type: itself, or a header of the application.
 * The object does not tell. */
static const char *place_of(osp_arena *arena, const osp_members_source *source, osp_str type)
{
    osp_str text;
    if (osp_kit_read(arena, in_dir(arena, source, source->file), &text, NULL) == OSP_OK &&
        describes(text, type)) {
        return source->file;
    }
    osp_str deps;
    if (osp_kit_read(arena, in_dir(arena, source, source->depfile), &deps, NULL) != OSP_OK ||
        !osp_depfile_begin(&deps)) {
        return source->file;
    }
    char *path = osp_kit_alloc(arena, deps.len + 1);
    while (osp_depfile_next(&deps, path)) {
        if (path[0] != '/' &&
            osp_kit_read(arena, in_dir(arena, source, path), &text, NULL) == OSP_OK &&
            describes(text, type)) {
            return path;
        }
    }
    return source->file;
}

osp_status osp_members_check(osp_arena *arena, const osp_members_source *source, osp_str btf,
                             osp_error *err)
{
    if (btf.len == 0) {
        return OSP_OK; /* another compiler than gcc */
    }
    osp_kit_list findings = { 0 };
    osp_error cause = { 0 };
    const osp_status status = osp_btf_check(arena, btf, &findings, &cause);
    if (status != OSP_OK) {
        return osp_error_set(err, status, "%s: %s", source->file, cause.message);
    }
    const char *last = NULL;
    for (size_t i = 0; i < findings.count; i++) {
        const osp_btf_finding *f = findings.items[i];
        last = osp_kit_format(
            arena,
            f->is_enum ? "%s:%d: error: %.*s.%.*s is an enum; describe it by OSP_ENUM and say "
                         "ENUM(%.*s, its type)"
                       : "%s:%d: error: %.*s.%.*s is in no item of OSP_TYPE; say SKIP(%.*s) if it "
                         "is private",
            place_of(arena, source, f->type), f->line, OSP_ARG(f->type), OSP_ARG(f->member),
            OSP_ARG(f->member));
        if (i + 1 < findings.count) {
            fprintf(stderr, "%s\n", last);
        }
    }
    return last == NULL ? OSP_OK : osp_error_set(err, OSP_E_BUILD, "%s", last);
}
