/* The request head: every rule of strictness with its title, limits at the value and one past, and
 * the two properties that hold for all input: a prefix never says OSP_OK, and how the input was cut
 * does not change the verdict. */
#include "wire/h1.h"

#include "tests/unit/unit.h"
#include "wire/h1_impl.h"

#define BIG_SIZE 20000

typedef struct head_case {
    const char *title, *text;
    osp_status status;
} head_case;

static osp_h1_head head;
static char big[BIG_SIZE];

#define R "GET / HTTP/1.1\r\n"
#define H "Host: a\r\n"
#define END "\r\n"

static osp_str copy_of(osp_str s)
{
    /* Exactly as long as it must be, so that a sanitizer sees every read past it. */
    char *bytes = malloc(s.len + OSP_H1_PADDING);
    OSP_CHECK(bytes != NULL);
    if (s.len != 0) {
        memcpy(bytes, s.ptr, s.len);
    }
    bytes[s.len] = 0;
    memset(bytes + s.len + 1, 'x', OSP_H1_PADDING - 1);
    return (osp_str){ bytes, s.len };
}

static osp_status parse(osp_str s, size_t seen, size_t *ret_size)
{
    const osp_str copy = copy_of(s);
    const osp_status status = osp_h1_parse_head(copy, seen, &osp_h1_limits_default, &head);
    *ret_size = head.size;
    free((void *)(uintptr_t)copy.ptr);
    return status;
}

/* The verdict on the whole, after every prefix was checked against it. */
static osp_status verdict(osp_str s)
{
    size_t size = 0;
    const osp_status whole = parse(s, 0, &size);
    const size_t last = whole == OSP_OK ? size : s.len;
    for (size_t len = 0; len < last; len++) {
        size_t ignored = 0;
        const osp_status part = parse((osp_str){ s.ptr, len }, 0, &ignored);
        OSP_CHECK(part == OSP_AGAIN || (part == whole && part < 0));
    }
    for (size_t len = 1; len <= last; len++) {
        size_t dribbled = 0;
        const osp_status part = parse((osp_str){ s.ptr, len }, len - 1, &dribbled);
        if (part != OSP_AGAIN) {
            OSP_CHECK(part == whole && (part < 0 || (len == last && dribbled == size)));
            break;
        }
        OSP_CHECK(len < last || whole != OSP_OK);
    }
    OSP_CHECK(parse(s, 0, &size) == whole);
    return whole;
}

static void check_cases(const head_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const osp_status got = verdict(osp_str_from(cases[i].text));
        if (got != cases[i].status) {
            fprintf(stderr, "%s: got %d, want %d\n", cases[i].title, (int)got,
                    (int)cases[i].status);
            exit(1);
        }
    }
}

#define CHECK_CASES(cases) check_cases(cases, OSP_ARRAY_LEN(cases))

/* Parses what begins with a head and leaves that in `head`, whose slices stay valid until the next;
 * returns its size. */
static size_t accept_front(osp_str in)
{
    static char held[BIG_SIZE + OSP_H1_PADDING];
    OSP_CHECK(in.len < BIG_SIZE);
    memcpy(held, in.ptr, in.len);
    held[in.len] = 0;
    OSP_CHECK(osp_h1_parse_head((osp_str){ held, in.len }, 0, &osp_h1_limits_default, &head) ==
              OSP_OK);
    return head.size;
}

static void accept(const char *text)
{
    OSP_CHECK(accept_front(osp_str_from(text)) == strlen(text));
}

OSP_UNIT_TEST(h1_head_reads_all, "a request head gives its parts")
{
    const char *text = "GET /plain?x=1 HTTP/1.1\r\nHost: example.org:8080\r\nAccept:\t a,b \t\r\n"
                       "X-Empty:\r\nConnection: keep-alive\r\n\r\n";
    accept(text);
    OSP_CHECK(head.method == OSP_METHOD_GET && head.minor == 1 && head.keep_alive);
    OSP_CHECK(!head.expect_continue && head.framing == OSP_H1_NO_BODY && head.content_length == 0);
    OSP_CHECK_STR(head.method_text, S("GET"));
    OSP_CHECK_STR(head.target, S("/plain?x=1"));
    OSP_CHECK_STR(head.host, S("example.org:8080"));
    OSP_CHECK(head.header_count == 4);
    OSP_CHECK_STR(head.headers[1].name, S("Accept"));
    OSP_CHECK_STR(head.headers[1].value, S("a,b"));
    OSP_CHECK_STR(head.headers[2].name, S("X-Empty"));
    OSP_CHECK_STR(head.headers[2].value, S(""));
}

