/* Answers are written straight behind those already in the connection's buffer.
 *
 * The length of a JSON body is known only when it has been encoded, and it stands in front of it.
 * So the head is written with a number of as many digits as the length of the answer before had,
 * the body is encoded in its final place, and the digits are patched.  Only a body whose length is
 * of another width moves.
 */
#include "http/message.h"

#include <string.h>

#include "base/slice.h"
#include "type/json.h"

#define WIDTH_USUAL 3

/* The least length of so many digits; the last one is of no width that is guessed. */
static const uint64_t least_of_width[] = { 0,      0,       10,       100,       1000,      10000,
                                           100000, 1000000, 10000000, 100000000, 1000000000 };
#define WIDTH_MAX (OSP_ARRAY_LEN(least_of_width) - 2)

osp_str osp_request_header(const osp_request *request, osp_str name)
{
    OSP_DEBUG_ASSERT(request->header_count == 0 || request->headers != NULL);
    for (uint32_t i = 0; i < request->header_count; i++) {
        if (osp_name_is(request->headers[i].name, name)) {
            return request->headers[i].value;
        }
    }
    return (osp_str){ 0 };
}

static bool lists(const osp_header_field *fields, uint32_t count, osp_str name, osp_str token)
{
    for (uint32_t i = 0; i < count; i++) {
        osp_str rest = fields[i].value, item;
        if (!osp_name_is(fields[i].name, name)) {
            continue;
        }
        while (osp_str_take(&rest, ',', &item)) {
            if (osp_name_is(osp_str_trim(item), token)) {
                return true;
            }
        }
    }
    return false;
}

bool osp_request_lists(const osp_request *request, osp_str name, osp_str token)
{
    return lists(request->headers, request->header_count, name, token);
}

bool osp_response_lists(const osp_response *response, osp_str name, osp_str token)
{
    return lists(response->headers, response->header_count, name, token);
}

void osp_response_drop_from(osp_response *response, osp_str name, uint32_t at)
{
    uint32_t kept = at;
    for (uint32_t i = at; i < response->header_count; i++) {
        if (!osp_name_is(response->headers[i].name, name)) {
            response->headers[kept++] = response->headers[i];
        }
    }
    response->header_count = kept;
}

/* Puts a length where one of `guess` digits ends at `digits_end`; what is behind moves. */
__attribute__((noinline)) static void set_width(osp_buf *out, size_t digits_end, size_t guess,
                                                size_t length, const osp_reply_options *options)
{
    char digits[OSP_H1_LENGTH_SIZE];
    const size_t width = (size_t)(osp_h1_put_length(digits, length) - digits);
    if (width > guess && !osp_buf_reserve(out, width - guess)) {
        return;
    }
    char *at = out->ptr + digits_end - guess;
    memmove(at + width, at + guess, out->len - digits_end);
    memcpy(at, digits, width);
    out->len = out->len + width - guess;
    if (options->width != NULL && width <= WIDTH_MAX) {
        *options->width = (uint8_t)width;
    }
}

static osp_status write_typed(const osp_response *response, const osp_reply_options *options,
                              osp_h1_answer *answer, osp_buf *out)
{
    OSP_ASSERT(response->value != NULL);
    const size_t known = options->width != NULL ? *options->width : 0;
    const size_t guess = known != 0 ? known : WIDTH_USUAL;
    OSP_ASSERT(guess <= WIDTH_MAX);
    answer->content_length = least_of_width[guess];
    const size_t digits_end = osp_h1_write_head(answer, out);
    const size_t body_at = out->len;
    OSP_TRY(osp_json_encode(response->type, response->value, out));
    const size_t length = out->len - body_at;
    OSP_ASSERT(digits_end >= guess && digits_end <= out->len);
    if (length >= least_of_width[guess] && length < least_of_width[guess + 1]) {
        osp_h1_put_length(out->ptr + digits_end - guess, length);
    } else {
        set_width(out, digits_end, guess, length, options);
    }
    if (options->head_only) {
        out->len -= length;
    }
    return OSP_OK;
}

/* Whether the answer has a body. */
static inline bool describe(osp_h1_answer *answer, const osp_response *response,
                            const osp_reply_options *options)
{
    OSP_ASSERT(response->status >= 100 && response->status <= 599);
    OSP_ASSERT(response->header_count <= OSP_ANSWER_HEADERS_MAX);
    const bool has_body = osp_status_has_body(response->status);
    answer->status = response->status;
    answer->content_type = has_body ? response->media_type : (osp_str){ 0 };
    answer->date_line = options->date_line;
    answer->headers = response->headers;
    answer->header_count = response->header_count;
    answer->content_length = has_body ? response->bytes.len : 0;
    answer->has_length = has_body || response->status == 205; /* which says so: RFC 9110 15.3.6 */
    answer->chunked = false;
    answer->close = options->close;
    answer->keep_alive_1_0 = options->keep_alive_1_0;
    return has_body;
}

osp_status osp_reply_write_h1(const osp_response *response, const osp_reply_options *options,
                              osp_buf *out)
{
    OSP_DEBUG_ASSERT(!out->failed);
    const size_t start = out->len;
    osp_h1_answer answer;
    const bool has_body = describe(&answer, response, options);
    osp_status status = OSP_OK;
    if (has_body && response->type != NULL) {
        status = write_typed(response, options, &answer, out);
    } else {
        osp_h1_write_head(&answer, out);
        if (has_body && !options->head_only) {
            osp_buf_str(out, response->bytes);
        }
    }
    if (status == OSP_OK && out->failed) {
        status = OSP_E_LIMIT;
    }
    if (status != OSP_OK) {
        out->len = start;
        out->failed = false;
    }
    return status;
}

osp_framing osp_reply_begin_h1(const osp_response *response, const osp_reply_options *options,
                               uint64_t length, bool may_chunk, osp_buf *out)
{
    osp_h1_answer answer;
    const bool has_body = describe(&answer, response, options);
    if (has_body) {
        answer.content_length = length;
        answer.has_length = length != 0;
        answer.chunked = length == 0 && may_chunk;
    }
    osp_h1_write_head(&answer, out);
    if (!has_body || options->head_only) {
        return OSP_FRAMING_NONE;
    }
    return answer.chunked ? OSP_FRAMING_CHUNKED : OSP_FRAMING_PLAIN;
}
