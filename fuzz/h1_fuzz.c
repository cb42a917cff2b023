/* Hostile HTTP/1.1: pipelined heads with chunked bodies, and bare chunked bodies.
 *
 * Besides being free of memory errors the engine must keep two promises: what is said about a
 * prefix holds for the whole, and how input is cut does not matter.  The first byte chooses: even,
 * the rest is a stream of requests; odd, it is a chunked body. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "wire/h1.h"
#include "wire/uri.h"

#define EVERY_PREFIX_MAX 512 /* above it, checking every prefix makes runs too slow */
#define BODY_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

static void check_slice(osp_str in, osp_str slice)
{
    require(slice.len == 0 || (slice.ptr >= in.ptr && slice.len <= in.len &&
                               (size_t)(slice.ptr - in.ptr) <= in.len - slice.len));
}

static void check_uri(osp_str target)
{
    char block[4096];
    osp_arena arena;
    osp_target split;
    if (osp_target_split(target, &split) != OSP_OK) {
        return;
    }
    osp_arena_init(&arena, block, sizeof(block), 1 << 20);
    osp_str path;
    osp_str again;
    if (osp_path_normalise(split.path, &arena, &path) == OSP_OK && path.ptr[0] == '/') {
        require(memmem(path.ptr, path.len, "/../", 4) == NULL);
        require(memmem(path.ptr, path.len, "//", 2) == NULL);
        require(memchr(path.ptr, 0, path.len) == NULL);
        require(path.len < 3 || memcmp(path.ptr + path.len - 3, "/..", 3) != 0);
        /* A decoded '%', '?' or byte that no URI has may read differently the second time; other
         * normal paths are returned as they are. */
        bool plain = true;
        for (size_t i = 0; i < path.len; i++) {
            const unsigned char byte = (unsigned char)path.ptr[i];
            plain = plain && byte > ' ' && byte < 0x7f && strchr("%?#\"<>\\^`{}", byte) == NULL;
        }
        if (plain) {
            require(osp_path_normalise(path, &arena, &again) == OSP_OK && again.ptr == path.ptr);
        }
    }
    osp_pair pair;
    while (osp_query_next(&split.query, &arena, &pair) == OSP_OK) {
    }
    osp_arena_done(&arena);
}

static void check_head(osp_str in, const osp_h1_head *head, size_t size)
{
    require(size > 0 && size <= in.len && size <= OSP_H1_HEAD_MAX);
    require(size >= 4 && memcmp(in.ptr + size - 4, "\r\n\r\n", 4) == 0);
    require(head->header_count <= OSP_H1_HEADERS_MAX);
    require(head->target.len > 0 && head->target.len <= OSP_H1_TARGET_MAX);
    require(head->minor == 0 || head->host.len > 0);
    require(head->host.ptr == NULL || osp_authority_valid(head->host)); /* also a remembered one */
    const osp_str own = { in.ptr, size };
    check_slice(own, head->method_text);
    check_slice(own, head->target);
    check_slice(own, head->host);
    for (uint32_t i = 0; i < head->header_count; i++) {
        require(head->headers[i].name.len > 0);
        check_slice(own, head->headers[i].name);
        check_slice(own, head->headers[i].value);
    }
    check_uri(head->target);
}

static bool differs(const osp_h1_head *a, const osp_h1_head *b)
{
    return a->method != b->method || a->minor != b->minor || a->keep_alive != b->keep_alive ||
           a->expect_continue != b->expect_continue || a->conditional != b->conditional ||
           a->framing != b->framing || a->content_length != b->content_length ||
           a->header_count != b->header_count || !osp_str_equal(a->target, b->target) ||
           !osp_str_equal(a->host, b->host);
}

/* What is told of a head that is refused is a name in it, of bytes that may be shown. */
static void check_large_header(osp_str in)
{
    const osp_str name = osp_h1_large_header(in);
    check_slice(in, name);
    require(name.len <= 64);
    for (size_t i = 0; i < name.len; i++) {
        require(name.ptr[i] > ' ' && name.ptr[i] < 0x7f);
    }
}

