/* A length of a truth value.
 *
 * EXPECT: osp_scalar_takes_neither_RANGE_nor_min_len_and_max_len
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct Person {
    bool admin;
} Person;
OSP_TYPE(Person, FIELD(admin, .min_len = 1));
