/* Pages at run time: templates as a worker has compiled them, and documents made of them.
 *
 *     page.c      answers a request: loads, then a document
 *     page_load   inputs and loads of layouts, slots and the page
 *     page_run    one of those that runs beside the others
 *     page_draw   a document as HTML: layouts around the page, the head of all of them
 *     page_mark   whether two layouts are the same
 *     page_send   a document that is put together: a part of it, and what streams
 *     page_fail   failures within error.html and not-found.html
 *     page_view   what templates can name of the request
 *     page_plan   compiles templates and settles what is around what
 *     page_set    keeps what is compiled, for a worker; in development other texts take its place
 *     page_check  what of it the build can tell is wrong
 *
 * page_keeper.h has what others call. */
#ifndef OSP_APP_PAGE_H
#define OSP_APP_PAGE_H

#include <openspeed/page.h>

#include "app/action.h"
#include "app/page_keeper.h"
#include "template/template.h"

#define OSP_PAGE_LAYOUTS_MAX 16 /* around a page */
#define OSP_PAGE_ITEMS_MAX 64   /* layouts, slots and the page itself */
#define OSP_PAGE_HEADS_MAX 128  /* elements of the head of a document */
#define OSP_PAGE_SIZE_MAX                                                                          \
    (32u << 20) /* bytes of a document that is put together before it is sent */

#define OSP_PAGE_HTML OSP_STR("text/html; charset=utf-8")
#define OSP_PAGE_NO_ITEM 0xff
#define OSP_PAGE_SCOPES 4 /* what fills a template, page, form and errors */

/* What every template can name by {{page.…}}. */
typedef struct osp_page_view {
    osp_str url, path, query; /* as the client has asked */
    osp_str failure;          /* of an action */
    osp_str flash;            /* of osp_flash */
    osp_str csrf;             /* the token that forms are sent with */
    osp_str nonce;            /* of the answer's policy for scripts */
    osp_str request_id;
    bool development;
} osp_page_view;
extern const osp_type osp_type_osp_page_view;

/* What of the view costs something, and is filled only for templates that name it. */
enum {
    OSP_PAGE_WANTS_FLASH = 1,
    OSP_PAGE_WANTS_TOKEN = 2, /* named, or of a form that is sent */
    OSP_PAGE_WANTS_REQUEST_ID = 4,
    OSP_PAGE_SHOWS_HEAD = 8, /* it has {{head}} */
};

/* All templates, compiled once. */
typedef struct osp_page_set osp_page_set;

/* A template in its place: a layout, what is in a slot, or the page. */
typedef struct osp_page_item {
    const osp_page_part *part;
    const osp_template *template, *loading; /* loading: NULL: there is none */
    const uint8_t *slots; /* for each {{outlet @name}} the number of an item, or OSP_PAGE_NO_ITEM */
    bool streams;
} osp_page_item;

/* An element of the head of a document. */
typedef struct osp_page_head {
    uint8_t item;
    uint16_t index; /* in the template of the item */
} osp_page_head;

/* A page with all that is around it: layouts from the root inwards, the page, then what is in
 * slots.
 */
typedef struct osp_page_plan {
    const osp_page_def *def;
    const osp_page_item *items;
    uint32_t item_count, depth; /* depth: layouts, which is also the number of the page */
    const osp_page_head *heads; /* where nothing fails */
    uint32_t head_count;
    bool loads;          /* something fills some item */
    bool streams;        /* some item does */
    bool fails;          /* the innermost template is filled by a failure */
    uint32_t open_depth; /* then: layouts that need no middleware but that of routes/ */
    const osp_page_set *set;
    uint8_t wants; /* OSP_PAGE_WANTS_FLASH and others, of any template that may be shown */
    const osp_form_scopes *scopes; /* that the page names by {{form.…}} and {{errors.…}} */
    osp_str script;                /* the URL of what asks for parts of pages */
} osp_page_plan;

/* What fills an item of a document. */
typedef struct osp_page_fill {
    void *in;
    void *view;                      /* NULL: it has none, or is not loaded yet */
    const osp_failure_view *failure; /* which is shown in its place; NULL: it has not failed */
    const osp_template *failed;      /* by this */
    bool done;                       /* it has been loaded, or tried for */
    bool broken;                     /* it has failed, and nothing is shown */
} osp_page_fill;

