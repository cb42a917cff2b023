/* What a server, a test and the dispatch call of pages. */
#ifndef OSP_APP_PAGE_KEEPER_H
#define OSP_APP_PAGE_KEEPER_H

#include "app/ctx.h"

/* Of a worker. */
typedef struct osp_pages osp_pages;

/* Key of the osp_pages * among a task's services. */
extern const char osp_pages_key;

/* Gives the text of a template as it is now; borrowed until the next call.  OSP_OK |
 * OSP_E_NOT_FOUND | a failure */
typedef struct osp_page_reader {
    osp_status (*read)(void *arg, const osp_template_file *file, osp_str *ret_text);
    void *arg;
} osp_page_reader;

/* All of this that others call, reached from the tables of an application that has pages. */
struct osp_page_keeper {
    /* Compiles the templates.  OSP_OK | OSP_E_INVALID (err has the first complaint) | OSP_E_LIMIT |
     * OSP_E_NOMEM */
    osp_status (*open)(const osp_app_def *app, osp_pages **ret_pages, osp_error *err);
    /* When no request is left.  NULL: nothing to do. */
    void (*close)(osp_pages *pages);
    /* Appends what is wrong with templates, and with how they stand around each other, as compilers
     * write it.  Returns the number of findings. */
    size_t (*check)(const osp_app_def *app, osp_buf *out);
    /* Compiles all templates anew from what `reader` gives; documents that have begun keep the old
     * ones.  said: takes complaints.  OSP_OK | OSP_E_INVALID (the old ones stay) | OSP_E_LIMIT |
     * OSP_E_NOMEM */
    osp_status (*reload)(osp_pages *pages, const osp_page_reader *reader, osp_buf *said);
    /* Shows the failure of a request, whose answer is a problem document for people.
     *
     * step     the middleware that has failed, static; NULL: what it wraps
     * Yields: as the loads of layouts do. */
    void (*fail)(osp_ctx *ctx, const osp_middleware *step);
    /* The template that people are shown for a URL that nothing answers, which ctx asks for; NULL:
     * a problem document. */
    const osp_template_file *(*not_found)(const osp_ctx *ctx);
};

/* Calls visit(arg, leaf, route) for what a page leads to besides the routes of its leaf: the loads
 * of layouts and slots, and actions.  Of a leaf without a page for nothing. */
void osp_page_each_route(const osp_route_leaf *leaf,
                         void (*visit)(void *arg, const osp_route_leaf *leaf,
                                       const osp_route *route),
                         void *arg);

#endif
