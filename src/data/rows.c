/* Rows become structs.
 *
 *     column "author.username"          struct Article
 *        |  osp_column_find, once        +--------------------------+
 *        +-----------------------------> | offset of author.username|  <- osp_column_store, a value
 *                                        +--------------------------+
 *
 * A column is resolved to a field and an offset when a statement first meets a row type; after
 * that a value costs one table look-up by the kind of its field.  Nothing is converted silently: an
 * integer that does not fit, a number for a text, a NULL for a member that cannot be absent are all
 * OSP_E_DB_SCHEMA.  The conversions there are lose nothing: integer to double, since SQL writes 1.0
 * as 1 freely, and what has a text form or stands for an integer (kinds that SQL has no place for).
 *
 * Rows grow by doubling within the arena, so n rows cost at most 2n rows of memory and of copying.
 */
#include "data/db.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "type/json.h"

#define ROWS_FIRST 8

typedef struct store {
    const osp_field *field;
    void *slot;
    osp_value value;
    osp_arena *arena;
    osp_error *err;
} store;

/* The field of a row type that is a scalar itself: its only column, whatever its name. */
static const osp_field scalar_fields[OSP_KIND_COUNT] = {
#define SCALAR(kind) [kind] = { .member_ = "value", .member_len_ = 5, .kind_ = (kind) }
    SCALAR(OSP_KIND_BOOL),   SCALAR(OSP_KIND_INT32),    SCALAR(OSP_KIND_INT64),
    SCALAR(OSP_KIND_UINT32), SCALAR(OSP_KIND_UINT64),   SCALAR(OSP_KIND_DOUBLE),
    SCALAR(OSP_KIND_STR),    SCALAR(OSP_KIND_FLOAT),    SCALAR(OSP_KIND_DECIMAL),
    SCALAR(OSP_KIND_BYTES),  SCALAR(OSP_KIND_TIME),     SCALAR(OSP_KIND_DATE),
    SCALAR(OSP_KIND_UUID),   SCALAR(OSP_KIND_DURATION),
#undef SCALAR
};

static const osp_field *field_named(const osp_type *type, osp_str name)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (osp_str_equal((osp_str){ field->member_, field->member_len_ }, name)) {
            return field;
        }
    }
    for (size_t i = 0; i < type->field_count; i++) {
        if (osp_str_equal(osp_field_name(&type->fields[i]), name)) {
            return &type->fields[i];
        }
    }
    return NULL;
}

osp_status osp_column_find(const osp_type *row, osp_str name, osp_column *ret_column,
                           osp_error *err)
{
    if (row->kind != OSP_KIND_OBJECT) {
        if (row->kind >= OSP_KIND_COUNT || scalar_fields[row->kind].member_ == NULL) {
            return osp_error_set(err, OSP_E_DB_SCHEMA, "%s cannot be a row", row->name);
        }
        *ret_column = (osp_column){ &scalar_fields[row->kind], 0 };
        return OSP_OK;
    }
    const osp_type *type = row;
    osp_str rest = name;
    uint32_t offset = 0;
    /* Every turn takes one segment off the name, so the name's length bounds the depth. */
    for (;;) {
        const osp_field *field = field_named(type, rest);
        if (field != NULL) {
            *ret_column = (osp_column){ field, offset + field->offset_ };
            return OSP_OK;
        }
        const char *dot = rest.len == 0 ? NULL : memchr(rest.ptr, '.', rest.len);
        if (dot == NULL) {
            break;
        }
        const size_t head = (size_t)(dot - rest.ptr);
        field = field_named(type, (osp_str){ rest.ptr, head });
        if (field == NULL || field->kind_ != OSP_KIND_OBJECT || osp_field_is_optional(field)) {
            break;
        }
        offset += field->offset_;
        type = field->type_;
        rest = (osp_str){ dot + 1, rest.len - head - 1 };
    }
    return osp_error_set(err, OSP_E_DB_SCHEMA, "column \"%.*s\" has no member in %s",
                         name.len > 64 ? 64 : OSP_ARG(name), row->name);
}

static bool is_mapped(const osp_field *field, uint32_t offset, const osp_column *columns,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (columns[i].field == field && columns[i].offset == offset) {
            return true;
        }
    }
    return false;
}