/* A document: what is shown, with the values that fill it.  In the request's memory. */
typedef struct osp_page_doc {
    osp_writing writing; /* first: it is the value of the answer */
    osp_ctx *ctx;
    const osp_page_plan *plan;
    uint32_t depth;             /* layouts that are drawn */
    bool fails;                 /* a failure is shown in place of the page */
    bool streams;               /* what streams is left out; else nothing does */
    bool bound;                 /* the page's input is read */
    bool marked;                /* parts of it can be asked for, and it has markers */
    const osp_refused *refused; /* by an action, for which the page is shown again; NULL: none */
    const osp_template *inner;  /* what is within the innermost */
    const osp_failure_view *failure; /* that fills `inner`; NULL: it is the page of the plan */
    const osp_page_head *heads;
    uint32_t head_count;
    osp_page_view page;
    const void *form, *errors; /* of the scopes of the plan */
    osp_page_fill fills[];     /* for each item of the plan */
} osp_page_doc;

/* The plan of a page; NULL: nobody has compiled it, which the task remembers. */
const osp_page_plan *osp_page_plan_of(osp_ctx *ctx, const osp_page_def *def);

/* The elements of a head, of several with one key the innermost in the place of the outermost. */
typedef struct osp_page_head_list {
    uint32_t count;
    osp_page_head heads[OSP_PAGE_HEADS_MAX];
    osp_str keys[OSP_PAGE_HEADS_MAX];
} osp_page_head_list;

/* Puts together the head of `depth` layouts with what is within them.  False: there are more than
 * OSP_PAGE_HEADS_MAX. */
bool osp_page_heads(const osp_page_plan *plan, uint32_t depth, const osp_template *inner,
                    osp_page_head_list *ret_list);

/* What a part shows of its own failure; .html NULL: nothing. */
osp_page_failure osp_page_failure_of(const osp_page_part *part, int status);

/* As it was compiled. */
const osp_template *osp_page_template(const osp_page_plan *plan, const osp_template_file *file);

/* Whether something has to be loaded for a layout or what is in its slots. */
bool osp_page_loads(const osp_page_plan *plan, uint32_t layout);

/* Whether a middleware, which a file declares, is around what a layout shows. */
bool osp_page_is_around(const osp_middleware *step, const osp_page_plan *plan, uint32_t layout);

/* A document of which nothing is loaded yet; NULL: nobody has compiled it, or no memory, which the
 * task remembers. */
osp_page_doc *osp_page_doc_new(osp_ctx *ctx, const osp_page_def *def);

/* Loads the items that are drawn, do not stream and have not been loaded.  A slot that shows its
 * own failure does not fail.
 *
 * ret_item  of which a failure is; written on failure
 * Returns   OSP_OK | OSP_DONE (one has answered the request: it sends the client elsewhere) | a
 *           failure of the request.  Yields: as they do. */
OSP_MUST_CHECK osp_status osp_page_load(osp_page_doc *doc, uint32_t *ret_item);

/* What is said of a failure of the context in the slot of an item, which it is taken back for.
 * False: the slot has no template of its own for it. */
bool osp_page_fail_in_place(osp_page_doc *doc, uint32_t item, osp_status status);

/* Makes the document the answer, with the status that is set. */
OSP_MUST_CHECK osp_status osp_page_answer(osp_page_doc *doc);

/* Answers with a document that is put together now: with the part of it that the client does not
 * show yet, and what streams.  Yields: as osp_write, and as loads that stream do. */
OSP_MUST_CHECK osp_status osp_page_send(osp_page_doc *doc);

/* Draws the document behind what stands in `out`. */
OSP_MUST_CHECK osp_status osp_page_draw(const osp_page_doc *doc, osp_buf *out);
/* Draws what was left out of it. */
OSP_MUST_CHECK osp_status osp_page_draw_late(const osp_page_doc *doc, uint32_t item, osp_buf *out);

/* Answers with the failure of an item: that of the context, or `status`.
 * Returns  OSP_OK (a layout sends the client elsewhere) | the failure, which stays that of the
 *          context.  Yields: as the loads of layouts do. */
osp_status osp_page_fail_item(osp_page_doc *doc, uint32_t item, osp_status status);

/* osp_page_keeper.fail */
void osp_page_fail(osp_ctx *ctx, const osp_middleware *step);
const osp_template_file *osp_page_not_found(const osp_ctx *ctx);

/* Appends what is wrong with what fills pages.  Returns the number of findings. */
size_t osp_page_check(const osp_app_def *app, osp_buf *out);

#endif
