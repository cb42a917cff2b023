/* Finds the values of terms while a template is rendered.
 *
 * A member is where it is: nothing is copied.  What must be computed goes into a cell of the
 * caller.  NULL means that there is no value, which is no failure: it is shown as nothing, is
 * false, and equals nothing. */
#include "base/task.h"
#include "template/filter.h"
#include "template/template_impl.h"

static const void *member(const osp_frame *frame, const osp_term *term)
{
    const char *at = frame->registers[term->reg];
    for (uint16_t i = 0; i < term->hop_count; i++) {
        const osp_hop *hop = &term->hops[i];
        if (hop->how == OSP_HOP_REGISTER) {
            if (at == NULL) {
                return NULL;
            }
            continue;
        }
        at += hop->offset;
        if (hop->how == OSP_HOP_POINTER) {
            at = *(const char *const *)(const void *)at;
            if (at == NULL) {
                return NULL;
            }
        } else if (hop->how == OSP_HOP_PRESENCE) {
            if (*(const osp_presence *)(const void *)at != OSP_SET) {
                return NULL;
            }
            at += hop->value_at;
        } else if (*(const int *)(const void *)(at + hop->tag_offset) != hop->tag) {
            return NULL;
        }
    }
    return at + term->offset;
}

osp_list osp_term_items(const osp_term *term, const void *value)
{
    if (term->kind == OSP_KIND_ARRAY) {
        return (osp_list){ (void *)(uintptr_t)value, term->count };
    }
    return *(const osp_list *)value;
}

static int64_t int_of(osp_kind kind, const void *value)
{
    switch (kind) {
    case OSP_KIND_INT32:
        return *(const int32_t *)value;
    case OSP_KIND_UINT32:
        return *(const uint32_t *)value;
    case OSP_KIND_UINT64: {
        const uint64_t number = *(const uint64_t *)value;
        return number > INT64_MAX ? INT64_MAX : (int64_t)number;
    }
    default:
        return *(const int64_t *)value;
    }
}

static double double_of(osp_kind kind, const void *value)
{
    switch (kind) {
    case OSP_KIND_FLOAT:
        return (double)*(const float *)value;
    case OSP_KIND_DOUBLE:
        return *(const double *)value;
    case OSP_KIND_UINT64:
        return (double)*(const uint64_t *)value;
    default:
        return (double)int_of(kind, value);
    }
}

/* ---------------------------------------------------------------- truth */

static bool is_not_zero(osp_str digits)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] >= '1' && digits.ptr[i] <= '9') {
            return true;
        }
    }
    return false;
}

bool osp_term_truth(const osp_term *term, const void *value)
{
    if (value == NULL) {
        return false;
    }
    const osp_kind kind = (osp_kind)term->kind;
    if (osp_kind_is_number(kind)) {
        return double_of(kind, value) != 0;
    }
    if (osp_kind_is_list(kind)) {
        return osp_term_items(term, value).count != 0;
    }
    switch (kind) {
    case OSP_KIND_BOOL:
        return *(const bool *)value;
    case OSP_KIND_DECIMAL:
        return is_not_zero(*(const osp_str *)value);
    case OSP_KIND_STR:
    case OSP_KIND_MARKUP:
    case OSP_KIND_JSON:
    case OSP_KIND_BYTES: /* all of them are a pointer and a length */
        return ((const osp_str *)value)->len != 0;
    default:
        return true;
    }
}

static bool truth_of(osp_frame *frame, const osp_term *term)
{
    osp_cell cell;
    return osp_term_truth(term, osp_term_eval(frame, term, &cell));
}

/* ---------------------------------------------------------------- text */

/* Writes what is no text already. */
static osp_str write_text(osp_frame *frame, const osp_term *term, const void *value, osp_buf *made)
{
    const osp_status status = osp_scalar_write((osp_kind)term->kind, term->type, value, made);
    if (frame->status == OSP_OK) {
        frame->status = status;
    }
    return (osp_str){ made->ptr, made->len };
}

static osp_str enum_text(osp_frame *frame, const osp_type *type, int value)
{
    for (uint16_t i = 0; i < type->name_count; i++) {
        if (type->names[i].value == value) {
            return (osp_str){ type->names[i].text, type->names[i].len };
        }
    }
    frame->status = frame->status == OSP_OK ? OSP_E_INVALID : frame->status;
    return (osp_str){ NULL, 0 };
}

