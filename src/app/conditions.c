/* Conditional requests: If-Match and its kin, held against the validators that the handler sends.
 *
 *     If-Match ............... no tag fits ............... 412
 *     else If-Unmodified-Since  the date is older ........ 412
 *     If-None-Match .......... a tag fits ................ 304
 *     else If-Modified-Since    the date is not older .... 304      in this order: RFC 9110 13.2.2
 *
 * For GET and HEAD the handler runs first: it is safe to run, and what it answers carries ETag and
 * Last-Modified; what it streams is held against them when its head would be sent.  A method that
 * changes something must not run unless its condition holds, and nothing is known before it ran:
 * If-Match with a list of tags is refused, and If-None-Match where there is something to GET.  A
 * route whose input takes one of the fields judges all of them by itself.
 *
 * Source: RFC 9110 8.8, 13, 15.4.5. */
#include <openspeed/answer.h>

#include "app/ctx.h"
#include "http/params.h"
#include "wire/date.h"

/* Bytes of a tag, in the order of the grammar: ["W/"] '"' opaque '"'. */
typedef struct entity_tag {
    osp_str opaque;
    bool weak;
} entity_tag;

/* Whether the input of a route has a member for one of the fields. */
static bool judges_itself(const osp_route *route)
{
    static const osp_str names[] = { { "if-match", 8 },
                                     { "if-none-match", 13 },
                                     { "if-modified-since", 17 },
                                     { "if-unmodified-since", 19 } };
    for (size_t n = 0; n < OSP_ARRAY_LEN(names); n++) {
        if (osp_type_takes_header(route->in_, names[n])) {
            return true;
        }
    }
    return false;
}

/* Takes the next tag off a list; false at its end and at what is no tag. */
static bool next_tag(osp_str *list, entity_tag *ret)
{
    while (list->len > 0 && (list->ptr[0] == ' ' || list->ptr[0] == '\t' || list->ptr[0] == ',')) {
        list->ptr++;
        list->len--;
    }
    const size_t quote = list->len >= 2 && list->ptr[0] == 'W' && list->ptr[1] == '/' ? 2 : 0;
    if (list->len <= quote || list->ptr[quote] != '"') {
        return false;
    }
    size_t end = quote + 1;
    while (end < list->len && list->ptr[end] != '"') {
        end++;
    }
    if (end == list->len) {
        return false;
    }
    *ret = (entity_tag){ { list->ptr + quote + 1, end - quote - 1 }, quote != 0 };
    list->ptr += end + 1;
    list->len -= end + 1;
    return true;
}

/* What the lines of a field with tags say of the current tag; a field of an answer is one line. */
typedef enum tag_verdict { NO_FIELD, ANY_TAG, TAG_FITS, NO_TAG_FITS } tag_verdict;

static tag_verdict judge_tags(const osp_request *request, osp_str name, osp_str current,
                              bool strong)
{
    tag_verdict verdict = NO_FIELD;
    entity_tag mine, theirs;
    const bool known = next_tag(&current, &mine) && !(strong && mine.weak);
    for (uint32_t i = 0; i < request->header_count; i++) {
        if (!osp_str_equal_nocase(request->headers[i].name, name)) {
            continue;
        }
        osp_str list = request->headers[i].value;
        if (osp_str_equal(list, S("*"))) {
            return ANY_TAG;
        }
        verdict = NO_TAG_FITS;
        while (known && next_tag(&list, &theirs)) {
            if (osp_str_equal(theirs.opaque, mine.opaque) && !(strong && theirs.weak)) {
                return TAG_FITS;
            }
        }
    }
    return verdict;
}

/* Whether the one line of the field is a date, and the answer has one too. */
static bool read_dates(const osp_request *request, osp_str name, osp_str modified,
                       int64_t *ret_asked, int64_t *ret_known)
{
    const int64_t now_s = osp_now_us() / 1000000;
    size_t lines = 0;
    for (uint32_t i = 0; i < request->header_count; i++) {
        lines += osp_str_equal_nocase(request->headers[i].name, name);
    }
    return lines == 1 && osp_http_date_read(osp_request_header(request, name), now_s, ret_asked) &&
           osp_http_date_read(modified, now_s, ret_known);
}

/* The status that the conditions of a GET ask for; 0: its own. */
static int judge(const osp_ctx *ctx)
{
    const osp_request *request = &ctx->request;
    const osp_str tag = osp_answer_header(ctx, S("ETag"));
    const osp_str modified = osp_answer_header(ctx, S("Last-Modified"));
    int64_t asked = 0;
    int64_t known = 0;
    tag_verdict verdict = judge_tags(request, S("If-Match"), tag, true);
    if (verdict == NO_TAG_FITS ||
        (verdict == NO_FIELD &&
         read_dates(request, S("If-Unmodified-Since"), modified, &asked, &known) &&
         known > asked)) {
        return 412;
    }
    verdict = judge_tags(request, S("If-None-Match"), tag, false);
    if (verdict == ANY_TAG || verdict == TAG_FITS ||
        (verdict == NO_FIELD &&
         read_dates(request, S("If-Modified-Since"), modified, &asked, &known) && known <= asked)) {
        return 304;
    }
    return 0;
}

static bool is_safe(osp_method method)
{
    return method == OSP_METHOD_GET || method == OSP_METHOD_HEAD;
}

static osp_status refuse(osp_ctx *ctx)
{
    return osp_fail(ctx, 412, "The condition of the request does not hold.");
}

/* Whether a condition of a method that changes something can be false, for all that is known. Where
 * there is nothing to GET, there is nothing that If-None-Match could find. */
static bool can_fail(const osp_ctx *ctx)
{
    const osp_request *request = &ctx->request;
    const osp_str unknown = { 0 };
    const osp_route_leaf *leaf = ctx->match.leaf;
    return judge_tags(request, S("If-Match"), unknown, true) == NO_TAG_FITS ||
           (leaf != NULL && leaf->by_method[OSP_METHOD_GET] != NULL &&
            judge_tags(request, S("If-None-Match"), unknown, false) != NO_FIELD);
}

osp_status osp_conditions_before(osp_ctx *ctx, const osp_route *route)
{
    const osp_method method = ctx->request.method;
    if (is_safe(method) || method == OSP_METHOD_OPTIONS || !can_fail(ctx) || judges_itself(route)) {
        return OSP_OK;
    }
    return refuse(ctx);
}

/* RFC 9110 15.4.5: of what describes the content, only what a cache goes by. */
static void keep_for_caches(osp_ctx *ctx)
{
    osp_response *response = &ctx->response;
    osp_response_drop(response, S("Content-Encoding"));
    osp_response_drop(response, S("Content-Language"));
    osp_response_drop(response, S("Trailer"));
    if (osp_answer_header(ctx, S("ETag")).len > 0) {
        osp_response_drop(response, S("Last-Modified"));
    }
}

void osp_conditions_after(osp_ctx *ctx, const osp_route *route)
{
    osp_response *response = &ctx->response;
    OSP_DEBUG_ASSERT(!ctx->failed);
    const bool begun = ctx->flow != NULL && ctx->flow->begun; /* too late */
    if (begun || !is_safe(ctx->request.method) || response->status / 100 != 2 ||
        judges_itself(route)) {
        return;
    }
    const int status = judge(ctx);
    if (status == 412) {
        (void)refuse(ctx);
    } else if (status == 304) {
        response->status = 304;
        keep_for_caches(ctx);
    }
}
