#include "serve/check.h"

#include "tests/unit/unit.h"

typedef struct Inner {
    int64_t n;
} Inner;
OSP_TYPE(Inner, FIELD(n, RANGE(1, 5), .fallback = "6"));

typedef struct Node {
    osp_str tag;
    struct Node *next;
    Inner inner;
} Node;
OSP_FORWARD_TYPE(Node);
OSP_TYPE(Node, FIELD(tag, .max_len = 2, .fallback = "abc"), MAYBE(next, Node),
         OBJECT(inner, Inner));

typedef struct In {
    int64_t id;
    int64_t limit;
    int64_t_list list;
    int64_t_list empty;
    Inner some;
    Node node;
} In;
OSP_TYPE(In, PATH(id), QUERY(limit, RANGE(1, 100), .fallback = "20"),
         LIST(list, int64_t, .max_len = 1, .fallback = "[1,2]"),
         LIST(empty, int64_t, .min_len = 1, .fallback = ""),
         OBJECT(some, Inner, .fallback = "{\"n\":7"), OBJECT(node, Node));

typedef struct Twice {
    osp_str a;
    osp_str b;
    osp_str c;
} Twice;
OSP_TYPE(Twice, QUERY(a), QUERY(b, .name = "a"), HEADER(c, .name = "a"));

typedef struct Good {
    osp_str name;
    osp_str sort;
    osp_opt_int least;
    bool all;
    Inner *inner;
    osp_str_list tags;
} Good;
OSP_TYPE(Good, PATH(name), QUERY(sort, .min_len = 3, .max_len = 4, .fallback = "asc"),
         QUERY(least, AT_LEAST(0), .fallback = "0"), QUERY(all, .fallback = "false"),
         MAYBE(inner, Inner, .fallback = "{\"n\":1}"), QUERY_LIST(tags, osp_str));

typedef struct Held {
    osp_str code;
} Held;
OSP_TYPE(Held, FIELD(code, .pattern = "[a-"));

typedef struct Choice {
    int is;
    union {
        Held held;
    };
} Choice;
OSP_UNION(Choice, is, "type", CASE(1, "held", held, Held));

typedef struct Odd {
    Choice choice;
    osp_str_list words;
    osp_str_list it;
    osp_json raw;
    Good deep;
    osp_str form;
    osp_opt_str head;
} Odd;
OSP_TYPE(Odd, OBJECT(choice, Choice), QUERY_LIST(words, osp_str, EACH(.pattern = "(")),
         PATH_LIST(it, osp_str, .style = OSP_STYLE_PIPE), QUERY(raw),
         QUERY_OBJECT(deep, Good, .style = OSP_STYLE_DEEP), FORM(form),
         HEADER(head, .nomatch = true, .pattern = "^a", .needs = "raw,choice,nothing"));

static size_t check(const osp_type *in, const char *param, osp_buf *out)
{
    const char *const params[] = { param };
    const osp_route route = { .in_ = in, .out_ = &osp_type_void, .file_ = "r.c", .line_ = 7 };
    const osp_route_leaf leaf = { .pattern = "/x/[it]",
                                  .param_names = params,
                                  .param_count = 1,
                                  .by_method[OSP_METHOD_POST] = &route,
                                  .by_method[OSP_METHOD_PUT] = &route };
    const osp_route_leaf *const leaves[] = { &leaf };
    const osp_app_def app = { .leaves = leaves, .leaf_count = 1 };
    osp_buf_init(out, NULL, 0, 1 << 16);
    const size_t found = osp_check_app(&app, out);
    osp_buf_byte(out, '\0');
    return found;
}

OSP_UNIT_TEST(check_path, "a PATH member that the URL lacks is said with the line of its route")
{
    osp_buf out;
    OSP_CHECK(check(&osp_type_Twice, "id", &out) == 1); /* the names alone */
    osp_buf_done(&out);
    OSP_CHECK(check(&osp_type_In, "id", &out) == 5);
    OSP_CHECK(strstr(out.ptr, "PATH") == NULL);
    osp_buf_done(&out);
    OSP_CHECK(check(&osp_type_In, "it", &out) == 7); /* by each of two methods */
    OSP_CHECK(
        strstr(out.ptr, "r.c:7: error: In reads PATH(id), but the URL /x/[it] has no [id]\n"));
    osp_buf_done(&out);
}