osp_str osp_term_text(osp_frame *frame, const osp_term *term, const void *value, osp_buf *made)
{
    switch (term->kind) {
    case OSP_KIND_STR:
    case OSP_KIND_MARKUP:
    case OSP_KIND_DECIMAL:
    case OSP_KIND_JSON:
        return *(const osp_str *)value;
    case OSP_KIND_BOOL:
        return *(const bool *)value ? OSP_STR("true") : OSP_STR("false");
    case OSP_KIND_ENUM:
        return enum_text(frame, term->type, *(const int *)value);
    default:
        return write_text(frame, term, value, made);
    }
}

osp_status osp_term_json(const osp_term *term, const void *value, osp_buf *out)
{
    const osp_field field = { .kind_ = term->kind,
                              .type_ = term->type,
                              .count_ = term->count,
                              .as_string = term->field != NULL && term->field->as_string,
                              .each_ = term->field != NULL ? term->field->each_ : NULL };
    return osp_json_encode_field(&field, value, out);
}

/* ---------------------------------------------------------------- operators */

static int order_of_ints(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* <0, 0, >0; 2: neither, as NaN is. */
static int order_of(osp_kind how, const void *a, const void *b)
{
    switch (how) {
    case OSP_KIND_STR:
        return osp_str_compare(*(const osp_str *)a, *(const osp_str *)b);
    case OSP_KIND_DOUBLE: {
        const double x = *(const double *)a, y = *(const double *)b;
        return x == x && y == y ? (x > y) - (x < y) : 2;
    }
    case OSP_KIND_BOOL:
        return *(const bool *)a - *(const bool *)b;
    case OSP_KIND_DATE: {
        const osp_date *x = a, *y = b;
        return order_of_ints(x->year * 512 + x->month * 32 + x->day,
                             y->year * 512 + y->month * 32 + y->day);
    }
    default: /* int64, and times and durations, which are one in a struct */
        return order_of_ints(*(const int64_t *)a, *(const int64_t *)b);
    }
}

static bool compare(osp_frame *frame, const osp_term *term)
{
    osp_cell left, right;
    const void *a = osp_term_eval(frame, term->left, &left);
    const void *b = osp_term_eval(frame, term->right, &right);
    if (a == NULL || b == NULL) {
        const bool same = a == NULL && b == NULL;
        return term->comparison == OSP_UNEQUAL ? !same : term->comparison == OSP_EQUAL && same;
    }
    const int order = order_of((osp_kind)term->how, a, b);
    const bool unordered = order == 2 && term->how == OSP_KIND_DOUBLE;
    switch (term->comparison) {
    case OSP_EQUAL:
        return order == 0;
    case OSP_UNEQUAL:
        return order != 0;
    case OSP_LESS:
        return order < 0;
    case OSP_LESS_EQUAL:
        return order <= 0;
    case OSP_GREATER:
        return order > 0 && !unordered;
    default:
        return order >= 0 && !unordered;
    }
}

static const void *eval_bool(osp_frame *frame, const osp_term *term, osp_cell *cell)
{
    osp_cell side;
    switch (term->code) {
    case OSP_TERM_NOT:
        cell->boolean = !truth_of(frame, term->left);
        break;
    case OSP_TERM_AND:
        cell->boolean = truth_of(frame, term->left) && truth_of(frame, term->right);
        break;
    case OSP_TERM_OR:
        cell->boolean = truth_of(frame, term->left) || truth_of(frame, term->right);
        break;
    case OSP_TERM_PRESENT:
        cell->boolean = osp_term_eval(frame, term->left, &side) != NULL;
        break;
    default:
        cell->boolean = compare(frame, term);
        break;
    }
    return cell;
}

/* ---------------------------------------------------------------- loops */

static const void *eval_loop(const osp_frame *frame, const osp_term *term, osp_cell *cell)
{
    const osp_loop *loop = &frame->loops[term->reg];
    switch (term->code) {
    case OSP_TERM_INDEX:
        cell->integer = (int64_t)(loop->count - loop->left);
        break;
    case OSP_TERM_FIRST:
        cell->boolean = loop->left == loop->count;
        break;
    case OSP_TERM_LAST:
        cell->boolean = loop->left == 1;
        break;
    case OSP_TERM_LENGTH:
        cell->integer = (int64_t)loop->count;
        break;
    default:
        return (const char *)frame->registers[loop->reg] - OSP_MAP_VALUE_AT;
    }
    return cell;
}

/* ---------------------------------------------------------------- filters */

const void *osp_filter_argument(osp_frame *frame, const osp_term *term, size_t index,
                                osp_cell *cell)
{
    return term->arguments[index] != NULL ? osp_term_eval(frame, term->arguments[index], cell)
                                          : NULL;
}

static const void *call(osp_frame *frame, const osp_term *term, const void *in, osp_cell *cell)
{
    osp_cell cells[OSP_FILTER_ARGUMENTS_MAX];
    const void *arguments[OSP_FILTER_ARGUMENTS_MAX];
    for (size_t i = 0; i < OSP_FILTER_ARGUMENTS_MAX && term->arguments[i] != NULL; i++) {
        arguments[i] = osp_term_eval(frame, term->arguments[i], &cells[i]);
        if (arguments[i] == NULL) {
            return NULL;
        }
    }
    const size_t size = term->call->out_->size;
    void *out = size <= sizeof(*cell) ? (void *)cell : osp_arena_try(frame->task->arena, size);
    if (out == NULL) {
        frame->status = osp_arena_why(frame->task->arena, size);
        return NULL;
    }
    memset(out, 0, size);
    const osp_status status = term->call->call_(frame->task, in, arguments, out);
    if (status < 0) {
        frame->status = frame->status == OSP_OK ? status : frame->status;
        return NULL;
    }
    return out;
}

static bool is_missing(const osp_term *term, const void *value)
{
    return value == NULL ||
           (!term->optional && term->kind == OSP_KIND_STR && ((const osp_str *)value)->len == 0);
}

/* The text form of a value, in the task's memory where it had to be made. */
static const void *keep_text(osp_frame *frame, const osp_term *of, const void *value,
                             osp_cell *cell)
{
    char storage[OSP_TERM_TEXT_SIZE];
    osp_buf made;
    osp_buf_init(&made, storage, sizeof(storage), SIZE_MAX / 2);
    cell->text = osp_term_text(frame, of, value, &made);
    if (made.len > 0) {
        char *copy = osp_arena_try(frame->task->arena, made.len);
        if (copy == NULL) {
            frame->status = osp_arena_why(frame->task->arena, made.len);
        } else {
            memcpy(copy, made.ptr, made.len);
        }
        cell->text = (osp_str){ copy, copy != NULL ? made.len : 0 };
    }
    osp_buf_done(&made);
    return cell;
}

static const void *eval_from(osp_frame *frame, const osp_term *term, osp_cell *cell)
{
    osp_cell side;
    const void *in = osp_term_eval(frame, term->left, &side);
    if (in == NULL || frame->status != OSP_OK) {
        return NULL;
    }
    switch (term->code) {
    case OSP_TERM_FILTER:
        return term->filter->call(frame, term, in, cell);
    case OSP_TERM_CALL:
        return call(frame, term, in, cell);
    case OSP_TERM_AS_TEXT:
        return keep_text(frame, term->left, in, cell);
    case OSP_TERM_AS_INT:
        cell->integer = int_of((osp_kind)term->left->kind, in);
        return cell;
    case OSP_TERM_AS_DOUBLE:
        cell->real = double_of((osp_kind)term->left->kind, in);
        return cell;
    default: {
        const osp_case *found = osp_union_case(term->left->type, in);
        cell->text = osp_str_from(found != NULL ? found->name : NULL);
        return found != NULL ? cell : NULL;
    }
    }
}

const void *osp_term_eval(osp_frame *frame, const osp_term *term, osp_cell *cell)
{
    switch (term->code) {
    case OSP_TERM_MEMBER:
        return member(frame, term);
    case OSP_TERM_LITERAL:
        return &term->literal;
    case OSP_TERM_DEFAULT: {
        const void *value = osp_term_eval(frame, term->left, cell);
        return is_missing(term->left, value) ? osp_term_eval(frame, term->right, cell) : value;
    }
    case OSP_TERM_NOT ... OSP_TERM_PRESENT:
        return eval_bool(frame, term, cell);
    case OSP_TERM_INDEX ... OSP_TERM_KEY:
        return eval_loop(frame, term, cell);
    default:
        return eval_from(frame, term, cell);
    }
}
