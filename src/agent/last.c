/* What a client reads whose request has ended the worker, and the developer hears.
 *
 * The page says that much by itself, loads the script of every page of a development build, from
 * the next worker, and that shows the report when there is one.  It holds nothing of the request
 * and nothing of the application: whoever may send a request may read it. */
#include <string.h>
#include <sys/socket.h>

#include "agent/agent.h"

#define HEAD                                                                                       \
    "HTTP/1.1 500 Internal Server Error\r\nCache-Control: no-store\r\nConnection: close\r\n"

static const char page[] = HEAD
    "Content-Type: text/html; charset=utf-8\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; connect-src 'self'\r\n\r\n"
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>500 The worker ended</title>\n"
    "<script src=\"" OSP_DEV_PREFIX "/client.js\" data-generation=\"0\" defer></script>\n"
    "<main>\n<h1>The worker ended while it answered this request</h1>\n"
    "<p>What it died of is shown here in a moment, and stands in the terminal of "
    "<code>openspeed dev</code>.</p>\n</main>\n</html>\n";

static const char problem[] =
    HEAD "Content-Type: application/problem+json\r\n\r\n"
         "{\"type\":\"about:blank\",\"status\":500,\"title\":\"Internal Server Error\","
         "\"detail\":\"The worker ended while it answered this request; the terminal of openspeed "
         "dev says of what.\"}";

osp_str osp_agent_last_answer(const osp_ctx *ctx)
{
    static const osp_str html = { "text/html", 9 };
    const osp_str accept = osp_request_header(&ctx->request, OSP_STR("Accept"));
    const bool likes_pages =
        accept.len >= html.len && memmem(accept.ptr, accept.len, html.ptr, html.len) != NULL;
    return likes_pages ? (osp_str){ page, sizeof page - 1 }
                       : (osp_str){ problem, sizeof problem - 1 };
}

/* ---------------------------------------------------------------- dying */

/* Of a sanitizer's runtime, where there is one. */
__attribute__((weak)) void __sanitizer_print_stack_trace(void);

static void answer_client(const osp_conn *conn)
{
    const osp_exchange *exchange = conn->exchange;
    if (exchange == NULL || exchange->fiber == NULL || exchange->after != OSP_AFTER_NONE ||
        conn->out.len > conn->out_at || conn->filed ||
        (exchange->ctx.flow != NULL && exchange->ctx.flow->begun)) {
        return; /* nothing was asked, or another answer stands before this one */
    }
    const osp_str answer = osp_agent_last_answer(&exchange->ctx);
    if (send(conn->watch.fd, answer.ptr, answer.len, MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
        (void)shutdown(conn->watch.fd, SHUT_WR);
    }
}

void osp_agent_crashed(const osp_worker *worker, osp_task *culprit)
{
    osp_agent *agent = worker->agent;
    for (size_t state = 0; state < OSP_CONN_STATES; state++) {
        const osp_conn *conn = worker->conns[state].first;
        for (; conn != NULL; conn = conn->next) {
            answer_client(conn);
        }
    }
    if (culprit != NULL && culprit->of_request && agent->channel.fd >= 0) {
        osp_failed_crashed(&agent->last_words, agent->channel.fd,
                           OSP_CONTAINER_OF(culprit, osp_ctx, task));
    }
    if (__sanitizer_print_stack_trace != NULL) {
        __sanitizer_print_stack_trace(); /* an assertion and abort() tell of no calls */
    }
}
