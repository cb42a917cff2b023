/* How failures are told.
 *
 * Whatever goes wrong in a request, by osp_fail or because a field is not valid, is an osp_failure.
 * OpenSpeed would tell it as a problem document (RFC 9457).  The clients of this API expect
 *
 *     {"errors": {"body": ["title is required"]}}
 *
 * so this makes that of it, for all routes at once.  A client that sends "Accept:
 * application/problem+json" still gets the problem document, with a pointer to each field. */
#include <openspeed/openspeed.h>

#include <string.h>

typedef struct Errors { osp_str_list body; } Errors;
OSP_TYPE(Errors, LIST(body, osp_str, .doc = "What is wrong, a sentence each"));

typedef struct GenericError { Errors errors; } GenericError;
OSP_TYPE(GenericError, OBJECT(errors, Errors));

/* The field as people know it: bodies have one member around all, so "/article/title" is "title". */
static osp_str name_of(const osp_bad_field *field)
{
    osp_str name = field->where;
    const char *slash = name.len > 1 ? memchr(name.ptr + 1, '/', name.len - 1) : NULL;
    const size_t skip = slash != NULL       ? (size_t)(slash - name.ptr) + 1
                        : field->in == NULL ? name.len != 0
                                            : 0;
    return (osp_str){ name.ptr + skip, name.len - skip };
}

static osp_status tell(osp_ctx *ctx, const osp_failure *failure, GenericError *out)
{
    const osp_bad_field_list *fields = &failure->fields;
    osp_str *lines = osp_new_array(ctx, osp_str, fields->count + 1);
    if (lines == NULL) {
        return OSP_E_NOMEM;
    }
    for (size_t i = 0; i < fields->count; i++) {
        const osp_str name = name_of(&fields->items[i]), detail = fields->items[i].detail;
        lines[i] = name.len != 0
                       ? osp_format(ctx, "%.*s %.*s", OSP_ARG(name), OSP_ARG(detail))
                       : detail;
    }
    out->errors.body = (osp_str_list){ lines, fields->count };
    if (fields->count == 0) {
        lines[0] = failure->detail.len != 0 ? failure->detail : failure->title;
        out->errors.body.count = 1;
    }
    return OSP_OK;
}
OSP_FAILURES(tell, GenericError);
