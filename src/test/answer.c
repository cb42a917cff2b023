/* An answer as a client reads it. */
#include <stdio.h>
#include <string.h>

#include "test/test_impl.h"
#include "type/json.h"

#define ANSWER_MAX ((size_t)256 << 20) /* bytes of an answer with its framing */
#define INTERIM_MAX 16

/* Only what OpenSpeed itself has written is read here. */
static void must(bool cond, const char *what)
{
    if (!cond) {
        osp_test_fail(NULL, 0, "the answer cannot be read: %s", what);
    }
}

/* The next line, without its end; an empty one behind the last header. */
static osp_str next_line(osp_str *rest)
{
    const char *end = memmem(rest->ptr, rest->len, "\r\n", 2);
    must(end != NULL, "a line has no end");
    const osp_str line = { rest->ptr, (size_t)(end - rest->ptr) };
    *rest = (osp_str){ end + 2, rest->len - line.len - 2 };
    return line;
}

static osp_test_header header_of(osp_str line)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    must(colon != NULL, "a header has no colon");
    const size_t len = (size_t)(colon - line.ptr);
    return (osp_test_header){ { line.ptr, len },
                              osp_str_trim((osp_str){ colon + 1, line.len - len - 1 }) };
}

static size_t read_fields(osp_test *test, osp_str *rest, const osp_test_header **ret_fields)
{
    osp_test_header fields[OSP_ANSWER_HEADERS_MAX + 16];
    size_t count = 0;
    for (osp_str line = next_line(rest); line.len > 0; line = next_line(rest)) {
        must(count < OSP_ARRAY_LEN(fields), "it has too many headers");
        fields[count++] = header_of(line);
    }
    osp_test_header *kept = osp_test_alloc(test, (count + 1) * sizeof(*kept));
    memcpy(kept, fields, count * sizeof(*kept));
    *ret_fields = kept;
    return count;
}

static int read_status(osp_str line)
{
    int64_t status = 0;
    must(line.len >= 12 && memcmp(line.ptr, "HTTP/1.1 ", 9) == 0 &&
             osp_str_to_int((osp_str){ line.ptr + 9, 3 }, &status) == OSP_OK,
         "its first line");
    return (int)status;
}

static void read_chunks(osp_test *test, osp_str rest, osp_test_response *response)
{
    osp_h1_chunked decoder = { 0 };
    osp_buf body, lines;
    size_t used = 0;
    osp_buf_init(&body, NULL, 0, ANSWER_MAX);
    osp_buf_init(&lines, NULL, 0, ANSWER_MAX);
    const osp_status status =
        osp_h1_chunked_decode(&decoder, &osp_h1_limits_default, rest, &body, &lines, &used);
    must(status == OSP_DONE || (status == OSP_AGAIN && response->cut_off), "its chunks");
    response->body = osp_test_keep(test, osp_buf_text(&body));
    osp_str left = osp_test_keep(test, osp_buf_text(&lines));
    osp_test_header *trailers = osp_test_alloc(test, OSP_TRAILERS_MAX * sizeof(*trailers));
    osp_header_field field;
    while (response->trailer_count < OSP_TRAILERS_MAX && osp_h1_trailer_next(&left, &field)) {
        trailers[response->trailer_count++] = (osp_test_header){ field.name, field.value };
    }
    response->trailers = trailers;
    osp_buf_done(&body);
    osp_buf_done(&lines);
}

static void read_body(osp_test *test, osp_str rest, osp_test_response *response)
{
    const osp_str length = osp_test_answer_header(response, "Content-Length");
    int64_t size = (int64_t)rest.len; /* up to the end of the connection */
    if (osp_test_answer_header(response, "Transfer-Encoding").len > 0) {
        read_chunks(test, rest, response);
        return;
    }
    if (length.len > 0) {
        must(osp_str_to_int(length, &size) == OSP_OK && size >= 0, "its Content-Length");
    }
    must(response->cut_off || (size_t)size == rest.len, "its body is not as long as it says");
    response->body = osp_test_keep(test, rest);
}

