/* JSON from anyone: decoding never breaks, and what was decoded survives a round trip.
 *
 * The text is decoded into a type with every kind of member and constraint, and encoded; that text
 * must decode without an issue and encode to the same bytes.  A deep copy must be equal and differ
 * in nothing; the same text must be read as a tree, and built again from it as an equal one. */
#include <stdlib.h>

#include "base/task.h"
#include "tests/unit/every_kind.h"
#include "type/json_tree.h"
#include "type/reflect_impl.h"

#define ARENA_MAX (8U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool cond)
{
    if (!cond) {
        abort();
    }
}

static osp_str text_of(const osp_buf *buf)
{
    return (osp_str){ buf->ptr, buf->len };
}

/* Encodes at the end of `out`, which a good value always lets. */
static osp_str encode(const Every *value, osp_buf *out)
{
    osp_buf_init(out, NULL, 0, ARENA_MAX);
    check(osp_json_encode(&osp_type_Every, value, out) == OSP_OK);
    return text_of(out);
}

static void round_trip(const Every *value, osp_arena *arena)
{
    osp_buf first, second;
    const osp_str text = encode(value, &first);
    check(osp_json_check(text) == OSP_OK);
    Every again = { .flag = false };
    osp_issues issues = { .count = 0 };
    osp_error err = { .status = OSP_OK };
    const osp_decoding how = { .arena = arena, .issues = &issues };
    check(osp_json_decode(&osp_type_Every, &again, text, &how, &err) == OSP_OK);
    check(osp_str_equal(encode(&again, &second), text));
    osp_buf_done(&first);
    osp_buf_done(&second);
}

/* A copy is equal, differs in nothing and can be shown. */
static void reflect(const Every *value, osp_arena *arena)
{
    void *copy = NULL;
    osp_change_list changes = { NULL, 0 };
    const osp_status copied = osp_value_copy(&osp_type_Every, value, arena, &copy);
    if (copied != OSP_OK) {
        return; /* deeper than a walk, or no memory */
    }
    if (osp_value_diff(&osp_type_Every, value, copy, arena, &changes) == OSP_OK) {
        check(changes.count == 0);
        check(osp_same(&osp_type_Every, value, copy));
    }
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    osp_value_dump(&osp_type_Every, copy, &out);
    osp_buf_done(&out);
}

static void read_tree(osp_str text, osp_arena *arena)
{
    osp_task task;
    osp_task_init(&task, arena);
    const osp_json_value *tree = NULL, *again = NULL;
    osp_error err = { .status = OSP_OK };
    osp_json json;
    const osp_status status = osp_task_json_read(&task, text, &tree, &err);
    if (status != OSP_OK) {
        check(status == OSP_E_INVALID || status == OSP_E_NOMEM || osp_json_check(text) != OSP_OK);
        return;
    }
    check(osp_json_check(text) == OSP_OK);
    osp_json_builder *b = osp_task_json_build(&task);
    osp_json_add_value(b, tree);
    if (osp_json_built(b, &json, &err) == OSP_OK &&
        osp_task_json_read(&task, json.text, &again, &err) == OSP_OK) {
        check(osp_json_equal(tree, again));
    }
    (void)osp_json_kind_of(osp_json_find(tree, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const osp_str text = { (const char *)data, size };
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_issues issues = { .count = 0 };
    osp_error err = { .status = OSP_OK };
    Every value = { .flag = false };
    const osp_decoding how = { .arena = &arena, .issues = &issues };
    const osp_status status = osp_json_decode(&osp_type_Every, &value, text, &how, &err);
    check((status == OSP_E_TYPE_MISMATCH) == (issues.count > 0) || status < 0);
    check((status == OSP_E_TYPE_MISMATCH) <= (issues.count > 0));
    if (status == OSP_OK) {
        check(issues.count == 0);
        round_trip(&value, &arena);
        reflect(&value, &arena);
    }
    read_tree(text, &arena);
    osp_arena_done(&arena);
    return 0;
}
