/* What is wrong with an input, for the client: every bad field at once, up to a maximum. */
#ifndef OSP_TYPE_ISSUES_H
#define OSP_TYPE_ISSUES_H

#include <openspeed/type.h>

#include "base/arena.h"

#define OSP_ISSUES_MAX 32 /* bad fields reported at once */

/* What sort of thing is wrong: for programs, and for translations. */
typedef enum osp_issue_code {
    OSP_ISSUE_CHECK = 0, /* a check of the application's own */
    OSP_ISSUE_REQUIRED,
    OSP_ISSUE_NULL,
    OSP_ISSUE_TYPE,
    OSP_ISSUE_MINIMUM,
    OSP_ISSUE_MAXIMUM,
    OSP_ISSUE_ABOVE,
    OSP_ISSUE_BELOW,
    OSP_ISSUE_MULTIPLE,
    OSP_ISSUE_MIN_LENGTH,
    OSP_ISSUE_MAX_LENGTH,
    OSP_ISSUE_MIN_ITEMS,
    OSP_ISSUE_MAX_ITEMS,
    OSP_ISSUE_UNIQUE,
    OSP_ISSUE_PATTERN,
    OSP_ISSUE_FORMAT,
    OSP_ISSUE_ENUM,
    OSP_ISSUE_NEEDS,
    OSP_ISSUE_ADDITIONAL,
    OSP_ISSUE_DUPLICATE,
    OSP_ISSUE_CODES
} osp_issue_code;

/* The code as programs see it: "min_length".  static */
const char *osp_issue_code_name(osp_issue_code code);

/* What is wrong with a value; no detail: nothing is. */
typedef struct osp_flaw {
    osp_issue_code code;
    osp_status failure; /* OSP_OK, or why it could not be judged: OSP_E_LIMIT (the client's fault
                         * all the same), OSP_E_NOMEM, OSP_E_INVALID (a bad pattern) */
    osp_str detail;     /* "is required", "must be a string", ...: static or in the arena */
} osp_flaw;

/* One thing wrong with one field. */
typedef struct osp_issue {
    const char *in; /* NULL: the body; "path", "query", "header", "cookie" or "form" */
    osp_str where;  /* in the body a JSON pointer (RFC 6901), else the parameter's name */
    osp_issue_code code;
    osp_str detail;
} osp_issue;

/* Every bad field of one input. */
typedef struct osp_issues {
    osp_issue items[OSP_ISSUES_MAX];
    size_t count;
    size_t dropped; /* beyond the maximum */
} osp_issues;

void osp_issues_add(osp_issues *issues, const char *in, osp_str where, osp_flaw flaw);

/* A flaw whose sentence lives for ever. */
static inline osp_flaw osp_flaw_of(osp_issue_code code, const char *sentence)
{
    return (osp_flaw){ code, OSP_OK, osp_str_from(sentence) };
}

/* A flaw with a printf-like sentence in the arena; a static one when memory is exhausted. */
osp_flaw osp_flaw_format(osp_issue_code code, osp_arena *arena, const char *format, ...)
    OSP_PRINTF(3, 4);

#endif
