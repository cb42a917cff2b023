/* Parameters: every style there and back, and what each does with what does not fit. */
#include "http/params.h"

#include "tests/unit/fault.h"
#include "tests/unit/round.h"
#include "tests/unit/unit.h"

typedef enum Color { RED = 3, BLUE = 7 } Color;
OSP_ENUM(Color, (RED, "red"), (BLUE, "bl,ue"));
OSP_LIST_OF(Color);

typedef struct Spot {
    osp_str s;
    int64_t n;
    osp_opt_double d;
    Color c;
    osp_opt_str t;
} Spot;
OSP_TYPE(Spot, FIELD(s, .max_len = 64), FIELD(n, .fallback = "5"), FIELD(d), ENUM(c, Color),
         FIELD(t, .name = "t.t"));

typedef struct Box {
    osp_opt_int x;
    osp_opt_int y;
} Box;
static const char *box_good(const Box *box)
{
    return box->x.value > box->y.value ? "must have x up to y" : NULL;
}
OSP_CHECKER(box_good, Box);
OSP_TYPE(Box, FIELD(x, RANGE(0, 99), .needs = "y"), FIELD(y),
         OPTIONS(.additional = OSP_REJECT, CHECK(box_good)));

/* ---------------------------------------------------------------- one parameter of a request */

typedef struct rig {
    char storage[1 << 16];
    char path[1 << 14];
    osp_arena arena;
    osp_issues issues;
    osp_decoding how;
    _Alignas(16) char slot[256];
} rig;

static void begin(rig *r)
{
    osp_arena_init(&r->arena, r->storage, sizeof r->storage, 1 << 22);
    r->issues.count = r->issues.dropped = 0;
    r->how = (osp_decoding){ .arena = &r->arena, .issues = &r->issues };
    memset(r->slot, 0, sizeof r->slot);
}

static osp_status decode(rig *r, const osp_field *field, const char *sent)
{
    return osp_round_read(field, r->slot, osp_str_from(sent), &r->how);
}

/* ---------------------------------------------------------------- there and back */

/* How many values with separators in them have a spelling; plain ones must. */
static size_t round_trips(const osp_field *field)
{
    static rig r;
    size_t odd = 0;
    osp_sampler sampler = { .arena = &r.arena, .state = 7, .param = true };
    for (int i = 0; i < 150; i++) {
        begin(&r);
        sampler.plain = true;
        OSP_CHECK(osp_round_param(&sampler, field));
        sampler.plain = false;
        odd += osp_round_param(&sampler, field);
        osp_arena_done(&r.arena);
    }
    return odd;
}

OSP_UNIT_TEST(params_round_trip, "what is written reads back, of every kind in every style")
{
    static const struct {
        osp_kind kind;
        const osp_type *type;
    } kinds[] = {
        { OSP_KIND_BOOL, NULL },
        { OSP_KIND_INT32, NULL },
        { OSP_KIND_DOUBLE, NULL },
        { OSP_KIND_STR, NULL },
        { OSP_KIND_DATE, NULL },
        { OSP_KIND_ENUM, &osp_type_Color },
        { OSP_KIND_OBJECT, &osp_type_Spot },
        { OSP_KIND_LIST, &osp_type__Bool },
        { OSP_KIND_LIST, &osp_type_int32_t },
        { OSP_KIND_LIST, &osp_type_double },
        { OSP_KIND_LIST, &osp_type_osp_str },
        { OSP_KIND_LIST, &osp_type_osp_date },
        { OSP_KIND_LIST, &osp_type_Color },
    };
    size_t forms = 0;
    for (int source = OSP_SOURCE_PATH; source <= OSP_SOURCE_FORM; source++) {
        for (int style = 0; style < OSP_STYLE_COUNT; style++) {
            for (size_t i = 0; i < 2 * OSP_ARRAY_LEN(kinds); i++) {
                const osp_field field = { .member_ = "a",
                                          .member_len_ = 1,
                                          .kind_ = (uint8_t)kinds[i / 2].kind,
                                          .type_ = kinds[i / 2].type,
                                          .source_ = (uint8_t)source,
                                          .style = (uint8_t)style,
                                          .joined = i % 2 };
                if (osp_param_check(&field) != NULL) {
                    continue;
                }
                forms++;
                OSP_CHECK(round_trips(&field) > 0);
            }
        }
    }
    OSP_CHECK(forms > 300);
}

