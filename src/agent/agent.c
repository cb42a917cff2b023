/* The agent of a development build.
 *
 *     openspeed dev <==== channel ====> agent <---- server-sent events ---- browsers
 *                                         |
 *                   requests of /_openspeed and what others are told of
 *
 * Nothing of it is in a release build: table.c of a development build alone names osp_dev_agent.
 * It shows source, paths and requests, so it answers only to clients of this machine that name it
 * by a name of this machine: a page of another site that a resolver sends here has that site's
 * name in Host, and is refused.
 *
 * A worker that retires gives its idle connections to the one in its place: whoever reloads by a
 * kept connection sees the new generation. */
#include "agent/agent.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "app/navigate.h"
#include "base/slice.h"
#include "type/json.h"

/* ---------------------------------------------------------------- who may ask */

static bool is_loopback(const osp_ip *ip)
{
    static const uint8_t v6[16] = { [15] = 1 };
    return ip->kind == OSP_IP_LOCAL || (ip->kind == OSP_IP_V4 && ip->bytes[0] == 127) ||
           (ip->kind == OSP_IP_V6 && memcmp(ip->bytes, v6, sizeof v6) == 0);
}

/* "localhost:3000" without the port. */
static osp_str host_name(osp_str host)
{
    if (host.len == 0) {
        return host; /* HTTP/1.0 may have none */
    }
    const char *end =
        host.ptr[0] == '[' ? memchr(host.ptr, ']', host.len) : memchr(host.ptr, ':', host.len);
    if (end == NULL) {
        return host;
    }
    return (osp_str){ host.ptr, (size_t)(end - host.ptr) + (*end == ']') };
}

static bool ends_with(osp_str text, osp_str end)
{
    return text.len >= end.len &&
           osp_str_equal_nocase((osp_str){ text.ptr + text.len - end.len, end.len }, end);
}

/* Names that only this machine has, and the one that the server was told to listen at. */
static bool is_own_name(const osp_ctx *ctx, osp_str name)
{
    const osp_config *config = osp_agent_of(ctx)->worker->config;
    const osp_str own = config->listen.host;
    osp_ip ip;
    if (name.len >= 2 && name.ptr[0] == '[') {
        name = (osp_str){ name.ptr + 1, name.len - 2 };
    }
    return osp_str_equal_nocase(name, OSP_STR("localhost")) ||
           ends_with(name, OSP_STR(".localhost")) ||
           (osp_ip_parse(name, &ip) && is_loopback(&ip)) ||
           (name.len > 0 && osp_str_equal_nocase(name, own));
}

/* Another origin's pages may send requests here, but say where they come from. */
static bool is_same_origin(const osp_ctx *ctx, osp_str host)
{
    static const osp_str scheme = { "http://", 7 };
    const osp_str origin = osp_request_header(&ctx->request, OSP_STR("Origin"));
    const osp_str site = osp_request_header(&ctx->request, OSP_STR("Sec-Fetch-Site"));
    const osp_str mode = osp_request_header(&ctx->request, OSP_STR("Sec-Fetch-Mode"));
    if (origin.len > 0) {
        return osp_str_starts_with(origin, scheme) &&
               osp_str_equal_nocase(osp_str_skip(origin, scheme.len), host);
    }
    return site.len == 0 || osp_str_equal(site, OSP_STR("same-origin")) ||
           osp_str_equal(site, OSP_STR("none")) ||
           (osp_str_equal(mode, OSP_STR("navigate")) && ctx->request.method == OSP_METHOD_GET);
}

/* Whether all addresses of an X-Forwarded-For are of this machine. */
static bool is_of_loopback(osp_str list)
{
    osp_str text;
    while (osp_str_take(&list, ',', &text)) {
        osp_ip ip;
        if (!osp_ip_parse(osp_str_trim(text), &ip) || !is_loopback(&ip)) {
            return false;
        }
    }
    return true;
}

/* A tunnel that ends on this machine is a client of it, and often says that it asks for localhost,
 * but tells of whom it asks for. */
static bool is_forwarded(const osp_request *request)
{
    for (uint32_t i = 0; i < request->header_count; i++) {
        const osp_header_field *field = &request->headers[i];
        if (osp_str_equal_nocase(field->name, OSP_STR("Forwarded")) ||
            (osp_str_equal_nocase(field->name, OSP_STR("X-Forwarded-For")) &&
             !is_of_loopback(field->value))) {
            return true;
        }
    }
    return false;
}

