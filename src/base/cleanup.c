/* What runs when an arena is reset.
 *
 * Cleanups live in the arena itself and may use its memory; one that a cleanup registers runs in
 * the same reset.  An object of its own, since tests have another arena (src/test/arena.c). */
#include "base/arena.h"

struct osp_cleanup {
    void (*fn)(void *arg);
    void *arg;
    osp_cleanup *next;
};

osp_status osp_arena_defer(osp_arena *arena, void (*fn)(void *arg), void *arg)
{
    OSP_ASSERT(fn != NULL);
    osp_cleanup *cleanup = osp_arena_try(arena, sizeof(*cleanup));
    if (cleanup == NULL) {
        return OSP_E_NOMEM;
    }
    *cleanup = (osp_cleanup){ .fn = fn, .arg = arg, .next = arena->cleanups };
    arena->cleanups = cleanup;
    return OSP_OK;
}

void osp_arena_clean(osp_arena *arena)
{
    while (arena->cleanups != NULL) {
        const osp_cleanup cleanup = *arena->cleanups;
        arena->cleanups = cleanup.next;
        cleanup.fn(cleanup.arg);
    }
}
