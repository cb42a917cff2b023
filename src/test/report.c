/* What is printed of tests: for people a line for each that failed and what it said, for programs
 * one object of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/runner.h"
#include "type/json.h"

#define OUTPUT_MAX ((size_t)65536) /* bytes of a test's output that are shown */

size_t osp_test_read_output(int fd, char **ret_text)
{
    size_t len = 0;
    ssize_t got = 1;
    char *text = malloc(OUTPUT_MAX);
    while (text != NULL && len < OUTPUT_MAX && got > 0) {
        got = pread(fd, text + len, OUTPUT_MAX - len, (off_t)len);
        len += got > 0 ? (size_t)got : 0;
    }
    *ret_text = text;
    return len;
}

static void print_string(const char *key, osp_str value)
{
    osp_buf text;
    osp_buf_init(&text, NULL, 0, SIZE_MAX);
    if (osp_json_string(value, &text) != OSP_OK) { /* not UTF-8: JSON cannot say it */
        text.len = 0;
        osp_buf_str(&text, OSP_STR("null"));
    }
    printf("\"%s\":%.*s", key, (int)text.len, text.ptr);
    osp_buf_done(&text);
}

static void tell_json(const osp_test_told *told)
{
    const osp_test_def *test = told->test;
    fputs(told->first ? "{\"tests\":[{" : ",{", stdout);
    print_string("name", osp_str_from(test->name));
    putchar(',');
    print_string("sentence", osp_str_from(test->sentence));
    putchar(',');
    print_string("file", osp_str_from(test->file));
    printf(",\"line\":%d,\"passed\":%s,\"ms\":%lld", test->line, told->passed ? "true" : "false",
           (long long)told->ms);
    if (!told->passed) {
        fputs(",\"failure\":{", stdout);
        print_string("file", osp_str_from(told->verdict->file));
        printf(",\"line\":%d,", told->verdict->line);
        print_string("message", osp_str_from(told->verdict->text));
        fputs("},", stdout);
        print_string("output", told->output);
    }
    putchar('}');
}

static void print_indented(osp_str text)
{
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        const size_t len = end != NULL ? (size_t)(end - text.ptr) : text.len;
        printf("    %.*s\n", (int)len, text.ptr);
        const size_t step = len + (end != NULL);
        text = (osp_str){ text.ptr + step, text.len - step };
    }
}

static void tell_text(const osp_test_run *run, const osp_test_told *told)
{
    const osp_test_def *test = told->test;
    if (told->passed) {
        if (run->verbose) {
            printf("%s:%d: ok: %s: %s (%lld ms)\n", test->file, test->line, test->name,
                   test->sentence, (long long)told->ms);
        }
        return;
    }
    printf("%s:%d: failed: %s (%s): %s\n", told->verdict->file, told->verdict->line, test->name,
           test->sentence, told->verdict->text);
    print_indented(osp_test_cut_report(told->output));
}

void osp_test_tell(const osp_test_run *run, const osp_test_told *told)
{
    if (run->json) {
        tell_json(told);
    } else {
        tell_text(run, told);
    }
    (void)fflush(stdout);
}

void osp_test_tell_end(const osp_test_run *run, size_t passed, size_t failed)
{
    const bool none = passed + failed == 0;
    if (none && run->filter != NULL) {
        fprintf(stderr, "error: no test has \"%s\" in its name, file or sentence\n", run->filter);
    } else if (none) {
        fputs("error: there are no tests; they stand in files such as routes/route_test.c, as "
              "OSP_TEST(name, \"sentence\")\n",
              stderr);
    }
    if (run->json) {
        printf("%s],\"passed\":%zu,\"failed\":%zu}\n", none ? "{\"tests\":[" : "", passed, failed);
    } else {
        printf("%zu passed, %zu failed\n", passed, failed);
    }
}