OSP_UNIT_TEST(h1_head_pipelined, "a head ends at its empty line, whatever follows")
{
    OSP_CHECK(accept_front(S(R H END "GET /2 HTTP/1.1\r\n")) == strlen(R H END));
    OSP_CHECK(head.header_count == 1);
}

OSP_UNIT_TEST(h1_head_methods, "known methods are recognised, other tokens are OTHER")
{
    static const char *const names[] = { "GET",    "HEAD",  "POST",    "PUT",
                                         "DELETE", "PATCH", "OPTIONS", "PROPFIND" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        snprintf(big, sizeof(big), "%s / HTTP/1.1\r\n" H END, names[i]);
        accept(big);
        OSP_CHECK((size_t)head.method == i);
        OSP_CHECK_STR(head.method_text, osp_str_from(names[i]));
    }
    accept("get / HTTP/1.1\r\n" H END);
    OSP_CHECK(head.method == OSP_METHOD_OTHER);
}

OSP_UNIT_TEST(h1_head_request_line, "the request line is held to its grammar")
{
    static const head_case cases[] = {
        { "plain", R H END, OSP_OK },
        { "asterisk", "OPTIONS * HTTP/1.1\r\n" H END, OSP_OK },
        { "absolute-form", "GET http://a/ HTTP/1.1\r\n" H END, OSP_OK },
        { "one empty line before", "\r\n" R H END, OSP_OK },
        { "two empty lines before", "\r\n\r\n" R H END, OSP_OK },
        { "three empty lines before", "\r\n\r\n\r\n" R H END, OSP_E_H1_REQUEST_LINE },
        { "bare CR before", "\r" R H END, OSP_E_H1_REQUEST_LINE },
        { "bare LF before", "\n" R H END, OSP_E_H1_METHOD },
        { "space before", " " R H END, OSP_E_H1_METHOD },
        { "TLS handshake", "\x16\x03\x01\x02", OSP_E_H1_METHOD },
        { "method with a comma", "GE,T / HTTP/1.1\r\n", OSP_E_H1_METHOD },
        { "tab behind method", "GET\t/ HTTP/1.1\r\n", OSP_E_H1_METHOD },
        { "two spaces behind method", "GET  / HTTP/1.1\r\n", OSP_E_H1_TARGET },
        { "HTTP/0.9", "GET /\r\n", OSP_E_H1_TARGET },
        { "tab in target", "GET /a\tb HTTP/1.1\r\n", OSP_E_H1_TARGET },
        { "DEL in target", "GET /a\x7f HTTP/1.1\r\n", OSP_E_H1_TARGET },
        { "non-ASCII in target", "GET /\xc3\xa4 HTTP/1.1\r\n", OSP_E_H1_TARGET },
        { "space in target", "GET /a b HTTP/1.1\r\n", OSP_E_H1_REQUEST_LINE },
        { "two spaces behind target", "GET /  HTTP/1.1\r\n", OSP_E_H1_REQUEST_LINE },
        { "small letters in version", "GET / http/1.1\r\n", OSP_E_H1_REQUEST_LINE },
        { "version without minor", "GET / HTTP/1\r\n", OSP_E_H1_REQUEST_LINE },
        { "version with two digits", "GET / HTTP/1.10\r\n", OSP_E_H1_REQUEST_LINE },
        { "space behind version", "GET / HTTP/1.1 \r\n", OSP_E_H1_REQUEST_LINE },
        { "bare LF behind version", "GET / HTTP/1.1\n", OSP_E_H1_REQUEST_LINE },
        { "bare CR behind version", "GET / HTTP/1.1\rH", OSP_E_H1_REQUEST_LINE },
        { "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", OSP_E_H1_VERSION },
        { "HTTP/0.9 spelt out", "GET / HTTP/0.9\r\n\r\n", OSP_E_H1_VERSION },
    };
    CHECK_CASES(cases);
}

OSP_UNIT_TEST(h1_head_minor, "a higher minor version is read as HTTP/1.1, and needs a Host like it")
{
    accept("GET / HTTP/1.2\r\n" H END);
    OSP_CHECK(head.minor == 1 && head.keep_alive);
    accept("GET / HTTP/1.9\r\n" H END);
    OSP_CHECK(head.minor == 1 && head.keep_alive);
    static const head_case cases[] = {
        { "no Host", "GET / HTTP/1.9\r\n\r\n", OSP_E_H1_HOST },
        { "no digit", "GET / HTTP/1.:\r\n" H END, OSP_E_H1_REQUEST_LINE },
    };
    CHECK_CASES(cases);
}

