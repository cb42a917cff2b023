/* One regular expression: what patterns need of a library.
 *
 * regex_pcre2.c has it from PCRE2; regex_none.c takes its place in a build without. */
#ifndef OSP_TYPE_REGEX_H
#define OSP_TYPE_REGEX_H

#include <openspeed/base.h>

/* A compiled expression: constant, shared by threads. */
typedef struct osp_regex osp_regex;

/* What one search at a time writes to. */
typedef struct osp_regex_scratch {
    void *data, *context; /* owned */
} osp_regex_scratch;

/* OSP_OK | OSP_E_INVALID (err: the place and the library's words) | OSP_E_NOMEM.  owned by caller
 */
OSP_MUST_CHECK osp_status osp_regex_compile(const char *pattern, osp_regex **ret_regex,
                                            osp_error *err);
/* NULL allowed. */
void osp_regex_free(osp_regex *regex);

/* OSP_OK | OSP_E_NOMEM (nothing to be done). */
OSP_MUST_CHECK osp_status osp_regex_scratch_init(osp_regex_scratch *scratch);
void osp_regex_scratch_done(osp_regex_scratch *scratch);

/* Searches in valid UTF-8 of at most OSP_PATTERN_TEXT_MAX bytes.  OSP_OK | OSP_DONE | OSP_E_LIMIT |
 * OSP_E_INVALID (the expression recurses without end) | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_regex_search(const osp_regex *regex, osp_regex_scratch *scratch,
                                           osp_str text);

#endif
