/* What providers make for a request, and for the life of a worker. */
#ifndef OSP_APP_PROVIDE_H
#define OSP_APP_PROVIDE_H

#include "app/ctx.h"
#include "app/graph.h"

/* A value that a provider has made, or tried to. */
struct osp_made {
    const osp_provider *provider;
    const osp_provider *absent_by; /* whose maker said so; NULL: it is not absent */
    osp_made *older;
    osp_ctx *ctx;
    void *value;
    osp_status outcome; /* of the request, for who closes after it */
    uint8_t state;      /* made_state in provide.c */
};

/* The values of all scopes that are longer than a request's: those of a context that lives as long
 * as the worker. */
typedef struct osp_life {
    osp_ctx ctx;
    osp_arena arena;
} osp_life;

/* Key of the osp_life * among a task's services. */
extern const char osp_life_key;

#define OSP_LIFE_MEMORY_MAX ((size_t)1 << 30) /* bytes that makers of longer scopes may take */

/* All that calls makers and closers, reached from providers alone: a server without them is linked
 * without it.  The functions below lead there. */
struct osp_provision {
    osp_status (*provide)(osp_ctx *ctx, const osp_need *needs, void *in);
    osp_status (*close)(osp_ctx *ctx, const osp_made *until, osp_status status);
    osp_status (*open_life)(osp_life *life, const osp_app_def *app, const osp_service *services,
                            const osp_provider_override *overrides, osp_error *err);
};

/* Makes what `needs` asks for, in its order, unless it is there, and writes the members of `in`.
 *
 * needs    NULL: nothing
 * in       NULL: they have no members
 * Returns  OSP_OK | OSP_E_FAILED (the answer is set) | what failed, which the task remembers
 * Yields: as the makers do. */
OSP_MUST_CHECK static inline osp_status osp_provide(osp_ctx *ctx, const osp_need *needs, void *in)
{
    if (needs == NULL || needs[0].name == NULL) {
        return OSP_OK;
    }
    OSP_ASSERT(needs[0].provider != NULL); /* the build has refused what nothing makes */
    return needs[0].provider->by_->provide(ctx, needs, in);
}

/* Closes the values of a request that close before the response, the newest first; there are some.
 *
 * until    one of ctx->made, which stays open, as do those before it; NULL: none stays
 * status   of the request so far
 * Returns  the same, or of the first closer that failed where nothing had before */
OSP_MUST_CHECK static inline osp_status osp_provided_close(osp_ctx *ctx, const osp_made *until,
                                                           osp_status status)
{
    return ctx->made->provider->by_->close(ctx, until, status);
}

/* Makes all values that outlive requests and that routes of `app` lead to.
 *
 * services   borrowed until osp_life_close
 * overrides  as in a context, which are not made; NULL in production
 * Returns    OSP_OK | OSP_DONE (there are none; nothing to close) | why not */
OSP_MUST_CHECK static inline osp_status osp_life_open(osp_life *life, const osp_app_def *app,
                                                      const osp_service *services,
                                                      const osp_provider_override *overrides,
                                                      osp_error *err)
{
    const osp_provider *one = osp_graph_first(app);
    return one != NULL ? one->by_->open_life(life, app, services, overrides, err) : OSP_DONE;
}
/* Closes them, the newest first. */
void osp_life_close(osp_life *life);

#endif
