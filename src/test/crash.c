/* What a sanitizer or an assertion said of a test that has crashed, in a line.
 *
 *     ==12==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x6040...    what
 *         #0 0x7f3c... in __interceptor_memset ../../src/...
 *         #1 0x5616... in misbehave routes/route.c:17                             where
 *     routes/route.c:20:17: runtime error: store to null pointer of type 'char'   both
 *
 * The place is the first of the application, whose paths are relative: that of a library tells its
 * writer nothing. */
#include <stdio.h>
#include <string.h>

#include "test/runner.h"

/* Taken by the sanitizer's runtime: a pointer to a variable of a function that has returned is
 * seen, and what each byte of its picture means is left out. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_stack_use_after_return=1:print_legend=0";
}

static osp_str next_line(osp_str *rest)
{
    const char *end = memchr(rest->ptr, '\n', rest->len);
    const osp_str line = { rest->ptr, end != NULL ? (size_t)(end - rest->ptr) : rest->len };
    const size_t step = line.len + (end != NULL);
    *rest = (osp_str){ rest->ptr + step, rest->len - step };
    return line;
}

/* From the first of these words on, or empty. */
static osp_str find_words(osp_str line, const char *words)
{
    const char *at = line.len > 0 ? memmem(line.ptr, line.len, words, strlen(words)) : NULL;
    return at != NULL ? (osp_str){ at, line.len - (size_t)(at - line.ptr) } : (osp_str){ 0 };
}

/* Reads "routes/route.c:17" from the front of a text that is not the name of another file. */
static bool read_place(osp_str text, osp_test_verdict *verdict)
{
    static const char *const folders[] = { "routes/", "lib/", "tests/" };
    bool own = false;
    for (size_t i = 0; i < OSP_ARRAY_LEN(folders); i++) {
        own |= osp_str_starts_with(text, osp_str_from(folders[i]));
    }
    const osp_str behind = own ? find_words(text, ".c:") : (osp_str){ 0 };
    if (behind.len == 0) {
        return false;
    }
    const size_t file_len = (size_t)(behind.ptr - text.ptr) + 2;
    size_t digits = 0;
    while (3 + digits < behind.len && behind.ptr[3 + digits] >= '0' &&
           behind.ptr[3 + digits] <= '9') {
        digits++;
    }
    int64_t line = 0;
    if (osp_str_to_int((osp_str){ behind.ptr + 3, digits }, &line) != OSP_OK || line > INT32_MAX) {
        return false;
    }
    (void)snprintf(verdict->file, sizeof(verdict->file), "%.*s", (int)file_len, text.ptr);
    verdict->line = (int)line;
    return true;
}

/* A frame of a stack: "#1 0x5616 in misbehave routes/route.c:17". */
static bool read_frame(osp_str line, osp_test_verdict *verdict)
{
    const osp_str in = find_words(line, " in ");
    const osp_str name = { in.ptr + 4, in.len > 4 ? in.len - 4 : 0 };
    const char *space = name.len > 0 ? memchr(name.ptr, ' ', name.len) : NULL;
    return space != NULL &&
           read_place((osp_str){ space + 1, name.len - (size_t)(space + 1 - name.ptr) }, verdict);
}

/* A line that says what is wrong, and may say where. */
static bool read_what(osp_str line, osp_test_verdict *verdict)
{
    static const char *const marks[] = { "AddressSanitizer: ", "LeakSanitizer: ",
                                         "ThreadSanitizer: ", "runtime error: ",
                                         "assertion failed" };
    osp_str what = { 0 };
    for (size_t i = 0; i < OSP_ARRAY_LEN(marks) && what.len == 0; i++) {
        what = find_words(line, marks[i]);
    }
    const osp_str address = find_words(what, " on address ");
    what.len -= address.len;
    if (what.len > 0) {
        (void)snprintf(verdict->text, sizeof(verdict->text), "%.*s", OSP_ARG(what));
    }
    return what.len > 0;
}

bool osp_test_read_report(osp_str output, osp_test_verdict *verdict)
{
    bool found = false, placed = false;
    while (output.len > 0 && !placed) {
        const osp_str line = next_line(&output);
        if (!found) {
            found = read_what(line, verdict);
            placed = found && read_place(line, verdict);
        } else {
            placed = read_frame(line, verdict);
        }
    }
    return found;
}

osp_str osp_test_cut_report(osp_str output)
{
    const osp_str picture = find_words(output, "Shadow bytes around the buggy address:");
    return (osp_str){ output.ptr, output.len - picture.len };
}
