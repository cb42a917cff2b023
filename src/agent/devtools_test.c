#include "agent/devtools.h"

#include <stdlib.h>

#include "tests/unit/rig.h"

#define GET(target) "GET " target " HTTP/1.1\r\nHost: localhost\r\n\r\n"

typedef struct fixture {
    osp_rig rig;
    osp_client client;
    osp_channel dev; /* the end of `openspeed dev`; fd -1: nobody is there */
} fixture;

static fixture *setup(bool has_dev)
{
    fixture *f = calloc(1, sizeof *f);
    int fds[2] = { -1, -1 };
    osp_error err = { 0 };
    OSP_CHECK(f != NULL);
    osp_rig_open(&f->rig);
    OSP_CHECK(!has_dev || osp_channel_pair(fds) == OSP_OK);
    osp_channel_begin(&f->dev, fds[1]);
    osp_worker *worker = f->rig.worker;
    worker->channel_fd = fds[0];
    OSP_CHECK(osp_dev_agent.open(worker, &err) == OSP_OK);
    worker->dev = &osp_dev_agent;
    worker->watched = true;
    f->client = osp_client_open(&f->rig);
    return f;
}

static void done(fixture *f)
{
    osp_client_close(&f->client);
    osp_rig_close(&f->rig);
    osp_channel_end(&f->dev);
    free(f);
}

/* The status of the answer, whose text stays in the client. */
static int ask(fixture *f, const char *request)
{
    osp_client_forget(&f->client);
    osp_client_send(&f->client, osp_str_from(request));
    return osp_client_status(&f->client);
}

static bool has(const fixture *f, const char *part)
{
    const bool found = osp_client_count(&f->client, part) > 0;
    if (!found) {
        fprintf(stderr, "%.*s\n", (int)f->client.kept, f->client.text);
    }
    return found;
}

/* Copies what stands between `before` and the next quote. */
static void take(const fixture *f, const char *before, char out[64])
{
    const char *at = memmem(f->client.text, f->client.kept, before, strlen(before));
    OSP_CHECK(at != NULL);
    at += strlen(before);
    size_t len = 0;
    for (; at[len] != '"' && len < 63; len++) {
        out[len] = at[len];
    }
    out[len] = '\0';
}

static int ask_with(fixture *f, const char *method, const char *target, const char *id,
                    const char *token)
{
    char request[512];
    (void)snprintf(request, sizeof request,
                   "%s /_openspeed/api/%s/%s HTTP/1.1\r\nHost: localhost\r\nOpenSpeed-Token: %s\r\n"
                   "Content-Length: 0\r\n\r\n",
                   method, target, id, token);
    return ask(f, request);
}

OSP_UNIT_TEST(devtools_requests, "a request of the application is told, one of the devtools is not")
{
    fixture *f = setup(false);
    char id[64];
    OSP_CHECK(ask(f, GET("/_openspeed/api/requests")) == 200 && has(f, "\r\n\r\n[]"));
    OSP_CHECK(ask(f, GET("/hi?token=hunter2")) == 200);
    OSP_CHECK(ask(f, GET("/_openspeed/api/requests")) == 200);
    OSP_CHECK(has(f, "\"target\":\"/hi?token=[redacted]\"") && has(f, "\"status\":200"));
    OSP_CHECK(osp_client_count(&f->client, "\"id\":") == 1);
    take(f, "\"id\":\"", id);
    OSP_CHECK(ask_with(f, "GET", "requests", id, "") == 200);
    OSP_CHECK(has(f, "\"handler\":\"get\"") && has(f, "\"text\":\"hi\""));
    OSP_CHECK(osp_client_count(&f->client, "hunter2") == 0);
    OSP_CHECK(ask_with(f, "GET", "requests", "1-1", "") == 404);
    OSP_CHECK(ask(f, GET("/_openspeed/api/nothing")) == 404);
    OSP_CHECK(ask(f, GET("/_openspeed/api/routes/more")) == 404);
    done(f);
}

