/* What templates can name of the request, and of its failure. */
#include "app/page.h"

/* OSP_TYPE describes for one file alone. */
#define MEMBER(T, m, kind)                                                                         \
    {                                                                                              \
        .member_ = #m, .member_len_ = sizeof(#m) - 1, .offset_ = offsetof(T, m), .kind_ = (kind)   \
    }
#define TEXT(T, m) MEMBER(T, m, OSP_KIND_STR)

static const osp_field page_fields[] = {
    TEXT(osp_page_view, url),
    TEXT(osp_page_view, path),
    TEXT(osp_page_view, query),
    TEXT(osp_page_view, failure),
    TEXT(osp_page_view, flash),
    TEXT(osp_page_view, csrf),
    TEXT(osp_page_view, nonce),
    TEXT(osp_page_view, request_id),
    MEMBER(osp_page_view, development, OSP_KIND_BOOL),
};

const osp_type osp_type_osp_page_view = {
    .name = "page",
    .size = sizeof(osp_page_view),
    .fields = page_fields,
    .field_count = OSP_ARRAY_LEN(page_fields),
    .kind = OSP_KIND_OBJECT,
};

static const osp_field failure_fields[] = {
    MEMBER(osp_failure_view, status, OSP_KIND_INT32),
    TEXT(osp_failure_view, title),
    TEXT(osp_failure_view, detail),
    TEXT(osp_failure_view, request_id),
};

const osp_type osp_type_osp_failure_view = {
    .name = "osp_failure_view",
    .size = sizeof(osp_failure_view),
    .fields = failure_fields,
    .field_count = OSP_ARRAY_LEN(failure_fields),
    .kind = OSP_KIND_OBJECT,
};
