/* A copy of a value that is of another type.
 *
 * EXPECT-gcc: is not compatible with any association
 * EXPECT-clang: not compatible with any generic association
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
} Person;
OSP_TYPE(Person, FIELD(id));
typedef struct Address {
    int64_t id;
} Address;
OSP_TYPE(Address, FIELD(id));

Person *copy(osp_ctx *ctx, const Address *address);
Person *copy(osp_ctx *ctx, const Address *address)
{
    return osp_copy_of(ctx, Person, address);
}
