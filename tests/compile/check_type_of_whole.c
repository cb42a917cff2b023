/* A check of another type than a whole struct, which would read what is not there.
 *
 * EXPECT: osp_check_of_another_type
 * EXPECT-tcc: nothing */
#include <openspeed/openspeed.h>

static const char *even(const int64_t *n)
{
    return *n % 2 != 0 ? "must be even" : NULL;
}
OSP_CHECKER(even, int64_t);

typedef struct In {
    int64_t n;
} In;
OSP_TYPE(In, FIELD(n), OPTIONS(CHECK(even)));
