/* The graph of providers is constant data, reached from the routes:
 *
 *     leaf --> route --> .needs                      --> provider --> .needs
 *                    --> input --> NEED and WANT                  --> input --> NEED and WANT
 *
 * All that can be wrong with it is found here, once, when the application is built; at run time the
 * makers are called and nothing is looked for.
 *
 * Each provider is found once, breadth first, so that the way to it which a finding prints is a
 * shortest one.  A provider lives longer than another through a chain of needs only if it does so
 * in one step of the chain; so steps are held against each other, and no chains. */
#include "app/graph.h"

#include <string.h>

#include "app/page_keeper.h"
#include "http/params.h"
#include "type/json.h"

/* Where the way to a provider comes from. */
typedef struct node {
    const osp_provider *provider;
    const struct node *from;    /* NULL: a route */
    const osp_route_leaf *leaf; /* of the route that the way begins at */
    const osp_route *route;
    uint8_t mark; /* of the walk that looks for cycles: 0 not seen, 1 on the way, 2 done */
} node;

typedef struct graph {
    osp_buf *out;
    const osp_provider *without; /* it counts for nothing; NULL: none */
    size_t found, count;
    bool full;
    node nodes[OSP_PROVIDERS_MAX];
} graph;

/* The lists of needs of a route or a provider: of the middleware around it, what it says, what its
 * input says. */
typedef struct lists {
    const osp_middleware *const *chain; /* up to a NULL; NULL: none */
    const osp_need *at[2];
} lists;

static lists of_route(const osp_route_leaf *leaf, const osp_route *route)
{
    return (lists){ leaf->chain, { route->needs, route->in_->needs_ } };
}

static lists of_provider(const osp_provider *provider)
{
    return (lists){ NULL, { provider->needs, provider->in_->needs_ } };
}

/* A list by its number, which may be NULL; false: there are no more. */
static bool list_at(const lists *of, size_t number, const osp_need **ret_list)
{
    const osp_middleware *const *step = of->chain;
    for (; step != NULL && *step != NULL; step++, number--) {
        if (number == 0) {
            *ret_list = (*step)->needs;
            return true;
        }
    }
    if (number < OSP_ARRAY_LEN(of->at)) {
        *ret_list = of->at[number];
        return true;
    }
    return false;
}

/* The next need of lists; *list and *index are 0 at first.  NULL: there is none. */
static const osp_need *next_need(const lists *of, size_t *list, size_t *index)
{
    const osp_need *at;
    while (list_at(of, *list, &at)) {
        const osp_need *need = at != NULL ? &at[*index] : NULL;
        if (need != NULL && need->name != NULL) {
            (*index)++;
            return need;
        }
        (*list)++;
        *index = 0;
    }
    return NULL;
}

#define EACH_NEED(need, of)                                                                        \
    size_t list_ = 0, index_ = 0;                                                                  \
    for (const osp_need *need = next_need((of), &list_, &index_); need != NULL;                    \
         need = next_need((of), &list_, &index_))

/* ---------------------------------------------------------------- finding them */

static node *find(graph *g, const osp_provider *provider)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->nodes[i].provider == provider) {
            return &g->nodes[i];
        }
    }
    return NULL;
}

static void add(graph *g, const osp_provider *provider, const node *way)
{
    if (provider == NULL || find(g, provider) != NULL) {
        return;
    }
    if (g->count == OSP_PROVIDERS_MAX) {
        g->full = true;
        return;
    }
    node *added = &g->nodes[g->count++];
    *added = *way;
    added->provider = provider;
}

void osp_page_each_route(const osp_route_leaf *leaf,
                         void (*visit)(void *arg, const osp_route_leaf *leaf,
                                       const osp_route *route),
                         void *arg)
{
    const osp_page_def *def = leaf->page;
    const uint32_t parts = def != NULL ? def->part_count - 1 : 0;
    for (uint32_t i = 0; def != NULL && i < parts + def->slot_count; i++) {
        const osp_page_part *part = i < parts ? def->parts[i] : def->slots[i - parts].part;
        if (part->load != NULL) {
            visit(arg, leaf, part->load);
        }
    }
    const osp_route *const *action = def != NULL ? def->actions : NULL;
    for (; action != NULL && *action != NULL; action++) {
        visit(arg, leaf, *action);
    }
}

