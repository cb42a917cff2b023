/* The control: what the other files of this folder get wrong, done right.
 *
 * EXPECT: nothing */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
    osp_str email;
} Person;
OSP_TYPE(Person, FIELD(id), FIELD(email));
OSP_LIST_OF(Person);

typedef struct ShowIn {
    int64_t id;
    Person person;
    Person_list others;
} ShowIn;
OSP_TYPE(ShowIn, PATH(id, AT_LEAST(1)), OBJECT(person, Person), LIST(others, Person));

static osp_status show(osp_ctx *ctx, const ShowIn *in, Person *out)
{
    (void)ctx;
    *out = in->person;
    return OSP_OK;
}
OSP_ROUTE(GET, show, ShowIn, Person, .summary = "Show a person");
