/* A small site of pages, in the process of its test: layouts, a slot, failures, a form.
 *
 *     /                     home, within the root layout
 *     /blog/[slug]          a post, within the blog's layout too, with a slot beside it
 *     /user/[slug]/posts    a form, within a layout that reads the URL
 *
 * A test may change what the loads do, and the parts of pages before osp_demo_begin. */
#ifndef OSP_TESTS_DEMO_H
#define OSP_TESTS_DEMO_H

#include "app/page_mark.h"
#include "tests/unit/unit.h"

enum {
    OSP_DEMO_ROOT,
    OSP_DEMO_BLOG,
    OSP_DEMO_HOME,
    OSP_DEMO_POST,
    OSP_DEMO_ASIDE,
    OSP_DEMO_FAILED,
    OSP_DEMO_MISSING,
    OSP_DEMO_BLOG_MISSING,
    OSP_DEMO_LOADING,
    OSP_DEMO_USER,
    OSP_DEMO_POSTS,
    OSP_DEMO_PARTIAL,
    OSP_DEMO_TEMPLATES
};

#define OSP_DEMO_ROOT_LINE 7 /* where the load of the root layout is declared */

extern osp_template_file osp_demo_files[OSP_DEMO_TEMPLATES];
extern osp_page_part osp_demo_root_part, osp_demo_home_part, osp_demo_post_part,
    osp_demo_aside_part;
extern osp_page_def osp_demo_home, osp_demo_post;
extern osp_route_leaf osp_demo_home_leaf, osp_demo_post_leaf;
extern const osp_route osp_demo_page_load; /* of the post */
extern osp_app_def osp_demo_app;

typedef struct osp_demo_state {
    struct {
        osp_status (*root)(osp_ctx *ctx); /* at the end of a load; NULL: nothing */
        osp_status (*page)(osp_ctx *ctx);
        osp_status (*slot)(osp_ctx *ctx);
        osp_str text;                                /* of a post; empty: another one */
        unsigned root_calls, page_calls, slot_calls; /* of the last request */
    } does;
    const osp_door *door; /* NULL: an answer is whole */
    osp_pages *pages;
    osp_service services[2];
    osp_arena arena;
    osp_ctx ctx; /* of the last request */
    osp_header_field headers[4];
    osp_buf out; /* its answer */
    char shown[256];
} osp_demo_state;
extern osp_demo_state osp_demo;

/* Compiles the templates as they are now. */
void osp_demo_begin(void);
void osp_demo_end(void);

/* Asks with so many of osp_demo.headers, of which the first says that HTML is liked. */
void osp_demo_ask_with(osp_method method, const char *target, uint32_t header_count);
/* By GET, with that one. */
void osp_demo_ask(const char *target);
osp_str osp_demo_body(void);
bool osp_demo_says(const char *text);
/* Makes the second header say what an answer shows, as a script would. */
void osp_demo_take_shown(const osp_buf *of);

/* What loads may do. */
osp_status osp_demo_404(osp_ctx *ctx);
osp_status osp_demo_403(osp_ctx *ctx);
osp_status osp_demo_io(osp_ctx *ctx);
osp_status osp_demo_redirect(osp_ctx *ctx);

#define OSP_DEMO_EXPECT(text)                                                                      \
    do {                                                                                           \
        if (!osp_demo_says(text)) {                                                                \
            fprintf(stderr, "%s:%d: no %s in\n%.*s\n", __FILE__, __LINE__, text,                   \
                    (int)osp_demo.out.len, osp_demo.out.ptr);                                      \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#endif