/* Calls visit(g, leaf, route) for each route, and for what a page leads to besides. */
static void each_route(const osp_app_def *app, graph *g,
                       void (*visit)(void *arg, const osp_route_leaf *leaf, const osp_route *route))
{
    for (size_t i = 0; i < app->leaf_count; i++) {
        for (int method = 0; method < OSP_METHOD_OTHER; method++) {
            const osp_route *route = app->leaves[i]->by_method[method];
            if (route != NULL) {
                visit(g, app->leaves[i], route);
            }
        }
        osp_page_each_route(app->leaves[i], visit, g);
    }
}

static void add_of_route(void *arg, const osp_route_leaf *leaf, const osp_route *route)
{
    graph *g = arg;
    const lists needs = of_route(leaf, route);
    const node way = { .leaf = leaf, .route = route };
    EACH_NEED(need, &needs)
    {
        add(g, need->provider, &way);
    }
}

static void find_all(const osp_app_def *app, graph *g)
{
    each_route(app, g, add_of_route);
    for (size_t i = 0; i < g->count; i++) {
        const lists needs = of_provider(g->nodes[i].provider);
        const node way = { .from = &g->nodes[i],
                           .leaf = g->nodes[i].leaf,
                           .route = g->nodes[i].route };
        EACH_NEED(need, &needs)
        {
            add(g, need->provider, &way);
        }
    }
}

void osp_graph_walk(const osp_app_def *app, bool (*visit)(const osp_provider *provider, void *arg),
                    void *arg)
{
    graph g;
    g.count = 0;
    g.full = false;
    find_all(app, &g);
    for (size_t i = 0; i < g.count && visit(g.nodes[i].provider, arg); i++) {
    }
}

static bool take_first(const osp_provider *provider, void *arg)
{
    *(const osp_provider **)arg = provider;
    return false;
}

const osp_provider *osp_graph_first(const osp_app_def *app)
{
    const osp_provider *first = NULL;
    osp_graph_walk(app, take_first, &first);
    return first;
}

typedef struct compiling {
    osp_patterns *set;
    osp_status status;
    osp_error *err;
} compiling;

static bool compile_input(const osp_provider *provider, void *arg)
{
    compiling *c = arg;
    c->status = osp_patterns_add_type(c->set, provider->in_, c->err);
    return c->status == OSP_OK;
}

static void compile_input_of(void *arg, const osp_route_leaf *leaf, const osp_route *route)
{
    compiling *c = arg;
    (void)leaf;
    if (c->status == OSP_OK) {
        c->status = osp_patterns_add_type(c->set, route->in_, c->err);
    }
}

osp_status osp_graph_patterns(const osp_app_def *app, osp_patterns **ret_set, osp_error *err)
{
    compiling c = { osp_patterns_new(), OSP_OK, err };
    *ret_set = c.set;
    if (c.set == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for patterns");
    }
    for (size_t i = 0; i < app->leaf_count && c.status == OSP_OK; i++) {
        for (int method = 0; method < OSP_METHOD_OTHER; method++) {
            const osp_route *route = app->leaves[i]->by_method[method];
            OSP_TRY(route != NULL ? osp_patterns_add_type(c.set, route->in_, err) : OSP_OK);
        }
        osp_page_each_route(app->leaves[i], compile_input_of, &c);
    }
    OSP_TRY(c.status);
    osp_graph_walk(app, compile_input, &c);
    return c.status;
}

typedef struct reach {
    osp_reached *at;
    size_t count, max;
} reach;

static void reach_all(reach *r, lists needs, bool needed)
{
    EACH_NEED(need, &needs)
    {
        const bool now = needed && !need->optional;
        size_t i = 0;
        while (i < r->count && r->at[i].provider != need->provider) {
            i++;
        }
        const bool known = i < r->count;
        if (need->provider == NULL || i == r->max || (known && (r->at[i].needed || !now))) {
            continue;
        }
        r->at[i] = (osp_reached){ need->provider, now };
        r->count += !known;
        reach_all(r, of_provider(need->provider), now); /* as deep as there are providers */
    }
}

size_t osp_graph_reach(const osp_route_leaf *leaf, const osp_route *route, osp_reached *ret,
                       size_t max)
{
    reach r = { ret, 0, max };
    reach_all(&r, of_route(leaf, route), true);
    return r.count;
}

