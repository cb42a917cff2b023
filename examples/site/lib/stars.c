/* A filter of templates: {{stars | stars}}. */
#include <openspeed/openspeed.h>

static osp_status stars(osp_task *task, const int32_t *count, osp_str *out)
{
    static const char all[] = "★★★★★"; /* three bytes each */
    *out = (osp_str){ all, *count > 0 && *count <= 5 ? 3 * (size_t)*count : 0 };
    return OSP_OK;
}
OSP_FILTER(stars, int32_t, osp_str);
