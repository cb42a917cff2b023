/* Every macro of reflection and of JSON of any form, used right.
 *
 * EXPECT: nothing */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
    osp_opt_str name;
} Person;
OSP_TYPE(Person, FIELD(id), FIELD(name));

osp_status all(osp_ctx *ctx, Person *a, const Person *b);
osp_status all(osp_ctx *ctx, Person *a, const Person *b)
{
    osp_error err;
    osp_str text = osp_dump(ctx, Person, b);
    osp_print(Person, a);
    const Person *mine = osp_copy_of(ctx, Person, b);
    const osp_change_list changes = osp_diff(ctx, Person, a, mine);
    const osp_node node = osp_node_of(Person, b);
    if (osp_equal(Person, a, b) || changes.count == 0 || node.count == 0 || text.len == 0 ||
        osp_presence_of(Person, b, S("name")) != OSP_SET) {
        return OSP_OK;
    }
    OSP_TRY(osp_get(ctx, Person, b, S("id"), &text));
    OSP_TRY(osp_set_text(ctx, Person, a, S("id"), text, &err));
    OSP_TRY(osp_set_json(ctx, Person, a, S("/name"), S("null"), NULL));
    OSP_TRY(osp_unset(Person, a, S("name")));
    const osp_json_value *value = NULL;
    OSP_TRY(osp_json_read(ctx, S("{}"), &value, &err));
    osp_json_builder *out = osp_json_build(ctx);
    osp_json_open_list(out);
    osp_json_add(out, Person, b);
    osp_json_add_value(out, value);
    osp_json_close(out);
    osp_json json;
    return osp_json_built(out, &json, &err);
}
