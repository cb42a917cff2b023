/* From a descriptor to its JSON Schema.
 *
 *     type --> object, union, enum: a component by name     --> {"$ref": "#/components/schemas/T"}
 *          --> scalar, list, map:   written where it is used
 *
 * Because every reference between named types is a $ref, writing one type never descends into
 * another and recursive types need no care.  Two descriptions of one name are the same when their
 * texts are: whatever they refer to is held to the same proof under its own name.
 *
 * Section numbers are those of "JSON Schema Validation" 2020-12 unless another text is named. */
#include "api/schema.h"

#include <stdlib.h>
#include <string.h>

#include "api/pen.h"
#include "api/prove.h"

#define TEXT_MAX ((size_t)1 << 22) /* bytes of one type's schema */

typedef struct writer {
    const osp_schemas *schemas;
    osp_direction direction;
    bool plain; /* references without a direction, to compare types by */
    osp_buf *out;
} writer;

/* What the kind of a value says by itself. */
typedef struct shape {
    const char *type, *format, *pattern, *minimum, *maximum;
} shape;

#define WHOLE_NUMBER "^-?(0|[1-9][0-9]*)$"
#define NATURAL_NUMBER "^(-?0|[1-9][0-9]*)$"
/* At least one of what may stand there. */
#define SECONDS "[0-9]+(\\.[0-9]{1,9})?S"
#define TIME "T([0-9]+H([0-9]+M)?(" SECONDS ")?|[0-9]+M(" SECONDS ")?|" SECONDS ")"
static const shape shapes[OSP_KIND_COUNT] = {
    [OSP_KIND_BOOL] = { .type = "boolean" },
    [OSP_KIND_INT32] = { .type = "integer",
                         .format = "int32",
                         .minimum = "-2147483648",
                         .maximum = "2147483647" },
    [OSP_KIND_INT64] = { .type = "integer", .format = "int64" },
    [OSP_KIND_UINT32] = { .type = "integer",
                          .format = "uint32",
                          .minimum = "0",
                          .maximum = "4294967295" },
    [OSP_KIND_UINT64] = { .type = "integer", .format = "uint64", .minimum = "0" },
    [OSP_KIND_FLOAT] = { .type = "number", .format = "float" },
    [OSP_KIND_DOUBLE] = { .type = "number", .format = "double" },
    [OSP_KIND_STR] = { .type = "string" },
    [OSP_KIND_DECIMAL] = { .type = "string",
                           .format = "decimal",
                           .pattern = "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$" },
    [OSP_KIND_MARKUP] = { .type = "string" },
    [OSP_KIND_BYTES] = { .type = "string" },
    [OSP_KIND_TIME] = { .type = "string", .format = "date-time" },
    [OSP_KIND_DATE] = { .type = "string", .format = "date" },
    /* Not format "duration": that has no fraction of a second (RFC 3339 appendix A). */
    [OSP_KIND_DURATION] = { .type = "string",
                            .pattern = "^-?P([0-9]+W|[0-9]+D(" TIME ")?|" TIME ")$" },
    [OSP_KIND_UUID] = { .type = "string", .format = "uuid" },
    [OSP_KIND_UPLOAD] = { .type = "string", .format = "binary" },
};

static const struct {
    const char *format, *pattern;
} formats[OSP_FORMAT_COUNT] = {
    [OSP_FORMAT_EMAIL] = { "email", NULL },
    [OSP_FORMAT_URL] = { "uri", "^https?://" },
    [OSP_FORMAT_URI] = { "uri", NULL },
    [OSP_FORMAT_HOSTNAME] = { "hostname", NULL },
    [OSP_FORMAT_IPV4] = { "ipv4", NULL },
    [OSP_FORMAT_IPV6] = { "ipv6", NULL },
    [OSP_FORMAT_SLUG] = { NULL, "^[a-z0-9]+(-[a-z0-9]+)*$" },
    [OSP_FORMAT_TIME] = { "date-time", NULL },
};

static const osp_field unconstrained = { 0 };

