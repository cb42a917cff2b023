/* A lower bound of a string that may be absent.
 *
 * EXPECT: osp_string_takes_min_len_and_max_len_not_RANGE
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct Person {
    osp_opt_str email;
} Person;
OSP_TYPE(Person, FIELD(email, AT_LEAST(1)));