OSP_UNIT_TEST(check_jobs, "a job that is never due, or by two rules, is said with its line")
{
    static const osp_job_def good = {
        .name_ = "good", .runner_ = &osp_job_runner, .every_s = 60, .doc = "Cleans up"
    };
    static const osp_job_def both = { .name_ = "both",
                                      .runner_ = &osp_job_runner,
                                      .file_ = "lib/a.c",
                                      .line_ = 3,
                                      .every_s = 60,
                                      .cron = "@daily" };
    static const osp_job_def cron = { .name_ = "cron",
                                      .runner_ = &osp_job_runner,
                                      .file_ = "lib/a.c",
                                      .line_ = 4,
                                      .cron = "0 24 * * *" };
    static const osp_job_def doc = { .name_ = "doc",
                                     .runner_ = &osp_job_runner,
                                     .file_ = "lib/a.c",
                                     .line_ = 5,
                                     .cron = "@daily",
                                     .doc = "two\nlines" };
    static const osp_job_def *const jobs[] = { &good, &both, &cron, &doc };
    const osp_app_def app = { .jobs = jobs, .job_count = OSP_ARRAY_LEN(jobs) };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    OSP_CHECK(osp_check_app(&app, &out) == 3);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }),
                  OSP_STR("lib/a.c:3: error: OSP_JOB(both): say .every_s or .cron, and not both\n"
                          "lib/a.c:4: error: OSP_JOB(cron): the hour is 0 to 23\n"
                          "lib/a.c:5: error: OSP_JOB(doc): .doc is a line of text\n"));
    osp_buf_done(&out);
}

OSP_UNIT_TEST(check_fallbacks,
              "a fallback that its field refuses is said with the line of its type")
{
    static const char *const wanted[] = {
        "check_test.c:",
        "Inner.n refuses its own fallback \"6\": must be at most 5\n",
        "Node.tag refuses its own fallback \"abc\": ",
        "In.list refuses its own fallback \"[1,2]\": ",
        "In.empty refuses its own fallback \"\": ",
        "In.some refuses its own fallback \"{\"n\":7\": the text is not valid JSON\n",
    };
    osp_buf out;
    OSP_CHECK(check(&osp_type_In, "id", &out) == 5);
    for (size_t i = 0; i < OSP_ARRAY_LEN(wanted); i++) {
        if (strstr(out.ptr, wanted[i]) == NULL) {
            fprintf(stderr, "missing: %s in\n%s", wanted[i], out.ptr);
        }
        OSP_CHECK(strstr(out.ptr, wanted[i]) != NULL);
    }
    osp_buf_done(&out);
}

OSP_UNIT_TEST(check_names, "two members of one source cannot have one name")
{
    osp_buf out;
    OSP_CHECK(check(&osp_type_Twice, "id", &out) == 1);
    OSP_CHECK(strstr(out.ptr, "error: Twice.a and Twice.b have one name, \"a\"\n") != NULL);
    osp_buf_done(&out);
}

OSP_UNIT_TEST(check_good, "what decodes is not complained about")
{
    osp_buf out;
    OSP_CHECK(check(&osp_type_Good, "name", &out) == 1); /* Inner's own */
    OSP_CHECK(strstr(out.ptr, "Good.") == NULL);
    OSP_CHECK(strstr(out.ptr, "Inner.n") != NULL);
    osp_buf_done(&out);
}

