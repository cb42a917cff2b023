/* Two functions of one query in one file.
 *
 * EXPECT: redefinition of 'osp_args_person_erase'
 * EXPECT-tcc: person_erase */
#include <openspeed/openspeed.h>

OSP_QUERY_EXEC(person_erase, (int64_t, id));
OSP_QUERY_EXEC(person_erase, (int64_t, id));
