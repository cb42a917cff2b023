/* Filters of this application: {{step.minutes | clock}}, {{recipe.stars | stars 5}}. */
#include <openspeed/template.h>

static osp_status clock(osp_task *task, const int64_t *minutes, osp_str *out)
{
    *out = osp_format(task, "%d:%02d", (int)(*minutes / 60), (int)(*minutes % 60));
    return out->ptr != NULL ? OSP_OK : OSP_E_NOMEM;
}
OSP_FILTER(clock, int64_t, osp_str);

/* Markup, which nobody escapes any more: there is nothing of a text in it. */
static osp_status stars(osp_task *task, const int64_t *count, const int64_t *most, osp_markup *out)
{
    const int given = (int)*count, all = (int)*most;
    out->text = osp_format(task, "<meter value=\"%d\" max=\"%d\">%d of %d</meter>", given, all, given, all);
    return out->text.ptr != NULL ? OSP_OK : OSP_E_NOMEM;
}
OSP_FILTER(stars, int64_t, osp_markup, int64_t);
