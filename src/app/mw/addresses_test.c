/* Who is let in by address: lists, ranges, and whom proxies name. */
#include "app/mw/mw.h"
#include "tests/unit/unit.h"

static osp_origin origin;

static void tell_origin(const osp_ctx *ctx, osp_origin *ret_origin)
{
    (void)ctx;
    *ret_origin = origin;
}

static void give_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN])
{
    (void)ctx;
    memset(text, 'n', OSP_REQUEST_NAME_LEN);
}

static const osp_door door = { .origin = tell_origin, .name = give_name };

static osp_allow_addresses_options options;

static osp_status step_call(osp_ctx *ctx, osp_next *next)
{
    return osp_allow_addresses(ctx, next, &options);
}

static osp_status answers(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, OSP_STR("in"));
}

static const osp_middleware step = { .call_ = step_call, .name_ = "osp_allow_addresses" };
static const osp_middleware *const chain[] = { &step, NULL };
static const osp_route route = {
    .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = answers, .handler_ = "answers"
};
static const osp_route_leaf leaf = { .pattern = "/",
                                     .chain = chain,
                                     .by_method = { [OSP_METHOD_GET] = &route } };
static const osp_route_node root = { .leaf = &leaf };
static const osp_app_def app = { .name = "test", .root = &root, .root_chain = chain };

/* Asks from an address, "unix", or "" where nobody knows; `forwarded`: X-Forwarded-For, or NULL. */
static int ask(const char *peer, const char *forwarded, const char *target)
{
    const osp_str name = osp_str_from(peer);
    const osp_header_field field = { OSP_STR("X-Forwarded-For"),
                                     osp_str_from(forwarded != NULL ? forwarded : "") };
    osp_arena arena;
    osp_ctx ctx;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_ctx_init(&ctx, &app, &arena);
    origin.peer = (osp_ip){ .kind = name.len == 0 ? OSP_IP_NONE : OSP_IP_LOCAL };
    if (name.len > 0 && !osp_str_equal(name, S("unix"))) {
        OSP_CHECK(osp_ip_parse(name, &origin.peer));
    }
    ctx.door = &door;
    ctx.request.method = OSP_METHOD_GET;
    ctx.request.target = osp_str_from(target);
    ctx.request.headers = &field;
    ctx.request.header_count = forwarded != NULL;
    osp_app_handle(&ctx);
    osp_arena_done(&arena);
    return ctx.response.status;
}

OSP_UNIT_TEST(addresses_lists,
              "an address is one of a list, or of a range of it, or has no place here")
{
    static const char some[] = "192.0.2.7  10.0.0.0/8 2001:db8::/33 ::1";
    static const struct {
        const char *allow, *deny, *peer;
        bool in;
    } cases[] = {
        { some, NULL, "192.0.2.7", true },
        { some, NULL, "192.0.2.8", false },
        { some, NULL, "192.0.2.70", false },
        { some, NULL, "10.255.0.1", true },
        { some, NULL, "11.0.0.0", false },
        { some, NULL, "2001:db8:7fff::1", true },
        { some, NULL, "2001:db8:8000::1", false },
        { some, NULL, "::1", true },
        { some, NULL, "::ffff:10.0.0.1", true }, /* IPv4, mapped */
        { some, NULL, "::2", false },
        { some, NULL, "unix", false },
        { some, NULL, "", false },
        { some, "10.1.0.0/16", "10.1.2.3", false }, /* who is denied is not allowed */
        { some, "10.1.0.0/16", "10.2.2.3", true },
        { NULL, "10.0.0.0/8 unix", "10.0.0.1", false },
        { NULL, "10.0.0.0/8 unix", "unix", false },
        { NULL, "10.0.0.0/8", "unix", true },
        { NULL, "10.0.0.0/8", "11.0.0.1", true },
        { NULL, "10.0.0.0/8", "::a00:1", true }, /* no IPv4 address */
        { NULL, "10.0.0.0/8", "", false },       /* nobody knows who it is */
        { "0.0.0.0/0", NULL, "203.0.113.9", true },
        { "0.0.0.0/0", NULL, "2001:db8::1", false },
        { "unix", NULL, "unix", true },
        { "unix", NULL, "127.0.0.1", false },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        options = (osp_allow_addresses_options){ cases[i].allow, cases[i].deny };
        OSP_CHECK(osp_allow_addresses_check(&options) == NULL);
        const int status = ask(cases[i].peer, NULL, "/");
        if (status != (cases[i].in ? 200 : 403)) {
            fprintf(stderr, "case %zu, %s: %d\n", i, cases[i].peer, status);
            OSP_CHECK(!"let in and kept out as the lists say");
        }
    }
    OSP_CHECK(ask("127.0.0.1", NULL, "/nowhere") == 403); /* who is kept out learns of no URL */
}

OSP_UNIT_TEST(addresses_proxies,
              "who is behind a trusted proxy is whom that names; others lie for nothing")
{
    static osp_trust trust;
    osp_str bad;
    OSP_CHECK(osp_trust_add(&trust, S("127.0.0.0/8,unix"), &bad) == OSP_OK);
    origin = (osp_origin){ .trust = &trust };
    options = (osp_allow_addresses_options){ .allow = "10.0.0.0/8" };
    OSP_CHECK(ask("127.0.0.1", "10.0.0.1", "/") == 200);
    OSP_CHECK(ask("unix", "10.0.0.1", "/") == 200);
    OSP_CHECK(ask("127.0.0.1", "192.0.2.1", "/") == 403);
    OSP_CHECK(ask("127.0.0.1", "10.0.0.1, 192.0.2.1", "/") == 403);
    OSP_CHECK(ask("127.0.0.1", NULL, "/") == 403);
    OSP_CHECK(ask("192.0.2.1", "10.0.0.1", "/") == 403);
    origin = (osp_origin){ .trust = NULL };
    OSP_CHECK(ask("127.0.0.1", "10.0.0.1", "/") == 403);
}

OSP_UNIT_TEST(addresses_checks, "lists that would keep out or let in another one do not build")
{
    static const char *const bad[] = {
        "",        " ",          "10.0.0.1/8",        "10.0.0.0/33",  "10.0.0",
        "::1/129", "localhost",  "10.0.0.1,10.0.0.2", "10.0.0.0/8 x", "10.0.0.0/",
        "[::1]",   "10.0.0.0/-1"
    };
    OSP_CHECK(osp_allow_addresses_check(&(osp_allow_addresses_options){ 0 }) != NULL);
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        OSP_CHECK(osp_allow_addresses_check(&(osp_allow_addresses_options){ bad[i], NULL }) !=
                  NULL);
        OSP_CHECK(osp_allow_addresses_check(&(osp_allow_addresses_options){ "::1", bad[i] }) !=
                  NULL);
        const osp_allow_addresses_options wrong = { .allow = bad[i] };
        const osp_middleware used = { .options_ = &wrong, .name_ = "osp_allow_addresses" };
        OSP_CHECK(osp_mw_check(&used) != NULL);
    }
}
