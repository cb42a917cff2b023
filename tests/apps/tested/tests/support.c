#include "tests/support.h"

typedef struct Id { int64_t id; } Id;
OSP_TYPE(Id, FIELD(id));

int64_t note_written(osp_test *app, const char *text)
{
    Id got = { 0 };
    const osp_str body = osp_format(osp_test_ctx(app), "{\"text\":\"%s\"}", text);
    osp_test_response r = osp_test_request(app, "POST", "/notes", .body = body);
    OSP_EXPECT_INT(r.status, 201);
    /* Members that the type does not have are passed over by what reads answers of others. */
    const char *at = r.body.ptr + sizeof "{\"id\":" - 1;
    for (; *at >= '0' && *at <= '9'; at++) {
        got.id = got.id * 10 + *at - '0';
    }
    return got.id;
}
