/* Folders of routes on hosts, and requests for them, against a plain reading of the folders' names.
 *
 * The first byte says how many bytes choose the folders; the rest is one request a line, a host and
 * behind the first blank a path, both as a client would send them. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/trees.h"
#include "wire/uri.h"

#define ARENA_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(osp_arena *arena, const osp_tree *tree, const osp_route_node *hosts, osp_str line)
{
    const char *blank = memchr(line.ptr, ' ', line.len);
    const size_t len = blank != NULL ? (size_t)(blank - line.ptr) : line.len;
    const size_t used = len + (blank != NULL);
    const osp_str host = { line.ptr, len }, raw = { line.ptr + used, line.len - used };
    osp_str path = OSP_STR("/");
    if (raw.len > 0 && osp_path_normalise(raw, arena, &path) != OSP_OK) {
        return;
    }
    if (path.ptr[0] == '/' && osp_tree_reads(path)) {
        osp_tree_compare_on(tree, hosts, host, path);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    osp_arena arena;
    osp_tree tree;
    osp_str left = { (const char *)data + 1, size - 1 };
    const size_t chosen = data[0] < left.len ? data[0] : left.len;
    osp_choices from = { .seed = 1, .bytes = { left.ptr, chosen } };
    left = (osp_str){ left.ptr + chosen, left.len - chosen };
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_tree_make(&arena, &from, &tree);
    osp_tree_put_on_hosts(&arena, &from, &tree);
    const osp_route_node *hosts = osp_tree_prove(&arena, &tree);
    while (hosts != NULL && osp_tree_has_hosts(&tree) && left.len > 0) {
        const char *end = memchr(left.ptr, '\n', left.len);
        const size_t line = end != NULL ? (size_t)(end - left.ptr) : left.len;
        ask(&arena, &tree, hosts, (osp_str){ left.ptr, line });
        const size_t used = line + (end != NULL);
        left = (osp_str){ left.ptr + used, left.len - used };
    }
    osp_arena_done(&arena);
    return 0;
}
