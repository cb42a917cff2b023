#include "agent/redact.h"

#include "tests/unit/unit.h"

static osp_arena arena;

typedef struct Card {
    osp_str holder, digits;
} Card;
OSP_TYPE(Card, FIELD(holder), FIELD(digits, .secret = true));

typedef struct Order {
    osp_str name, word;
    Card card;
} Order;
OSP_TYPE(Order, FIELD(name), FIELD(word, .name = "magic-word", .secret = true), OBJECT(card, Card));

OSP_UNIT_TEST(redact_names, "what sounds like a secret is one, however it is written")
{
    static const char *const secret[] = { "password",      "new_password", "Pass-Phrase",
                                          "X-Api-Key",     "API_KEY",      "accessToken",
                                          "client_secret", "CSRF-Token",   "sessionid",
                                          "code",          "pin",          "user[password]" };
    static const char *const open[] = {
        "author",  "name",   "description", "page",      "",
        "keyword", "token2", "spinner",     "footprint", "postcode"
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(secret); i++) {
        OSP_CHECK(osp_redact_is_secret(osp_str_from(secret[i]), NULL));
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(open); i++) {
        OSP_CHECK(osp_redact_is_secret(osp_str_from(open[i]), NULL) ==
                  (strcmp(open[i], "token2") == 0));
    }
    OSP_CHECK(!osp_redact_is_secret(OSP_STR("magic-word"), NULL));
    OSP_CHECK(osp_redact_is_secret(OSP_STR("Magic-Word"), &osp_type_Order));
    OSP_CHECK(osp_redact_is_secret(OSP_STR("digits"), &osp_type_Order));
    OSP_CHECK(!osp_redact_is_secret(OSP_STR("holder"), &osp_type_Order));
}

OSP_UNIT_TEST(redact_headers, "of credentials the scheme stays, of cookies their names")
{
    static const struct {
        const char *name, *value, *shown;
    } rows[] = {
        { "Authorization", "Bearer eyJh.x.y", "Bearer [redacted]" },
        { "authorization", "eyJh", "[redacted]" },
        { "Proxy-Authorization", "Basic dTpw", "Basic [redacted]" },
        { "Cookie", "session=9f1; theme=dark;x", "session=[redacted]; theme=[redacted];x" },
        { "cookie", "=a;=b;c=;=", "=[redacted];=[redacted];c=;=" },
        { "Set-Cookie", "session=9f1; Path=/", "[redacted]" },
        { "X-Api-Key", "k", "[redacted]" },
        { "X-CSRF-Token", "k", "[redacted]" },
        { "Referer", "http://a/b?token=k&q=1", "http://a/b?token=[redacted]&q=1" },
        { "Location", "/cb?code=k&state=1", "/cb?code=[redacted]&state=1" },
        { "content-location", "/a?token=k", "/a?token=[redacted]" },
        { "Accept", "text/html", "text/html" },
        { "magic-word", "please", "[redacted]" },
    };
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    for (size_t i = 0; i < OSP_ARRAY_LEN(rows); i++) {
        OSP_CHECK_STR(osp_redact_header(&arena, osp_str_from(rows[i].name),
                                        osp_str_from(rows[i].value), &osp_type_Order),
                      osp_str_from(rows[i].shown));
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(redact_targets, "secrets of a query and of a path do not show")
{
    static const struct {
        const char *target, *pattern, *shown;
    } rows[] = {
        { "/", "/", "/" },
        { "/a/b", NULL, "/a/b" },
        { "/x?page=2&Token=a%20b&&p&q=", NULL, "/x?page=2&Token=[redacted]&&p&q=" },
        { "/x?pass%77ord=1&%zz=2&token", NULL, "/x?pass%77ord=[redacted]&%zz=[redacted]&token" },
        { "/reset/s3cret/now?code=4", "/reset/[token]/now",
          "/reset/[redacted]/now?code=[redacted]" },
        { "/u/7", "/u/[id=int]", "/u/7" },
        { "/u/7/x", "/u/[pin=int]/[...rest]", "/u/[redacted]/x" },
        { "/u/7/x/", "/u", "/u/7/x/" },
        { "*", "/", "*" },
        { "", NULL, "" },
    };
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    for (size_t i = 0; i < OSP_ARRAY_LEN(rows); i++) {
        OSP_CHECK_STR(
            osp_redact_target(&arena, osp_str_from(rows[i].target), rows[i].pattern, NULL),
            osp_str_from(rows[i].shown));
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(redact_bodies, "secrets of JSON and of forms do not show, also of broken ones")
{
    static const struct {
        const char *type, *body, *shown;
    } rows[] = {
        { "application/json", "{\"user\": {\"password\" : \"a\\\"b\", \"name\":\"n\"}}",
          "{\"user\": {\"password\" : \"[redacted]\", \"name\":\"n\"}}" },
        { "application/json; charset=utf-8", "{\"token\":{\"a\":[1,\"}\"]},\"pin\":12,\"x\":true}",
          "{\"token\":\"[redacted]\",\"pin\":\"[redacted]\",\"x\":true}" },
        { "application/problem+json", "[{\"secret\":null},{\"secret\":[]}]",
          "[{\"secret\":\"[redacted]\"},{\"secret\":\"[redacted]\"}]" },
        { "application/json", "{\"pass\\u0077ord\":\"x\"}", "{\"pass\\u0077ord\":\"[redacted]\"}" },
        { "application/json", "{\"password\":\"cut of", "{\"password\":\"[redacted]\"" },
        { "application/json", "{\"password\":", "{\"password\":" },
        { "application/json", "{\"password", "{\"password" },
        { "application/json", "{\"a\":\"\\", "{\"a\":\"\\" },
        { "application/json", "{\"card\":{\"digits\":\"4111\",\"holder\":\"H\"}}",
          "{\"card\":{\"digits\":\"[redacted]\",\"holder\":\"H\"}}" },
        { "application/json", "\"password\"", "\"password\"" },
        { "application/x-www-form-urlencoded", "email=a%40b&password=x&magic-word=y",
          "email=a%40b&password=[redacted]&magic-word=[redacted]" },
        { "Application/X-WWW-Form-Urlencoded ; charset=x", "password=x", "password=[redacted]" },
        { "multipart/form-data; boundary=b", "--b\r\n", "[redacted]" },
        { "text/plain", "password=x", "password=x" },
        { "", "", "" },
    };
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    for (size_t i = 0; i < OSP_ARRAY_LEN(rows); i++) {
        OSP_CHECK_STR(osp_redact_body(&arena, osp_str_from(rows[i].type),
                                      osp_str_from(rows[i].body), &osp_type_Order),
                      osp_str_from(rows[i].shown));
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(redact_memory, "without memory nothing shows")
{
    osp_arena_init(&arena, NULL, 0, 0);
    OSP_CHECK_STR(osp_redact_target(&arena, OSP_STR("/a?token=x"), NULL, NULL),
                  OSP_STR(OSP_REDACTED));
    OSP_CHECK_STR(osp_redact_header(&arena, OSP_STR("Cookie"), OSP_STR("a=b"), NULL),
                  OSP_STR(OSP_REDACTED));
    OSP_CHECK_STR(
        osp_redact_body(&arena, OSP_STR("application/json"), OSP_STR("{\"pin\":1}"), NULL),
        OSP_STR(OSP_REDACTED));
    osp_arena_done(&arena);
}
