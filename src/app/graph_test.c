/* The proof of a graph of providers, against one that is made another way. */
#include "app/graph.h"

#include "app/provide.h"
#include "tests/unit/unit.h"

#define NODES_MAX 12
#define NEEDS_MAX 4
#define ROUNDS 1000

/* ---------------------------------------------------------------- graphs that a seed makes up */

typedef struct made_up {
    osp_provider providers[NODES_MAX];
    osp_type inputs[NODES_MAX];
    osp_need needs[NODES_MAX + 1][NEEDS_MAX + 1]; /* the last are of the route */
    char names[NODES_MAX][24];
    bool edge[NODES_MAX + 1][NODES_MAX]; /* the same, as the reference sees it */
    size_t count;
    osp_type route_in;
    osp_route route;
    osp_route_leaf leaf;
    osp_route_node root;
    const osp_route_leaf *leaves[1];
    osp_app_def app;
} made_up;

static uint64_t state;

static uint32_t draw(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

/* What was made, in order; each provider notes its number. */
static size_t order[NODES_MAX], order_len;

static osp_status note_make(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    const void *const *members = in;
    OSP_CHECK(in == NULL || members[0] != NULL); /* what it needs is there */
    *(size_t *)out = order_len;
    return OSP_OK;
}

#define MAKER(n)                                                                                   \
    static osp_status make_##n(osp_ctx *ctx, const void *in, void *out)                            \
    {                                                                                              \
        OSP_CHECK(order_len < NODES_MAX);                                                          \
        order[order_len++] = n;                                                                    \
        return note_make(ctx, in, out);                                                            \
    }
MAKER(0)
MAKER(1)
MAKER(2)
MAKER(3)
MAKER(4)
MAKER(5)
MAKER(6)
MAKER(7)
MAKER(8)
MAKER(9)
MAKER(10)
MAKER(11)
static osp_status (*const makers[NODES_MAX])(osp_ctx *, const void *, void *) = {
    make_0, make_1, make_2, make_3, make_4, make_5, make_6, make_7, make_8, make_9, make_10, make_11
};

static osp_status answer(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    osp_set_status(ctx, 204);
    return OSP_OK;
}

/* The needs of `from`: of a provider mostly such as stand behind it, so that about half of the
 * graphs are good. */
static void make_up_needs(made_up *m, size_t from)
{
    const bool of_route = from == m->count;
    const size_t count = draw(of_route ? NEEDS_MAX : 3) + of_route;
    osp_need *needs = m->needs[of_route ? NODES_MAX : from];
    for (size_t i = 0; i < count && i < NEEDS_MAX; i++) {
        const bool any = of_route || draw(5) == 0;
        if (!any && from + 1 == m->count) {
            break;
        }
        const size_t to =
            any ? draw((uint32_t)m->count) : from + 1 + draw((uint32_t)(m->count - from - 1));
        const bool missing = draw(30) == 0;
        needs[i] = (osp_need){ .provider = missing ? NULL : &m->providers[to],
                               .name = m->names[to],
                               .type = "T",
                               .member = "m",
                               .offset = (uint32_t)(i * sizeof(void *)) };
        m->edge[of_route ? NODES_MAX : from][to] |= !missing;
    }
}

static osp_scope make_up_scope(size_t at, size_t count)
{
    if (draw(6) == 0) {
        return (osp_scope)draw(OSP_SCOPE_COUNT);
    }
    return at * 3 < count * 2 ? OSP_PER_REQUEST
           : at + 1 < count   ? OSP_PER_WORKER
                              : OSP_PER_APPLICATION;
}

static void make_up(made_up *m)
{
    memset(m, 0, sizeof(*m));
    m->count = 1 + draw(NODES_MAX);
    for (size_t i = 0; i < m->count; i++) {
        snprintf(m->names[i], sizeof(m->names[i]), "p%zu", i);
        m->providers[i] = (osp_provider){ .by_ = &osp_provision,
                                          .in_ = &m->inputs[i],
                                          .size_ = sizeof(size_t),
                                          .make_ = makers[i],
                                          .name_ = m->names[i],
                                          .type_ = "T",
                                          .file_ = "lib/p.c",
                                          .line_ = (int)i + 1,
                                          .scope = make_up_scope(i, m->count) };
        make_up_needs(m, i);
        const bool any = m->needs[i][0].name != NULL;
        m->inputs[i] = (osp_type){ .name = "In",
                                   .kind = OSP_KIND_OBJECT,
                                   .size = any ? NEEDS_MAX * sizeof(void *) : 0,
                                   .needs_ = any ? m->needs[i] : NULL };
    }
    make_up_needs(m, m->count);
    m->route_in = (osp_type){ .name = "RouteIn",
                              .kind = OSP_KIND_OBJECT,
                              .size = NEEDS_MAX * sizeof(void *),
                              .needs_ = m->needs[NODES_MAX] };
    m->route = (osp_route){ .in_ = &m->route_in,
                            .out_ = &osp_type_void,
                            .call_ = answer,
                            .handler_ = "answer",
                            .file_ = "routes/route.c",
                            .line_ = 9 };
    m->leaf = (osp_route_leaf){ .pattern = "/" };
    m->leaf.by_method[OSP_METHOD_GET] = &m->route;
    m->root.leaf = &m->leaf;
    m->leaves[0] = &m->leaf;
    m->app = (osp_app_def){ .name = "t", .root = &m->root, .leaves = m->leaves, .leaf_count = 1 };
}

/* ---------------------------------------------------------------- the reference */

/* By the closure of the relation: what is reached, what reaches itself, what outlives anything that
 * it leads to, and where a list names nothing. */
static bool is_good(const made_up *m, bool reached[NODES_MAX])
{
    bool leads[NODES_MAX][NODES_MAX];
    for (size_t i = 0; i < m->count; i++) {
        memcpy(leads[i], m->edge[i], sizeof(leads[i]));
    }
    for (size_t via = 0; via < m->count; via++) {
        for (size_t i = 0; i < m->count; i++) {
            for (size_t j = 0; j < m->count; j++) {
                leads[i][j] |= leads[i][via] && leads[via][j];
            }
        }
    }
    bool good = true;
    for (size_t i = 0; i < m->count; i++) {
        reached[i] = m->edge[NODES_MAX][i];
        for (size_t via = 0; via < m->count; via++) {
            reached[i] |= m->edge[NODES_MAX][via] && leads[via][i];
        }
    }
    for (size_t k = 0; k < NEEDS_MAX; k++) {
        good &= m->needs[NODES_MAX][k].name == NULL || m->needs[NODES_MAX][k].provider != NULL;
    }
    for (size_t i = 0; i < m->count; i++) {
        for (size_t j = 0; j < m->count && reached[i]; j++) {
            good &= !(leads[i][j] && m->providers[i].scope > m->providers[j].scope);
        }
        for (size_t k = 0; k < NEEDS_MAX && reached[i]; k++) {
            good &= m->needs[i][k].name == NULL || m->needs[i][k].provider != NULL;
        }
        good &= !(reached[i] && leads[i][i]);
    }
    return good;
}

/* The order in which a good graph must be made: for each need in turn, what it needs and then
 * itself. */
static void expect(const made_up *m, size_t from, size_t *ret_order, size_t *ret_len)
{
    for (size_t k = 0; k < NEEDS_MAX && m->needs[from][k].name != NULL; k++) {
        const size_t to = (size_t)(m->needs[from][k].provider - m->providers);
        bool known = false;
        for (size_t i = 0; i < *ret_len; i++) {
            known |= ret_order[i] == to;
        }
        if (!known) {
            expect(m, to, ret_order, ret_len);
            ret_order[(*ret_len)++] = to;
        }
    }
}

static void check_order(const made_up *m, const bool reached[NODES_MAX])
{
    size_t wanted[NODES_MAX], len = 0, count = 0;
    expect(m, NODES_MAX, wanted, &len);
    for (size_t i = 0; i < m->count; i++) {
        count += reached[i];
    }
    OSP_CHECK(order_len == count && len == count);
    OSP_CHECK(memcmp(order, wanted, len * sizeof(*wanted)) == 0);
}

/* Without a worker all scopes are made by the request, in one order. */
static void check_request(made_up *m, const bool reached[NODES_MAX])
{
    osp_arena arena;
    osp_ctx ctx;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_ctx_init(&ctx, &m->app, &arena);
    ctx.request.method = OSP_METHOD_GET;
    ctx.request.target = OSP_STR("/");
    ctx.request.headers = NULL;
    ctx.request.header_count = 0;
    order_len = 0;
    osp_app_handle(&ctx);
    OSP_CHECK(ctx.response.status == 204);
    check_order(m, reached);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(graph_random, "a thousand graphs are judged as the reference does, and made in order")
{
    size_t good = 0;
    made_up *m = malloc(sizeof(*m));
    OSP_CHECK(m != NULL);
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        bool reached[NODES_MAX] = { false };
        osp_buf out;
        state = seed;
        make_up(m);
        osp_buf_init(&out, NULL, 0, 1 << 20);
        const bool wanted = is_good(m, reached);
        const size_t found = osp_graph_check(&m->app, &out);
        if ((found == 0) != wanted) {
            fprintf(stderr, "seed %llu: %zu findings\n%.*s", (unsigned long long)seed, found,
                    (int)out.len, out.ptr);
        }
        OSP_CHECK((found == 0) == wanted);
        if (wanted) {
            check_request(m, reached);
            good++;
        }
        osp_buf_done(&out);
    }
    OSP_CHECK(good > ROUNDS / 4 && good < ROUNDS * 3 / 4);
    free(m);
}

/* ---------------------------------------------------------------- what each finding says */

typedef struct sample {
    osp_provider outer, inner;
    osp_type outer_in, inner_in, in;
    osp_need outer_needs[2], needs[2];
    osp_field field;
    osp_route route;
    osp_route_leaf leaf;
    const osp_route_leaf *leaves[1];
    osp_app_def app;
    osp_buf out;
} sample;

static osp_status close_it(osp_ctx *ctx, void *value, osp_status outcome)
{
    (void)ctx;
    (void)value;
    return outcome;
}

/* GET / needs outer, which needs inner: nothing is wrong. */
static sample *begin(void)
{
    sample *s = calloc(1, sizeof(*s));
    OSP_CHECK(s != NULL);
    s->inner_in = (osp_type){ .name = "InnerIn", .kind = OSP_KIND_OBJECT, .size = 8 };
    s->inner = (osp_provider){
        .in_ = &s->inner_in, .name_ = "inner", .type_ = "Inner", .file_ = "lib/inner.c", .line_ = 4
    };
    s->outer_needs[0] = (osp_need){ &s->inner, "inner", "Inner", "inner", 0, false };
    s->outer_in = (osp_type){
        .name = "OuterIn", .size = 8, .kind = OSP_KIND_OBJECT, .needs_ = s->outer_needs
    };
    s->outer = (osp_provider){
        .in_ = &s->outer_in, .name_ = "outer", .type_ = "Outer", .file_ = "lib/outer.c", .line_ = 5
    };
    s->needs[0] = (osp_need){ &s->outer, "outer", "Outer", "outer", 0, false };
    s->in = (osp_type){ .name = "In", .size = 8, .kind = OSP_KIND_OBJECT, .needs_ = s->needs };
    s->route = (osp_route){ .in_ = &s->in,
                            .out_ = &osp_type_void,
                            .handler_ = "show",
                            .file_ = "routes/route.c",
                            .line_ = 6 };
    s->leaf = (osp_route_leaf){ .pattern = "/" };
    s->leaf.by_method[OSP_METHOD_GET] = &s->route;
    s->leaves[0] = &s->leaf;
    s->app = (osp_app_def){ .name = "t", .leaves = s->leaves, .leaf_count = 1 };
    osp_buf_init(&s->out, NULL, 0, 1 << 16);
    return s;
}

static void read_by_inner(sample *s, osp_source source)
{
    s->field = (osp_field){
        .member_ = "m", .member_len_ = 1, .kind_ = OSP_KIND_STR, .source_ = (uint8_t)source
    };
    s->inner_in.fields = &s->field;
    s->inner_in.field_count = 1;
}

static void finds(sample *s, size_t count, const char *text)
{
    s->out.len = 0;
    OSP_CHECK(osp_graph_check(&s->app, &s->out) == count);
    OSP_CHECK_STR(((osp_str){ s->out.ptr, s->out.len }), osp_str_from(text));
    osp_buf_done(&s->out);
    free(s);
}

#define WAY "GET / (routes/route.c:6) -> outer (lib/outer.c:5)"

OSP_UNIT_TEST(graph_good, "nothing is said of what is right")
{
    finds(begin(), 0, "");
}

OSP_UNIT_TEST(graph_missing, "what no file provides is named with the way to it")
{
    sample *s = begin();
    s->outer_needs[0].provider = NULL;
    finds(s, 1,
          "lib/outer.c:5: error: there is no OSP_PROVIDER(inner, ...) in any file: " WAY
          " -> inner\n");
    s = begin();
    s->needs[0].provider = NULL;
    finds(s, 1,
          "routes/route.c:6: error: there is no OSP_PROVIDER(outer, ...) in any file: GET / "
          "(routes/route.c:6) -> outer\n");
}

OSP_UNIT_TEST(graph_two, "two things of one name are not taken for one another")
{
    sample *s = begin();
    s->outer_needs[0].type = "Other";
    finds(s, 1,
          "lib/outer.c:5: error: there are two OSP_PROVIDES(inner, ...): it is needed as Other "
          "and made as Inner: " WAY " -> inner\n");
}

OSP_UNIT_TEST(graph_cycle, "what needs itself is named with the whole circle")
{
    sample *s = begin();
    static osp_need back[2];
    back[0] = (osp_need){ &s->outer, "outer", "Outer", "outer", 0, true }; /* also if only wanted */
    s->inner_in.needs_ = back;
    finds(s, 1,
          "lib/outer.c:5: error: outer needs itself: " WAY
          " -> inner (lib/inner.c:4) -> outer (lib/outer.c:5)\n");
}

OSP_UNIT_TEST(graph_scope,
              "a request's value is not silently that of all requests, nor the reverse")
{
    sample *s = begin();
    s->outer.scope = OSP_PER_APPLICATION;
    finds(s, 1,
          "lib/outer.c:5: error: outer lives as long as the application and needs inner, which is "
          "made for each request: " WAY " -> inner (lib/inner.c:4)\n");
    s = begin();
    s->inner.scope = OSP_PER_WORKER;
    read_by_inner(s, OSP_SOURCE_QUERY);
    finds(s, 1,
          "lib/inner.c:4: error: inner outlives every request, and InnerIn.m is of one: " WAY
          " -> inner (lib/inner.c:4)\n");
    s = begin();
    s->inner.scope = OSP_PER_WORKER;
    s->inner.authenticates = true;
    finds(s, 1,
          "lib/inner.c:4: error: inner authenticates one request and is given to all: " WAY
          " -> inner (lib/inner.c:4)\n");
}

OSP_UNIT_TEST(graph_reads, "makers read what is there when they are called")
{
    sample *s = begin();
    read_by_inner(s, OSP_SOURCE_FIELD);
    finds(s, 1,
          "lib/inner.c:4: error: inner is made before the body is here, and InnerIn.m comes from "
          "it: " WAY " -> inner (lib/inner.c:4)\n");
    s = begin();
    read_by_inner(s, OSP_SOURCE_PATH);
    finds(s, 1,
          "routes/route.c:6: error: inner (lib/inner.c:4) reads PATH(m), but the URL / has no "
          "[m]\n");
    s = begin();
    read_by_inner(s, OSP_SOURCE_HEADER);
    s->inner.authenticates = true;
    finds(s, 1,
          "lib/inner.c:4: error: inner authenticates, and without InnerIn.m the answer is 422 and "
          "not 401; make it optional: " WAY " -> inner (lib/inner.c:4)\n");
}

OSP_UNIT_TEST(graph_closing, "nothing is closed before what is made of it")
{
    sample *s = begin();
    s->inner.close = s->outer.close = close_it;
    s->inner.close_when = OSP_BEFORE_RESPONSE;
    finds(s, 1,
          "lib/outer.c:5: error: outer closes after the response, but inner (lib/inner.c:4), which "
          "it is made of, before it: " WAY "\n");
    s = begin();
    s->inner.close = s->outer.close = close_it;
    s->outer.close_when = OSP_BEFORE_RESPONSE;
    finds(s, 0, "");
}

OSP_UNIT_TEST(graph_authenticates, "only what is needed, and not what is wanted, proves who asks")
{
    sample *s = begin();
    OSP_CHECK(!osp_needs_authenticate(s->needs, NULL));
    s->inner.authenticates = true;
    OSP_CHECK(osp_needs_authenticate(s->needs, NULL));
    OSP_CHECK(!osp_needs_authenticate(s->needs, &s->inner));
    s->outer_needs[0].optional = true;
    OSP_CHECK(!osp_needs_authenticate(s->needs, NULL));
    finds(s, 0, "");
}

static const osp_middleware denies = { .name_ = "denies",
                                       .place_ = { "routes/middleware.c", 3 },
                                       .deny_by_default = true };
static const osp_middleware *const chain[] = { &denies, NULL };

OSP_UNIT_TEST(graph_denied, "below a folder that denies, what nobody guards does not build")
{
    static const char denied[] =
        "routes/route.c:6: error: GET / needs no provider that authenticates, which denies "
        "(routes/middleware.c:3) asks of all below it; need one, or say .is_public = true\n";
    sample *s = begin();
    s->leaf.chain = chain;
    finds(s, 1, denied);
    s = begin();
    s->leaf.chain = chain;
    s->inner.authenticates = true;
    finds(s, 0, "");
    s = begin();
    s->leaf.chain = chain;
    s->inner.authenticates = s->needs[0].optional = true; /* who may ask without is not guarded */
    finds(s, 1, denied);
    s = begin();
    s->leaf.chain = chain;
    s->route.is_public = true;
    finds(s, 0, "");
}

OSP_UNIT_TEST(graph_guarding_middleware, "what a middleware needs guards all that it wraps")
{
    sample *s = begin();
    s->inner.authenticates = true;
    const osp_middleware guards = { .name_ = "guards", .needs = s->needs };
    const osp_middleware *const both[] = { &denies, &guards, NULL };
    s->in.needs_ = NULL;
    s->leaf.chain = both;
    osp_reached reached[4];
    OSP_CHECK(osp_graph_reach(&s->leaf, &s->route, reached, 4) == 2);
    OSP_CHECK(reached[0].provider == &s->outer && reached[1].provider == &s->inner);
    finds(s, 0, "");
}

OSP_UNIT_TEST(graph_root, "what also wraps unknown URLs reads no segments of known ones")
{
    sample *s = begin();
    static const char *const names[] = { "m" };
    s->leaf.param_names = names;
    s->leaf.param_count = 1;
    read_by_inner(s, OSP_SOURCE_PATH);
    const osp_middleware reads = { .name_ = "reads", .needs = s->needs };
    const osp_middleware *const root[] = { &reads, NULL };
    s->leaf.chain = root;
    OSP_CHECK(osp_graph_check(&s->app, &s->out) == 0);
    s->app.root_chain = root;
    finds(
        s, 1,
        "lib/inner.c:4: error: inner reads PATH(m), but middleware of routes/ needs it, also where "
        "no route answers\n");
}

OSP_UNIT_TEST(graph_forget, "of each guard it is said what would be open without it")
{
    sample *s = begin();
    s->inner.authenticates = true;
    OSP_CHECK(osp_graph_forget(&s->app, &s->out) == 1);
    OSP_CHECK_STR(((osp_str){ s->out.ptr, s->out.len }),
                  OSP_STR("lib/inner.c:4: error: without inner 0 of 1 routes that it guards do "
                          "not build\n  these are open, and nobody is told; .deny_by_default of a "
                          "middleware around them would:\n    GET / (routes/route.c:6)\n"));
    s->out.len = 0;
    s->leaf.chain = chain;
    OSP_CHECK(osp_graph_forget(&s->app, &s->out) == 0);
    OSP_CHECK_STR(((osp_str){ s->out.ptr, s->out.len }),
                  OSP_STR("lib/inner.c:4: without inner 1 of 1 routes that it guards do not "
                          "build\n"));
    s->out.len = 0;
    s->outer.authenticates = true; /* and each would do */
    OSP_CHECK(osp_graph_forget(&s->app, &s->out) == 0);
    s->out.len = 0;
    s->outer_needs[0].optional = true; /* only wanted, it guards nothing */
    s->outer.authenticates = false;
    OSP_CHECK(osp_graph_forget(&s->app, &s->out) == 0);
    OSP_CHECK(s->out.len == 0);
    finds(s, 1,
          "routes/route.c:6: error: GET / needs no provider that authenticates, which denies "
          "(routes/middleware.c:3) asks of all below it; need one, or say .is_public = true\n");
}

OSP_UNIT_TEST(graph_limit, "as many providers as there may be, and one more")
{
    for (size_t more = 0; more < 2; more++) {
        const size_t count = OSP_PROVIDERS_MAX + more;
        osp_provider *providers = calloc(count, sizeof(*providers));
        osp_need *needs = calloc(count + 1, sizeof(*needs));
        OSP_CHECK(providers != NULL && needs != NULL);
        sample *s = begin();
        for (size_t i = 0; i < count; i++) {
            providers[i] = (osp_provider){
                .in_ = &osp_type_void, .name_ = "p", .type_ = "P", .file_ = "lib/p.c"
            };
            needs[i] = (osp_need){ &providers[i], "p", "P", NULL, 0, false };
        }
        s->in.needs_ = needs;
        finds(s, more, more == 0 ? "" : "error: the routes lead to more than 1024 providers\n");
        free(needs);
        free(providers);
    }
}
