/* Forms in parts: members, files, limits; what comes as it comes. */
#include "app/form.h"

#include <fcntl.h>

#include "tests/unit/unit.h"

static const char *not_bad(const osp_upload *upload)
{
    return osp_str_equal(upload->name, S("bad")) ? "must not be called bad" : NULL;
}
OSP_CHECKER(not_bad, osp_upload);

typedef struct In {
    osp_str title;
    osp_str_list tags;
    osp_opt_upload one;
    osp_upload_list many;
} In;
OSP_TYPE(In, FORM(title, .max_len = 9), FORM_LIST(tags, osp_str, .joined = true),
         FORM(one, .min_len = 2, .max_len = 5, .media_types = "image/png , text/*", CHECK(not_bad)),
         FORM_LIST(many, osp_upload, .min_len = 1, .max_len = 2, EACH(.max_len = 3)));

typedef struct Must {
    osp_upload file;
} Must;
OSP_TYPE(Must, FORM(file));

static In seen;

static osp_status note(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)out;
    seen = *(const In *)in;
    return OSP_OK;
}

static osp_status note_must(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    (void)out;
    return OSP_OK;
}

/* Says what comes: "[name|file:content]". */
static osp_status tell(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    osp_part part;
    osp_str bytes, said = OSP_STR("");
    osp_status status;
    while ((status = osp_form_next(ctx, &part)) == OSP_OK) {
        said = osp_format(ctx, "%.*s[%.*s|%.*s:", OSP_ARG(said), OSP_ARG(part.name),
                          OSP_ARG(part.safe_name));
        if (osp_str_equal(part.name, OSP_STR("skip"))) {
            continue;
        }
        while ((status = osp_part_read(ctx, &bytes)) == OSP_OK) {
            said = osp_format(ctx, "%.*s%.*s", OSP_ARG(said), OSP_ARG(bytes));
        }
        OSP_TRY(status);
        OSP_CHECK(osp_part_read(ctx, &bytes) == OSP_DONE);
        said = osp_format(ctx, "%.*s]", OSP_ARG(said));
    }
    OSP_TRY(status);
    OSP_CHECK(osp_form_next(ctx, &part) == OSP_DONE && osp_part_read(ctx, &bytes) == OSP_DONE);
    return osp_text(ctx, said);
}

#define ROUTE(in, fn)                                                                              \
    {                                                                                              \
        .in_ = &osp_type_##in, .out_ = &osp_type_void, .call_ = fn, .handler_ = "it"               \
    }
static const osp_route in_route = ROUTE(In, note), must_route = ROUTE(Must, note_must),
                       tell_route = ROUTE(osp_body, tell);

typedef struct fixture {
    osp_forms forms;
    osp_service services[2];
    osp_arena arena;
    char first[8192];
    osp_ctx ctx;
    osp_header_field header;
} fixture;

static void fixture_init(fixture *f)
{
    memset(f, 0, sizeof *f);
    osp_arena_init(&f->arena, f->first, sizeof f->first, 1 << 24);
    f->forms = (osp_forms){ .upload_file = 1000,
                            .upload_total = 4000,
                            .upload_memory = 10,
                            .text_size = 100,
                            .upload_files = 3,
                            .form_fields = 4,
                            .folder = -1 };
    f->services[0] = (osp_service){ &osp_forms_key, &f->forms };
}

/* A door whose body comes in pieces of a size. */
static osp_str body_left;
static size_t body_piece;

static osp_status piece_read(osp_ctx *ctx, osp_str *ret_part)
{
    (void)ctx;
    const size_t len = body_left.len < body_piece ? body_left.len : body_piece;
    if (len == 0) {
        return OSP_DONE;
    }
    char *copy = malloc(len); /* so that a sanitizer sees who reads it too late */
    static char *last;
    free(last);
    last = copy;
    OSP_CHECK(copy != NULL);
    memcpy(copy, body_left.ptr, len);
    *ret_part = (osp_str){ copy, len };
    body_left = (osp_str){ body_left.ptr + len, body_left.len - len };
    return OSP_OK;
}

static void no_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN])
{
    (void)ctx;
    memset(text, '0', OSP_REQUEST_NAME_LEN);
}

static const osp_door pieces = { .read = piece_read, .name = no_name };

