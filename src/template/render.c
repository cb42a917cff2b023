/* Runs the program of a template.
 *
 * An operation copies its literal, which is what stands in the template before it, and then does
 * one thing.  Nothing is allocated but what filters make and what `out` grows by. */
#include "base/task.h"
#include "template/escape.h"
#include "template/template_impl.h"

#define NUMBER_SIZE 24 /* bytes of an int64 */

static char *put_int(char *at, int64_t value)
{
    if (value >= 0 && value < 10) {
        *at = (char)('0' + value);
        return at + 1;
    }
    char digits[NUMBER_SIZE];
    size_t len = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[len++] = (char)('0' + rest % 10);
    } while ((rest /= 10) > 0);
    if (value < 0) {
        *at++ = '-';
    }
    while (len > 0) {
        *at++ = digits[--len];
    }
    return at;
}

/* Copies the literal and an int64 behind it. */
static void show_int(osp_frame *frame, const osp_op *op)
{
    osp_buf *out = frame->out;
    if (osp_buf_reserve(out, NUMBER_SIZE)) {
        const char *base = frame->registers[op->reg];
        const int64_t value = *(const int64_t *)(const void *)(base + op->to);
        out->len = (size_t)(put_int(out->ptr + out->len, value) - out->ptr);
    }
}

static void fail(osp_frame *frame, osp_status status)
{
    if (status < 0 && frame->status == OSP_OK) {
        frame->status = status;
    }
}

/* Words and numbers do not run into what is before them. */
static void put_apart(osp_buf *out)
{
    const char before = out->len > 0 ? out->ptr[out->len - 1] : ' ';
    if (osp_is_name_byte(before) || before == '-' || before == '+' || before == '$') {
        osp_buf_byte(out, ' ');
    }
}

/* As a value of a script: as its JSON. */
static void show_in_script(osp_frame *frame, const osp_op *op, const void *value)
{
    const osp_term *term = op->term;
    osp_buf *out = frame->out;
    const bool attribute = (op->escape & OSP_ESCAPE_IN_ATTRIBUTE) != 0;
    if (value != NULL && term->kind == OSP_KIND_STR) {
        osp_escape_js_string(*(const osp_str *)value, attribute, out);
        return;
    }
    put_apart(out);
    if (value == NULL) {
        osp_buf_str(out, OSP_STR("null"));
        return;
    }
    const size_t from = out->len;
    fail(frame, osp_term_json(term, value, out));
    osp_escape_js_json(out, from, attribute);
}

static void show(osp_frame *frame, const osp_op *op)
{
    osp_cell cell;
    const void *value = osp_term_eval(frame, op->term, &cell);
    if (frame->status != OSP_OK) {
        return;
    }
    if ((op->escape & ~OSP_ESCAPE_IN_ATTRIBUTE) == OSP_ESCAPE_JS_VALUE) {
        show_in_script(frame, op, value);
        return;
    }
    const osp_str nothing = { NULL, 0 };
    char storage[OSP_TERM_TEXT_SIZE];
    osp_buf made;
    osp_buf_init(&made, storage, sizeof(storage), SIZE_MAX / 2);
    const osp_str text = value != NULL ? osp_term_text(frame, op->term, value, &made) : nothing;
    if (op->escape == OSP_ESCAPE_MARKUP) {
        osp_buf_str(frame->out, text);
    } else {
        osp_escape_text(op->escape, text, frame->out);
    }
    osp_buf_done(&made);
}

/* ---------------------------------------------------------------- blocks */

static void enter_item(osp_frame *frame, const osp_op *op)
{
    const osp_loop *loop = &frame->loops[op->level];
    frame->registers[op->reg] = loop->item + loop->value_at;
}

/* Whether there is an item to begin with. */
static bool begin_loop(osp_frame *frame, const osp_op *op)
{
    const osp_term *term = op->term;
    const void *value = osp_term_eval(frame, term, &frame->cells[op->reg]);
    if (value == NULL) {
        return false;
    }
    const osp_list list = osp_term_items(term, value);
    const bool map = term->kind == OSP_KIND_MAP;
    frame->loops[op->level] =
        (osp_loop){ .item = list.items,
                    .count = list.count,
                    .stride = map ? osp_map_stride(term->type) : term->type->size,
                    .value_at = map ? OSP_MAP_VALUE_AT : 0 };
    if (list.count == 0) {
        return false;
    }
    enter_item(frame, op);
    return true;
}

static bool next_item(osp_frame *frame, const osp_op *op)
{
    osp_loop *loop = &frame->loops[op->level];
    if (++loop->index >= loop->count) {
        return false;
    }
    loop->item += loop->stride;
    enter_item(frame, op);
    return true;
}

static bool let(osp_frame *frame, const osp_op *op)
{
    frame->registers[op->reg] = osp_term_eval(frame, op->term, &frame->cells[op->reg]);
    return frame->registers[op->reg] != NULL;
}