bool osp_agent_is_local(const osp_ctx *ctx)
{
    osp_origin origin;
    const osp_str host = osp_request_header(&ctx->request, OSP_STR("Host"));
    ctx->door->origin(ctx, &origin);
    return is_loopback(&origin.peer) && !is_forwarded(&ctx->request) &&
           is_own_name(ctx, host_name(host)) && is_same_origin(ctx, host);
}

/* ---------------------------------------------------------------- requests */

/* Whether a target is below /_openspeed, and not of the application, which releases have too. */
static bool is_ours(osp_str target)
{
    static const size_t len = sizeof OSP_DEV_PREFIX - 1;
    return osp_str_starts_with(target, OSP_STR(OSP_DEV_PREFIX)) &&
           (target.len == len || target.ptr[len] == '/' || target.ptr[len] == '?') &&
           !osp_str_equal(target, osp_str_from(osp_navigate_path));
}

/* The URLs of the agent; the first that fits is taken. */
static const osp_route_leaf *leaf_of(osp_str path)
{
    const osp_route_leaf *devtools = osp_devtools_leaf(path);
    if (devtools != NULL) {
        return devtools;
    }
    if (osp_str_equal(path, osp_str_from(osp_agent_events_leaf.pattern))) {
        return &osp_agent_events_leaf;
    }
    const size_t prefix = sizeof OSP_DEV_PREFIX; /* and the '/' */
    const osp_str name = path.len > prefix ? osp_str_skip(path, prefix) : (osp_str){ 0 };
    return osp_agent_file_find(name) != NULL ? &osp_agent_file_leaf : &osp_agent_none_leaf;
}

static void take_over(osp_ctx *ctx, const osp_route_leaf *leaf)
{
    osp_request *request = &ctx->request;
    request->query = request->target;
    (void)osp_str_take(&request->query, '?', &request->path);
    ctx->match.leaf = leaf != NULL ? leaf : leaf_of(request->path);
    ctx->match.param_count = 0;
    ctx->route = osp_ctx_route(ctx);
    if (ctx->route == NULL) {
        ctx->refusal = OSP_REFUSAL_OTHER_METHOD;
    }
}

static void begin(osp_ctx *ctx)
{
    const osp_agent *agent = osp_agent_of(ctx);
    if (is_ours(ctx->request.target)) {
        take_over(ctx, osp_agent_is_local(ctx) ? NULL : &osp_agent_none_leaf);
    } else if (agent->blank) {
        take_over(ctx, &osp_agent_blank_leaf);
    } else {
        osp_agent_freshen(ctx);
        osp_devtools_begin(agent->devtools, ctx);
    }
}

static void answered(osp_ctx *ctx)
{
    osp_agent *agent = osp_agent_of(ctx);
    if (!is_ours(ctx->request.target) && !agent->blank) {
        osp_failed_answered(&agent->failed, &agent->channel, ctx, agent->worker->now_s);
    }
    osp_agent_inject(ctx);
}

static void end(osp_ctx *ctx, uint64_t bytes)
{
    osp_agent *agent = osp_agent_of(ctx);
    if (is_ours(ctx->request.target) || osp_devtools_end(agent->devtools, ctx, bytes)) {
        return;
    }
    char line[64];
    const int len = snprintf(line, sizeof line, "{\"t\":\"request\",\"number\":%llu}",
                             (unsigned long long)++agent->asked);
    (void)!osp_channel_send(&agent->channel,
                            (osp_str){ line, (size_t)len }); /* lost: not counted */
}

/* ---------------------------------------------------------------- what the command says */

typedef struct told {
    osp_str t, event;
    int64_t generation, id;
    bool blank;
    osp_json data;
} told;
OSP_TYPE(told, FIELD(t), FIELD(event, .fallback = ""), FIELD(generation, .fallback = "0"),
         FIELD(id, .fallback = "0"), FIELD(blank, .fallback = "false"),
         FIELD(data, .fallback = "null"));

static osp_str own_copy(osp_str text)
{
    char *copy = text.len > 0 ? malloc(text.len) : NULL;
    if (copy == NULL) {
        return (osp_str){ 0 };
    }
    memcpy(copy, text.ptr, text.len);
    return (osp_str){ copy, text.len };
}

