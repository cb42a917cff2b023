#include "agent/history.h"

#include "agent/pack.h"

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

/* A request with a body of so many bytes. */
static void add(osp_history *history, unsigned number, size_t body)
{
    static const osp_app_def app = { .name = "test" };
    static osp_record record;
    static osp_ctx ctx;
    char *bytes = calloc(body + 1, 1);
    char id[OSP_RECORD_ID_MAX];
    osp_arena arena;
    osp_buf packed;
    OSP_CHECK(bytes != NULL);
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_buf_init(&packed, NULL, 0, OSP_PACK_MAX);
    osp_ctx_init(&ctx, &app, &arena);
    ctx.task.services = NULL;
    osp_request_take_none(&ctx.request);
    ctx.request.body = (osp_str){ bytes, body };
    (void)snprintf(id, sizeof id, "1-%u", number);
    OSP_CHECK(osp_record_begin(&record, &ctx, id));
    record.began_us = osp_monotonic_us() - 5;
    const osp_record_facts facts = { .head = OSP_STR("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
                                     .body_bytes = body };
    OSP_CHECK(osp_pack(&record, &ctx, &facts, &packed) == OSP_OK);
    OSP_CHECK(osp_history_add(history, (osp_str){ packed.ptr, packed.len }) == OSP_OK);
    osp_buf_done(&packed);
    osp_arena_done(&arena);
    free(bytes);
}

/* What is told of it. */
static osp_buf answer(osp_history *history, const char *what, const char *arg)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, (size_t)8 << 20);
    OSP_CHECK(osp_history_answer(history, osp_str_from(what), osp_str_from(arg), &out));
    return out;
}

/* How often `part` is in it. */
static size_t counts(osp_history *history, const char *what, const char *arg, const char *part)
{
    osp_buf out = answer(history, what, arg);
    size_t count = 0, at = 0;
    for (;; count++, at++) {
        const char *found = memmem(out.ptr + at, out.len - at, part, strlen(part));
        if (found == NULL) {
            break;
        }
        at = (size_t)(found - out.ptr);
    }
    osp_buf_done(&out);
    return count;
}

static bool says(osp_history *history, const char *what, const char *arg, const char *wanted)
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
    OSP_CHECK(counts(history, "requests", "", "[{\"id\":\"1-2\",") == 1);
    OSP_CHECK(counts(history, "requests", "", "{\"id\":\"1-1\",") == 1);
    OSP_CHECK(counts(history, "request", "1-1", "\"id\":\"1-1\"") == 1);
    OSP_CHECK(counts(history, "original", "1-2", "\"body\":\"AAAA\"}") == 1);
    OSP_CHECK(says(history, "request", "1-3", "null") && says(history, "original", "1-3", "null"));
    OSP_CHECK(!osp_history_answer(history, OSP_STR("secrets"), OSP_STR(""), NULL));
    osp_history_done(history);
    OSP_CHECK(says(history, "requests", "", "[]") && history->request_bytes == 0);
    end(history);
}

OSP_UNIT_TEST(history_original, "a request that cannot be replayed has nothing that a replay needs")
{
    osp_history *history = new_history();
    add(history, 1, OSP_RECORD_ORIGINAL_MAX);
    OSP_CHECK(says(history, "original", "1-1", "null"));
    OSP_CHECK(counts(history, "request", "1-1", "\"replayable\":false") == 1);
    end(history);
}

OSP_UNIT_TEST(history_ring, "the oldest requests go when there are too many")
{
    osp_history *history = new_history();
    for (unsigned i = 1; i <= OSP_HISTORY_REQUESTS_MAX; i++) {
        add(history, i, 0);
    }
    OSP_CHECK(counts(history, "request", "1-1", "\"id\":\"1-1\"") == 1);
    OSP_CHECK(counts(history, "requests", "", "\"id\":") == OSP_HISTORY_REQUESTS_MAX);
    add(history, OSP_HISTORY_REQUESTS_MAX + 1, 0);
    OSP_CHECK(says(history, "request", "1-1", "null"));
    OSP_CHECK(counts(history, "request", "1-2", "\"id\":\"1-2\"") == 1);
    end(history);
}

OSP_UNIT_TEST(history_bytes, "or have too many bytes")
{
    osp_history *history = new_history();
    const unsigned most = OSP_HISTORY_BYTES_MAX / (200 << 10);
    for (unsigned i = 1; i <= most; i++) {
        add(history, i, 200 << 10);
    }
    OSP_CHECK(history->request_bytes <= OSP_HISTORY_BYTES_MAX);
    OSP_CHECK(counts(history, "request", "1-2", "\"id\":\"1-2\"") == 1);
    add(history, most + 1, 200 << 10);
    add(history, most + 2, 200 << 10);
    OSP_CHECK(says(history, "request", "1-1", "null") && says(history, "request", "1-2", "null"));
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
        "{\"t\":\"request\",\"number\":1}",
        "1PSO",
        "1PSO and nothing behind it",
        "{\"t\":\"log\"}",
        "{\"t\":\"log\",\"line\":1}",
        "{\"t\":\"log\",\"line\":{\n}}", /* as a frame may have it, and no line */
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
