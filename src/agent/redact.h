/* Requests without their secrets, for reports, recordings and whoever looks over a shoulder.
 * Nothing is allocated beside the arena: all of it is safe in a signal handler whose arena is. */
#ifndef OSP_AGENT_REDACT_H
#define OSP_AGENT_REDACT_H

#include <openspeed/type.h>

#include "base/arena.h"

#define OSP_REDACTED "[redacted]"        /* stands in the place of a secret */
#define OSP_REDACT_MAX ((size_t)4 << 20) /* bytes of a text whose secrets are hidden */

/* Whether what has this name is secret: a password, a token, a session, a key.  Case, dashes and
 * underscores do not matter.
 *
 * in  the input of the route: its members with .secret are secret too, at any depth; NULL: unknown
 */
bool osp_redact_is_secret(osp_str name, const osp_type *in);

/* The value of a header field.  Of Authorization the scheme stays, of cookies their names.
 *
 * Returns  `value` itself where there is nothing to hide, else a text in the arena; OSP_REDACTED
 *          alone where there is no memory */
osp_str osp_redact_header(osp_arena *arena, osp_str name, osp_str value, const osp_type *in);

/* A request target: values of secret names in its query, and the segments of its path that a
 * pattern gives a secret name.
 *
 * pattern  of the route, "/reset/[token]"; NULL: not known */
osp_str osp_redact_target(osp_arena *arena, osp_str target, const char *pattern,
                          const osp_type *in);

/* A body: values of secret names in JSON and in forms.  Of another media type it is as it is; a
 * form in parts, whose secrets cannot be told apart, is hidden whole.
 *
 * media_type  as the request says it; parameters behind a ';' do not matter */
osp_str osp_redact_body(osp_arena *arena, osp_str media_type, osp_str body, const osp_type *in);

#endif