OSP_UNIT_TEST(devtools_replay, "a replay has the body of the first, and needs the token")
{
    fixture *f = setup(false);
    char id[64], token[64];
    OSP_CHECK(ask(f, "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                     "Transfer-Encoding: chunked\r\n\r\nf\r\n{\"text\":\"in two\r\n"
                     "8\r\n parts\"}\r\n0\r\n\r\n") == 200);
    OSP_CHECK(ask(f, GET("/_openspeed/api/requests")) == 200);
    take(f, "\"id\":\"", id);
    OSP_CHECK(ask(f, GET("/_openspeed/api")) == 200);
    take(f, "\"token\":\"", token);
    OSP_CHECK(strlen(token) == OSP_DEVTOOLS_TOKEN_SIZE - 1);
    OSP_CHECK(ask_with(f, "POST", "replay", id, "guess") == 403);
    OSP_CHECK(ask_with(f, "POST", "replay", "1-1", token) == 404);
    OSP_CHECK(ask_with(f, "POST", "requests", id, token) == 405);
    OSP_CHECK(ask_with(f, "POST", "replay", id, token) == 200 && has(f, "\"of\":\""));
    take(f, "\"id\":\"", id);
    OSP_CHECK(ask_with(f, "GET", "requests", id, "") == 200);
    OSP_CHECK(has(f, "\"replayOf\":\"") && has(f, "\"status\":200"));
    OSP_CHECK(osp_client_count(&f->client, "in two parts") == 2); /* sent, and answered */
    done(f);
}

OSP_UNIT_TEST(devtools_local, "who is not here, by name and site, is told nothing")
{
    fixture *f = setup(false);
    OSP_CHECK(ask(f, "GET /_openspeed HTTP/1.1\r\nHost: rebound.example\r\n\r\n") == 403);
    OSP_CHECK(ask(f, "GET /_openspeed/api HTTP/1.1\r\nHost: localhost\r\nOrigin: "
                     "http://other.example\r\n\r\n") == 403);
    OSP_CHECK(ask(f, "GET /_openspeed/api HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == 403);
    OSP_CHECK(osp_client_count(&f->client, "token") == 0);
    OSP_CHECK(ask(f, GET("/_openspeed")) == 200);
    OSP_CHECK(has(f, "default-src 'none'; script-src 'self'"));
    done(f);
}

OSP_UNIT_TEST(devtools_stream, "pages are told of requests as they end")
{
    fixture *f = setup(false);
    osp_client page = osp_client_open(&f->rig);
    osp_client_send(&page, OSP_STR(GET("/_openspeed/api/stream")));
    OSP_CHECK(osp_client_status(&page) == 200 && osp_client_count(&page, "event: hello") == 1);
    OSP_CHECK(ask(f, GET("/hi")) == 200 && ask(f, GET("/many?bytes=3")) == 200);
    osp_client_forget(&page);
    osp_rig_pass_ms(&f->rig, OSP_DEVTOOLS_LOOK_MS + 1);
    osp_client_read(&page, SIZE_MAX);
    OSP_CHECK(osp_client_count(&page, "event: requests") == 1);
    OSP_CHECK(osp_client_count(&page, "\"id\":") == 2);
    for (int i = 0; i <= OSP_DEVTOOLS_NEWS_MAX / 2; i++) {
        OSP_CHECK(ask(f, GET("/hi")) == 200);
    }
    osp_client_forget(&page);
    osp_rig_pass_ms(&f->rig, OSP_DEVTOOLS_LOOK_MS + 1);
    osp_client_read(&page, SIZE_MAX);
    OSP_CHECK(osp_client_count(&page, "event: missed") == 1 &&
              osp_client_count(&page, "\"id\"") == 0);
    osp_client_close(&page);
    osp_rig_pass_ms(&f->rig, 2 * OSP_DEVTOOLS_LOOK_MS);
    done(f);
}

/* ---------------------------------------------------------------- with openspeed dev */

/* The next line of the worker that begins so; NULL: a record. */
static bool hears(fixture *f, const char *begin)
{
    osp_str line;
    osp_rig_turns(&f->rig, 3);
    (void)!osp_channel_receive(&f->dev);
    while (osp_channel_next(&f->dev, &line)) {
        if (begin == NULL ? osp_pack_is(line) : osp_str_starts_with(line, osp_str_from(begin))) {
            return true;
        }
    }
    return false;
}

OSP_UNIT_TEST(devtools_listeners, "so many pages may listen at once, and one more is refused")
{
    fixture *f = setup(false);
    osp_client page = osp_client_open(&f->rig);
    osp_devtools *devtools = f->rig.worker->agent->devtools;
    devtools->listeners = OSP_AGENT_BROWSERS_MAX - 1;
    osp_client_send(&page, OSP_STR(GET("/_openspeed/api/stream")));
    OSP_CHECK(osp_client_status(&page) == 200);
    OSP_CHECK(ask(f, GET("/_openspeed/api/stream")) == 503);
    osp_client_close(&page);
    osp_rig_pass_ms(&f->rig, 2 * OSP_DEVTOOLS_LOOK_MS);
    OSP_CHECK(devtools->listeners == OSP_AGENT_BROWSERS_MAX - 1);
    done(f);
}

OSP_UNIT_TEST(devtools_ask, "what was is asked of `openspeed dev`, and its answer given on")
{
    fixture *f = setup(true);
    OSP_CHECK(ask(f, GET("/hi")) == 200 && hears(f, NULL));
    OSP_CHECK(ask(f, GET("/_openspeed/api/requests")) == 0);
    OSP_CHECK(hears(f, "{\"t\":\"ask\",\"id\":1,\"what\":\"requests\",\"arg\":\"\"}"));
    OSP_CHECK(osp_channel_send(&f->dev, OSP_STR("{\"t\":\"told\",\"id\":7,\"data\":[1]}")) ==
              OSP_OK);
    osp_rig_turns(&f->rig, 3);
    OSP_CHECK(osp_client_status(&f->client) == 0); /* another question's */
    OSP_CHECK(osp_channel_send(&f->dev, OSP_STR("{\"t\":\"told\",\"id\":1,\"data\":[2]}")) ==
              OSP_OK);
    osp_rig_turns(&f->rig, 3);
    OSP_CHECK(osp_client_status(&f->client) == 200 && has(f, "\r\n\r\n[2]"));
    done(f);
}

OSP_UNIT_TEST(devtools_long_name, "what is longer than the name of a request is asked of nobody")
{
    fixture *f = setup(true);
    char name[OSP_RECORD_ID_MAX + 1];
    memset(name, '7', sizeof name);
    name[OSP_RECORD_ID_MAX] = '\0';
    OSP_CHECK(ask_with(f, "GET", "requests", name, "") == 404 && !hears(f, NULL));
    name[OSP_RECORD_ID_MAX - 1] = '\0';
    OSP_CHECK(ask_with(f, "GET", "requests", name, "") == 0);
    OSP_CHECK(hears(f, "{\"t\":\"ask\",\"id\":1,\"what\":\"request\""));
    done(f);
}

OSP_UNIT_TEST(devtools_silence, "where it does not answer in time, or is gone, that is said")
{
    fixture *f = setup(true);
    OSP_CHECK(ask(f, GET("/_openspeed/api/log")) == 0 && hears(f, "{\"t\":\"ask\",\"id\":1"));
    osp_rig_pass_ms(&f->rig, OSP_DEVTOOLS_ASK_MS - 1);
    OSP_CHECK(osp_client_status(&f->client) == 0);
    osp_rig_pass_ms(&f->rig, 2);
    OSP_CHECK(osp_client_status(&f->client) == 504);
    OSP_CHECK(osp_channel_send(&f->dev, OSP_STR("{\"t\":\"told\",\"id\":1,\"data\":[]}")) ==
              OSP_OK);
    osp_rig_turns(&f->rig, 3); /* too late, and of nobody */
    osp_channel_end(&f->dev);
    osp_rig_turns(&f->rig, 3);
    OSP_CHECK(ask(f, GET("/_openspeed/api/log")) == 504);
    done(f);
}
