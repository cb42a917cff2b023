/* A check that takes another type than it is made known for.
 *
 * EXPECT: the check must be: static const char *even(const int64_t *value)
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

static const char *even(const int32_t *value)
{
    return *value % 2 != 0 ? "must be even" : NULL;
}
OSP_CHECKER(even, int64_t);