/* ---------------------------------------------------------------- saying what is wrong */

static void begin_finding(graph *g, const char *file, int line)
{
    g->found++;
    osp_buf_printf(g->out, "%s:%d: error: ", file != NULL ? file : "?", line);
}

static void print_route(graph *g, const osp_route_leaf *leaf, const osp_route *route)
{
    osp_buf_printf(g->out, "%s %s (%s:%d)", osp_method_name(route->method_), leaf->pattern,
                   route->file_, route->line_);
}

static void print_step(graph *g, const osp_provider *provider)
{
    osp_buf_printf(g->out, " -> %s (%s:%d)", provider->name_, provider->file_, provider->line_);
}

/* "POST /articles (routes/articles/route.c:9) -> current_user (lib/user.c:12) -> session (...)" */
static void print_way(graph *g, const node *at)
{
    const osp_provider *steps[OSP_PROVIDERS_MAX];
    size_t count = 0;
    for (const node *step = at; step != NULL && count < OSP_ARRAY_LEN(steps); step = step->from) {
        steps[count++] = step->provider;
    }
    print_route(g, at->leaf, at->route);
    while (count > 0) {
        print_step(g, steps[--count]);
    }
}

/* What a need can be wrong by itself.  holder: who needs it; at: NULL for a route. */
static void check_need(graph *g, const node *way, const osp_need *need)
{
    const osp_provider *holder = way->provider;
    const char *file = holder != NULL ? holder->file_ : way->route->file_;
    const int line = holder != NULL ? holder->line_ : way->route->line_;
    if (need->provider == NULL) {
        begin_finding(g, file, line);
        osp_buf_printf(g->out, "there is no OSP_PROVIDER(%s, ...) in any file: ", need->name);
    } else if (strcmp(need->type, need->provider->type_) != 0) {
        begin_finding(g, file, line);
        osp_buf_printf(g->out,
                       "there are two OSP_PROVIDES(%s, ...): it is needed as %s and made as %s: ",
                       need->name, need->type, need->provider->type_);
    } else {
        return;
    }
    if (holder != NULL) {
        print_way(g, way);
    } else {
        print_route(g, way->leaf, way->route);
    }
    osp_buf_printf(g->out, " -> %s\n", need->name);
}

static const char *life_of(const osp_provider *provider)
{
    static const char *const lives[OSP_SCOPE_COUNT] = {
        [OSP_PER_REQUEST] = "is made for each request",
        [OSP_PER_WORKER] = "lives as long as a worker",
        [OSP_PER_APPLICATION] = "lives as long as the application",
    };
    return (unsigned)provider->scope < OSP_SCOPE_COUNT ? lives[provider->scope] : "has no scope";
}

static void check_lives(graph *g, const node *at, const osp_provider *needed)
{
    if (needed == NULL || at->provider->scope <= needed->scope) {
        return;
    }
    begin_finding(g, at->provider->file_, at->provider->line_);
    osp_buf_printf(g->out, "%s %s and needs %s, which %s: ", at->provider->name_,
                   life_of(at->provider), needed->name_, life_of(needed));
    print_way(g, at);
    print_step(g, needed);
    osp_buf_byte(g->out, '\n');
}

/* ---------------------------------------------------------------- cycles */

/* `way` leads from the first provider looked at to `at`; its length is the number of those. */
static void look_for_cycles(graph *g, node *at, const node **way, size_t length)
{
    const lists needs = of_provider(at->provider);
    at->mark = 1;
    way[length++] = at;
    EACH_NEED(need, &needs)
    {
        node *next = need->provider != NULL ? find(g, need->provider) : NULL;
        if (next == NULL || next->mark == 2) {
            continue;
        }
        if (next->mark == 0) {
            look_for_cycles(g, next, way, length); /* as deep as there are providers */
            continue;
        }
        begin_finding(g, next->provider->file_, next->provider->line_);
        osp_buf_printf(g->out, "%s needs itself: ", next->provider->name_);
        print_route(g, next->leaf, next->route);
        size_t i = 0;
        while (way[i] != next) {
            i++;
        }
        for (; i < length; i++) {
            print_step(g, way[i]->provider);
        }
        print_step(g, next->provider);
        osp_buf_byte(g->out, '\n');
    }
    at->mark = 2;
}

