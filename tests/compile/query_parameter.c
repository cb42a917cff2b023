/* A struct given as the parameter of a query: only scalars can be bound.
 *
 * EXPECT: a parameter of a query must be a bool, an integer, a float or double, an osp_str, a char
 * * EXPECT: not so who */
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
