/* A length of an object.
 *
 * EXPECT: osp_object_takes_neither_RANGE_nor_min_len_and_max_len
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct Address {
    osp_str city;
} Address;
OSP_TYPE(Address, FIELD(city));
typedef struct Person {
    Address home;
} Person;
OSP_TYPE(Person, OBJECT(home, Address, .min_len = 1));
