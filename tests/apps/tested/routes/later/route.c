#include <openspeed/openspeed.h>

static osp_status note(osp_task *task, void *arg)
{
    (void)arg;
    osp_db_exec(task, "INSERT INTO note (text) VALUES ('later')");
    return OSP_OK;
}
OSP_TASK(note, void);

static osp_status later(osp_ctx *ctx, const void *in, osp_stream *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_after(ctx, note, NULL));
    return osp_write(ctx, S("soon"));
}
OSP_ROUTE(POST, later, void, osp_stream);
