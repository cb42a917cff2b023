/* What a part of a page gives to the head of the document. */
#include "template/compile_impl.h"

void osp_compile_head_block(osp_compiler *c, const osp_tag *tag)
{
    const osp_binder *b = &c->binder;
    if (!b->options->may_head) {
        osp_tell(b->teller, b->source, tag->text, "{{#head}} cannot stand in this template");
    } else if (c->depth > 1) {
        osp_tell(b->teller, b->source, tag->text,
                 "{{#head}} stands outside of all blocks and partials; blocks may stand in it");
    } else if (c->head_block_count == OSP_TEMPLATE_HEADS_MAX) {
        osp_tell(b->teller, b->source, tag->text, "too many {{#head}}");
    } else {
        c->head_blocks[c->head_block_count++] = tag;
    }
}

void osp_compile_heads(osp_compiler *c)
{
    c->binder.no_names = c->binder.options->head_bare;
    for (size_t i = 0; i < c->head_block_count; i++) {
        memset(&c->context, 0, sizeof(c->context));
        c->head_ops[i] = (uint32_t)(c->ops.len / sizeof(osp_op));
        osp_compile_tags(c, c->head_blocks[i]->body);
        (void)osp_compile_emit(c, (osp_op){ .code = OSP_OP_END });
        c->head_count++;
    }
}
