/* Tests of an application, without sockets.
 *
 *     #include <openspeed/openspeed.h>
 *     #include <openspeed/test.h>
 *
 *     OSP_TEST(greets, "GET /hello/Ada greets her")
 *     {
 *         osp_test_response r = osp_test_request(app, "GET", "/hello/Ada");
 *         OSP_EXPECT_INT(r.status, 200);
 *         OSP_EXPECT_STR(r.body, "{\"message\":\"Hello, Ada\",\"times\":1}");
 *     }
 *
 * They stand in files whose names end in _test.c: below routes/ beside what they test, below lib/, and
 * in tests/, whose other .c files are their helpers.  `openspeed test` builds them with the application
 * and runs each as a process of its own, with a database of its own.  They are no part of the
 * application's executable. */
#ifndef OPENSPEED_TEST_H
#define OPENSPEED_TEST_H

#include <openspeed/app.h>
#include <openspeed/provider.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OSP_TEST_FIELDS_MAX 16    /* of each list of osp_test_options */
#define OSP_TEST_OVERRIDES_MAX 64 /* providers that a test stands in for */

/* The application of the running test.  Its database is new, with all migrations applied; it is
 * opened by the first use. */
typedef struct osp_test osp_test;

/* What OSP_TEST declares. */
typedef struct osp_test_def {
    const char *name, *sentence, *file;
    int line;
    void (*run)(osp_test *app);
} osp_test_def;

/* Begins a test: `name` is an identifier that its file has once, `sentence` says what holds.  In the
 * block that follows, `app` is the application.  It passes when its end is reached; nothing must have
 * been left allocated, and nothing have failed in the context of osp_test_ctx. */