/* ---------------------------------------------------------------- what others write */

static void call_hook(osp_frame *frame, const osp_op *op)
{
    const osp_template_hooks *hooks = frame->hooks;
    if (op->code == OSP_OP_OUTLET && hooks->outlet != NULL) {
        fail(frame, hooks->outlet(hooks->arg, op->to, frame->out));
    } else if (op->code == OSP_OP_HEAD && hooks->head != NULL) {
        fail(frame, hooks->head(hooks->arg, frame->out));
    } else if (op->code == OSP_OP_FORM && hooks->form != NULL) {
        fail(frame, hooks->form(hooks->arg, frame->out));
    } else if (op->code == OSP_OP_NONCE) {
        osp_escape_markup(hooks->nonce, frame->out);
    } else if (op->code == OSP_OP_NONCE_ATTRIBUTE && hooks->nonce.len > 0) {
        osp_buf_str(frame->out, OSP_STR(" nonce=\""));
        osp_escape_markup(hooks->nonce, frame->out);
        osp_buf_byte(frame->out, '"');
    }
}

/* Whether the program goes on behind the operation; else at op->to. */
static bool run_block(osp_frame *frame, const osp_op *op)
{
    osp_cell cell;
    switch (op->code) {
    case OSP_OP_UNLESS:
        return osp_term_truth(op->term, osp_term_eval(frame, op->term, &cell));
    case OSP_OP_EACH:
        return begin_loop(frame, op);
    case OSP_OP_AGAIN:
        return !next_item(frame, op);
    case OSP_OP_WITH:
        return let(frame, op);
    default:
        return false;
    }
}

/* Copies the literal.  Most are short, and there is room: then more than is needed is moved at
 * once, from where OSP_OP_PADDING bytes can be read to where as many can be written. */
static inline void put_literal(osp_buf *out, const osp_op *op)
{
    if (op->len <= OSP_OP_PADDING && out->cap - out->len >= OSP_OP_PADDING) {
        memcpy(out->ptr + out->len, op->literal, OSP_OP_PADDING);
        out->len += op->len;
    } else {
        osp_buf_append(out, op->literal, op->len);
    }
}

static void run(osp_frame *frame, const osp_op *op)
{
    const osp_op *first = frame->template->ops;
    for (;; op++) {
        if (op->len != 0) {
            put_literal(frame->out, op);
        }
        switch (op->code) {
        case OSP_OP_END:
            return;
        case OSP_OP_NEXT:
            continue;
        case OSP_OP_TEXT: {
            const char *base = frame->registers[op->reg];
            osp_escape_markup(*(const osp_str *)(const void *)(base + op->to), frame->out);
            continue;
        }
        case OSP_OP_INT:
            show_int(frame, op);
            continue;
        case OSP_OP_SHOW:
            show(frame, op);
            break;
        case OSP_OP_JUMP ... OSP_OP_WITH:
            if (!run_block(frame, op)) {
                op = first + op->to - 1;
            }
            break;
        case OSP_OP_LET:
            (void)let(frame, op);
            break;
        default:
            call_hook(frame, op);
            break;
        }
        if (frame->status != OSP_OK) {
            return;
        }
    }
}

static osp_status render(const osp_template *template, uint32_t at, const void *const *values,
                         const osp_template_hooks *hooks, osp_task *task, osp_buf *out)
{
    static const osp_template_hooks none = { .arg = NULL };
    osp_frame frame; /* not zeroed: nothing is read before it is written */
    frame.template = template;
    frame.hooks = hooks != NULL ? hooks : &none;
    frame.task = task;
    frame.out = out;
    frame.status = OSP_OK;
    for (size_t i = 0; i < template->scope_count; i++) {
        frame.registers[i] = values[i];
    }
    run(&frame, template->ops + at);
    return frame.status == OSP_OK && out->failed ? OSP_E_LIMIT : frame.status;
}

osp_status osp_template_render(const osp_template *template, const void *const *values,
                               const osp_template_hooks *hooks, osp_task *task, osp_buf *out)
{
    return render(template, 0, values, hooks, task, out);
}

osp_status osp_template_render_head(const osp_template *template, size_t index,
                                    const void *const *values, const osp_template_hooks *hooks,
                                    osp_task *task, osp_buf *out)
{
    OSP_ASSERT(index < template->head_count);
    return render(template, template->head_ops[index], values, hooks, task, out);
}

/* ---------------------------------------------------------------- what a template has */

const osp_template_head *osp_template_heads(const osp_template *template, size_t *ret_count)
{
    *ret_count = template->head_count;
    return template->heads;
}

bool osp_template_has_outlet(const osp_template *template)
{
    return template->has_outlet;
}

const osp_str *osp_template_slots(const osp_template *template, size_t *ret_count)
{
    *ret_count = template->slot_count;
    return template->slots;
}
