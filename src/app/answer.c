/* What a handler may answer with beside its output. */
#include <openspeed/answer.h>

#include <string.h>

#include "app/ctx.h"
#include "base/utf8.h"
#include "http/accept.h"
#include "wire/uri.h"

#define LOCATION_USUAL 512 /* bytes that cost no allocation */

int osp_answer_status(const osp_ctx *ctx)
{
    return ctx->response.status;
}

/* ---------------------------------------------------------------- negotiation */

static const char *choose(osp_ctx *ctx, osp_accept_kind kind, const char *const *offers,
                          size_t count)
{
    osp_accept accept;
    osp_accept_read(&ctx->request, kind, &accept);
    if (osp_vary(ctx, osp_accept_header(kind)) == OSP_E_LIMIT) { /* caches would mix the answers */
        osp_task_fail(&ctx->task, OSP_E_LIMIT, "no room for the Vary header");
    }
    const size_t chosen = osp_accept_choose(&accept, offers, count);
    return chosen < count ? offers[chosen] : NULL;
}

const char *osp_accepts_type(osp_ctx *ctx, const char *const *offers, size_t count)
{
    return choose(ctx, OSP_ACCEPT_MEDIA_TYPE, offers, count);
}

const char *osp_accepts_tag(osp_ctx *ctx, const char *const *offers, size_t count)
{
    return choose(ctx, OSP_ACCEPT_LANGUAGE, offers, count);
}

const char *osp_accepts_coding(osp_ctx *ctx, const char *const *offers, size_t count)
{
    return choose(ctx, OSP_ACCEPT_ENCODING, offers, count);
}

/* ---------------------------------------------------------------- redirects */

/* Copies what a buffer holds into the request's memory, and ends the buffer. */
static osp_status keep(osp_ctx *ctx, osp_buf *out, osp_status status, osp_str *ret_text)
{
    if (status == OSP_OK && out->failed) {
        status = OSP_E_LIMIT;
    }
    if (status == OSP_OK) {
        *ret_text = osp_copy(ctx, osp_buf_text(out));
        status = ret_text->ptr != NULL ? OSP_OK : OSP_E_NOMEM;
    }
    osp_buf_done(out);
    return status;
}

static osp_status write_location(osp_ctx *ctx, osp_str url, osp_str *ret_text)
{
    char storage[LOCATION_USUAL];
    osp_buf out;
    osp_buf_init(&out, storage, sizeof storage, OSP_LOCATION_MAX);
    const osp_status status = osp_uri_write(url, &out);
    return keep(ctx, &out, status == OSP_E_URI ? OSP_E_INVALID : status, ret_text);
}

osp_status osp_redirect_at(osp_ctx *ctx, const osp_place *here, int status, osp_str url)
{
    osp_str location = { 0 };
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
        osp_error cause = { 0 };
        (void)osp_error_set(&cause, OSP_E_INVALID, "osp_redirect with status %d", status);
        osp_task_fail_here(&ctx->task, OSP_E_INVALID, &cause, here);
        return OSP_E_INVALID;
    }
    if (ctx->failed) {
        return OSP_E_FAILED;
    }
    OSP_TRY(write_location(ctx, url, &location));
    OSP_TRY(osp_set_header(ctx, OSP_STR("Location"), location));
    osp_set_status_at(ctx, here, status);
    return osp_send(ctx, (osp_str){ "", 0 }, (osp_str){ NULL, 0 });
}

bool osp_is_local_url(osp_str url)
{
    for (size_t i = 0; i < url.len; i++) {
        const unsigned char c = (unsigned char)url.ptr[i];
        if (c <= ' ' || c == 0x7f || c == '\\') {
            return false;
        }
    }
    return url.len > 0 && url.ptr[0] == '/' && (url.len == 1 || url.ptr[1] != '/');
}

/* ---------------------------------------------------------------- bodies */

osp_status osp_html(osp_ctx *ctx, osp_str body)
{
    return osp_send(ctx, OSP_STR("text/html; charset=utf-8"), body);
}

osp_status osp_send_json_as(osp_ctx *ctx, const osp_type *type, const void *value)
{
    char storage[OSP_JSON_STACK];
    osp_buf out;
    osp_str text = { 0 };
    osp_buf_init(&out, storage, sizeof storage, OSP_JSON_SIZE);
    const osp_status status = osp_json_encode(type, value, &out);
    OSP_TRY(keep(ctx, &out, status, &text));
    return osp_send(ctx, OSP_STR("application/json"), text);
}

osp_status osp_send_json_line_as(osp_ctx *ctx, const osp_type *type, const void *value)
{
    char storage[OSP_JSON_STACK];
    osp_buf out;
    osp_flow *flow = ctx->flow;
    if (flow != NULL && !flow->begun && flow->out != NULL && flow->out->media_type.len == 0) {
        flow->out->media_type = OSP_STR("application/x-ndjson");
    }
    osp_buf_init(&out, storage, sizeof storage, OSP_JSON_SIZE);
    osp_status status = osp_json_encode(type, value, &out);
    osp_buf_byte(&out, '\n');
    if (status == OSP_OK) {
        status = out.failed ? OSP_E_LIMIT : osp_write(ctx, osp_buf_text(&out));
    }
    osp_buf_done(&out);
    return status;
}

/* ---------------------------------------------------------------- attachments */

/* A name with what ends a folder's name, or a line, replaced. */
static char safe(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f || c == '/' || c == '\\' ? '_' : c;
}

/* RFC 6266 appendix D: readers disagree about quotes and percent signs within a quoted name. */
static bool is_plain(char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '%';
}

osp_status osp_attachment(osp_ctx *ctx, osp_str name)
{
    char storage[LOCATION_USUAL];
    osp_buf out;
    osp_str field = OSP_STR("attachment");
    bool plain = true;
    if (name.len > OSP_ATTACHMENT_NAME_MAX) {
        return OSP_E_LIMIT;
    }
    if (!osp_utf8_valid(name)) {
        return OSP_E_INVALID;
    }
    if (name.len == 0) {
        return osp_set_header(ctx, OSP_STR("Content-Disposition"), field);
    }
    osp_buf_init(&out, storage, sizeof storage, sizeof(storage) + 3 * OSP_ATTACHMENT_NAME_MAX);
    osp_buf_str(&out, OSP_STR("attachment; filename=\""));
    for (size_t i = 0; i < name.len; i++) {
        const char c = safe(name.ptr[i]);
        if ((c & 0xc0) != 0x80) { /* one '_' for each character */
            osp_buf_byte(&out, is_plain(c) ? c : '_');
        }
        plain = plain && is_plain(c);
    }
    osp_buf_byte(&out, '"');
    if (!plain) {
        osp_buf_str(&out, OSP_STR("; filename*=UTF-8''"));
        for (size_t i = 0; i < name.len; i++) {
            const char c = safe(name.ptr[i]);
            if (osp_uri_is_unreserved(c)) {
                osp_buf_byte(&out, c);
            } else {
                osp_percent_put(&out, c);
            }
        }
    }
    OSP_TRY(keep(ctx, &out, OSP_OK, &field));
    return osp_set_header(ctx, OSP_STR("Content-Disposition"), field);
}
