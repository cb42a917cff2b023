/* Accept and its kin, by the rules of RFC 9110 section 12.5. */
#include "http/accept.h"

#include "tests/unit/unit.h"

#define OFFERS_MAX 8

/* What is chosen of offers that commas separate; "" when none is.  header: NULL: not sent. */
static void chooses(osp_accept_kind kind, const char *header, const char *offers, const char *want)
{
    char storage[256];
    const char *list[OFFERS_MAX];
    size_t count = 0;
    OSP_CHECK(strlen(offers) < sizeof storage);
    memcpy(storage, offers, strlen(offers) + 1);
    for (char *at = storage; at != NULL && count < OFFERS_MAX;) {
        list[count++] = at;
        at = strchr(at, ',');
        if (at != NULL) {
            *at++ = 0;
        }
    }
    const osp_header_field field = { osp_accept_header(kind), osp_str_from(header) };
    const osp_request request = { .headers = &field, .header_count = header != NULL };
    osp_accept accept;
    osp_accept_read(&request, kind, &accept);
    const size_t chosen = osp_accept_choose(&accept, list, count);
    OSP_CHECK(chosen <= count);
    const char *got = chosen < count ? list[chosen] : "";
    if (strcmp(got, want) != 0) {
        fprintf(stderr, "%s of %s: \"%s\", not \"%s\"\n", header, offers, got, want);
        exit(1);
    }
}

