/* A misspelt item.
 *
 * EXPECT: no member named 'osp_unknown_item'
 * EXPECT-tcc: field not found: osp_unknown_item */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
    osp_str email;
} Person;
OSP_TYPE(Person, FIELD(id), FEILD(email));
