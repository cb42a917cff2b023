/* The error log: levels, formats, and what it does with text from outside. */
#include "serve/journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "type/json.h"

typedef struct rig {
    osp_journal journal;
    int fds[2];
    char text[2 * OSP_LOG_LINE_MAX];
} rig;

static void begin(rig *r, osp_errors_format format, osp_log_level level)
{
    const osp_config_log config = { .errors_format = format, .level = level };
    OSP_CHECK(pipe2(r->fds, O_CLOEXEC | O_NONBLOCK) == 0);
    osp_journal_begin(&r->journal, r->fds[1], &config);
}

static osp_str said(rig *r)
{
    const ssize_t size = read(r->fds[0], r->text, sizeof r->text);
    return (osp_str){ r->text, size > 0 ? (size_t)size : 0 };
}

static void end(rig *r)
{
    osp_journal_end(&r->journal);
    close(r->fds[0]);
    close(r->fds[1]);
}

static const osp_about about = {
    .method = "GET", .pattern = "/a/[b]", .request_id = { "id-1", 4 }, .place = { "routes/a.c", 7 }
};

OSP_UNIT_TEST(journal_text, "lines of text")
{
    rig r;
    begin(&r, OSP_ERRORS_TEXT, OSP_LOG_INFO);
    osp_journal_say(&r.journal, OSP_LOG_ERROR, "%s went %d times", "it", 3);
    OSP_CHECK_STR(said(&r), OSP_STR("error: it went 3 times\n"));
    osp_journal_say(&r.journal, OSP_LOG_ERROR, "worker %d ended\nbadly", 3);
    OSP_CHECK_STR(said(&r), OSP_STR("error: worker 3 ended badly\n"));
    osp_journal_say_about(&r.journal, OSP_LOG_WARNING, &about, OSP_STR("odd\x1b[2J"));
    OSP_CHECK_STR(said(&r), OSP_STR("warning: GET /a/[b]: odd [2J (request id-1, routes/a.c:7)\n"));
    osp_about less = about;
    less.place.file = NULL;
    osp_journal_say_about(&r.journal, OSP_LOG_INFO, &less, OSP_STR("x"));
    OSP_CHECK_STR(said(&r), OSP_STR("info: GET /a/[b]: x (request id-1)\n"));
    less = about;
    less.request_id.len = 0;
    osp_journal_say_about(&r.journal, OSP_LOG_INFO, &less, OSP_STR("x"));
    OSP_CHECK_STR(said(&r), OSP_STR("info: GET /a/[b]: x (routes/a.c:7)\n"));
    osp_journal_say(&r.journal, OSP_LOG_INFO, "%2047d", 1);
    OSP_CHECK(said(&r).len == 6 + 2047 + 1 && r.text[6 + 2046] == '1');
    osp_journal_say(&r.journal, OSP_LOG_INFO, "%2048d", 1);
    OSP_CHECK(said(&r).len == 6 + 2047 + 1 && r.text[6 + 2046] == ' ');
    osp_journal_say_lines(&r.journal, OSP_STR("error: a\nwarning: b\nc"));
    OSP_CHECK_STR(said(&r), OSP_STR("error: a\nwarning: b\ninfo: c\n"));
    end(&r);
}

/* Without the time and the process, which nobody knows. */
static osp_str behind_pid(osp_str line)
{
    OSP_CHECK(osp_str_starts_with(line, OSP_STR("{\"time\":\"2")));
    OSP_CHECK(osp_json_check((osp_str){ line.ptr, line.len - 1 }) == OSP_OK);
    const char *at = memmem(line.ptr, line.len, "\",\"level\"", 9);
    OSP_CHECK(at != NULL && line.ptr[line.len - 1] == '\n');
    return (osp_str){ at + 2, line.len - (size_t)(at + 2 - line.ptr) };
}

OSP_UNIT_TEST(journal_json, "lines of JSON")
{
    rig r;
    char want[512];
    begin(&r, OSP_ERRORS_JSON, OSP_LOG_DEBUG);
    osp_journal_say(&r.journal, OSP_LOG_DEBUG, "it");
    int len = snprintf(want, sizeof want, "\"level\":\"debug\",\"pid\":%d,\"message\":\"it\"}\n",
                       (int)getpid());
    OSP_CHECK_STR(behind_pid(said(&r)), ((osp_str){ want, (size_t)len }));
    osp_journal_say_about(&r.journal, OSP_LOG_ERROR, &about, OSP_STR("a\"\n\xff"));
    len =
        snprintf(want, sizeof want,
                 "\"level\":\"error\",\"pid\":%d,\"request_id\":\"id-1\",\"route\":\"GET /a/[b]\","
                 "\"source\":\"routes/a.c:7\",\"message\":\"a\\\"\\u000a\\ufffd\"}\n",
                 (int)getpid());
    OSP_CHECK_STR(behind_pid(said(&r)), ((osp_str){ want, (size_t)len }));
    osp_journal_say_lines(&r.journal, OSP_STR("warning: b\n"));
    len = snprintf(want, sizeof want, "\"level\":\"warning\",\"pid\":%d,\"message\":\"b\"}\n",
                   (int)getpid());
    OSP_CHECK_STR(behind_pid(said(&r)), ((osp_str){ want, (size_t)len }));
    end(&r);
}

