/* Described values at run time: walk, find, get, set, compare, copy, print; and JSON of any form.
 *
 *     osp_print(User, &user);                                    on stderr, for debugging
 *     osp_str text = osp_dump(ctx, User, &user);
 *     User *mine = osp_copy_of(ctx, User, &user);
 *     osp_change_list changes = osp_diff(ctx, User, &before, &after);
 *     if (osp_set_json(ctx, User, &user, S("/tags/2"), S("\"new\""), &err) != OSP_OK) ...
 *
 * Paths are written as in C, `house.lines[2]` and `labels["a b"]`, or as JSON pointers (RFC 6901),
 * `/house/lines/2`; the empty path is the value itself.  Members are found by their name on the
 * wire, else by that of the struct, else among those that EXTRA keeps.
 *
 * From gdb:  call osp_print_value(&osp_type_User, user) */
#ifndef OPENSPEED_REFLECT_H
#define OPENSPEED_REFLECT_H
#pragma GCC system_header

#include <openspeed/base.h>
#include <openspeed/type.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OSP_WALK_DEPTH_MAX 64 /* values within values */

/* As OSP_IN_, to be written. */
#define OSP_OUT_(T, value) _Generic((value), T * : (value))

/* ---------------------------------------------------------------- types */

/* The member of an object type by its name on the wire or, failing that, of the struct; NULL. */
OSP_API const osp_field *osp_field_named(const osp_type *type, osp_str name);

/* Calls visit(type, arg) for a type and all types that it leads to, each once, until it returns
 * false.  Returns OSP_OK | OSP_DONE (ended by visit) | OSP_E_LIMIT (more than 256 types). */
OSP_API OSP_MUST_CHECK osp_status osp_types_walk(const osp_type *type,
                                                 bool (*visit)(const osp_type *type, void *arg),
                                                 void *arg);

/* ---------------------------------------------------------------- values */

/* One value in a described value: the whole, a member, or an item of one. */
typedef struct osp_node {
    osp_kind kind;
    osp_presence is;        /* OSP_SET but for optionals and pointers */
    const osp_type *type;   /* of an object, union or enum; of items; may be NULL for scalars */
    const osp_field *field; /* of a member; what EACH says of an item; NULL: nothing */
    osp_str name;           /* of a member on the wire or of a map's entry */
    size_t index;           /* among its neighbours */
    size_t count;           /* of its members or items */
    void *slot;             /* where it is, with its presence or pointer */
    void *value;            /* behind presence and pointer; NULL when there is none */
    uint32_t depth;         /* of the whole: 0 */
    bool item;              /* of a list or array */
    bool secret;            /* it or what it is in */
    bool cycle;             /* it is also what it is in: a walk does not enter it again */
} osp_node;

/* A value as a whole. */
#define osp_node_of(T, value) osp_node_at(&osp_type_##T, OSP_IN_(T, value))
OSP_API osp_node osp_node_at(const osp_type *type, const void *value);
/* Its member or item at `index`; false behind the last one. */
OSP_API bool osp_node_child(const osp_node *node, size_t index, osp_node *ret_child);
/* Its member or entry of that name; false when there is none. */
OSP_API bool osp_node_member(const osp_node *node, osp_str name, osp_node *ret_child);
/* What a path leads to.  Returns OSP_OK | OSP_E_NOT_FOUND | OSP_E_INVALID (no path). */
OSP_API OSP_MUST_CHECK osp_status osp_node_find(const osp_node *node, osp_str path,
                                                osp_node *ret_found);

/* What a visitor wants next. */
typedef enum osp_walk { OSP_WALK_ON = 0, OSP_WALK_OVER, OSP_WALK_STOP } osp_walk;
/* Called before the members and items of a node and, when it has any that were visited, behind them
 * as `leaving`. */
typedef osp_walk (*osp_visit_fn)(osp_node *node, bool leaving, void *arg);
/* Returns OSP_OK | OSP_DONE (stopped) | OSP_E_JSON_DEPTH (deeper than OSP_WALK_DEPTH_MAX). */
OSP_API OSP_MUST_CHECK osp_status osp_node_walk(const osp_node *node, osp_visit_fn visit,
                                                void *arg);

/* Whether what a path leads to is there, null or absent; absent as well when it leads nowhere. */
#define osp_presence_of(T, value, path) osp_path_presence(&osp_type_##T, OSP_IN_(T, value), (path))
OSP_API osp_presence osp_path_presence(const osp_type *type, const void *value, osp_str path);

/* The value that a path leads to, in the task's arena: a scalar as text, anything else as JSON.
 * ret_text  not written unless OSP_OK
 * Returns   OSP_OK | OSP_E_NOT_FOUND (or absent, or null) | OSP_E_INVALID | OSP_E_JSON_* |
 *           OSP_E_NOMEM | OSP_E_LIMIT.  Yields: no. */
