/* Regular expressions of descriptors (PCRE2), compiled once.
 *
 * A set holds the patterns of an application by the address of their text, which is constant data.
 * It is filled when the application starts and only read afterwards.  Expressions are searched, not
 * anchored, by the rules of JSON Schema as far as PCRE2 has them: UTF-8, `$` at the very end only,
 * \d \w \s of ASCII, ALT_BSUX.  Matching has limits on steps, depth and memory, so that none takes
 * exponential time. */
#ifndef OSP_TYPE_PATTERN_H
#define OSP_TYPE_PATTERN_H

#include <openspeed/type.h>

typedef struct osp_patterns osp_patterns;

osp_patterns *osp_patterns_new(void);
void osp_patterns_free(osp_patterns *set);

/* Compiles `pattern` into the set unless it is there.  OSP_OK | OSP_E_INVALID (err tells the place
 * and PCRE2's words; also when the build has no PCRE2) | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_patterns_add(osp_patterns *set, const char *pattern, osp_error *err);
/* All patterns that a type leads to, each type once, in any depth. */
OSP_MUST_CHECK osp_status osp_patterns_add_type(osp_patterns *set, const osp_type *type,
                                                osp_error *err);

/* Searches `pattern` in valid UTF-8.  `set` may be NULL or lack it: it is then compiled for this
 * call.  Returns OSP_OK (found) | OSP_DONE (not found) | OSP_E_LIMIT (too many steps) |
 * OSP_E_INVALID | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_patterns_find(const osp_patterns *set, const char *pattern,
                                            osp_str text);

#endif
