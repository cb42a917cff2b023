/* A filter that changes what it is given.
 *
 * EXPECT: the filter must be: static osp_status shout
 */
#include <openspeed/openspeed.h>

static osp_status shout(osp_task *task, osp_str *in, osp_str *out)
{
    (void)task;
    *out = *in;
    return OSP_OK;
}
OSP_FILTER(shout, osp_str, osp_str);
