/* Jobs that tell when they ran, one that fails, and one that ends its worker when it is asked to. */
#include <openspeed/openspeed.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/gate.h"

bool gate_is_open;

static bool is_asked(const char *name)
{
    const char *asked = getenv("TASKS_JOB");
    return asked != NULL && osp_str_equal(osp_str_from(asked), osp_str_from(name));
}

static osp_status tick(osp_task *task)
{
    osp_log(task, OSP_LOG_INFO, "tick of %d", (int)getpid());
    return OSP_OK;
}
OSP_JOB(tick, .every_s = 1, .doc = "Ticks");

static osp_status each(osp_task *task)
{
    if (is_asked("each")) {
        osp_log(task, OSP_LOG_INFO, "each of %d", (int)getpid());
    }
    return OSP_OK;
}
OSP_JOB(each, .every_s = 1, .each_worker = true);

static osp_status fails(osp_task *task)
{
    (void)task;
    return is_asked("fails") ? OSP_E_IO : OSP_OK;
}
OSP_JOB(fails, .every_s = 1);

static osp_status crashes(osp_task *task)
{
    (void)task;
    if (is_asked("crashes")) {
        abort();
    }
    return OSP_OK;
}
OSP_JOB(crashes, .every_s = 2);

static osp_status never_soon(osp_task *task)
{
    (void)task;
    return OSP_OK;
}
OSP_JOB(never_soon, .cron = "0 0 29 2 *", .within_s = 10);
