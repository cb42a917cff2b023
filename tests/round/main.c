/* Sends values of every type of an application there and back.
 *
 * Linked before the library with what `openspeed build` made of the application, whose main then
 * calls this instead of the server.  Prints a line of JSON for each type; a failure says what is
 * wrong and ends with 1.
 *
 * usage: round TIMES SEED */
#include <openspeed/manifest.h>
#include <openspeed/reflect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/round.h"

#define TYPES_MAX 4096

typedef struct types {
    const osp_type *items[TYPES_MAX];
    size_t count;
} types;

/* A type of a header stands in every file that includes it; its place tells that it is one. */
static bool is_one(const osp_type *a, const osp_type *b)
{
    return a == b || (a->file_ != NULL && b->file_ != NULL && a->line_ == b->line_ &&
                      strcmp(a->file_, b->file_) == 0 && strcmp(a->name, b->name) == 0);
}

static bool add_type(const osp_type *type, void *arg)
{
    types *all = arg;
    bool known = type->file_ == NULL; /* predefined */
    for (size_t i = 0; i < all->count && !known; i++) {
        known = is_one(all->items[i], type);
    }
    if (!known && all->count == TYPES_MAX) {
        fputs("too many types\n", stderr);
        exit(1);
    }
    if (!known) {
        all->items[all->count++] = type;
    }
    return true;
}

static void add_with_others(types *all, const osp_type *type)
{
    if (osp_types_walk(type, add_type, all) != OSP_OK) {
        fprintf(stderr, "%s leads to too many types\n", type->name);
        exit(1);
    }
}

static void add_route(types *all, const osp_route *route)
{
    add_with_others(all, route->in_);
    if (!route->view_) { /* what a template shows is never read, and may hold markup */
        add_with_others(all, route->out_);
    }
}

/* The same values whatever else the application has. */
static uint64_t seed_of(const osp_type *type, uint64_t seed)
{
    for (const char *c = type->name; *c != '\0'; c++) {
        seed = seed * 31 + (unsigned char)*c;
    }
    return seed;
}

int osp_serve_main(const osp_app_def *app, int argc, char **argv)
{
    static types all;
    if (argc != 3) {
        fputs("usage: round TIMES SEED\n", stderr);
        return 2;
    }
    const size_t times = strtoul(argv[1], NULL, 10);
    const uint64_t seed = strtoull(argv[2], NULL, 10);
    for (size_t i = 0; i < app->leaf_count; i++) {
        for (int method = 0; method < OSP_METHOD_OTHER; method++) {
            if (app->leaves[i]->by_method[method] != NULL) {
                add_route(&all, app->leaves[i]->by_method[method]);
            }
        }
    }
    if (app->failures != NULL) {
        add_with_others(&all, app->failures->type_);
    }
    for (size_t i = 0; i < all.count; i++) {
        const osp_type *type = all.items[i];
        osp_round_counts n = { .accepted = 0 };
        osp_round_type(type, seed_of(type, seed), times, &n);
        printf("{\"type\":\"%s\",\"place\":\"%s:%d\",\"accepted\":%zu,\"refused\":%zu,"
               "\"params\":%zu,\"unwritten\":%zu,\"silent\":%zu,\"broken\":%zu}\n",
               type->name, type->file_, type->line_, n.accepted, n.refused, n.params, n.unwritten,
               n.silent, n.broken);
    }
    return 0;
}
