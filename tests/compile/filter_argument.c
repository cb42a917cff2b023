/* A filter whose argument is of another type than its declaration says.
 *
 * EXPECT: the filter must be: static osp_status cut
 */
#include <openspeed/openspeed.h>

static osp_status cut(osp_task *task, const osp_str *in, const int64_t *len, osp_str *out)
{
    (void)task;
    *out = (osp_str){ in->ptr, (size_t)*len };
    return OSP_OK;
}
OSP_FILTER(cut, osp_str, osp_str, osp_str);