/* ---------------------------------------------------------------- what is read */

typedef struct All {
    osp_str_list p, pl, pm, q, qj, qs, qp, h, c, cj;
    Box po, qo, qoj, qd, ho;
    int32_t n, hn;
    osp_opt_str s, hs, cs;
    int32_t_list u;
    osp_str_list secret;
    Box hidden;
} All;
OSP_TYPE(All, PATH_LIST(p, osp_str), PATH_LIST(pl, osp_str, .style = OSP_STYLE_LABEL),
         PATH_LIST(pm, osp_str, .style = OSP_STYLE_MATRIX), QUERY_LIST(q, osp_str),
         QUERY_LIST(qj, osp_str, .joined = true), QUERY_LIST(qs, osp_str, .style = OSP_STYLE_SPACE),
         QUERY_LIST(qp, osp_str, .style = OSP_STYLE_PIPE), HEADER_LIST(h, osp_str, .name = "x-h"),
         COOKIE_LIST(c, osp_str), COOKIE_LIST(cj, osp_str, .joined = true),
         PATH_OBJECT(po, Box, .style = OSP_STYLE_MATRIX), QUERY_OBJECT(qo, Box),
         QUERY_OBJECT(qoj, Box, .joined = true), QUERY_OBJECT(qd, Box, .style = OSP_STYLE_DEEP),
         HEADER_OBJECT(ho, Box), QUERY(n, .fallback = "7"), HEADER(hn), QUERY(s), HEADER(hs),
         COOKIE(cs),
         QUERY_LIST(u, int32_t, .unique = true, .min_len = 1, .max_len = 3, EACH(AT_LEAST(1))),
         QUERY_LIST(secret, osp_str, .secret = true, EACH(.max_len = 1)),
         QUERY_OBJECT(hidden, Box, .joined = true, .secret = true));

static const osp_field *field_of(const char *member)
{
    for (uint16_t i = 0; i < osp_type_All.field_count; i++) {
        if (strcmp(osp_type_All.fields[i].member_, member) == 0) {
            OSP_CHECK(osp_param_check(&osp_type_All.fields[i]) == NULL);
            return &osp_type_All.fields[i];
        }
    }
    abort();
}

/* The value in brackets, "-" when not given, or every issue as "name: detail"; "?" without memory.
 */
static osp_str said(rig *r, const char *member, const char *sent, char *out)
{
    const osp_field *field = field_of(member);
    const osp_status status = decode(r, field, sent);
    int len = 0;
    if (status == OSP_E_NOMEM) {
        return OSP_STR("?");
    }
    for (size_t i = 0; i < r->issues.count; i++) {
        OSP_CHECK(strcmp(r->issues.items[i].in, osp_source_name((osp_source)field->source_)) == 0);
        len += sprintf(out + len, "%s%.*s: %.*s", i ? "; " : "", OSP_ARG(r->issues.items[i].where),
                       OSP_ARG(osp_flaw_text(&r->issues.items[i].flaw, NULL, &r->arena)));
    }
    OSP_CHECK((status == OSP_E_TYPE_MISMATCH) == (len != 0));
    if (len != 0) {
        return (osp_str){ out, (size_t)len };
    }
    OSP_CHECK(status == OSP_OK || status == OSP_DONE);
    len = sprintf(out, "%s", status == OSP_DONE ? "-" : "");
    if (field->kind_ == OSP_KIND_LIST) {
        const osp_str_list *list = (const void *)r->slot;
        for (size_t i = 0; i < list->count && field->type_ == &osp_type_osp_str; i++) {
            len += sprintf(out + len, "[%.*s]", OSP_ARG(list->items[i]));
        }
    } else if (field->kind_ == OSP_KIND_OBJECT) {
        const Box *box = (const void *)r->slot;
        len += box->x.is ? sprintf(out + len, "x%d", (int)box->x.value) : 0;
        len += box->y.is ? sprintf(out + len, "y%d", (int)box->y.value) : 0;
    } else if (field->kind_ == OSP_KIND_INT32) {
        len += sprintf(out + len, "%d", *(const int32_t *)(const void *)r->slot);
    } else {
        const osp_opt_str *text = (const void *)r->slot;
        len += text->is ? sprintf(out + len, "[%.*s]", OSP_ARG(text->value)) : 0;
    }
    return (osp_str){ out, (size_t)len };
}

