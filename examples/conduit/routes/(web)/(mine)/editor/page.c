/* Writing an article. */
#include <string.h>

#include "lib/article.h"
#include "lib/session.h"

typedef struct WriteIn { const Visitor *visitor; } WriteIn;
OSP_TYPE(WriteIn, WANT(visitor, visitor));

static osp_status load(osp_ctx *ctx, const WriteIn *in, void *out)
{
    (void)out;
    return in->visitor == NULL ? session_ask(ctx) : OSP_OK;
}
OSP_PAGE(load, WriteIn, void, .is_public = true);

typedef struct PublishIn {
    const Visitor *me;
    osp_str title, description, body, tags;
} PublishIn;
OSP_TYPE(PublishIn, NEED(me, visitor), FORM(title, .min_len = 1, .max_len = TITLE_MAX),
         FORM(description, .max_len = DESCRIPTION_MAX),
         FORM(body, .min_len = 1, .max_len = BODY_MAX), FORM(tags, .fallback = "", .max_len = 2048));

/* "a, b" are two. */
static osp_status split_tags(osp_ctx *ctx, osp_str text, osp_str_list *ret)
{
    osp_str *items = osp_new_array(ctx, osp_str, TAGS_MAX);
    *ret = (osp_str_list){ items, 0 };
    while (text.len > 0) {
        const char *comma = memchr(text.ptr, ',', text.len);
        const size_t len = comma != NULL ? (size_t)(comma - text.ptr) : text.len;
        const osp_str tag = osp_str_trim((osp_str){ text.ptr, len });
        text.ptr += len + (comma != NULL);
        text.len -= len + (comma != NULL);
        if (tag.len == 0) {
            continue;
        }
        if (tag_flaw(tag) != NULL || tag.len > TAG_MAX) {
            return osp_fail_field(ctx, "/tags", "must be at most %d bytes long each", TAG_MAX);
        }
        if (ret->count == TAGS_MAX) {
            return osp_fail_field(ctx, "/tags", "must be at most %d", TAGS_MAX);
        }
        items[ret->count++] = tag;
    }
    return OSP_OK;
}

static osp_status save(osp_ctx *ctx, const PublishIn *in, void *out)
{
    NewArticle article = { .title = in->title, .description = in->description, .body = in->body };
    osp_str slug;
    (void)out;
    OSP_TRY(split_tags(ctx, in->tags, &article.tag_list));
    OSP_TRY(article_write(ctx, &in->me->as, &article, &slug));
    return osp_redirect(ctx, 303, osp_format(ctx, "/article/%.*s", OSP_ARG(slug)));
}
OSP_ACTION(save, PublishIn, void);
