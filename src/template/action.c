/* Forms that are sent to an action that there is not: nothing but a 404 would tell of it.
 *
 *     <form method="post">                          the action without a name
 *     <form method="post" action="?/save">          that of this name
 *     <form method="post" action="?/vote&n={{n}}">  the same: what is behind it is for the page
 *     <button formaction="?/remove">                that button's; the form may go nowhere else
 *
 * Another URL, or one whose name comes from data, is whoever's. */
#include "template/compile_impl.h"

#define WHY_MAX 256

static void judge(osp_compiler *c, const osp_template_text *source, osp_str at, osp_str name)
{
    const osp_template_options *options = c->binder.options;
    char storage[WHY_MAX];
    osp_buf why;
    osp_buf_init(&why, storage, sizeof storage, sizeof storage);
    if (options->action != NULL && !options->action(options->arg, name, &why)) {
        osp_tell(c->binder.teller, source, at, "%.*s", (int)why.len, why.ptr);
    }
}

void osp_compile_forms_end(osp_compiler *c)
{
    if (c->form.ptr != NULL) {
        judge(c, c->form_source, c->form, (osp_str){ 0 });
        c->form.ptr = NULL;
    }
}

void osp_compile_form(osp_compiler *c, osp_str at, bool acts)
{
    osp_compile_forms_end(c);
    if (!acts) { /* its buttons may yet say more */
        c->form = at;
        c->form_source = c->binder.source;
    }
}

void osp_compile_target(osp_compiler *c, osp_str url, bool whole, bool of_button)
{
    static const osp_str begin = { "?/", 2 };
    size_t len = begin.len;
    if (of_button) {
        c->form.ptr = NULL;
    }
    while (len < url.len && memchr("&=#%", url.ptr[len], 4) == NULL) {
        len++;
    }
    const bool is_name = len < url.len ? url.ptr[len] != '%' : whole;
    if (osp_str_starts_with(url, begin) && is_name) {
        const osp_str name = { url.ptr + begin.len, len - begin.len };
        judge(c, c->binder.source, name, name);
    }
}
