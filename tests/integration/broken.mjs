// An application in which everything goes wrong that can, for tests of what is told of it.
import http from 'node:http';

export const HOME = `#include <openspeed/openspeed.h>
static osp_status home(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    return osp_send(ctx, S("text/html"), S("<!doctype html><html lang=en><title>Home</title><main><h1>Home</h1></main>"));
}
OSP_ROUTE(GET, home, void, void);
`;
export const BAD = `#include <openspeed/openspeed.h>
#include <assert.h>
#include <stdlib.h>
typedef struct In { osp_str kind; osp_opt_str q, magic; } In;
OSP_TYPE(In, PATH(kind), QUERY(q), QUERY(magic, .secret = true));
static volatile int four = 4;
static bool is(const In *in, const char *kind)
{
    return osp_str_equal(in->kind, osp_str_from(kind));
}
static osp_status bad(osp_ctx *ctx, const In *in, void *out)
{
    (void)out;
    int *list = malloc(4 * sizeof(int)); /* MADE */
    if (is(in, "over")) {
        list[four] = 1; /* OVER */
    }
    free(list);
    if (is(in, "segv")) {
        *(volatile int *)(size_t)(2 * four) = 1; /* SEGV */
    }
    assert(!is(in, "assert")); /* ASSERT */
    if (is(in, "abort")) {
        abort(); /* ABORT */
    }
    const bool spins = is(in, "spin");
    while (spins) { four ^= 2; } /* SPIN */
    if (is(in, "fail")) {
        return osp_fail(ctx, 500, "The engine is cold: %.*s", OSP_ARG(in->q.value));
    }
    static int asked; /* ONCE */
    if (is(in, "once") && asked++ > 0) {
        return osp_send(ctx, S("text/html"), S("<!doctype html><title>Well</title>"));
    }
    return osp_set_header(ctx, S("a b"), S("c"));
}
OSP_ROUTE(GET, bad, In, void);
`;
export const ABOUT = `<!doctype html>
<title>About</title>
<h1>{{title}}</h1>
`;
export const ABOUT_C = `#include <openspeed/openspeed.h>
#include <openspeed/page.h>
typedef struct View { osp_str title; } View;
OSP_TYPE(View, FIELD(title));
static osp_status about(osp_ctx *ctx, const void *in, View *out)
{
    (void)ctx, (void)in;
    out->title = S("About");
    return OSP_OK;
}
OSP_PAGE(about, void, View);
`;
export const BROKEN = {
    'routes/route.c': HOME, 'routes/bad/[kind]/route.c': BAD, 'routes/about/page.html': ABOUT, 'routes/about/page.c': ABOUT_C,
};

/** The line of a text that holds a mark. */
export const lineOf = (text, mark) => text.split('\n').findIndex((line) => line.includes(mark)) + 1;

/** The answer to a request by hand, with any Host. */
export const ask = (url, target, { method = 'GET', headers = {} } = {}) => new Promise((done, fail) => {
    const { hostname, port } = new URL(url);
    const request = http.request({ hostname, port, method, path: target, headers: { Connection: 'close', ...headers } }, (answer) => {
        let text = '';
        answer.on('data', (data) => (text += data));
        answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, text }));
    });
    request.on('error', fail);
    request.end();
});
