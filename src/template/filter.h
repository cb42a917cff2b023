/* The filters of the language itself. */
#ifndef OSP_TEMPLATE_FILTER_H
#define OSP_TEMPLATE_FILTER_H

#include "template/template_impl.h"

/* What a filter takes. */
typedef enum osp_takes {
    OSP_TAKES_TEXT = 0, /* any scalar, as text */
    OSP_TAKES_INT,      /* a whole number */
    OSP_TAKES_NUMBER,   /* any number, as it is, and a decimal */
    OSP_TAKES_TIME,     /* a time or a date */
    OSP_TAKES_LIST,     /* of scalars */
    OSP_TAKES_LENGTH,   /* text, list, array or map */
    OSP_TAKES_ANYTHING  /* whatever has a description */
} osp_takes;

typedef struct osp_filter_def osp_filter_def;
struct osp_filter_def {
    const char *name;
    const char *usage; /* "truncate 80" */
    /* Where the result is: `in` itself, or *out.  NULL: frame->status is set. */
    const void *(*call)(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out);
    uint8_t takes;                               /* osp_takes */
    uint8_t gives;                               /* osp_kind */
    uint8_t needed, most;                        /* arguments */
    uint8_t arguments[OSP_FILTER_ARGUMENTS_MAX]; /* osp_kind of each: STR or INT64 */
    const char *(*check)(
        osp_str argument); /* of the first one, written out; NULL, or what is wrong */
};

/* NULL: there is none of that name. */
const osp_filter_def *osp_filter_find(osp_str name);
/* Looks for near names. */
void osp_filter_nearest(osp_nearest *nearest);

/* The value of an argument; NULL: it is not given, or not there. */
const void *osp_filter_argument(osp_frame *frame, const osp_term *term, size_t index,
                                osp_cell *cell);

#endif