static bool is_named(const osp_type *type)
{
    return type != NULL && (type->kind == OSP_KIND_OBJECT || type->kind == OSP_KIND_UNION ||
                            type->kind == OSP_KIND_ENUM);
}

/* Whether a member stands in the JSON object that goes in this direction. */
static bool is_member(const osp_field *field, osp_source source, osp_direction direction)
{
    return field->source_ == source &&
           (direction == OSP_INPUT || (!field->secret && !field->write_only));
}

static const osp_component *find(const osp_schemas *schemas, osp_str name)
{
    for (size_t i = 0; i < schemas->count; i++) {
        if (osp_str_equal(osp_str_from(schemas->components[i].type->name), name)) {
            return &schemas->components[i];
        }
    }
    return NULL;
}

bool osp_schemas_has(const osp_schemas *schemas, osp_str name)
{
    return find(schemas, name) != NULL;
}

/* ---------------------------------------------------------------- names */

/* The name of the component of a type in a direction, at the end of `out`. */
static void write_name(const writer *w, const osp_type *type, osp_direction direction)
{
    osp_buf_str(w->out, osp_str_from(type->name));
    const osp_component *component = w->plain ? NULL : find(w->schemas, osp_str_from(type->name));
    if (component == NULL || !component->split || direction != OSP_INPUT) {
        return;
    }
    /* A type of that name may be there; no C name has a dot. */
    char other[256];
    const size_t len = strlen(type->name);
    const bool fits = len + sizeof("Input") <= sizeof(other);
    if (fits) {
        memcpy(other, type->name, len);
        memcpy(other + len, "Input", sizeof("Input"));
    }
    if (!fits || osp_schemas_has(w->schemas, osp_str_from(other))) {
        osp_buf_byte(w->out, '.');
    }
    osp_buf_str(w->out, OSP_STR("Input"));
}

/* Names of cases may hold what the name of a component must not (OpenAPI 3.1 section 4.8.7). */
static void write_case_name(const writer *w, const osp_type *type, const osp_case *one)
{
    write_name(w, type, w->direction);
    osp_buf_byte(w->out, '.');
    for (const char *at = one->name; *at != '\0'; at++) {
        const char c = *at;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-') {
            osp_buf_byte(w->out, c);
        } else {
            osp_buf_printf(w->out, "_%02x", (unsigned)(unsigned char)c);
        }
    }
}

/* The beginning of the text that refers to a component. */
static void write_ref_place(const writer *w)
{
    osp_buf_str(w->out,
                w->schemas->alone ? OSP_STR("\"#/$defs/") : OSP_STR("\"#/components/schemas/"));
}

static void write_ref(const writer *w, const osp_type *type)
{
    osp_pen_key(w->out, OSP_STR("$ref"));
    write_ref_place(w);
    write_name(w, type, w->direction);
    osp_buf_byte(w->out, '"');
}

/* ---------------------------------------------------------------- values */

/* "type", which also says whether null is one of the values (section 6.1.1). */
static void write_type_word(const writer *w, const char *word, bool nullable)
{
    osp_pen_key(w->out, OSP_STR("type"));
    osp_buf_printf(w->out, nullable ? "[\"%s\",\"null\"]" : "\"%s\"", word);
}

/* Keywords for what holds for a number. */
typedef struct bound_words {
    const char *minimum, *above, *maximum, *below, *multiple;
} bound_words;

static const bound_words of_number = { "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum",
                                       "multipleOf" };
/* A number that stands in a string: JSON Schema has no words for it. */
#define X(word) "x-openspeed-" word
static const bound_words of_digits = { X("minimum"), X("exclusiveMinimum"), X("maximum"),
                                       X("exclusiveMaximum"), X("multipleOf") };
#undef X

static void write_bounds(const writer *w, const bound_words *words, const osp_field *field,
                         const char *least, const char *most)
{
    const osp_bound *min = &field->range_.min, *max = &field->range_.max;
    if (min->is) {
        osp_pen_member_double(w->out, min->open ? words->above : words->minimum, min->value);
    } else if (least != NULL) {
        osp_pen_member_raw(w->out, words->minimum, least);
    }
    if (max->is) {
        osp_pen_member_double(w->out, max->open ? words->below : words->maximum, max->value);
    } else if (most != NULL) {
        osp_pen_member_raw(w->out, words->maximum, most);
    }
    if (field->multiple_of != 0) {
        osp_pen_member_double(w->out, words->multiple, field->multiple_of);
    }
}