OSP_UNIT_TEST(journal_level, "lines below the level are left out, and are not lost")
{
    rig r;
    for (int least = OSP_LOG_DEBUG; least <= OSP_LOG_ERROR; least++) {
        begin(&r, OSP_ERRORS_TEXT, (osp_log_level)least);
        for (int level = OSP_LOG_DEBUG; level <= OSP_LOG_ERROR; level++) {
            osp_journal_say(&r.journal, (osp_log_level)level, "%d", level);
            OSP_CHECK((said(&r).len > 0) == (level >= least));
        }
        OSP_CHECK(r.journal.sink.lost == 0);
        end(&r);
    }
}

OSP_UNIT_TEST(journal_limits, "a message, a route and a source at their limits, and one past them")
{
    static char message[OSP_LOG_MESSAGE_MAX + 1], name[OSP_LOG_ROUTE_MAX + 2],
        file[OSP_LOG_SOURCE_MAX + 2];
    for (int json = 0; json < 2; json++) {
        rig r;
        begin(&r, json ? OSP_ERRORS_JSON : OSP_ERRORS_TEXT, OSP_LOG_INFO);
        size_t lens[2];
        for (size_t past = 0; past < 2; past++) {
            char id[OSP_REQUEST_ID_MAX];
            memset(message, 'm', sizeof message);
            memset(name, 'n', OSP_LOG_ROUTE_MAX + past);
            memset(file, 'f', OSP_LOG_SOURCE_MAX + past);
            name[OSP_LOG_ROUTE_MAX + past] = file[OSP_LOG_SOURCE_MAX + past] = 0;
            memset(id, 'i', sizeof id);
            const osp_about most = {
                "OPTIONS", name, { id, sizeof id }, { file, INT32_MAX }, NULL
            };
            osp_journal_say_about(&r.journal, OSP_LOG_WARNING, &most,
                                  (osp_str){ message, OSP_LOG_MESSAGE_MAX + past });
            const osp_str line = said(&r);
            lens[past] = line.len;
            OSP_CHECK(line.len <= OSP_LOG_LINE_MAX);
            OSP_CHECK((memmem(line.ptr, line.len, "mmm...", 6) != NULL) == (past == 1));
            OSP_CHECK((memmem(line.ptr, line.len, "nnn...", 6) != NULL) == (past == 1));
            OSP_CHECK((memmem(line.ptr, line.len, "fff...", 6) != NULL) == (past == 1));
        }
        OSP_CHECK(lens[0] == lens[1]);
        memset(message, 1, sizeof message);
        osp_journal_say_about(&r.journal, OSP_LOG_WARNING, &about,
                              (osp_str){ message, sizeof message });
        OSP_CHECK(said(&r).len <= OSP_LOG_LINE_MAX);
        end(&r);
    }
}

OSP_UNIT_TEST(journal_job, "a line about a job names it where a route would be named")
{
    const osp_about job = { .job = "clean_up", .place = { "lib/jobs.c", 7 } };
    rig r;
    begin(&r, OSP_ERRORS_TEXT, OSP_LOG_INFO);
    osp_journal_say_about(&r.journal, OSP_LOG_WARNING, &job, OSP_STR("words"));
    OSP_CHECK_STR(said(&r), OSP_STR("warning: job clean_up: words (lib/jobs.c:7)\n"));
    end(&r);
    begin(&r, OSP_ERRORS_JSON, OSP_LOG_INFO);
    osp_journal_say_about(&r.journal, OSP_LOG_WARNING, &job, OSP_STR("words"));
    const osp_str line = said(&r);
    OSP_CHECK(memmem(line.ptr, line.len, "\"job\":\"clean_up\"", 16) != NULL);
    OSP_CHECK(memmem(line.ptr, line.len, "\"route\"", 7) == NULL);
    end(&r);
}

OSP_UNIT_TEST(journal_full,
              "a log that nobody reads costs lines and no time, and tells of them later")
{
    rig r;
    begin(&r, OSP_ERRORS_TEXT, OSP_LOG_INFO);
    for (int i = 0; i < 5000; i++) {
        osp_journal_say(&r.journal, OSP_LOG_INFO, "%098d", i);
    }
    OSP_CHECK(r.journal.sink.lost > 1000);
    osp_journal_tick(&r.journal);
    while (said(&r).len > 0) {
        osp_journal_tick(&r.journal);
    }
    OSP_CHECK(r.journal.sink.lost == 0 && r.journal.sink.len == 0);
    OSP_CHECK(memmem(r.text, sizeof r.text, "warning: lines of the error log were lost: ", 43) !=
              NULL);
    end(&r);
}

OSP_UNIT_TEST(journal_failures,
              "so many failed requests are told of within a second, the others are counted")
{
    static rig r;
    begin(&r, OSP_ERRORS_TEXT, OSP_LOG_WARNING);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < OSP_LOG_FAILURES_MAX + round; i++) {
            osp_journal_say_about(&r.journal, OSP_LOG_ERROR, &about, OSP_STR("x"));
            osp_journal_say_about(&r.journal, OSP_LOG_INFO, &about, OSP_STR("not written"));
            OSP_CHECK((said(&r).len > 0) == (i < OSP_LOG_FAILURES_MAX));
        }
        osp_journal_tick(&r.journal);
        OSP_CHECK_STR(said(&r), round == 0 ? (osp_str){ 0 }
                                           : OSP_STR("warning: 1 more requests failed within a "
                                                     "second\n"));
    }
    osp_journal_say(&r.journal, OSP_LOG_ERROR, "and all else is told");
    OSP_CHECK(said(&r).len > 0);
    end(&r);
}
