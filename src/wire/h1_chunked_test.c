/* Chunked content: each case in one piece, byte by byte and cut in two at every place. */
#include "tests/unit/unit.h"
#include "wire/h1.h"

#define BODY_MAX 64
#define TEXT_MAX 8192

typedef struct outcome {
    osp_status status;
    size_t used;
    char body[BODY_MAX];
    size_t body_len;
} outcome;

/* Decodes `in` in pieces: the first of `first` bytes, the others of `piece` bytes. */
static outcome decode(osp_str in, size_t first, size_t piece)
{
    outcome result = { .status = OSP_AGAIN };
    osp_h1_chunked decoder = { 0 };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, BODY_MAX);
    size_t next = first;
    while (result.status == OSP_AGAIN && result.used < in.len) {
        const size_t left = in.len - result.used;
        const osp_str part = { in.ptr + result.used, next < left ? next : left };
        size_t used = 0;
        result.status = osp_h1_chunked_decode(&decoder, part, &out, NULL, &used);
        OSP_CHECK(result.status != OSP_AGAIN || used == part.len);
        result.used += used;
        next = piece;
    }
    if (result.status < 0 && result.status != OSP_E_NOMEM) {
        size_t used = 0;
        OSP_CHECK(osp_h1_chunked_decode(&decoder, S("0\r\n\r\n"), &out, NULL, &used) ==
                  OSP_E_H1_CHUNK);
    }
    result.body_len = out.len;
    OSP_CHECK(out.len <= BODY_MAX);
    if (out.len != 0) {
        memcpy(result.body, out.ptr, out.len);
    }
    osp_buf_done(&out);
    return result;
}

static outcome decode_all_ways(osp_str in)
{
    const outcome whole = decode(in, in.len, in.len);
    for (size_t first = 1; first <= in.len; first += 1 + in.len / 64) {
        for (int way = 0; way < 2; way++) {
            const outcome cut = decode(in, first, way == 0 ? 1 : in.len);
            OSP_CHECK(cut.status == whole.status && cut.body_len == whole.body_len);
            OSP_CHECK(cut.status < 0 || cut.used == whole.used);
            OSP_CHECK(memcmp(cut.body, whole.body, whole.body_len) == 0);
        }
    }
    return whole;
}

OSP_UNIT_TEST(h1_chunked_decodes, "chunks are joined, extensions and trailers dropped")
{
    const osp_str in = S("5;a=\"b\"\r\nhello\r\n1 ; x\r\n \r\n005\r\nworld\r\n000;z\r\n"
                         "Trailer: x\r\nEmpty:\r\n\r\nGET /");
    const outcome got = decode_all_ways(in);
    OSP_CHECK(got.status == OSP_DONE && got.used == in.len - 5);
    OSP_CHECK_STR(((osp_str){ got.body, got.body_len }), S("hello world"));
}

OSP_UNIT_TEST(h1_chunked_after_end, "nothing is consumed behind the end")
{
    osp_h1_chunked decoder = { 0 };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, BODY_MAX);
    size_t used = 0;
    OSP_CHECK(osp_h1_chunked_decode(&decoder, S("0\r\n\r\n"), &out, NULL, &used) == OSP_DONE);
    OSP_CHECK(used == 5);
    OSP_CHECK(osp_h1_chunked_decode(&decoder, S("0\r\n\r\n"), &out, NULL, &used) == OSP_DONE);
    OSP_CHECK(used == 0);
    osp_buf_done(&out);
}

