/* /_openspeed/events: what changes, as server-sent events.
 *
 *     hello      {"generation":7}: whoever has a page of another one loads it anew
 *     reload     a new generation serves
 *     css, templates, report, clear      as `openspeed dev` sends them
 *
 * A browser that listens is a fiber that is parked.  Events stand in a ring, each with a number:
 * one that is woken sends what it has not sent yet. */
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"

struct osp_agent_browser {
    osp_agent_browser *next;
    osp_task *task;
    uint64_t seen; /* events */
};

static void event_free(osp_agent_event *event)
{
    free((void *)(uintptr_t)event->name.ptr);
    *event = (osp_agent_event){ 0 };
}

osp_status osp_agent_tell(osp_agent *agent, osp_str name, osp_str data)
{
    if (name.len + data.len > OSP_AGENT_EVENT_MAX) {
        return OSP_E_LIMIT;
    }
    char *both = malloc(name.len + data.len + 1);
    if (both == NULL) {
        return OSP_E_NOMEM;
    }
    memcpy(both, name.ptr, name.len);
    if (data.len > 0) {
        memcpy(both + name.len, data.ptr, data.len);
    }
    osp_agent_event *at = &agent->events[agent->event_count % OSP_AGENT_EVENTS_MAX];
    event_free(at);
    *at = (osp_agent_event){ { both, name.len }, { both + name.len, data.len } };
    agent->event_count++;
    return OSP_OK;
}

void osp_agent_wake(osp_agent *agent)
{
    for (osp_agent_browser *at = agent->browsers; at != NULL; at = at->next) {
        at->task->waits->wake(at->task);
    }
}

void osp_agent_events_end(osp_agent *agent)
{
    OSP_ASSERT(agent->browsers == NULL);
    for (size_t i = 0; i < OSP_AGENT_EVENTS_MAX; i++) {
        event_free(&agent->events[i]);
    }
}

static osp_status send_hello(osp_ctx *ctx, const osp_agent *agent)
{
    char text[64];
    const int len =
        snprintf(text, sizeof text, "{\"generation\":%lld}", (long long)agent->generation);
    OSP_TRY(osp_sse_send(ctx, .event = OSP_STR("hello"), .data = { text, (size_t)len },
                         .retry_ms = 200));
    return agent->report.len == 0 ? OSP_OK
                                  : osp_sse_send(ctx, .event = OSP_STR("report"),
                                                 .data = osp_copy(ctx, agent->report));
}

/* Sends what has happened since.  An event may go from the ring while this one waits for its
 * browser: it is copied first. */
static osp_status send_new(osp_ctx *ctx, const osp_agent *agent, osp_agent_browser *self)
{
    OSP_ASSERT(self->seen <= agent->event_count);
    while (self->seen < agent->event_count) {
        if (agent->event_count - self->seen > OSP_AGENT_EVENTS_MAX) {
            self->seen = agent->event_count - OSP_AGENT_EVENTS_MAX;
        }
        const osp_agent_event *event = &agent->events[self->seen++ % OSP_AGENT_EVENTS_MAX];
        char *both = malloc(event->name.len + event->data.len + 1);
        if (both == NULL) {
            return OSP_E_NOMEM;
        }
        memcpy(both, event->name.ptr, event->name.len + event->data.len);
        const osp_status status = osp_sse_send(ctx, .event = { both, event->name.len },
                                               .data = { both + event->name.len, event->data.len });
        free(both);
        OSP_TRY(status);
    }
    return OSP_OK;
}

static osp_status talk(osp_ctx *ctx, const osp_agent *agent, osp_agent_browser *self)
{
    osp_task *task = &ctx->task;
    OSP_TRY(send_hello(ctx, agent));
    while (!agent->leaving) {
        const int64_t at_us = task->waits->now_us(task) + OSP_AGENT_ALIVE_S * INT64_C(1000000);
        const osp_status waited = task->waits->park_until(task, at_us);
        if (osp_task_is_cancelled(task)) {
            return OSP_E_CANCELLED;
        }
        OSP_TRY(send_new(ctx, agent, self));
        if (waited == OSP_E_DEADLINE) {
            OSP_TRY(osp_sse_comment(ctx, OSP_STR("")));
        }
    }
    return send_new(ctx, agent, self);
}

static void leave(osp_agent *agent, const osp_agent_browser *self)
{
    OSP_ASSERT(agent->browser_count > 0);
    osp_agent_browser **at = &agent->browsers;
    while (*at != self) {
        at = &(*at)->next;
    }
    *at = self->next;
    agent->browser_count--;
}

static osp_status events(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    osp_agent *agent = osp_agent_of(ctx);
    if (agent->browser_count == OSP_AGENT_BROWSERS_MAX) {
        return osp_fail(ctx, 503, "Too many pages listen.");
    }
    /* Who is told to load the page anew must not ask for it by this connection, which leads here.
     */
    ctx->door->close(ctx);
    osp_agent_browser self = { agent->browsers, &ctx->task, agent->event_count };
    agent->browsers = &self;
    agent->browser_count++;
    const osp_status status = talk(ctx, agent, &self);
    leave(agent, &self);
    return status;
}

static const osp_route events_route = OSP_AGENT_ROUTE(events, GET, osp_stream);
const osp_route_leaf osp_agent_events_leaf = { .pattern = OSP_DEV_PREFIX "/events",
                                               .by_method = { [OSP_METHOD_GET] = &events_route } };
