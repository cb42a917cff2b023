/* Server-sent events: a stream of text that browsers cut into events by themselves (HTML 9.2).
 *
 *     event: tick        its name; without it "message"
 *     id: 7              what a client that comes back names as Last-Event-ID
 *     retry: 2000        when it comes back
 *     data: a line       each line of the data behind a name of its own
 *     data:  and " one"  whose first space is the field's
 *                        the empty line ends it
 *     : sign of life     a comment
 *
 * LF, CR and CR LF all end a line there, so all of them end one of the data, which scripts get with
 * LF.  In a name or an id they would be a field of whoever wrote it, and a browser drops an id with
 * NUL: such ones are refused.  A name and a space stand before whatever is sent, so that nothing of
 * it is taken for a mark of the encoding either.
 *
 * An event is put together on the stack, and what is larger goes out in parts: nothing is
 * allocated, and the length has no limit.  Of one whose rest never came browsers see nothing. */
#include <stdio.h>
#include <string.h>

#include "app/ctx.h"

#define TOGETHER_SIZE 512 /* bytes that are given to osp_write at once */

typedef struct writer {
    osp_ctx *ctx;
    osp_status status; /* of the first write that failed */
    size_t len;
    char bytes[TOGETHER_SIZE];
} writer;

static void put_out(writer *w, osp_str part)
{
    if (w->status == OSP_OK) {
        w->status = osp_write(w->ctx, part);
    }
}

static void put_all(writer *w)
{
    put_out(w, (osp_str){ w->bytes, w->len });
    w->len = 0;
}

static void put(writer *w, osp_str part)
{
    if (part.len > sizeof w->bytes - w->len) {
        put_all(w);
    }
    if (part.len > sizeof w->bytes) {
        put_out(w, part);
    } else if (part.len > 0) {
        memcpy(w->bytes + w->len, part.ptr, part.len);
        w->len += part.len;
    }
}

static void put_field(writer *w, osp_str name, osp_str value)
{
    put(w, name);
    put(w, value);
    put(w, OSP_STR("\n"));
}

/* A field for each line of a text, the last of which may be empty. */
static void put_lines(writer *w, osp_str name, osp_str text)
{
    for (bool more = true; more;) {
        size_t len = 0;
        while (len < text.len && text.ptr[len] != '\n' && text.ptr[len] != '\r') {
            len++;
        }
        put_field(w, name, (osp_str){ text.ptr, len });
        more = len < text.len;
        if (more) {
            len += text.len - len > 1 && memcmp(text.ptr + len, "\r\n", 2) == 0 ? 2 : 1;
            text = (osp_str){ text.ptr + len, text.len - len };
        }
    }
}

/* Whether a text can stand in one field, and be read again. */
static bool is_line(osp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n' || text.ptr[i] == '\r' || text.ptr[i] == '\0') {
            return false;
        }
    }
    return true;
}

/* Says what the answer is, unless it has been said. */
static osp_status begin(osp_ctx *ctx)
{
    const osp_str cache_control = OSP_STR("Cache-Control");
    osp_flow *flow = ctx->flow;
    if (ctx->failed) {
        return OSP_E_FAILED;
    }
    if (flow == NULL || flow->begun || flow->out == NULL) {
        return OSP_OK; /* too late, or osp_write tells what is wrong */
    }
    if (flow->out->media_type.len == 0) {
        flow->out->media_type = OSP_STR("text/event-stream");
    }
    return osp_answer_header(ctx, cache_control).len > 0
               ? OSP_OK
               : osp_set_header(ctx, cache_control, OSP_STR("no-store"));
}

static osp_status end(writer *w)
{
    put_all(w);
    OSP_TRY(w->status);
    return osp_flush(w->ctx);
}

static osp_status send_fields(osp_ctx *ctx, const osp_sse_event *event, osp_str data)
{
    writer w = { .ctx = ctx };
    OSP_TRY(begin(ctx));
    if (event->event.len > 0) {
        put_field(&w, OSP_STR("event: "), event->event);
    }
    if (event->id.len > 0) {
        put_field(&w, OSP_STR("id: "), event->id);
    }
    if (event->retry_ms > 0) {
        char digits[24];
        const int len = snprintf(digits, sizeof digits, "%lld", (long long)event->retry_ms);
        put_field(&w, OSP_STR("retry: "), (osp_str){ digits, (size_t)len });
    }
    put_lines(&w, OSP_STR("data: "), data);
    put(&w, OSP_STR("\n"));
    return end(&w);
}

static osp_status send_value(osp_ctx *ctx, const osp_sse_event *event)
{
    char storage[OSP_JSON_STACK];
    osp_buf out;
    osp_buf_init(&out, storage, sizeof storage, OSP_JSON_SIZE);
    osp_status status = osp_json_encode(event->type_, event->value_, &out);
    if (status == OSP_OK) {
        status = send_fields(ctx, event, osp_buf_text(&out));
    }
    osp_buf_done(&out);
    return status;
}

osp_status osp_sse_send_event(osp_ctx *ctx, const osp_sse_event *event)
{
    if (!is_line(event->event) || !is_line(event->id)) {
        return osp_task_fail(&ctx->task, OSP_E_INVALID,
                             "the name or the id of an event has a line end or NUL");
    }
    if (event->retry_ms < 0) {
        return osp_task_fail(&ctx->task, OSP_E_INVALID, "the retry_ms of an event is negative");
    }
    return event->type_ != NULL ? send_value(ctx, event) : send_fields(ctx, event, event->data);
}

osp_status osp_sse_comment(osp_ctx *ctx, osp_str text)
{
    writer w = { .ctx = ctx };
    OSP_TRY(begin(ctx));
    put_lines(&w, OSP_STR(": "), text);
    return end(&w);
}
