/* Parameters from anyone: decoding never breaks, and what was decoded survives being written.
 *
 * The first byte chooses a field, the rest is what a request says: a path, a query, lines of a
 * header, a Cookie header.  What decodes is written and must decode to an equal value. */
#include "http/params.h"

#include <stdlib.h>

#define ARENA_MAX (1U << 22)
#define OUT_MAX (1U << 20)

typedef enum Hue { HUE_RED, HUE_BLUE } Hue;
OSP_ENUM(Hue, (HUE_RED, "red"), (HUE_BLUE, "b,l"));
OSP_LIST_OF(Hue);

typedef struct Spot {
    osp_opt_str s;
    osp_opt_int n;
    Hue hue;
} Spot;
OSP_TYPE(Spot, FIELD(s, .max_len = 9, .pattern = "^([^x]|[^x]y)*$", .needs = "n"),
         FIELD(n, .name = "n,.;=&"), ENUM(hue, Hue, .fallback = "red"),
         OPTIONS(.additional = OSP_REJECT));

#define LIST_ITEMS(X)                                                                              \
    X(PATH, SIMPLE), X(PATH, LABEL), X(PATH, MATRIX), X(QUERY, FORM), X(QUERY, SPACE),             \
        X(QUERY, PIPE), X(QUERY, DEEP), X(HEADER, SIMPLE), X(COOKIE, FORM)
#define FIELD_OF(source, in_style, kind, type, is_joined)                                          \
    {                                                                                              \
        .member_ = "a", .member_len_ = 1, .source_ = OSP_SOURCE_##source,                          \
        .style = OSP_STYLE_##in_style, .kind_ = (kind), .type_ = (type), .joined = (is_joined)     \
    }
#define STRINGS(source, style) FIELD_OF(source, style, OSP_KIND_LIST, &osp_type_osp_str, false)
#define JOINED(source, style) FIELD_OF(source, style, OSP_KIND_LIST, &osp_type_osp_str, true)
#define NUMBERS(source, style) FIELD_OF(source, style, OSP_KIND_LIST, &osp_type_double, true)
#define HUES(source, style) FIELD_OF(source, style, OSP_KIND_LIST, &osp_type_Hue, false)
#define SPOT(source, style) FIELD_OF(source, style, OSP_KIND_OBJECT, &osp_type_Spot, false)
#define SPOT_JOINED(source, style) FIELD_OF(source, style, OSP_KIND_OBJECT, &osp_type_Spot, true)
#define TEXT(source, style) FIELD_OF(source, style, OSP_KIND_STR, NULL, false)
static const osp_field fields[] = { LIST_ITEMS(STRINGS), LIST_ITEMS(JOINED),
                                    LIST_ITEMS(NUMBERS), LIST_ITEMS(HUES),
                                    LIST_ITEMS(SPOT),    LIST_ITEMS(SPOT_JOINED),
                                    LIST_ITEMS(TEXT) };

/* A header's lines, which a line break keeps apart. */
static void lines_of(osp_str text, osp_pair *lines, osp_params *ret)
{
    *ret = (osp_params){ lines, 0 };
    for (bool more = true; more && ret->count < OSP_PARAM_LINES_MAX;) {
        const char *end = text.len != 0 ? memchr(text.ptr, '\n', text.len) : NULL;
        more = end != NULL;
        const osp_str line = { text.ptr, more ? (size_t)(end - text.ptr) : text.len };
        lines[ret->count++] = (osp_pair){ { "a", 1 }, line, line };
        text = more ? (osp_str){ end + 1, text.len - line.len - 1 } : text;
    }
}

/* The pairs of the field's source in a request that says `text`; false when there is no request. */
static bool pairs_of(const osp_field *field, osp_str text, osp_arena *arena, osp_pair *one,
                     osp_params *ret)
{
    *ret = (osp_params){ one, 1 };
    *one = (osp_pair){ { "a", 1 }, text, text };
    if (field->source_ == OSP_SOURCE_HEADER) {
        lines_of(text, one, ret);
    }
    if (field->source_ == OSP_SOURCE_QUERY) {
        return osp_params_read(text, OSP_PARAM_FORM_PAIRS_MAX, arena, ret) == OSP_OK;
    }
    if (field->source_ == OSP_SOURCE_COOKIE) {
        const osp_header_field header = { { "cookie", 6 }, text };
        return osp_params_cookies(&header, 1, arena, ret) == OSP_OK;
    }
    if (field->source_ == OSP_SOURCE_PATH) {
        return text.len != 0 && memchr(text.ptr, '/', text.len) == NULL &&
               osp_percent_decode(text, false, arena, &one->value) == OSP_OK;
    }
    return true;
}

static osp_status read_value(const osp_field *field, osp_str text, osp_arena *arena, void *slot)
{
    osp_pair own[OSP_PARAM_LINES_MAX];
    osp_params params;
    if (!pairs_of(field, text, arena, own, &params)) {
        return OSP_E_URI;
    }
    osp_issues issues = { .count = 0 };
    const osp_decoding how = { .arena = arena, .issues = &issues };
    const osp_status status = osp_param_decode(field, slot, &params, &how);
    OSP_ASSERT((status == OSP_E_TYPE_MISMATCH) == (issues.count > 0));
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const osp_field *field = size > 0 ? &fields[data[0] % OSP_ARRAY_LEN(fields)] : NULL;
    if (field == NULL || osp_param_check(field) != NULL) {
        return 0;
    }
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_buf out;
    osp_buf_init(&out, NULL, 0, OUT_MAX);
    _Alignas(16) char first[sizeof(Spot)] = { 0 }, second[sizeof(Spot)] = { 0 };
    const osp_str text = { (const char *)data + 1, size - 1 };
    if (read_value(field, text, &arena, first) == OSP_OK &&
        osp_param_write(field, first, &out) == OSP_OK) {
        const osp_status again = read_value(field, (osp_str){ out.ptr, out.len }, &arena, second);
        OSP_ASSERT(again == OSP_OK);
        OSP_ASSERT(osp_value_equal((osp_kind)field->kind_, field->type_, first, second));
    }
    osp_buf_done(&out);
    osp_arena_done(&arena);
    return 0;
}