OSP_UNIT_TEST(check_sources,
              "what no request could give, and patterns that do not compile, are said")
{
    static const char *const wanted[] = {
        "check_test.c:",
        "Held.code has a pattern that cannot be used: ",
        "Odd.words has a pattern that cannot be used: ",
        "Odd.it: this style does not belong to this source\n",
        "Odd.raw: cannot be given as text\n",
        "Odd.deep: an object in a parameter has members of one text each",
        "Odd.choice and Odd.form ask for two sorts of body",
        "Odd.head needs \"choice\", which is no parameter of the type\n",
        "Odd.head needs \"nothing\", which is no parameter of the type\n",
        "Odd.head: only what is in the URL can mean another one",
    };
    osp_buf out;
    check(&osp_type_Odd, "it", &out);
    for (size_t i = 0; i < OSP_ARRAY_LEN(wanted); i++) {
        if (strstr(out.ptr, wanted[i]) == NULL) {
            fprintf(stderr, "missing: %s in\n%s", wanted[i], out.ptr);
        }
        OSP_CHECK(strstr(out.ptr, wanted[i]) != NULL);
    }
    OSP_CHECK(strstr(out.ptr, "Odd.head has a pattern") == NULL);
    OSP_CHECK(strstr(out.ptr, "needs \"raw\"") == NULL);
    osp_buf_done(&out);
}

OSP_UNIT_TEST(check_segments, "a member of the path must be what its segments can be")
{
    static const struct {
        const char *pattern;
        osp_kind kind;
        osp_rest rest;
        size_t found;
    } cases[] = {
        { "/x/[it]", OSP_KIND_LIST, OSP_REST_NONE, 0 },
        { "/x/[it=slug]", OSP_KIND_LIST, OSP_REST_NONE, 0 },
        { "/x/[it=slug]/y", OSP_KIND_LIST, OSP_REST_NONE, 0 },
        { "/x/v[it]", OSP_KIND_LIST, OSP_REST_NONE, 1 },
        { "/x/[it].json/y", OSP_KIND_LIST, OSP_REST_NONE, 1 },
        { "/x/[a]-[it]", OSP_KIND_LIST, OSP_REST_NONE, 1 },
        { "/x/[...it]", OSP_KIND_LIST, OSP_REST_SOME, 1 },
        { "/x/[...it]", OSP_KIND_INT64, OSP_REST_SOME, 0 },
        { "/x/[[...it]]", OSP_KIND_STR, OSP_REST_ANY, 0 },
        { "/x/[[...it]]", OSP_KIND_INT64, OSP_REST_ANY, 1 },
    };
    static const char *const names[] = { "it" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_field field = { .member_ = "it",
                                  .member_len_ = 2,
                                  .kind_ = (uint8_t)cases[i].kind,
                                  .source_ = OSP_SOURCE_PATH,
                                  .type_ = &osp_type_osp_str };
        const osp_type type = { .name = "In",
                                .size = sizeof(osp_list),
                                .fields = &field,
                                .field_count = 1,
                                .kind = OSP_KIND_OBJECT };
        const osp_route route = { .in_ = &type, .out_ = &osp_type_void };
        const osp_route_leaf leaf = { .pattern = cases[i].pattern,
                                      .param_names = names,
                                      .param_count = 1,
                                      .rest = (uint8_t)cases[i].rest,
                                      .by_method[OSP_METHOD_GET] = &route };
        const osp_route_leaf *const leaves[] = { &leaf };
        const osp_app_def app = { .leaves = leaves, .leaf_count = 1 };
        osp_buf out;
        osp_buf_init(&out, NULL, 0, 1 << 16);
        OSP_CHECK(osp_check_app(&app, &out) == cases[i].found);
        osp_buf_done(&out);
    }
}
/* Everything that is wrong at once, each in its own way. */
typedef struct Below {
    osp_str p;
    osp_opt_str q;
} Below;
OSP_TYPE(Below, PATH(p), HEADER(q));

typedef struct Wrong {
    int64_t n;
    osp_str s;
    osp_str user_agent;
    osp_str other;
    osp_opt_str maybe;
    Below below;
} Wrong;
OSP_TYPE(Wrong, QUERY(n, RANGE(5, 1)), QUERY(s, .min_len = 3, .max_len = 2), HEADER(user_agent),
         HEADER(other, .name = "User-Agent"), FIELD(maybe), BODY(below, Below));

typedef struct Body {
    osp_opt_str maybe;
    osp_str must;
    osp_str other;
} Body;
OSP_TYPE(Body, FIELD(maybe), FIELD(must), FIELD(other, .fallback = ""));

