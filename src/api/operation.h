/* The operations of an OpenAPI document. */
#ifndef OSP_API_OPERATION_H
#define OSP_API_OPERATION_H

#include "api/schema.h"
#include "api/security.h"

#define OSP_API_STATUS_END 600 /* behind the last status */

/* A document that is being written. */
typedef struct osp_document {
    const osp_app_def *app;
    osp_arena arena;
    osp_schemas schemas;
    osp_buf *out;
    osp_str *ids; /* of the operations so far */
    size_t id_count;
    const char *problem;               /* the name of its component */
    bool problems[OSP_API_STATUS_END]; /* statuses that need a response */
    osp_reached *reached;              /* providers that the operation at hand leads to */
    size_t reached_count;
    osp_security security;
} osp_document;

/* The first folder of a route that names something: (shop) does, [id], v1 and hosts do not. */
osp_str osp_operation_tag(const osp_route_leaf *leaf);

/* Finds what an operation needs of providers, into d->reached. */
void osp_operation_reach(osp_document *d, const osp_route_leaf *leaf, const osp_route *route);

/* Writes an operation as a member of its path, after its types were added to the schemas.
 * OSP_OK | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_operation_write(osp_document *d, const osp_route_leaf *leaf,
                                              const osp_route *route, osp_error *err);

#endif
