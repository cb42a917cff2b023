/* A misspelt member: gcc guesses the right one.
 *
 * EXPECT: has no member named 'emial'; did you mean 'email'?
 * EXPECT-clang: no member named 'emial' in 'struct Person'
 * EXPECT-tcc: field not found: emial */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
    osp_str email;
} Person;
OSP_TYPE(Person, FIELD(id), FIELD(emial));
