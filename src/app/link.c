/* URLs of the application's own routes: what the functions of urls.h call.
 *
 *     text and values --> percent-encoded path --> normal form --> router --> the same values?
 *
 * No rule is repeated here: whether a value is one that the route takes, where a part of a segment
 * ends and whether another route goes first is asked of the code that reads requests.  So a URL
 * that is built is one that comes back. */
#include <openspeed/link.h>

#include <string.h>

#include "app/ctx.h"
#include "base/buf.h"
#include "type/text.h"
#include "wire/uri.h"

#define TEXT_MAX 64   /* bytes of a uuid or date */
#define SHOWN_MAX 200 /* bytes of a URL that cannot be */

osp_str osp_link_int(osp_ctx *ctx, int64_t value)
{
    return osp_format(ctx, "%lld", (long long)value);
}

osp_str osp_link_uuid(osp_ctx *ctx, osp_uuid value)
{
    char text[TEXT_MAX];
    const size_t len = osp_text_write_uuid(value, text);
    return osp_copy(ctx, ((osp_str){ text, len }));
}

osp_str osp_link_date(osp_ctx *ctx, osp_date value)
{
    char text[TEXT_MAX];
    const size_t len = osp_text_write_date(value, text);
    return osp_copy(ctx, ((osp_str){ text, len }));
}

/* ---------------------------------------------------------------- writing */

static bool is_mark(char byte)
{
    return byte >= OSP_LINK_VALUE && byte <= OSP_LINK_OPTIONAL;
}

/* Of the characters of a segment (RFC 3986 3.3) those that no reader of URLs or HTML mistakes. */
static bool stays(char byte)
{
    return osp_uri_is_unreserved(byte) || byte == '@' || byte == ':' || byte == ',';
}

static void write_encoded(osp_buf *out, osp_str text, bool with_slashes)
{
    for (size_t i = 0; i < text.len; i++) {
        if (stays(text.ptr[i]) || (with_slashes && text.ptr[i] == '/')) {
            osp_buf_byte(out, text.ptr[i]);
        } else {
            osp_percent_put(out, text.ptr[i]);
        }
    }
}

/* What all URLs begin with (build/urls.c). */
static osp_str base_of(const osp_ctx *ctx)
{
    const osp_app_info *info = ctx->app->info;
    return info != NULL ? (osp_str){ info->base, strnlen(info->base, OSP_BASE_MAX) } : OSP_STR("");
}

static void write_url(osp_buf *out, const osp_link *link, const osp_str *values)
{
    for (const char *at = link->text; *at != '\0'; at++) {
        if (!is_mark(*at)) {
            write_encoded(out, (osp_str){ at, 1 }, true);
            continue;
        }
        if (*at == OSP_LINK_OPTIONAL && values->len > 0) {
            osp_buf_byte(out, '/');
        }
        write_encoded(out, *values++, *at != OSP_LINK_VALUE);
    }
    if (out->len == 0) { /* of /[[...name]] */
        osp_buf_byte(out, '/');
    }
}

static size_t most_of(const osp_link *link, const osp_str *values)
{
    size_t most = 1;
    for (const char *at = link->text; *at != '\0'; at++) {
        most += is_mark(*at) ? 3 * (*values++).len + 1 : 3;
    }
    return most;
}

/* ---------------------------------------------------------------- reading back */

static bool has_values(const osp_link *link, const osp_str *values, const osp_route_match *match)
{
    size_t count = 0;
    bool same = true;
    for (const char *at = link->text; *at != '\0'; at++) {
        if (!is_mark(*at) || (*at == OSP_LINK_OPTIONAL && values->len == 0)) {
            continue;
        }
        same = same && count < match->param_count && osp_str_equal(match->params[count], *values);
        values++;
        count++;
    }
    return same && count == match->param_count;
}

/* Whether a URL may turn out not to be that of the leaf. */
static bool may_be_passed(const osp_route_leaf *leaf)
{
    bool may = false;
    for (int method = 0; method < OSP_METHOD_OTHER; method++) {
        const osp_route *route = leaf->by_method[method];
        for (uint16_t i = 0; route != NULL && i < route->in_->field_count; i++) {
            may |= route->in_->fields[i].nomatch;
        }
    }
    return may;
}

/* NULL: it does. */
static const char *why_not_back(osp_ctx *ctx, const osp_link *link, const osp_str *values,
                                osp_str url)
{
    static const char another[] = "that URL is another's, or its values would be others";
    osp_route_match match;
    osp_str path;
    if (osp_path_normalise(url, ctx->task.arena, &path) != OSP_OK) {
        return "no URL can have such a value";
    }
    for (size_t skip = 0; osp_ctx_find(ctx, link->host, path, skip, &match) == OSP_OK; skip++) {
        if (strcmp(match.leaf->file, link->file) == 0) {
            return has_values(link, values, &match) ? NULL : another;
        }
        if (!may_be_passed(match.leaf)) {
            return another;
        }
    }
    return "no route answers that URL";
}

osp_str osp_link_make(osp_ctx *ctx, const osp_link *link, const osp_str *values)
{
    const osp_str base = base_of(ctx);
    const size_t most = 3 * base.len + most_of(link, values);
    char *storage = osp_task_alloc(&ctx->task, most);
    osp_buf url;
    if (storage == NULL) {
        return (osp_str){ "", 0 };
    }
    osp_buf_init(&url, storage, most, most);
    write_encoded(&url, base, true);
    if (base.len == 0 || strcmp(link->text, "/") != 0) { /* below a base there is no "/" alone */
        write_url(&url, link, values);
    }
    OSP_ASSERT(!url.failed);
    const osp_str text = osp_buf_text(&url);
    const char *wrong = why_not_back(ctx, link, values, text);
    if (wrong != NULL) {
        const int shown = text.len < SHOWN_MAX ? (int)text.len : SHOWN_MAX;
        osp_task_fail(&ctx->task, OSP_E_INVALID, "%s() would give %.*s: %s", link->name, shown,
                      text.ptr, wrong);
        return (osp_str){ "", 0 };
    }
    return text;
}
