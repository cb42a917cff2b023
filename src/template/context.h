/* Where in a document a place of a template is: what a browser would take a value for that stands
 * there, and so how it must be escaped. */
#ifndef OSP_TEMPLATE_CONTEXT_H
#define OSP_TEMPLATE_CONTEXT_H

#include <openspeed/base.h>

/* How a value is written. */
typedef enum osp_escape {
    OSP_ESCAPE_HTML = 0, /* text, and attributes, whose quotes are always written */
    OSP_ESCAPE_COUNT
} osp_escape;

typedef struct osp_context {
    uint8_t state;
} osp_context;

/* What literal text becomes. */
typedef struct osp_context_sink {
    void (*text)(void *arg, const char *text, size_t len);
    void (*form)(void *arg);  /* a form that is sent begins: its hidden fields belong here */
    void (*nonce)(void *arg); /* within the tag of a script or style without a nonce */
    void (*wrong)(void *arg, osp_str at, const char *words);
    void *arg;
} osp_context_sink;

/* Goes over literal text, which is part of a template. */
void osp_context_text(osp_context *context, osp_str text, const osp_context_sink *sink);
/* Before any tag: what must be decided there is. */
void osp_context_tag(osp_context *context, osp_str at, const osp_context_sink *sink);
/* How a value is written here, which stands here then; false: it cannot be, which has been told. */
bool osp_context_value(osp_context *context, osp_str at, const osp_context_sink *sink,
                       osp_escape *ret_escape);
/* Whether whole elements can stand here. */
bool osp_context_is_text(const osp_context *context);
/* What both ends of a branch have in common; false: nothing. */
bool osp_context_join(const osp_context *a, const osp_context *b, osp_context *ret_joined);
bool osp_context_equal(const osp_context *a, const osp_context *b);
/* "an attribute", for people. */
const char *osp_context_words(const osp_context *context);

#endif
