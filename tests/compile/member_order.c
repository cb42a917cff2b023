/* The description lists the members in another order than the struct.
 *
 * EXPECT: OSP_TYPE(Person): a member of the struct is not listed, or not in the struct's order */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
    osp_str email;
} Person;
OSP_TYPE(Person, FIELD(email), FIELD(id));
