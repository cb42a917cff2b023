/* A template that is being compiled. */
#ifndef OSP_TEMPLATE_COMPILE_IMPL_H
#define OSP_TEMPLATE_COMPILE_IMPL_H

#include "template/template_impl.h"

/* A text that has been read: of the template itself or of a partial. */
typedef struct osp_parsed osp_parsed;
struct osp_parsed {
    osp_template_text source;
    const osp_tag *first;
    osp_parsed *next;
    bool active; /* it is being compiled: a partial must not lead back to itself */
};

typedef struct osp_compiler {
    osp_binder binder;
    osp_teller teller;
    osp_template_text main;
    osp_parsed *parsed; /* the newest first */
    osp_buf ops;        /* osp_op */
    osp_buf text;       /* literal that no operation has yet */
    osp_context context;
    osp_scope scopes[OSP_TEMPLATE_SCOPES_MAX];
    size_t registers, loops, depth;
    size_t work;
    bool stopped; /* it became too large */
    bool has_outlet, has_head;
    bool in_head; /* elements of the head are compiled */
    osp_str slots[OSP_TEMPLATE_SLOTS_MAX];
    size_t slot_count;
    const osp_tag *head_blocks[OSP_TEMPLATE_HEADS_MAX];
    size_t head_block_count;
    osp_template_head heads[OSP_TEMPLATE_HEADS_MAX];
    uint32_t head_ops[OSP_TEMPLATE_HEADS_MAX];
    size_t head_count;
    /* The last form, when it is sent to the action that has no name; ptr NULL: there is none. */
    osp_str form;
    const osp_template_text *form_source;
} osp_compiler;

/* Reads a text, once; NULL: no memory. */
const osp_tag *osp_compile_parse(osp_compiler *c, const osp_template_text *source);
void osp_compile_tags(osp_compiler *c, const osp_tag *first);
/* Adds an operation behind the literal text so far; its index. */
size_t osp_compile_emit(osp_compiler *c, osp_op op);
void osp_compile_partial(osp_compiler *c, const osp_tag *tag);
/* Look at where forms go: one begins; the action of the next one, or the formaction of a button,
 * begins so; all have been seen. */
void osp_compile_form(osp_compiler *c, osp_str at, bool acts);
void osp_compile_target(osp_compiler *c, osp_str url, bool whole, bool of_button);
void osp_compile_forms_end(osp_compiler *c);
/* Keeps a {{#head}} for osp_compile_heads, which compiles what is in all of them. */
void osp_compile_head_block(osp_compiler *c, const osp_tag *tag);
void osp_compile_heads(osp_compiler *c);

#endif
