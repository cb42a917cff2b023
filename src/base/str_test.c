#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

OSP_UNIT_TEST(str_from, "slices of C strings")
{
    OSP_CHECK(osp_str_from(NULL).len == 0);
    OSP_CHECK(osp_str_from("").len == 0);
    OSP_CHECK_STR(osp_str_from("abc"), S("abc"));
}

OSP_UNIT_TEST(str_equal, "equality is by bytes, with and without case")
{
    static const struct {
        osp_str a, b;
        bool equal, nocase;
    } cases[] = {
        { { NULL, 0 }, { "", 0 }, true, true },
        { { "a", 1 }, { NULL, 0 }, false, false },
        { { "abc", 3 }, { "abc", 3 }, true, true },
        { { "abc", 3 }, { "abd", 3 }, false, false },
        { { "abc", 3 }, { "abcd", 4 }, false, false },
        { { "Host", 4 }, { "hOST", 4 }, false, true },
        { { "AMZ", 3 }, { "amz", 3 }, false, true },
        { { "a\0b", 3 }, { "a\0b", 3 }, true, true },
        { { "a\0b", 3 }, { "a\0c", 3 }, false, false },
        /* Neighbours of the letters, and bytes beyond ASCII, have no case. */
        { { "@", 1 }, { "`", 1 }, false, false },
        { { "[", 1 }, { "{", 1 }, false, false },
        { { "\xC4", 1 }, { "\xE4", 1 }, false, false },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(osp_str_equal(cases[i].a, cases[i].b) == cases[i].equal);
        OSP_CHECK(osp_str_equal_nocase(cases[i].a, cases[i].b) == cases[i].nocase);
        OSP_CHECK((osp_str_compare(cases[i].a, cases[i].b) == 0) == cases[i].equal);
    }
}

OSP_UNIT_TEST(str_compare, "order is by unsigned bytes, shorter first")
{
    static const osp_str sorted[] = { { NULL, 0 },   { "\0", 1 },  { "A", 1 }, { "a", 1 },
                                      { "a\0", 2 },  { "ab", 2 },  { "b", 1 }, { "\x7F", 1 },
                                      { "\x80", 1 }, { "\xFF", 1 } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(sorted); i++) {
        for (size_t j = 0; j < OSP_ARRAY_LEN(sorted); j++) {
            const int order = osp_str_compare(sorted[i], sorted[j]);
            OSP_CHECK((order < 0) == (i < j) && (order > 0) == (i > j));
        }
    }
}

OSP_UNIT_TEST(str_compare_long, "the first byte that differs decides, wherever it stands")
{
    char a[20], b[20];
    for (size_t len = 1; len <= sizeof(a); len++) {
        for (size_t at = 0; at < len; at++) {
            memset(a, 'x', sizeof(a));
            memset(b, 'x', sizeof(b));
            a[at] = '\x7F';
            b[at] = '\x80';
            if (at + 1 < len) { /* what comes behind does not count */
                a[at + 1] = 'y';
            }
            OSP_CHECK(osp_str_compare((osp_str){ a, len }, (osp_str){ b, len }) < 0);
            OSP_CHECK(osp_str_compare((osp_str){ b, len }, (osp_str){ a, len }) > 0);
            OSP_CHECK(osp_str_compare((osp_str){ a, at }, (osp_str){ b, at }) == 0);
            OSP_CHECK(osp_str_compare((osp_str){ a, at }, (osp_str){ b, len }) < 0);
        }
    }
}

OSP_UNIT_TEST(str_starts_with, "prefixes")
{
    OSP_CHECK(osp_str_starts_with(S("abc"), S("")));
    OSP_CHECK(osp_str_starts_with((osp_str){ NULL, 0 }, (osp_str){ NULL, 0 }));
    OSP_CHECK(osp_str_starts_with(S("abc"), S("abc")));
    OSP_CHECK(!osp_str_starts_with(S("abc"), S("abcd")));
    OSP_CHECK(!osp_str_starts_with(S("abc"), S("b")));
}

static char small(unsigned byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
}

OSP_UNIT_TEST(str_nocase_bytes, "only the letters of ASCII have case, wherever they stand")
{
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            const size_t len = 1 + (a + b) % 20, at = (a * b + b) % len;
            char one[20], other[20];
            memset(one, 'x', sizeof one);
            memset(other, 'X', sizeof other);
            one[at] = (char)a;
            other[at] = (char)b;
            OSP_CHECK(osp_str_equal_nocase((osp_str){ one, len }, (osp_str){ other, len }) ==
                      (small(a) == small(b)));
        }
    }
}

