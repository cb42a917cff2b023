/* A line for each request, whatever became of it. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tests/unit/rig.h"
#include "type/json.h"

#define TEXT_SIZE 65536

/* A rig whose access log is a pipe, which is never waited for. */
typedef struct logged {
    osp_rig rig;
    int fds[2];
    char text[TEXT_SIZE];
    size_t len;
} logged;

static void begin_at(logged *l, const osp_config *config, int fd)
{
    osp_rig_open_with(&l->rig, config);
    OSP_CHECK(osp_access_begin(l->rig.worker, fd) == OSP_OK);
}

static void begin(logged *l, osp_access_format format)
{
    static osp_config config;
    config = *osp_config_default();
    config.log.access_format = format;
    OSP_CHECK(pipe2(l->fds, O_CLOEXEC | O_NONBLOCK) == 0);
    begin_at(l, &config, l->fds[1]);
}

static void end(logged *l)
{
    osp_rig_close(&l->rig);
    close(l->fds[0]);
    close(l->fds[1]);
}

/* What has been logged since the last call: so many lines, each valid JSON. */
static const char *take(logged *l, size_t lines)
{
    osp_rig_pass_ms(&l->rig, OSP_LOG_BATCH_MS);
    const ssize_t size = read(l->fds[0], l->text, sizeof l->text - 1);
    l->len = size > 0 ? (size_t)size : 0;
    l->text[l->len] = 0;
    size_t found = 0;
    for (const char *at = l->text; *at != 0; found++) {
        const size_t len = strcspn(at, "\n");
        OSP_CHECK(at[len] == '\n' && len < OSP_LOG_LINE_MAX);
        OSP_CHECK(*at != '{' || osp_json_check((osp_str){ at, len }) == OSP_OK);
        at += len + 1;
    }
    OSP_CHECK(found == lines);
    return l->text;
}

static bool has(const logged *l, const char *part)
{
    const bool found = strstr(l->text, part) != NULL;
    if (!found) {
        fprintf(stderr, "missing: %s in\n%s", part, l->text);
    }
    return found;
}

static int ask(logged *l, const char *request)
{
    osp_client client = osp_client_open(&l->rig);
    osp_client_send(&client, osp_str_from(request));
    const int status = osp_client_status(&client);
    osp_client_close(&client);
    return status;
}

OSP_UNIT_TEST(access_json, "an answered request, as JSON")
{
    logged l;
    begin(&l, OSP_ACCESS_JSON);
    OSP_CHECK(ask(&l, "GET /hi?a='b'%C3%A9 HTTP/1.1\r\nHost: x\r\nUser-Agent: a\"\xc3\xa9\xff\t\r\n"
                      "Referer: http://x/\r\n\r\n") == 200);
    take(&l, 1);
    OSP_CHECK(has(&l, "{\"time\":\"20") && has(&l, "\"client\":\"unix\",\"method\":\"GET\","));
    OSP_CHECK(has(&l, "\"target\":\"/hi?a='b'%C3%A9\",\"version\":\"HTTP/1.1\",\"status\":200,"
                      "\"bytes\":2,\"duration_us\":0,\"aborted\":false,\"route\":\"/[name]\","));
    OSP_CHECK(
        has(&l, "\"user_agent\":\"a\\\"\xc3\xa9\\ufffd\",\"referer\":\"http://x/\",\"pid\":"));
    OSP_CHECK(ask(&l, OSP_RIG_GET("/many?bytes=100000")) == 200);
    OSP_CHECK(strstr(take(&l, 1), "\"bytes\":100000,") != NULL);
    OSP_CHECK(has(&l, "\"user_agent\":null,\"referer\":null,"));
    OSP_CHECK(ask(&l, "HEAD /hi HTTP/1.0\r\n\r\n") == 200);
    OSP_CHECK(strstr(take(&l, 1), "\"HEAD\",\"target\":\"/hi\",\"version\":\"HTTP/1.0\","
                                  "\"status\":200,\"bytes\":0,") != NULL);
    OSP_CHECK(
        ask(&l, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"text\":\"ab\"}") ==
        200);
    OSP_CHECK(strstr(take(&l, 1), "\"bytes\":13,") != NULL);
    OSP_CHECK(ask(&l, "PROPFIND /x HTTP/1.1\r\nHost: x\r\n\r\n") == 501);
    OSP_CHECK(strstr(take(&l, 1), "\"method\":\"PROPFIND\",\"target\":\"/x\"") != NULL);
    OSP_CHECK(ask(&l, OSP_RIG_GET("/a/b")) == 404);
    OSP_CHECK(strstr(take(&l, 1), "\"route\":null,") != NULL);
    end(&l);
}

