#include "tests/support.h"

#include <string.h>

typedef struct Note { int64_t id; osp_str text, at, key; } Note;
OSP_TYPE(Note, FIELD(id, .read_only = true), FIELD(text), FIELD(at), FIELD(key, .secret = true));

OSP_TEST(answers_are_typed, "a request writes, and its answer is read by a type")
{
    osp_test_set_clock(app, 0);
    osp_test_response r = osp_test_request(app, "POST", "/notes", .body = S("{\"text\":\"x\"}"));
    Note note;
    OSP_EXPECT_INT(r.status, 201);
    OSP_EXPECT(osp_test_decode(app, &r, Note, &note));
    OSP_EXPECT_INT(note.id, 2); /* which an input could not say */
    OSP_EXPECT_INT(note.key.len, 0);
    OSP_EXPECT_STR(note.at, "1970-01-01T00:00:00.000Z");
    OSP_EXPECT_STR(osp_test_answer_header(&r, "date"), "Thu, 01 Jan 1970 00:00:00 GMT");
    OSP_EXPECT_STR(osp_test_request(app, "GET", "/notes").body, "2 for 127.0.0.1");
    OSP_EXPECT_INT(note_written(app, "y"), 3);
}

OSP_TEST(refusals_are_those_of_the_wire, "what a server refuses is refused here")
{
    static const struct { const char *bytes; int status; } cases[] = {
        { "GET /notes HTTP/1.1\r\n\r\n", 400 },
        { "GET /notes HTTP/3.0\r\nHost: a\r\n\r\n", 505 },
        { "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
        { "POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400 },
        { "PUT /notes HTTP/1.1\r\nHost: a\r\n\r\n", 405 },
        { "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", 404 },
        { "HEAD /notes HTTP/1.0\r\n\r\n", 200 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_test_response r = osp_test_send_bytes(app, osp_str_from(cases[i].bytes));
        if (r.status != cases[i].status) {
            OSP_FAIL("%s is answered %d", cases[i].bytes, r.status);
        }
        OSP_EXPECT_STR(osp_test_answer_header(&r, "X-Seen"), "yes"); /* middleware sees all of them */
        OSP_EXPECT(r.cut_off == false && (r.body.len > 0) == (r.status != 200));
    }
}

OSP_TEST(bodies_have_their_limit, "a body of more than 1 MiB is answered 413, one of 1 MiB is read")
{
    char *text = osp_alloc(osp_test_ctx(app), 1048577);
    memset(text, ' ', 1048577);
    memcpy(text, "{\"text\":\"x\"}", 12);
    OSP_EXPECT_INT(osp_test_request(app, "POST", "/notes", .body = { text, 1048576 }).status, 201);
    OSP_EXPECT_INT(osp_test_request(app, "POST", "/notes", .body = { text, 1048577 }).status, 413);
    OSP_EXPECT_INT(osp_test_request(app, "POST", "/notes", .body = { text, 1048576 }, .chunked = true).status, 201);
    OSP_EXPECT_INT(osp_test_request(app, "POST", "/notes", .body = { text, 1048577 }, .chunked = true).status, 413);
}

OSP_TEST(streams_pass_part_by_part, "a body of any length is read and written as a stream, with its trailers")
{
    char *text = osp_alloc(osp_test_ctx(app), 2000000);
    for (size_t i = 0; i < 2000000; i++) {
        text[i] = (char)('a' + i % 26);
    }
    const osp_str body = { text, 2000000 };
    osp_test_response r = osp_test_request(app, "POST", "/echo", .body = body, .media_type = S("text/x"),
                                           .trailers = { { "Sum", "7" } },
                                           .headers = { { "TE", "trailers" }, { "Connection", "TE" } });
    OSP_EXPECT_INT(r.status, 200);
    OSP_EXPECT(osp_str_equal(r.body, body));
    OSP_EXPECT_STR(r.media_type, "text/x");
    OSP_EXPECT_INT(r.trailer_count, 1);
    OSP_EXPECT_STR(r.trailers[0].value, "7");
    r = osp_test_request(app, "POST", "/echo", .body = body);
    OSP_EXPECT(osp_str_equal(r.body, body));
    OSP_EXPECT_INT(r.trailer_count, 0);
    r = osp_test_send_bytes(app, S("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n!"));
    OSP_EXPECT(r.cut_off || r.status == 400);
}

OSP_TEST(streams_break_off, "an answer that fails half-way is cut off, or becomes a problem")
{
    osp_test_response r = osp_test_request(app, "GET", "/cut");
    OSP_EXPECT_INT(r.status, 200);
    OSP_EXPECT(r.cut_off);
    OSP_EXPECT_STR(r.body, "half");
    r = osp_test_request(app, "POST", "/cut", .body = S("x"));
    OSP_EXPECT_INT(r.status, 409);
    OSP_EXPECT(!r.cut_off && r.close);
    OSP_EXPECT_STR(osp_test_answer_header(&r, "X-Seen"), "yes");
}

OSP_TEST(forms_cookies_and_headers, "forms, cookies, headers and queries are sent encoded")
{
    osp_test_response r = osp_test_request(app, "POST", "/form?a=b", .form = { { "name", "A&B=\xc3\xa9 x" } },
                                           .cookies = { { "other", "1" }, { "session", "abc" } },
                                           .headers = { { "Accept", "text/plain" } },
                                           .query = { { "q", "a b&c" } });
    OSP_EXPECT_INT(r.status, 200);
    OSP_EXPECT_STR(r.body, "A&B=\xc3\xa9 x|abc|text/plain|a b&c");
    OSP_EXPECT_STR(osp_test_answer_cookie(&r, "session"), "new");
    OSP_EXPECT_STR(osp_test_answer_cookie(&r, "sess"), "");
    r = osp_test_request(app, "GET", "/notes", .token = S("t"), .headers = { { "Host", "example.org" } });
    OSP_EXPECT_INT(r.status, 200);
}

OSP_TEST(interim_answers, "interim answers are told, and requests have names in their order")
{
    osp_test_response r = osp_test_request(app, "GET", "/hints");
    OSP_EXPECT_INT(r.interim_count, 1);
    OSP_EXPECT_INT(r.interim[0], 103);
    OSP_EXPECT_STR(r.body, "00000000000000000000000000000001");
    OSP_EXPECT_STR(osp_test_request(app, "GET", "/hints").body, "00000000000000000000000000000002");
    OSP_EXPECT_STR(osp_test_request(app, "HEAD", "/hints").body, "");
}

OSP_TEST(time_stands_still, "a clock that was set moves by waits, and by nothing else")
{
    const int64_t then = 1000000000;
    osp_test_set_clock(app, then);
    OSP_EXPECT_STR(osp_test_request(app, "GET", "/wait").body, "3600 s");
    OSP_EXPECT_INT(osp_now_us(), then + INT64_C(3600000000));
    osp_test_advance_ms(app, 1);
    OSP_EXPECT_INT(osp_now_us(), then + INT64_C(3600001000));
}

OSP_TEST(needs_come_before_bodies, "who may not ask is refused before a body is judged")
{
    char *text = osp_alloc(osp_test_ctx(app), 1048577);
    memset(text, ' ', 1048577);
    OSP_EXPECT_INT(osp_test_request(app, "POST", "/me", .body = { text, 1048577 }).status, 403);
    OSP_EXPECT_INT(osp_test_request(app, "POST", "/me", .body = { text, 1048577 }, .chunked = true).status, 403);
    OSP_EXPECT_INT(osp_test_request(app, "POST", "/me", .body = { text, 1048577 }, .token = S("t")).status, 413);
    OSP_EXPECT_STR(osp_test_request(app, "POST", "/me", .body = S("{\"a\":\"b\"}"), .token = S("t"), .chunked = true).body, "b");
}

OSP_TEST(chance_is_repeated, "random bytes follow from a seed")
{
    const osp_str first = osp_test_request(app, "GET", "/token").body;
    const osp_str second = osp_test_request(app, "GET", "/token").body;
    OSP_EXPECT(!osp_str_equal(first, second));
    osp_test_seed(app, 0);
    OSP_EXPECT_STR(osp_test_request(app, "GET", "/token").body, first);
    osp_test_seed(app, 1);
    OSP_EXPECT(!osp_str_equal(osp_test_request(app, "GET", "/token").body, first));
}
