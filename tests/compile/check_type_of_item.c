/* A check of another type than the items of a list, which would read what is not there.
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
    osp_str_list n;
} In;
OSP_TYPE(In, LIST(n, osp_str, EACH(CHECK(even))));