static void write_number(const writer *w, const shape *own, const osp_field *field, bool nullable)
{
    if (field->as_string) {
        write_type_word(w, "string", nullable);
        osp_pen_member(w->out, "format", osp_str_from(own->format));
        osp_pen_member(w->out, "pattern",
                       own->minimum != NULL && own->minimum[0] == '0' ? OSP_STR(NATURAL_NUMBER)
                                                                      : OSP_STR(WHOLE_NUMBER));
        write_bounds(w, &of_digits, field, NULL, NULL);
        return;
    }
    write_type_word(w, own->type, nullable);
    if (!w->schemas->alone) {
        osp_pen_member(w->out, "format", osp_str_from(own->format));
    }
    write_bounds(w, &of_number, field, own->minimum, own->maximum);
}

static void write_lengths(const writer *w, const osp_field *field, const char *min, const char *max)
{
    if (field->min_len != 0) {
        osp_pen_member_uint(w->out, min, field->min_len);
    }
    if (field->max_len != 0) {
        osp_pen_member_uint(w->out, max, field->max_len);
    }
}

static void write_string(const writer *w, const osp_field *field)
{
    const char *format = formats[field->format].format, *pattern = formats[field->format].pattern;
    if (format != NULL) {
        osp_pen_member(w->out, "format", osp_str_from(format));
    }
    write_lengths(w, field, "minLength", "maxLength");
    if (field->pattern != NULL) {
        osp_pen_member(w->out, "pattern", osp_str_from(field->pattern));
    }
    if (pattern != NULL && field->pattern == NULL) {
        osp_pen_member(w->out, "pattern", osp_str_from(pattern));
    } else if (pattern != NULL) { /* an object has one pattern */
        osp_pen_member_open(w->out, "allOf", '[');
        osp_pen_open(w->out, '{');
        osp_pen_member(w->out, "pattern", osp_str_from(pattern));
        osp_buf_str(w->out, OSP_STR("}]"));
    }
}

/* Four characters for three bytes (RFC 4648 section 4). */
static void write_bytes(const writer *w, const osp_field *field)
{
    osp_pen_member(w->out, "contentEncoding", OSP_STR("base64"));
    if (field->min_len != 0) {
        osp_pen_member_uint(w->out, "minLength", ((uint64_t)field->min_len + 2) / 3 * 4);
    }
    if (field->max_len != 0) {
        osp_pen_member_uint(w->out, "maxLength", ((uint64_t)field->max_len + 2) / 3 * 4);
    }
}

static void write_scalar(const writer *w, osp_kind kind, const osp_field *field, bool nullable)
{
    const shape *own = &shapes[kind];
    if (kind >= OSP_KIND_INT32 && kind <= OSP_KIND_DOUBLE) {
        write_number(w, own, field, nullable);
        return;
    }
    write_type_word(w, own->type, nullable);
    if (own->format != NULL) {
        osp_pen_member(w->out, "format", osp_str_from(own->format));
    }
    if (own->pattern != NULL) {
        osp_pen_member(w->out, "pattern", osp_str_from(own->pattern));
    }
    if (kind == OSP_KIND_STR) {
        write_string(w, field);
    } else if (kind == OSP_KIND_BYTES) {
        write_bytes(w, field);
    } else if (kind == OSP_KIND_UPLOAD) { /* bytes (OpenAPI 3.1 section 4.8.14.4) */
        write_lengths(w, field, "minLength", "maxLength");
    } else if (kind == OSP_KIND_DECIMAL) {
        write_bounds(w, &of_digits, field, NULL, NULL);
    }
}

