#include <openspeed/openspeed.h>

#include <stdlib.h>
#include <string.h>

typedef struct DoIn { osp_str what; } DoIn;
OSP_TYPE(DoIn, QUERY(what));

static void *volatile lost;
static char *volatile beyond;

static osp_status misbehave(osp_ctx *ctx, const DoIn *in, void *out)
{
    (void)out;
    if (osp_str_equal(in->what, S("arena"))) {
        beyond = osp_alloc(ctx, 24);
        memset(beyond, 'x', 25);
    } else if (osp_str_equal(in->what, S("null"))) {
        beyond = NULL;
        *beyond = 1;
    } else if (osp_str_equal(in->what, S("leak"))) {
        lost = malloc(100);
        lost = NULL;
    } else if (osp_str_equal(in->what, S("hang"))) {
        return osp_sleep_ms(ctx, 3600000);
    } else if (osp_str_equal(in->what, S("exit"))) {
        exit(0);
    }
    return osp_fail(ctx, 409, "as asked");
}
OSP_ROUTE(GET, misbehave, DoIn, void, .errors = { 409 });