OSP_UNIT_TEST(accept_media, "the media type of the best quality, by the closest range (12.5.1)")
{
    static const struct {
        const char *header, *offers, *want;
    } cases[] = {
        { NULL, "a/b,c/d", "a/b" },
        { "", "a/b,c/d", "a/b" },
        { "*/*", "a/b,c/d", "a/b" },
        { "c/d", "a/b,c/d", "c/d" },
        { "C/D", "a/b,c/d", "c/d" },
        { "c/*", "a/b,c/d", "c/d" },
        { "x/y", "a/b,c/d", "" },
        { "a/b;q=0", "a/b,c/d", "" },
        { "a/b;q=0, */*;q=0.1", "a/b,c/d", "c/d" },
        { "a/*, a/b;q=0", "a/b,a/c", "a/c" },
        { "a/b;q=0.5, c/d;q=0.6", "a/b,c/d", "c/d" },
        { "a/b;q=0.5, c/d;q=0.5", "c/d,a/b", "a/b" },
        { "*/*, c/d", "a/b,c/d", "c/d" },
        { "a/b;q=0.3, a/b;q=0.7, c/d;q=0.5", "c/d,a/b", "a/b" },
        { "text/*;q=0.3, text/html;q=0.7, text/html;level=1, text/html;level=2;q=0.4, */*;q=0.5",
          "text/html;level=2,text/html,text/html;level=1", "text/html;level=1" },
        { "text/html;level=2", "text/html,text/html;level=2", "text/html;level=2" },
        { "text/html;level=*", "text/html,text/plain", "text/html" },
        { "a/b;v=\"x,y\"", "a/b;v=\"x", "" }, /* a comma within quotes ends nothing */
        { "a/b;x=\"\\\",c/d\"", "c/d", "" },
        { "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
          "application/json,text/html", "text/html" },
        /* what cannot be read is passed over */
        { "a, c/d", "a/b,c/d", "c/d" },
        { "/b, c/d", "a/b,c/d", "c/d" },
        { "a/, c/d", "a/b,c/d", "c/d" },
        { "*/b, c/d", "a/b,c/d", "c/d" },
        { "a/b;q=2, c/d;q=0.1", "a/b,c/d", "c/d" },
        { "a/b;q=, c/d;q=0.1", "a/b,c/d", "c/d" },
        { "a/b;q=0.1234, c/d;q=0.1", "a/b,c/d", "c/d" },
        { "nothing", "a/b,c/d", "a/b" },
        { ",;, ,", "a/b", "a/b" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        chooses(OSP_ACCEPT_MEDIA_TYPE, cases[i].header, cases[i].offers, cases[i].want);
    }
}

OSP_UNIT_TEST(accept_language, "a tag, one within the range, one around it (12.5.4, RFC 4647 3)")
{
    static const struct {
        const char *header, *offers, *want;
    } cases[] = {
        { NULL, "en,de", "en" },
        { "de", "en,de", "de" },
        { "DE", "en,de", "de" },
        { "de-CH", "en,de", "de" },
        { "de", "en,de-CH", "de-CH" },
        { "de", "de-CH,de", "de" },
        { "d", "en,de", "" },
        { "de", "en,deu", "" },
        { "zh-Hant-TW", "zh,zh-Hant", "zh-Hant" },
        { "fr, en;q=0.1", "de,en", "en" },
        { "*;q=0.5, de;q=0", "de,en", "en" },
        { "en, *;q=0.1", "fr,en", "en" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        chooses(OSP_ACCEPT_LANGUAGE, cases[i].header, cases[i].offers, cases[i].want);
    }
}

OSP_UNIT_TEST(accept_encoding, "identity is accepted unless it is refused (12.5.3)")
{
    static const struct {
        const char *header, *offers, *want;
    } cases[] = {
        { NULL, "gzip,identity", "identity" },
        { "", "gzip,identity", "identity" },
        { "gzip", "br,gzip,identity", "gzip" },
        { "gzip", "br", "" },
        { "gzip;q=0.5, br;q=0.9", "gzip,br,identity", "br" },
        { "*", "br,identity", "br" },
        { "*;q=0", "br,identity", "" },
        { "identity;q=0, gzip;q=0.1", "identity,gzip", "gzip" },
        { "gzip;q=0", "gzip,identity", "identity" },
        { "gzip;q=0.2", "identity,gzip", "gzip" },
        { "X-gzip", "br,gzip", "gzip" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        chooses(OSP_ACCEPT_ENCODING, cases[i].header, cases[i].offers, cases[i].want);
    }
}

OSP_UNIT_TEST(accept_limit, "so many ranges are read, over all lines, and no more")
{
    for (int over = 0; over < 2; over++) {
        char lines[2][OSP_ACCEPT_RANGES_MAX * 5 + 16];
        const int half = OSP_ACCEPT_RANGES_MAX / 2;
        for (int line = 0; line < 2; line++) {
            size_t len = 0;
            for (int i = 0; i < half - (line == 1 && over == 0); i++) {
                len += (size_t)snprintf(lines[line] + len, 8, "x/y, ");
            }
            snprintf(lines[line] + len, 8, line == 1 ? "a/b" : " ");
        }
        const osp_header_field fields[] = { { S("accept"), osp_str_from(lines[0]) },
                                            { S("ACCEPT"), osp_str_from(lines[1]) } };
        const osp_request request = { .headers = fields, .header_count = 2 };
        const char *offer = "a/b";
        osp_accept accept;
        osp_accept_read(&request, OSP_ACCEPT_MEDIA_TYPE, &accept);
        OSP_CHECK(accept.count == OSP_ACCEPT_RANGES_MAX);
        OSP_CHECK(osp_accept_choose(&accept, &offer, 1) == (over ? 1 : 0));
    }
}

static void takes(osp_codings *codings, const osp_header_field *lines, uint32_t count)
{
    static const osp_str asked[] = { { "br", 2 },   { "gzip", 4 }, { "identity", 8 },
                                     { "zstd", 4 }, { "lz4", 3 },  { "x-gzip", 6 } };
    const osp_request request = { .headers = lines, .header_count = count };
    osp_accept accept;
    osp_accept_read(&request, OSP_ACCEPT_ENCODING, &accept);
    osp_codings_take(codings, &request);
    for (size_t i = 0; i < OSP_ARRAY_LEN(asked); i++) {
        OSP_CHECK(osp_codings_quality(codings, asked[i]) == osp_accept_coding(&accept, asked[i]));
    }
}

OSP_UNIT_TEST(accept_codings_kept, "what the last client said is no other's, however it said it")
{
    char at_most[OSP_CODINGS_SAID + 1], more[OSP_CODINGS_SAID + 2];
    snprintf(at_most, sizeof at_most, "%*s", OSP_CODINGS_SAID, "br;q=0.2");
    snprintf(more, sizeof more, "%*s", OSP_CODINGS_SAID + 1, "br;q=0.3");
    const char *const values[] = {
        "gzip, deflate, br, zstd", "gzip, deflate, br;q=0", "", "*;q=0", "GZIP", at_most, more,
        "x-gzip;q=0.5, *;q=0.1",   "identity;q=0"
    };
    osp_codings codings = { 0 };
    unsigned state = 1;
    for (int i = 0; i < 2000; i++) {
        state = state * 1103515245 + 12345;
        const char *const one = values[state / 65536 % OSP_ARRAY_LEN(values)];
        const char *const other = values[state / 1048576 % OSP_ARRAY_LEN(values)];
        char first[80], second[80]; /* where the request was the next one is */
        snprintf(first, sizeof first, "%s", one);
        snprintf(second, sizeof second, "%s", other);
        const osp_header_field lines[] = { { S("accept-encoding"), osp_str_from(first) },
                                           { S("Accept-Language"), S("de") },
                                           { S("Accept-Encoding"), osp_str_from(second) } };
        takes(&codings, lines, state >> 30);
        memset(first, 'x', sizeof first);
    }
}
