/* Tokens of forms, and the flash, as a browser carries them. */
#include "app/action.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

static const osp_app_def app = { .name = "test" };
static osp_arena arena;
static osp_header_field headers[4];

static void origin_https(const osp_ctx *ctx, osp_origin *ret)
{
    (void)ctx;
    *ret = (osp_origin){ .tls = true };
}
static void no_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN])
{
    (void)ctx;
    memset(text, '0', OSP_REQUEST_NAME_LEN);
}
static const osp_door https = { .origin = origin_https, .name = no_name };

/* The request that comes next; cookie: NULL: none. */
static void next(osp_ctx *ctx, bool secure, const char *cookie)
{
    osp_arena_done(&arena);
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    memset(ctx, 0, sizeof *ctx);
    osp_ctx_init(ctx, &app, &arena);
    ctx->door = secure ? &https : NULL;
    headers[0] =
        (osp_header_field){ OSP_STR("Cookie"), osp_str_from(cookie != NULL ? cookie : "") };
    ctx->request.headers = headers;
    ctx->request.header_count = cookie != NULL;
}

static char pair[3 * OSP_FLASH_MAX + 64];

/* What the answer sets, without what follows the pair, until the next one does; NULL: nothing. */
static const char *sets(osp_ctx *ctx)
{
    const osp_str value = osp_answer_header(ctx, OSP_STR("Set-Cookie"));
    const char *end = value.len > 0 ? memchr(value.ptr, ';', value.len) : NULL;
    const uint32_t private = osp_answer_header(ctx, OSP_STR("Cache-Control")).len > 0;
    OSP_CHECK(ctx->response.header_count == (value.len > 0) + private);
    if (end == NULL) {
        return NULL;
    }
    const size_t len = (size_t)(end - value.ptr);
    OSP_CHECK(len < sizeof(pair));
    memcpy(pair, value.ptr, len);
    pair[len] = '\0';
    return pair;
}

static bool says(osp_ctx *ctx, const char *part)
{
    const osp_str value = osp_answer_header(ctx, OSP_STR("Set-Cookie"));
    return memmem(value.ptr, value.len, part, strlen(part)) != NULL;
}