/* The keywords of a type's value, within an open object. */
static void write_value(const writer *w, const osp_type *type, const osp_field *field,
                        bool nullable)
{
    if (type->kind == OSP_KIND_JSON) {
        return; /* anything */
    }
    if (type->kind == OSP_KIND_NONE) {
        osp_pen_member(w->out, "type", OSP_STR("null"));
        return;
    }
    if (!is_named(type)) {
        write_scalar(w, (osp_kind)type->kind, field, nullable);
        return;
    }
    if (!nullable) {
        write_ref(w, type);
        return;
    }
    osp_pen_member_open(w->out, "anyOf", '[');
    osp_pen_open(w->out, '{');
    write_ref(w, type);
    osp_buf_str(w->out, OSP_STR("},{\"type\":\"null\"}]"));
}

/* The items of a list, or the values of a map, under a key. */
static void write_each(const writer *w, const char *key, const osp_field *field)
{
    osp_pen_member_open(w->out, key, '{');
    write_value(w, field->type_, field->each_ != NULL ? field->each_ : &unconstrained, false);
    osp_pen_close(w->out, '}');
}

static void write_container(const writer *w, const osp_field *field, bool nullable)
{
    write_type_word(w, field->kind_ == OSP_KIND_MAP ? "object" : "array", nullable);
    if (field->kind_ == OSP_KIND_MAP) {
        write_each(w, "additionalProperties", field);
        write_lengths(w, field, "minProperties", "maxProperties");
        return;
    }
    write_each(w, "items", field);
    if (field->kind_ == OSP_KIND_ARRAY) {
        osp_pen_member_uint(w->out, "minItems", field->count_);
        osp_pen_member_uint(w->out, "maxItems", field->count_);
    } else {
        write_lengths(w, field, "minItems", "maxItems");
    }
    if (field->unique) {
        osp_pen_member_raw(w->out, "uniqueItems", "true");
    }
}

/* ---------------------------------------------------------------- members */

/* A fallback is text as in a query; a default is a value of the type. */
static void write_default(const writer *w, const osp_field *field)
{
    const osp_str text = osp_str_from(field->fallback);
    const osp_kind kind = (osp_kind)field->kind_;
    if (!osp_kind_is_scalar(kind)) {
        const bool list = kind == OSP_KIND_LIST && text.len == 0;
        if (list || osp_json_check(text) == OSP_OK) {
            osp_pen_key(w->out, OSP_STR("default"));
            osp_buf_str(w->out, list ? OSP_STR("[]") : text);
        }
        return;
    }
    if (field->as_string || kind > OSP_KIND_DOUBLE) {
        osp_pen_member(w->out, "default", text);
        return;
    }
    union {
        bool yes;
        int64_t i;
        double d;
    } value = { .i = 0 };
    if (osp_scalar_read(kind, NULL, text, &value, NULL) == NULL) {
        osp_pen_key(w->out, OSP_STR("default"));
        if (osp_scalar_write(kind, NULL, &value, w->out) != OSP_OK) {
            osp_buf_str(w->out, OSP_STR("null")); /* no room: the buffer says so */
        }
    }
}

/* What says nothing about which values fit (section 9). */
static void write_annotations(const writer *w, const osp_field *field, bool described)
{
    const struct {
        const char *key;
        bool is;
    } flags[] = { { "deprecated", field->deprecated && described },
                  { "readOnly", field->read_only },
                  { "writeOnly", field->write_only || field->secret } };
    if (field->doc != NULL && described) {
        osp_pen_member(w->out, "description", osp_str_from(field->doc));
    }
    if (!field->secret) {
        if (field->fallback != NULL && w->direction == OSP_INPUT) {
            write_default(w, field);
        }
        if (field->example != NULL && described) {
            osp_pen_member_open(w->out, "examples", '[');
            osp_pen_raw(w->out, osp_str_from(field->example));
            osp_pen_close(w->out, ']');
        }
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(flags); i++) {
        if (flags[i].is) {
            osp_pen_member_raw(w->out, flags[i].key, "true");
        }
    }
}

