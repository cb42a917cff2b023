/* Members that nothing names are kept as JSON, not as strings.
 *
 * EXPECT: Person.rest must be osp_json_map
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
    osp_str_map rest;
} Person;
OSP_TYPE(Person, FIELD(id), EXTRA(rest));
