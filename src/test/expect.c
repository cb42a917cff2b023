/* What is said of a test that has failed, and its end.
 *
 * The first thing that does not hold ends the process: what follows would only be its consequence,
 * and nothing has to be cleaned up.  The runner reads the verdict in memory that both see, so that
 * a crash behind it changes nothing. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "test/test_impl.h"

#define SHOWN_MAX 400 /* bytes of a text that differs */

void osp_test_fail_va(const char *file, int line, const char *format, va_list args)
{
    osp_test *test = osp_test_app();
    osp_test_verdict *verdict = test->verdict;
    verdict->failed = true;
    verdict->line = line;
    (void)snprintf(verdict->file, sizeof(verdict->file), "%s", file != NULL ? file : "");
    (void)vsnprintf(verdict->text, sizeof(verdict->text), format, args);
    if (test->method != NULL) {
        const osp_test_response *last = &test->last;
        fprintf(stderr, "the last answer, to %s %s: %d %.*s\n%.*s%s", test->method, test->target,
                last->status, OSP_ARG(last->media_type),
                (int)(last->body.len < OSP_TEST_TEXT_MAX ? last->body.len : OSP_TEST_TEXT_MAX),
                last->body.len > 0 ? last->body.ptr : "", last->body.len > 0 ? "\n" : "");
    }
    (void)fflush(NULL);
    _exit(1);
}

void osp_test_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    osp_test_fail_va(file, line, format, args);
}

void osp_test_fail_cond(const char *file, int line, const char *cond)
{
    osp_test_fail(file, line, "%s does not hold", cond);
}

osp_str osp_test_same(osp_str s)
{
    return s;
}

void osp_test_expect_int(const char *file, int line, const char *text, long long value,
                         long long wanted)
{
    if (value != wanted) {
        osp_test_fail(file, line, "%s is %lld, not %lld", text, value, wanted);
    }
}

/* A text as it is shown: what would break the line is a dot. */
typedef struct shown {
    char text[SHOWN_MAX + 8];
} shown;

static shown show(osp_str s)
{
    shown out;
    const size_t len = s.len < SHOWN_MAX ? s.len : SHOWN_MAX;
    size_t at = 0;
    out.text[at++] = '"';
    for (size_t i = 0; i < len; i++) {
        const unsigned char byte = (unsigned char)s.ptr[i];
        out.text[at++] = byte < 0x20 || byte == 0x7f ? '.' : (char)byte;
    }
    out.text[at++] = '"';
    (void)snprintf(out.text + at, sizeof(out.text) - at, "%s", len < s.len ? "..." : "");
    return out;
}

void osp_test_expect_str(const char *file, int line, const char *text, osp_str value,
                         osp_str wanted)
{
    if (!osp_str_equal(value, wanted)) {
        const shown is = show(value), should = show(wanted);
        osp_test_fail(file, line, "%s is %s, not %s", text, is.text, should.text);
    }
}

void osp_test_expect_in(const char *file, int line, const char *text, osp_str value, osp_str part)
{
    if (part.len > 0 &&
        (value.len == 0 || memmem(value.ptr, value.len, part.ptr, part.len) == NULL)) {
        const shown is = show(value), should = show(part);
        osp_test_fail(file, line, "%s is %s, in which %s is not", text, is.text, should.text);
    }
}
