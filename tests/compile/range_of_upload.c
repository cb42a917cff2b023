/* A range of a file: it has a length in bytes.
 *
 * EXPECT: osp_upload_takes_min_len_max_len_and_media_types_not_RANGE
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct In {
    osp_opt_upload photo;
} In;
OSP_TYPE(In, FORM(photo, RANGE(1, 254)));
