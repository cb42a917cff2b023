/* Memory that goes all at once.
 *
 * An arena is a list of blocks.  The first block belongs to the caller (a fiber, a stack frame) and
 * costs nothing; further blocks come from malloc, so that an arena may be used by whichever thread
 * currently works for its task. */
#ifndef OSP_BASE_ARENA_H
#define OSP_BASE_ARENA_H

#include <openspeed/base.h>
#include <stddef.h>
#include <string.h>

#include "base/sanitizer.h"

typedef struct osp_arena_block osp_arena_block;
typedef struct osp_cleanup osp_cleanup;

typedef struct osp_arena {
    char *at, *end;          /* the free part of the current block */
    osp_arena_block *blocks; /* the ones from malloc, newest first */
    osp_cleanup *cleanups;   /* newest first */
    char *first, *first_end; /* aligned; borrowed from the caller until osp_arena_done */
    size_t bytes, bytes_max; /* malloc'ed so far, and at most */
} osp_arena;

/* Starts an arena.  first: borrowed until done, may be NULL with size 0.  bytes_max limits malloc.
 */
void osp_arena_init(osp_arena *arena, void *first, size_t first_size, size_t bytes_max);
/* `size` bytes aligned for any type, not zeroed.  NULL when memory or the limit is exhausted. */
void *osp_arena_try(osp_arena *arena, size_t size);
/* The same, zeroed. */
void *osp_arena_zalloc(osp_arena *arena, size_t size);
/* The same for a few bytes, where the current block has room for them.  NULL: osp_arena_zalloc
 * knows better.  In line, for what every request takes. */
static inline void *osp_arena_zalloc_few(osp_arena *arena, size_t size)
{
    const size_t unit = _Alignof(max_align_t);
    char *piece = arena->at;
    if (OSP_ASAN || size - 1 >= 2 * unit || (size_t)(arena->end - piece) < 2 * unit) {
        return NULL;
    }
    const size_t last = (size - 1) & ~(unit - 1);
    memset(piece, 0, unit); /* nobody has the bytes up to the next piece */
    memset(piece + last, 0, unit);
    arena->at = piece + last + unit;
    return piece;
}
/* Why osp_arena_try gave NULL for `size`: OSP_E_LIMIT | OSP_E_NOMEM. */
osp_status osp_arena_why(const osp_arena *arena, size_t size);
/* Runs fn(arg) at reset, the last one first.  Returns OSP_OK | OSP_E_NOMEM (nothing registered). */
OSP_MUST_CHECK osp_status osp_arena_defer(osp_arena *arena, void (*fn)(void *arg), void *arg);
/* Runs the cleanups. */
void osp_arena_clean(osp_arena *arena);
/* Runs the cleanups, frees all blocks but the caller's. */
void osp_arena_drop(osp_arena *arena);
/* The same, and starts afresh. */
static inline void osp_arena_reset(osp_arena *arena)
{
    if (arena->cleanups != NULL || arena->blocks != NULL) {
        osp_arena_drop(arena);
    }
    arena->at = arena->first;
    arena->end = arena->first_end;
    osp_poison(arena->first, (size_t)(arena->first_end - arena->first));
}
/* Resets and forgets the caller's block. */
void osp_arena_done(osp_arena *arena);

#endif
