/* The page of memory that the supervisor shares with one worker.
 *
 *     worker --> supervisor    it serves, it goes round, where its crash happened
 *     supervisor --> worker    the routes that are shut; whether new clients are welcome; whether
 * it takes the place of one that died; whether jobs are its, until it gives them back
 *
 * Each worker has a page of its own, so what a broken one writes reaches no other.  The supervisor
 * believes nothing in it: numbers are checked before use.  Fields are read and written one by one;
 * nothing depends on their order. */
#ifndef OSP_SERVE_PAGE_H
#define OSP_SERVE_PAGE_H

#include <openspeed/manifest.h>
#include <stdatomic.h>

#include "serve/crashes.h"

#define OSP_PAGE_FRAMES 32 /* calls of a crash that are told of */

/* Which jobs were begun.  Times are of Unix, in seconds. */
typedef struct osp_jobs_done {
    _Atomic int64_t all_s;  /* all that were due by then */
    _Atomic int64_t some_s; /* some of those that were due by then: */
    _Atomic uint64_t some;  /* these, a bit each */
} osp_jobs_done;

typedef struct osp_page {
    _Atomic uint32_t serving;                     /* 1: the worker has opened all it needs */
    _Atomic uint32_t beats;                       /* grows while the loop goes round */
    _Atomic uint32_t retired;                     /* 1: it takes no more connections, others do */
    _Atomic uint32_t crashed;                     /* osp_route_number; 0: none */
    _Atomic uint32_t open;                        /* 1: new clients are welcome */
    _Atomic uint32_t jobs;                        /* not 0: jobs of which there is one are here */
    osp_jobs_done jobs_done;                      /* up to now, here */
    osp_jobs_done jobs_from;                      /* before, elsewhere */
    _Atomic uint32_t replaces;                    /* 1: the worker before it in its seat died */
    _Atomic char request[OSP_REQUEST_ID_MAX + 1]; /* the id of the one that crashed, with NUL */
    _Atomic uint32_t frame_count;
    _Atomic uint64_t frames[OSP_PAGE_FRAMES]; /* of its stack: addresses in the executable's file */
    _Atomic uint32_t shut_count;              /* entries below that have been used */
    struct {
        _Atomic uint32_t route;   /* osp_route_number */
        _Atomic uint32_t until_s; /* of the monotonic clock */
    } shut[OSP_CRASHES_ROUTES];
} osp_page;
_Static_assert(sizeof(osp_page) <= 4096, "one page");

/* Only the loop's thread beats: no locked instruction is needed. */
static inline void osp_page_beat(osp_page *page)
{
    const uint32_t beats = atomic_load_explicit(&page->beats, memory_order_relaxed);
    atomic_store_explicit(&page->beats, beats + 1, memory_order_relaxed);
}

/* A route of a URL, for one of the library's own answers several, as a number that all processes of
 * the application agree on; 0: it is not in its table.  Safe in a signal handler. */
static inline uint32_t osp_route_number(const osp_app_def *app, const osp_route_leaf *leaf,
                                        const osp_route *route)
{
    for (size_t i = 0; route != NULL && i < app->leaf_count; i++) {
        for (size_t method = 0; method < OSP_METHOD_OTHER && app->leaves[i] == leaf; method++) {
            if (leaf->by_method[method] == route) {
                return (uint32_t)(i * OSP_METHOD_OTHER + method + 1);
            }
        }
    }
    return 0;
}

/* The way back.  NULL: no route has this number. */
static inline const osp_route *osp_route_of_number(const osp_app_def *app, uint32_t number,
                                                   const osp_route_leaf **ret_leaf,
                                                   osp_method *ret_method)
{
    if (number == 0 || (number - 1) / OSP_METHOD_OTHER >= app->leaf_count) {
        return NULL;
    }
    *ret_leaf = app->leaves[(number - 1) / OSP_METHOD_OTHER];
    *ret_method = (osp_method)((number - 1) % OSP_METHOD_OTHER);
    return (*ret_leaf)->by_method[*ret_method];
}

#endif
