/* Forms of pages: what an action is sent, and what its page shows of it when it refuses.
 *
 * A page's template has two scopes that are made of the FORM members of the page's actions: "form",
 * what was typed, and "errors", what is said of it. */
#ifndef OSP_APP_ACTION_H
#define OSP_APP_ACTION_H

#include <openspeed/page.h>

#include "app/form.h"

#define OSP_ACTION_MEMBERS_MAX 64 /* names of FORM members of a page's actions, together */

/* The types of the two scopes of a page. */
typedef struct osp_form_scopes {
    osp_type form; /* an optional text each, or a list of texts; secrets and files are not in it */
    osp_type errors; /* an optional text each, of all */
} osp_form_scopes;

/* Makes them of the actions of a page, if there are any.
 *
 * actions  up to a NULL; NULL: the page has none
 * arena    what they consist of lives there
 * Returns  OSP_OK | OSP_E_LIMIT (OSP_ACTION_MEMBERS_MAX) | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_form_scopes_make(const osp_route *const *actions, osp_arena *arena,
                                               osp_form_scopes *ret);

/* The input of the route that runs actions: nothing is read into it, but it has a member of a form,
 * so that one in parts is read as it comes. */
extern const osp_type osp_type_osp_action_in;

/* What an action has been sent and has refused; borrowed, in the request's memory. */
typedef struct osp_refused {
    const osp_route *action;
    int status;
    osp_str failure;           /* for the page as a whole: {{page.failure}} */
    osp_str url, query;        /* of the page, without the name of the action */
    osp_params typed;          /* the fields of the form that are no files */
    osp_bad_field_list fields; /* in the client's language */
    void *view;                /* what the action was given to fill; NULL: its View is void */
} osp_refused;

/* Makes the values of both scopes, in the request's memory.  Nothing is in them where `refused` is
 * NULL.
 * Returns  OSP_OK | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_form_scopes_fill(const osp_form_scopes *scopes,
                                               const osp_refused *refused, osp_task *task,
                                               const void **ret_form, const void **ret_errors);

/* The action that the query of a POST names, "/NAME" among its pairs; NULL: there is none of that
 * name. */
const osp_route *osp_action_choose(const osp_route *const *actions, osp_str query);

/* A URL with one slash in front where it has more: two would begin a host, and routes read them as
 * one. */
static inline osp_str osp_one_slash(osp_str url)
{
    while (url.len > 1 && url.ptr[0] == '/' && url.ptr[1] == '/') {
        url = (osp_str){ url.ptr + 1, url.len - 1 };
    }
    return url;
}

/* Runs the action that a request asks for.
 *
 * actions      up to a NULL
 * ret_refused  written on OSP_DONE
 * Returns      OSP_OK (the answer is set: a redirect, unless the action has sent another) |
 *              OSP_DONE (it has refused: the page is to be shown again; the failure is taken back)
 * | a failure of the request Yields: as its providers and the action do. */
OSP_MUST_CHECK osp_status osp_action_run(osp_ctx *ctx, const osp_route *const *actions,
                                         osp_refused *ret_refused);

/* ---------------------------------------------------------------- tokens */

/* What shows a token or a flash is of one client: no cache may give it to another (RFC 9111
 * 5.2.2.7), unless the answer says something of caches already.  False: there is no memory, or no
 * room for the field. */
bool osp_page_keep_private(osp_ctx *ctx);

#define OSP_FORM_TOKEN_LEN 22            /* characters: 16 random bytes as base64url */
#define OSP_FORM_TOKEN_NAME "_csrf"      /* of the hidden field */
#define OSP_FORM_TOKEN_COOKIE "osp-form" /* over https with __Host- in front */
#define OSP_FORM_TOKEN_HEADER "X-CSRF-Token"

/* The token that the forms of this client send: that of its cookie, which is set where there is
 * none.  The answer is kept from shared caches.  To be asked for before the first byte of an
 * answer. In the request's memory; empty where there is no memory or no room for these fields. */
osp_str osp_form_token(osp_ctx *ctx);
/* Whether a form has sent the token of its client's cookie.  In constant time. */
bool osp_form_token_fits(osp_ctx *ctx, osp_str token);

/* ---------------------------------------------------------------- flash */

/* What osp_flash has said to this client, in this request or one before; empty: nothing.  It is
 * taken away with that, unless nobody sees this answer (HEAD, a browser that looks ahead), which is
 * kept from shared caches.  Before the first byte of the answer; in the request's memory. */
osp_str osp_flash_take(osp_ctx *ctx);

#endif
