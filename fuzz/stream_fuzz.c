/* A connection whose handlers read and write as its messages come and go, against a model.
 *
 *     | n | n bytes: what handlers and the client do | the bytes of the client |
 *
 * A worker serves one end of a pair of sockets; the bytes are sent in pieces, and the script says
 * what each handler does: reads, writes, waits, fails.  Whatever happens, what a handler reads is
 * the body as the engine decodes it from the whole input, what the client gets is a row of whole
 * answers of which only the last may be cut off, and nothing is left behind. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/rig.h"

#define REQUESTS_MAX 16
#define ANSWERS_MAX (1u << 20) /* bytes that a client keeps */
#define WRITE_UNIT 300
#define SEND_BUFFER 4096 /* so that handlers wait for their client */
#define STEPS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

/* ---------------------------------------------------------------- the model */

typedef struct request {
    osp_method method;
    osp_str target;
    osp_buf body; /* as far as it is there and well formed */
    bool whole;
} request;

static struct {
    const uint8_t *script;
    size_t script_len, script_at;
    request requests[REQUESTS_MAX];
    size_t request_count, request_at; /* the next one that a handler may be called for */
    int begun, cleaned;
} model;

static uint8_t next_step(void)
{
    return model.script_len > 0 ? model.script[model.script_at++ % model.script_len] : 0;
}

/* Reads one request off the front of `in`; false when there is no whole head. */
static bool read_request(osp_str *in)
{
    static osp_h1_head head;
    if (in->len == 0 || osp_h1_parse_head(*in, 0, &osp_h1_limits_default, &head) != OSP_OK) {
        return false;
    }
    request *r = &model.requests[model.request_count++];
    *r = (request){ .method = head.method, .target = head.target, .whole = true };
    osp_buf_init(&r->body, NULL, 0, SIZE_MAX);
    *in = (osp_str){ in->ptr + head.size, in->len - head.size };
    size_t used = 0;
    if (head.framing == OSP_H1_LENGTH) {
        r->whole = head.content_length <= in->len;
        used = r->whole ? (size_t)head.content_length : in->len;
        osp_buf_append(&r->body, in->ptr, used);
    } else if (head.framing == OSP_H1_CHUNKED) {
        osp_h1_chunked decoder = { 0 };
        r->whole = osp_h1_chunked_decode(&decoder, &osp_h1_limits_default, *in, &r->body, NULL,
                                         &used) == OSP_DONE;
    }
    *in = (osp_str){ in->ptr + used, in->len - used };
    return r->whole;
}

static void cleaned(void *arg)
{
    (void)arg;
    model.cleaned++;
}

/* The request that the handler runs for: those that no handler sees are passed over. */
static const request *find_request(const osp_ctx *ctx)
{
    while (model.request_at < model.request_count) {
        const request *r = &model.requests[model.request_at++];
        if (r->method == ctx->request.method && osp_str_equal(r->target, ctx->request.target)) {
            return r;
        }
    }
    abort();
}

/* ---------------------------------------------------------------- the application */

static osp_status read_some(osp_ctx *ctx, const request *r, size_t *at)
{
    osp_str part;
    const osp_status status = osp_read(ctx, &part);
    if (status == OSP_OK) {
        require(part.len > 0 && part.len <= r->body.len - *at);
        require(memcmp(part.ptr, r->body.ptr + *at, part.len) == 0);
        *at += part.len;
    }
    require(status != OSP_DONE || (r->whole && *at == r->body.len));
    return status;
}

static osp_status write_some(osp_ctx *ctx, size_t units)
{
    static const char text[256 * WRITE_UNIT];
    return osp_write(ctx, (osp_str){ text, units * WRITE_UNIT });
}

static osp_status act(osp_ctx *ctx, const request *r, osp_stream *out)
{
    size_t at = 0;
    osp_status status = OSP_OK;
    for (int steps = 0; status == OSP_OK && steps < STEPS_MAX; steps++) {
        switch (next_step() % 10) {
        case 0:
        case 1:
            status = read_some(ctx, r, &at);
            break;
        case 2:
            status = write_some(ctx, next_step());
            break;
        case 3:
            status = osp_flush(ctx);
            break;
        case 4:
            status = osp_sleep_ms(ctx, 0);
            break;
        case 5:
            (void)!osp_inform(ctx, 103);
            break;
        case 6:
            (void)!osp_set_trailer(ctx, OSP_STR("A"), OSP_STR("b"));
            break;
        case 7:
            out->length = next_step() * WRITE_UNIT;
            break;
        case 8:
            return osp_fail(ctx, 409, "as asked");
        default:
            return OSP_OK;
        }
    }
    return status;
}

