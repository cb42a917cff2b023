/* A range of a string: only numbers have one.
 *
 * EXPECT: osp_string_takes_min_len_and_max_len_not_RANGE
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct Person {
    osp_str email;
} Person;
OSP_TYPE(Person, FIELD(email, RANGE(1, 254)));
