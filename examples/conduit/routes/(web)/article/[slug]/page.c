/* One article: reading it, and what one does with it. */
#include "lib/comment.h"
#include "lib/session.h"

typedef struct ArticleIn {
    const Visitor *visitor;
    osp_str slug;
} ArticleIn;
OSP_TYPE(ArticleIn, WANT(visitor, visitor), PATH(slug, .max_len = SLUG_MAX));

typedef struct ArticleView {
    Article article;
    Comment_list comments;
    osp_opt_str me;
    bool mine;
} ArticleView;
OSP_TYPE(ArticleView, OBJECT(article, Article), LIST(comments, Comment), FIELD(me), FIELD(mine));

static osp_status load(osp_ctx *ctx, const ArticleIn *in, ArticleView *out)
{
    const Viewer *viewer = viewer_of(in->visitor);
    const Article *found = article_by_slug(ctx, viewer_id(viewer), in->slug);
    if (found == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(in->slug));
    }
    out->article = *found;
    out->me = name_of(in->visitor);
    out->mine = in->visitor != NULL && osp_str_equal(found->author.username, in->visitor->username);
    return comment_list(ctx, in->slug, viewer, &out->comments);
}
OSP_PAGE(load, ArticleIn, ArticleView, .is_public = true);

/* ---------------------------------------------------------------- comments */

static const char *has_words(const osp_str *text)
{
    for (size_t i = 0; i < text->len; i++) {
        if ((unsigned char)text->ptr[i] > ' ') {
            return NULL;
        }
    }
    return "must not be empty";
}
OSP_CHECKER(has_words, osp_str);

typedef struct CommentIn {
    const Visitor *me;
    osp_str slug, body;
} CommentIn;
OSP_TYPE(CommentIn, NEED(me, visitor), PATH(slug, .max_len = SLUG_MAX),
         FORM(body, .max_len = COMMENT_MAX, CHECK(has_words)));

static osp_status comment(osp_ctx *ctx, const CommentIn *in, ArticleView *out)
{
    (void)out;
    if (comment_write(ctx, in->slug, &in->me->as, in->body) == NULL) {
        return osp_fail(ctx, 404, "the article is gone");
    }
    return osp_flash(ctx, "Your comment is there.");
}
OSP_ACTION(comment, CommentIn, ArticleView);

typedef struct TakeBackIn {
    const Visitor *me;
    osp_str slug;
    int64_t id;
} TakeBackIn;
OSP_TYPE(TakeBackIn, NEED(me, visitor), PATH(slug, .max_len = SLUG_MAX), FORM(id));

static osp_status take_back(osp_ctx *ctx, const TakeBackIn *in, ArticleView *out)
{
    (void)out;
    OSP_TRY(comment_take_back(ctx, in->slug, in->id, &in->me->as));
    return osp_flash(ctx, "Your comment is gone.");
}
OSP_ACTION(take_back, TakeBackIn, ArticleView);

/* ---------------------------------------------------------------- the article itself */

typedef struct DeleteIn {
    const Visitor *me;
    osp_str slug;
} DeleteIn;
OSP_TYPE(DeleteIn, NEED(me, visitor), PATH(slug, .max_len = SLUG_MAX));

static osp_status delete(osp_ctx *ctx, const DeleteIn *in, ArticleView *out)
{
    OwnArticle own;
    (void)out;
    OSP_TRY(article_own(ctx, in->slug, &in->me->as, &own));
    article_delete(ctx, own.id);
    OSP_TRY(osp_flash(ctx, "The article is gone."));
    return osp_redirect(ctx, 303, S("/"));
}
OSP_ACTION(delete, DeleteIn, ArticleView);

/* Lists have these buttons, too, and say by `back` where they are. */
typedef struct FavoriteIn {
    const Visitor *me;
    osp_str slug, back;
} FavoriteIn;
OSP_TYPE(FavoriteIn, NEED(me, visitor), PATH(slug, .max_len = SLUG_MAX),
         FORM(back, .fallback = "", .max_len = 2048));

static osp_status go_back(osp_ctx *ctx, const FavoriteIn *in)
{
    return session_go(ctx, in->back, osp_path(ctx));
}

static osp_status favorite(osp_ctx *ctx, const FavoriteIn *in, ArticleView *out)
{
    (void)out;
    favorite_add(ctx, in->me->as.id, in->slug);
    return go_back(ctx, in);
}
OSP_ACTION(favorite, FavoriteIn, ArticleView);

static osp_status unfavorite(osp_ctx *ctx, const FavoriteIn *in, ArticleView *out)
{
    (void)out;
    favorite_remove(ctx, in->me->as.id, in->slug);
    return go_back(ctx, in);
}
OSP_ACTION(unfavorite, FavoriteIn, ArticleView);
