/* What the middleware of <openspeed/mw.h> shares. */
#ifndef OSP_APP_MW_MW_H
#define OSP_APP_MW_MW_H

#include <openspeed/mw.h>

#include "app/chain.h"

/* Sets a field to a static text; NULL and "" set none. */
OSP_MUST_CHECK static inline osp_status osp_mw_set(osp_ctx *ctx, osp_str name, const char *value)
{
    return value == NULL || value[0] == '\0' ? OSP_OK
                                             : osp_set_header(ctx, name, osp_str_from(value));
}

/* Makes `value` what osp_task_service finds for `key`, until the request ends. */
OSP_MUST_CHECK osp_status osp_mw_keep(osp_ctx *ctx, const void *key, void *value);

/* The one field of that name; empty where there is none.  Of several nobody knows which one others
 * on the way have read: OSP_E_INVALID. */
OSP_MUST_CHECK osp_status osp_mw_only(const osp_ctx *ctx, osp_str name, osp_str *ret_value);

/* What a function of the application has come to: a failure that it has not handed on is one all
 * the same, so that nobody comes in by it. */
OSP_MUST_CHECK osp_status osp_mw_outcome(const osp_ctx *ctx, osp_status status);

/* Whether a host, as requests name it, is `other`, with or without the port that its scheme has
 * anyway (RFC 9110 4.2.3). */
bool osp_mw_is_host(osp_str host, osp_str scheme, osp_str other);

/* Whose page has sent a request, as far as its browser says; the worse behind the better. */
typedef enum osp_site {
    OSP_SITE_OURS = 0, /* or one of the origins, or its user by themselves */
    OSP_SITE_UNSAID,   /* no browser has */
    OSP_SITE_HIDDEN,   /* it has no name: of a sandbox, or its policy tells nobody */
    OSP_SITE_OTHER
} osp_site;
/* origins  as of osp_csrf_options; NULL: none */
osp_site osp_csrf_site(const osp_ctx *ctx, const char *origins);
#define OSP_CSRF_REFUSED "A page of another site has sent this."

/* The next word of a list with spaces between; empty behind the last. */
osp_str osp_mw_next_word(const char **at);
/* Whether such a list has a word. */
bool osp_mw_lists(const char *list, osp_str word);
/* Whether a text is one origin, which "null" is not. */
bool osp_mw_is_origin(osp_str word);
/* What is wrong with a list of origins, as below. */
const char *osp_mw_origins_flaw(const char *list);

/* What of their options can be judged when an application is built; a sentence that goes on behind
 * the name.  NULL: nothing is wrong. */
const char *osp_basic_check(const osp_basic_options *options);
const char *osp_bearer_check(const osp_bearer_options *options);
const char *osp_security_headers_check(const osp_security_headers_options *options);
const char *osp_allow_addresses_check(const osp_allow_addresses_options *options);
const char *osp_csrf_check(const osp_csrf_options *options);
const char *osp_language_check(const osp_language_options *options);
const char *osp_signed_cookies_check(const osp_signed_cookies_options *options);
const char *osp_request_ids_check(const osp_request_ids_options *options);
const char *osp_method_override_check(const osp_method_override_options *options);
const char *osp_cors_check(const osp_cors_options *options);
const char *osp_timing_check(const osp_timing_options *options);
const char *osp_timeout_check(const osp_timeout_options *options);
const char *osp_cache_control_check(const osp_cache_control_options *options);
const char *osp_canonical_check(const osp_canonical_options *options);

#endif