OSP_UNIT_TEST(token_once, "a client has one token, for all forms and requests")
{
    osp_ctx ctx;
    next(&ctx, false, NULL);
    const osp_str first = osp_form_token(&ctx);
    OSP_CHECK(first.len == OSP_FORM_TOKEN_LEN);
    OSP_CHECK_STR(osp_form_token(&ctx), first);
    const char *cookie = sets(&ctx);
    OSP_CHECK(cookie != NULL && strncmp(cookie, "osp-form=", 9) == 0);
    OSP_CHECK_STR(osp_str_from(cookie + 9), first);
    OSP_CHECK(says(&ctx, "; Path=/") && says(&ctx, "; HttpOnly") && says(&ctx, "SameSite=Lax"));
    OSP_CHECK(!says(&ctx, "Secure") && !says(&ctx, "Max-Age"));
    OSP_CHECK(!osp_form_token_fits(&ctx, first)); /* it has not come back */
    char *kept = strndup(first.ptr, first.len);
    next(&ctx, false, cookie);
    OSP_CHECK_STR(osp_form_token(&ctx), osp_str_from(kept));
    OSP_CHECK(sets(&ctx) == NULL);
    OSP_CHECK(osp_form_token_fits(&ctx, osp_str_from(kept)));
    OSP_CHECK_STR(osp_answer_header(&ctx, OSP_STR("Cache-Control")), OSP_STR("private, no-cache"));
    kept[3] ^= 1;
    OSP_CHECK(!osp_form_token_fits(&ctx, osp_str_from(kept)));
    OSP_CHECK(!osp_form_token_fits(&ctx, OSP_STR("")));
    next(&ctx, false, cookie);
    OSP_CHECK(osp_set_header(&ctx, OSP_STR("Cache-Control"), OSP_STR("no-store")) == OSP_OK);
    (void)osp_form_token(&ctx);
    OSP_CHECK_STR(osp_answer_header(&ctx, OSP_STR("Cache-Control")), OSP_STR("no-store"));
    free(kept);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(token_https, "over https both cookies are such that only this host can set")
{
    osp_ctx ctx;
    next(&ctx, true, "osp-form=AAAAAAAAAAAAAAAAAAAAAA; osp-flash=lie");
    OSP_CHECK(!osp_form_token_fits(&ctx, OSP_STR("AAAAAAAAAAAAAAAAAAAAAA")));
    OSP_CHECK(osp_flash_take(&ctx).len == 0);
    (void)osp_form_token(&ctx);
    OSP_CHECK(says(&ctx, "__Host-osp-form=") && says(&ctx, "; Secure"));
    next(&ctx, true, "__Host-osp-form=AAAAAAAAAAAAAAAAAAAAAA");
    OSP_CHECK(osp_form_token_fits(&ctx, OSP_STR("AAAAAAAAAAAAAAAAAAAAAA")));
    OSP_CHECK(osp_flash(&ctx, "hello") == OSP_OK);
    OSP_CHECK(says(&ctx, "__Host-osp-flash=hello") && says(&ctx, "; Secure"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(token_bad, "a cookie that is no token is another one's, and fits nothing")
{
    static const char *const bad[] = { "osp-form=",
                                       "osp-form=AAAAAAAAAAAAAAAAAAAAA",
                                       "osp-form=AAAAAAAAAAAAAAAAAAAAAAA",
                                       "osp-form=AAAAAAAAAAAAAAAAAAAAA!",
                                       "osp-form=AAAAAAAAAAAAAAAAAAAAAB", /* stray bits */
                                       "osp-form=%41AAAAAAAAAAAAAAAAAAAA" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        osp_ctx ctx;
        next(&ctx, false, bad[i]);
        OSP_CHECK(!osp_form_token_fits(&ctx, osp_str_from(bad[i] + 9)));
        const osp_str fresh = osp_form_token(&ctx);
        OSP_CHECK(fresh.len == OSP_FORM_TOKEN_LEN && sets(&ctx) != NULL);
    }
    osp_arena_done(&arena);
}

static char flash_text[OSP_FLASH_MAX + 2];

OSP_UNIT_TEST(flash_shown, "a flash is shown on the next page, once")
{
    osp_ctx ctx;
    next(&ctx, false, NULL);
    OSP_CHECK(osp_flash_take(&ctx).len == 0 && sets(&ctx) == NULL);
    OSP_CHECK(osp_answer_header(&ctx, OSP_STR("Cache-Control")).len == 0);
    OSP_CHECK(osp_flash(&ctx, "gone") == OSP_OK);
    OSP_CHECK(osp_flash(&ctx, "Saved \"%s\"; ü;\n", "it") == OSP_OK);
    const char *cookie = sets(&ctx);
    OSP_CHECK(cookie != NULL && says(&ctx, "Max-Age=300") && says(&ctx, "HttpOnly"));
    next(&ctx, false, cookie);
    OSP_CHECK_STR(osp_flash_take(&ctx), OSP_STR("Saved \"it\"; ü;\n"));
    OSP_CHECK(says(&ctx, "osp-flash=;") && says(&ctx, "Max-Age=0"));
    OSP_CHECK_STR(osp_answer_header(&ctx, OSP_STR("Cache-Control")), OSP_STR("private, no-cache"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(flash_same_answer, "a page of the same answer shows it, and no cookie is sent")
{
    osp_ctx ctx;
    next(&ctx, false, NULL);
    OSP_CHECK(osp_flash(&ctx, "now") == OSP_OK);
    OSP_CHECK_STR(osp_flash_take(&ctx), OSP_STR("now"));
    OSP_CHECK(sets(&ctx) == NULL);
    OSP_CHECK(osp_flash_take(&ctx).len == 0);
    next(&ctx, false, "osp-flash=before");
    OSP_CHECK(osp_flash(&ctx, "now") == OSP_OK);
    OSP_CHECK_STR(osp_flash_take(&ctx), OSP_STR("now"));
    OSP_CHECK(says(&ctx, "Max-Age=0"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(flash_unseen, "what nobody sees does not take it away")
{
    osp_ctx ctx;
    next(&ctx, false, "osp-flash=kept");
    ctx.request.method = OSP_METHOD_HEAD;
    OSP_CHECK_STR(osp_flash_take(&ctx), OSP_STR("kept"));
    OSP_CHECK(sets(&ctx) == NULL);
    next(&ctx, false, "osp-flash=kept");
    headers[1] = (osp_header_field){ OSP_STR("Sec-Purpose"), OSP_STR("prefetch;prerender") };
    ctx.request.header_count = 2;
    OSP_CHECK_STR(osp_flash_take(&ctx), OSP_STR("kept"));
    OSP_CHECK(sets(&ctx) == NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(flash_limits, "a flash is text, up to a length, and so is what comes back")
{
    osp_ctx ctx;
    memset(flash_text, '%', OSP_FLASH_MAX + 1);
    next(&ctx, false, NULL);
    OSP_CHECK(osp_flash(&ctx, "%s", flash_text) == OSP_E_LIMIT && sets(&ctx) == NULL);
    OSP_CHECK(osp_flash(&ctx, "\xff") == OSP_E_INVALID);
    OSP_CHECK(osp_flash(&ctx, "a%cb", 0) == OSP_E_INVALID);
    flash_text[OSP_FLASH_MAX] = '\0';
    OSP_CHECK(osp_flash(&ctx, "%s", flash_text) == OSP_OK);
    const char *cookie = sets(&ctx);
    next(&ctx, false, cookie);
    OSP_CHECK_STR(osp_flash_take(&ctx), osp_str_from(flash_text));
    char *longer = malloc(strlen(cookie) + 2);
    OSP_CHECK(longer != NULL);
    sprintf(longer, "%sx", cookie);
    next(&ctx, false, longer);
    OSP_CHECK(osp_flash_take(&ctx).len == 0 && says(&ctx, "Max-Age=0"));
    next(&ctx, false, "osp-flash=%ff");
    OSP_CHECK_STR(osp_flash_take(&ctx), OSP_STR("%ff")); /* as it was sent */
    next(&ctx, false, "osp-flash=a b\"");
    OSP_CHECK(osp_flash_take(&ctx).len == 0 && says(&ctx, "osp-flash=;") &&
              says(&ctx, "Max-Age=0"));
    next(&ctx, false, "osp-flash=");
    OSP_CHECK(osp_flash_take(&ctx).len == 0 && says(&ctx, "Max-Age=0"));
    free(longer);
    osp_arena_done(&arena);
}
