/* Where in a document a place of a template is. */
#include "template/context.h"

void osp_context_text(osp_context *context, osp_str text, const osp_context_sink *sink)
{
    (void)context;
    sink->text(sink->arg, text.ptr, text.len);
}

void osp_context_tag(osp_context *context, osp_str at, const osp_context_sink *sink)
{
    (void)context, (void)at, (void)sink;
}

bool osp_context_value(osp_context *context, osp_str at, const osp_context_sink *sink,
                       osp_escape *ret_escape)
{
    (void)context, (void)at, (void)sink;
    *ret_escape = OSP_ESCAPE_HTML;
    return true;
}

bool osp_context_is_text(const osp_context *context)
{
    (void)context;
    return true;
}

bool osp_context_join(const osp_context *a, const osp_context *b, osp_context *ret_joined)
{
    *ret_joined = *a;
    return osp_context_equal(a, b);
}

bool osp_context_equal(const osp_context *a, const osp_context *b)
{
    return a->state == b->state;
}

const char *osp_context_words(const osp_context *context)
{
    (void)context;
    return "text";
}
