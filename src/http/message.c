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

osp_str osp_request_header(const osp_request *request, osp_str name)
{
    for (uint32_t i = 0; i < request->header_count; i++) {
        if (osp_str_equal_nocase(request->headers[i].name, name)) {
            return request->headers[i].value;
        }
    }
    return (osp_str){ 0 };
}

static bool status_has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

static void patch_three_digits(char *at, size_t length)
{
    at[0] = (char)('0' + length / 100);
    at[1] = (char)('0' + length / 10 % 10);
    at[2] = (char)('0' + length % 10);
}

/* Puts the right head in front of the body at out[body_at..], where one for GUESS stands. */
static void rewrite_head(osp_h1_answer *answer, size_t start, size_t body_at, osp_buf *out)
{
    const size_t body_len = out->len - body_at;
    char storage[1024];
    osp_buf head;
    osp_buf_init(&head, storage, sizeof storage, OSP_H1_HEAD_MAX * 4);
    answer->content_length = body_len;
    osp_h1_write_head(answer, &head);
    const size_t old_len = body_at - start;
    if (head.failed || (head.len > old_len && !osp_buf_reserve(out, head.len - old_len))) {
        out->failed = true;
    } else {
        memmove(out->ptr + start + head.len, out->ptr + body_at, body_len);
        memcpy(out->ptr + start, head.ptr, head.len);
        out->len = start + head.len + body_len;
    }
    osp_buf_done(&head);
}

static osp_status write_typed(const osp_response *response, const osp_reply_options *options,
                              osp_h1_answer *answer, osp_buf *out)
{
    const size_t start = out->len;
    answer->content_length = GUESS;
    osp_h1_write_head(answer, out);
    const size_t body_at = out->len;
    OSP_TRY(osp_json_encode(response->type, response->value, out));
    const size_t length = out->len - body_at;
    const bool plain_head = !answer->close && !answer->keep_alive_1_0 && answer->header_count == 0;
    if (length >= 100 && length <= 999 && plain_head) {
        /* ... "100" CRLF, date line, CRLF, body */
        patch_three_digits(out->ptr + body_at - 2 - answer->date_line.len - 2 - 3, length);
    } else {
        rewrite_head(answer, start, body_at, out);
    }
    if (options->head_only) {
        out->len -= length;
    }
    return out->failed ? OSP_E_LIMIT : OSP_OK;
}

osp_status osp_reply_write_h1(const osp_response *response, const osp_reply_options *options,
                              osp_buf *out)
{
    OSP_ASSERT(response->status >= 100 && response->status <= 599);
    const size_t start = out->len;
    const bool has_body = status_has_body(response->status);
    osp_h1_answer answer = {
        .status = response->status,
        .content_type = has_body ? response->media_type : (osp_str){ 0 },
        .date_line = options->date_line,
        .headers = response->headers,
        .header_count = response->header_count,
        .content_length = response->bytes.len,
        .has_length = has_body,
        .close = options->close,
        .keep_alive_1_0 = options->keep_alive_1_0,
    };
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