static void check_cycles(graph *g)
{
    const node *way[OSP_PROVIDERS_MAX];
    for (size_t i = 0; i < g->count; i++) {
        if (g->nodes[i].mark == 0) {
            look_for_cycles(g, &g->nodes[i], way, 0);
        }
    }
}

/* ---------------------------------------------------------------- what one provider says */

/* A sentence about a provider, which may be about a member of its input: that stands before `rest`.
 */
static void say(graph *g, const node *at, const char *sentence, const osp_field *field,
                const char *rest)
{
    begin_finding(g, at->provider->file_, at->provider->line_);
    osp_buf_printf(g->out, "%s %s", at->provider->name_, sentence);
    if (field != NULL) {
        osp_buf_printf(g->out, "%s.%s", at->provider->in_->name, field->member_);
    }
    osp_buf_printf(g->out, "%s: ", rest);
    print_way(g, at);
    osp_buf_byte(g->out, '\n');
}

/* Without it the answer is 422, whoever asks. */
static bool must_be_given(const osp_field *field)
{
    return field->source_ != OSP_SOURCE_PATH && field->kind_ != OSP_KIND_LIST &&
           field->fallback == NULL && !osp_field_is_optional(field);
}

/* What a maker cannot read. */
static void check_member(graph *g, const node *at, const osp_field *field)
{
    const osp_provider *provider = at->provider;
    if (osp_source_name((osp_source)field->source_) == NULL || field->source_ == OSP_SOURCE_FORM) {
        say(g, at, "is made before the body is here, and ", field, " comes from it");
    } else if (provider->scope != OSP_PER_REQUEST) {
        say(g, at, "outlives every request, and ", field, " is of one");
    } else if (field->nomatch) {
        say(g, at, "is made when the route is found, and ", field, " has .nomatch, which finds it");
    } else if (provider->authenticates && must_be_given(field)) {
        say(g, at, "authenticates, and without ", field,
            " the answer is 422 and not 401; make it optional");
    }
}

static void check_provider(graph *g, const node *at)
{
    const osp_provider *provider = at->provider;
    const osp_type *in = provider->in_;
    if (in->kind == OSP_KIND_STREAM || in->kind == OSP_KIND_UNION) {
        say(g, at, "is made before the body is here, which its input is", NULL, "");
    }
    for (uint16_t i = 0; i < in->field_count; i++) {
        check_member(g, at, &in->fields[i]);
    }
    if (provider->authenticates && provider->scope != OSP_PER_REQUEST) {
        say(g, at, "authenticates one request and is given to all", NULL, "");
    }
}

/* ---------------------------------------------------------------- closing in turn */

static bool closes(const osp_provider *provider, osp_close_when when)
{
    return provider->scope == OSP_PER_REQUEST && provider->close != NULL &&
           provider->close_when == when;
}

/* Whoever closes after the response must find open what it was made of.  seen: of the search. */
static void check_closing(graph *g, const node *from, const osp_provider *at, bool *seen)
{
    const lists needs = of_provider(at);
    EACH_NEED(need, &needs)
    {
        const node *next = need->provider != NULL ? find(g, need->provider) : NULL;
        if (next == NULL || seen[next - g->nodes]) {
            continue;
        }
        seen[next - g->nodes] = true;
        if (closes(next->provider, OSP_BEFORE_RESPONSE)) {
            begin_finding(g, from->provider->file_, from->provider->line_);
            osp_buf_printf(g->out,
                           "%s closes after the response, but %s (%s:%d), which it is made of, "
                           "before it: ",
                           from->provider->name_, next->provider->name_, next->provider->file_,
                           next->provider->line_);
            print_way(g, from);
            osp_buf_byte(g->out, '\n');
        }
        check_closing(g, from, next->provider, seen); /* as deep as there are providers */
    }
}

/* ---------------------------------------------------------------- routes */

static bool authenticates(const osp_need *needs, const osp_provider *without, size_t depth)
{
    for (const osp_need *need = needs; need != NULL && need->name != NULL; need++) {
        const osp_provider *provider = need->provider;
        if (provider == NULL || need->optional || provider == without || depth == 0) {
            continue;
        }
        if (provider->authenticates || authenticates(provider->needs, without, depth - 1) ||
            authenticates(provider->in_->needs_, without, depth - 1)) {
            return true;
        }
    }
    return false;
}