OSP_UNIT_TEST(access_formats, "as combined and as text")
{
    logged l;
    begin(&l, OSP_ACCESS_COMBINED);
    OSP_CHECK(ask(&l, "GET /hi HTTP/1.1\r\nHost: x\r\nUser-Agent: a\"\\\xff\r\n\r\n") == 200);
    take(&l, 1);
    OSP_CHECK(strncmp(l.text, "unix - - [", 10) == 0);
    OSP_CHECK(has(&l, " +0000] \"GET /hi HTTP/1.1\" 200 2 \"-\" \"a\\\"\\\\\\xff\"\n"));
    end(&l);
    begin(&l, OSP_ACCESS_TEXT);
    OSP_CHECK(ask(&l, OSP_RIG_GET("/hi")) == 200);
    take(&l, 1);
    OSP_CHECK(has(&l, "Z 200 GET /hi HTTP/1.1 2 B 0.0 ms unix "));
    end(&l);
}

OSP_UNIT_TEST(access_refused, "requests that no handler saw")
{
    static const struct {
        const char *request, *line;
        int status;
    } cases[] = {
        { "\x16\x03\x01\x02\xfegarbage\r\n\r\n",
          "\"method\":\"\\u0016\\u0003\\u0001\\u0002\\ufffdgarbage\",\"target\":null,\"version\":"
          "null,\"status\":400",
          400 },
        { "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
          "\"method\":\"GET\",\"target\":\"/a b\",\"version\":\"HTTP/1.1\",\"status\":400", 400 },
        { "GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
          "\"target\":\"/a\",\"version\":\"HTTP/1.1\",\"status\":400", 400 },
        { "\r\nGET /a HTTP/9.9\r\n\r\n",
          "\"target\":\"/a\",\"version\":\"HTTP/9.9\",\"status\":505", 505 },
        { "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\nUser-Agent: u\r\n\r\n",
          "\"status\":413", 413 },
    };
    logged l;
    begin(&l, OSP_ACCESS_JSON);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(ask(&l, cases[i].request) == cases[i].status);
        take(&l, 1);
        OSP_CHECK(has(&l, cases[i].line));
    }
    OSP_CHECK(has(&l, "\"user_agent\":\"u\""));
    end(&l);
}

