/* JSON Schema (draft 2020-12) of described types, as the components of an OpenAPI document.
 *
 *     osp_schemas_init --> osp_schemas_add, each type that is used --> osp_schemas_end
 *                      --> osp_schema_of, osp_schema_member, osp_schemas_write
 *
 * Objects, unions and enums are components under the C name of their type, so that types may refer
 * to each other; scalars stand where they are used.
 *
 * What a client may send and what it gets can differ: a member with a fallback need not be sent and
 * always comes back, a secret never does.  A type that is used both ways and differs, itself or in
 * what it refers to, is two components: Name, as it is answered, and NameInput, as it is sent.
 * Any other type is one, Name. */
#ifndef OSP_API_SCHEMA_H
#define OSP_API_SCHEMA_H

#include "base/arena.h"
#include "base/buf.h"
#include "type/json.h"

#define OSP_SCHEMAS_MAX 65536 /* uses of types in one document */

typedef enum osp_direction {
    OSP_INPUT = 0, /* what a client sends */
    OSP_OUTPUT,    /* what it gets */
    OSP_DIRECTIONS
} osp_direction;

/* A named type. */
typedef struct osp_component {
    const osp_type *type;
    bool used[OSP_DIRECTIONS];
    bool split; /* two components */
} osp_component;

/* One description of a type, in use; a header's is one in each file that includes it. */
typedef struct osp_schema_use {
    const osp_type *type;
    osp_direction direction;
    bool as_case; /* of a union: not a component of its own */
} osp_schema_use;

typedef struct osp_schemas {
    osp_arena *arena;
    osp_component *components; /* by name, after osp_schemas_end */
    size_t count, room;
    osp_schema_use *uses;
    size_t use_count, use_room;
    size_t walked; /* uses whose members have been seen */
    /* A schema of its own and no part of a document of OpenAPI: types stand in $defs, and formats
     * that only OpenAPI knows are left out. */
    bool alone;
} osp_schemas;

void osp_schemas_init(osp_schemas *schemas, osp_arena *arena);
/* Takes a type, and all that it refers to.  OSP_OK | OSP_E_NOMEM | OSP_E_LIMIT. */
OSP_MUST_CHECK osp_status osp_schemas_add(osp_schemas *schemas, const osp_type *type,
                                          osp_direction direction, osp_error *err);
/* Proves that each name is one type and each example is JSON.
 * OSP_OK | OSP_E_INVALID (err names both places) | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_schemas_end(osp_schemas *schemas, osp_error *err);

/* Whether a type of that name is a component. */
bool osp_schemas_has(const osp_schemas *schemas, osp_str name);
/* The schema of a value of a type: a reference to a component, or the schema itself. */
void osp_schema_of(const osp_schemas *schemas, const osp_type *type, osp_direction direction,
                   osp_buf *out);
/* The schema of a member with its constraints; `annotated`: also with what it says to people. */
void osp_schema_member(const osp_schemas *schemas, const osp_field *field, osp_direction direction,
                       bool annotated, osp_buf *out);
/* The schema of the object that the members of one source make. */
void osp_schema_object(const osp_schemas *schemas, const osp_type *type, osp_source source,
                       osp_direction direction, osp_buf *out);
/* The components, as members of an open object. */
void osp_schemas_write(const osp_schemas *schemas, osp_buf *out);

/* Appends a schema of its own for what is sent as `type`, with a title.
 * OSP_OK | OSP_E_INVALID | OSP_E_NOMEM | OSP_E_LIMIT. */
OSP_MUST_CHECK osp_status osp_schema_alone(osp_arena *arena, const osp_type *type,
                                           const char *title, osp_buf *out, osp_error *err);

/* Whether a client must give a member.  Lists that are parameters are empty when they are absent.
 */
static inline bool osp_schema_requires(const osp_field *field)
{
    const bool may_be_empty =
        field->kind_ == OSP_KIND_LIST && field->min_len == 0 && field->source_ != OSP_SOURCE_FIELD;
    return !osp_field_is_optional(field) && field->fallback == NULL && !field->read_only &&
           !may_be_empty;
}

#endif