/* Recursion ends with the structs inside of each other: an object is no pointer. */
static const osp_field *unmapped(const osp_type *type, uint32_t base, const osp_column *columns,
                                 size_t count)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        const uint32_t offset = base + field->offset_;
        const bool scalar = osp_kind_is_scalar((osp_kind)field->kind_);
        if ((!scalar && field->kind_ != OSP_KIND_OBJECT) || osp_field_is_optional(field) ||
            field->fallback != NULL || field->source_ != OSP_SOURCE_FIELD ||
            is_mapped(field, offset, columns, count)) {
            continue;
        }
        const osp_field *missing = scalar ? field : unmapped(field->type_, offset, columns, count);
        if (missing != NULL) {
            return missing;
        }
    }
    return NULL;
}

osp_status osp_columns_check(const osp_type *row, const osp_column *columns, size_t count,
                             osp_error *err)
{
    const osp_field *missing =
        row->kind == OSP_KIND_OBJECT ? unmapped(row, 0, columns, count) : NULL;
    return missing == NULL
               ? OSP_OK
               : osp_error_set(err, OSP_E_DB_SCHEMA,
                               "no column fills member %s of %s; select it, or make the member "
                               "an osp_opt_*",
                               missing->member_, row->name);
}

static osp_status misfit(const store *s, const char *want)
{
    static const char *const kinds[] = {
        [OSP_VALUE_NULL] = "NULL",       [OSP_VALUE_INT] = "an integer",
        [OSP_VALUE_DOUBLE] = "a number", [OSP_VALUE_TEXT] = "a text",
        [OSP_VALUE_BYTES] = "bytes",     [OSP_VALUE_DATE] = "a date",
        [OSP_VALUE_UUID] = "a UUID",     [OSP_VALUE_TOO_LARGE] = "too large an integer",
    };
    return osp_error_set(s->err, OSP_E_DB_SCHEMA, "member %s is %s, the column holds %s",
                         s->field->member_, want, kinds[s->value.kind]);
}

static osp_status out_of_range(const store *s)
{
    return osp_error_set(s->err, OSP_E_DB_SCHEMA, "member %s cannot hold %lld", s->field->member_,
                         (long long)s->value.as.i);
}

static osp_status as_int(const store *s, int64_t min, int64_t max)
{
    if (s->value.kind != OSP_VALUE_INT) {
        return misfit(s, "an integer");
    }
    return s->value.as.i < min || s->value.as.i > max ? out_of_range(s) : OSP_OK;
}

static osp_status as_bool(const store *s, bool *slot)
{
    if (s->value.kind != OSP_VALUE_INT) {
        return misfit(s, "a bool");
    }
    if (s->value.as.i != 0 && s->value.as.i != 1) {
        return out_of_range(s);
    }
    *slot = s->value.as.i == 1;
    return OSP_OK;
}

static osp_status as_double(const store *s, double *slot)
{
    if (s->value.kind == OSP_VALUE_INT) {
        *slot = (double)s->value.as.i;
        return OSP_OK;
    }
    if (s->value.kind != OSP_VALUE_DOUBLE) {
        return misfit(s, "a number");
    }
    *slot = s->value.as.d;
    return OSP_OK;
}

