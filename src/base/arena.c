/* Memory that goes all at once.
 *
 * A request allocates many small pieces that all die together, so a piece costs an addition and a
 * comparison, and freeing costs one step a block:
 *
 *     first (caller's)          from malloc, newest first
 *     +---------------+     +------+-----------+     +------+-----------+
 *     | pieces | free |     | head | pieces    | --> | head | pieces    | --> NULL
 *     +---------------+     +------+-----------+     +------+-----------+
 *                                        at ^ ^ end: of whichever block is current
 *
 * Invariants: at <= end, and both are multiples of ALIGN or NULL; bytes <= bytes_max; what lies
 * between at and end is poisoned under AddressSanitizer, as are the alignment gaps and a redzone
 * behind each piece.
 *
 * A piece that is large beside a block gets a block of its own, so that it does not strand the rest
 * of the current one.  Blocks grow with what the arena already holds, up to BLOCK_MAX: the number
 * of mallocs stays logarithmic for small requests and waste stays bounded for large ones.
 *
 * Cleanups (cleanup.c) run before any block is freed. */
#include "base/arena.h"

#include "base/sanitizer.h"
#include "base/size.h"

#include <stdlib.h>
#include <string.h>

#define ALIGN _Alignof(max_align_t)
#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX ((size_t)65536)

struct osp_arena_block {
    _Alignas(max_align_t) osp_arena_block *next;
    size_t size; /* with this head */
};

_Static_assert(sizeof(osp_arena_block) % _Alignof(max_align_t) == 0,
               "the first piece of a block must be aligned");

void osp_arena_init(osp_arena *arena, void *first, size_t first_size, size_t bytes_max)
{
    OSP_ASSERT(first != NULL || first_size == 0);
    const size_t skip = (size_t)(-(uintptr_t)first) & (ALIGN - 1);
    *arena = (osp_arena){ .bytes_max = bytes_max };
    if (first_size > skip) {
        arena->first = (char *)first + skip;
        arena->first_end = arena->first + ((first_size - skip) & ~(ALIGN - 1));
    }
    osp_arena_reset(arena);
}

/* Puts a block with `need` usable bytes or more in the list, or returns NULL. */
static osp_arena_block *block_add(osp_arena *arena, size_t need)
{
    OSP_ASSERT(arena->bytes <= arena->bytes_max);
    const size_t left = arena->bytes_max - arena->bytes;
    size_t least;
    if (!osp_size_add(need, sizeof(osp_arena_block), &least) || least > left) {
        return NULL;
    }
    size_t size = arena->bytes;
    size = size < BLOCK_MIN ? BLOCK_MIN : size > BLOCK_MAX ? BLOCK_MAX : size;
    /* Near the limit a block may be smaller than usual, but never smaller than asked for. */
    size = size > left ? left & ~(ALIGN - 1) : size;
    size = size < least ? least : size;
    osp_arena_block *block = malloc(size);
    if (block == NULL) {
        return NULL;
    }
    *block = (osp_arena_block){ .next = arena->blocks, .size = size };
    arena->blocks = block;
    arena->bytes += size;
    return block;
}

/* Takes `need` bytes from a new block and goes on with whichever block has more room left. */
static char *grow(osp_arena *arena, size_t need)
{
    osp_arena_block *block = block_add(arena, need);
    if (block == NULL) {
        return NULL;
    }
    char *piece = (char *)(block + 1);
    char *end = (char *)block + (block->size & ~(ALIGN - 1));
    osp_poison(piece, block->size - sizeof(*block));
    if ((size_t)(end - piece) - need > (size_t)(arena->end - arena->at)) {
        arena->at = piece + need;
        arena->end = end;
    }
    return piece;
}

/* What a piece takes of a block. */
static bool piece_size(size_t size, size_t *ret_need)
{
    /* An empty piece takes a byte, so that NULL always means failure. */
    size_t need;
    return osp_size_add(size == 0 ? 1 : size, OSP_REDZONE, &need) &&
           osp_size_round_up(need, ALIGN, ret_need);
}

void *osp_arena_try(osp_arena *arena, size_t size)
{
    size_t need;
    if (!piece_size(size, &need)) {
        return NULL;
    }
    OSP_DEBUG_ASSERT(arena->at <= arena->end);
    char *piece = arena->at;
    if (need <= (size_t)(arena->end - arena->at)) {
        arena->at += need;
    } else {
        piece = grow(arena, need);
        if (piece == NULL) {
            return NULL;
        }
    }
    osp_unpoison(piece, size);
    return piece;
}

osp_status osp_arena_why(const osp_arena *arena, size_t size)
{
    size_t need;
    const bool allowed = piece_size(size, &need) &&
                         osp_size_add(need, sizeof(osp_arena_block), &need) &&
                         need <= arena->bytes_max - arena->bytes;
    return allowed ? OSP_E_NOMEM : OSP_E_LIMIT;
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
        osp_unpoison(block, block->size);
        free(block);
    }
    arena->bytes = 0;
}

void osp_arena_done(osp_arena *arena)
{
    osp_arena_reset(arena);
    osp_unpoison(arena->first, (size_t)(arena->first_end - arena->first));
    *arena = (osp_arena){ .at = NULL };
}
