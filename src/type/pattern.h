/* Regular expressions of descriptors (PCRE2), compiled once.
 *
 * A set holds the patterns of an application by the address of their text, which is constant data.
 * It is filled when the application starts and only read afterwards, then by any thread.
 *
 * Expressions are searched, not anchored, by the rules of JSON Schema (ECMA-262) as far as PCRE2
 * has them: UTF-8; `$` at the very end only; `.` takes no CR and LF; \d \w \s of ASCII; \uXXXX and
 * \u{X}.  A search has limits on text, steps and memory, so that no text takes it seconds.
 */
#ifndef OSP_TYPE_PATTERN_H
#define OSP_TYPE_PATTERN_H

#include <openspeed/type.h>

/* A longer text is not searched. */
#define OSP_PATTERN_TEXT_MAX 16384
/* Steps of backtracking in one search, and those times the bytes of the text. */
#define OSP_PATTERN_STEPS_MAX 100000U
#define OSP_PATTERN_WORK_MAX 500000000U
/* Bytes in which the steps are kept that can be taken back. */
#define OSP_PATTERN_HEAP_MAX (4U << 20)

typedef struct osp_patterns osp_patterns;

/* NULL: no memory.  owned by caller */
osp_patterns *osp_patterns_new(void);
void osp_patterns_free(osp_patterns *set);

/* Compiles `pattern`, borrowed until the set is freed, into the set unless it is there.  OSP_OK |
 * OSP_E_INVALID (err tells the place and PCRE2's words; also when the build has no PCRE2) |
 * OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_patterns_add(osp_patterns *set, const char *pattern, osp_error *err);
/* All patterns that a type leads to, in any depth, each type once in the life of the set.  Fails as
 * osp_patterns_add does; err names type and member. */
OSP_MUST_CHECK osp_status osp_patterns_add_type(osp_patterns *set, const osp_type *type,
                                                osp_error *err);

/* Searches `pattern` in `text`.  `set` may be NULL or lack it: it is then compiled for this call.
 * Does not yield.  Returns OSP_OK (found) | OSP_DONE (not found) | OSP_E_LIMIT (a limit above; the
 * caller should stop looking at what came from the same source) | OSP_E_INVALID (the pattern, or
 * text that is not UTF-8) | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_patterns_find(const osp_patterns *set, const char *pattern,
                                            osp_str text);

#endif
