/* Collects middleware by folders.
 *
 *     routes/middleware.c:7         symbol ..middleware_2ec__7
 *     routes/admin/middleware.c:12  symbol ..middleware_2ec__12
 *
 *     routes/admin/users/route.c -- nearest folder with one: routes/admin
 *                                -- its chain: those of routes, then those of routes/admin, by line
 *
 * A folder wraps by being a folder: whether a route.c stands beside its middleware.c plays no part.
 * What comes from elsewhere than routes/ is wrapped by routes/middleware.c, as is what no route
 * answers.
 *
 * Cost: files of middleware by files, and leaves by files of middleware. */
#include "build/chains.h"

#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "build/mangle.h"

static const char file_name[] = "/middleware.c";

static osp_str folder_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    OSP_ASSERT(slash != NULL);
    return (osp_str){ file, (size_t)(slash - file) };
}

/* Whether a path is a folder or below it. */
static bool is_in(osp_str path, osp_str folder)
{
    return osp_str_starts_with(path, folder) &&
           (path.len == folder.len || path.ptr[folder.len] == '/');
}

osp_status osp_chains_add(osp_arena *arena, osp_chains *chains, const char *file, osp_str name,
                          osp_error *err)
{
    const osp_str path = osp_str_from(file);
    const osp_str unit = osp_str_from(osp_mangle(arena, path));
    osp_chain_step *step = osp_kit_alloc(arena, sizeof(*step));
    if (!osp_str_starts_with(path, OSP_STR("routes/")) ||
        strcmp(strrchr(file, '/'), file_name) != 0) {
        return osp_error_set(err, OSP_E_BUILD,
                             "%s declares middleware; only a middleware.c at or below routes/ can",
                             file);
    }
    if (!osp_str_starts_with(name, unit) || name.len < unit.len + 2 ||
        osp_str_to_int(osp_str_skip(name, unit.len + 2), &step->line) != OSP_OK) {
        return osp_error_set(err, OSP_E_BUILD, "%s: unknown symbol osp_middleware_%.*s", file,
                             OSP_ARG(name));
    }
    step->file = file;
    step->symbol = osp_kit_string(arena, name);
    osp_kit_push(arena, &chains->steps, step);
    return OSP_OK;
}

/* Outer folders first, which have the shorter paths; in one file by line. */
static int outwards_in(const void *a, const void *b)
{
    const osp_chain_step *one = *(const osp_chain_step *const *)a;
    const osp_chain_step *other = *(const osp_chain_step *const *)b;
    const size_t one_len = strlen(one->file), other_len = strlen(other->file);
    if (one_len != other_len) {
        return one_len < other_len ? -1 : 1;
    }
    const int order = strcmp(one->file, other->file);
    return order != 0 ? order : one->line < other->line ? -1 : 1;
}

static osp_status make_chain(osp_arena *arena, osp_chains *chains, const char *file, osp_error *err)
{
    osp_chain *chain = osp_kit_alloc(arena, sizeof(*chain));
    bool declares = false;
    chain->folder = folder_of(file);
    chain->index = chains->list.count;
    for (size_t i = 0; i < chains->steps.count; i++) {
        const osp_chain_step *step = chains->steps.items[i];
        if (is_in(chain->folder, folder_of(step->file))) {
            osp_kit_push(arena, &chain->steps, step);
            declares |= strcmp(step->file, file) == 0;
        }
    }
    if (!declares) {
        return osp_error_set(err, OSP_E_BUILD,
                             "%s declares no middleware; add a line such as "
                             "OSP_MIDDLEWARE(guard);",
                             file);
    }
    if (osp_str_equal(chain->folder, OSP_STR("routes"))) {
        chains->root = chain;
    }
    osp_kit_push(arena, &chains->list, chain);
    return OSP_OK;
}

/* The chain of the nearest folder that has one. */
static osp_chain *find_chain(const osp_chains *chains, const char *file)
{
    const osp_str path = osp_str_from(file);
    const osp_chain *nearest = NULL;
    for (size_t i = 0; i < chains->list.count; i++) {
        const osp_chain *chain = chains->list.items[i];
        if (is_in(path, chain->folder) &&
            (nearest == NULL || chain->folder.len > nearest->folder.len)) {
            nearest = chain;
        }
    }
    return (osp_chain *)(uintptr_t)nearest;
}

/* A chain wraps what is in its folder, and in folders below that have their own. */
static void note_wrapped(const osp_chains *chains, const char *file)
{
    for (size_t i = 0; i < chains->list.count; i++) {
        osp_chain *chain = (osp_chain *)(uintptr_t)chains->list.items[i];
        chain->wraps |= is_in(osp_str_from(file), chain->folder);
    }
}

osp_status osp_chains_end(osp_arena *arena, osp_chains *chains, const osp_kit_list *files,
                          const osp_trie *trie, osp_error *err)
{
    osp_kit_sort(&chains->steps, outwards_in);
    for (size_t i = 0; i < files->count; i++) {
        OSP_TRY(make_chain(arena, chains, files->items[i], err));
    }
    for (size_t i = 0; i < trie->leaves.count; i++) {
        osp_trie_leaf *leaf = (osp_trie_leaf *)(uintptr_t)trie->leaves.items[i];
        const bool ours = osp_str_starts_with(osp_str_from(leaf->file), OSP_STR("routes/"));
        leaf->chain = ours ? find_chain(chains, leaf->file) : chains->root;
        if (ours && leaf->chain != NULL) {
            note_wrapped(chains, leaf->file);
        }
    }
    for (size_t i = 0; i < chains->list.count; i++) {
        const osp_chain *chain = chains->list.items[i];
        if (!chain->wraps && chain != chains->root) {
            return osp_error_set(
                err, OSP_E_BUILD,
                "%s wraps nothing: there is no route.c and no page.html at or below "
                "%.*s/",
                (const char *)files->items[i], OSP_ARG(chain->folder));
        }
    }
    return OSP_OK;
}
