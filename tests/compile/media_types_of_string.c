/* Media types of a string: only files have one.
 *
 * EXPECT: osp_string_takes_min_len_and_max_len_not_RANGE
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct In {
    osp_str text;
} In;
OSP_TYPE(In, FORM(text, .media_types = "text/plain"));
