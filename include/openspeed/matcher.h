/* Matchers: which segments of a URL a parameter takes.
 *
 *     static bool is_even(osp_str text)
 *     {
 *         return text.len > 0 && (text.ptr[text.len - 1] & 1) == 0;
 *     }
 *     OSP_MATCHER(even, is_even, .before = "slug");
 *
 * in a file below lib/, and the folder routes/numbers/[n=even]/ is the URL of what it takes. */
#ifndef OPENSPEED_MATCHER_H
#define OPENSPEED_MATCHER_H

#include <openspeed/base.h>

/* Behind the includes, which would inherit it. */
#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

#define OSP_MATCHER_NAMES_MAX 128 /* bytes of a list of matchers, with its end */

/* What OSP_MATCHER declares.  Names that end in `_` are written by the macro alone.  The lists are
 * arrays because the build reads them in the object, before anything is linked. */
typedef struct osp_matcher {
    bool (*match_)(osp_str text);
    const char *name_, *file_;
    int line_;
    char before[OSP_MATCHER_NAMES_MAX]; /* matchers that are tried later: "slug,word" */
    char after[OSP_MATCHER_NAMES_MAX];  /* matchers that are tried first */
} osp_matcher;

/* Declares a matcher, once in the application, in a file below lib/.
 *
 * name      as in [id=name]
 * function  bool f(osp_str text): whether a parameter can be `text`, which is decoded, UTF-8 and not
 *           empty.  It is called for each URL that comes this far, must give one text one answer,
 *           and may neither wait nor keep `text`.
 * before, after  among matchers that stand side by side the build knows which of its own takes less
 *           and is tried first; where the application's stand, the order must be said. */
#define OSP_MATCHER(...) OSP_MATCHER_(__VA_ARGS__, )
#define OSP_MATCHER_(name, function, ...)                                                          \
    _Static_assert(_Generic(&function, bool(*)(osp_str): 1, default: 0),                           \
                   "the matcher must be: static bool " #function "(osp_str text)");                \
    extern const osp_matcher osp_matcher_##name;                                                   \
    const osp_matcher osp_matcher_##name = {                                                       \
        .match_ = function, .name_ = #name, .file_ = __FILE__, .line_ = __LINE__, __VA_ARGS__      \
    }

/* Those that every application has.  Letters and digits are those of ASCII. */
OSP_API extern const osp_matcher osp_matcher_int;  /* 0 to 9223372036854775807, as one writes them */
OSP_API extern const osp_matcher osp_matcher_uuid; /* RFC 9562, 36 characters, either case */
OSP_API extern const osp_matcher osp_matcher_slug; /* letters and digits, a '-' between words */
OSP_API extern const osp_matcher osp_matcher_word; /* letters */
OSP_API extern const osp_matcher osp_matcher_date; /* 2026-01-31, a day that exists */

#ifdef __cplusplus
}
#endif
#endif
