/* Changing an article of one's own. */
#include "lib/article.h"
#include "lib/session.h"

typedef struct EditIn {
    const Visitor *visitor;
    osp_str slug;
} EditIn;
OSP_TYPE(EditIn, WANT(visitor, visitor), PATH(slug, .max_len = SLUG_MAX));

typedef struct EditView { osp_str title, description, body; } EditView;
OSP_TYPE(EditView, FIELD(title), FIELD(description), FIELD(body));

static osp_status load(osp_ctx *ctx, const EditIn *in, EditView *out)
{
    OwnArticle own;
    if (in->visitor == NULL) {
        return session_ask(ctx);
    }
    OSP_TRY(article_own(ctx, in->slug, &in->visitor->as, &own));
    const Article *found = article_by_slug(ctx, viewer_id(&in->visitor->as), in->slug);
    if (found == NULL) {
        return OSP_E_DB;
    }
    *out = (EditView){ found->title, found->description, found->body };
    return OSP_OK;
}
OSP_PAGE(load, EditIn, EditView, .is_public = true);

typedef struct ChangeIn {
    const Visitor *me;
    osp_str slug, title, description, body;
} ChangeIn;
OSP_TYPE(ChangeIn, NEED(me, visitor), PATH(slug, .max_len = SLUG_MAX),
         FORM(title, .min_len = 1, .max_len = TITLE_MAX),
         FORM(description, .max_len = DESCRIPTION_MAX),
         FORM(body, .min_len = 1, .max_len = BODY_MAX));

static osp_status save(osp_ctx *ctx, const ChangeIn *in, EditView *out)
{
    OwnArticle own;
    (void)out;
    OSP_TRY(article_own(ctx, in->slug, &in->me->as, &own));
    const ArticleChange change = { .title = SET(in->title), .description = SET(in->description),
                                   .body = SET(in->body) };
    const osp_str *slug = article_rewrite(ctx, own.id, &change);
    if (slug == NULL) {
        return osp_fail(ctx, 404, "the article is gone");
    }
    return osp_redirect(ctx, 303, osp_format(ctx, "/article/%.*s", OSP_ARG(*slug)));
}
OSP_ACTION(save, ChangeIn, EditView);
