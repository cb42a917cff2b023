/* What is done again and again. */
#include <openspeed/openspeed.h>

static osp_status clean_up(osp_task *task)
{
    osp_log(task, OSP_LOG_INFO, "nothing is left to clean up");
    return OSP_OK;
}
OSP_JOB(clean_up, .cron = "0 3 * * *", .jitter_s = 600, .doc = "Deletes what nobody needs");

static osp_status refresh(osp_task *task)
{
    osp_log(task, OSP_LOG_DEBUG, "prices are as they were");
    return OSP_OK;
}
OSP_JOB(refresh, .every_s = 300, .each_worker = true, .doc = "Reads the prices again");
