/* Header fields of the request, and of the answer while it is made.
 *
 * A field of the answer is found by its name in any case.  A name stands once, unless fields were
 * added: what was set last holds, whoever set it, a handler or what stands around it.  Set-Cookie
 * alone is always added, for each of its lines is a cookie of its own (RFC 6265 section 3). */
#include <openspeed/answer.h>

#include <string.h>

#include "app/ctx.h"

bool osp_is_token(osp_str name)
{
    static const char more[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.ptr[i];
        const bool alnum =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alnum && (c == 0 || strchr(more, c) == NULL)) {
            return false;
        }
    }
    return name.len > 0;
}

static bool is_field_value(osp_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        const unsigned char c = (unsigned char)value.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

bool osp_header_is_free(osp_str name, osp_str value)
{
    static const osp_str framing[] = { { "content-length", 14 },
                                       { "transfer-encoding", 17 },
                                       { "connection", 10 },
                                       { "date", 4 },
                                       { "content-type", 12 } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(framing); i++) {
        if (osp_str_equal_nocase(name, framing[i])) {
            return false;
        }
    }
    return osp_is_token(name) && is_field_value(value);
}

/* The first field of that name from *at on; false: there is none. */
static bool find(const osp_response *response, osp_str name, uint32_t *at)
{
    for (; *at < response->header_count; (*at)++) {
        if (osp_name_is(response->headers[*at].name, name)) {
            return true;
        }
    }
    return false;
}

static bool is_set(const osp_ctx *ctx, osp_str name)
{
    uint32_t at = 0;
    return find(&ctx->response, name, &at);
}

static bool is_upgrade(osp_str name)
{
    return osp_str_equal_nocase(name, OSP_STR("Upgrade"));
}

static bool is_late(const osp_ctx *ctx)
{
    return ctx->flow != NULL && ctx->flow->begun;
}

osp_status osp_add_header(osp_ctx *ctx, osp_str name, osp_str value)
{
    if (!osp_header_is_free(name, value) || is_late(ctx)) {
        return OSP_E_INVALID;
    }
    osp_response *response = &ctx->response;
    const bool upgrades = is_upgrade(name) && !is_set(ctx, name);
    if (response->header_count + upgrades >= OSP_ANSWER_HEADERS_MAX) {
        return OSP_E_LIMIT;
    }
    if (upgrades) { /* RFC 9110 7.8: a field of the connection is named as such */
        response->headers[response->header_count++] =
            (osp_header_field){ OSP_STR("Connection"), OSP_STR("upgrade") };
    }
    response->headers[response->header_count++] = (osp_header_field){ name, value };
    return OSP_OK;
}

osp_status osp_set_header(osp_ctx *ctx, osp_str name, osp_str value)
{
    osp_response *response = &ctx->response;
    uint32_t at = 0;
    if (!find(response, name, &at) || osp_str_equal_nocase(name, OSP_STR("Set-Cookie"))) {
        return osp_add_header(ctx, name, value);
    }
    if (!osp_header_is_free(name, value) || is_late(ctx)) {
        return OSP_E_INVALID;
    }
    response->headers[at] = (osp_header_field){ name, value };
    osp_response_drop_from(response, name, at + 1);
    return OSP_OK;
}

osp_status osp_remove_header(osp_ctx *ctx, osp_str name)
{
    if (is_late(ctx)) {
        return OSP_E_INVALID;
    }
    osp_response_drop(&ctx->response, name);
    if (is_upgrade(name)) {
        osp_response_drop(&ctx->response, OSP_STR("Connection"));
    }
    return OSP_OK;
}

osp_str osp_answer_header(const osp_ctx *ctx, osp_str name)
{
    uint32_t at = 0;
    return find(&ctx->response, name, &at) ? ctx->response.headers[at].value : (osp_str){ 0 };
}

/* The next of some fields. */
static bool next_field(const osp_header_field *fields, uint32_t count, size_t *at,
                       osp_str *ret_name, osp_str *ret_value)
{
    if (*at >= count) {
        return false;
    }
    *ret_name = fields[*at].name;
    *ret_value = fields[*at].value;
    (*at)++;
    return true;
}

bool osp_answer_headers_next(const osp_ctx *ctx, size_t *at, osp_str *ret_name, osp_str *ret_value)
{
    return next_field(ctx->response.headers, ctx->response.header_count, at, ret_name, ret_value);
}

/* RFC 9110 section 12.5.5.  One line holds all names: not every cache reads a second one. */
osp_status osp_vary(osp_ctx *ctx, osp_str name)
{
    const osp_response *response = &ctx->response;
    const osp_str vary = OSP_STR("Vary");
    if (osp_response_lists(response, vary, name) || osp_response_lists(response, vary, S("*"))) {
        return OSP_OK;
    }
    const osp_str before = osp_answer_header(ctx, vary);
    if (before.len == 0) {
        return osp_set_header(ctx, vary, name);
    }
    const osp_str both = osp_format(ctx, "%.*s, %.*s", OSP_ARG(before), OSP_ARG(name));
    uint32_t at = 0;
    if (both.len == 0) {
        return OSP_E_NOMEM;
    }
    if (!osp_header_is_free(name, name) || is_late(ctx) || !find(response, vary, &at)) {
        return OSP_E_INVALID;
    }
    ctx->response.headers[at].value = both;
    return OSP_OK;
}

osp_str osp_header(const osp_ctx *ctx, osp_str name)
{
    return osp_request_header(&ctx->request, name);
}

bool osp_header_next(const osp_ctx *ctx, osp_str name, size_t *at, osp_str *ret_value)
{
    osp_str found = { 0 }, value = { 0 };
    while (osp_headers_next(ctx, at, &found, &value)) {
        if (osp_str_equal_nocase(found, name)) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

bool osp_headers_next(const osp_ctx *ctx, size_t *at, osp_str *ret_name, osp_str *ret_value)
{
    return next_field(ctx->request.headers, ctx->request.header_count, at, ret_name, ret_value);
}
