/* A record on its way: what a worker copies while the request is still there, and what becomes a
 * record again where it is looked at.
 *
 *     worker:         record, ctx, facts --osp_pack--> bytes, a frame of the channel
 *     openspeed dev:  bytes --osp_unpack--> record, ctx, facts
 *
 * Copying is all that a request waits for; writing JSON and hiding secrets take longer, and are
 * done for what somebody looks at alone.  Both ends are of one version; bytes that are none of it
 * are refused, and none of their sizes is trusted. */
#ifndef OSP_AGENT_PACK_H
#define OSP_AGENT_PACK_H

#include "agent/record.h"

#define OSP_PACK_MAX ((size_t)608 << 10)     /* bytes of one record */
#define OSP_PACK_TEXT_MAX ((size_t)96 << 10) /* of the names of its spans; then these are cut */
#define OSP_PACK_NAME_CUT 160                /* to so many bytes */
#define OSP_PACK_SECRETS_MAX 32 /* secret members of the input that are known by name */

/* Appends a record.  OSP_OK | OSP_E_LIMIT | OSP_E_NOMEM (out is as it was) */
OSP_MUST_CHECK osp_status osp_pack(const osp_record *record, const osp_ctx *ctx,
                                   const osp_record_facts *facts, osp_buf *out);

/* Whether bytes are a record, as far as their beginning tells. */
bool osp_pack_is(osp_str packed);
/* The id of a record, a slice of it; empty: it is none. */
osp_str osp_pack_id(osp_str packed);

/* What stands in for the application that it was recorded in. */
typedef struct osp_unpacked {
    osp_record record;
    osp_ctx ctx;
    osp_record_facts facts;
    osp_arena arena; /* of ctx; empty */
    osp_app_def app;
    osp_route route;
    osp_route_leaf leaf;
    osp_type in;
    osp_field secrets[OSP_PACK_SECRETS_MAX];
    osp_h1_head head;
    char head_text[OSP_H1_HEAD_MAX + OSP_H1_PADDING];
} osp_unpacked;

/* Makes a record again of packed bytes, which are borrowed as long as it is read.
 * OSP_OK | OSP_E_INVALID */
OSP_MUST_CHECK osp_status osp_unpack(osp_str packed, osp_unpacked *ret);

/* Appends the JSON line of osp_record_write.  OSP_OK | OSP_E_INVALID | OSP_E_LIMIT | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_pack_write(osp_str packed, osp_buf *out);

#endif
