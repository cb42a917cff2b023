/* Who the client is, what it asked for and how, when proxies stand between.
 *
 *     client --> proxy A --> proxy B --> here
 *                X-Forwarded-For: client    X-Forwarded-For: client, A
 *
 * The peer of the connection is certain.  While an address is one of the trusted, what it says
 * about who came to it is believed: the list is read from the right, and ends at the first address
 * that is nobody's who is trusted.  What stands to the left of it, the client may have written
 * himself.
 *
 * Only one family of headers is read, X-Forwarded-* or Forwarded: a proxy that sets one of them
 * passes the other on as the client sent it. */
#include <string.h>

#include "app/ctx.h"
#include "wire/forwarded.h"
#include "wire/uri.h"

/* What has been found out. */
typedef struct view {
    osp_ip address;
    osp_str scheme, host;
} view;

/* The last items of a list that may stand in several fields. */
typedef struct items {
    osp_str at[OSP_FORWARDED_ITEMS_MAX];
    size_t count; /* that were there; the last are kept, in their places modulo the size */
} items;

static osp_str item(const items *list, size_t index)
{
    return list->at[index % OSP_FORWARDED_ITEMS_MAX];
}

/* The first that is kept. */
static size_t first(const items *list)
{
    return list->count > OSP_FORWARDED_ITEMS_MAX ? list->count - OSP_FORWARDED_ITEMS_MAX : 0;
}

static void collect(const osp_request *request, osp_str name, items *ret_items)
{
    ret_items->count = 0;
    for (uint32_t i = 0; i < request->header_count; i++) {
        osp_str rest = request->headers[i].value;
        if (!osp_str_equal_nocase(request->headers[i].name, name)) {
            continue;
        }
        for (bool more = true; more;) {
            const char *comma = memchr(rest.ptr, ',', rest.len);
            const size_t len = comma != NULL ? (size_t)(comma - rest.ptr) : rest.len;
            ret_items->at[ret_items->count++ % OSP_FORWARDED_ITEMS_MAX] =
                osp_str_trim((osp_str){ rest.ptr, len });
            more = comma != NULL;
            rest = (osp_str){ rest.ptr + len + more, rest.len - len - more };
        }
    }
}

static void set_scheme(view *into, osp_str scheme)
{
    if (osp_str_equal_nocase(scheme, OSP_STR("https"))) {
        into->scheme = OSP_STR("https");
    } else if (osp_str_equal_nocase(scheme, OSP_STR("http"))) {
        into->scheme = OSP_STR("http");
    }
}

static void set_host(view *into, osp_str host)
{
    if (host.len > 0 && osp_authority_valid(host)) {
        into->host = host;
    }
}

/* The item that was added by the proxy so many steps away, or by the last one that added any. */
static osp_str nth_from_right(const osp_request *request, osp_str name, size_t steps)
{
    items list;
    collect(request, name, &list);
    if (list.count == 0) {
        return (osp_str){ 0 };
    }
    const size_t index = list.count >= steps ? list.count - steps : 0;
    return item(&list, index < first(&list) ? first(&list) : index);
}

static void read_x_forwarded(const osp_request *request, const osp_trust *trust, view *into)
{
    items list;
    collect(request, OSP_STR("X-Forwarded-For"), &list);
    size_t steps = 0;
    for (size_t i = list.count; i > first(&list) && osp_trust_has(trust, &into->address); i--) {
        osp_ip ip;
        if (!osp_forwarded_ip(item(&list, i - 1), &ip)) {
            break;
        }
        into->address = ip;
        steps++;
    }
    steps = steps > 0 ? steps : 1;
    set_scheme(into, nth_from_right(request, OSP_STR("X-Forwarded-Proto"), steps));
    set_host(into, nth_from_right(request, OSP_STR("X-Forwarded-Host"), steps));
}

/* RFC 7239 7.1: fields are joined in their order. */
static void read_forwarded(const osp_request *request, const osp_trust *trust, view *into)
{
    osp_forwarded list[OSP_FORWARDED_ITEMS_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < request->header_count; i++) {
        osp_str rest = request->headers[i].value;
        osp_status status = OSP_DONE;
        if (!osp_str_equal_nocase(request->headers[i].name, OSP_STR("Forwarded"))) {
            continue;
        }
        while ((status = osp_forwarded_next(&rest, &list[count % OSP_FORWARDED_ITEMS_MAX])) ==
               OSP_OK) {
            count++;
        }
        if (status != OSP_DONE) {
            return; /* where its elements end is anybody's guess */
        }
    }
    const size_t least = count > OSP_FORWARDED_ITEMS_MAX ? count - OSP_FORWARDED_ITEMS_MAX : 0;
    for (size_t i = count; i > least && osp_trust_has(trust, &into->address); i--) {
        const osp_forwarded *element = &list[(i - 1) % OSP_FORWARDED_ITEMS_MAX];
        osp_ip ip;
        set_scheme(into, element->scheme);
        set_host(into, element->host);
        if (!osp_forwarded_ip(element->client, &ip)) {
            return; /* "unknown" or a made-up name: nobody to be trusted further */
        }
        into->address = ip;
    }
}

static view look(const osp_ctx *ctx)
{
    osp_origin origin = { .trust = NULL };
    osp_target target;
    if (ctx->door != NULL) {
        ctx->door->origin(ctx, &origin);
    }
    view found = { .address = origin.peer,
                   .scheme = origin.tls ? OSP_STR("https") : OSP_STR("http"),
                   .host = osp_request_header(&ctx->request, OSP_STR("Host")) };
    /* RFC 9112 3.2.2: the host of an absolute target wins. */
    if (osp_target_split(ctx->request.target, &target) == OSP_OK && target.authority.len > 0) {
        found.host = target.authority;
    }
    if (osp_trust_has(origin.trust, &origin.peer)) {
        (origin.trust->forwarded ? read_forwarded : read_x_forwarded)(&ctx->request, origin.trust,
                                                                      &found);
    }
    return found;
}

osp_ip osp_client_ip(const osp_ctx *ctx)
{
    osp_origin origin = { .trust = NULL };
    if (ctx->door != NULL) {
        ctx->door->origin(ctx, &origin);
    }
    return osp_trust_has(origin.trust, &origin.peer) ? look(ctx).address : origin.peer;
}

osp_str osp_client_address(osp_ctx *ctx)
{
    char text[OSP_IP_TEXT_SIZE];
    const osp_ip found = osp_client_ip(ctx);
    const size_t len = osp_ip_text(&found, text);
    return osp_copy(ctx, ((osp_str){ text, len }));
}

osp_str osp_client_scheme(const osp_ctx *ctx)
{
    return look(ctx).scheme;
}

osp_str osp_client_host(const osp_ctx *ctx)
{
    return look(ctx).host;
}