static void write_member(const writer *w, const osp_field *field, bool described)
{
    const bool nullable = osp_field_is_optional(field) && (field->source_ == OSP_SOURCE_FIELD);
    osp_pen_open(w->out, '{');
    if (field->kind_ == OSP_KIND_LIST || field->kind_ == OSP_KIND_ARRAY ||
        field->kind_ == OSP_KIND_MAP) {
        write_container(w, field, nullable);
    } else if (field->type_ != NULL) {
        write_value(w, field->type_, field, nullable);
    } else if (field->kind_ != OSP_KIND_JSON) {
        write_scalar(w, (osp_kind)field->kind_, field, nullable);
    }
    write_annotations(w, field, described);
    osp_pen_close(w->out, '}');
}

/* ---------------------------------------------------------------- objects */

static bool is_required(const osp_field *field, osp_direction direction)
{
    return direction == OSP_INPUT ? osp_schema_requires(field) : !osp_field_is_optional(field);
}

static void write_required(const writer *w, const osp_type *type, osp_source source,
                           const char *discriminator)
{
    bool open = false;
    if (discriminator != NULL) {
        osp_pen_member_open(w->out, "required", '[');
        osp_pen_str(w->out, osp_str_from(discriminator));
        open = true;
    }
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (!is_member(field, source, w->direction) || !is_required(field, w->direction)) {
            continue;
        }
        if (!open) {
            osp_pen_member_open(w->out, "required", '[');
            open = true;
        }
        osp_pen_str(w->out, osp_field_name(field));
    }
    if (open) {
        osp_pen_close(w->out, ']');
    }
}

/* .needs holds C names; the document has those on the wire. */
static void write_needed(const writer *w, const osp_type *type, osp_source source,
                         const char *needs)
{
    while (*needs != '\0') {
        const char *comma = strchr(needs, ',');
        const osp_str name = { needs, comma != NULL ? (size_t)(comma - needs) : strlen(needs) };
        needs += name.len + (comma != NULL);
        for (uint16_t i = 0; i < type->field_count; i++) {
            const osp_field *other = &type->fields[i];
            const osp_str member = { other->member_, other->member_len_ };
            if (osp_str_equal(name, member) && is_member(other, source, w->direction)) {
                osp_pen_str(w->out, osp_field_name(other));
            }
        }
    }
}

/* Section 6.5.4. */
static void write_dependencies(const writer *w, const osp_type *type, osp_source source)
{
    bool open = false;
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (field->needs == NULL || !is_member(field, source, w->direction)) {
            continue;
        }
        if (!open) {
            osp_pen_member_open(w->out, "dependentRequired", '{');
            open = true;
        }
        osp_pen_key(w->out, osp_field_name(field));
        osp_buf_byte(w->out, '[');
        write_needed(w, type, source, field->needs);
        osp_pen_close(w->out, ']');
    }
    if (open) {
        osp_pen_close(w->out, '}');
    }
}

/* The members of one source as an object; of a union's case when `one` is not NULL. */
static void write_object(const writer *w, const osp_type *type, osp_source source,
                         const char *discriminator, const osp_case *one)
{
    const osp_field *extra = NULL;
    osp_pen_member(w->out, "type", OSP_STR("object"));
    if (type->doc != NULL) {
        osp_pen_member(w->out, "description", osp_str_from(type->doc));
    }
    osp_pen_member_open(w->out, "properties", '{');
    if (one != NULL) {
        osp_pen_member_open(w->out, discriminator, '{');
        osp_pen_member(w->out, "const", osp_str_from(one->name));
        osp_pen_member(w->out, "type", OSP_STR("string"));
        osp_pen_close(w->out, '}');
    }
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        extra = field->source_ == OSP_SOURCE_EXTRA ? field : extra;
        if (is_member(field, source, w->direction)) {
            osp_pen_key(w->out, osp_field_name(field));
            write_member(w, field, true);
        }
    }
    osp_pen_close(w->out, '}');
    write_required(w, type, source, one != NULL ? discriminator : NULL);
    write_dependencies(w, type, source);
    if (extra == NULL && type->additional == OSP_REJECT) {
        osp_pen_member_raw(w->out, "additionalProperties", "false");
    } else if (extra != NULL && source == OSP_SOURCE_FIELD) {
        osp_pen_member_raw(w->out, "additionalProperties", "true");
    }
    if (type->example != NULL) {
        osp_pen_member_open(w->out, "examples", '[');
        osp_pen_raw(w->out, osp_str_from(type->example));
        osp_pen_close(w->out, ']');
    }
}

