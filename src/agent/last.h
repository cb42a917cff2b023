/* The last answer of a worker. */
#ifndef OSP_AGENT_LAST_H
#define OSP_AGENT_LAST_H

#include "app/dev.h"

/* osp_dev_hooks.last_answer. */
osp_str osp_agent_last_answer(const osp_ctx *ctx);

#endif