/* piece: bytes of the body that come at once; 0: it is whole.  Returns the status. */
static int ask(fixture *f, const osp_route *route, const char *type, osp_str body, size_t piece)
{
    static osp_route_leaf leaf = { .pattern = "/", .file = "route.c" };
    static osp_route_node root = { .leaf = &leaf };
    static osp_app_def app = { .name = "test", .root = &root };
    leaf.by_method[OSP_METHOD_POST] = route;
    osp_arena_reset(&f->arena);
    osp_ctx_init(&f->ctx, &app, &f->arena);
    f->ctx.task.services = f->services;
    f->ctx.request.method = OSP_METHOD_POST;
    f->ctx.request.target = OSP_STR("/");
    f->header = (osp_header_field){ OSP_STR("Content-Type"), osp_str_from(type) };
    f->ctx.request.headers = &f->header;
    f->ctx.request.header_count = 1;
    if (piece == 0) {
        f->ctx.request.body = body;
    } else {
        f->ctx.door = &pieces;
        f->ctx.request.body_pends = true;
        f->ctx.request.body_length = -1;
        f->ctx.request.body_max = 100;
        body_left = body;
        body_piece = piece;
    }
    osp_app_handle(&f->ctx);
    return f->ctx.response.status;
}

#define FORM_TYPE "multipart/form-data; boundary=X"
#define PART(disposition, content)                                                                 \
    "--X\r\nContent-Disposition: form-data; " disposition "\r\n\r\n" content "\r\n"
#define TYPED(disposition, type, content)                                                          \
    "--X\r\nContent-Disposition: form-data; " disposition "\r\nContent-Type: " type                \
    "\r\n\r\n" content "\r\n"
#define MANY PART("name=many; filename=m", "m")
#define TITLE PART("name=title", "t")
#define END "--X--\r\n"

