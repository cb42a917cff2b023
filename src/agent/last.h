/* What a worker of a development build does when it dies. */
#ifndef OSP_AGENT_LAST_H
#define OSP_AGENT_LAST_H

#include "app/dev.h"

/* What the client of a request reads whose answer has not begun; static. */
osp_str osp_agent_last_answer(const osp_ctx *ctx);

/* osp_dev_hooks.crashed: clients that wait are answered, `openspeed dev` hears which request it
 * was, and a sanitizer which calls. */
void osp_agent_crashed(const struct osp_worker *worker, osp_task *culprit);

#endif
