/* Bodies of multipart/form-data: parts, names, every split, the limits. */
#include "wire/multipart.h"

#include "tests/unit/unit.h"

#define OUT_SIZE 8192
#define HEAD(disposition) "--X\r\nContent-Disposition: form-data; " disposition "\r\n\r\n"

typedef struct told {
    char text[OUT_SIZE];
    size_t len;
    bool in_content;
} told;

static void add(told *t, const char *text, size_t len)
{
    OSP_CHECK(len < sizeof t->text - t->len);
    memcpy(t->text + t->len, text, len);
    t->len += len;
}

static void add_text(told *t, osp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char byte = text.ptr[i];
        const char *name = byte == '\r' ? "\\r" : byte == '\n' ? "\\n" : byte == 0 ? "\\0" : NULL;
        add(t, name != NULL ? name : &text.ptr[i], name != NULL ? 2 : 1);
    }
}

static void add_part(told *t, const osp_multipart_part *part)
{
    add(t, "[", 1);
    add_text(t, part->name);
    if (part->file_name.ptr != NULL) {
        add(t, "|", 1);
        add_text(t, part->file_name);
    }
    if (part->media_type.len > 0) {
        add(t, "|", 1);
        add_text(t, part->media_type);
    }
    add(t, ":", 1);
}

/* What a piece of the body says; false when it is the last that is read. */
static osp_status feed(osp_multipart *m, told *t, osp_str piece)
{
    for (;;) {
        osp_multipart_event event;
        osp_str content;
        const osp_status status = osp_multipart_next(m, &piece, &event, &content);
        if (status != OSP_OK) {
            OSP_CHECK((status != OSP_AGAIN && status != OSP_DONE) || piece.len == 0);
            return status;
        }
        if (event == OSP_MULTIPART_PART) {
            add_part(t, &m->part);
        } else if (event == OSP_MULTIPART_CONTENT) {
            OSP_CHECK(content.len > 0);
            add_text(t, content);
        } else {
            add(t, "]", 1);
        }
    }
}

/* The events of a body that comes in three pieces; a failure says its reason. */
static osp_str read_split(osp_str body, size_t first, size_t second, told *t)
{
    osp_multipart m;
    OSP_CHECK(osp_multipart_init(&m, OSP_STR("multipart/form-data; boundary=X")) == OSP_OK);
    t->len = 0;
    osp_status status = feed(&m, t, (osp_str){ body.ptr, first });
    status = status < 0 ? status : feed(&m, t, (osp_str){ body.ptr + first, second - first });
    status = status < 0 ? status : feed(&m, t, (osp_str){ body.ptr + second, body.len - second });
    const osp_status end = osp_multipart_end(&m);
    OSP_CHECK((status < 0 || end < 0) == (m.reason != NULL));
    if (m.reason != NULL) {
        add(t, "!", 1);
        add(t, m.reason, strlen(m.reason));
    }
    return (osp_str){ t->text, t->len };
}

static osp_str read_whole(osp_str body, told *t)
{
    return read_split(body, body.len, body.len, t);
}

