/* A matcher of the application: routes/numbers/[n=even]/ is the URL of even numbers. */
#include <openspeed/openspeed.h>

static bool is_even(osp_str text)
{
    int64_t number;
    return osp_str_to_int(text, &number) == OSP_OK && number % 2 == 0;
}
OSP_MATCHER(even, is_even, .before = "int");