static void write_enum(const writer *w, const osp_type *type)
{
    osp_pen_member(w->out, "type", OSP_STR("string"));
    if (type->doc != NULL) {
        osp_pen_member(w->out, "description", osp_str_from(type->doc));
    }
    osp_pen_member_open(w->out, "enum", '[');
    for (uint16_t i = 0; i < type->name_count; i++) {
        osp_pen_str(w->out, (osp_str){ type->names[i].text, type->names[i].len });
    }
    osp_pen_close(w->out, ']');
}

/* oneOf decides, the discriminator only tells tools where to look (OpenAPI 3.1 section 4.8.25). */
static void write_union(const writer *w, const osp_type *type)
{
    if (type->doc != NULL) {
        osp_pen_member(w->out, "description", osp_str_from(type->doc));
    }
    osp_pen_member_open(w->out, "oneOf", '[');
    for (uint16_t i = 0; i < type->case_count; i++) {
        osp_pen_open(w->out, '{');
        osp_pen_key(w->out, OSP_STR("$ref"));
        write_ref_place(w);
        write_case_name(w, type, &type->cases[i]);
        osp_buf_str(w->out, OSP_STR("\"}"));
    }
    osp_pen_close(w->out, ']');
    osp_pen_member_open(w->out, "discriminator", '{');
    osp_pen_member(w->out, "propertyName", osp_str_from(type->discriminator));
    osp_pen_member_open(w->out, "mapping", '{');
    for (uint16_t i = 0; i < type->case_count; i++) {
        osp_pen_key(w->out, osp_str_from(type->cases[i].name));
        write_ref_place(w);
        write_case_name(w, type, &type->cases[i]);
        osp_buf_byte(w->out, '"');
    }
    osp_buf_str(w->out, OSP_STR("}}"));
}

/* The schema of a named type, within an open object. */
static void write_component(const writer *w, const osp_type *type)
{
    switch (type->kind) {
    case OSP_KIND_ENUM:
        write_enum(w, type);
        break;
    case OSP_KIND_UNION:
        write_union(w, type);
        break;
    default:
        write_object(w, type, OSP_SOURCE_FIELD, NULL, NULL);
        break;
    }
}

/* ---------------------------------------------------------------- the set of types */

void osp_schemas_init(osp_schemas *schemas, osp_arena *arena)
{
    *schemas = (osp_schemas){ .arena = arena };
}

/* Room for one more item; the old ones stay in the arena until it goes. */
static void *grow(osp_arena *arena, void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return items;
    }
    const size_t more = *room != 0 ? *room * 2 : 16;
    void *grown = more < SIZE_MAX / size ? osp_arena_try(arena, more * size) : NULL;
    if (grown != NULL) {
        if (count != 0) {
            memcpy(grown, items, count * size);
        }
        *room = more;
    }
    return grown;
}

static osp_status no_memory(osp_error *err)
{
    return osp_error_set(err, OSP_E_NOMEM, "no memory for the schemas of the types");
}

static osp_status use(osp_schemas *s, const osp_type *type, osp_direction direction, bool as_case,
                      osp_error *err)
{
    if (!is_named(type)) {
        return OSP_OK;
    }
    for (size_t i = 0; i < s->use_count; i++) {
        const osp_schema_use *known = &s->uses[i];
        if (known->type == type && known->direction == direction && known->as_case == as_case) {
            return OSP_OK;
        }
    }
    if (s->use_count == OSP_SCHEMAS_MAX) {
        return osp_error_set(err, OSP_E_LIMIT, "more than %d uses of types", OSP_SCHEMAS_MAX);
    }
    osp_schema_use *uses = grow(s->arena, s->uses, s->use_count, &s->use_room, sizeof(*uses));
    if (uses == NULL) {
        return no_memory(err);
    }
    s->uses = uses;
    s->uses[s->use_count++] = (osp_schema_use){ type, direction, as_case };
    if (as_case) {
        return OSP_OK;
    }
    osp_component *component = (osp_component *)(uintptr_t)find(s, osp_str_from(type->name));
    if (component == NULL) {
        osp_component *grown =
            grow(s->arena, s->components, s->count, &s->room, sizeof(*component));
        if (grown == NULL) {
            return no_memory(err);
        }
        s->components = grown;
        component = &s->components[s->count++];
        *component = (osp_component){ .type = type };
    }
    component->used[direction] = true;
    return OSP_OK;
}

