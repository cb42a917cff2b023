/* Limits of tokens, and verification at a given time. */
#ifndef OSP_GUARD_JWT_H
#define OSP_GUARD_JWT_H

#include <openspeed/guard.h>

#include "base/task.h"

#define OSP_JWT_BYTES_MAX 8192 /* of a token in its compact form */
#define OSP_JWT_KEY_BYTES_MIN 32

/* As osp_task_jwt_verify, at `now_s` seconds since 1970. */
OSP_MUST_CHECK osp_status osp_jwt_verify_at(osp_task *task, osp_str key, osp_str token,
                                            const osp_type *claims, void *ret_claims,
                                            int64_t now_s);

#endif
