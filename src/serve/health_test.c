/* /livez and /readyz, by a worker without a supervisor. */
#include <stdio.h>

#include "tests/unit/rig.h"

static int ask(osp_client *client, const char *request)
{
    osp_client_forget(client);
    osp_client_send(client, osp_str_from(request));
    return osp_client_status(client);
}

OSP_UNIT_TEST(health_answers, "a worker is alive, and ready until its page says otherwise")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    OSP_CHECK(ask(&client, OSP_RIG_GET("/livez")) == 200);
    OSP_CHECK(osp_client_count(&client, "Cache-Control: no-store\r\n") == 1);
    OSP_CHECK(osp_client_count(&client, "\r\n\r\nok\n") == 1);
    OSP_CHECK(ask(&client, OSP_RIG_GET("/readyz")) == 200);
    OSP_CHECK(ask(&client, OSP_RIG_GET("/readyz?verbose")) == 200);
    OSP_CHECK(ask(&client, "HEAD /readyz HTTP/1.1\r\nHost: test\r\n\r\n") == 200);
    atomic_store(&rig.worker->page->open, 0);
    OSP_CHECK(ask(&client, OSP_RIG_GET("/livez")) == 200);
    OSP_CHECK(ask(&client, OSP_RIG_GET("/readyz")) == 503);
    OSP_CHECK(osp_client_count(&client, "\r\n\r\nnot ready\n") == 1);
    OSP_CHECK(ask(&client, OSP_RIG_GET("/hi")) == 200);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(health_others,
              "what is nearly a probe is the application's, and so is a probe that is off")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    static const char *const others[] = { "/livezz", "/livez/", "/readyz/x",
                                          "/live",   "/ready",  "/Livez" };
    rig.worker->probes = 0;
    const int own = ask(&client, OSP_RIG_GET("/livez"));
    OSP_CHECK(own != 0 && osp_client_count(&client, "\r\n\r\nok\n") == 0);
    rig.worker->probes = OSP_PROBE_LIVE | OSP_PROBE_READY;
    for (size_t i = 0; i < OSP_ARRAY_LEN(others); i++) {
        char request[100];
        (void)snprintf(request, sizeof request, OSP_RIG_GET("%s"), others[i]);
        OSP_CHECK(ask(&client, request) != 0 && osp_client_count(&client, "ok\n") == 0);
    }
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(health_url, "a probe is a URL like any other: its forms, methods and conditions")
{
    static const struct {
        const char *line, *field;
        int status;
    } cases[] = {
        { "GET http://test/livez", "", 200 },
        { "GET /live%7a", "", 200 },
        { "GET //livez", "", 200 },
        { "GET /./readyz?a", "", 200 },
        { "GET https://test/livez", "", 421 },
        { "GET /livez", "If-Match: \"x\"\r\n", 412 },
        { "GET /livez", "If-None-Match: *\r\n", 304 },
        { "OPTIONS /livez", "", 204 },
        { "POST /livez", "Content-Length: 0\r\n", 405 },
        { "DELETE /readyz", "", 405 },
        { "BREW /readyz", "", 501 },
    };
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        char request[200];
        (void)snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: test\r\n%s\r\n",
                       cases[i].line, cases[i].field);
        const int status = ask(&client, request);
        if (status != cases[i].status) {
            fprintf(stderr, "%s: %d\n", cases[i].line, status);
        }
        OSP_CHECK(status == cases[i].status);
        OSP_CHECK((status != 204 && status != 405) ||
                  osp_client_count(&client, "Allow: GET, HEAD, OPTIONS\r\n") == 1);
    }
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(health_own, "a route of the application at exactly that path wins")
{
    static const osp_route_leaf live = { .pattern = "/livez" }, rest = { .pattern = "/[...rest]" };
    static const osp_route_leaf *const leaves[] = { &rest, &live };
    const osp_app_def app = { .leaves = leaves, .leaf_count = 1 };
    OSP_CHECK(osp_health_probes(&app) == (OSP_PROBE_LIVE | OSP_PROBE_READY));
    const osp_app_def own = { .leaves = leaves, .leaf_count = 2 };
    OSP_CHECK(osp_health_probes(&own) == OSP_PROBE_READY);
}
