/* Answers are written straight behind those already in the connection's buffer.
 *
 * The length of a JSON body is known only when it has been encoded, and it stands in front of it.
 * Bodies are mostly of three digits, so the head is written with a guess of that width, the body
 * is encoded in its final place, and the digits are patched.  Only a body of another width moves.
 */
#include "http/message.h"

#include <string.h>

#include "type/json.h"

#define GUESS 100u /* any length of three digits */
#define GUESS_MOST 999u
#define GUESS_DIGITS 3u

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
        osp_str rest = fields[i].value;
        if (!osp_name_is(fields[i].name, name)) {
            continue;
        }
        while (rest.len > 0) {
            const char *comma = memchr(rest.ptr, ',', rest.len);
            const size_t len = comma != NULL ? (size_t)(comma - rest.ptr) : rest.len;
            if (osp_name_is(osp_str_trim((osp_str){ rest.ptr, len }), token)) {
                return true;
            }
            const size_t used = comma != NULL ? len + 1 : len;
            rest = (osp_str){ rest.ptr + used, rest.len - used };
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

/* A length of more digits than GUESS has, for which what is behind moves on. */
__attribute__((noinline)) static void set_long_length(osp_buf *out, size_t digits_end,
                                                      size_t length)
{
    char digits[OSP_H1_LENGTH_SIZE];
    const size_t count = (size_t)(osp_h1_put_length(digits, length) - digits);
    if (osp_buf_reserve(out, count - GUESS_DIGITS)) {
        char *at = out->ptr + digits_end - GUESS_DIGITS;
        memmove(at + count, at + GUESS_DIGITS, out->len - digits_end);
        memcpy(at, digits, count);
        out->len += count - GUESS_DIGITS;
    }
}

/* Puts `length` in place of the digits of GUESS that end at `digits_end`; what is behind them moves
 * when the number of digits differs. */
static inline void set_length(osp_buf *out, size_t digits_end, size_t length)
{
    OSP_ASSERT(digits_end >= GUESS_DIGITS && digits_end <= out->len);
    if (length > GUESS_MOST) {
        set_long_length(out, digits_end, length);
        return;
    }
    char *end = out->ptr + digits_end;
    const size_t less = (size_t)(length < 100) + (length < 10);
    if (less != 0) {
        memmove(end - less, end, out->len - digits_end);
        out->len -= less;
    }
    osp_h1_put_length(end - GUESS_DIGITS, length);
}

static osp_status write_typed(const osp_response *response, bool head_only, osp_h1_answer *answer,
                              osp_buf *out)
{
    OSP_ASSERT(response->value != NULL);
    answer->content_length = GUESS;
    const size_t digits_end = osp_h1_write_head(answer, out);
    const size_t body_at = out->len;
    OSP_TRY(osp_json_encode(response->type, response->value, out));
    const size_t length = out->len - body_at;
    set_length(out, digits_end, length);
    if (head_only) {
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
        status = write_typed(response, options->head_only, &answer, out);
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