#define OSP_TEST(name, sentence)                                                                   \
    static void osp_test_run_##name(osp_test *app);                                                \
    extern const osp_test_def OSP_SYMBOL(osp_test_, OSP_UNIT, name);                               \
    const osp_test_def OSP_SYMBOL(osp_test_, OSP_UNIT, name) = { #name, "" sentence, __FILE__,     \
                                                                 __LINE__, osp_test_run_##name };  \
    static void osp_test_run_##name(osp_test *app __attribute__((unused)))

/* The application of the running test, for helpers that are not given it.  static */
OSP_API osp_test *osp_test_app(void);
/* A context for calling functions of the application directly, such as those of lib/, and for queries
 * that prepare the database.  It lasts as long as the test; so does its memory.  What fails in it fails
 * the test. */
OSP_API osp_ctx *osp_test_ctx(osp_test *app);

/* ---------------------------------------------------------------- providers */

/* From now on provider `p` is not made: what needs it gets this value, by the members of its type.
 *
 *     osp_test_override(app, current_user, .id = 1, .username = S("ann"));
 *
 * It is copied; what it points at is borrowed until the end of the test.  One that outlives requests is
 * never made when this comes before the first use of `app`. */
#define osp_test_override(...) osp_test_override_(__VA_ARGS__, )
#define osp_test_override_(app, p, ...)                                                            \
    osp_test_override_with((app), &osp_provider_##p, #p,                                           \
                           &(const osp_provided_by_##p){ __VA_ARGS__ },                            \
                           sizeof(osp_provided_by_##p))
/* The same for a guard, which gives no value: it lets pass. */
#define osp_test_override_guard(app, p)                                                            \
    osp_test_override_with((app), &osp_provider_##p, #p, "", 1)
/* From now on provider `p` is absent, as when credentials are missing. */
#define osp_test_override_absent(app, p)                                                           \
    osp_test_override_with((app), &osp_provider_##p, #p, (const void *)0, 0)
/* What these macros call. */
OSP_API void osp_test_override_with(osp_test *app, const osp_provider *provider, const char *name,
                                    const void *value, size_t size);

/* ---------------------------------------------------------------- requests */

/* A name and its value, such as a header. */
typedef struct osp_test_field {
    const char *name, *value;
} osp_test_field;

/* What a request has beside its method and its target.  Lists end with the first that has no name. */
typedef struct osp_test_options {
    int zero_;
    osp_str body;
    osp_str media_type; /* of the body; empty: application/json */
    osp_str token;      /* sent as Authorization: Bearer */
    osp_test_field headers[OSP_TEST_FIELDS_MAX];
    osp_test_field query[OSP_TEST_FIELDS_MAX];   /* encoded, behind the target */
    osp_test_field cookies[OSP_TEST_FIELDS_MAX];
    osp_test_field form[OSP_TEST_FIELDS_MAX];    /* encoded, in the place of a body */
    osp_test_field trailers[OSP_TEST_FIELDS_MAX]; /* behind a body that is sent in chunks */
    bool chunked;       /* the body is sent in chunks */
    bool from_page;     /* it is the form of a page that was shown: with the token of its forms */
} osp_test_options;

/* A field of an answer. */
typedef struct osp_test_header {
    osp_str name, value;
} osp_test_header;

/* An answer, read from the bytes that a client would have got.  All of it lasts as long as the test. */
typedef struct osp_test_response {
    int status;
    osp_str media_type; /* Content-Type; empty when there is none */
    osp_str body;       /* without its framing */
    const osp_test_header *headers, *trailers;
    size_t header_count, trailer_count;
    const int *interim; /* statuses of the answers before it, such as 103 */
    size_t interim_count;
    bool cut_off; /* the connection ended before the answer did */
    bool close;   /* and ends behind it */
    osp_str bytes;      /* of all answers, as they were sent */
} osp_test_response;

/* Sends a request to the application and gives its answer:
 *
 *     osp_test_request(app, "POST", "/api/articles", .body = S("{\"title\":\"x\"}"), .token = token)
 *
 * The request is written as HTTP/1.1, read by the engine that reads those of a socket, and the answer
 * is written and read in the same way.  Waits happen at once, in order; with a clock that was set they
 * take no time.  An upgrade is refused, and the probes of a server (/livez) are not there.
 *
 * method, target  borrowed; of bytes that stand in a request line
 * A request that cannot be written (a value with a line end) ends the test as failed. */
#define osp_test_request(...) osp_test_request_(__VA_ARGS__, )
#define osp_test_request_(app, method, target, ...)                                                \
    osp_test_send((app), (method), (target), &(const osp_test_options){ .zero_ = 0, __VA_ARGS__ })
/* What this macro calls. */
OSP_API osp_test_response osp_test_send(osp_test *app, const char *method, const char *target,
                                        const osp_test_options *options);
/* Sends bytes as they are, and gives the answer to the first request in them. */
OSP_API osp_test_response osp_test_send_bytes(osp_test *app, osp_str bytes);

/* The value of a header of an answer, by its name in any case; empty when there is none. */
OSP_API osp_str osp_test_answer_header(const osp_test_response *response, const char *name);
/* The value of a cookie that an answer sets; empty when it does not. */
OSP_API osp_str osp_test_answer_cookie(const osp_test_response *response, const char *name);
/* Reads the body of an answer as JSON into a value of a described type.  False when it does not fit,
 * which is said in the output of the test. */
#define osp_test_decode(app, response, T, ret_value)                                               \
    osp_test_decode_type((app), (response), &osp_type_##T,                           \
                         _Generic((ret_value), T *: (ret_value)))
/* What this macro calls. */
OSP_API bool osp_test_decode_type(osp_test *app, const osp_test_response *response,
                                  const osp_type *type, void *ret_value);

/* ---------------------------------------------------------------- time and chance */

/* From now on the clock stands at `us` since 1970: for osp_now_us, deadlines, and waits, each of which
 * moves it on by itself.  The database has its own. */
OSP_API void osp_test_set_clock(osp_test *app, int64_t us);
/* Moves a clock that was set, or sets it to now first. */
OSP_API void osp_test_advance_ms(osp_test *app, int64_t ms);
/* From now on osp_random_bytes follows from this number; each test begins with 0. */
OSP_API void osp_test_seed(osp_test *app, uint64_t seed);

/* ---------------------------------------------------------------- what is expected */

/* Ends the test as failed when `cond` does not hold. */
#define OSP_EXPECT(cond) ((cond) ? (void)0 : osp_test_fail_cond(__FILE__, __LINE__, #cond))
/* The same for two numbers, and for two texts: an osp_str or a string each.  Both values are said. */
#define OSP_EXPECT_INT(value, wanted)                                                              \
    osp_test_expect_int(__FILE__, __LINE__, #value, (long long)(value), (long long)(wanted))
#define OSP_EXPECT_STR(value, wanted)                                                              \
    osp_test_expect_str(__FILE__, __LINE__, #value, OSP_TEST_STR_(value), OSP_TEST_STR_(wanted))
/* Whether a text is in another one. */
#define OSP_EXPECT_IN(value, part)                                                                 \
    osp_test_expect_in(__FILE__, __LINE__, #value, OSP_TEST_STR_(value), OSP_TEST_STR_(part))
/* Ends the test as failed with a text, as printf. */
#define OSP_FAIL(...) osp_test_fail(__FILE__, __LINE__, __VA_ARGS__)

/* What these macros call. */
#define OSP_TEST_STR_(s)                                                                           \
    (_Generic((s), osp_str: osp_test_same, char *: osp_str_from, const char *: osp_str_from)(s))
OSP_API osp_str osp_test_same(osp_str s);
OSP_API void osp_test_fail_cond(const char *file, int line, const char *cond)
    __attribute__((noreturn));
OSP_API void osp_test_fail(const char *file, int line, const char *format, ...) OSP_PRINTF(3, 4)
    __attribute__((noreturn));
OSP_API void osp_test_expect_int(const char *file, int line, const char *text, long long value,
                                 long long wanted);
OSP_API void osp_test_expect_str(const char *file, int line, const char *text, osp_str value,
                                 osp_str wanted);
OSP_API void osp_test_expect_in(const char *file, int line, const char *text, osp_str value,
                                osp_str part);

/* ---------------------------------------------------------------- the program */

struct osp_app_def;

/* The main function of the tests of an application.  tests: static, in their order. */
OSP_API int osp_test_main(const struct osp_app_def *app, const osp_test_def *const *tests,
                          size_t count, int argc, char **argv);

#ifdef __cplusplus
}
#endif
#endif
