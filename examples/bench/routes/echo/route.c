/* Decodes, checks and encodes again: the same members come back. */
#include <openspeed/openspeed.h>
#include <string.h>

typedef struct Address {
    osp_str street, city, zip;
    double_list geo; /* latitude, longitude */
} Address;
OSP_TYPE(Address, FIELD(street), FIELD(city), FIELD(zip),
         LIST(geo, double, .min_len = 2, .max_len = 2));

typedef struct Person {
    osp_str name;
    int32_t age;
    osp_str email;
    osp_str_list tags;
    Address address;
    osp_str bio;
} Person;
OSP_TYPE(Person, FIELD(name, .max_len = 100), FIELD(age, AT_LEAST(0)),
         FIELD(email, .max_len = 254), LIST(tags, osp_str), OBJECT(address, Address), FIELD(bio));

static osp_status echo(osp_ctx *ctx, const Person *in, Person *out)
{
    if (memchr(in->email.ptr, '@', in->email.len) == NULL) {
        return osp_fail_field(ctx, "/email", "must be an e-mail address");
    }
    *out = *in;
    return OSP_OK;
}
OSP_ROUTE(POST, echo, Person, Person);
