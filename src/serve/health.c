/* /livez and /readyz, for whoever asks whether this process is well: a load balancer, Kubernetes.
 *
 *     /livez     200 while the loop goes round, and 200 while it drains: ending it would help
 * nobody /readyz    200 while new clients are welcome; 503 before all workers serve and from the
 * moment on which the end has been asked for
 *
 * A route of the application at exactly that path wins; one that catches all does not, or an
 * application that answers every path with a page would always be ready. */
#include <string.h>

#include "serve/worker.h"

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

/* The probe that the target is for, whatever its query. */
static unsigned probe_of(osp_str target)
{
    const char *query = memchr(target.ptr, '?', target.len);
    const osp_str path = { target.ptr, query != NULL ? (size_t)(query - target.ptr) : target.len };
    for (size_t i = 0; i < OSP_ARRAY_LEN(probes); i++) {
        if (osp_str_equal(path, probes[i].path)) {
            return (unsigned)probes[i].probe;
        }
    }
    return 0;
}

bool osp_health_answer(const osp_worker *worker, osp_ctx *ctx)
{
    const unsigned probe = probe_of(ctx->request.target) & worker->probes;
    const bool reads =
        ctx->request.method == OSP_METHOD_GET || ctx->request.method == OSP_METHOD_HEAD;
    if (probe == 0 || !reads) {
        return false;
    }
    const bool open = atomic_load_explicit(&worker->page->open, memory_order_relaxed) != 0 &&
                      worker->drain_until_us == 0;
    const bool well = probe == OSP_PROBE_LIVE || open;
    ctx->response.status = well ? 200 : 503;
    ctx->response.media_type = OSP_STR("text/plain; charset=utf-8");
    ctx->response.bytes = well ? OSP_STR("ok\n") : OSP_STR("not ready\n");
    const osp_status status = osp_set_header(ctx, OSP_STR("Cache-Control"), OSP_STR("no-store"));
    OSP_ASSERT(status == OSP_OK);
    return true;
}
