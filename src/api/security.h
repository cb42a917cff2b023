/* Security schemes and requirements of the OpenAPI document. */
#ifndef OSP_API_SECURITY_H
#define OSP_API_SECURITY_H

#include "app/graph.h"
#include "base/arena.h"

/* Which schemes operations have asked for. */
typedef struct osp_security {
    bool authorization;           /* an input reads that header by itself */
    const osp_provider **schemes; /* room for OSP_PROVIDERS_MAX */
    size_t scheme_count;
} osp_security;

/* What an authenticating provider reads who asks from: the header Authorization, or else the first
 * cookie, header or query.  NULL: it does not authenticate, or by what others give it. */
const osp_field *osp_credential_of(const osp_provider *provider);

/* Writes the member `security` of an operation, unless nobody is asked who they are.
 *
 * in        of the route
 * reached   what it leads to, as osp_graph_reach lists it */
void osp_security_write(osp_security *s, const osp_type *in, const osp_reached *reached,
                        size_t count, osp_buf *out);

/* Writes the member `securitySchemes` of the components, unless there are none. */
void osp_security_schemes(const osp_security *s, osp_arena *arena, osp_buf *out);

#endif
