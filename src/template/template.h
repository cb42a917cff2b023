/* Templates: HTML with expressions, compiled against the descriptors of what they show.
 *
 * A template is compiled once, when a worker starts or the application is built, into a flat
 * program of copies and escapes; a name that no scope has, and a place that cannot be made safe,
 * are errors with line and column.  docs/templates.md has the language. */
#ifndef OSP_TEMPLATE_TEMPLATE_H
#define OSP_TEMPLATE_TEMPLATE_H

#include <openspeed/type.h>

#include "base/arena.h"
#include "base/buf.h"

#define OSP_TEMPLATE_SIZE_MAX (1u << 20) /* bytes of a template's text */
#define OSP_TEMPLATE_SCOPES_MAX 8        /* values that a template is given */
#define OSP_TEMPLATE_DEPTH_MAX 32        /* blocks and partials inside each other */

typedef struct osp_template osp_template;

/* A value that a template can name.  Given at each rendering in the same order. */
typedef struct osp_template_scope {
    const char
        *name; /* {{form.title}}; NULL: its members are named bare, of those the first wins */
    const osp_type *type;
} osp_template_scope;

/* Text of a template; borrowed as long as what is compiled of it. */
typedef struct osp_template_text {
    const char *file; /* for errors */
    osp_str text;
} osp_template_text;

typedef struct osp_template_options {
    const osp_template_scope *scopes;
    size_t scope_count;
    /* Finds the partial that {{> name}} in `file` means; NULL: there are none.  OSP_OK |
     * OSP_E_NOT_FOUND: ret_text->file may be what is meant */
    osp_status (*partial)(void *arg, const char *file, osp_str name, osp_template_text *ret_text);
    void *arg;
    const struct osp_filter *const *filters; /* the application's, up to a NULL; NULL: none */
    /* Judges a form that is sent to the action of a name, which is empty where it says none.
     * NULL: they go anywhere.  false: `why` says what is wrong */
    bool (*action)(void *arg, osp_str name, osp_buf *why);
    /* What to do for a name that nothing has.  NULL, or it gives NULL: that is not known */
    const char *(*missing)(void *arg, osp_str name);
    bool layout;    /* {{outlet}}, {{outlet @name}} and {{head}} may stand in it */
    bool may_head;  /* {{#head}} may stand in it */
    bool head_bare; /* which names no scope: its values are not there when it is shown */
} osp_template_options;

/* What is wrong, as compilers write it, with excerpts and carets: "routes/page.html:3:10: error:
 * ...". */
typedef struct osp_template_complaints {
    osp_buf said; /* the owner ends it */
    size_t count;
} osp_template_complaints;

/* Tells what is wrong at a slice of a text, which the compiler of one template cannot see. */
void osp_template_complain(osp_template_complaints *said, const osp_template_text *source,
                           osp_str at, const char *words);

/* Compiles a template.
 *
 * arena    what is compiled lives there
 * said     what is wrong is appended to it, as much as can be found in one go
 * Returns  OSP_OK | OSP_E_INVALID (said has why) | OSP_E_LIMIT | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_template_compile(osp_arena *arena, osp_template_text text,
                                               const osp_template_options *options,
                                               osp_template_complaints *said,
                                               const osp_template **ret_template);

/* What a rendering calls for what it does not know itself. */
typedef struct osp_template_hooks {
    /* Writes what belongs into an outlet; slot: 0 for {{outlet}}, else 1 + the place in
     * osp_template_slots.  It may wait.  NULL: there is none */
    osp_status (*outlet)(void *arg, size_t slot, osp_buf *out);
    /* Writes what belongs into {{head}}.  NULL: nothing */
    osp_status (*head)(void *arg, osp_buf *out);
    /* Writes what forms that are sent (method="post") begin with: hidden fields.  NULL: nothing */
    osp_status (*form)(void *arg, osp_buf *out);
    osp_str nonce; /* of {{nonce}}, and of what scripts and styles are given by themselves; empty:
                      none */
    void *arg;
} osp_template_hooks;

/* Renders a template behind what stands in `out`.
 *
 * values   one for each scope, of its type
 * task     whose memory filters may take; they do not wait
 * Returns  OSP_OK | what a hook or a filter returns | OSP_E_LIMIT (out is full) | OSP_E_NOMEM
 * Yields: if a hook does. */
OSP_MUST_CHECK osp_status osp_template_render(const osp_template *template,
                                              const void *const *values,
                                              const osp_template_hooks *hooks, osp_task *task,
                                              osp_buf *out);

/* An element of a {{#head}}.  Of several with one key the innermost is shown. */
typedef struct osp_template_head {
    osp_str key; /* "title", "meta name=description", "link rel=canonical"; empty: it is never
                    replaced */
} osp_template_head;
/* The elements of its head, in their order. */
const osp_template_head *osp_template_heads(const osp_template *template, size_t *ret_count);
/* Renders one of them; as osp_template_render. */
OSP_MUST_CHECK osp_status osp_template_render_head(const osp_template *template, size_t index,
                                                   const void *const *values,
                                                   const osp_template_hooks *hooks, osp_task *task,
                                                   osp_buf *out);

/* Whether it has {{outlet}}, and how many {{outlet @name}}s, with their names. */
bool osp_template_has_outlet(const osp_template *template);
const osp_str *osp_template_slots(const osp_template *template, size_t *ret_count);

#endif
