/* Who looks at the pages: by a cookie, as a browser sends it.
 *
 * The API knows people by a header that only their own code sends; a cookie comes along by itself, also
 * when another site makes a browser ask.  So each has a provider of its own, and no route takes both. */
#ifndef CONDUIT_SESSION_H
#define CONDUIT_SESSION_H

#include "lib/account.h"
#include "lib/viewer.h"

typedef struct Visitor {
    Viewer as; /* for what the API and the pages share */
    osp_str username;
} Visitor;
OSP_PROVIDES(visitor, Visitor);

/* NULL: nobody has signed in. */
static inline const Viewer *viewer_of(const Visitor *visitor)
{
    return visitor != NULL ? &visitor->as : NULL;
}
/* Their name for a template. */
static inline osp_opt_str name_of(const Visitor *visitor)
{
    return visitor != NULL ? (osp_opt_str){ OSP_SET, visitor->username }
                           : (osp_opt_str){ OSP_ABSENT, S("") };
}

/* Signs somebody in, and out. */
osp_status session_begin(osp_ctx *ctx, const Key *key, const Account *account);
osp_status session_end(osp_ctx *ctx);

/* Sends nobody to the page where they sign in, which leads back: `return session_ask(ctx);` */
osp_status session_ask(osp_ctx *ctx);

/* Sends the browser to where a form says that it was, or else to `otherwise`. */
osp_status session_go(osp_ctx *ctx, osp_str back, osp_str otherwise);

#endif
