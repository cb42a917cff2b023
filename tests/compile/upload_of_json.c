/* A file as a member of JSON: it comes from a form.
 *
 * EXPECT: Person.photo: a file comes from a form: say FORM(photo)
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct Person {
    osp_upload photo;
} Person;
OSP_TYPE(Person, FIELD(photo));