/* The bytes of a text or a BLOB in the arena, with a NUL behind them. */
static osp_status copy(const store *s, osp_str *slot)
{
    const osp_str text = s->value.as.s;
    char *copy = text.len == SIZE_MAX ? NULL : osp_arena_try(s->arena, text.len + 1);
    if (copy == NULL) {
        return osp_error_set(s->err, OSP_E_NOMEM, "no memory for a value of %zu bytes", text.len);
    }
    if (text.len != 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    *slot = (osp_str){ copy, text.len };
    return OSP_OK;
}

static osp_status as_str(const store *s, osp_str *slot)
{
    return s->value.kind == OSP_VALUE_TEXT ? copy(s, slot) : misfit(s, "a text");
}

static osp_status store_bool(const store *s)
{
    return as_bool(s, s->slot);
}

static osp_status store_int32(const store *s)
{
    OSP_TRY(as_int(s, INT32_MIN, INT32_MAX));
    *(int32_t *)s->slot = (int32_t)s->value.as.i;
    return OSP_OK;
}

static osp_status store_int64(const store *s)
{
    OSP_TRY(as_int(s, INT64_MIN, INT64_MAX));
    *(int64_t *)s->slot = s->value.as.i;
    return OSP_OK;
}

static osp_status store_uint32(const store *s)
{
    OSP_TRY(as_int(s, 0, UINT32_MAX));
    *(uint32_t *)s->slot = (uint32_t)s->value.as.i;
    return OSP_OK;
}

static osp_status store_uint64(const store *s)
{
    OSP_TRY(as_int(s, 0, INT64_MAX));
    *(uint64_t *)s->slot = (uint64_t)s->value.as.i;
    return OSP_OK;
}

static osp_status store_double(const store *s)
{
    return as_double(s, s->slot);
}

static osp_status store_str(const store *s)
{
    return as_str(s, s->slot);
}

/* What has a text form and is no string: a date, an enum, a decimal number. */
static osp_status store_text(const store *s)
{
    osp_str text = { NULL, 0 };
    OSP_TRY(as_str(s, &text));
    const osp_sentence *wrong =
        osp_scalar_read((osp_kind)s->field->kind_, s->field->type_, text, s->slot, s->arena);
    if (wrong == NULL) {
        return OSP_OK;
    }
    const osp_flaw flaw = osp_flaw_of_text(wrong, s->field->type_, s->arena);
    const osp_str sentence = osp_flaw_text(&flaw, NULL, s->arena);
    return osp_error_set(s->err, OSP_E_DB_SCHEMA, "member %s: the column's text %.*s",
                         s->field->member_, OSP_ARG(sentence));
}

/* Microseconds as an integer, or RFC 3339 as a text. */
static osp_status store_time(const store *s)
{
    return s->value.kind == OSP_VALUE_INT ? store_int64(s) : store_text(s);
}

static osp_status store_float(const store *s)
{
    double value = 0;
    OSP_TRY(as_double(s, &value));
    if (isfinite(value) && fabs(value) > FLT_MAX) {
        return osp_error_set(s->err, OSP_E_DB_SCHEMA, "member %s cannot hold %g", s->field->member_,
                             value);
    }
    *(float *)s->slot = (float)value;
    return OSP_OK;
}

/* A BLOB as it is, or base64 as a text. */
static osp_status store_bytes(const store *s)
{
    if (s->value.kind != OSP_VALUE_BYTES) {
        return store_text(s);
    }
    osp_str bytes = { NULL, 0 };
    OSP_TRY(copy(s, &bytes));
    *(osp_bytes *)s->slot = (osp_bytes){ (const uint8_t *)bytes.ptr, bytes.len };
    return OSP_OK;
}

/* The 16 bytes of a BLOB, or a text. */
static osp_status store_uuid(const store *s)
{
    osp_uuid *slot = s->slot;
    if (s->value.kind != OSP_VALUE_BYTES) {
        return store_text(s);
    }
    if (s->value.as.s.len != sizeof(slot->b)) {
        return osp_error_set(s->err, OSP_E_DB_SCHEMA,
                             "member %s is a UUID of 16 bytes, the column holds %zu",
                             s->field->member_, s->value.as.s.len);
    }
    memcpy(slot->b, s->value.as.s.ptr, sizeof(slot->b));
    return OSP_OK;
}

/* An integer that is one of its values, or a name as a text. */
static osp_status store_enum(const store *s)
{
    const osp_type *type = s->field->type_;
    if (s->value.kind != OSP_VALUE_INT) {
        return store_text(s);
    }
    for (uint16_t i = 0; i < type->name_count; i++) {
        if (type->names[i].value == s->value.as.i) {
            *(int *)s->slot = (int)s->value.as.i;
            return OSP_OK;
        }
    }
    return out_of_range(s);
}

/* A column of SQL's NUMERIC makes an integer of the text "12". */
static osp_status store_decimal(const store *s)
{
    char digits[24];
    if (s->value.kind != OSP_VALUE_INT) {
        return store_text(s);
    }
    const int len = snprintf(digits, sizeof(digits), "%lld", (long long)s->value.as.i);
    store text = *s;
    text.value = osp_value_of_str((osp_str){ digits, (size_t)len });
    return store_text(&text);
}

/* The decoded value slices its text, so the text is copied into the arena first. */
static osp_status store_json(const store *s)
{
    osp_str text = { 0 };
    OSP_TRY(as_str(s, &text));
    osp_issues *issues = osp_arena_zalloc(s->arena, sizeof(*issues));
    if (issues == NULL) {
        return osp_error_set(s->err, OSP_E_NOMEM, "no memory to decode JSON");
    }
    osp_error cause = { 0 };
    const osp_decoding how = { .arena = s->arena, .issues = issues };
    osp_field plain = *s->field; /* presence and pointer have been seen to */
    plain.value_at_ = 0;
    plain.indirect_ = false;
    const osp_status status = osp_json_decode_field(&plain, s->slot, text, &how, &cause);
    if (status == OSP_OK) {
        return OSP_OK;
    }
    if (status == OSP_E_NOMEM) {
        return osp_error_set(s->err, OSP_E_NOMEM, "no memory to decode JSON");
    }
    if (issues->count != 0) {
        const osp_issue *issue = &issues->items[0];
        const osp_str sentence = osp_flaw_text(&issue->flaw, NULL, s->arena);
        return osp_error_set(s->err, OSP_E_DB_SCHEMA,
                             "member %s: the column's JSON at \"%.*s\" %.*s", s->field->member_,
                             issue->where.len > 64 ? 64 : OSP_ARG(issue->where),
                             sentence.len > 64 ? 64 : OSP_ARG(sentence));
    }
    return osp_error_set(s->err, OSP_E_DB_SCHEMA,
                         "member %s: the column holds no such JSON: %.100s", s->field->member_,
                         cause.status != OSP_OK ? cause.message : osp_status_text(status));
}

/* What a database holds was given by somebody. */
static osp_status store_markup(const store *s)
{
    return osp_error_set(
        s->err, OSP_E_DB_SCHEMA,
        "member %s is markup, which the application makes: no column is read as it",
        s->field->member_);
}

static osp_status (*const stores[OSP_KIND_COUNT])(const store *s) = {
    [OSP_KIND_BOOL] = store_bool,       [OSP_KIND_INT32] = store_int32,
    [OSP_KIND_INT64] = store_int64,     [OSP_KIND_UINT32] = store_uint32,
    [OSP_KIND_UINT64] = store_uint64,   [OSP_KIND_FLOAT] = store_float,
    [OSP_KIND_DOUBLE] = store_double,   [OSP_KIND_STR] = store_str,
    [OSP_KIND_DECIMAL] = store_decimal, [OSP_KIND_BYTES] = store_bytes,
    [OSP_KIND_TIME] = store_time,       [OSP_KIND_DATE] = store_text,
    [OSP_KIND_DURATION] = store_time,   [OSP_KIND_UUID] = store_uuid,
    [OSP_KIND_ENUM] = store_enum,       [OSP_KIND_JSON] = store_json,
    [OSP_KIND_OBJECT] = store_json,     [OSP_KIND_UNION] = store_json,
    [OSP_KIND_LIST] = store_json,       [OSP_KIND_ARRAY] = store_json,
    [OSP_KIND_MAP] = store_json,        [OSP_KIND_MARKUP] = store_markup,
};

static osp_status store_null(const osp_field *field, void *slot, osp_error *err)
{
    if (!osp_field_is_optional(field)) {
        return osp_error_set(err, OSP_E_DB_SCHEMA,
                             "member %s is not optional, the column holds NULL", field->member_);
    }
    if (field->indirect_) {
        *(void **)slot = NULL;
    } else {
        *(osp_presence *)slot = OSP_NULL;
    }
    return OSP_OK;
}

osp_status osp_column_store(const osp_column *column, void *row, osp_value value, osp_arena *arena,
                            osp_error *err)
{
    const osp_field *field = column->field;
    char *slot = (char *)row + column->offset;
    if (value.kind == OSP_VALUE_NULL) {
        return store_null(field, slot, err);
    }
    if (field->value_at_ != 0) {
        *(osp_presence *)(void *)slot = OSP_SET;
        slot += field->value_at_;
    }
    if (field->indirect_) {
        void *pointed = osp_arena_zalloc(arena, field->type_->size);
        if (pointed == NULL) {
            return osp_error_set(err, OSP_E_NOMEM, "no memory for member %s", field->member_);
        }
        *(void **)(void *)slot = pointed;
        slot = pointed;
    }
    const store s = { field, slot, value, arena, err };
    OSP_ASSERT(field->kind_ < OSP_KIND_COUNT);
    OSP_ASSERT(stores[field->kind_] != NULL);
    return stores[field->kind_](&s);
}

void *osp_rows_add(osp_rows *rows)
{
    const size_t size = rows->type->size;
    OSP_ASSERT(size != 0);
    if (rows->count == rows->cap) {
        const size_t first = rows->most != 0 && rows->most < ROWS_FIRST ? rows->most : ROWS_FIRST;
        const size_t cap = rows->cap == 0 ? first : rows->cap * 2;
        if (cap > SIZE_MAX / 2 / size) {
            return NULL;
        }
        char *items = osp_arena_try(rows->arena, cap * size);
        if (items == NULL) {
            return NULL;
        }
        if (rows->count != 0) {
            memcpy(items, rows->items, rows->count * size);
        }
        rows->items = items;
        rows->cap = cap;
    }
    return memset(rows->items + rows->count++ * size, 0, size);
}