static const struct {
    const char *body, *want;
} bodies[] = {
    { "--X--\r\n", "" },
    { "--X--", "" },
    { "\r\n--X--", "" },
    { HEAD("name=a") "1\r\n--X--", "[a:1]" },
    { HEAD("name=a") "1\r\n--X--\r\nepilogue\r\n--X\r\n", "[a:1]" },
    { "preamble --X\r\n-"
      "\r\n" HEAD("name=a") "1\r\n--X--",
      "[a:1]" },
    { HEAD("name=a") "\r\n--X--", "[a:]" },
    { HEAD("name=a") "-1\r\n--X--", "[a:-1]" },
    { HEAD("name=a") "--\r\n--X--", "[a:--]" },
    { HEAD("name=a") "\r\n\r\n--X--", "[a:\\r\\n]" },
    { HEAD("name=a") "\r\n-\r\n--\r\r\n--X--", "[a:\\r\\n-\\r\\n--\\r]" },
    { HEAD("name=a") "\r\r\r\n\n--X\r\n\r\n--X--", "[a:\\r\\r\\r\\n\\n--X\\r\\n]" },
    { HEAD("name=a") "1\r\n" HEAD("name=b") "2\r\n--X--", "[a:1][b:2]" },
    { HEAD("name=a") "1\r\n--X \t \r\nContent-Disposition:form-data;name=b\r\n\r\n2\r\n--X--\t",
      "[a:1][b:2]" },
    { HEAD("name=\"a b\"; filename=\"c;d.txt\"") "1\r\n--X--", "[a b|c;d.txt:1]" },
    { HEAD("name=a; filename=\"\"") "\r\n--X--", "[a|:]" },
    { HEAD("name=\"\"") "1\r\n--X--", "[:1]" },
    { HEAD("name=\"a%22%0D%0A%0d%0a%25%2\"") "1\r\n--X--", "[a\"\\r\\n\\r\\n%25%2:1]" },
    { HEAD("name=a; filename=\"C:\\dir\\file\"") "1\r\n--X--", "[a|C:\\dir\\file:1]" },
    { HEAD("name=a; filename=\"\\\"\\\\\\\"\"") "1\r\n--X--", "[a|\"\\\":1]" },
    { HEAD("name=a; filename=\"n\xc3\xa4me\"") "1\r\n--X--", "[a|n\xc3\xa4me:1]" },
    { HEAD("name=a; filename=x; filename*=UTF-8'de'n%c3%A4me") "1\r\n--X--", "[a|n\xc3\xa4me:1]" },
    { HEAD("name=a; filename*=utf-8''x") "1\r\n--X--", "[a|x:1]" },
    { HEAD("name=a ;size=3 ; other=\"\"") "1\r\n--X--", "[a:1]" },
    { "--X\r\ncontent-TYPE: \t text/plain; charset=utf-8 \t\r\nX-Other:\r\n"
      "Content-Transfer-Encoding: Binary\r\nCONTENT-disposition:form-data; NAME=a; fileName=b\r\n"
      "\r\n1\r\n--X--",
      "[a|b|text/plain; charset=utf-8:1]" },
};

OSP_UNIT_TEST(multipart_bodies, "parts come with names, media types and content")
{
    static told t;
    for (size_t i = 0; i < OSP_ARRAY_LEN(bodies); i++) {
        OSP_CHECK_STR(read_whole(osp_str_from(bodies[i].body), &t), osp_str_from(bodies[i].want));
    }
}

OSP_UNIT_TEST(multipart_splits, "a body may come in any two or three pieces, or byte by byte")
{
    static told t;
    for (size_t i = 0; i < OSP_ARRAY_LEN(bodies); i++) {
        const osp_str body = osp_str_from(bodies[i].body), want = osp_str_from(bodies[i].want);
        for (size_t first = 0; first <= body.len; first++) {
            for (size_t second = first; second <= body.len; second++) {
                OSP_CHECK_STR(read_split(body, first, second, &t), want);
            }
        }
        osp_multipart m;
        OSP_CHECK(osp_multipart_init(&m, OSP_STR("multipart/form-data; boundary=X")) == OSP_OK);
        t.len = 0;
        for (size_t at = 0; at < body.len; at++) {
            OSP_CHECK(feed(&m, &t, (osp_str){ body.ptr + at, 1 }) >= 0);
        }
        OSP_CHECK_STR(((osp_str){ t.text, t.len }), want);
    }
}

#define ONE_DISPOSITION "!A part must have one Content-Disposition, form-data."
#define MALFORMED "!The Content-Disposition of a part is malformed."
#define HEADER "!A part has a malformed header."
#define NO_END "!The form ends without its last boundary."
#define BEHIND "!A boundary is followed by something else."