static void set_report(osp_agent *agent, osp_str report)
{
    free((void *)(uintptr_t)agent->report.ptr);
    agent->report = own_copy(report);
}

static void take_event(osp_agent *agent, const told *message)
{
    if (osp_str_equal(message->event, OSP_STR("report"))) {
        set_report(agent, message->data.text);
    } else if (osp_str_equal(message->event, OSP_STR("clear"))) {
        set_report(agent, (osp_str){ 0 });
    }
    if (osp_agent_tell(agent, message->event, message->data.text) == OSP_OK) {
        osp_agent_wake(agent);
    }
}

/* Whether the templates have been read, and what is wrong with them otherwise. */
typedef struct templates_read {
    osp_str t;
    bool good;
    osp_str said;
} templates_read;
OSP_TYPE(templates_read, FIELD(t), FIELD(good), FIELD(said));

/* asked: by the command, which waits for an answer */
static void read_templates(osp_agent *agent, bool asked)
{
    osp_buf said, line;
    osp_buf_init(&said, NULL, 0, OSP_AGENT_SAID_MAX);
    osp_buf_init(&line, NULL, 0, OSP_CHANNEL_LINE_MAX);
    const bool good = osp_agent_read_templates(agent, &said) == OSP_OK;
    const templates_read message = { OSP_STR("templates"), good, osp_buf_text(&said) };
    if (good && osp_agent_tell(agent, OSP_STR("templates"), OSP_STR("null")) == OSP_OK) {
        osp_agent_wake(agent);
    }
    if ((asked || !good) && osp_json_encode(&osp_type_templates_read, &message, &line) == OSP_OK) {
        (void)!osp_channel_send(&agent->channel, osp_buf_text(&line));
    }
    osp_buf_done(&said);
    osp_buf_done(&line);
}

static void take_line(osp_agent *agent, osp_str line)
{
    osp_arena arena;
    told message = { 0 };
    osp_arena_init(&arena, NULL, 0, 2 * OSP_CHANNEL_LINE_MAX);
    const osp_decoding how = { .arena = &arena };
    if (osp_json_decode(&osp_type_told, &message, line, &how, NULL) == OSP_OK) {
        if (osp_str_equal(message.t, OSP_STR("welcome"))) {
            agent->generation = message.generation;
            agent->blank = message.blank;
        } else if (osp_str_equal(message.t, OSP_STR("event"))) {
            take_event(agent, &message);
        } else if (osp_str_equal(message.t, OSP_STR("templates"))) {
            read_templates(agent, true);
        } else if (osp_str_equal(message.t, OSP_STR("told"))) {
            osp_devtools_told(agent->devtools, message.id, message.data.text);
        } else if (osp_str_equal(message.t, OSP_STR("retire"))) {
            agent->replaced_by = message.generation;
            (void)kill(getpid(), OSP_RETIRE); /* the worker hears of it as of any other */
        } else if (osp_str_equal(message.t, OSP_STR("stop"))) {
            agent->leaving = true;
            osp_agent_wake(agent);
        }
    }
    osp_arena_done(&arena);
}

/* Without `openspeed dev` nothing will change: browsers are not kept waiting. */
static void channel_lost(osp_agent *agent)
{
    if (agent->channel.fd >= 0) {
        osp_loop_remove(agent->worker->loop, &agent->watch);
        osp_channel_end(&agent->channel);
        agent->leaving = true;
        osp_agent_wake(agent);
    }
}

/* Takes what has come, clients that another worker had among it. */
static void receive(osp_agent *agent)
{
    const osp_status status = osp_channel_receive(&agent->channel);
    osp_str line;
    int fd;
    while ((fd = osp_channel_take(&agent->channel)) >= 0) {
        osp_conn_accept(agent->worker, fd);
    }
    while (osp_channel_next(&agent->channel, &line)) {
        take_line(agent, line);
    }
    if (status != OSP_OK) {
        channel_lost(agent);
    }
}

static void channel_ready(osp_watch *watch, uint32_t events)
{
    osp_agent *agent = OSP_CONTAINER_OF(watch, osp_agent, watch);
    if ((events & EPOLLOUT) != 0 && osp_channel_flush(&agent->channel) == OSP_E_CLOSED) {
        channel_lost(agent);
        return;
    }
    if ((events & ~(uint32_t)EPOLLOUT) != 0) {
        receive(agent);
    }
}

