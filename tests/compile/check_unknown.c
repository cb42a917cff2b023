/* A check that was not made known.
 *
 * EXPECT: osp_check_even
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
} Person;
OSP_TYPE(Person, FIELD(id, CHECK(even)));