static osp_status handle(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    const request *r = find_request(ctx);
    model.begun++;
    require(osp_defer(ctx, cleaned, NULL) == OSP_OK);
    const osp_status status = act(ctx, r, out);
    osp_task_cancel(&ctx->task); /* keeps the log empty */
    return status;
}

static const osp_route get_route = {
    .in_ = &osp_type_void, .out_ = &osp_type_osp_stream, .call_ = handle, .handler_ = "handle"
};
static const osp_route post_route = {
    .in_ = &osp_type_osp_body, .out_ = &osp_type_osp_stream, .call_ = handle, .handler_ = "handle"
};
static const char *const param_names[] = { "rest" };
static const osp_route_leaf leaf = {
    .pattern = "/[...rest]",
    .param_names = param_names,
    .param_count = 1,
    .by_method = { [OSP_METHOD_GET] = &get_route, [OSP_METHOD_POST] = &post_route },
};
static const osp_route_node root = { .rest = &leaf, .leaf = &leaf };
static const osp_route_leaf *const leaves[] = { &leaf };
static const osp_app_def app = { .name = "fuzz", .root = &root, .leaves = leaves, .leaf_count = 1 };

/* ---------------------------------------------------------------- the client */

/* Takes an answer off the front of `in`; false when it is cut off there. */
static bool read_answer(osp_str *in, bool to_head)
{
    const char *end = memmem(in->ptr, in->len, "\r\n\r\n", 4);
    if (end == NULL) {
        return false;
    }
    const osp_str head = { in->ptr, (size_t)(end + 4 - in->ptr) };
    require(head.len > 13 && memcmp(head.ptr, "HTTP/1.1 ", 9) == 0);
    const int status = atoi(head.ptr + 9);
    require(status >= 100 && status <= 599);
    *in = (osp_str){ in->ptr + head.len, in->len - head.len };
    if (status < 200) {
        return in->len > 0 && read_answer(in, to_head);
    }
    const char *length = memmem(head.ptr, head.len, "Content-Length: ", 16);
    const bool chunked = memmem(head.ptr, head.len, "Transfer-Encoding: chunked", 26) != NULL;
    require(length == NULL || !chunked);
    if (to_head || status == 204 || status == 304) {
        return true;
    }
    size_t used = in->len;
    bool whole = false;
    if (length != NULL) {
        const size_t want = strtoul(length + 16, NULL, 10);
        whole = want <= in->len;
        used = whole ? want : in->len;
    } else if (chunked) {
        osp_h1_chunked decoder = { 0 };
        osp_buf body;
        osp_buf_init(&body, NULL, 0, SIZE_MAX);
        const osp_status ended =
            osp_h1_chunked_decode(&decoder, &osp_h1_limits_default, *in, &body, NULL, &used);
        require(ended == OSP_DONE || ended == OSP_AGAIN);
        whole = ended == OSP_DONE;
        osp_buf_done(&body);
    }
    *in = (osp_str){ in->ptr + used, in->len - used };
    return whole;
}

static void check_answers(osp_str in)
{
    for (size_t i = 0; in.len > 0; i++) {
        require(i <= model.request_count);
        const bool to_head = i < model.request_count && model.requests[i].method == OSP_METHOD_HEAD;
        if (!read_answer(&in, to_head)) {
            require(in.len == 0 || memmem(in.ptr, in.len, "\r\n\r\n", 4) == NULL);
            return;
        }
    }
}

typedef struct wire {
    int fd;
    bool closed;
    char *got;
    size_t got_len;
} wire;

static void receive(wire *w, size_t most)
{
    while (most > 0 && w->got_len < ANSWERS_MAX) {
        const size_t room = ANSWERS_MAX - w->got_len;
        const ssize_t size = recv(w->fd, w->got + w->got_len, room < most ? room : most, 0);
        if (size <= 0) {
            w->closed |= size == 0 || (errno != EAGAIN && errno != EINTR);
            return;
        }
        w->got_len += (size_t)size;
        most -= (size_t)size;
    }
}

