/* A request as it is sent. */
#include <string.h>

#include "app/action.h"
#include "test/test_impl.h"

#define CHUNK_MAX 700 /* bytes of a chunk: not a part of what a handler reads at a time */

/* Nobody else says it: a test that writes a header which ends the head has not tested what it
 * says. */
static void check_text(const char *what, const char *text)
{
    if (strpbrk(text, "\r\n") != NULL) {
        osp_test_fail(NULL, 0, "a %s of the request holds a line end", what);
    }
}

static bool is_unreserved(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte != 0 && strchr("-._~", byte) != NULL);
}

/* Percent-encoded (RFC 3986 2.3). */
static void write_encoded(const char *text, osp_buf *out)
{
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (is_unreserved(byte)) {
            osp_buf_byte(out, *text);
        } else {
            osp_buf_printf(out, "%%%02X", byte);
        }
    }
}

static void write_pairs(const osp_test_field *pairs, osp_buf *out)
{
    for (size_t i = 0; i < OSP_TEST_FIELDS_MAX && pairs[i].name != NULL; i++) {
        if (i > 0) {
            osp_buf_byte(out, '&');
        }
        write_encoded(pairs[i].name, out);
        osp_buf_byte(out, '=');
        write_encoded(pairs[i].value != NULL ? pairs[i].value : "", out);
    }
}

static void write_field(const char *name, osp_str value, osp_buf *out)
{
    osp_buf_printf(out, "%s: ", name);
    osp_buf_str(out, value);
    osp_buf_str(out, OSP_STR("\r\n"));
}

static void write_fields(const osp_test_field *fields, osp_buf *out)
{
    for (size_t i = 0; i < OSP_TEST_FIELDS_MAX && fields[i].name != NULL; i++) {
        const char *value = fields[i].value != NULL ? fields[i].value : "";
        check_text("header", fields[i].name);
        check_text("header", value);
        write_field(fields[i].name, osp_str_from(value), out);
    }
}

/* Whether the test gives a header itself, which then stands in the place of ours. */
static bool has_field(const osp_test_field *fields, const char *name)
{
    bool has = false;
    for (size_t i = 0; i < OSP_TEST_FIELDS_MAX && fields[i].name != NULL; i++) {
        has |= osp_str_equal_nocase(osp_str_from(fields[i].name), osp_str_from(name));
    }
    return has;
}

/* What a page would have set, which is as good as any other that is in both places. */
static const char page_token[] = "T3BlblNwZWVkLXRlc3QhIQ";
_Static_assert(sizeof page_token == OSP_FORM_TOKEN_LEN + 1, "the length of a token");

static void write_cookies(const osp_test_options *options, osp_buf *out)
{
    const osp_test_field *cookies = options->cookies;
    const char *before = "Cookie: ";
    for (size_t i = 0; i < OSP_TEST_FIELDS_MAX && cookies[i].name != NULL; i++) {
        const char *value = cookies[i].value != NULL ? cookies[i].value : "";
        check_text("cookie", cookies[i].name);
        check_text("cookie", value);
        osp_buf_printf(out, "%s%s=%s", before, cookies[i].name, value);
        before = "; ";
    }
    if (options->from_page) {
        osp_buf_printf(out, "%s%s=%s\r\n%s: %s", before, OSP_FORM_TOKEN_COOKIE, page_token,
                       OSP_FORM_TOKEN_HEADER, page_token);
    }
    if (cookies[0].name != NULL || options->from_page) {
        osp_buf_str(out, OSP_STR("\r\n"));
    }
}

static void write_chunks(const osp_test_options *options, osp_str body, osp_buf *out)
{
    while (body.len > 0) {
        const size_t size = body.len < CHUNK_MAX ? body.len : CHUNK_MAX;
        osp_h1_write_chunk_size(size, out);
        osp_buf_append(out, body.ptr, size);
        osp_buf_str(out, OSP_STR("\r\n"));
        body = (osp_str){ body.ptr + size, body.len - size };
    }
    osp_buf_str(out, OSP_STR("0\r\n"));
    write_fields(options->trailers, out);
    osp_buf_str(out, OSP_STR("\r\n"));
}

/* What is said of a body, the empty line, and the body. */
static void write_body(const osp_test_options *options, osp_str body, osp_buf *out)
{
    const bool chunked = options->chunked || options->trailers[0].name != NULL;
    if (chunked) {
        write_field("Transfer-Encoding", OSP_STR("chunked"), out);
    } else if (body.ptr != NULL && !has_field(options->headers, "Content-Length")) {
        osp_buf_printf(out, "Content-Length: %zu\r\n", body.len);
    }
    osp_buf_str(out, OSP_STR("\r\n"));
    if (chunked) {
        write_chunks(options, body, out);
    } else {
        osp_buf_str(out, body);
    }
}

static void write_line(const char *method, const char *target, const osp_test_options *options,
                       osp_buf *out)
{
    check_text("method", method);
    check_text("target", target);
    osp_buf_printf(out, "%s %s", method, target);
    if (options->query[0].name != NULL) {
        osp_buf_byte(out, strchr(target, '?') != NULL ? '&' : '?');
        write_pairs(options->query, out);
    }
    osp_buf_str(out, OSP_STR(" HTTP/1.1\r\n"));
}

void osp_test_write(const char *method, const char *target, const osp_test_options *options,
                    osp_buf *out)
{
    osp_buf form;
    osp_str body = options->body, media_type = options->media_type;
    osp_buf_init(&form, NULL, 0, SIZE_MAX);
    if (options->form[0].name != NULL) {
        write_pairs(options->form, &form);
        body = osp_buf_text(&form);
        media_type = OSP_STR("application/x-www-form-urlencoded");
    } else if (media_type.len == 0) {
        media_type = OSP_STR("application/json");
    }
    write_line(method, target, options, out);
    if (!has_field(options->headers, "Host")) {
        write_field("Host", OSP_STR("localhost"), out);
    }
    write_fields(options->headers, out);
    if (options->token.len > 0) {
        osp_buf_printf(out, "Authorization: Bearer %.*s\r\n", OSP_ARG(options->token));
    }
    write_cookies(options, out);
    if (body.ptr != NULL && !has_field(options->headers, "Content-Type")) {
        write_field("Content-Type", media_type, out);
    }
    write_body(options, body, out);
    osp_buf_done(&form);
}
