/* A struct given as the parameter of a query: only scalars can be bound.
 *
 * EXPECT: osp_value_of
 * EXPECT-gcc: '_Generic' selector of type 'struct Person' is not compatible with any association
 * EXPECT-clang: not compatible with any generic association type
 * EXPECT-tcc: does not match any association */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
} Person;
OSP_TYPE(Person, FIELD(id));
OSP_LIST_OF(Person);

const Person *find(osp_ctx *ctx, Person who);
const Person *find(osp_ctx *ctx, Person who)
{
    return osp_db_one(ctx, Person, "SELECT id FROM person WHERE id = ?", who);
}
