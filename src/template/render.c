/* Runs the program of a template.
 *
 * An operation copies its literal, which is what stands in the template before it, and then does
 * one thing.  Those that most programs are made of, texts and numbers where they are and the steps
 * of loops, write at a place that is kept in a register; the buffer learns of it before somebody
 * else writes.  Nothing is allocated but what filters make and what `out` grows by. */
#include "base/task.h"
#include "template/escape.h"
#include "template/template_impl.h"

#define NUMBER_SIZE 24 /* bytes of an int64 */

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

/* Whether there is an item to begin with. */
static bool begin_loop(osp_frame *frame, const osp_op *op)
{
    const osp_term *term = op->term;
    const void *value = osp_term_eval(frame, term, &frame->cells[op->reg]);
    if (value == NULL) {
        return false;
    }
    const osp_list list = osp_term_items(term, value);
    if (list.count == 0) {
        return false;
    }
    const bool map = term->kind == OSP_KIND_MAP;
    frame->loops[op->level] =
        (osp_loop){ .left = list.count,
                    .count = list.count,
                    .stride = map ? osp_map_stride(term->type) : term->type->size,
                    .reg = op->reg };
    frame->registers[op->reg] = (const char *)list.items + (map ? OSP_MAP_VALUE_AT : 0);
    return true;
}

static inline bool next_item(osp_frame *frame, const osp_op *op)
{
    osp_loop *loop = &frame->loops[op->level];
    if (--loop->left == 0) {
        return false;
    }
    frame->registers[op->reg] = (const char *)frame->registers[op->reg] + loop->stride;
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
    case OSP_OP_WITH:
        return let(frame, op);
    default:
        return false;
    }
}

/* What is neither often nor short; the operation that goes on. */
static const osp_op *run_other(osp_frame *frame, const osp_op *op)
{
    switch (op->code) {
    case OSP_OP_SHOW:
        show(frame, op);
        break;
    case OSP_OP_JUMP ... OSP_OP_WITH:
        return run_block(frame, op) ? op + 1 : frame->template->ops + op->to;
    case OSP_OP_LET:
        (void)let(frame, op);
        break;
    default:
        call_hook(frame, op);
        break;
    }
    return op + 1;
}

/* ---------------------------------------------------------------- writing */

/* Where a rendering writes: as long as `at` is before `end`, PEN_ROOM bytes can be written there.
 * Without a place it writes by the buffer, which has less room. */
typedef struct pen {
    char *at;
    const char *end;
} pen;
#define PEN_ROOM 64

static inline pen take_pen(const osp_buf *out)
{
    if (out->cap - out->len < PEN_ROOM) {
        return (pen){ NULL, NULL };
    }
    return (pen){ out->ptr + out->len, out->ptr + (out->cap - PEN_ROOM + 1) };
}

static inline void put_pen(osp_buf *out, pen p)
{
    if (p.at != NULL) {
        out->len = (size_t)(p.at - out->ptr);
    }
}

__attribute__((noinline)) static pen append(osp_buf *out, pen p, const char *bytes, size_t len)
{
    put_pen(out, p);
    osp_buf_append(out, bytes, len);
    return take_pen(out);
}

__attribute__((noinline)) static pen escape(osp_buf *out, pen p, osp_str text)
{
    put_pen(out, p);
    osp_escape_markup(text, out);
    return take_pen(out);
}

/* Copies the literal.  Most are short: then more than is needed is moved at once, from where
 * OSP_OP_PADDING bytes can be read to where as many can be written. */
static inline pen put_literal(osp_buf *out, pen p, const osp_op *op)
{
    _Static_assert(OSP_OP_PADDING <= PEN_ROOM, "a short literal has room");
    const uint32_t len = op->len;
    if (__builtin_expect(len <= OSP_OP_PADDING && p.at < p.end, true)) {
        memcpy(p.at, op->literal, OSP_OP_PADDING);
    } else if (p.end - p.at > (ptrdiff_t)len) {
        memcpy(p.at, op->literal, len);
    } else {
        return append(out, p, op->literal, len);
    }
    p.at += len;
    return p;
}

static inline pen put_text(osp_buf *out, pen p, osp_str text)
{
    _Static_assert(OSP_ESCAPED_SIZE(0) <= PEN_ROOM, "what a text needs beside itself");
    if (p.end - p.at <= (ptrdiff_t)(OSP_ESCAPED_SIZE(text.len) - OSP_ESCAPED_SIZE(0))) {
        return escape(out, p, text);
    }
    p.at = osp_escape_markup_to(p.at, text);
    return p;
}

__attribute__((noinline)) static pen put_large_int(osp_buf *out, pen p, int64_t value)
{
    char digits[NUMBER_SIZE];
    size_t begin = sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--begin] = (char)('0' + rest % 10);
    } while ((rest /= 10) > 0);
    if (value < 0) {
        digits[--begin] = '-';
    }
    return append(out, p, digits + begin, sizeof(digits) - begin);
}

static inline pen put_int(osp_buf *out, pen p, int64_t value)
{
    static const char few[] = "0 1 2 3 4 5 6 7 8 9 1011121314151617181920212223242526272829"
                              "3031323334353637383940414243444546474849505152535455565758596061"
                              "6263646566676869707172737475767778798081828384858687888990919293"
                              "949596979899"; /* two bytes each */
    if (value < 0 || value >= 100 || p.at >= p.end) {
        return put_large_int(out, p, value);
    }
    memcpy(p.at, few + 2 * value, 2);
    p.at += value < 10 ? 1 : 2;
    return p;
}

/* ---------------------------------------------------------------- all of it */

static inline const void *value_of(const osp_frame *frame, const osp_op *op)
{
    return (const char *)frame->registers[op->reg] + op->to;
}

static void run(osp_frame *frame, const osp_op *op)
{
    const osp_op *const first = frame->template->ops;
    osp_buf *const out = frame->out;
    pen p = take_pen(out);
    for (;;) {
        p = put_literal(out, p, op);
        switch (op->code) {
        case OSP_OP_END:
            put_pen(out, p);
            return;
        case OSP_OP_NEXT:
            op++;
            break;
        case OSP_OP_TEXT:
            p = put_text(out, p, *(const osp_str *)value_of(frame, op));
            op++;
            break;
        case OSP_OP_INT:
            p = put_int(out, p, *(const int64_t *)value_of(frame, op));
            op++;
            break;
        case OSP_OP_AGAIN:
            op = next_item(frame, op) ? first + op->to : op + 1;
            break;
        case OSP_OP_SHOW ... OSP_OP_EACH:
        case OSP_OP_WITH ... OSP_OP_NONCE_ATTRIBUTE:
            put_pen(out, p);
            op = run_other(frame, op);
            if (frame->status != OSP_OK) {
                return;
            }
            p = take_pen(out);
            break;
        default:
            __builtin_unreachable();
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
