/* A filter without the type of its result.
 *
 * EXPECT: OSP_FILTER takes a function, the type of the value, that of the result and those of up to
 */
#include <openspeed/openspeed.h>

static osp_status loud(osp_task *task, const osp_str *in, osp_str *out)
{
    (void)task;
    *out = *in;
    return OSP_OK;
}
OSP_FILTER(loud, osp_str);
