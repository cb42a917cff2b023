/* What a development build has beside its application: who hears of its requests, and answers those
 * of /_openspeed itself.
 *
 * Reached from osp_app_def.dev alone, which table.c of a development build sets; a release build
 * neither links nor calls any of it.  `ctx` is that of a request, on its fiber; what is wanted of
 * it later is copied. */
#ifndef OSP_APP_DEV_H
#define OSP_APP_DEV_H

#include "app/ctx.h"

#define OSP_DEV_PREFIX "/_openspeed" /* URLs of the agent */

struct osp_worker;

struct osp_dev_hooks {
    /* Of a worker that has opened all else and does not serve yet.  OSP_OK | what keeps it from
     * serving */
    osp_status (*open)(struct osp_worker *worker, osp_error *err);
    /* When no connection is left. */
    void (*close)(struct osp_worker *worker);
    /* Another worker has taken the place, and this one accepts nobody any more. */
    void (*retire)(struct osp_worker *worker);

    /* A request begins, with its head and its body; one of the agent's gets its route here. */
    void (*begin)(osp_ctx *ctx);
    /* It has its answer, in ctx->response, which may still be changed.  One that is streamed has
     * been sent: ctx->flow->begun. */
    void (*answered)(osp_ctx *ctx);
    /* It is over.  bytes: of the answer, as far as they are known */
    void (*end)(osp_ctx *ctx, uint64_t bytes);
    /* What is written into the head of a page: the script element that listens for changes.  In the
     * request's memory; whoever writes it keeps `answered` from doing so again. */
    osp_str (*head)(osp_ctx *ctx);
    /* The worker dies.  culprit: what ran, of a request or not; NULL: nothing did.  Called by a
     * signal handler on the loop's thread: it reads memory, which may be damaged, and writes to
     * descriptors. */
    void (*crashed)(const struct osp_worker *worker, osp_task *culprit);
};

/* src/agent's.  The library of development builds alone has it, and what is generated for them
 * names it by itself. */
OSP_API extern const struct osp_dev_hooks osp_dev_agent;

#endif