#define WHOLE ": must be a whole number"
#define PAIRS ": must be names and values with \"=\" between them"
#define TURN ": must be names and values in turn"
static const struct {
    const char *member, *sent, *want;
} reads[] = {
    /* A separator that is encoded is data; an encoding is decoded once. */
    { "p", "a,b%2Cc,%252C", "[a][b,c][%2C]" },
    { "p", "a+b,,", "[a+b][][]" },
    { "pl", ".a.b,c%2Ed", "[a][b,c.d]" },
    { "pl", "a", "pl: must begin with \".\"" },
    { "pm", ";pm=a;pm=b%3Bc;pm;pm=", "[a][b;c][][]" },
    { "pm", ";pm=a;px=b", "pm: must have its name before each item" },
    { "pm", ";pmm=a", "pm: must have its name before each item" },
    { "pm", "pm=a", "pm: must begin with \";\"" },
    { "q", "q=a&r=b&q=c%26,d&q=", "[a][c&,d][]" },
    { "q", "q[]=a&q%5B%5D=b", "-" },
    { "q", "", "-" },
    { "qj", "qj=a,b%2Cc,,+", "[a][b,c][][ ]" },
    { "qj", "qj=", "" },
    { "qj", "qj", "" },
    { "qj", "qj=a&qj=b", "qj: is given more than once" },
    { "qs", "qs=a%20b+c%2520", "[a][b][c%20]" },
    { "qp", "qp=a|b%7Cc%7cd%257C", "[a][b][c][d%7C]" },
    { "h", "a , b,,\t%2C \nc", "[a][b][%2C][c]" },
    { "h", "", "" },
    { "h", " , ", "" },
    { "h", NULL, "-" },
    { "c", "b=0; c=1; c=%32", "[1][2]" },
    { "c", "c=\"1; c=2", "c: is not a cookie that RFC 6265 allows" },
    { "c", "b=\"1; c=2", "[2]" },
    { "cj", "cj=1,2%2C", "[1][2,]" },
    { "cj", "cj=%", "cj: is not percent-encoded UTF-8" },
    { "cj", "cj=%ff", "cj: is not percent-encoded UTF-8" },
    { "cj", "cj=1; cj=2", "cj: is given more than once" },
    { "po", ";x=1;y=2", "x1y2" },
    { "po", ";x=1;z=2", "po[y]: is required with x; po[z]: is not known" },
    { "po", ";x", "po[x]" WHOLE "; po[y]: is required with x" },
    { "qo", "y=2&x=1&z=3", "x1y2" },
    { "qo", "x=1&x=2&y=1", "x: is given more than once" },
    { "qo", "x=a", "x" WHOLE "; y: is required with x" },
    { "qo", "z=1", "-" },
    { "qoj", "qoj=y,2,x,%31", "x1y2" },
    { "qoj", "qoj=x,1,y", "qoj" TURN },
    { "qoj", "qoj=x,1,x,2,y,3", "qoj[x]: is given more than once" },
    { "qoj", "qoj=x,2,y,1", "qoj: must have x up to y" },
    { "qoj", "qoj=", "" },
    { "qd", "qd[x]=1&qd%5By%5D=2&qd=3&qdd[x]=4&x=5", "x1y2" },
    { "qd", "qd[x][y]=1", "qd: is nested too deeply" },
    { "qd", "qd[x]=1&qd[y]=1&qd[]=2", "qd[]: is not known" },
    { "qd", "qd[x]=100&qd[y]=101", "qd[x]: must be at most 99" },
    { "qd", "qd[x]=1&qd[x]=1&qd[y]=1", "qd[x]: is given more than once" },
    { "qd", "qd=1", "-" },
    { "ho", "x=1 , y=2,", "x1y2" },
    { "ho", "x=1\ny=2", "x1y2" },
    { "ho", "x", "ho" PAIRS },
    { "n", "", "-7" },
    { "n", "n=", "n" WHOLE },
    { "n", "n=1&n=1", "n: is given more than once" },
    { "n", "n=%31", "1" },
    { "hn", NULL, "hn: is required" },
    { "hn", "", "hn" WHOLE },
    { "hn", "1\n1", "hn: is given more than once" },
    { "s", "", "-" },
    { "s", "s", "[]" },
    { "s", "s=a%2Cb", "[a,b]" },
    { "hs", NULL, "-" },
    { "hs", "", "[]" },
    { "hs", "%41", "[%41]" },
    { "hs", "\xff", "hs: must be valid UTF-8" },
    { "cs", "", "-" },
    { "cs", "cs=", "[]" },
    { "cs", "cs=\"a+%20\"", "[\"a+ \"]" },
    { "cs", "cs=1; cs=2", "cs: is given more than once" },
    { "cs", "CS=1", "-" },
    { "u", "u=1&u=2", "" },
    { "u", "", "u: must have at least 1 item" },
    { "u", "u=1&u=2&u=3&u=4", "u: must have at most 3 items" },
    { "u", "u=1&u=2&u=1", "u: must not have an item twice" },
    { "u", "u=1&u=a&u=0", "u[1]" WHOLE "; u[2]: must be at least 1" },
    { "secret", "secret=hunter2", "secret[0]: must be at most 1 character long" },
    { "hidden", "hidden=hunter2,1", "hidden: is not known" },
};

