/* Around the pages: what browsers may load for them.  Pictures of people and in articles come from
 * anywhere.  As in the API, what neither needs to know who asks nor says that it is public does not
 * build. */
#include <openspeed/mw.h>

OSP_USE(osp_security_headers,
        .csp = "default-src 'self'; img-src 'self' https: http: data:; base-uri 'none'; "
               "form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
               "script-src 'self' 'nonce-{nonce}'",
        .referrer_policy = "same-origin");
OSP_MIDDLEWARE(osp_run, .deny_by_default = true);
