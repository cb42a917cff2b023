#include "http/language.h"

#include "tests/unit/unit.h"

static const osp_messages de = { .language_ = "de" }, de_ch = { .language_ = "de_CH" },
                          th = { .language_ = "th" }, zh_hant = { .language_ = "zh_Hant" };
static const osp_messages *const tables[] = { &de, &de_ch, &th, &zh_hant };

static osp_wording choose(const osp_header_field *headers, uint32_t count)
{
    const osp_request request = { .headers = headers, .header_count = count };
    return osp_language_choose(&request, tables, OSP_ARRAY_LEN(tables));
}

static void chooses(const char *header, const char *want)
{
    const osp_header_field field = { OSP_STR("ACCEPT-language"), osp_str_from(header) };
    const osp_wording wording = choose(&field, 1);
    if (!osp_str_equal(wording.language, osp_str_from(want))) {
        fprintf(stderr, "%s: %.*s, not %s\n", header, OSP_ARG(wording.language), want);
    }
    OSP_CHECK_STR(wording.language, osp_str_from(want));
}

OSP_UNIT_TEST(language_lookup, "parts are taken off until there is a table (RFC 4647 section 3.4)")
{
    chooses("de", "de");
    chooses("DE", "DE");
    chooses("de-CH", "de-CH");
    chooses("de-CH-1996", "de-CH");
    chooses("de-AT", "de");
    chooses("zh-Hant-TW-x-private", "zh-Hant");
    chooses("zh-Hant-x", "zh-Hant");
    chooses("zh", "");
    chooses("d", "");
    chooses("deu", "");
    chooses("en-GB", "en");
    chooses("fr", "");
    chooses("", "");
    chooses("*", "");
    chooses("fr, *", "");
}

OSP_UNIT_TEST(language_quality, "the best quality wins, then the first (RFC 9110 section 12.4.2)")
{
    chooses("de, th", "de");
    chooses("th, de", "th");
    chooses("de;q=0.5, th;q=0.501", "th");
    chooses("de;q=0.5,th;q=0.5", "de");
    chooses("fr, en;q=0.9, de;q=0.8", "en");
    chooses("fr;q=1.000 , de;q=0.1", "de");
    chooses("de ; q=0.5 , th ; Q=0.6", "th");
    chooses("*;q=1, de;q=0.1", "de");
    chooses("de;q=0", "");
    chooses("de-AT, de;q=0", "");
    chooses("de-CH;q=0, de-CH, th;q=0.1", "de");
    chooses("de;q=0.000, th;q=0.001", "th");
}

OSP_UNIT_TEST(language_malformed, "what cannot be read is passed over")
{
    static const char *const bad[] = {
        "de;q=2",     "de;q=1.001", "de;q=0.1234", "de;q=.5", "de;q",      "de;q=",    "de;x=1",
        "de;q=0.5;x", "de;q=-1",    "de;q=0,5",    "de_CH",   "d\xc3\xa9", "de-",      "-de",
        "de--CH",     "de CH",      "abcdefghi",   ";q=1",    ",,,",       "de;q=0x5",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        char header[64];
        const int len = snprintf(header, sizeof(header), "%s, th;q=0.01", bad[i]);
        OSP_CHECK(len > 0);
        chooses(header, "th");
    }
}

OSP_UNIT_TEST(language_empty_items, "empty items of the list are passed over")
{
    chooses(", ,de;q=1,;,", "de");
}

OSP_UNIT_TEST(language_limits, "the 16th range counts and the 17th does not; a long one does not")
{
    char header[256];
    for (size_t before = OSP_LANGUAGE_RANGES_MAX - 1; before <= OSP_LANGUAGE_RANGES_MAX; before++) {
        size_t len = 0;
        for (size_t i = 0; i < before; i++) {
            len += (size_t)snprintf(header + len, sizeof(header) - len, "fr,");
        }
        snprintf(header + len, sizeof(header) - len, "de");
        chooses(header, before < OSP_LANGUAGE_RANGES_MAX ? "de" : "");
    }
    chooses("de-aaaaaaaa-bbbbbbbb-cccccccc-ddddd", "de");
    chooses("de-aaaaaaaa-bbbbbbbb-cccccccc-dddddd", "");
}

OSP_UNIT_TEST(language_headers, "several lines are one list; without tables nothing is read")
{
    const osp_header_field lines[] = { { OSP_STR("Accept-Language"), OSP_STR("th;q=0.5") },
                                       { OSP_STR("Accept"), OSP_STR("zh-Hant") },
                                       { OSP_STR("accept-language"), OSP_STR("de;q=0.6") } };
    OSP_CHECK_STR(choose(lines, 3).language, OSP_STR("de"));
    OSP_CHECK_STR(choose(NULL, 0).language, OSP_STR(""));
    const osp_request request = { .headers = lines, .header_count = 3 };
    OSP_CHECK(osp_language_choose(&request, NULL, 0).language.len == 0);
}

OSP_UNIT_TEST(language_names, "names of tables are tags with underscores")
{
    OSP_CHECK(osp_language_is_name("de") && osp_language_is_name("zh_Hant_TW"));
    OSP_CHECK(!osp_language_is_name("de-CH") && !osp_language_is_name("messages_de_") &&
              !osp_language_is_name("translations") && !osp_language_is_name(""));
}
