/* A row whose type nobody has described.
 *
 * EXPECT: osp_type_Person
 * EXPECT-tcc: osp_type_Person */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
} Person;

OSP_QUERY_ONE(Person, person_by_id, (int64_t, id));
