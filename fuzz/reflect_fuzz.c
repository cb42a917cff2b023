/* Paths, values and calls from anyone, on a value with every kind of member.
 *
 * The first byte chooses what is done; the rest is a path, or a path and behind a line break a
 * text, or calls that build JSON.  A value that was refused is the one it was; one that was set is
 * written and read without a failure. */
#include <openspeed/reflect.h>
#include <stdlib.h>

#include "base/task.h"
#include "tests/unit/every_kind.h"
#include "type/type_impl.h"

#define ARENA_MAX (8U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

typedef struct scene {
    osp_arena arena;
    osp_task task;
    Every value;
    osp_str path, text;
} scene;

static osp_status read_every(scene *s, osp_str text, Every *value)
{
    osp_issues issues = { .count = 0 };
    const osp_decoding how = { .arena = &s->arena, .issues = &issues };
    return osp_json_decode(&osp_type_Every, value, text, &how, NULL);
}

static void get(scene *s)
{
    osp_str text = { NULL, 0 };
    osp_node found, root = osp_node_at(&osp_type_Every, &s->value);
    const osp_status status = osp_path_get(&s->task, &osp_type_Every, &s->value, s->path, &text);
    const osp_status node = osp_node_find(&root, s->path, &found);
    const osp_presence is = osp_path_presence(&osp_type_Every, &s->value, s->path);
    require(status != OSP_OK || (node == OSP_OK && is == OSP_SET && text.ptr != NULL));
    require(node == OSP_OK || is == OSP_ABSENT);
    require(node == OSP_OK || node == OSP_E_NOT_FOUND || node == OSP_E_INVALID);
}

static void check_written(scene *s)
{
    const osp_str json = osp_task_json_encode(&s->task, &osp_type_Every, &s->value);
    require(json.len != 0 && osp_json_check(json) == OSP_OK);
    Every again = { .flag = false };
    const osp_status status = read_every(s, json, &again);
    /* A member that another one needs can be taken away. */
    require(status == OSP_OK || status == OSP_E_TYPE_MISMATCH);
}

static void set(scene *s, bool json)
{
    osp_error err = { .status = OSP_OK };
    const Every before = s->value;
    const osp_status status =
        osp_path_set(&s->task, &osp_type_Every, &s->value, s->path, s->text, json, &err);
    require((status == OSP_OK) == (err.status == OSP_OK));
    if (status != OSP_OK) {
        require(err.message[0] != '\0');
        require(osp_same(&osp_type_Every, &before, &s->value));
        return;
    }
    check_written(s);
}

static void set_text(scene *s)
{
    set(s, false);
}

static void set_json(scene *s)
{
    set(s, true);
}

static void unset(scene *s)
{
    if (osp_path_unset(&osp_type_Every, &s->value, s->path) == OSP_OK) {
        require(osp_path_presence(&osp_type_Every, &s->value, s->path) == OSP_ABSENT);
        check_written(s);
    }
}

/* What differs is found where it is said to be. */
static void compare(scene *s)
{
    Every other = { .flag = false };
    const osp_node root = osp_node_at(&osp_type_Every, &other);
    if (read_every(s, s->text, &other) != OSP_OK) {
        return;
    }
    const osp_change_list changes =
        osp_task_diff(&s->task, NULL, &osp_type_Every, &s->value, &other);
    require(s->task.error.status != OSP_OK ||
            (changes.count == 0) == osp_same(&osp_type_Every, &s->value, &other));
    for (size_t i = 0; i < changes.count; i++) {
        osp_node found;
        require(changes.items[i].kind != OSP_ADDED ||
                osp_node_find(&root, changes.items[i].pointer, &found) == OSP_OK);
    }
    const Every *copy = osp_task_copy_of(&s->task, NULL, &osp_type_Every, &other);
    require(copy == NULL || osp_same(&osp_type_Every, copy, &other));
    require(copy == NULL || osp_task_dump(&s->task, NULL, &osp_type_Every, copy).len != 0);
}

static void code_member(scene *s)
{
    const osp_field *field = osp_field_named(&osp_type_Every, s->path);
    _Alignas(16) char slot[sizeof(Every)] = { 0 };
    if (field == NULL || field->source_ != OSP_SOURCE_FIELD) {
        return;
    }
    osp_issues issues = { .count = 0 };
    const osp_decoding how = { .arena = &s->arena, .issues = &issues };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, ARENA_MAX);
    if (osp_json_decode_field(field, slot, s->text, &how, NULL) == OSP_OK) {
        require(issues.count == 0);
        require(osp_json_encode_field(field, slot, &out) == OSP_OK);
        require(osp_json_check((osp_str){ out.ptr, out.len }) == OSP_OK);
    }
    osp_buf_done(&out);
}

static void call(osp_json_builder *b, char letter, osp_str rest)
{
    double number = 0;
    memcpy(&number, rest.ptr, rest.len < sizeof(number) ? rest.len : sizeof(number));
    switch (letter) {
    case '{':
        osp_json_open_object(b);
        break;
    case '[':
        osp_json_open_list(b);
        break;
    case '}':
        osp_json_close(b);
        break;
    case 'n':
        osp_json_add_name(b, rest.len > 3 ? (osp_str){ rest.ptr, 3 } : rest);
        break;
    case 's':
        osp_json_add_str(b, rest);
        break;
    case 'r':
        osp_json_add_raw(b, (osp_json){ rest });
        break;
    case 'd':
        osp_json_add_double(b, number);
        break;
    case 'i':
        osp_json_add_int(b, -7);
        break;
    case 'u':
        osp_json_add_uint(b, UINT64_MAX);
        break;
    case 't':
        osp_json_add_bool(b, true);
        break;
    default:
        osp_json_add_null(b);
    }
}

static void build(scene *s)
{
    osp_error err = { .status = OSP_OK };
    osp_json json = { { NULL, 0 } };
    const osp_json_value *tree = NULL;
    osp_json_builder *b = osp_task_json_build(&s->task);
    for (size_t i = 0; i < s->text.len; i++) {
        call(b, s->text.ptr[i], (osp_str){ s->text.ptr + i + 1, s->text.len - i - 1 });
    }
    if (osp_json_built(b, &json, &err) != OSP_OK) {
        require(err.message[0] != '\0');
        return;
    }
    require(osp_json_check(json.text) == OSP_OK);
    if (osp_task_json_read(&s->task, json.text, &tree, NULL) == OSP_OK) {
        const osp_json_value *found = osp_json_find(tree, s->path);
        (void)osp_json_int(found);
        (void)osp_json_double(found);
        (void)osp_json_str(found);
        require(found == NULL || osp_json_equal(found, found));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const actions[])(scene * s) = { get,     set_text,    set_json, unset,
                                                  compare, code_member, build };
    static scene s;
    if (size < 2) {
        return 0;
    }
    const osp_str all = { (const char *)data + 1, size - 1 };
    const char *line = memchr(all.ptr, '\n', all.len);
    const size_t len = line != NULL ? (size_t)(line - all.ptr) : all.len;
    s.path = (osp_str){ all.ptr, len };
    s.text = line != NULL ? (osp_str){ line + 1, all.len - len - 1 } : OSP_STR("");
    osp_arena_init(&s.arena, NULL, 0, ARENA_MAX);
    osp_task_init(&s.task, &s.arena);
    memset(&s.value, 0, sizeof(s.value));
    require(read_every(&s, osp_str_from(every_text), &s.value) == OSP_OK);
    actions[data[0] % OSP_ARRAY_LEN(actions)](&s);
    osp_arena_done(&s.arena);
    return 0;
}
