/* Who the client is, as the application sees it. */
#include <openspeed/openspeed.h>

typedef struct Client {
    osp_str address, scheme, host;
} Client;
OSP_TYPE(Client, FIELD(address), FIELD(scheme), FIELD(host));

static osp_status client(osp_ctx *ctx, const void *in, Client *out)
{
    (void)in;
    *out = (Client){ osp_client_address(ctx), osp_client_scheme(ctx), osp_client_host(ctx) };
    return OSP_OK;
}
OSP_ROUTE(GET, client, void, Client);
