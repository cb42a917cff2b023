/* The arena of tests, in the place of base/arena.c: each piece is an allocation of its own, so that
 * AddressSanitizer, with which an application's tests are compiled, sees whoever reads or writes
 * one byte beyond it, or after its request has ended.  The library itself is compiled without.
 *
 *     blocks --> | next | size | piece |  -->  | next | size | piece |  -->  NULL
 *
 * The caller's first block is not used.  What is allowed is what it is there: the sum of the sizes.
 */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#include "base/size.h"

struct osp_arena_block {
    _Alignas(max_align_t) osp_arena_block *next;
    size_t size; /* with this head */
};

void osp_arena_init(osp_arena *arena, void *first, size_t first_size, size_t bytes_max)
{
    OSP_ASSERT(first != NULL || first_size == 0);
    *arena = (osp_arena){ .bytes_max = bytes_max };
}

static bool block_size(const osp_arena *arena, size_t size, size_t *ret_size)
{
    OSP_ASSERT(arena->bytes <= arena->bytes_max);
    return osp_size_add(size, sizeof(osp_arena_block), ret_size) &&
           *ret_size <= arena->bytes_max - arena->bytes;
}

void *osp_arena_try(osp_arena *arena, size_t size)
{
    size_t total;
    osp_arena_block *block = block_size(arena, size, &total) ? malloc(total) : NULL;
    if (block == NULL) {
        return NULL;
    }
    *block = (osp_arena_block){ .next = arena->blocks, .size = total };
    arena->blocks = block;
    arena->bytes += total;
    return block + 1;
}

osp_status osp_arena_why(const osp_arena *arena, size_t size)
{
    size_t total;
    return block_size(arena, size, &total) ? OSP_E_NOMEM : OSP_E_LIMIT;
}

void *osp_arena_zalloc(osp_arena *arena, size_t size)
{
    void *piece = osp_arena_try(arena, size);
    if (piece != NULL) {
        memset(piece, 0, size);
    }
    return piece;
}

void osp_arena_drop(osp_arena *arena)
{
    osp_arena_clean(arena);
    while (arena->blocks != NULL) {
        osp_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
    arena->bytes = 0;
}

void osp_arena_done(osp_arena *arena)
{
    osp_arena_reset(arena);
    *arena = (osp_arena){ .at = NULL };
}