bool osp_needs_authenticate(const osp_need *needs, const osp_provider *without)
{
    return authenticates(needs, without, OSP_PROVIDERS_MAX);
}

static bool has_param(const osp_route_leaf *leaf, osp_str name)
{
    for (uint8_t i = 0; i < leaf->param_count; i++) {
        if (osp_str_equal(osp_str_from(leaf->param_names[i]), name)) {
            return true;
        }
    }
    return false;
}

/* The URL must have what makers read of it.  seen: of the search. */
static void check_paths(graph *g, const node *way, lists needs, bool *seen)
{
    EACH_NEED(need, &needs)
    {
        const node *next = need->provider != NULL ? find(g, need->provider) : NULL;
        if (next == NULL || seen[next - g->nodes]) {
            continue;
        }
        seen[next - g->nodes] = true;
        const osp_type *in = next->provider->in_;
        for (uint16_t i = 0; i < in->field_count; i++) {
            const osp_field *field = &in->fields[i];
            if (field->source_ == OSP_SOURCE_PATH && !has_param(way->leaf, osp_field_name(field))) {
                begin_finding(g, way->route->file_, way->route->line_);
                osp_buf_printf(g->out, "%s (%s:%d) reads PATH(%s), but the URL %s has no [%.*s]\n",
                               next->provider->name_, next->provider->file_, next->provider->line_,
                               field->member_, way->leaf->pattern, OSP_ARG(osp_field_name(field)));
            }
        }
        check_paths(g, way, of_provider(next->provider), seen);
    }
}

/* The innermost middleware that denies what nobody guards; NULL: none does. */
static const osp_middleware *denier_of(const osp_route_leaf *leaf)
{
    const osp_middleware *found = NULL;
    const osp_middleware *const *step = leaf->chain;
    for (; step != NULL && *step != NULL; step++) {
        found = (*step)->deny_by_default ? *step : found;
    }
    return found;
}

static bool are_guarding(const lists *needs, const osp_provider *without)
{
    const osp_need *list;
    bool guarded = false;
    for (size_t i = 0; !guarded && list_at(needs, i, &list); i++) {
        guarded = osp_needs_authenticate(list, without);
    }
    return guarded;
}

/* Also by a layout: what that needs is made before anything of its page is loaded. */
static bool is_guarded(const osp_route_leaf *leaf, const osp_route *route,
                       const osp_provider *without)
{
    const lists needs = of_route(leaf, route);
    const bool shows = leaf->page != NULL && route->method_ == OSP_METHOD_GET;
    bool guarded = are_guarding(&needs, without);
    for (uint32_t i = 0; shows && !guarded && i < leaf->page->part_count; i++) {
        const osp_route *load = leaf->page->parts[i]->load;
        const lists own = load != NULL ? of_route(leaf, load) : needs;
        guarded = are_guarding(&own, without);
    }
    return guarded;
}

/* What nobody can ask for by itself: the loads around a page, and what runs its actions. */
static bool is_behind_another(const osp_route_leaf *leaf, const osp_route *route)
{
    const bool runs = route == leaf->by_method[route->method_];
    return leaf->page != NULL && (route->method_ == OSP_METHOD_GET
                                      ? !runs
                                      : runs && osp_leaf_actions(leaf, route->method_) != NULL);
}

/* Whoever forgets to say who may ask is told. */
static void check_guard(graph *g, const osp_route_leaf *leaf, const osp_route *route)
{
    const osp_middleware *denier = denier_of(leaf);
    if (denier == NULL || route->is_public || is_behind_another(leaf, route) ||
        is_guarded(leaf, route, g->without)) {
        return;
    }
    begin_finding(g, route->file_, route->line_);
    osp_buf_printf(g->out,
                   "%s %s needs no provider that authenticates, which %s (%s:%d) asks of all below "
                   "it; need one, or say .is_public = true\n",
                   osp_method_name(route->method_), leaf->pattern, denier->name_,
                   denier->place_.file, denier->place_.line);
}

static void check_route(void *arg, const osp_route_leaf *leaf, const osp_route *route)
{
    graph *g = arg;
    bool seen[OSP_PROVIDERS_MAX] = { false };
    const node way = { .leaf = leaf, .route = route };
    const lists needs = of_route(leaf, route);
    EACH_NEED(need, &needs)
    {
        check_need(g, &way, need);
    }
    check_paths(g, &way, needs, seen);
    check_guard(g, leaf, route);
}