OSP_UNIT_TEST(params_reads, "each style reads what it says, and refuses the rest by name")
{
    static rig r;
    for (size_t i = 0; i < OSP_ARRAY_LEN(reads); i++) {
        char out[1024];
        begin(&r);
        const osp_str got = said(&r, reads[i].member, reads[i].sent, out);
        if (!osp_str_equal(got, osp_str_from(reads[i].want))) {
            fprintf(stderr, "%s \"%s\": got \"%.*s\", want \"%s\"\n", reads[i].member,
                    reads[i].sent ? reads[i].sent : "(none)", OSP_ARG(got), reads[i].want);
            exit(1);
        }
        osp_arena_done(&r.arena);
    }
}

/* ---------------------------------------------------------------- what is written */

OSP_UNIT_TEST(params_writes, "each style writes as OpenAPI shows it")
{
    static osp_str words[] = { { "a", 1 }, { "b,c", 3 } };
    static const struct {
        const char *member, *want;
    } cases[] = {
        { "p", "a,b%2Cc" },         { "pl", ".a.b%2Cc" },
        { "pm", ";pm=a;pm=b%2Cc" }, { "q", "q=a&q=b%2Cc" },
        { "qj", "qj=a,b%2Cc" },     { "qs", "qs=a%20b%2Cc" },
        { "qp", "qp=a%7Cb%2Cc" },   { "c", "c=a; c=b%2Cc" },
        { "cj", "cj=a,b%2Cc" },     { "po", ";x=1;y=2" },
        { "qo", "x=1&y=2" },        { "qoj", "qoj=x,1,y,2" },
        { "ho", "x,1,y,2" },        { "qd", "qd%5Bx%5D=1&qd%5By%5D=2" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_field field = *field_of(cases[i].member);
        field.joined = field.joined || strcmp(cases[i].member, "ho") == 0;
        const osp_str_list list = { words, 2 };
        const Box box = { SET(1), SET(2) };
        char storage[64];
        osp_buf out;
        osp_buf_init(&out, storage, sizeof storage, sizeof storage);
        OSP_CHECK(osp_param_write(&field, field.kind_ == OSP_KIND_LIST ? (const void *)&list : &box,
                                  &out) == OSP_OK);
        OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), osp_str_from(cases[i].want));
    }
}

OSP_UNIT_TEST(params_unwritable, "what has no spelling is refused, and a secret is never written")
{
    static osp_str one[] = { { NULL, 0 } };
    static const struct {
        const char *member, *text;
        osp_status want;
    } cases[] = {
        { "p", "", OSP_E_INVALID },
        { "p", ".", OSP_E_INVALID },
        { "p", "..", OSP_E_INVALID },
        { "p", "a/b", OSP_E_INVALID },
        { "p", "\n", OSP_E_INVALID },
        { "pl", "", OSP_E_INVALID },
        { "pl", ".", OSP_OK },
        { "pm", "", OSP_OK },
        { "qj", "", OSP_E_INVALID },
        { "qs", "a b", OSP_E_INVALID },
        { "qp", "a|b", OSP_E_INVALID },
        { "h", "a,b", OSP_E_INVALID },
        { "h", " a", OSP_E_INVALID },
        { "h", "", OSP_E_INVALID },
        { "h", "a\r\nb", OSP_E_INVALID },
        { "q", "\xff", OSP_E_INVALID },
        { "q", "\n", OSP_OK },
        { "secret", "a", OSP_DONE },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        one[0] = osp_str_from(cases[i].text);
        const osp_str_list list = { one, 1 };
        char storage[64] = "x";
        osp_buf out;
        osp_buf_init(&out, storage, sizeof storage, sizeof storage);
        out.len = 1;
        OSP_CHECK(osp_param_write(field_of(cases[i].member), &list, &out) == cases[i].want);
        OSP_CHECK((out.len == 1) == (cases[i].want != OSP_OK) && storage[0] == 'x');
    }
    osp_buf small;
    char storage[4];
    osp_buf_init(&small, storage, sizeof storage, sizeof storage);
    one[0] = OSP_STR("long");
    OSP_CHECK(osp_param_write(field_of("q"), &(osp_str_list){ one, 1 }, &small) == OSP_E_LIMIT);
    OSP_CHECK(osp_param_write(field_of("q"), &(osp_str_list){ one, 0 }, &small) == OSP_DONE);
}

