/* Chunked content: each case in one piece, byte by byte and cut in two at every place. */
#include "tests/unit/unit.h"
#include "wire/h1.h"

#include "tests/unit/fault.h"

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
        result.status =
            osp_h1_chunked_decode(&decoder, &osp_h1_limits_default, part, &out, NULL, &used);
        OSP_CHECK(result.status != OSP_AGAIN || used == part.len);
        result.used += used;
        next = piece;
    }
    if (result.status < 0 && result.status != OSP_E_NOMEM) {
        size_t used = 0;
        OSP_CHECK(osp_h1_chunked_decode(&decoder, &osp_h1_limits_default, S("0\r\n\r\n"), &out,
                                        NULL, &used) == OSP_E_H1_CHUNK);
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
    OSP_CHECK(osp_h1_chunked_decode(&decoder, &osp_h1_limits_default, S("0\r\n\r\n"), &out, NULL,
                                    &used) == OSP_DONE);
    OSP_CHECK(used == 5);
    OSP_CHECK(osp_h1_chunked_decode(&decoder, &osp_h1_limits_default, S("0\r\n\r\n"), &out, NULL,
                                    &used) == OSP_DONE);
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
        { "extension without name", "5;\r\n", OSP_E_H1_CHUNK },
        { "value without name", "5;=a\r\n", OSP_E_H1_CHUNK },
        { "nothing behind =", "5;a=\r\n", OSP_E_H1_CHUNK },
        { "no end of the quotes", "5;a=\"b\r\n", OSP_E_H1_CHUNK },
        { "the last quote is escaped", "5;a=\"b\\\"\r\n", OSP_E_H1_CHUNK },
        { "letter behind the quotes", "5;a=\"b\"c\r\n", OSP_E_H1_CHUNK },
        { "name of two words", "5;a b\r\n", OSP_E_H1_CHUNK },
        { "value of two words", "5;a=b c\r\n", OSP_E_H1_CHUNK },
        { "space behind a name", "5;a \r\n", OSP_E_H1_CHUNK },
        { "space behind a value", "5;a=b \r\n", OSP_E_H1_CHUNK },
        { "DEL in quotes", "5;a=\"\x7f\"\r\n", OSP_E_H1_CHUNK },
        { "every kind of extension",
          "1;a\t; b = c;d=\"\";e=\"\\\"\\\\ ;\xe4\" ;f\r\nx\r\n0\r\n\r\n", OSP_DONE },
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

/* Decodes all of `in` in pieces of `piece` bytes and keeps the trailers. */
static osp_status keep(osp_str in, size_t piece, osp_buf *out, osp_buf *trailers)
{
    osp_h1_chunked decoder = { 0 };
    osp_status status = OSP_AGAIN;
    for (size_t at = 0; status == OSP_AGAIN && at < in.len;) {
        size_t used = 0;
        const osp_str part = { in.ptr + at, piece < in.len - at ? piece : in.len - at };
        status =
            osp_h1_chunked_decode(&decoder, &osp_h1_limits_default, part, out, trailers, &used);
        at += used;
    }
    return status;
}

static void init(osp_buf *out, osp_buf *trailers)
{
    osp_buf_init(out, NULL, 0, SIZE_MAX);
    osp_buf_init(trailers, NULL, 0, OSP_H1_TRAILER_MAX);
}

OSP_UNIT_TEST(h1_chunked_keeps, "trailers are kept however they are cut, and taken off one by one")
{
    const osp_str in = S("1\r\nx\r\n0\r\nSum:  4 2\t\r\nEmpty:\r\nC:::\r\n\r\n");
    for (size_t piece = 1; piece <= in.len; piece++) {
        osp_buf out, trailers;
        osp_header_field field;
        init(&out, &trailers);
        OSP_CHECK(keep(in, piece, &out, &trailers) == OSP_DONE);
        osp_str lines = { trailers.ptr, trailers.len };
        OSP_CHECK(osp_h1_trailer_next(&lines, &field));
        OSP_CHECK_STR(field.name, S("Sum"));
        OSP_CHECK_STR(field.value, S("4 2"));
        OSP_CHECK(osp_h1_trailer_next(&lines, &field));
        OSP_CHECK_STR(field.name, S("Empty"));
        OSP_CHECK(field.value.len == 0 && osp_h1_trailer_next(&lines, &field));
        OSP_CHECK_STR(field.name, S("C"));
        OSP_CHECK_STR(field.value, S("::"));
        OSP_CHECK(!osp_h1_trailer_next(&lines, &field) && lines.len == 0);
        osp_buf_done(&out);
        osp_buf_done(&trailers);
    }
    osp_str none = { 0 };
    osp_header_field field;
    OSP_CHECK(!osp_h1_trailer_next(&none, &field));
}

OSP_UNIT_TEST(h1_chunked_keeps_max, "the largest trailer section fits what is kept")
{
    static char text[OSP_H1_TRAILER_MAX + 16];
    for (int more = 0; more < 2; more++) {
        osp_buf out, trailers;
        const int len =
            snprintf(text, sizeof text, "0\r\na:%0*d\r\n\r\n", OSP_H1_TRAILER_MAX - 4 + more, 0);
        init(&out, &trailers);
        OSP_CHECK(keep((osp_str){ text, (size_t)len }, 100, &out, &trailers) ==
                  (more ? OSP_E_H1_CHUNK : OSP_DONE));
        OSP_CHECK(trailers.len == OSP_H1_TRAILER_MAX);
        osp_buf_done(&out);
        osp_buf_done(&trailers);
    }
}

OSP_UNIT_TEST(h1_chunked_no_memory, "without memory for a byte or a trailer it is OSP_E_NOMEM")
{
    const osp_str in = S("1\r\nx\r\n0\r\nA: b\r\n\r\n");
    for (size_t nth = 1; nth <= 3; nth++) {
        osp_buf out, trailers;
        init(&out, &trailers);
        osp_fault_arm(nth, 1);
        const osp_status status = keep(in, in.len, &out, &trailers);
        OSP_CHECK(osp_fault_disarm() == (nth <= 2));
        OSP_CHECK(status == (nth <= 2 ? OSP_E_NOMEM : OSP_DONE));
        osp_buf_done(&out);
        osp_buf_done(&trailers);
    }
}

OSP_UNIT_TEST(h1_chunked_round_trip, "what is written in chunks is read again, with its trailers")
{
    static const size_t sizes[] = { 1, 9, 10, 15, 16, 255, 256, 4095, 4096, 65535, 65536, 70000 };
    static char content[70000];
    const osp_header_field fields[] = { { S("Sum"), S("42") }, { S("Empty"), S("") } };
    osp_buf wire;
    osp_buf_init(&wire, NULL, 0, 1u << 20);
    size_t total = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(sizes); i++) {
        memset(content, (int)('a' + i), sizes[i]);
        osp_h1_write_chunk_size(sizes[i], &wire);
        osp_buf_append(&wire, content, sizes[i]);
        osp_buf_str(&wire, S("\r\n"));
        total += sizes[i];
    }
    osp_h1_write_chunks_end(fields, OSP_ARRAY_LEN(fields), &wire);
    OSP_CHECK(!wire.failed);
    for (size_t piece = 1; piece < 70000; piece = piece * 7 + 1) {
        osp_buf out, trailers;
        osp_header_field field;
        init(&out, &trailers);
        OSP_CHECK(keep((osp_str){ wire.ptr, wire.len }, piece, &out, &trailers) == OSP_DONE);
        OSP_CHECK(out.len == total);
        for (size_t i = 0, at = 0; i < OSP_ARRAY_LEN(sizes); at += sizes[i++]) {
            OSP_CHECK(out.ptr[at] == (char)('a' + i) &&
                      out.ptr[at + sizes[i] - 1] == (char)('a' + i));
        }
        osp_str lines = { trailers.ptr, trailers.len };
        for (size_t i = 0; i < OSP_ARRAY_LEN(fields); i++) {
            OSP_CHECK(osp_h1_trailer_next(&lines, &field));
            OSP_CHECK_STR(field.name, fields[i].name);
            OSP_CHECK_STR(field.value, fields[i].value);
        }
        OSP_CHECK(!osp_h1_trailer_next(&lines, &field));
        osp_buf_done(&out);
        osp_buf_done(&trailers);
    }
    osp_buf_done(&wire);
}
