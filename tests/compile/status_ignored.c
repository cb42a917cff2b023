/* A call whose failure nobody looks at.
 *
 * EXPECT: osp_str_to_int
 * EXPECT-tcc: nothing */
#include <openspeed/openspeed.h>

int64_t number(osp_str text);
int64_t number(osp_str text)
{
    int64_t value = 0;
    osp_str_to_int(text, &value);
    return value;
}
