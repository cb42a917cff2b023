/* A header that declares the function of a query with another argument than the query has.
 *
 * EXPECT-gcc: conflicting types for 'person_erase'
 * EXPECT-clang: conflicting types for 'person_erase'
 * EXPECT-tcc: incompatible types for redefinition of 'person_erase' */
#include <openspeed/openspeed.h>

int64_t person_erase(osp_ctx *ctx, osp_str name);
OSP_QUERY_EXEC(person_erase, (int64_t, id));