/* ---------------------------------------------------------------- leaving */

/* Gives the clients that wait for nothing to the worker in our place.  What the proxy protocol has
 * said of one cannot go with it. */
static void hand_over(osp_agent *agent)
{
    osp_worker *worker = agent->worker;
    osp_conn *conn = worker->config->proxies.protocol ? NULL : worker->conns[OSP_CONN_IDLE].first;
    while (conn != NULL && agent->channel.fd >= 0) {
        osp_conn *next = conn->next;
        if (conn->exchange == NULL && !conn->hung_up) {
            if (osp_channel_give(&agent->channel, conn->watch.fd) != OSP_OK) {
                return;
            }
            osp_conn_close(conn); /* here */
        }
        conn = next;
    }
}

static void hand_over_soon(osp_agent *agent)
{
    osp_loop *loop = agent->worker->loop;
    const int64_t at_us = osp_loop_now_us(loop) + OSP_AGENT_HAND_OVER_MS * INT64_C(1000);
    (void)!osp_loop_timer(loop, &agent->hand_over, at_us);
}

static void hand_over_due(osp_timer *timer)
{
    osp_agent *agent = OSP_CONTAINER_OF(timer, osp_agent, hand_over);
    hand_over(agent);
    if (agent->worker->conn_count > 0) {
        hand_over_soon(agent);
    }
}

/* Browsers are told when nothing can lead them back here. */
static void retire(struct osp_worker *worker)
{
    osp_agent *agent = worker->agent;
    agent->leaving = true;
    hand_over(agent);
    if (agent->replaced_by != 0) {
        char data[48];
        const int len =
            snprintf(data, sizeof data, "{\"generation\":%lld}", (long long)agent->replaced_by);
        (void)!osp_agent_tell(agent, OSP_STR("reload"), (osp_str){ data, (size_t)len });
    }
    osp_agent_wake(agent);
    (void)!osp_channel_send(&agent->channel, OSP_STR("{\"t\":\"retired\"}"));
    hand_over_soon(agent);
}

/* ---------------------------------------------------------------- its life */

static void close_agent(struct osp_worker *worker)
{
    osp_agent *agent = worker->agent;
    osp_loop_timer_cancel(worker->loop, &agent->hand_over);
    channel_lost(agent);
    osp_agent_events_end(agent);
    if (agent->devtools != NULL) {
        osp_devtools_close(agent->devtools);
    }
    set_report(agent, (osp_str){ 0 });
    free(agent);
    worker->agent = NULL;
}

static osp_status listen_to_command(osp_agent *agent, int fd)
{
    osp_channel_begin(&agent->channel, fd);
    agent->watch = (osp_watch){ channel_ready, fd };
    const osp_status status =
        osp_loop_add(agent->worker->loop, &agent->watch, EPOLLIN | EPOLLOUT | EPOLLET);
    if (status != OSP_OK) {
        osp_channel_end(&agent->channel);
    }
    return status;
}

static osp_status open_agent(struct osp_worker *worker, osp_error *err)
{
    osp_agent *agent = calloc(1, sizeof *agent);
    if (agent == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the agent");
    }
    agent->worker = worker;
    agent->blank = worker->app->leaf_count == 0;
    agent->channel.fd = -1;
    agent->hand_over.fire = hand_over_due;
    worker->agent = agent;
    const osp_status status =
        worker->channel_fd >= 0 ? listen_to_command(agent, worker->channel_fd) : OSP_OK;
    if (status == OSP_OK) {
        agent->devtools = osp_devtools_open(agent);
    }
    if (agent->devtools == NULL) {
        close_agent(worker);
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the agent");
    }
    if (agent->channel.fd < 0) {
        return OSP_OK;
    }
    receive(agent);                             /* who it is has been said */
    if (osp_agent_templates_are_newer(agent)) { /* of one that is started again */
        read_templates(agent, false);
    }
    return OSP_OK;
}

const struct osp_dev_hooks osp_dev_agent = {
    .open = open_agent,
    .close = close_agent,
    .retire = retire,
    .begin = begin,
    .answered = answered,
    .end = end,
    .head = osp_agent_head,
    .crashed = osp_agent_crashed,
};