OSP_UNIT_TEST(h1_head_fields, "field lines are held to their grammar")
{
    static const head_case cases[] = {
        { "obs-text in value", R H "X: \xc3\xa4\r\n" END, OSP_OK },
        { "tab in value", R H "X: a\tb\r\n" END, OSP_OK },
        { "every kind of tchar in a name", R H "a0!#$%&'*+-.^_`|~Z9: x\r\n" END, OSP_OK },
        { "obs-fold", R H "X: a\r\n b\r\n" END, OSP_E_H1_HEADER },
        { "obs-fold by tab", R H "X: a\r\n\tb\r\n" END, OSP_E_H1_HEADER },
        { "white space before the first field", R " X: a\r\n" H END, OSP_E_H1_HEADER },
        { "space before colon", R H "X : a\r\n" END, OSP_E_H1_HEADER },
        { "tab before colon", R H "X\t: a\r\n" END, OSP_E_H1_HEADER },
        { "empty name", R H ": a\r\n" END, OSP_E_H1_HEADER },
        { "no colon", R H "X\r\n" END, OSP_E_H1_HEADER },
        { "parenthesis in name", R H "X(: a\r\n" END, OSP_E_H1_HEADER },
        { "non-ASCII in name", R H "X\xc3\xa4: a\r\n" END, OSP_E_H1_HEADER },
        { "bare LF ends a field", R "Host: a\n" END, OSP_E_H1_HEADER },
        { "bare LF ends the head", R H "\n", OSP_E_H1_HEADER },
        { "bare CR in value", R H "X: a\rb\r\n" END, OSP_E_H1_HEADER },
        { "CR CR LF", R H "X: a\r\r\n" END, OSP_E_H1_HEADER },
        { "bare CR ends the head", R H "\rX", OSP_E_H1_HEADER },
        { "BEL in value", R H "X: a\x07\r\n" END, OSP_E_H1_HEADER },
        { "VT before value",
          R H "X: \x0b"
              "a\r\n" END,
          OSP_E_H1_HEADER },
        { "DEL in value", R H "X: a\x7f\r\n" END, OSP_E_H1_HEADER },
        { "control byte in an unfinished value", R H "X: 0123456789abcdefgh\x01", OSP_E_H1_HEADER },
    };
    CHECK_CASES(cases);
    OSP_CHECK(verdict(S(R H "X: a\0b\r\n" END)) == OSP_E_H1_HEADER);
    OSP_CHECK(verdict(S(R H "X\0: b\r\n" END)) == OSP_E_H1_HEADER);
    OSP_CHECK(verdict(S("GET /\0 HTTP/1.1\r\n")) == OSP_E_H1_TARGET);
}

OSP_UNIT_TEST(h1_head_host, "Host is there once and well-formed")
{
    static const head_case cases[] = {
        { "missing in 1.1", R END, OSP_E_H1_HOST },
        { "missing in 1.0", "GET / HTTP/1.0\r\n" END, OSP_OK },
        { "any case", R "hOsT: a\r\n" END, OSP_OK },
        { "v6", R "Host: [::1]:80\r\n" END, OSP_OK },
        { "empty port", R "Host: a:\r\n" END, OSP_OK },
        { "the largest port", R "Host: a:65535\r\n" END, OSP_OK },
        { "one past it", R "Host: a:65536\r\n" END, OSP_E_H1_HOST },
        { "empty", R "Host:\r\n" END, OSP_E_H1_HOST },
        { "repeated", R H H END, OSP_E_H1_HOST },
        { "repeated in 1.0", "GET / HTTP/1.0\r\n" H H END, OSP_E_H1_HOST },
        { "user information", R "Host: u@a\r\n" END, OSP_E_H1_HOST },
        { "path", R "Host: a/b\r\n" END, OSP_E_H1_HOST },
        { "space", R "Host: a b\r\n" END, OSP_E_H1_HOST },
        { "list", R "Host: a, b\r\n" END, OSP_E_H1_HOST },
        { "port of letters", R "Host: a:b\r\n" END, OSP_E_H1_HOST },
        { "open bracket", R "Host: [::1\r\n" END, OSP_E_H1_HOST },
        { "non-ASCII", R "Host: \xc3\xa4\r\n" END, OSP_E_H1_HOST },
    };
    CHECK_CASES(cases);
}