/* ---------------------------------------------------------------- limits */

static char *repeated(const char *piece, size_t count)
{
    char *text = calloc(count, strlen(piece) + 1);
    OSP_CHECK(text != NULL);
    for (char *at = text; count > 0; count--) {
        at = stpcpy(at, piece);
    }
    return text;
}

OSP_UNIT_TEST(params_limits, "items, pairs and cookies have limits")
{
    static rig r;
    static const struct {
        const char *member, *front, *piece;
    } cases[] = {
        { "qj", "qj=", "," }, { "q", "", "q&" }, { "cj", "cj=", "," }, { "h", "", "a," }
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const bool ends =
            cases[i].front[0] != 0 || cases[i].member[0] == 'h'; /* n separators: n + 1 */
        for (size_t over = 0; over < 2; over++) {
            char text[4096];
            char *pieces = repeated(cases[i].piece, OSP_PARAM_ITEMS_MAX - ends + over);
            snprintf(text, sizeof text, "%s%s", cases[i].front, pieces);
            free(pieces);
            begin(&r);
            const osp_status got = decode(&r, field_of(cases[i].member), text);
            OSP_CHECK(got == (over ? OSP_E_TYPE_MISMATCH : OSP_OK));
            OSP_CHECK(over == 0 || r.issues.items[0].flaw.says->code == OSP_ISSUE_MAX_ITEMS);
            osp_arena_done(&r.arena);
        }
    }
    begin(&r);
    osp_params params;
    char *text = repeated("a&", 5);
    OSP_CHECK(osp_params_read(osp_str_from(text), 5, &r.arena, &params) == OSP_OK);
    OSP_CHECK(params.count == 5);
    OSP_CHECK(osp_params_read(osp_str_from(text), 4, &r.arena, &params) == OSP_E_LIMIT);
    OSP_CHECK(osp_params_read(OSP_STR("a=%4"), 4, &r.arena, &params) == OSP_E_URI);
    OSP_CHECK(osp_params_read(OSP_STR(""), 4, &r.arena, &params) == OSP_OK && params.count == 0);
    free(text);
    for (size_t over = 0; over < 2; over++) {
        char *cookies = repeated("a=1;", OSP_COOKIES_MAX + over);
        const osp_header_field header = { { "cOOKIE", 6 }, osp_str_from(cookies) };
        OSP_CHECK(osp_params_cookies(&header, 1, &r.arena, &params) ==
                  (over ? OSP_E_LIMIT : OSP_OK));
        free(cookies);
    }
    osp_arena_done(&r.arena);
}

OSP_UNIT_TEST(params_many_issues, "items are read until so many are bad as can be told")
{
    static rig r;
    begin(&r);
    osp_field field = *field_of("u");
    field.max_len = 0;
    char *text = repeated("u=x&", 3 * OSP_ISSUES_MAX);
    OSP_CHECK(decode(&r, &field, text) == OSP_E_TYPE_MISMATCH);
    OSP_CHECK(r.issues.count == OSP_ISSUES_MAX && r.issues.dropped == 0);
    free(text);
    osp_arena_done(&r.arena);
}

/* One of `reads`, and what is sent again of its value. */
typedef struct passage {
    rig r;
    const char *member, *sent, *want;
    char out[1024];
    osp_str got;
    size_t wrong; /* issues */
    osp_buf text;
    osp_status written;
} passage;