static size_t check_route(osp_method method, const osp_route *route, osp_buf *out)
{
    osp_route_leaf leaf = { .pattern = "/" };
    leaf.by_method[method] = route;
    const osp_route_leaf *const leaves[] = { &leaf };
    const osp_app_def app = { .leaves = leaves, .leaf_count = 1 };
    osp_buf_init(out, NULL, 0, 1 << 16);
    const size_t found = osp_check_app(&app, out);
    osp_buf_byte(out, '\0');
    return found;
}

OSP_UNIT_TEST(check_shapes, "bounds that nothing fits, two bodies and misplaced sources are said")
{
    static const char *const wanted[] = {
        "Wrong.n has a range from 5 to 1, which holds nothing\n",
        "Wrong.s has .min_len = 3 above .max_len = 2\n",
        "Wrong.user_agent and Wrong.other have one name, \"user_agent\"\n",
        "Wrong.maybe and Wrong.below ask for two sorts of body",
        "PATH(p) of Below is inside of another input",
        "HEADER(q) of Below is inside of another input",
    };
    const osp_route route = {
        .in_ = &osp_type_Wrong, .out_ = &osp_type_void, .file_ = "r.c", .handler_ = "h"
    };
    osp_buf out;
    OSP_CHECK(check_route(OSP_METHOD_POST, &route, &out) == OSP_ARRAY_LEN(wanted));
    for (size_t i = 0; i < OSP_ARRAY_LEN(wanted); i++) {
        OSP_CHECK(strstr(out.ptr, wanted[i]) != NULL);
    }
    osp_buf_done(&out);
}

OSP_UNIT_TEST(check_bodies, "a method without a body cannot read one")
{
    static const struct {
        osp_method method;
        size_t found;
    } cases[] = { { OSP_METHOD_GET, 3 },  { OSP_METHOD_HEAD, 3 }, { OSP_METHOD_DELETE, 1 },
                  { OSP_METHOD_POST, 0 }, { OSP_METHOD_PUT, 0 },  { OSP_METHOD_PATCH, 0 } };
    const osp_route route = {
        .in_ = &osp_type_Body, .out_ = &osp_type_void, .file_ = "r.c", .line_ = 7
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_buf out;
        OSP_CHECK(check_route(cases[i].method, &route, &out) == cases[i].found);
        OSP_CHECK((strstr(out.ptr, "r.c:7: error: Body.must comes from the body, which a ") !=
                   NULL) == (cases[i].found > 0));
        osp_buf_done(&out);
    }
}

OSP_UNIT_TEST(check_statuses, "a success is from 200 to 399, a failure from 400 to 599")
{
    static const struct {
        int status, error;
        size_t found;
    } cases[] = { { 0, 0, 0 },     { 200, 400, 0 }, { 399, 599, 0 }, { 199, 399, 2 },
                  { 400, 600, 2 }, { 99, 404, 1 },  { 201, -1, 1 } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_route route = { .in_ = &osp_type_void,
                                  .out_ = &osp_type_void,
                                  .file_ = "r.c",
                                  .handler_ = "h",
                                  .status = cases[i].status,
                                  .errors = { 404, cases[i].error } };
        osp_buf out;
        OSP_CHECK(check_route(OSP_METHOD_GET, &route, &out) == cases[i].found);
        osp_buf_done(&out);
    }
}

static osp_status no_document(const osp_app_def *app, osp_buf *out, osp_error *err)
{
    osp_buf_str(out, OSP_STR("{"));
    return osp_error_set(err, OSP_E_INVALID, "%s", app->name);
}

OSP_UNIT_TEST(check_document, "why there is no document is said, with its place where it has one")
{
    static const struct {
        const char *why, *wanted;
    } cases[] = { { "a.c:1: error: twice", "a.c:1: error: twice\n" },
                  { "too large", "error: too large\n" },
                  { "", "error: invalid input\n" } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        static const osp_resource resource = { .name = "openapi" };
        static const osp_resource *const resources[] = { &resource };
        const osp_app_def app = { .name = cases[i].why,
                                  .openapi = no_document,
                                  .resources = resources,
                                  .resource_count = 1 };
        osp_buf out;
        osp_buf_init(&out, NULL, 0, 1 << 16);
        OSP_CHECK(osp_check_app(&app, &out) == 1);
        OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), osp_str_from(cases[i].wanted));
        osp_buf_done(&out);
    }
}

