/* What a fiber costs: `fiber_cost start COUNT` starts and ends a pooled one COUNT times,
 * `fiber_cost park COUNT` parks and resumes one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rt/fiber.h"

typedef struct parking {
    osp_fiber *fiber;
    long left;
} parking;

static void end_at_once(void *arg)
{
    ((parking *)arg)->left--;
}

static void park_often(void *arg)
{
    parking *my = arg;
    while (my->left-- > 0) {
        osp_fiber_park(my->fiber);
    }
}

static void start(osp_fibers *pool, parking *my)
{
    while (my->left > 0) {
        (void)osp_fiber_resume(osp_fiber_new(pool, end_at_once, my));
    }
}

static void park(osp_fibers *pool, parking *my)
{
    my->fiber = osp_fiber_new(pool, park_often, my);
    while (!osp_fiber_resume(my->fiber)) {
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(osp_fibers *pool, parking *my);
    } scenarios[] = { { "start", start }, { "park", park } };
    osp_fibers *pool = osp_fibers_new((osp_fibers_options){ 0 });
    for (size_t i = 0; argc == 3 && pool != NULL && i < OSP_ARRAY_LEN(scenarios); i++) {
        if (strcmp(scenarios[i].name, argv[1]) == 0) {
            parking my = { .left = strtol(argv[2], NULL, 10) };
            scenarios[i].run(pool, &my);
            osp_fibers_free(pool);
            return 0;
        }
    }
    fprintf(stderr, "usage: fiber_cost start|park COUNT\n");
    return 2;
}
