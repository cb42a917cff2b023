/* However the bytes of a connection arrive, they get the same answers: at once, one by one, and cut
 * in two at every place.  The engine keeps what it has seen of a head or chunk; a body is whole
 * before it is decoded, so that the decoder never sees a cut. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "tests/unit/rig.h"

#define HOST "HTTP/1.1\r\nHost: test\r\n"
#define CHUNKED "POST /x " HOST "Transfer-Encoding: chunked\r\n\r\n"

static const struct stream {
    const char *bytes;
    const char *statuses; /* of the answers */
} streams[] = {
    { OSP_RIG_GET("/hi") OSP_RIG_GET("/none") "HEAD /hi " HOST "\r\n" OSP_RIG_GET("/hi"),
      "200 404 200 200" },
    { "\r\n\r\nGET /%68i?a=%41 " HOST "X: \xc3\xa4\r\n\r\n", "200" },
    { "GET /hi HTTP/1.0\r\n\r\n" OSP_RIG_GET("/hi"), "200" },
    { "POST /x " HOST "Content-Length: 31\r\n\r\n"
      "{\"text\":\"\\ud83d\\ude00\xf0\x9f\x98\x80\\n\xc3\xa4\"}" OSP_RIG_GET("/hi"),
      "200 200" },
    { "POST /x " HOST "Expect: 100-continue\r\nContent-Length: 12\r\n\r\n{\"text\":\"a\"}", "200" },
    { CHUNKED
      "1\r\n{\r\n00a;x=\"y\"\r\n\"text\":\"a\"\r\n1\r\n}\r\n0\r\nX: y\r\n\r\n" OSP_RIG_GET("/hi"),
      "200 200" },
    { CHUNKED "2\r\n{}\r\n0\r\n\r\n" OSP_RIG_GET("/hi"), "422 200" },
    { "POST /x " HOST "Content-Length: 10\r\n\r\n{\"text\":\xff}" OSP_RIG_GET("/hi"), "400 200" },
    { "POST /x " HOST "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", "415" },
    /* What is behind a refusal of the framing is no request. */
    { CHUNKED "x\r\n{}\r\n0\r\n\r\n" OSP_RIG_GET("/hi"), "400" },
    { CHUNKED "1\r\n{}\r\n0\r\n\r\n" OSP_RIG_GET("/hi"), "400" },
    { CHUNKED "1\n{\n0\n\n" OSP_RIG_GET("/hi"), "400" },
    { "POST /x " HOST "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}" OSP_RIG_GET("/hi"),
      "400" },
    { "POST /x " HOST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", "400" },
    { "POST /x " HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501" },
    { "GET /hi HTTP/1.1\r\n\r\n" OSP_RIG_GET("/hi"), "400" },
    { "GET /hi " HOST "A: b\r\n c\r\n\r\n" OSP_RIG_GET("/hi"), "400" },
    { "GET /hi " HOST "A : b\r\n\r\n", "400" },
    { "GET /hi HTTP/2.0\r\nHost: test\r\n\r\n", "505" },
    { "GET /hi HTTP/1.1\nHost: test\n\n", "400" },
    { "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400" },
};

/* What was received, without what a cut may change: the date, and whether the server had to ask for
 * the body. */
static osp_str normal_of(const osp_client *client, char *out)
{
    static const osp_str go_on = { "HTTP/1.1 100 Continue\r\n\r\n", 25 }, date = { "Date: ", 6 },
                         id = { "X-Request-Id: ", 14 };
    size_t len = 0;
    osp_str rest = { client->text, client->kept };
    while (rest.len > 0) {
        size_t skip = osp_str_starts_with(rest, go_on) ? go_on.len : 0;
        if (osp_str_starts_with(rest, date)) {
            skip = date.len + sizeof "Fri, 27 Nov 2026 00:00:00 GMT\r\n" - 1;
        }
        if (osp_str_starts_with(rest, id)) {
            skip = id.len + OSP_REQUEST_NAME_LEN + 2;
        }
        if (skip == 0) {
            out[len++] = *rest.ptr;
            skip = 1;
        }
        OSP_CHECK(skip <= rest.len);
        rest = (osp_str){ rest.ptr + skip, rest.len - skip };
    }
    return (osp_str){ out, len };
}

/* "200 404": the status of each answer in `text`. */
static void check_statuses(osp_str text, const char *wanted)
{
    static const char start[] = "HTTP/1.1 ";
    char statuses[64] = "";
    size_t len = 0;
    for (size_t i = 0; i + sizeof start + 2 <= text.len; i++) {
        if (memcmp(text.ptr + i, start, sizeof start - 1) == 0) {
            OSP_CHECK(len + 4 < sizeof statuses);
            memcpy(statuses + len, text.ptr + i + sizeof start - 1, 3);
            statuses[len + 3] = ' ';
            len += 4;
        }
    }
    OSP_CHECK(len > 0);
    OSP_CHECK_STR(((osp_str){ statuses, len - 1 }), osp_str_from(wanted));
}

/* Sends the first `cut` bytes, then the others, each `step` at a time. */
static osp_str exchange(osp_client client, osp_str bytes, size_t cut, size_t step, char *out)
{
    for (size_t at = 0; at < bytes.len;) {
        const size_t end = at < cut ? cut : bytes.len;
        const size_t size = step < end - at ? step : end - at;
        osp_client_send(&client, (osp_str){ bytes.ptr + at, size });
        at += size;
    }
    osp_client_read(&client, SIZE_MAX);
    const osp_str got = normal_of(&client, out);
    osp_client_close(&client);
    return got;
}

OSP_UNIT_TEST(pieces_same, "the answers are the same however the bytes are cut")
{
    static char whole_text[4096], cut_text[4096];
    osp_rig rig;
    osp_rig_open(&rig);
    for (size_t i = 0; i < OSP_ARRAY_LEN(streams); i++) {
        const osp_str bytes = osp_str_from(streams[i].bytes);
        const osp_str whole =
            exchange(osp_client_open(&rig), bytes, bytes.len, bytes.len, whole_text);
        check_statuses(whole, streams[i].statuses);
        OSP_CHECK_STR(exchange(osp_client_open(&rig), bytes, bytes.len, 1, cut_text), whole);
        for (size_t cut = 1; cut < bytes.len; cut++) {
            OSP_CHECK_STR(exchange(osp_client_open(&rig), bytes, cut, bytes.len, cut_text), whole);
        }
    }
    osp_rig_close(&rig);
}

/* A client of TCP whose bytes leave one by one. */
static osp_client connect_eager(osp_rig *rig)
{
    const osp_client client = osp_client_connect(rig);
    OSP_CHECK(setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int)) == 0);
    return client;
}

OSP_UNIT_TEST(pieces_tcp, "over TCP as well, byte by byte")
{
    static char whole_text[4096], cut_text[4096];
    osp_rig rig;
    osp_rig_open(&rig);
    for (size_t i = 0; i < OSP_ARRAY_LEN(streams); i++) {
        const osp_str bytes = osp_str_from(streams[i].bytes);
        const osp_str whole =
            exchange(connect_eager(&rig), bytes, bytes.len, bytes.len, whole_text);
        check_statuses(whole, streams[i].statuses);
        OSP_CHECK_STR(exchange(connect_eager(&rig), bytes, bytes.len, 1, cut_text), whole);
    }
    osp_rig_close(&rig);
}