OSP_UNIT_TEST(access_refused_once, "one that is refused has one line, also when its client leaves")
{
    logged l;
    begin(&l, OSP_ACCESS_JSON);
    osp_client client = osp_client_open(&l.rig);
    osp_client_send(&client,
                    OSP_STR("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
    OSP_CHECK(write(client.fd, "x\r\n", 3) == 3);
    osp_client_close(&client); /* the answer finds nobody */
    take(&l, 1);
    end(&l);
}

OSP_UNIT_TEST(access_ids, "a request that could not be read has not the id of the one before")
{
    logged l;
    begin(&l, OSP_ACCESS_JSON);
    l.rig.worker->trust = (osp_trust){ .ranges = { { { .kind = OSP_IP_LOCAL }, 0 } }, .count = 1 };
    OSP_CHECK(
        ask(&l, "GET /hi HTTP/1.1\r\nHost: x\r\nX-Request-Id: edge-1\r\n\r\nGET /b c d\r\n\r\n") ==
        200);
    take(&l, 2);
    OSP_CHECK(has(
        &l, "\"request_id\":\"edge-1\",\"client\":\"unix\",\"method\":\"GET\",\"target\":\"/hi\""));
    OSP_CHECK(strstr(strstr(l.text, "edge-1") + 1, "edge-1") == NULL && has(&l, "\"/b c d\""));
    end(&l);
}

OSP_UNIT_TEST(access_late, "408 with the time that it took, and nothing for who said nothing")
{
    logged l;
    begin(&l, OSP_ACCESS_JSON);
    osp_client silent = osp_client_open(&l.rig), slow = osp_client_open(&l.rig);
    osp_client_send(&slow, OSP_STR("GET /slo"));
    osp_rig_pass(&l.rig, OSP_HEAD_PAUSE_S);
    take(&l, 1);
    OSP_CHECK(has(&l, "\"target\":\"/slo\",\"version\":null,\"status\":408"));
    OSP_CHECK(has(&l, "\"duration_us\":10000000,"));
    osp_client_close(&silent);
    osp_client_close(&slow);
    take(&l, 0);
    end(&l);
}

OSP_UNIT_TEST(access_gone, "a client that went away is 499: while it sent, and while it waited")
{
    logged l;
    begin(&l, OSP_ACCESS_JSON);
    osp_client client = osp_client_open(&l.rig);
    osp_client_send(&client,
                    OSP_STR("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nabc"));
    osp_rig_pass(&l.rig, 2);
    osp_client_close(&client);
    take(&l, 1);
    OSP_CHECK(has(
        &l,
        "\"method\":\"POST\",\"target\":\"/x\",\"version\":\"HTTP/1.1\",\"status\":499,\"bytes\":0,"
        "\"duration_us\":2000000,\"aborted\":true,\"route\":null"));
    client = osp_client_open(&l.rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/wait")));
    osp_rig_pass(&l.rig, 3);
    take(&l, 0);
    osp_client_close(&client);
    take(&l, 1);
    OSP_CHECK(has(&l, "\"target\":\"/wait\",\"version\":\"HTTP/1.1\",\"status\":499,\"bytes\":0,"
                      "\"duration_us\":3010000,\"aborted\":true,\"route\":\"/[name]\""));
    end(&l);
}

OSP_UNIT_TEST(access_pipelined,
              "each of many at once, in their order; a wait is counted for who waited")
{
    logged l;
    begin(&l, OSP_ACCESS_JSON);
    osp_client client = osp_client_open(&l.rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi") OSP_RIG_GET("/none") OSP_RIG_GET("/wait")
                                         OSP_RIG_GET("/hi?last")));
    osp_rig_pass(&l.rig, OSP_RIG_WAIT_S + 1);
    osp_client_close(&client);
    take(&l, 4);
    const char *at = l.text;
    static const char *const order[] = { "/hi\"",
                                         "\"/none\"",
                                         "\"duration_us\":0,",
                                         "\"/wait\"",
                                         "\"duration_us\":50000000,",
                                         "/hi?last",
                                         "\"duration_us\":0," };
    for (size_t i = 0; i < OSP_ARRAY_LEN(order); i++) {
        at = strstr(at, order[i]);
        OSP_CHECK(at != NULL);
    }
    end(&l);
}

static void request_of(char *out, size_t size, size_t target, size_t agent)
{
    char *at = out + snprintf(out, size, "GET /");
    memset(at, 't', target - 1);
    at += target - 1;
    at += snprintf(at, 64, " HTTP/1.1\r\nHost: x\r\nUser-Agent: ");
    memset(at, 'u', agent);
    at += agent;
    at += snprintf(at, 64, "\r\nReferer: ");
    memset(at, 'r', agent);
    at += agent;
    (void)snprintf(at, 8, "\r\n\r\n");
}

OSP_UNIT_TEST(access_limits, "texts at their limits are whole, and cut one past them")
{
    static char request[8192], want[8192];
    logged l;
    begin(&l, OSP_ACCESS_JSON);
    for (size_t past = 0; past < 2; past++) {
        request_of(request, sizeof request, OSP_LOG_TARGET_MAX + past, OSP_LOG_AGENT_MAX + past);
        OSP_CHECK(ask(&l, request) == 404);
        take(&l, 1);
        const struct {
            const char *name;
            char letter;
            size_t max;
        } fields[] = { { "target\":\"/", 't', OSP_LOG_TARGET_MAX - 1 },
                       { "user_agent\":\"", 'u', OSP_LOG_AGENT_MAX },
                       { "referer\":\"", 'r', OSP_LOG_REFERER_MAX } };
        for (size_t i = 0; i < OSP_ARRAY_LEN(fields); i++) {
            const size_t at = (size_t)snprintf(want, sizeof want, "%s", fields[i].name);
            memset(want + at, fields[i].letter, fields[i].max);
            memcpy(want + at + fields[i].max - 3 * past, "...", 3 * past);
            memcpy(want + at + fields[i].max, "\"", 2);
            OSP_CHECK(has(&l, want));
        }
    }
    OSP_CHECK(
        ask(&l,
            "GEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEET\r\n\r\n") ==
        501);
    take(&l, 1);
    OSP_CHECK(has(&l, "EEEEEEE...\",\"target\":null"));
    end(&l);
}

/* Control bytes become six each: the longest line that there can be. */
OSP_UNIT_TEST(access_longest, "the longest texts, all of which must be escaped, have room")
{
    static char request[8192];
    for (int format = OSP_ACCESS_JSON; format <= OSP_ACCESS_TEXT; format++) {
        logged l;
        begin(&l, (osp_access_format)format);
        request_of(request, sizeof request, OSP_LOG_TARGET_MAX, OSP_LOG_AGENT_MAX);
        for (char *at = request; *at != 0; at++) {
            *at = (*at == 'u' || *at == 'r') && (at[1] == *at || at[1] == '\r') ? '\xff' : *at;
        }
        OSP_CHECK(ask(&l, request) == 404);
        take(&l, 1);
        end(&l);
    }
}

OSP_UNIT_TEST(access_lost, "lines that nobody takes are lost, counted, and told of once in a while")
{
    logged l;
    char said[4096];
    int errors[2];
    begin(&l, OSP_ACCESS_JSON);
    OSP_CHECK(pipe2(errors, O_CLOEXEC | O_NONBLOCK) == 0);
    osp_journal_change(&l.rig.worker->journal, errors[1], &osp_config_default()->log);
    close(l.fds[0]);
    signal(SIGPIPE, SIG_IGN);
    OSP_CHECK(ask(&l, OSP_RIG_GET("/hi")) == 200 && ask(&l, OSP_RIG_GET("/hi")) == 200);
    osp_rig_pass(&l.rig, 1);
    ssize_t size = read(errors[0], said, sizeof said - 1);
    OSP_CHECK_STR(((osp_str){ said, size > 0 ? (size_t)size : 0 }),
                  OSP_STR("warning: lines of the access log were lost: 2\n"));
    OSP_CHECK(ask(&l, OSP_RIG_GET("/hi")) == 200);
    osp_rig_pass(&l.rig, OSP_LOG_LOST_S - 1);
    OSP_CHECK(read(errors[0], said, sizeof said) < 0);
    osp_rig_pass(&l.rig, 1);
    size = read(errors[0], said, sizeof said - 1);
    OSP_CHECK_STR(((osp_str){ said, size > 0 ? (size_t)size : 0 }),
                  OSP_STR("warning: lines of the access log were lost: 1\n"));
    OSP_CHECK(ask(&l, OSP_RIG_GET("/hi")) == 200);
    osp_rig_close(&l.rig); /* says the rest */
    size = read(errors[0], said, sizeof said - 1);
    OSP_CHECK(size > 0 && memmem(said, (size_t)size, "lost: 1\n", 8) != NULL);
    close(l.fds[1]);
    close(errors[0]);
    close(errors[1]);
}

OSP_UNIT_TEST(access_batch, "the first line is written at once, those behind it together")
{
    logged l;
    char text[4096];
    begin(&l, OSP_ACCESS_JSON);
    osp_client client = osp_client_open(&l.rig);
    osp_rig_pass_ms(&l.rig, OSP_LOG_BATCH_MS);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(read(l.fds[0], text, sizeof text) > 0);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(read(l.fds[0], text, sizeof text) < 0);
    take(&l, 2);
    osp_client_close(&client);
    end(&l);
}

OSP_UNIT_TEST(names_unique, "names of requests are hexadecimal and do not come twice")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_exchange *exchange = osp_exchange_take(rig.worker);
    osp_conn conn = { .worker = rig.worker };
    static char names[10000][OSP_REQUEST_NAME_LEN];
    exchange->conn = &conn;
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        osp_conn_name(&exchange->ctx, names[i]);
        for (size_t at = 0; at < OSP_REQUEST_NAME_LEN; at++) {
            OSP_CHECK(memchr("0123456789abcdef", names[i][at], 16) != NULL);
        }
        OSP_CHECK(i == 0 || memcmp(names[i], names[i - 1], OSP_REQUEST_NAME_LEN) != 0);
        for (size_t k = i > 100 ? i - 100 : 0; k < i; k++) {
            OSP_CHECK(memcmp(names[i], names[k], OSP_REQUEST_NAME_LEN) != 0);
        }
    }
    exchange->fiber = NULL;
    osp_exchange_give(rig.worker, exchange);
    osp_rig_close(&rig);
}
