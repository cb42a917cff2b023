/* /livez and /readyz, for whoever asks whether this process is well: a load balancer, Kubernetes.
 *
 *     /livez     200 while the loop goes round, also while it drains or is overloaded: ending it
 *                would help nobody
 *     /readyz    200 while new clients are welcome; 503 before all workers serve, from the moment
 *                on which the end has been asked for, and while memory is short
 *
 * A route of the application at exactly that path wins; one that catches all does not, or an
 * application that answers every path with a page would always be ready. */
#include <string.h>

#include "serve/worker.h"
#include "wire/uri.h"

static const struct {
    osp_str path;
    osp_probe probe;
} probes[] = { { { "/livez", 6 }, OSP_PROBE_LIVE }, { { "/readyz", 7 }, OSP_PROBE_READY } };

unsigned osp_health_probes(const osp_app_def *app)
{
    unsigned found = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(probes); i++) {
        bool own = false;
        for (size_t leaf = 0; leaf < app->leaf_count; leaf++) {
            own = own || osp_str_equal(osp_str_from(app->leaves[leaf]->pattern), probes[i].path);
        }
        found |= own ? 0 : (unsigned)probes[i].probe;
    }
    return found;
}

static osp_status answer_probe(osp_ctx *ctx, const void *in, void *out)
{
    const osp_worker *worker = OSP_CONTAINER_OF(ctx, osp_exchange, ctx)->worker;
    const bool live = osp_str_equal(ctx->request.path, probes[0].path);
    const bool open = atomic_load_explicit(&worker->page->open, memory_order_relaxed) != 0 &&
                      worker->drain_until_us == 0 && !worker->short_of_memory;
    const bool well = live || open;
    (void)in;
    (void)out;
    osp_set_status(ctx, well ? 200 : 503);
    OSP_TRY(osp_set_header(ctx, OSP_STR("Cache-Control"), OSP_STR("no-store")));
    if (!well) {
        osp_retry_later(ctx);
    }
    return osp_text(ctx, well ? OSP_STR("ok\n") : OSP_STR("not ready\n"));
}

static const osp_route probe_route = { .in_ = &osp_type_void,
                                       .out_ = &osp_type_void,
                                       .call_ = answer_probe,
                                       .handler_ = "answer_probe",
                                       .file_ = "(openspeed)",
                                       .line_ = 1,
                                       .method_ = OSP_METHOD_GET };
static const osp_route_leaf probe_leaves[] = {
    { .pattern = "/livez", .by_method = { [OSP_METHOD_GET] = &probe_route } },
    { .pattern = "/readyz", .by_method = { [OSP_METHOD_GET] = &probe_route } },
};
_Static_assert(OSP_ARRAY_LEN(probe_leaves) == OSP_ARRAY_LEN(probes), "a URL for each probe");

/* The probe that the target is for, in any of its forms and whatever its query; NULL: none. */
static const osp_route_leaf *probe_of(const osp_worker *worker, osp_ctx *ctx)
{
    osp_target target;
    osp_str path;
    if (osp_target_split(ctx->request.target, &target) != OSP_OK || target.is_https ||
        osp_path_normalise(target.path, ctx->task.arena, &path) != OSP_OK) {
        return NULL;
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(probes); i++) {
        if ((worker->probes & (unsigned)probes[i].probe) != 0 &&
            osp_str_equal(path, probes[i].path)) {
            ctx->request.path = probes[i].path;
            return &probe_leaves[i];
        }
    }
    return NULL;
}

bool osp_health_answer(const osp_worker *worker, osp_ctx *ctx)
{
    const osp_route_leaf *leaf = probe_of(worker, ctx);
    if (leaf == NULL || ctx->refusal != OSP_REFUSAL_NONE) {
        return false;
    }
    ctx->match.leaf = leaf;
    ctx->match.param_count = 0;
    ctx->route = osp_ctx_route(ctx);
    if (ctx->route != NULL) {
        osp_app_handle(ctx);
    } else {
        osp_app_refuse_method(ctx);
    }
    return true;
}