static const struct {
    const char *body, *want;
} malformed[] = {
    { "", NO_END },
    { "text", NO_END },
    { "--Y--", NO_END },
    { "--X", NO_END },
    { "--X-", NO_END },
    { "-X\r\n--X-\r\n", BEHIND },
    { "--Xa\r\n", BEHIND },
    { "--X -\r\n", BEHIND },
    { "--X\n", BEHIND },
    { "--X\r\r\n", BEHIND },
    { HEAD("name=a") "1", "[a:1" NO_END },
    { HEAD("name=a") "1\r\n--X", "[a:1]" NO_END },
    { HEAD("name=a") "1\n--X--", "[a:1\\n--X--" NO_END },
    { HEAD("name=a") "1\r\n--XY--", "[a:1]" BEHIND },
    { HEAD("name=a") "--X--", "[a:!A boundary must follow a line end of its own." },
    { "--X\r\n\r\n", ONE_DISPOSITION },
    { "--X\r\nContent-Type: a/b\r\n\r\n", ONE_DISPOSITION },
    { "--X\r\nContent-Disposition: attachment; name=a\r\n\r\n", ONE_DISPOSITION },
    { "--X\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b"
      "\r\n\r\n",
      ONE_DISPOSITION },
    { HEAD("filename=a"), "!A part must have a name." },
    { HEAD("name=a; name=a"), MALFORMED },
    { HEAD("name=a; filename=a; filename=a"), MALFORMED },
    { HEAD("name=a; filename*=utf-8''a; filename*=utf-8''a"), MALFORMED },
    { HEAD("name=a; filename*=latin1''a"), MALFORMED },
    { HEAD("name=a; filename*=utf-8''%zz"), MALFORMED },
    { HEAD("name=a; filename*=utf-8''%4"), MALFORMED },
    { HEAD("name=a; filename*=\"utf-8''a\""), MALFORMED },
    { HEAD("name=\"a"), MALFORMED },
    { HEAD("name=\"a\\\""), MALFORMED },
    { HEAD("name=\"a\"b"), MALFORMED },
    { HEAD("name="), MALFORMED },
    { HEAD("name"), MALFORMED },
    { HEAD("name=a b"), MALFORMED },
    { HEAD("name=a;"), MALFORMED },
    { HEAD("name=a;;filename=b"), MALFORMED },
    { HEAD("name=\xc3\xa4"), MALFORMED },
    { HEAD("name=\"\xff\""), "!The names of a part must be UTF-8." },
    { HEAD("name=a; filename*=utf-8''%ff"), "!The names of a part must be UTF-8." },
    { "--X\r\n: a\r\n\r\n", HEADER },
    { "--X\r\nName : a\r\n\r\n", HEADER },
    { "--X\r\n folded: a\r\n\r\n", HEADER },
    { "--X\r\nno colon\r\n\r\n", HEADER },
    { "--X\r\na: b\n\r\n", HEADER },
    { "--X\r\na: b\rc\r\n\r\n", HEADER },
    { "--X\r\na: \x7f\r\n\r\n", HEADER },
    { "--X\r\na: \x01\r\n\r\n", HEADER },
    { "--X\r\nContent-Type: a\xc3\xa4\r\n\r\n", HEADER },
    { HEAD("name=a") "1\r\n--X---", "[a:1]" BEHIND },
    { HEAD("name=a") "1\r\n--X-- a", "[a:1]" BEHIND },
    { HEAD("name=a") "1\r\n--X--\n", "[a:1]" BEHIND },
    { HEAD("name=a") "1\r\n--X--\r", "[a:1]" NO_END },
    { "--X\r\nContent-Type: a\r\nContent-Type: a\r\n\r\n",
      "!A part has more than one Content-Type." },
    { "--X\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      "!The Content-Transfer-Encoding of a part must be binary." },
};

OSP_UNIT_TEST(multipart_malformed, "what two readers could take differently is refused")
{
    static told t;
    for (size_t i = 0; i < OSP_ARRAY_LEN(malformed); i++) {
        const osp_str body = osp_str_from(malformed[i].body);
        for (size_t first = 0; first <= body.len; first++) {
            OSP_CHECK_STR(read_split(body, first, body.len, &t), osp_str_from(malformed[i].want));
        }
    }
}

OSP_UNIT_TEST(multipart_boundary, "the boundary is one, of the characters that are allowed")
{
    static const struct {
        const char *type;
        bool is, good;
    } cases[] = {
        { "multipart/form-data; boundary=X", true, true },
        { "Multipart/Form-Data;BOUNDARY=\"X Y\"", true, true },
        { "multipart/form-data ; charset=utf-8; boundary=----WebKitFormBoundaryAa0'+_.", true,
          true },
        { "multipart/form-data; boundary=\"a(),/:=?\"", true, true },
        { "multipart/form-data;; boundary=X;", true, true },
        { "multipart/form-data", true, false },
        { "multipart/form-data;", true, false },
        { "multipart/form-data; boundary=", true, false },
        { "multipart/form-data; boundary=\"\"", true, false },
        { "multipart/form-data; boundary=\"X \"", true, false },
        { "multipart/form-data; boundary=\"X\\\"\"", true, false },
        { "multipart/form-data; boundary=\"X", true, false },
        { "multipart/form-data; boundary=X!", true, false },
        { "multipart/form-data; boundary=X; boundary=X", true, false },
        { "multipart/form-data; boundary=a/b", true, false },
        { "multipart/mixed; boundary=X", false, true },
        { "multipart/form-datax", false, false },
        { "", false, false },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_multipart m;
        const osp_str type = osp_str_from(cases[i].type);
        OSP_CHECK(osp_multipart_is(type) == cases[i].is);
        OSP_CHECK(osp_multipart_init(&m, type) == (cases[i].good ? OSP_OK : OSP_E_INVALID));
    }
    char type[128];
    for (int over = 0; over < 2; over++) {
        osp_multipart m;
        const int len = snprintf(type, sizeof type, "multipart/form-data; boundary=%0*d",
                                 OSP_MULTIPART_BOUNDARY_MAX + over, 1);
        OSP_CHECK(osp_multipart_init(&m, (osp_str){ type, (size_t)len }) ==
                  (over == 0 ? OSP_OK : OSP_E_INVALID));
    }
}

/* The outcome of a body whose pieces are these. */
static osp_status outcome(osp_str a, osp_str b, osp_str c)
{
    static told t;
    osp_multipart m;
    OSP_CHECK(osp_multipart_init(&m, OSP_STR("multipart/form-data; boundary=X")) == OSP_OK);
    t.len = 0;
    osp_status status = feed(&m, &t, a);
    status = status < 0 ? status : feed(&m, &t, b);
    status = status < 0 ? status : feed(&m, &t, c);
    if (status < 0) { /* and no more is taken */
        osp_str more = OSP_STR("\r\n--X--");
        osp_multipart_event event;
        osp_str content;
        OSP_CHECK(osp_multipart_next(&m, &more, &event, &content) < 0);
        OSP_CHECK(osp_multipart_end(&m) < 0 && m.reason != NULL);
        return status;
    }
    return osp_multipart_end(&m);
}

OSP_UNIT_TEST(multipart_limits, "heads and blanks have limits")
{
    static char filler[OSP_MULTIPART_HEAD_MAX];
    static const osp_str named = { "Content-Disposition: form-data; name=a\r\nA:", 42 };
    for (size_t over = 0; over < 2; over++) {
        memset(filler, 'x', sizeof filler);
        const size_t size = OSP_MULTIPART_HEAD_MAX - named.len - 4 + over;
        OSP_CHECK(outcome(osp_str_from("--X\r\nContent-Disposition: form-data; name=a\r\nA:"),
                          (osp_str){ filler, size },
                          OSP_STR("\r\n\r\n\r\n--X--")) == (over == 0 ? OSP_OK : OSP_E_LIMIT));
        memset(filler, ' ', sizeof filler);
        OSP_CHECK(outcome(OSP_STR("--X"), (osp_str){ filler, OSP_MULTIPART_PADDING_MAX + over },
                          OSP_STR("\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--X--")) ==
                  (over == 0 ? OSP_OK : OSP_E_LIMIT));
        size_t len = 0;
        for (size_t i = 1; i < OSP_MULTIPART_HEADERS_MAX + over; i++) {
            memcpy(filler + len, "A:\r\n", 4);
            len += 4;
        }
        OSP_CHECK(outcome(OSP_STR("--X\r\nContent-Disposition: form-data; name=a\r\n"),
                          (osp_str){ filler, len },
                          OSP_STR("\r\n\r\n--X--")) == (over == 0 ? OSP_OK : OSP_E_LIMIT));
    }
}