static void begin_passage(void *arg)
{
    passage *p = arg;
    begin(&p->r);
    osp_buf_init(&p->text, NULL, 0, 1 << 16);
}

static void pass(void *arg)
{
    passage *p = arg;
    const osp_field *field = field_of(p->member);
    p->got = said(&p->r, p->member, p->sent, p->out);
    p->written = p->r.issues.count == 0 && !osp_str_equal(p->got, S("?"))
                     ? osp_param_write(field, p->r.slot, &p->text)
                     : OSP_DONE;
}

static void judge_passage(void *arg, bool starved)
{
    passage *p = arg;
    const bool short_of =
        osp_str_equal(p->got, S("?")) || p->written == OSP_E_NOMEM || p->written == OSP_E_LIMIT;
    OSP_CHECK(!short_of || starved);
    /* Sentences may be plainer, but as many things are wrong; a value is the whole one. */
    OSP_CHECK(osp_str_equal(p->got, S("?")) || p->r.issues.count == p->wrong);
    OSP_CHECK(osp_str_equal(p->got, S("?")) || (p->wrong != 0 && starved) ||
              osp_str_equal(p->got, osp_str_from(p->want)));
    OSP_CHECK(p->written == OSP_OK || p->text.len == 0);
    osp_buf_done(&p->text);
    osp_arena_done(&p->r.arena);
}

OSP_UNIT_TEST(params_memory, "whichever allocation fails, reading and writing say so")
{
    static passage p;
    size_t starved = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(reads); i++) {
        p.member = reads[i].member;
        p.sent = reads[i].sent;
        p.want = reads[i].want;
        begin_passage(&p);
        pass(&p);
        p.wrong = p.r.issues.count;
        judge_passage(&p, false);
        starved += osp_fault_each(&(osp_fault_trial){
            .begin = begin_passage, .work = pass, .judge = judge_passage, .arg = &p });
    }
    OSP_CHECK(starved > OSP_ARRAY_LEN(reads));
}

OSP_UNIT_TEST(params_check, "a field that no request could fill is named")
{
    static const struct {
        osp_source source;
        osp_kind kind;
        const osp_type *type;
        osp_style style;
        bool joined, good;
    } cases[] = {
        { OSP_SOURCE_QUERY, OSP_KIND_INT32, NULL, OSP_STYLE_DEFAULT, false, true },
        { OSP_SOURCE_QUERY, OSP_KIND_JSON, NULL, OSP_STYLE_DEFAULT, false, false },
        { OSP_SOURCE_QUERY, OSP_KIND_LIST, &osp_type_osp_str, OSP_STYLE_SIMPLE, false, false },
        { OSP_SOURCE_QUERY, OSP_KIND_LIST, &osp_type_osp_str, OSP_STYLE_DEEP, false, false },
        { OSP_SOURCE_QUERY, OSP_KIND_LIST, &osp_type_Box, OSP_STYLE_DEFAULT, false, false },
        { OSP_SOURCE_QUERY, OSP_KIND_OBJECT, &osp_type_Box, OSP_STYLE_DEEP, false, true },
        { OSP_SOURCE_QUERY, OSP_KIND_OBJECT, &osp_type_Box, OSP_STYLE_DEEP, true, false },
        { OSP_SOURCE_QUERY, OSP_KIND_OBJECT, &osp_type_All, OSP_STYLE_FORM, false, false },
        { OSP_SOURCE_HEADER, OSP_KIND_LIST, &osp_type_osp_str, OSP_STYLE_PIPE, false, false },
        { OSP_SOURCE_COOKIE, OSP_KIND_LIST, &osp_type_osp_str, OSP_STYLE_SIMPLE, false, false },
        { OSP_SOURCE_PATH, OSP_KIND_LIST, &osp_type_osp_str, OSP_STYLE_FORM, false, false },
        { OSP_SOURCE_PATH, OSP_KIND_MAP, &osp_type_osp_str, OSP_STYLE_DEFAULT, false, false },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_field field = { .source_ = (uint8_t)cases[i].source,
                                  .kind_ = (uint8_t)cases[i].kind,
                                  .type_ = cases[i].type,
                                  .style = (uint8_t)cases[i].style,
                                  .joined = cases[i].joined };
        OSP_CHECK((osp_param_check(&field) == NULL) == cases[i].good);
    }
}
