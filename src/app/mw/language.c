/* The language of pages: what the URL says, then a cookie, then the browser (RFC 9110 12.5.4).
 *
 * Whatever is said counts only where it names one of the offers, so that nothing of a client gets
 * into header fields and pages. */
#include <string.h>

#include "app/mw/mw.h"
#include "wire/uri.h"

static const char offer_key = 0;

static size_t count_offers(const osp_language_options *options)
{
    size_t count = 0;
    while (count < OSP_LANGUAGES_MAX && options->offers[count] != NULL) {
        count++;
    }
    return count;
}

/* RFC 5646 2.1.1: tags are the same in any case. */
static const char *find_offer(const osp_language_options *options, osp_str said)
{
    const size_t count = count_offers(options);
    for (size_t i = 0; i < count; i++) {
        if (osp_str_equal_nocase(osp_str_from(options->offers[i]), said)) {
            return options->offers[i];
        }
    }
    return NULL;
}

static const char *choose_by_query(osp_ctx *ctx, const osp_language_options *options)
{
    const osp_str name = osp_str_from(options->query);
    osp_str rest = ctx->request.query;
    osp_pair pair;
    while (osp_query_next(&rest, ctx->task.arena, &pair) == OSP_OK) {
        if (osp_str_equal(pair.name, name)) {
            return find_offer(options, pair.value);
        }
    }
    return NULL;
}

static osp_status choose(osp_ctx *ctx, const osp_language_options *options, const char **ret_offer)
{
    *ret_offer = options->query != NULL ? choose_by_query(ctx, options) : NULL;
    if (*ret_offer == NULL && options->cookie != NULL) {
        OSP_TRY(osp_vary(ctx, OSP_STR("Cookie")));
        *ret_offer = find_offer(options, osp_cookie(ctx, osp_str_from(options->cookie)));
    }
    if (*ret_offer == NULL) {
        *ret_offer = osp_accepts_tag(ctx, options->offers, count_offers(options));
    }
    if (*ret_offer == NULL) {
        *ret_offer = options->offers[0]; /* a page that cannot be read is more than none */
    }
    return OSP_OK;
}

osp_status osp_language(osp_ctx *ctx, osp_next *next, const osp_language_options *options)
{
    const char *offer;
    OSP_TRY(choose(ctx, options, &offer));
    OSP_TRY(osp_mw_keep(ctx, &offer_key, (void *)(uintptr_t)offer));
    OSP_TRY(osp_set_header(ctx, OSP_STR("Content-Language"), osp_str_from(offer)));
    return osp_run(ctx, next);
}

const char *osp_language_of(const osp_ctx *ctx)
{
    return osp_task_service(&ctx->task, &offer_key);
}

/* RFC 5646 2.1, roughly: letters and digits in parts of at most eight. */
static bool is_tag(const char *tag)
{
    size_t part = 0;
    for (; *tag != '\0'; tag++) {
        const char c = (char)(*tag | 0x20);
        if (*tag == '-' && part > 0) {
            part = 0;
        } else if (((c >= 'a' && c <= 'z') || (*tag >= '0' && *tag <= '9')) && part < 8) {
            part++;
        } else {
            return false;
        }
    }
    return part > 0;
}

const char *osp_language_check(const osp_language_options *options)
{
    const size_t count = count_offers(options);
    if (count == 0) {
        return "needs .offers, such as { \"en\", \"de\" }";
    }
    if (options->offers[count] != NULL) {
        return "has more .offers than OSP_LANGUAGES_MAX";
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_tag(options->offers[i])) {
            return "has one of .offers that is no tag of a language, such as \"de-CH\"";
        }
    }
    return NULL;
}
