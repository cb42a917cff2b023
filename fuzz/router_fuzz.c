/* Folders of routes, and paths, against a plain reading of the folders' names.
 *
 * The first byte says how many bytes choose the folders; the rest is one path a line, as a client
 * would send it. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/trees.h"
#include "wire/uri.h"

#define ARENA_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    osp_arena arena;
    osp_tree tree;
    osp_str left = { (const char *)data + 1, size - 1 };
    const size_t len = data[0] < left.len ? data[0] : left.len;
    osp_choices from = { .seed = 1, .bytes = { left.ptr, len } };
    left = (osp_str){ left.ptr + len, left.len - len };
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_tree_make(&arena, &from, &tree);
    const osp_route_node *root = osp_tree_prove(&arena, &tree);
    while (root != NULL && left.len > 0) {
        const char *end = memchr(left.ptr, '\n', left.len);
        const size_t line = end != NULL ? (size_t)(end - left.ptr) : left.len;
        osp_str path;
        if (osp_path_normalise((osp_str){ left.ptr, line }, &arena, &path) == OSP_OK &&
            path.ptr[0] == '/' && osp_tree_reads(path)) {
            osp_tree_compare(&tree, root, path);
        }
        const size_t used = line + (end != NULL);
        left = (osp_str){ left.ptr + used, left.len - used };
    }
    osp_arena_done(&arena);
    return 0;
}
