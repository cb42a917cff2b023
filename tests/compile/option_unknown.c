/* A misspelt option of an item.
 *
 * EXPECT: has no member named 'max_length'; did you mean 'max_len'?
 * EXPECT-clang: field designator 'max_length' does not refer to any field
 * EXPECT-tcc: error: field expected */
#include <openspeed/openspeed.h>

typedef struct Person {
    osp_str email;
} Person;
OSP_TYPE(Person, FIELD(email, .max_length = 254));
