/* Questions to `openspeed dev`, each on the stack of the fiber that waits for its answer. */
#include "agent/devtools.h"

#include <stdio.h>
#include <string.h>

struct osp_devtools_asked {
    osp_devtools_asked *next;
    int64_t id;
    osp_task *task;
    osp_ctx *ctx;
    osp_str data;
    bool told;
};

static void leave(osp_devtools *devtools, const osp_devtools_asked *self)
{
    osp_devtools_asked **at = &devtools->asked;
    while (*at != self) {
        OSP_ASSERT(*at != NULL); /* who asks has entered itself */
        at = &(*at)->next;
    }
    *at = self->next;
}

void osp_devtools_told(osp_devtools *devtools, int64_t id, osp_str data)
{
    for (osp_devtools_asked *at = devtools->asked; at != NULL; at = at->next) {
        if (at->id == id && !at->told) {
            at->data = osp_copy(at->ctx, data);
            at->told = true;
            at->task->waits->wake(at->task);
        }
    }
}

static osp_status no_answer(osp_ctx *ctx)
{
    return osp_fail(ctx, 504, "openspeed dev does not answer.");
}

static osp_status send_question(osp_devtools *devtools, int64_t id, const char *what, osp_str arg)
{
    char storage[256];
    osp_buf line;
    osp_buf_init(&line, storage, sizeof storage, 4096);
    osp_buf_printf(&line, "{\"t\":\"ask\",\"id\":%lld,\"what\":\"%s\",\"arg\":", (long long)id,
                   what);
    osp_status status = osp_json_string(arg, &line);
    osp_buf_byte(&line, '}');
    status = line.failed ? OSP_E_NOMEM : status;
    if (status == OSP_OK) {
        status = osp_channel_send(&devtools->agent->channel, osp_buf_text(&line));
    }
    osp_buf_done(&line);
    return status;
}

static osp_status wait_for(osp_devtools *devtools, osp_ctx *ctx, osp_devtools_asked *self)
{
    osp_task *task = &ctx->task;
    const int64_t until_us = task->waits->now_us(task) + OSP_DEVTOOLS_ASK_MS * INT64_C(1000);
    while (!self->told && devtools->agent->channel.fd >= 0) {
        const osp_status status = task->waits->park_until(task, until_us);
        if (status == OSP_E_DEADLINE || osp_task_is_cancelled(task)) {
            break;
        }
        OSP_TRY(status == OSP_E_NOMEM ? status : OSP_OK);
    }
    return self->told ? OSP_OK : OSP_E_DEADLINE;
}

/* Where the worker remembers itself. */
static osp_status ask_here(osp_history *history, osp_ctx *ctx, const char *what, osp_str arg,
                           osp_str *ret_data)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, OSP_DEVTOOLS_ANSWER_MAX);
    const bool known = osp_history_answer(history, osp_str_from(what), arg, &out);
    OSP_ASSERT(known);
    *ret_data = out.failed ? (osp_str){ 0 } : osp_copy(ctx, osp_buf_text(&out));
    osp_buf_done(&out);
    return ret_data->ptr != NULL ? OSP_OK : OSP_E_NOMEM;
}

osp_status osp_devtools_ask(osp_devtools *devtools, osp_ctx *ctx, const char *what, osp_str arg,
                            osp_str *ret_data)
{
    if (arg.len >= OSP_RECORD_ID_MAX) { /* the name of none, and no question may be that long */
        *ret_data = OSP_STR("null");
        return OSP_OK;
    }
    if (devtools->history != NULL) {
        return ask_here(devtools->history, ctx, what, arg, ret_data);
    }
    osp_devtools_asked self = {
        .next = devtools->asked, .id = ++devtools->ask_id, .task = &ctx->task, .ctx = ctx
    };
    if (send_question(devtools, self.id, what, arg) != OSP_OK) {
        return no_answer(ctx);
    }
    devtools->asked = &self;
    const osp_status status = wait_for(devtools, ctx, &self);
    leave(devtools, &self);
    *ret_data = self.data;
    return status != OSP_OK ? no_answer(ctx) : self.data.ptr == NULL ? OSP_E_NOMEM : OSP_OK;
}
