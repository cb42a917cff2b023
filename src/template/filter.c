/* The filters of the language: a table, and a short function each.
 *
 * What they make lives in the task's memory.  They take bytes as they come; characters are those of
 * UTF-8, and only letters of ASCII have two cases. */
#include "template/filter.h"

#include "base/task.h"
#include "type/text.h"

static char *memory(osp_frame *frame, size_t size)
{
    char *text = osp_arena_try(frame->task->arena, size != 0 ? size : 1);
    if (text == NULL && frame->status == OSP_OK) {
        frame->status = osp_arena_why(frame->task->arena, size);
    }
    return text;
}

static osp_str text_in(const void *in)
{
    return *(const osp_str *)in;
}

static char upper_of(char byte)
{
    return byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
}

static char lower_of(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static const void *map(osp_frame *frame, const void *in, osp_cell *out, char (*change)(char byte),
                       size_t most)
{
    const osp_str text = text_in(in);
    char *made = memory(frame, text.len);
    if (made == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < text.len; i++) {
        made[i] = i < most ? change(text.ptr[i]) : text.ptr[i];
    }
    out->text = (osp_str){ made, text.len };
    return out;
}

static const void *upper(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    (void)term;
    return map(frame, in, out, upper_of, SIZE_MAX);
}

static const void *lower(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    (void)term;
    return map(frame, in, out, lower_of, SIZE_MAX);
}

static const void *capitalize(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    (void)term;
    return map(frame, in, out, upper_of, 1);
}

static const void *length(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    (void)frame;
    out->integer = osp_kind_is_list((osp_kind)term->left->kind)
                       ? (int64_t)osp_term_items(term->left, in).count
                       : (int64_t)osp_text_characters(text_in(in));
    return out;
}

static const osp_filter_def filters[] = {
    { "upper", "upper", upper, OSP_TAKES_TEXT, OSP_KIND_STR, 0, 0, { 0 } },
    { "lower", "lower", lower, OSP_TAKES_TEXT, OSP_KIND_STR, 0, 0, { 0 } },
    { "capitalize", "capitalize", capitalize, OSP_TAKES_TEXT, OSP_KIND_STR, 0, 0, { 0 } },
    { "length", "length", length, OSP_TAKES_LENGTH, OSP_KIND_INT64, 0, 0, { 0 } },
};

const osp_filter_def *osp_filter_find(osp_str name)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(filters); i++) {
        if (osp_str_equal(name, osp_str_from(filters[i].name))) {
            return &filters[i];
        }
    }
    return NULL;
}

void osp_filter_nearest(osp_nearest *nearest)
{
    osp_nearest_try(nearest, "default");
    for (size_t i = 0; i < OSP_ARRAY_LEN(filters); i++) {
        osp_nearest_try(nearest, filters[i].name);
    }
}
