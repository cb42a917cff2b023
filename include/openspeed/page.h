/* Pages: a template, page.html, and what fills it, page.c beside it.
 *
 *     typedef struct ArticleIn { osp_str slug; } ArticleIn;
 *     OSP_TYPE(ArticleIn, PATH(slug));
 *     typedef struct ArticleView { Article article; Comment_list comments; } ArticleView;
 *     OSP_TYPE(ArticleView, OBJECT(article, Article), LIST(comments, Comment));
 *
 *     static osp_status load(osp_ctx *ctx, const ArticleIn *in, ArticleView *out) { ... }
 *     OSP_PAGE(load, ArticleIn, ArticleView);
 *
 *     typedef struct CommentIn { osp_str slug, body; } CommentIn;
 *     OSP_TYPE(CommentIn, PATH(slug), FORM(body, .min_len = 1, .max_len = 4000));
 *
 *     static osp_status comment(osp_ctx *ctx, const CommentIn *in, ArticleView *out) { ... }
 *     OSP_ACTION(comment, CommentIn, ArticleView);
 *
 * The members of ArticleView are what page.html can name; a name that there is not fails the build.
 * Layouts wrap pages from routes/ inwards: layout.html with {{outlet}}, filled by a layout.c. */
#ifndef OPENSPEED_PAGE_H
#define OPENSPEED_PAGE_H

#include <openspeed/answer.h>
#include <openspeed/app.h>

/* Behind the includes, which would inherit it: their functions that must be checked would not be. */
#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

/* Declares, in a page.c, what fills the page.html beside it.
 *
 * load   static osp_status load(osp_ctx *ctx, const In *in, View *out)
 *        Returns OSP_OK; or a failure, which is answered by the nearest error.html, or not-found.html
 *        for 404.  It may redirect.  It may wait.
 * In     as of a route: PATH, QUERY, HEADER, COOKIE, NEED and WANT members, or void
 * View   the members that page.html can name; zeroed, in the request's memory
 * Options are those of OSP_ROUTE.  With .streams = true what is around the page is sent at once, and
 * loading.html in its place until load has ended; the status is 200 by then, so it declares no .errors
 * of its own, and what fails shows error.html within the page. */
#define OSP_PAGE(...) OSP_PAGE_(__VA_ARGS__, )
#define OSP_PAGE_(load, In, View, ...)                                                             \
    OSP_FILLS_(OSP_SYMBOL(osp_route_, OSP_UNIT, GET), GET, osp_page_show_, load, In, View,         \
               __VA_ARGS__)

/* Declares, in a layout.c, what fills the layout.html beside it; as OSP_PAGE.  It runs for each page
 * below, again at each request; layouts and slots that do not depend on each other run at once. */
#define OSP_LAYOUT(...) OSP_LAYOUT_(__VA_ARGS__, )
#define OSP_LAYOUT_(load, In, View, ...)                                                           \
    OSP_FILLS_(OSP_SYMBOL(osp_layout_, OSP_UNIT, GET), GET, osp_fills_##load, load, In, View,      \
               __VA_ARGS__)

/* Declares, in a page.c, what a form of the page does when it is sent: POST to the page's URL with
 * the query `?/NAME`, NAME being that of the function; without a name it is the only action, or the one
 * called `save`; another name is 404.  A template's forms have a token of their client by themselves: one
 * without it shows the page again, 403, and what another site sends is refused with 403.
 *
 * act    static osp_status act(osp_ctx *ctx, const In *in, View *out)
 *        Returns OSP_OK: the client is sent on to where osp_redirect says, else to the page again (303).
 *        What it refuses by osp_fail_field, or osp_fail with 400, 401, 409, 413, 422 or 429, and an input
 *        that does not fit, show the page again, with that status, what was typed and what is said of
 *        it; the page's load fills it then.  Other failures are answered as those of load.
 * In     as of a route, with FORM members
 * View   that of the page's OSP_PAGE; void where it has none */
#define OSP_ACTION(...) OSP_ACTION_(__VA_ARGS__, )
#define OSP_ACTION_(act, In, View, ...)                                                            \
    OSP_FILLS_(OSP_SYMBOL(osp_action_, OSP_UNIT, act), POST, osp_fills_##act, act, In, View,       \
               __VA_ARGS__)

#define OSP_FILLS_(symbol, METHOD, call, fn, In, View, ...)                                        \
    _Static_assert(                                                                                \
        _Generic(&fn, osp_status(*)(osp_ctx *, const In *, View *): 1, default: 0),                \
        "the function must be: static osp_status " #fn "(osp_ctx *ctx, const " #In " *in, " #View  \
        " *out)");                                                                                 \
    static osp_status osp_fills_##fn(osp_ctx *ctx, const void *in, void *out)                      \
    {                                                                                              \
        return fn(ctx, (const In *)in, (View *)out);                                               \
    }                                                                                              \
    extern const osp_route symbol;                                                                 \
    const osp_route symbol = { .in_ = &osp_type_##In, .out_ = &osp_type_##View,                    \
                               .call_ = call, .fills_ = osp_fills_##fn, .handler_ = #fn,           \
                               .file_ = __FILE__, .line_ = __LINE__,                               \
                               .method_ = OSP_METHOD_##METHOD, .view_ = true, __VA_ARGS__ }

/* What answers the GET of a page; of the macros alone. */
OSP_API osp_status osp_page_show_(osp_ctx *ctx, const void *in, void *out);

/* Says a sentence on the next page that this client is shown, once: {{flash}}.  At most
 * OSP_FLASH_MAX bytes of UTF-8, else OSP_E_LIMIT; OSP_E_INVALID behind the first osp_write.
 * Yields: no. */
#define OSP_FLASH_MAX 1024
OSP_API OSP_MUST_CHECK osp_status osp_flash(osp_ctx *ctx, const char *format, ...)
    OSP_PRINTF(2, 3);

/* What error.html and not-found.html can name. */
typedef struct osp_failure_view {
    int32_t status; /* 404 */
    osp_str title;  /* "Not Found", in the client's language */
    osp_str detail; /* for the client; empty where there is none */
    osp_str request_id;
} osp_failure_view;
OSP_API extern const osp_type osp_type_osp_failure_view;

#ifdef __cplusplus
}
#endif
#endif