OSP_UNIT_TEST(check_messages,
              "keys and placeholders that no message has are said, and odd languages")
{
    static const osp_message rows[] = { { "minimum", "mindestens {limit}" },
                                        { "minimun", "mindestens {limit}" },
                                        { "maximum", "{min}" },
                                        { "minimum", "wenigstens {limit}" },
                                        { "must be even", "muss gerade sein" } };
    static const osp_messages good = { .language_ = "de", .rows_ = rows, .count_ = 1 };
    static const osp_messages bad = {
        .language_ = "translations", .rows_ = rows, .count_ = 5, .file_ = "m.c", .line_ = 3
    };
    const osp_messages *table = &good;
    const osp_app_def app = { .messages = &table, .message_count = 1 };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    OSP_CHECK(osp_check_app(&app, &out) == 0);
    table = &bad;
    OSP_CHECK(osp_check_app(&app, &out) == 2);
    OSP_CHECK_STR(
        ((osp_str){ out.ptr, out.len }),
        OSP_STR("m.c:3: error: \"translations\" is no language; it is a tag such as de or de_CH\n"
                "m.c:3: error: { \"minimun\", \"mindestens {limit}\" }: no message has this key\n"
                "    { \"maximum\", \"{min}\" }: the text has a placeholder that this message does "
                "not have\n"
                "    { \"minimum\", \"wenigstens {limit}\" }: the key stands twice\n"));
    osp_buf_done(&out);
}

OSP_UNIT_TEST(check_info, "title and version are lines, and all is UTF-8")
{
    static const struct {
        osp_app_info info;
        size_t found;
    } cases[] = {
        { { .title = "Orders", .version = "1.2.0-rc.1+7", .doc = "One\n\ntwo" }, 0 },
        { { .title = "" }, 1 },
        { { .title = "a\nb" }, 1 },
        { { .title = "a\x7f" }, 1 },
        { { .title = "\xff" }, 1 },
        { { .version = "" }, 1 },
        { { .version = "1\x1b[31m" }, 1 },
        { { .doc = "\xc3" }, 1 },
        { { .title = NULL }, 0 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_app_def app = { .info = &cases[i].info };
        osp_buf out;
        osp_buf_init(&out, NULL, 0, 1 << 16);
        OSP_CHECK(osp_check_app(&app, &out) == cases[i].found);
        osp_buf_done(&out);
    }
}

typedef struct Streamed {
    osp_body body;
    osp_stream other;
    osp_body some[2];
} Streamed;
OSP_TYPE(Streamed, BODY(body, osp_body), OBJECT(other, osp_stream), ARRAY(some, osp_body));

OSP_UNIT_TEST(check_streams, "an osp_body is a body, an osp_stream an output, and neither a member")
{
    static const struct {
        osp_method method;
        const osp_type *in, *out;
        size_t found;
        const char *text;
    } cases[] = {
        { OSP_METHOD_POST, &osp_type_osp_body, &osp_type_osp_stream, 0, "" },
        { OSP_METHOD_GET, &osp_type_void, &osp_type_osp_stream, 0, "" },
        { OSP_METHOD_GET, &osp_type_osp_body, &osp_type_void, 1, "h takes an osp_body, which" },
        { OSP_METHOD_POST, &osp_type_osp_stream, &osp_type_void, 1, "h takes an osp_stream" },
        { OSP_METHOD_POST, &osp_type_void, &osp_type_osp_body, 1, "h answers with an osp_body" },
        { OSP_METHOD_POST, &osp_type_Streamed, &osp_type_void, 3,
          "Streamed.some is a stream; say BODY(some, osp_body)" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_route route = {
            .in_ = cases[i].in, .out_ = cases[i].out, .file_ = "r.c", .line_ = 7, .handler_ = "h"
        };
        osp_buf out;
        OSP_CHECK(check_route(cases[i].method, &route, &out) == cases[i].found);
        OSP_CHECK(strstr(out.ptr, cases[i].text) != NULL);
        osp_buf_done(&out);
    }
}