OSP_UNIT_TEST(h1_head_length, "Content-Length is one number that fits")
{
#define L "Content-Length: "
    static const head_case cases[] = {
        { "zero", R H L "0\r\n" END, OSP_OK },
        { "leading zeros", R H L "007\r\n" END, OSP_OK },
        { "the largest", R H L "18446744073709551615\r\n" END, OSP_OK },
        { "one past it", R H L "18446744073709551616\r\n" END, OSP_E_H1_FRAMING },
        { "wraps by multiplying", R H L "99999999999999999999\r\n" END, OSP_E_H1_FRAMING },
        { "empty", R H L "\r\n" END, OSP_E_H1_FRAMING },
        { "plus", R H L "+1\r\n" END, OSP_E_H1_FRAMING },
        { "minus", R H L "-1\r\n" END, OSP_E_H1_FRAMING },
        { "hexadecimal", R H L "0x1\r\n" END, OSP_E_H1_FRAMING },
        { "space inside", R H L "1 2\r\n" END, OSP_E_H1_FRAMING },
        { "list of equal ones", R H L "5, 5\r\n" END, OSP_E_H1_FRAMING },
        { "repeated, equal", R H L "5\r\n" L "5\r\n" END, OSP_E_H1_FRAMING },
        { "repeated, different", R H L "5\r\n" L "6\r\n" END, OSP_E_H1_FRAMING },
        { "with coding", R H L "5\r\nTransfer-Encoding: chunked\r\n" END, OSP_E_H1_FRAMING },
        { "after coding", R H "Transfer-Encoding: chunked\r\n" L "5\r\n" END, OSP_E_H1_FRAMING },
    };
    CHECK_CASES(cases);
    accept("POST / HTTP/1.1\r\n" H "content-LENGTH: \t18446744073709551615 \r\n" END);
    OSP_CHECK(head.framing == OSP_H1_LENGTH && head.content_length == UINT64_MAX);
    accept("POST / HTTP/1.1\r\n" H "Content-Lengt_: 5\r\n" END);
    OSP_CHECK(head.framing == OSP_H1_NO_BODY && head.content_length == 0);
}

OSP_UNIT_TEST(h1_head_coding, "Transfer-Encoding is chunked and nothing else")
{
#define T "Transfer-Encoding: "
    static const head_case cases[] = {
        { "chunked", R H T "chunked\r\n" END, OSP_OK },
        { "any case", R H "TRANSFER-encoding: Chunked\r\n" END, OSP_OK },
        { "unknown coding, chunked last", R H T "gzip, chunked\r\n" END, OSP_E_H1_CODING },
        { "coding alone", R H T "gzip\r\n" END, OSP_E_H1_FRAMING },
        { "identity", R H T "identity\r\n" END, OSP_E_H1_FRAMING },
        { "chunked first", R H T "chunked, gzip\r\n" END, OSP_E_H1_FRAMING },
        { "chunked twice", R H T "chunked, chunked\r\n" END, OSP_E_H1_FRAMING },
        { "two fields", R H T "chunked\r\n" T "chunked\r\n" END, OSP_E_H1_FRAMING },
        { "almost chunked", R H T "xchunked\r\n" END, OSP_E_H1_FRAMING },
        { "parameter", R H T "chunked;q=1\r\n" END, OSP_E_H1_FRAMING },
        { "quoted", R H T "\"chunked\"\r\n" END, OSP_E_H1_FRAMING },
        { "empty element", R H T ", chunked\r\n" END, OSP_OK },
        { "trailing comma", R H T "chunked,\r\n" END, OSP_OK },
        { "nothing but commas", R H T ", ,\r\n" END, OSP_E_H1_FRAMING },
        { "empty element and length", R H L "5\r\n" T ", chunked\r\n" END, OSP_E_H1_FRAMING },
        { "empty", R H T "\r\n" END, OSP_E_H1_FRAMING },
        { "in HTTP/1.0", "GET / HTTP/1.0\r\n" H T "chunked\r\n" END, OSP_E_H1_FRAMING },
    };
    CHECK_CASES(cases);
    accept("POST / HTTP/1.1\r\n" H T "chunked\r\n" END);
    OSP_CHECK(head.framing == OSP_H1_CHUNKED);
}

OSP_UNIT_TEST(h1_head_connection, "Connection and version decide about keep-alive")
{
    static const struct {
        const char *text;
        bool keep_alive;
    } cases[] = {
        { "GET / HTTP/1.1\r\n" H END, true },
        { "GET / HTTP/1.0\r\n" END, false },
        { "GET / HTTP/1.0\r\nConnection: keep-alive\r\n" END, true },
        { "GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n" END, true },
        { "GET / HTTP/1.1\r\n" H "Connection: close\r\n" END, false },
        { "GET / HTTP/1.1\r\n" H "connection: Keep-Alive ,\tCLOSE\r\n" END, false },
        { "GET / HTTP/1.1\r\n" H "Connection: close\r\nConnection: keep-alive\r\n" END, false },
        { "GET / HTTP/1.1\r\n" H "Connection: closed, upgrade,,\r\n" END, true },
        { "GET / HTTP/1.1\r\n" H "Connection:\r\n" END, true },
        { "GET / HTTP/1.1\r\n" H "Connectiom: close\r\n" END, true },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        accept(cases[i].text);
        OSP_CHECK(head.keep_alive == cases[i].keep_alive);
    }
}