OSP_UNIT_TEST(form_members, "texts and files of a form are members, whole or in pieces")
{
    static fixture f;
    fixture_init(&f);
    f.forms.upload_files = 4;
    const osp_str body = OSP_STR(
        PART("name=title", "\xc3\xa4 %41+\r\n") PART("name=tags", "a+b,c%2Cd")
            TYPED("name=one; filename=\"../a b.txt\"", "text/plain; charset=utf-8", "12345")
                MANY PART("name=many", "12") PART("name=other; filename=x", "passed over") END);
    for (size_t piece = 0; piece <= body.len; piece++) {
        OSP_CHECK(ask(&f, &in_route, FORM_TYPE, body, piece) == 204);
        OSP_CHECK_STR(seen.title, OSP_STR("\xc3\xa4 %41+\r\n"));
        OSP_CHECK(seen.tags.count == 2);
        OSP_CHECK_STR(seen.tags.items[0], OSP_STR("a+b"));
        OSP_CHECK_STR(seen.tags.items[1], OSP_STR("c%2Cd"));
        OSP_CHECK(seen.one.is == OSP_SET && seen.one.value.size == 5);
        OSP_CHECK_STR(seen.one.value.content, OSP_STR("12345"));
        OSP_CHECK_STR(seen.one.value.name, OSP_STR("../a b.txt"));
        OSP_CHECK_STR(seen.one.value.safe_name, OSP_STR("a b.txt"));
        OSP_CHECK_STR(seen.one.value.media_type, OSP_STR("text/plain; charset=utf-8"));
        OSP_CHECK(seen.many.count == 2);
        OSP_CHECK_STR(seen.many.items[1].content, OSP_STR("12"));
        OSP_CHECK_STR(seen.many.items[1].name, OSP_STR(""));
        OSP_CHECK_STR(seen.many.items[1].safe_name, OSP_STR("file"));
    }
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(form_unchosen, "a field where nobody chose a file is absent")
{
    static fixture f;
    fixture_init(&f);
    const osp_str unchosen =
        OSP_STR(TITLE TYPED("name=one; filename=\"\"", "application/octet-stream", "") MANY END);
    OSP_CHECK(ask(&f, &in_route, FORM_TYPE, unchosen, 0) == 204);
    OSP_CHECK(seen.one.is == OSP_ABSENT && seen.many.count == 1);
    const osp_str nameless =
        OSP_STR(TITLE TYPED("name=one; filename=\"\"", "text/x", "12") MANY END);
    for (size_t piece = 0; piece < 4; piece++) {
        OSP_CHECK(ask(&f, &in_route, FORM_TYPE, nameless, piece) == 204);
        OSP_CHECK_STR(seen.one.value.content, OSP_STR("12"));
    }
    osp_arena_done(&f.arena);
}

/* The answer of a body that does not fit, as far as it must tell. */
static void refused(fixture *f, osp_str body, int status, const char *said)
{
    for (size_t piece = 0; piece < 3; piece++) {
        const int got = ask(f, &in_route, FORM_TYPE, body, piece * 7);
        const osp_str text = f->ctx.response.bytes;
        if (got != status || memmem(text.ptr, text.len, said, strlen(said)) == NULL) {
            fprintf(stderr, "%.*s\nis answered %d %.*s\n, not %d with %s\n", OSP_ARG(body), got,
                    OSP_ARG(text), status, said);
            exit(1);
        }
    }
}

OSP_UNIT_TEST(form_issues, "what is wrong with files is told beside all else")
{
    static fixture f;
    fixture_init(&f);
    static const struct {
        const char *body, *said;
    } cases[] = {
        { TITLE END, "\"name\":\"many\",\"code\":\"min_items\"" },
        { MANY END, "\"name\":\"title\",\"code\":\"required\"" },
        { TITLE MANY TYPED("name=one", "text/x", "123456") END,
          "\"name\":\"one\",\"code\":\"max_length\",\"detail\":\"must be at most 5 bytes long\"" },
        { TITLE MANY TYPED("name=one", "text/x", "1") END,
          "\"name\":\"one\",\"code\":\"min_length\"" },
        { TITLE MANY TYPED("name=one", "text", "12") END, "\"name\":\"one\",\"code\":\"enum\"" },
        { TITLE MANY TYPED("name=one", "image/pngx", "12") END,
          "\"name\":\"one\",\"code\":\"enum\"" },
        { TITLE MANY TYPED("name=one", "image/pn", "12") END,
          "\"name\":\"one\",\"code\":\"enum\"" },
        { TITLE MANY PART("name=one", "12") END, "\"name\":\"one\",\"code\":\"enum\"" },
        { TITLE MANY TYPED("name=one; filename=bad", "IMAGE/PNG", "12") END,
          "must not be called bad" },
        { TITLE MANY TYPED("name=one", "text/x", "12") TYPED("name=one", "text/x", "12") END,
          "\"name\":\"one\",\"code\":\"duplicate\"" },
        { TITLE MANY MANY MANY END, "\"name\":\"many\",\"code\":\"max_items\"" },
        { TITLE MANY PART("name=many", "1234") END,
          "\"name\":\"many[1]\",\"code\":\"max_length\"" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        refused(&f, osp_str_from(cases[i].body), 422, cases[i].said);
    }
    const osp_str good = OSP_STR(TITLE MANY TYPED("name=one", "image/PNG", "12") END);
    OSP_CHECK(ask(&f, &in_route, FORM_TYPE, good, 0) == 204);
    OSP_CHECK(ask(&f, &must_route, FORM_TYPE, OSP_STR(END), 0) == 422);
    OSP_CHECK(ask(&f, &must_route, "application/x-www-form-urlencoded", OSP_STR("file=x"), 0) ==
              422);
    OSP_CHECK(ask(&f, &must_route, FORM_TYPE, OSP_STR(PART("name=file", "x") END), 0) == 204);
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(form_malformed, "a form that is malformed or none is refused")
{
    static fixture f;
    fixture_init(&f);
    refused(&f, OSP_STR(TITLE MANY), 400, "The form ends without its last boundary.");
    refused(&f, OSP_STR("--X\r\n\r\n"), 400, "one Content-Disposition");
    refused(&f, OSP_STR(PART("name=title", "\xff") END), 400, "must be UTF-8");
    refused(&f, OSP_STR("--X\r\nContent-Transfer-Encoding: base64\r\n\r\n"), 415, "must be binary");
    OSP_CHECK(ask(&f, &in_route, "multipart/form-data", OSP_STR(TITLE MANY END), 0) == 400);
    OSP_CHECK(ask(&f, &in_route, "multipart/mixed; boundary=X", OSP_STR(TITLE MANY END), 0) == 415);
    OSP_CHECK(ask(&f, &in_route, "application/json", OSP_STR("{}"), 0) == 415);
    OSP_CHECK(ask(&f, &tell_route, "text/plain", OSP_STR("x"), 0) == 415);
    osp_arena_done(&f.arena);
}

/* Bodies of a size within a part, and one that is larger. */
static osp_str sized(const char *disposition, size_t size)
{
    static char body[8192];
    int len =
        snprintf(body, sizeof body, "--X\r\nContent-Disposition: form-data; %s\r\n\r\n%0*d\r\n",
                 disposition, (int)size, 1);
    len += snprintf(body + len, sizeof body - (size_t)len, "%s", END);
    return (osp_str){ body, (size_t)len };
}

OSP_UNIT_TEST(form_limits, "each limit ends the form with its name")
{
    static fixture f;
    fixture_init(&f);
    f.forms.folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    f.forms.max = 2000;
    for (size_t over = 0; over < 2; over++) {
        const osp_str file = sized("name=file", 1000 + over);
        OSP_CHECK(ask(&f, &must_route, FORM_TYPE, file, 64) == (over == 0 ? 204 : 413));
        const osp_str all = sized("name=file", 300);
        f.forms.upload_total = all.len - over;
        OSP_CHECK(ask(&f, &must_route, FORM_TYPE, all, 64) == (over == 0 ? 204 : 413));
        f.forms.upload_total = 4000;
        const osp_str text = sized("name=other", 100 + over);
        OSP_CHECK(ask(&f, &must_route, FORM_TYPE, text, 64) == (over == 0 ? 422 : 413));
    }
    OSP_CHECK(f.forms.held == 0);
#define FIELD_ PART("name=x", "")
#define FILE_ PART("name=y; filename=y", "1")
    refused(&f, OSP_STR(FIELD_ FIELD_ FIELD_ FIELD_ END), 422, "required");
    refused(&f, OSP_STR(FIELD_ FIELD_ FIELD_ FIELD_ FIELD_ END), 413, "limits.form_fields is 4");
    refused(&f, OSP_STR(FILE_ FILE_ FILE_ END), 422, "required");
    refused(&f, OSP_STR(FILE_ FILE_ FILE_ FILE_ END), 413, "limits.upload_files is 3");
    const char *urlencoded = "application/x-www-form-urlencoded";
    OSP_CHECK(ask(&f, &in_route, urlencoded, OSP_STR("a&b&c&d"), 0) == 422);
    OSP_CHECK(ask(&f, &in_route, urlencoded, OSP_STR("a&b&c&d&e"), 0) == 413);
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(form_spill, "what is too large for memory goes to a file that ends with the request")
{
    static fixture f;
    fixture_init(&f);
    f.forms.folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    f.forms.upload_file = f.forms.upload_total = f.forms.max = 1 << 20;
    for (size_t size = 1; size < 2000; size += size < 14 ? 1 : 997) {
        OSP_CHECK(ask(&f, &must_route, FORM_TYPE, sized("name=file", size), 100) == 204);
        OSP_CHECK(f.forms.held == (size > 10 ? size : 0));
        osp_arena_reset(&f.arena);
        OSP_CHECK(f.forms.held == 0);
    }
    f.forms.max = 500;
    OSP_CHECK(ask(&f, &must_route, FORM_TYPE, sized("name=file", 500), 100) == 204);
    OSP_CHECK(ask(&f, &must_route, FORM_TYPE, sized("name=file", 501), 100) == 503);
    f.forms.folder = -1;
    OSP_CHECK(ask(&f, &must_route, FORM_TYPE, sized("name=file", 10), 100) == 204);
    OSP_CHECK(ask(&f, &must_route, FORM_TYPE, sized("name=file", 11), 100) == 503);
    f.services[0].key = NULL; /* no server: all in memory */
    OSP_CHECK(ask(&f, &must_route, FORM_TYPE, sized("name=file", 5000), 100) == 204);
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(form_parts, "a handler takes the parts itself as they come")
{
    static fixture f;
    fixture_init(&f);
    const osp_str body =
        OSP_STR(PART("name=a", "1\r\n") PART("name=skip; filename=\"/x/y\"", "12345")
                    PART("name=b; filename=c", "") PART("name=d", "\r") END "more");
    for (size_t piece = 0; piece <= body.len; piece++) {
        OSP_CHECK(ask(&f, &tell_route, FORM_TYPE, body, piece) == 200);
        OSP_CHECK_STR(f.ctx.response.bytes, OSP_STR("[a|:1\r\n][skip|y:[b|c:][d|:\r]"));
        OSP_CHECK(piece == 0 || body_left.len == 0);
    }
    OSP_CHECK(ask(&f, &tell_route, FORM_TYPE, (osp_str){ body.ptr, body.len - 10 }, 9) == 400);
    osp_arena_done(&f.arena);
}