/* What no route answers has a chain as well, and no segments. */
static void check_root_chain(graph *g, const osp_app_def *app)
{
    osp_reached reached[OSP_PROVIDERS_MAX];
    reach r = { reached, 0, OSP_PROVIDERS_MAX };
    reach_all(&r, (lists){ app->root_chain, { NULL, NULL } }, true);
    for (size_t i = 0; i < r.count; i++) {
        const osp_provider *provider = reached[i].provider;
        for (uint16_t k = 0; k < provider->in_->field_count; k++) {
            if (provider->in_->fields[k].source_ == OSP_SOURCE_PATH) {
                begin_finding(g, provider->file_, provider->line_);
                osp_buf_printf(g->out,
                               "%s reads PATH(%s), but middleware of routes/ needs it, also where "
                               "no route answers\n",
                               provider->name_, provider->in_->fields[k].member_);
            }
        }
    }
}

/* ---------------------------------------------------------------- all of it */

static void check_node(graph *g, const node *at)
{
    const lists needs = of_provider(at->provider);
    EACH_NEED(need, &needs)
    {
        check_need(g, at, need);
        check_lives(g, at, need->provider);
    }
    check_provider(g, at);
    if (closes(at->provider, OSP_AFTER_RESPONSE)) {
        bool seen[OSP_PROVIDERS_MAX] = { false };
        check_closing(g, at, at->provider, seen);
    }
}

size_t osp_graph_check(const osp_app_def *app, osp_buf *out)
{
    graph g;
    g.out = out;
    g.found = g.count = 0;
    g.full = false;
    g.without = NULL;
    find_all(app, &g);
    if (g.full) {
        g.found++;
        osp_buf_printf(out, "error: the routes lead to more than %d providers\n",
                       OSP_PROVIDERS_MAX);
        return g.found;
    }
    each_route(app, &g, check_route);
    for (size_t i = 0; i < g.count; i++) {
        check_node(&g, &g.nodes[i]);
    }
    check_cycles(&g);
    check_root_chain(&g, app);
    return g.found;
}

/* ---------------------------------------------------------------- forgetting in turn */

/* What becomes of the routes that one provider guards when they forget it. */
typedef struct forgotten {
    const osp_app_def *app;
    osp_buf *out;
    size_t found;
} forgotten;

static void count_guarded(void *arg, const osp_route_leaf *leaf, const osp_route *route)
{
    graph *g = arg;
    if (is_guarded(leaf, route, NULL) && !is_guarded(leaf, route, g->without)) {
        g->count++;
        g->found += denier_of(leaf) != NULL && !route->is_public;
    }
}

static void print_open(void *arg, const osp_route_leaf *leaf, const osp_route *route)
{
    graph *g = arg;
    if (is_guarded(leaf, route, NULL) && !is_guarded(leaf, route, g->without) &&
        (denier_of(leaf) == NULL || route->is_public)) {
        osp_buf_str(g->out, OSP_STR("    "));
        print_route(g, leaf, route);
        osp_buf_byte(g->out, '\n');
    }
}

static bool forget(const osp_provider *provider, void *arg)
{
    forgotten *f = arg;
    graph g;
    g.out = f->out;
    g.without = provider;
    g.found = g.count = 0;
    if (provider->authenticates) {
        each_route(f->app, &g, count_guarded);
    }
    if (g.count == 0) {
        return true;
    }
    osp_buf_printf(f->out, "%s:%d: %s", provider->file_, provider->line_,
                   g.found < g.count ? "error: " : "");
    osp_buf_printf(f->out, "without %s %zu of %zu routes that it guards do not build\n",
                   provider->name_, g.found, g.count);
    if (g.found < g.count) {
        f->found++;
        osp_buf_str(f->out, OSP_STR("  these are open, and nobody is told; .deny_by_default of a "
                                    "middleware around them would:\n"));
        each_route(f->app, &g, print_open);
    }
    return true;
}

size_t osp_graph_forget(const osp_app_def *app, osp_buf *out)
{
    forgotten f = { app, out, 0 };
    osp_graph_walk(app, forget, &f);
    return f.found;
}