osp_status osp_schemas_add(osp_schemas *s, const osp_type *type, osp_direction direction,
                           osp_error *err)
{
    OSP_TRY(use(s, type, direction, false, err));
    /* What a type refers to is added behind it, so this ends when all has been seen. */
    for (; s->walked < s->use_count; s->walked++) {
        const osp_schema_use from = s->uses[s->walked];
        for (uint16_t i = 0; i < from.type->field_count; i++) {
            const osp_field *field = &from.type->fields[i];
            if (is_member(field, OSP_SOURCE_FIELD, from.direction)) {
                OSP_TRY(use(s, field->type_, from.direction, false, err));
            }
        }
        for (uint16_t i = 0; i < from.type->case_count; i++) {
            OSP_TRY(use(s, from.type->cases[i].type, from.direction, true, err));
        }
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- proofs */

/* All that the name of a type stands for: of a union, also its cases. */
static void write_whole(const writer *w, const osp_type *type)
{
    write_component(w, type);
    for (uint16_t i = 0; i < type->case_count; i++) {
        write_object(w, type->cases[i].type, OSP_SOURCE_FIELD, type->discriminator,
                     &type->cases[i]);
    }
}

/* Whether two descriptions, or directions, have one schema. */
static bool is_same(const osp_schemas *s, const osp_type *a, osp_direction a_to, const osp_type *b,
                    osp_direction b_to)
{
    osp_buf one, other;
    osp_buf_init(&one, NULL, 0, TEXT_MAX);
    osp_buf_init(&other, NULL, 0, TEXT_MAX);
    write_whole(&(writer){ s, a_to, true, &one }, a);
    write_whole(&(writer){ s, b_to, true, &other }, b);
    const bool same =
        !one.failed && !other.failed && a->kind == b->kind &&
        osp_str_equal((osp_str){ one.ptr, one.len }, (osp_str){ other.ptr, other.len });
    osp_buf_done(&one);
    osp_buf_done(&other);
    return same;
}

static osp_status prove_name(const osp_schemas *s, const osp_type *type, osp_error *err)
{
    const osp_component *component = find(s, osp_str_from(type->name));
    if (component == NULL || component->type == type ||
        (is_same(s, component->type, OSP_INPUT, type, OSP_INPUT) &&
         is_same(s, component->type, OSP_OUTPUT, type, OSP_OUTPUT))) {
        return OSP_OK;
    }
    const osp_type *first = component->type;
    return osp_error_set(err, OSP_E_INVALID,
                         "%.120s:%d: error: %.60s is also described, otherwise, at %.120s:%d; the "
                         "document needs one name for one type",
                         type->file_ != NULL ? type->file_ : "?", type->line_, type->name,
                         first->file_ != NULL ? first->file_ : "?", first->line_);
}

static bool refers_to_split(const osp_schemas *s, const osp_type *type)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_type *other = type->fields[i].type_;
        const osp_component *component =
            is_named(other) && type->fields[i].source_ == OSP_SOURCE_FIELD
                ? find(s, osp_str_from(other->name))
                : NULL;
        if (component != NULL && component->split) {
            return true;
        }
    }
    return false;
}

/* Whether the two directions of a type differ, as far as is known by now.  Cases of a union are
 * written with it, so it differs when one of them does. */
static bool differs(const osp_schemas *s, const osp_type *type)
{
    bool found = refers_to_split(s, type) || !is_same(s, type, OSP_INPUT, type, OSP_OUTPUT);
    for (uint16_t i = 0; i < type->case_count && !found; i++) {
        found = refers_to_split(s, type->cases[i].type);
    }
    return found;
}