osp_test_response osp_test_read_answer(osp_test *test, osp_str bytes, bool whole, bool head_only)
{
    osp_test_response response = { .bytes = bytes, .cut_off = !whole };
    int *interim = osp_test_alloc(test, INTERIM_MAX * sizeof(*interim));
    osp_str rest = bytes;
    for (;;) {
        response.status = read_status(next_line(&rest));
        response.header_count = read_fields(test, &rest, &response.headers);
        if (response.status >= 200) {
            break;
        }
        must(response.interim_count < INTERIM_MAX, "there are too many before it");
        interim[response.interim_count++] = response.status;
    }
    response.interim = interim;
    response.media_type = osp_test_answer_header(&response, "Content-Type");
    response.close =
        osp_str_equal_nocase(osp_test_answer_header(&response, "Connection"), OSP_STR("close"));
    if (!head_only && osp_status_has_body(response.status)) {
        read_body(test, rest, &response);
    }
    return response;
}

/* ---------------------------------------------------------------- what tests call */

static osp_test_response send_bytes(osp_test *test, osp_str in)
{
    osp_buf out;
    bool head_only = false;
    osp_buf_init(&out, NULL, 0, ANSWER_MAX);
    const bool whole = osp_test_exchange(test, in, &out, &head_only);
    const osp_str bytes = osp_test_keep(test, osp_buf_text(&out));
    osp_buf_done(&out);
    test->last = osp_test_read_answer(test, bytes, whole, head_only);
    return test->last;
}

osp_test_response osp_test_send_bytes(osp_test *test, osp_str bytes)
{
    test->method = "bytes";
    test->target = "";
    return send_bytes(test, bytes);
}

osp_test_response osp_test_send(osp_test *test, const char *method, const char *target,
                                const osp_test_options *options)
{
    osp_buf in;
    osp_buf_init(&in, NULL, 0, ANSWER_MAX);
    osp_test_write(method, target, options, &in);
    const osp_str bytes = osp_test_keep(test, osp_buf_text(&in));
    osp_buf_done(&in);
    test->method = osp_test_keep(test, osp_str_from(method)).ptr;
    test->target = osp_test_keep(test, osp_str_from(target)).ptr;
    return send_bytes(test, bytes);
}

osp_str osp_test_answer_header(const osp_test_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (osp_str_equal_nocase(response->headers[i].name, osp_str_from(name))) {
            return response->headers[i].value;
        }
    }
    return (osp_str){ 0 };
}

osp_str osp_test_answer_cookie(const osp_test_response *response, const char *name)
{
    const size_t len = strlen(name);
    for (size_t i = 0; i < response->header_count; i++) {
        const osp_str value = response->headers[i].value;
        if (osp_str_equal_nocase(response->headers[i].name, OSP_STR("Set-Cookie")) &&
            osp_str_starts_with(value, osp_str_from(name)) && value.len > len &&
            value.ptr[len] == '=') {
            const char *at = value.ptr + len + 1;
            const size_t left = value.len - len - 1;
            const char *end = memchr(at, ';', left);
            return (osp_str){ at, end != NULL ? (size_t)(end - at) : left };
        }
    }
    return (osp_str){ 0 };
}

bool osp_test_decode_type(osp_test *test, const osp_test_response *response, const osp_type *type,
                          void *ret_value)
{
    osp_issues issues = { .count = 0 };
    osp_error err = { 0 };
    const osp_decoding how = { .arena = &test->arena, .issues = &issues, .answers = true };
    memset(ret_value, 0, type->size);
    const osp_status status = osp_json_decode(type, ret_value, response->body, &how, &err);
    for (size_t i = 0; status == OSP_E_TYPE_MISMATCH && i < issues.count; i++) {
        const osp_str text = osp_flaw_text(&issues.items[i].flaw, NULL, &test->arena);
        fprintf(stderr, "the body is no %s: %.*s %.*s\n", type->name,
                OSP_ARG(issues.items[i].where), OSP_ARG(text));
    }
    if (status != OSP_OK && status != OSP_E_TYPE_MISMATCH) {
        fprintf(stderr, "the body is no %s: %s\n", type->name,
                err.message[0] != '\0' ? err.message : osp_status_text(status));
    }
    return status == OSP_OK;
}
