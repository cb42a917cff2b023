/* What requests are called, and what is said of them.
 *
 *     name:  | 16 hexadecimal digits of the worker | 16 of the request |
 *
 * Neither half needs a system call: the first is drawn once, the second is a count from a random
 * start that a bijection scatters, so that it never comes twice and two of them look nothing alike.
 * They are names and no secrets: who undoes the bijection can tell which of two came first. */
#include <sys/random.h>
#include <unistd.h>

#include "base/time.h"
#include "serve/worker.h"

static void put_hex(uint64_t number, char out[OSP_REQUEST_NAME_LEN / 2])
{
    for (int i = OSP_REQUEST_NAME_LEN / 2 - 1; i >= 0; i--) {
        out[i] = "0123456789abcdef"[number & 15];
        number >>= 4;
    }
}

void osp_names_begin(osp_names *names)
{
    uint64_t seeds[2];
    if (getrandom(seeds, sizeof seeds, GRND_NONBLOCK) != (ssize_t)sizeof seeds) {
        seeds[0] = (uint64_t)osp_now_us() << 20 ^ (uint64_t)getpid();
        seeds[1] = (uint64_t)osp_monotonic_us();
    }
    *names = (osp_names){ .key = seeds[1] };
    put_hex(seeds[0], names->prefix);
}

/* A bijection of 64 bits (the finalizer of MurmurHash3). */
static uint64_t scatter(uint64_t x)
{
    x = (x ^ x >> 33) * UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ x >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

void osp_conn_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN])
{
    const osp_exchange *exchange = OSP_CONTAINER_OF(ctx, osp_exchange, ctx);
    osp_names *names = &exchange->worker->names;
    memcpy(text, names->prefix, sizeof names->prefix);
    put_hex(scatter(names->key + names->count++), text + sizeof names->prefix);
}

osp_about osp_conn_about(osp_ctx *ctx)
{
    const osp_route *route = osp_ctx_route(ctx);
    const osp_route_leaf *leaf = ctx->match.leaf;
    return (osp_about){ .method = route != NULL ? osp_method_name(ctx->request.method) : "?",
                        .pattern = leaf != NULL ? leaf->pattern : "?",
                        .request_id = osp_request_id(ctx) };
}

void osp_conn_log(osp_ctx *ctx, const osp_place *here, osp_log_level level, const char *format,
                  va_list args)
{
    const osp_exchange *exchange = OSP_CONTAINER_OF(ctx, osp_exchange, ctx);
    osp_journal *journal = &exchange->worker->journal;
    if (osp_journal_says(journal, level)) { /* else it costs nothing to speak of */
        osp_about about = osp_conn_about(ctx);
        about.place = here != NULL ? *here : (osp_place){ NULL, 0 };
        osp_journal_say_format(journal, level, &about, format, args);
    }
}
