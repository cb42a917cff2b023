#include "agent/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static osp_history *new_history(void)
{
    osp_history *history = calloc(1, sizeof *history);
    OSP_CHECK(history != NULL);
    return history;
}

static void end(osp_history *history)
{
    osp_history_done(history);
    free(history);
}

/* A request with so many bytes of padding. */
static void add(osp_history *history, unsigned number, size_t padding)
{
    char *line = malloc(padding + 256);
    OSP_CHECK(line != NULL);
    const int len = snprintf(line, 256,
                             "{\"t\":\"request\",\"id\":\"1-%u\",\"summary\":{\"id\":\"1-%u\"},"
                             "\"record\":{\"n\":%u},\"original\":{\"head\":\"",
                             number, number, number);
    memset(line + len, 'A', padding);
    memcpy(line + len + padding, "\"}}", 4);
    OSP_CHECK(osp_history_add(history, osp_str_from(line)) == OSP_OK);
    free(line);
}

static bool says(const osp_history *history, const char *what, const char *arg, const char *wanted)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, (size_t)8 << 20);
    OSP_CHECK(osp_history_answer(history, osp_str_from(what), osp_str_from(arg), &out));
    const bool equal = osp_str_equal((osp_str){ out.ptr, out.len }, osp_str_from(wanted));
    if (!equal) {
        fprintf(stderr, "%s %s: %.*s\n", what, arg, (int)out.len, out.ptr);
    }
    osp_buf_done(&out);
    return equal;
}

OSP_UNIT_TEST(history_requests, "requests are listed, the newest first, and found by their ids")
{
    osp_history *history = new_history();
    OSP_CHECK(says(history, "requests", "", "[]") && says(history, "request", "1-1", "null"));
    add(history, 1, 0);
    add(history, 2, 3);
    OSP_CHECK(says(history, "requests", "", "[{\"id\":\"1-2\"},{\"id\":\"1-1\"}]"));
    OSP_CHECK(says(history, "request", "1-1", "{\"n\":1}"));
    OSP_CHECK(says(history, "original", "1-2", "{\"head\":\"AAA\"}"));
    OSP_CHECK(says(history, "request", "1-3", "null"));
    OSP_CHECK(!osp_history_answer(history, OSP_STR("secrets"), OSP_STR(""), NULL));
    osp_history_clear(history);
    OSP_CHECK(says(history, "requests", "", "[]") && history->request_bytes == 0);
    end(history);
}

OSP_UNIT_TEST(history_original, "a request without what a replay needs has none")
{
    osp_history *history = new_history();
    OSP_CHECK(osp_history_add(history, OSP_STR("{\"t\":\"request\",\"id\":\"1\",\"summary\":{},"
                                               "\"record\":{}}")) == OSP_OK);
    OSP_CHECK(says(history, "original", "1", "null") && says(history, "request", "1", "{}"));
    end(history);
}

OSP_UNIT_TEST(history_ring, "the oldest requests go when there are too many")
{
    osp_history *history = new_history();
    for (unsigned i = 1; i <= OSP_HISTORY_REQUESTS_MAX; i++) {
        add(history, i, 0);
    }
    OSP_CHECK(says(history, "request", "1-1", "{\"n\":1}"));
    add(history, OSP_HISTORY_REQUESTS_MAX + 1, 0);
    OSP_CHECK(says(history, "request", "1-1", "null") &&
              says(history, "request", "1-2", "{\"n\":2}"));
    end(history);
}

OSP_UNIT_TEST(history_bytes, "or have too many bytes")
{
    osp_history *history = new_history();
    const size_t part = OSP_HISTORY_BYTES_MAX / 4 - 256;
    for (unsigned i = 1; i <= 4; i++) {
        add(history, i, part);
    }
    OSP_CHECK(says(history, "request", "1-1", "{\"n\":1}"));
    add(history, 5, part);
    OSP_CHECK(says(history, "request", "1-1", "null") &&
              says(history, "request", "1-2", "{\"n\":2}"));
    OSP_CHECK(history->request_bytes <= OSP_HISTORY_BYTES_MAX);
    end(history);
}

OSP_UNIT_TEST(history_log, "lines of the log are kept as they are, up to a number and a length")
{
    osp_history *history = new_history();
    char line[OSP_HISTORY_LINE_MAX + 64];
    for (unsigned i = 0; i <= OSP_HISTORY_LINES_MAX; i++) {
        const int len = snprintf(line, sizeof line, "{\"t\":\"log\",\"line\":{\"n\":%u}}", i);
        OSP_CHECK(osp_history_add(history, (osp_str){ line, (size_t)len }) == OSP_OK);
    }
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 20);
    OSP_CHECK(osp_history_answer(history, OSP_STR("log"), OSP_STR(""), &out));
    OSP_CHECK(
        osp_str_starts_with((osp_str){ out.ptr, out.len }, OSP_STR("[{\"n\":1000},{\"n\":999}")));
    OSP_CHECK(memmem(out.ptr, out.len, "{\"n\":1}", 7) != NULL);
    OSP_CHECK(memmem(out.ptr, out.len, "{\"n\":0}", 7) == NULL);
    osp_buf_done(&out);
    static const char front[] = "{\"t\":\"log\",\"line\":{\"a\":\"";
    const size_t at = sizeof front - 1, object = at - strlen("{\"a\":\"");
    memset(line, 'x', sizeof line);
    memcpy(line, front, at);
    memcpy(line + object + OSP_HISTORY_LINE_MAX - 2, "\"}}", 3);
    OSP_CHECK(osp_history_add(history, (osp_str){ line, object + OSP_HISTORY_LINE_MAX + 1 }) ==
              OSP_OK);
    memcpy(line + object + OSP_HISTORY_LINE_MAX - 2, "x\"}}", 4);
    OSP_CHECK(osp_history_add(history, (osp_str){ line, object + OSP_HISTORY_LINE_MAX + 2 }) ==
              OSP_E_LIMIT);
    end(history);
}

OSP_UNIT_TEST(history_nonsense, "a line that is none is refused")
{
    static const char *const lines[] = {
        "",
        "{",
        "[]",
        "{\"t\":\"request\"}",
        "{\"t\":\"log\"}",
        "{\"t\":\"log\",\"line\":1}",
        "{\"t\":\"request\",\"id\":\"a\\u0062\",\"summary\":{},\"record\":{}}",
        "{\"t\":\"request\",\"id\":\"1\",\"summary\":{},\"record\":null}",
        "{\"t\":\"other\"}",
    };
    osp_history *history = new_history();
    for (size_t i = 0; i < OSP_ARRAY_LEN(lines); i++) {
        OSP_CHECK(osp_history_add(history, osp_str_from(lines[i])) == OSP_E_INVALID);
    }
    OSP_CHECK(says(history, "requests", "", "[]") && says(history, "log", "", "[]"));
    end(history);
}