#define osp_get(task, T, value, path, ret_text)                                                    \
    osp_path_get(OSP_TASK_OF(task), &osp_type_##T, OSP_IN_(T, value), (path), (ret_text))
OSP_API OSP_MUST_CHECK osp_status osp_path_get(osp_task *task, const osp_type *type,
                                               const void *value, osp_str path, osp_str *ret_text);

/* Sets what a path leads to from its text form, as it would stand in a query, or from JSON.  The
 * constraints of the member and of all that it is in are judged; when one fails nothing changes.
 * What the path passes through and is absent or null is made in the task's arena: an object with its
 * fallbacks, where nothing else of it is required; one more item of a list by the index behind the
 * last, or "-" in a pointer (RFC 6901 section 4); an entry of a map.  A union is not made, nor an
 * array.  A list that grows is copied each time.  The text is copied to the task's arena.
 * err       says what is wrong; may be NULL
 * Returns   OSP_OK | OSP_E_NOT_FOUND | OSP_E_INVALID (no path) | OSP_E_TYPE_MISMATCH | OSP_E_JSON_*
 * | OSP_E_NOMEM.  Yields: no. */
#define osp_set_text(task, T, value, path, text, err)                                              \
    osp_path_set(OSP_TASK_OF(task), &osp_type_##T, OSP_OUT_(T, value), (path), (text), 0, (err))
#define osp_set_json(task, T, value, path, text, err)                                              \
    osp_path_set(OSP_TASK_OF(task), &osp_type_##T, OSP_OUT_(T, value), (path), (text), 1, (err))
OSP_API OSP_MUST_CHECK osp_status osp_path_set(osp_task *task, const osp_type *type, void *value,
                                               osp_str path, osp_str text, bool json,
                                               osp_error *err);
/* Makes an optional member or a pointer absent.
 * Returns   OSP_OK | OSP_E_NOT_FOUND | OSP_E_INVALID (no path, or not optional). */
#define osp_unset(T, value, path) osp_path_unset(&osp_type_##T, OSP_OUT_(T, value), (path))
OSP_API OSP_MUST_CHECK osp_status osp_path_unset(const osp_type *type, void *value, osp_str path);

/* Whether two values are equal, all their described members: the same JSON, whatever the order of
 * members, the spelling of numbers and the white space of raw values. */
#define osp_equal(T, a, b) osp_same(&osp_type_##T, OSP_IN_(T, a), OSP_IN_(T, b))
OSP_API bool osp_same(const osp_type *type, const void *a, const void *b);

/* A copy with all it leads to, in the task's arena; SKIP members are copied as bytes.  Returns NULL
 * when memory is exhausted (which the task remembers) or when it leads back to itself. */
#define osp_copy_of(task, T, value)                                                                \
    ((T *)osp_task_copy_of(OSP_TASK_OF(task), OSP_HERE, &osp_type_##T, OSP_IN_(T, value)))
OSP_API void *osp_task_copy_of(osp_task *task, const osp_place *here, const osp_type *type,
                               const void *value);

/* One difference between two values. */
typedef enum osp_change_kind { OSP_ADDED = 1, OSP_REMOVED, OSP_CHANGED } osp_change_kind;
typedef struct osp_change {
    osp_change_kind kind;
    osp_str pointer;       /* RFC 6901; empty: the whole */
    osp_str before, after; /* as JSON; empty when it is not there; "***" for secrets */
} osp_change;
OSP_LIST_OF(osp_change);

/* What must change for `a` to become `b`, in the task's arena, in the order of the members.  Items
 * of lists are compared one by one.  Failure is sticky, as with queries: it gives no change, and
 * the request answers 500. */
#define osp_diff(task, T, a, b)                                                                    \
    osp_task_diff(OSP_TASK_OF(task), OSP_HERE, &osp_type_##T, OSP_IN_(T, a), OSP_IN_(T, b))
OSP_API osp_change_list osp_task_diff(osp_task *task, const osp_place *here, const osp_type *type,
                                      const void *a, const void *b);

/* A value as text for people, in the task's arena: kinds, names, presence.  Secrets are "***";
 * deep, long and many are cut.  Returns the empty slice when memory is exhausted. */
#define osp_dump(task, T, value)                                                                   \
    osp_task_dump(OSP_TASK_OF(task), OSP_HERE, &osp_type_##T, OSP_IN_(T, value))
OSP_API osp_str osp_task_dump(osp_task *task, const osp_place *here, const osp_type *type,
                              const void *value);
/* The same on stderr. */
#define osp_print(T, value) osp_print_value(&osp_type_##T, OSP_IN_(T, value))
OSP_API void osp_print_value(const osp_type *type, const void *value);

/* ---------------------------------------------------------------- reading JSON of any form */

/* What a JSON value is. */
typedef enum osp_json_kind {
    OSP_JSON_NONE = 0, /* of NULL: there is no value */
    OSP_JSON_NULL,
    OSP_JSON_BOOL,
    OSP_JSON_NUMBER,
    OSP_JSON_STRING,
    OSP_JSON_LIST,
    OSP_JSON_OBJECT
} osp_json_kind;

/* A JSON value that was read.  Every function below takes NULL for one that is not there, so that
 * they can be put into each other:
 *     osp_opt_int n = osp_json_int(osp_json_find(root, S("/user/age"))); */
typedef struct osp_json_value osp_json_value;

/* Reads a JSON text into the task's arena.
 * text      borrowed: strings without escapes are slices of it, so it must live as long
 * err       tells the place; may be NULL
 * Returns   OSP_OK | OSP_E_JSON_* | OSP_E_INVALID (an object has a name twice) | OSP_E_LIMIT (4
 * GiB) | OSP_E_NOMEM.  Yields: no. */
#define osp_json_read(task, text, ret_value, err)                                                  \
    osp_task_json_read(OSP_TASK_OF(task), (text), (ret_value), (err))
OSP_API OSP_MUST_CHECK osp_status osp_task_json_read(osp_task *task, osp_str text,
                                                     const osp_json_value **ret_value,
                                                     osp_error *err);

/* What it is. */
OSP_API osp_json_kind osp_json_kind_of(const osp_json_value *value);
/* Of the items of a list or the members of an object; 0 for anything else. */
OSP_API size_t osp_json_count(const osp_json_value *value);
/* The item of a list or, in the order of the text, the member of an object; NULL behind the last:
 *     for (size_t i = 0; i < osp_json_count(list); i++) ... osp_json_at(list, i) ... */
OSP_API const osp_json_value *osp_json_at(const osp_json_value *value, size_t index);
/* The member of an object; NULL when there is none. */
OSP_API const osp_json_value *osp_json_member(const osp_json_value *value, osp_str name);
/* What a JSON pointer (RFC 6901) leads to; NULL when it leads nowhere or is none. */
OSP_API const osp_json_value *osp_json_find(const osp_json_value *value, osp_str pointer);
/* The name of a member; empty for anything else. */
OSP_API osp_str osp_json_name(const osp_json_value *value);

/* The value, null, or absent: not there or of another kind.  A number is an int when it is whole
 * and fits; a double is the nearest one. */
OSP_API osp_opt_bool osp_json_bool(const osp_json_value *value);
OSP_API osp_opt_int osp_json_int(const osp_json_value *value);
OSP_API osp_opt_double osp_json_double(const osp_json_value *value);
OSP_API osp_opt_str osp_json_str(const osp_json_value *value);
/* A number as it is spelt. */
OSP_API osp_opt_str osp_json_number_text(const osp_json_value *value);
/* Whether two values are equal; NULL is equal to NULL. */
OSP_API bool osp_json_equal(const osp_json_value *a, const osp_json_value *b);

/* ---------------------------------------------------------------- writing JSON of any form */

/* JSON that is being written.  The first failure is remembered and told at the end:
 *     osp_json_builder *b = osp_json_build(ctx);
 *     osp_json_open_object(b);
 *     osp_json_add_name(b, S("id")), osp_json_add_int(b, 7);
 *     osp_json_add_name(b, S("user")), osp_json_add(b, User, &user);
 *     osp_json_close(b);
 *     osp_status status = osp_json_built(b, &json, &err); */
typedef struct osp_json_builder osp_json_builder;

/* Starts a text.  in arena; NULL when memory is exhausted, which the others take. */
#define osp_json_build(task) osp_task_json_build(OSP_TASK_OF(task))
OSP_API osp_json_builder *osp_task_json_build(osp_task *task);

/* Begins an object or a list, up to its osp_json_close. */
OSP_API void osp_json_open_object(osp_json_builder *b);
OSP_API void osp_json_open_list(osp_json_builder *b);
/* Closes what was opened last. */
OSP_API void osp_json_close(osp_json_builder *b);
/* The name of the member that follows. */
OSP_API void osp_json_add_name(osp_json_builder *b, osp_str name);
/* A value: of the member that was named, the next item of a list, or the whole text. */
OSP_API void osp_json_add_null(osp_json_builder *b);
OSP_API void osp_json_add_bool(osp_json_builder *b, bool value);
OSP_API void osp_json_add_int(osp_json_builder *b, int64_t value);
OSP_API void osp_json_add_uint(osp_json_builder *b, uint64_t value);
OSP_API void osp_json_add_double(osp_json_builder *b, double value);
OSP_API void osp_json_add_str(osp_json_builder *b, osp_str value);
OSP_API void osp_json_add_raw(osp_json_builder *b, osp_json value);
OSP_API void osp_json_add_value(osp_json_builder *b, const osp_json_value *value);
/* A described value; its secrets stay out. */
#define osp_json_add(b, T, value) osp_json_add_described((b), &osp_type_##T, OSP_IN_(T, value))
OSP_API void osp_json_add_described(osp_json_builder *b, const osp_type *type, const void *value);

/* Ends the text, which is whole and valid, in the arena.
 * Returns   OSP_OK | OSP_E_INVALID (calls that make no JSON; err tells the first) | OSP_E_JSON_* |
 *           OSP_E_NOMEM | OSP_E_LIMIT.  Yields: no. */
OSP_API OSP_MUST_CHECK osp_status osp_json_built(osp_json_builder *b, osp_json *ret_json,
                                                 osp_error *err);

#ifdef __cplusplus
}
#endif
#endif