OSP_UNIT_TEST(str_to_int, "whole slices as decimal numbers")
{
    static const struct {
        osp_str text;
        osp_status status;
        int64_t value;
    } cases[] = {
        { { "0", 1 }, OSP_OK, 0 },
        { { "-0", 2 }, OSP_OK, 0 },
        { { "007", 3 }, OSP_OK, 7 },
        { { "-12", 3 }, OSP_OK, -12 },
        { { "123x", 3 }, OSP_OK, 123 }, /* no byte behind the slice counts */
        { { "9223372036854775807", 19 }, OSP_OK, INT64_MAX },
        { { "9223372036854775808", 19 }, OSP_E_LIMIT, 0 },
        { { "-9223372036854775808", 20 }, OSP_OK, INT64_MIN },
        { { "-9223372036854775809", 20 }, OSP_E_LIMIT, 0 },
        { { "92233720368547758070", 20 }, OSP_E_LIMIT, 0 },
        { { "0000000000000000000000000000001", 31 }, OSP_OK, 1 },
        { { "99999999999999999999999x", 24 }, OSP_E_INVALID, 0 },
        { { NULL, 0 }, OSP_E_INVALID, 0 },
        { { "-", 1 }, OSP_E_INVALID, 0 },
        { { "--1", 3 }, OSP_E_INVALID, 0 },
        { { "+1", 2 }, OSP_E_INVALID, 0 },
        { { " 1", 2 }, OSP_E_INVALID, 0 },
        { { "1 ", 2 }, OSP_E_INVALID, 0 },
        { { "1\0", 2 }, OSP_E_INVALID, 0 },
        { { "1.0", 3 }, OSP_E_INVALID, 0 },
        { { "0x1", 3 }, OSP_E_INVALID, 0 },
        { { "\xB1", 1 }, OSP_E_INVALID, 0 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        int64_t value = 4711;
        OSP_CHECK(osp_str_to_int(cases[i].text, &value) == cases[i].status);
        OSP_CHECK(value == (cases[i].status == OSP_OK ? cases[i].value : 4711));
    }
}

OSP_UNIT_TEST(status_text, "every status has its sentence")
{
#define CHECK_TEXT(name, value, text)                                                              \
    OSP_CHECK((int)(name) == (value));                                                             \
    OSP_CHECK(strcmp(osp_status_text(name), text) == 0);
    OSP_STATUS_LIST(CHECK_TEXT)
#undef CHECK_TEXT
    OSP_CHECK(strcmp(osp_status_text((osp_status)-9999), "unknown status") == 0);
}

OSP_UNIT_TEST(error_set, "an error says what and where, and returns its status")
{
    osp_error err = { 0 };
    const int line = __LINE__ + 1;
    OSP_CHECK(osp_error_set(&err, OSP_E_IO, "no file %s", "x") == OSP_E_IO);
    OSP_CHECK(err.status == OSP_E_IO && err.line == line && strcmp(err.file, __FILE__) == 0);
    OSP_CHECK(strcmp(err.message, "no file x") == 0);
    OSP_CHECK(osp_error_set(&err, OSP_E_BUILD, "line 3: %s", err.message) == OSP_E_BUILD);
    OSP_CHECK(strcmp(err.message, "line 3: no file x") == 0);
    OSP_CHECK(osp_error_set(NULL, OSP_E_IO, "nobody listens") == OSP_E_IO);
}

OSP_UNIT_TEST(error_cut, "a message is cut at 255 bytes, never inside a character")
{
    char text[300];
    osp_error err;
    for (size_t lead = 250; lead <= 256; lead++) {
        static const char *const chars[] = { "a", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80" };
        for (size_t c = 0; c < OSP_ARRAY_LEN(chars); c++) {
            const size_t size = strlen(chars[c]);
            memset(text, '.', lead);
            memcpy(text + lead, chars[c], size + 1);
            (void)osp_error_set(&err, OSP_E_IO, "%s", text);
            const size_t want = lead + size <= 255 ? lead + size : lead < 255 ? lead : 255;
            OSP_CHECK(strlen(err.message) == want);
            OSP_CHECK(memcmp(err.message, text, want) == 0);
        }
    }
    /* Bytes that were no UTF-8 before stay as they are. */
    memset(text, 0x80, sizeof(text));
    text[299] = '\0';
    (void)osp_error_set(&err, OSP_E_IO, "%s", text);
    OSP_CHECK(strlen(err.message) == 255);
}

OSP_UNIT_TEST(assert_failed, "a broken promise aborts and names itself")
{
    int ends[2];
    OSP_CHECK(pipe(ends) == 0);
    const pid_t pid = fork();
    OSP_CHECK(pid >= 0);
    if (pid == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        OSP_ASSERT(1 + 1 == 3);
        _exit(0);
    }
    int status;
    OSP_CHECK(waitpid(pid, &status, 0) == pid);
    OSP_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    char text[256];
    const ssize_t len = read(ends[0], text, sizeof(text) - 1);
    OSP_CHECK(len > 0);
    text[len] = '\0';
    OSP_CHECK(strstr(text, "str_test.c:") != NULL);
    OSP_CHECK(strstr(text, "assertion failed: 1 + 1 == 3\n") != NULL);
}

OSP_UNIT_TEST(str_trim, "blanks around a text go, those inside stay")
{
    OSP_CHECK_STR(osp_str_trim(S(" \t a b\t ")), S("a b"));
    OSP_CHECK_STR(osp_str_trim(S("a")), S("a"));
    OSP_CHECK(osp_str_trim(S(" \t")).len == 0);
    OSP_CHECK(osp_str_trim((osp_str){ NULL, 0 }).len == 0);
}