static int by_name(const void *a, const void *b)
{
    const osp_component *one = a, *other = b;
    return strcmp(one->type->name, other->type->name);
}

osp_status osp_schemas_end(osp_schemas *s, osp_error *err)
{
    if (s->count > 1) {
        qsort(s->components, s->count, sizeof(*s->components), by_name);
    }
    for (size_t i = 0; i < s->use_count; i++) {
        OSP_TRY(osp_type_prove(s->uses[i].type, err));
        if (!s->uses[i].as_case) {
            OSP_TRY(prove_name(s, s->uses[i].type, err));
        }
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < s->count; i++) {
            osp_component *component = &s->components[i];
            if (!component->split && component->used[OSP_INPUT] && component->used[OSP_OUTPUT] &&
                differs(s, component->type)) {
                component->split = changed = true;
            }
        }
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- public */

void osp_schema_of(const osp_schemas *schemas, const osp_type *type, osp_direction direction,
                   osp_buf *out)
{
    osp_pen_open(out, '{');
    write_value(&(writer){ schemas, direction, false, out }, type, &unconstrained, false);
    osp_pen_close(out, '}');
}

void osp_schema_member(const osp_schemas *schemas, const osp_field *field, osp_direction direction,
                       bool annotated, osp_buf *out)
{
    write_member(&(writer){ schemas, direction, false, out }, field, annotated);
}

void osp_schema_object(const osp_schemas *schemas, const osp_type *type, osp_source source,
                       osp_direction direction, osp_buf *out)
{
    osp_pen_open(out, '{');
    write_object(&(writer){ schemas, direction, false, out }, type, source, NULL, NULL);
    osp_pen_close(out, '}');
}

/* A component and, of a union, its cases. */
static void write_named(const writer *w, const osp_type *type)
{
    osp_pen_comma(w->out);
    osp_buf_byte(w->out, '"');
    write_name(w, type, w->direction);
    osp_buf_str(w->out, OSP_STR("\":{"));
    write_component(w, type);
    osp_pen_close(w->out, '}');
    for (uint16_t i = 0; i < type->case_count; i++) {
        osp_buf_str(w->out, OSP_STR(",\""));
        write_case_name(w, type, &type->cases[i]);
        osp_buf_str(w->out, OSP_STR("\":{"));
        write_object(w, type->cases[i].type, OSP_SOURCE_FIELD, type->discriminator,
                     &type->cases[i]);
        osp_pen_close(w->out, '}');
    }
}

void osp_schemas_write(const osp_schemas *schemas, osp_buf *out)
{
    for (size_t i = 0; i < schemas->count; i++) {
        const osp_component *component = &schemas->components[i];
        const osp_direction only = component->used[OSP_OUTPUT] ? OSP_OUTPUT : OSP_INPUT;
        write_named(&(writer){ schemas, only, false, out }, component->type);
        if (component->split) {
            write_named(&(writer){ schemas, OSP_INPUT, false, out }, component->type);
        }
    }
}

osp_status osp_schema_alone(osp_arena *arena, const osp_type *type, const char *title, osp_buf *out,
                            osp_error *err)
{
    osp_schemas schemas;
    osp_schemas_init(&schemas, arena);
    schemas.alone = true;
    OSP_TRY(osp_schemas_add(&schemas, type, OSP_INPUT, err));
    OSP_TRY(osp_schemas_end(&schemas, err));
    const writer w = { &schemas, OSP_INPUT, false, out };
    osp_pen_open(out, '{');
    osp_pen_member(out, "$schema", OSP_STR("https://json-schema.org/draft/2020-12/schema"));
    osp_pen_member(out, "title", osp_str_from(title));
    write_ref(&w, type);
    osp_pen_member_open(out, "$defs", '{');
    osp_schemas_write(&schemas, out);
    osp_buf_str(out, OSP_STR("}}"));
    return out->failed ? OSP_E_LIMIT : OSP_OK;
}