OSP_UNIT_TEST(h1_head_expect, "Expect: 100-continue counts in HTTP/1.1 only")
{
    accept(R H "Expect: 100-Continue\r\n" END);
    OSP_CHECK(head.expect_continue);
    accept(R H "Expect: , 100-continue ,\r\nExpect: 100-continue\r\n" END);
    OSP_CHECK(head.expect_continue);
    accept(R H "Expect:\r\n" END);
    OSP_CHECK(!head.expect_continue);
    static const head_case cases[] = {
        { "unknown", R H "Expect: something\r\n" END, OSP_E_H1_EXPECTATION },
        { "unknown behind", R H "Expect: 100-continue, x\r\n" END, OSP_E_H1_EXPECTATION },
        { "with a value", R H "Expect: 100-continue=1\r\n" END, OSP_E_H1_EXPECTATION },
    };
    CHECK_CASES(cases);
    accept("GET / HTTP/1.0\r\nExpect: 100-continue\r\n" END);
    OSP_CHECK(!head.expect_continue);
}

/* Fills `big` with before, `count` bytes of `fill`, after. */
static osp_str padded(const char *before, size_t count, char fill, const char *after)
{
    const size_t before_len = strlen(before);
    const size_t after_len = strlen(after);
    OSP_CHECK(before_len + count + after_len <= sizeof(big));
    memcpy(big, before, before_len);
    memset(big + before_len, fill, count);
    memcpy(big + before_len + count, after, after_len);
    return (osp_str){ big, before_len + count + after_len };
}

OSP_UNIT_TEST(h1_head_limit_method, "a method is at most OSP_H1_METHOD_MAX bytes")
{
    const char *after = " / HTTP/1.1\r\n" H END;
    OSP_CHECK(verdict(padded("", OSP_H1_METHOD_MAX, 'A', after)) == OSP_OK);
    OSP_CHECK(verdict(padded("", OSP_H1_METHOD_MAX + 1, 'A', after)) == OSP_E_H1_METHOD_LIMIT);
}

OSP_UNIT_TEST(h1_head_limit_target, "a target is at most OSP_H1_TARGET_MAX bytes, else 414")
{
    size_t size = 0;
    const char *after = " HTTP/1.1\r\n" H END;
    OSP_CHECK(parse(padded("GET /", OSP_H1_TARGET_MAX - 1, 'a', after), 0, &size) == OSP_OK);
    OSP_CHECK(parse(padded("GET /", OSP_H1_TARGET_MAX, 'a', after), 0, &size) == OSP_E_LIMIT);
    OSP_CHECK(parse(padded("GET /", OSP_H1_TARGET_MAX - 1, 'a', ""), 0, &size) == OSP_AGAIN);
    OSP_CHECK(parse(padded("GET /", OSP_H1_TARGET_MAX, 'a', ""), 0, &size) == OSP_E_LIMIT);
    OSP_CHECK(osp_h1_error_http(OSP_E_LIMIT) == 414);
}

OSP_UNIT_TEST(h1_conditional, "a head tells whether a field may be a condition")
{
    static const struct {
        const char *fields;
        bool conditional;
    } cases[] = {
        { "", false },
        { "If-Match: *\r\n", true },
        { "iF-nONE-mATCH: *\r\n", true },
        { "Accept: */*\r\nif-modified-since: x\r\nUser-Agent: x\r\n", true },
        { "IF-UNMODIFIED-SINCE: x\r\n", true },
        { "Accept-Encoding: x\r\nAccept: x\r\nUser-Agent: x\r\n", false },
        { "Transfer-Encoding: chunked\r\n", false },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        char text[256];
        size_t size;
        (void)snprintf(text, sizeof(text), R H "%s\r\n", cases[i].fields);
        OSP_CHECK(parse(osp_str_from(text), 0, &size) == OSP_OK);
        OSP_CHECK(head.conditional == cases[i].conditional);
    }
}