OSP_UNIT_TEST(h1_chunked_strict, "chunk framing is held to its grammar")
{
    static const struct {
        const char *title, *text;
        osp_status status;
    } cases[] = {
        { "unfinished", "5\r\nhel", OSP_AGAIN },
        { "hexadecimal of both cases", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
          OSP_DONE },
        { "empty line instead of a size", "\r\n", OSP_E_H1_CHUNK },
        { "not hexadecimal", "g\r\n", OSP_E_H1_CHUNK },
        { "0x before the size", "0x5\r\nhello\r\n", OSP_E_H1_CHUNK },
        { "minus", "-1\r\n", OSP_E_H1_CHUNK },
        { "plus", "+1\r\n", OSP_E_H1_CHUNK },
        { "space before the size", " 5\r\nhello\r\n", OSP_E_H1_CHUNK },
        { "space behind the size alone", "5 \r\nhello\r\n", OSP_E_H1_CHUNK },
        { "digit behind space", "5 5\r\n", OSP_E_H1_CHUNK },
        { "extension without size", ";a\r\n", OSP_E_H1_CHUNK },
        { "bare LF behind the size", "5\nhello\r\n", OSP_E_H1_CHUNK },
        { "bare CR behind the size", "5\rhello", OSP_E_H1_CHUNK },
        { "bare LF in an extension", "5;a\nhello\r\n", OSP_E_H1_CHUNK },
        { "bare CR in an extension", "5;a\rb\r\nhello\r\n", OSP_E_H1_CHUNK },
        { "control byte in an extension", "5;a\x01\r\n", OSP_E_H1_CHUNK },
        { "chunk longer than its size", "5\r\nhello!\r\n", OSP_E_H1_CHUNK },
        { "bare LF behind the content", "5\r\nhello\n0\r\n\r\n", OSP_E_H1_CHUNK },
        { "bare CR behind the content", "5\r\nhello\r0\r\n\r\n", OSP_E_H1_CHUNK },
        { "the last chunk ends in LF LF", "0\n\n", OSP_E_H1_CHUNK },
        { "trailer without name", "0\r\n: x\r\n\r\n", OSP_E_H1_CHUNK },
        { "trailer without colon", "0\r\nx\r\n\r\n", OSP_E_H1_CHUNK },
        { "trailer with space before colon", "0\r\nx : y\r\n\r\n", OSP_E_H1_CHUNK },
        { "folded trailer", "0\r\nx: y\r\n z\r\n\r\n", OSP_E_H1_CHUNK },
        { "bare LF in a trailer", "0\r\nx: y\n\r\n", OSP_E_H1_CHUNK },
        { "bare CR at the end", "0\r\n\rx", OSP_E_H1_CHUNK },
        { "size of 64 bits", "ffffffffffffffff\r\n", OSP_E_H1_BODY_LIMIT },
        { "size of 65 bits", "10000000000000000\r\n", OSP_E_H1_CHUNK },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const outcome got = decode_all_ways(osp_str_from(cases[i].text));
        if (got.status != cases[i].status) {
            fprintf(stderr, "%s: got %d, want %d\n", cases[i].title, (int)got.status,
                    (int)cases[i].status);
            exit(1);
        }
    }
}

OSP_UNIT_TEST(h1_chunked_body_limit, "the body may fill the buffer and not a byte more")
{
    char text[256];
    int len = snprintf(text, sizeof(text), "3c\r\n%060d\r\n4\r\nabcd\r\n0\r\n\r\n", 0);
    const outcome full = decode_all_ways((osp_str){ text, (size_t)len });
    OSP_CHECK(full.status == OSP_DONE && full.body_len == BODY_MAX);
    len = snprintf(text, sizeof(text), "3c\r\n%060d\r\n5\r\n", 0);
    OSP_CHECK(decode_all_ways((osp_str){ text, (size_t)len }).status == OSP_E_H1_BODY_LIMIT);
}

/* A text of before, `count` times `fill`, after. */
static osp_status padded(const char *before, size_t count, char fill, const char *after)
{
    static char text[TEXT_MAX];
    const size_t before_len = strlen(before);
    const size_t after_len = strlen(after);
    OSP_CHECK(before_len + count + after_len <= TEXT_MAX);
    memcpy(text, before, before_len);
    memset(text + before_len, fill, count);
    memcpy(text + before_len + count, after, after_len);
    return decode_all_ways((osp_str){ text, before_len + count + after_len }).status;
}

OSP_UNIT_TEST(h1_chunked_line_limit, "a size line is at most OSP_H1_CHUNK_LINE_MAX bytes")
{
    const char *after = "\r\nx\r\n0\r\n\r\n";
    OSP_CHECK(padded("1;", OSP_H1_CHUNK_LINE_MAX - 2, 'a', after) == OSP_DONE);
    OSP_CHECK(padded("1;", OSP_H1_CHUNK_LINE_MAX - 1, 'a', after) == OSP_E_H1_CHUNK);
    OSP_CHECK(padded("", OSP_H1_CHUNK_LINE_MAX, '0', "\r\n\r\n") == OSP_DONE);
    OSP_CHECK(padded("", OSP_H1_CHUNK_LINE_MAX + 1, '0', "\r\n\r\n") == OSP_E_H1_CHUNK);
    /* The limit is of each line, not of all. */
    OSP_CHECK(padded("1;aaaaaaaa\r\nx\r\n0;", OSP_H1_CHUNK_LINE_MAX - 2, 'a', "\r\n\r\n") ==
              OSP_DONE);
}

OSP_UNIT_TEST(h1_chunked_trailer_limit, "a trailer section is at most OSP_H1_TRAILER_MAX bytes")
{
    const size_t room = OSP_H1_TRAILER_MAX - strlen("a: b\r\nx:\r\n");
    OSP_CHECK(padded("0\r\na: b\r\nx:", room, 'v', "\r\n\r\n") == OSP_DONE);
    OSP_CHECK(padded("0\r\na: b\r\nx:", room + 1, 'v', "\r\n\r\n") == OSP_E_H1_CHUNK);
}