/* Parses every prefix from scratch and as dribbled input, and holds both against the whole. */
static void check_prefixes(osp_str in, osp_status whole, const osp_h1_head *head, size_t size)
{
    static osp_h1_head other;
    static char copy[EVERY_PREFIX_MAX + OSP_H1_PADDING];
    memcpy(copy, in.ptr, in.len);
    size_t seen = 0;
    bool settled = false;
    const size_t last = whole == OSP_OK ? size : in.len;
    for (size_t len = 0; len <= last; len++) {
        const osp_str part = { copy, len };
        copy[len] = 0;
        const osp_status fresh = osp_h1_parse_head(part, 0, &osp_h1_limits_default, &other);
        require(fresh == OSP_AGAIN || fresh == whole);
        require(fresh != OSP_OK || (len == last && other.size == size && !differs(head, &other)));
        require(len < last || fresh == whole);
        if (settled) {
            copy[len] = in.ptr[len];
            continue;
        }
        const osp_status dribbled = osp_h1_parse_head(part, seen, &osp_h1_limits_default, &other);
        require(dribbled == OSP_AGAIN || dribbled == fresh);
        require(dribbled != OSP_OK || (other.size == size && !differs(head, &other)));
        require(len < last || whole != OSP_OK || dribbled == OSP_OK);
        settled = dribbled != OSP_AGAIN;
        seen = len;
        copy[len] = in.ptr[len]; /* at the end the 0 */
    }
}

/* Decodes whole and byte by byte; returns the bytes used, 0 unless the body ended. */
static size_t check_chunked(osp_str in)
{
    osp_buf whole_out;
    osp_buf bytes_out;
    osp_buf_init(&whole_out, NULL, 0, BODY_MAX);
    osp_buf_init(&bytes_out, NULL, 0, BODY_MAX);
    osp_h1_chunked whole = { 0 };
    osp_h1_chunked bytes = { 0 };
    size_t used = 0;
    const osp_status status =
        osp_h1_chunked_decode(&whole, &osp_h1_limits_default, in, &whole_out, NULL, &used);
    osp_status other = OSP_AGAIN;
    size_t at = 0;
    while (other == OSP_AGAIN && at < in.len) {
        size_t one = 0;
        other = osp_h1_chunked_decode(&bytes, &osp_h1_limits_default, (osp_str){ in.ptr + at, 1 },
                                      &bytes_out, NULL, &one);
        require(other < 0 || one == 1);
        at += one;
    }
    require(other == status);
    require(status < 0 || used == at);
    require(whole_out.len == bytes_out.len && whole_out.len <= BODY_MAX);
    require(whole_out.len == 0 || memcmp(whole_out.ptr, bytes_out.ptr, whole_out.len) == 0);
    osp_buf_done(&whole_out);
    osp_buf_done(&bytes_out);
    return status == OSP_DONE ? used : 0;
}

/* What a head remembers of those before must not change what it says. */
static void check_fresh(osp_str in, const osp_h1_head *head)
{
    static osp_h1_head fresh;
    fresh.known_len = 0;
    fresh.known_fields_len = 0;
    require(osp_h1_parse_head(in, 0, &osp_h1_limits_default, &fresh) == OSP_OK);
    require(fresh.size == head->size && !differs(&fresh, head) && fresh.host.ptr == head->host.ptr);
    require(memcmp(fresh.headers, head->headers, head->header_count * sizeof(head->headers[0])) ==
            0);
}

static void check_stream(osp_str in)
{
    static osp_h1_head head;
    while (in.len > 0) {
        const osp_status status = osp_h1_parse_head(in, 0, &osp_h1_limits_default, &head);
        const size_t size = head.size;
        require(status != OSP_AGAIN || in.len < OSP_H1_HEAD_MAX);
        require(status <= OSP_AGAIN);
        check_large_header(in);
        if (in.len <= EVERY_PREFIX_MAX) {
            check_prefixes(in, status, &head, size);
        }
        if (status != OSP_OK) {
            require(status == OSP_AGAIN || osp_h1_error_http(status) >= 400);
            return;
        }
        check_head(in, &head, size);
        check_fresh(in, &head);
        in = (osp_str){ in.ptr + size, in.len - size };
        size_t body = 0;
        if (head.framing == OSP_H1_CHUNKED) {
            body = check_chunked(in);
            if (body == 0) {
                return;
            }
        } else if (head.content_length > in.len) {
            return;
        } else {
            body = (size_t)head.content_length;
        }
        in = (osp_str){ in.ptr + body, in.len - body };
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    /* Exactly sized, so that a sanitizer sees every read past either end. */
    const size_t len = size - 1;
    const bool heads = data[0] % 2 == 0;
    char *text = malloc(len + (heads ? OSP_H1_PADDING : 0));
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data + 1, len);
    if (heads) {
        memset(text + len, 'x', OSP_H1_PADDING);
        text[len] = 0;
        check_stream((osp_str){ text, len });
    } else {
        (void)check_chunked((osp_str){ text, len });
    }
    free(text);
    return 0;
}