OSP_UNIT_TEST(h1_large_header, "the header that takes more than half of a head is named")
{
    static const struct {
        const char *head, *name;
    } cases[] = {
        { "GET / HTTP/1.1\r\nHost: a\r\nX-Large: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "X-Large" },
        { "GET / HTTP/1.1\r\nLarge: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nHost: a\r\n\r\n",
          "Large" },
        { "GET / HTTP/1.1\r\nHost: a\r\nX: aaaaaaaaaaaaaaa\r\nY: aaaaaaaaaaaaaaa\r\n\r\n", "" },
        { "GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: a\r\n", "" },
        { "GET / HTTP/1.1\r\n"
          "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX: y\r\n",
          "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX" },
        { "GET / HTTP/1.1\r\n"
          "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX: y\r\n",
          "" },
        { "GET / HTTP/1.1\r\n\"\xff\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "" },
        { "", "" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK_STR(osp_h1_large_header(osp_str_from(cases[i].head)),
                      osp_str_from(cases[i].name));
    }
}

OSP_UNIT_TEST(h1_head_limit_size, "a head is at most OSP_H1_HEAD_MAX bytes, else 431")
{
    const char *before = R H "X: ";
    const size_t room = OSP_H1_HEAD_MAX - strlen(before) - strlen("\r\n\r\n");
    size_t size = 0;
    OSP_CHECK(parse(padded(before, room, 'a', "\r\n\r\n"), 0, &size) == OSP_OK);
    OSP_CHECK(size == OSP_H1_HEAD_MAX);
    const osp_str over = padded(before, room + 1, 'a', "\r\n\r\n");
    OSP_CHECK(parse(over, 0, &size) == OSP_E_H1_HEAD_LIMIT);
    const osp_str at_max = { over.ptr, OSP_H1_HEAD_MAX };
    const osp_str below = { over.ptr, OSP_H1_HEAD_MAX - 1 };
    OSP_CHECK(parse(below, 0, &size) == OSP_AGAIN);
    OSP_CHECK(parse(at_max, OSP_H1_HEAD_MAX - 1, &size) == OSP_E_H1_HEAD_LIMIT);
}

OSP_UNIT_TEST(h1_head_limit_count, "a head has at most OSP_H1_HEADERS_MAX fields, else 431")
{
    for (int extra = 0; extra < 2; extra++) {
        size_t len = (size_t)snprintf(big, sizeof(big), R H);
        for (int i = 1; i < OSP_H1_HEADERS_MAX + extra; i++) {
            len += (size_t)snprintf(big + len, sizeof(big) - len, "X-%d: v\r\n", i);
        }
        len += (size_t)snprintf(big + len, sizeof(big) - len, "\r\n");
        size_t size = 0;
        const osp_status want = extra == 0 ? OSP_OK : OSP_E_H1_HEAD_LIMIT;
        OSP_CHECK(parse((osp_str){ big, len }, 0, &size) == want);
        OSP_CHECK(extra != 0 || head.header_count == OSP_H1_HEADERS_MAX);
    }
}

OSP_UNIT_TEST(h1_head_dribbled,
              "a bare LF in dribbled input shows at once, other errors by twice the size")
{
    size_t size = 0;
    const osp_str lf = padded(R H "X: ", 200, 'a', "\n");
    OSP_CHECK(parse(lf, lf.len - 1, &size) == OSP_E_H1_HEADER);
    osp_str bad = padded(R H "X: ", 200, 'a', "\x01");
    const size_t bad_at = bad.len;
    bad = padded(R H "X: ", 200, 'a', "\x01");
    memset(big + bad_at, 'b', 1000);
    size_t len = bad_at;
    while (parse((osp_str){ big, len }, len - 1, &size) == OSP_AGAIN) {
        len++;
        OSP_CHECK(len <= 2 * bad_at);
    }
    OSP_CHECK(parse((osp_str){ big, len }, len - 1, &size) == OSP_E_H1_HEADER);
}

OSP_UNIT_TEST(h1_scan_same, "the fast scans stop where the plain ones stop")
{
    enum { SPAN = 40 };
    char bytes[SPAN + OSP_H1_PADDING];
    for (int value = 0; value < 256; value += OSP_UNIT_STRIDE) {
        for (size_t at = 0; at < SPAN; at++) {
            for (size_t end = 0; end <= SPAN; end++) {
                memset(bytes, 'a', sizeof(bytes));
                bytes[at] = (char)value;
                bytes[end] = 0;
                for (size_t begin = 0; begin <= end; begin += 7) { /* of each alignment */
                    const char *from = bytes + begin;
                    OSP_CHECK(osp_h1_scan_value(from) == osp_h1_scan_value_plain(from));
                    OSP_CHECK(osp_h1_scan_target(from) == osp_h1_scan_target_plain(from));
                    const char *colon = osp_h1_find_colon(from);
                    OSP_CHECK(colon == NULL || (colon == osp_h1_scan_name(from) && *colon == ':'));
                }
            }
        }
    }
}

OSP_UNIT_TEST(h1_host_known, "a Host is judged again when it is another one, also by one byte")
{
    size_t size = 0;
    head.known_len = 0;
    for (int i = 0; i < 3; i++) {
        accept(R "Host: example.org:8080\r\n" END);
        OSP_CHECK_STR(head.host, S("example.org:8080"));
        OSP_CHECK(parse(S(R "Host: example.org:808x\r\n" END), 0, &size) == OSP_E_H1_HOST);
        OSP_CHECK(parse(S(R "Host: ex@mple.org:8080\r\n" END), 0, &size) == OSP_E_H1_HOST);
        OSP_CHECK(parse(S(R "Host:\r\n" END), 0, &size) == OSP_E_H1_HOST);
        OSP_CHECK(parse(S(R "Host: a\r\nHost: a\r\n" END), 0, &size) == OSP_E_H1_HOST);
        accept(R H END);
        OSP_CHECK_STR(head.host, S("a"));
    }
    char text[200];
    for (int len = 1; len <= OSP_H1_HOST_KNOWN + 1; len++) { /* at the limit and past it */
        char host[OSP_H1_HOST_KNOWN + 2];
        memset(host, 'h', sizeof(host));
        snprintf(text, sizeof(text), R "Host: %.*s\r\n" END, len, host);
        accept(text);
        accept(text);
        OSP_CHECK(head.host.len == (size_t)len && head.known_len <= OSP_H1_HOST_KNOWN);
        host[len - 1] = '@';
        snprintf(text, sizeof(text), R "Host: %.*s\r\n" END, len, host);
        OSP_CHECK(parse(osp_str_from(text), 0, &size) == OSP_E_H1_HOST);
    }
}

/* Two heads in one input, of which the first may teach the second. */
static osp_status parse_two(const char *first, const char *second, osp_header_field *ret_last)
{
    char text[2 * OSP_H1_FIELDS_KNOWN + 256];
    head.known_fields_len = 0;
    const int len = snprintf(text, sizeof(text), "%s%s", first, second);
    OSP_CHECK(len > 0 && (size_t)len < sizeof(text) - OSP_H1_PADDING);
    const osp_str in = { text, (size_t)len };
    OSP_CHECK(osp_h1_parse_head(in, 0, &osp_h1_limits_default, &head) == OSP_OK);
    OSP_CHECK(head.size == strlen(first));
    const osp_str rest = { text + head.size, in.len - head.size };
    const osp_status status = osp_h1_parse_head(rest, 0, &osp_h1_limits_default, &head);
    if (status == OSP_OK) {
        *ret_last = head.headers[head.header_count - 1];
        OSP_CHECK(ret_last->name.ptr > rest.ptr && head.size <= rest.len);
        ret_last->name = osp_str_equal(ret_last->name, S("X")) ? S("X") : S("other");
        ret_last->value = osp_str_equal(ret_last->value, S("1")) ? S("1") : S("other");
    }
    return status;
}

OSP_UNIT_TEST(h1_fields_known, "fields are known where they are those of the head before")
{
    osp_header_field last;
    OSP_CHECK(parse_two(R H "X: 1\r\n" END, "HEAD /b HTTP/1.1\r\n" H "X: 1\r\n" END, &last) ==
              OSP_OK);
    OSP_CHECK(head.method == OSP_METHOD_HEAD && head.header_count == 2 && head.keep_alive);
    OSP_CHECK_STR(head.host, S("a"));
    OSP_CHECK_STR(last.value, S("1"));
    OSP_CHECK(parse_two(R H "X: 1\r\n" END, R H "X: 2\r\n" END, &last) == OSP_OK);
    OSP_CHECK_STR(last.value, S("other"));
    OSP_CHECK(parse_two(R H "X: 1\r\n" END, R H "Y: 1\r\n" END, &last) == OSP_OK);
    OSP_CHECK_STR(last.name, S("other"));
    OSP_CHECK(parse_two(R H END, R H "X: 1\r\n" END, &last) == OSP_OK);
    OSP_CHECK_STR(last.name, S("X"));
    OSP_CHECK(parse_two(R H "X: 1\r\n" END, R H END, &last) == OSP_OK && head.header_count == 1);
    OSP_CHECK(parse_two(R H "X: 1\r\n" END, R H "X: 1\r\n\n", &last) == OSP_E_H1_HEADER);
    OSP_CHECK(parse_two(R H "X: 1\r\n" END, R H "X: 1\r\n", &last) == OSP_AGAIN);
}

OSP_UNIT_TEST(
    h1_fields_known_alone,
    "heads that come alone teach from the second of one length on, and differ all the same")
{
    static const struct {
        const char *text;
        bool known;
    } heads[] = { { R H "X: 1\r\n" END, false }, { R H "X: 22\r\n" END, false },
                  { R H "X: 33\r\n" END, true }, { "HEAD /b HTTP/1.1\r\n" H "X: 33\r\n" END, true },
                  { R H "X: 44\r\n" END, true }, { R H "X: 555\r\n" END, false },
                  { R H "X: 44\r\n" END, false } };
    char texts[OSP_ARRAY_LEN(heads)][64];
    head.known_fields_len = head.last_fields_len = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(heads); i++) {
        const osp_str in = osp_str_from(strcpy(texts[i], heads[i].text));
        OSP_CHECK(osp_h1_parse_head(in, 0, &osp_h1_limits_default, &head) == OSP_OK);
        OSP_CHECK(head.size == in.len && head.header_count == 2);
        OSP_CHECK((head.known_fields_len != 0) == heads[i].known);
        const osp_str value = head.headers[1].value;
        OSP_CHECK_STR(value, ((osp_str){ in.ptr + in.len - 4 - value.len, value.len }));
        OSP_CHECK(value.ptr == in.ptr + in.len - 4 - value.len);
    }
}

OSP_UNIT_TEST(h1_fields_known_meaning, "known fields mean the same only after the same version")
{
    osp_header_field last;
    const char *old = "GET / HTTP/1.0\r\n" H "X: 1\r\n" END;
    OSP_CHECK(parse_two(R H "X: 1\r\n" END, old, &last) == OSP_OK && !head.keep_alive);
    OSP_CHECK(parse_two(old, R H "X: 1\r\n" END, &last) == OSP_OK && head.keep_alive);
    const char *chunked = H "Transfer-Encoding: chunked\r\n" END;
    char text[128];
    snprintf(text, sizeof(text), "GET / HTTP/1.0\r\n%s", chunked);
    char first[128];
    snprintf(first, sizeof(first), R "%s", chunked);
    OSP_CHECK(parse_two(first, text, &last) == OSP_E_H1_FRAMING);
    OSP_CHECK(parse_two(first, first, &last) == OSP_OK && head.framing == OSP_H1_CHUNKED);
    OSP_CHECK(parse_two(R H "Content-Length: 0\r\n" END, R H "Content-Length: 9\r\n" END, &last) ==
              OSP_OK);
    OSP_CHECK(head.framing == OSP_H1_LENGTH && head.content_length == 9);
}

OSP_UNIT_TEST(h1_fields_known_limit, "1024 bytes of fields are remembered and one more is not")
{
    osp_header_field last;
    for (int more = 0; more < 2; more++) {
        const size_t around = sizeof(H "X: \r\n" END) - 1;
        char value[OSP_H1_FIELDS_KNOWN + 2], text[OSP_H1_FIELDS_KNOWN + 64];
        memset(value, 'v', sizeof(value));
        value[OSP_H1_FIELDS_KNOWN + (size_t)more - around] = 0;
        snprintf(text, sizeof(text), R H "X: %s\r\n" END, value);
        OSP_CHECK(parse_two(text, text, &last) == OSP_OK && head.header_count == 2);
        OSP_CHECK((head.known_fields_len != 0) == (more == 0));
    }
}

OSP_UNIT_TEST(h1_fields_known_broken,
              "what an unfinished head has overwritten is not known any more")
{
    char text[128];
    head.known_fields_len = 0;
    const int len = snprintf(text, sizeof(text), R H "X: 1\r\n" END R H "Y: 22\r\nZ:");
    const osp_h1_limits *limits = &osp_h1_limits_default;
    OSP_CHECK(osp_h1_parse_head((osp_str){ text, (size_t)len }, 0, limits, &head) == OSP_OK);
    OSP_CHECK(head.known_fields_len != 0);
    const osp_str rest = { text + head.size, (size_t)len - head.size };
    OSP_CHECK(osp_h1_parse_head(rest, 0, limits, &head) == OSP_AGAIN);
    const osp_str again = osp_str_from(strcpy(text, R H "X: 1\r\n" END));
    OSP_CHECK(osp_h1_parse_head(again, 0, limits, &head) == OSP_OK && head.header_count == 2);
    OSP_CHECK_STR(head.headers[1].name, S("X"));
}
