/* Calls the route of one_route.c the way the generated tables do: through its symbol.  Links the
 * objects of gcc, clang and tcc alike. */
#include <openspeed/app.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/task.h"

extern const osp_route osp_route_one__GET;

/* A request begins with its task; the route of this test uses nothing behind it. */
typedef struct greet_in {
    osp_str name;
    int32_t times;
} greet_in;
typedef struct greeting {
    osp_str message;
    osp_opt_int times;
} greeting;

static int check(const osp_route *route, osp_task *task)
{
    const greet_in in = { .name = OSP_STR("Ada"), .times = 2 };
    greeting out = { 0 };
    if (route->in_->size != sizeof in || route->out_->size != sizeof out ||
        route->in_->field_count != 2 || route->in_->fields[1].kind_ != OSP_KIND_INT32 ||
        strcmp(route->handler_, "greet") != 0 || route->method_ != OSP_METHOD_GET) {
        return 1;
    }
    if (route->call_((osp_ctx *)(void *)task, &in, &out) != OSP_OK) {
        return 2;
    }
    return osp_str_equal(out.message, OSP_STR("Hello, Ada")) && out.times.value == 2 ? 0 : 3;
}

int main(void)
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 65536);
    osp_task task;
    osp_task_init(&task, &arena);
    const int result = check(&osp_route_one__GET, &task);
    printf("one route: %s\n", result == 0 ? "ok" : "wrong");
    osp_arena_done(&arena);
    return result;
}
