/* A struct got a member that its description does not list.
 *
 * EXPECT: OSP_TYPE(Person): a member of the struct is not listed, or not in the struct's order
 * EXPECT: look behind the last one listed */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
    osp_str email;
} Person;
OSP_TYPE(Person, FIELD(id));