/* Sends all that is taken, cut and read as the script says. */
static void talk(osp_rig *rig, wire *w, osp_str bytes)
{
    int idle = 0;
    while (bytes.len > 0 && idle < 4 && !w->closed) {
        const uint8_t step = next_step();
        const size_t want = step % 4 == 0 ? bytes.len : step;
        const size_t piece = want < bytes.len ? want : bytes.len;
        const ssize_t sent = send(w->fd, bytes.ptr, piece, MSG_NOSIGNAL);
        idle = sent > 0 ? 0 : idle + 1;
        if (sent > 0) {
            bytes = (osp_str){ bytes.ptr + sent, bytes.len - (size_t)sent };
        }
        osp_rig_turns(rig, 1);
        receive(w, idle > 0 ? SIZE_MAX : step % 3 * 1000);
    }
}

/* Lets all end that can, and then time pass. */
static void end(osp_rig *rig, wire *w)
{
    for (int quiet = 0, rounds = 0; rig->worker->conn_count > 0; rounds++) {
        const size_t before = w->got_len;
        osp_rig_turns(rig, 1);
        receive(w, SIZE_MAX);
        quiet = w->got_len == before ? quiet + 1 : 0;
        if (quiet > 3 || w->got_len == ANSWERS_MAX) {
            rig->now_us += (int64_t)OSP_IDLE_S * 1000000; /* the longest of all times */
            osp_loop_hold_clock(rig->worker->loop, rig->now_us);
            osp_rig_turns(rig, 2);
        }
        require(rounds < 100000);
    }
    receive(w, SIZE_MAX);
}

/* Opens the worker, which is the same for all runs; a crash stays the fuzzer's to tell of. */
static void open_rig(osp_rig *rig)
{
    static const int signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE };
    struct sigaction before[OSP_ARRAY_LEN(signals)];
    for (size_t i = 0; i < OSP_ARRAY_LEN(signals); i++) {
        require(sigaction(signals[i], NULL, &before[i]) == 0);
    }
    osp_rig_open_app(rig, &app);
    osp_crash_end(rig->worker);
    for (size_t i = 0; i < OSP_ARRAY_LEN(signals); i++) {
        require(sigaction(signals[i], &before[i], NULL) == 0);
    }
}

static osp_rig *the_rig(void)
{
    static osp_rig rig;
    if (rig.worker == NULL) {
        open_rig(&rig);
    }
    return &rig;
}

/* A copy as a head wants it. */
static osp_str padded(const uint8_t *data, size_t len)
{
    char *text = calloc(1, len + OSP_H1_PADDING);
    require(text != NULL);
    memcpy(text, data, len);
    return (osp_str){ text, len };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char got[ANSWERS_MAX];
    if (size < 3 || (size_t)data[0] + 2 > size) {
        return 0;
    }
    osp_rig *rig = the_rig();
    memset(&model, 0, sizeof model);
    model.script = data + 1;
    model.script_len = data[0];
    const uint8_t manner = data[1 + model.script_len];
    const osp_str bytes = padded(data + 2 + model.script_len, size - 2 - model.script_len);
    osp_str rest = bytes;
    while (model.request_count < REQUESTS_MAX && read_request(&rest)) {
    }
    if (model.request_count == REQUESTS_MAX) {
        free((void *)(uintptr_t)bytes.ptr);
        return 0;
    }
    int fds[2];
    const int buffer = SEND_BUFFER;
    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    require(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer) == 0);
    osp_conn_accept(rig->worker, fds[0]);
    wire w = { .fd = fds[1], .got = got };
    talk(rig, &w, bytes);
    if (manner % 3 == 1) {
        (void)shutdown(w.fd, SHUT_WR);
    }
    if (manner % 3 == 2) {
        close(w.fd);
        w.fd = -1;
        w.closed = true;
    }
    end(rig, &w);
    check_answers((osp_str){ got, w.got_len });
    require(model.begun == model.cleaned);
    require(osp_fibers_alive(rig->worker->fibers) == 0 && rig->worker->bodies == 0);
    if (w.fd >= 0) {
        close(w.fd);
    }
    for (size_t i = 0; i < model.request_count; i++) {
        osp_buf_done(&model.requests[i].body);
    }
    free((void *)(uintptr_t)bytes.ptr);
    return 0;
}
