/* Which route answers a request, and why no other does.
 *
 *     METHOD URL --> the code of every request: normal form, router, members with .nomatch
 *                --> all candidates (http/candidates.h), each with one reason
 *
 * The winner is not worked out here: it is asked of the functions that serve, over the tables that
 * serve.  Only the losers are found by a walk of their own. */
#include "serve/explain.h"

#include <string.h>

#include "app/chain.h"
#include "app/graph.h"
#include "app/page_keeper.h"
#include "http/candidates.h"
#include "type/json.h"
#include "wire/uri.h"

#define NEAREST_MAX 8 /* leaves that are shown for a URL that nothing answers */

/* ---------------------------------------------------------------- asking */

static osp_method method_of(const char *name)
{
    for (int i = 0; i < OSP_METHOD_OTHER; i++) {
        if (strcmp(name, osp_method_name((osp_method)i)) == 0) {
            return (osp_method)i;
        }
    }
    return OSP_METHOD_OTHER;
}

static bool is_method_name(const char *name)
{
    const size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-");
    return len > 0 && name[len] == '\0';
}

/* As a browser would send it. */
static osp_status write_target(osp_ctx *ctx, const char *target, osp_error *err)
{
    const osp_str given = osp_str_from(target);
    const size_t max = 3 * given.len + 1;
    char *storage = osp_arena_zalloc(ctx->task.arena, max);
    osp_buf out;
    if (storage == NULL) {
        return OSP_E_NOMEM;
    }
    osp_buf_init(&out, storage, max, max);
    if (osp_uri_write(given, &out) != OSP_OK) {
        return osp_error_set(err, OSP_E_INVALID, "\"%s\" is no URL", target);
    }
    ctx->request.target = (osp_str){ out.ptr, out.len };
    return OSP_OK;
}

osp_status osp_ask(osp_asked *ret, const osp_app_def *app, const char *method, const char *target,
                   osp_error *err)
{
    *ret = (osp_asked){ .method = method };
    osp_arena_init(&ret->arena, NULL, 0, OSP_EXPLAIN_ARENA_MAX);
    osp_ctx_init(&ret->ctx, app, &ret->arena);
    OSP_TRY(osp_graph_patterns(app, &ret->patterns, err));
    ret->services[0] = (osp_service){ &osp_patterns_key, ret->patterns };
    ret->ctx.task.services = ret->services;
    ret->ctx.request.method = method_of(method);
    ret->ctx.request.headers = NULL;
    ret->ctx.request.header_count = 0;
    if (!is_method_name(method)) {
        return osp_error_set(err, OSP_E_INVALID,
                             "\"%s\" is no method; say GET, POST or another one first", method);
    }
    if (target[0] != '/' && strstr(target, "://") == NULL && strcmp(target, "*") != 0) {
        return osp_error_set(err, OSP_E_INVALID, "\"%s\" is no URL; it begins with a '/'", target);
    }
    OSP_TRY(write_target(&ret->ctx, target, err));
    ret->route = osp_app_find_meant(&ret->ctx, &ret->passed);
    return OSP_OK;
}

void osp_asked_done(osp_asked *asked)
{
    osp_patterns_free(asked->patterns);
    osp_arena_done(&asked->arena);
}

int osp_asked_status(const osp_asked *asked)
{
    const bool options = asked->ctx.request.method == OSP_METHOD_OPTIONS;
    switch ((osp_refusal)asked->ctx.refusal) {
    case OSP_REFUSAL_NOT_FOUND:
        return 404;
    case OSP_REFUSAL_SLASH:
        return 308;
    case OSP_REFUSAL_OTHER_METHOD:
        return options ? 204 : asked->ctx.request.method == OSP_METHOD_OTHER ? 501 : 405;
    case OSP_REFUSAL_OPTIONS:
        return 204;
    case OSP_REFUSAL_METHOD:
        return 501;
    case OSP_REFUSAL_SECURED:
        return 421;
    case OSP_REFUSAL_MEMORY:
        return 503;
    default:
        return 400;
    }
}

const osp_route *osp_asked_route_of(const osp_asked *asked, const osp_route_leaf *leaf)
{
    const osp_method method = asked->ctx.request.method;
    const osp_route *route = method < OSP_METHOD_OTHER ? leaf->by_method[method] : NULL;
    for (int i = 0; route == NULL && i < OSP_METHOD_OTHER; i++) {
        route = leaf->by_method[i];
    }
    return route;
}

/* ---------------------------------------------------------------- saying */

/* The library's own routes and those of files have no line of the application; a page without a
 * page.c is its template. */
osp_place osp_place_of(const osp_route_leaf *leaf, const osp_route *route)
{
    const char *slash = strrchr(leaf->file, '/');
    const size_t folder = slash != NULL ? (size_t)(slash - leaf->file) + 1 : 0;
    const bool has_line = leaf->asset == NULL && route != NULL && route->file_ != NULL &&
                          strncmp(route->file_, leaf->file, folder) == 0 &&
                          strchr(route->file_ + folder, '/') == NULL;
    return has_line ? (osp_place){ route->file_, route->line_ } : (osp_place){ leaf->file, 0 };
}

void osp_say_place(osp_buf *out, const osp_route_leaf *leaf, const osp_route *route)
{
    const osp_place place = osp_place_of(leaf, route);
    osp_buf_str(out, osp_str_from(place.file));
    if (place.line > 0) {
        osp_buf_printf(out, ":%d", place.line);
    }
}

void osp_say_key(osp_buf *out, const char *key, osp_str text)
{
    const char last = out->len > 0 ? out->ptr[out->len - 1] : '{';
    osp_buf_printf(out, "%s\"%s\":", strchr("{[,\n", last) != NULL ? "" : ",", key);
    const size_t len = out->len;
    if (osp_json_string(text, out) != OSP_OK) {
        out->len = len;
        osp_buf_str(out, OSP_STR("null"));
    }
}

void osp_say_json_place(osp_buf *out, osp_place place)
{
    osp_say_key(out, "file", osp_str_from(place.file != NULL ? place.file : "?"));
    if (place.line > 0) {
        osp_buf_printf(out, ",\"line\":%d", place.line);
    }
}

/* ---------------------------------------------------------------- reasons */

static const char *step_name(uint16_t step)
{
    return step == OSP_STEP_TEXT    ? "text"
           : step == OSP_STEP_REST  ? "a catch-all"
           : step == OSP_STEP_PARAM ? "a parameter"
                                    : "a pattern";
}

/* What decides between two that fit: the first segment that they go differently. */
static void say_order(osp_buf *out, const osp_candidate *winner, const osp_candidate *loser)
{
    size_t at = 0;
    while (at < OSP_STEPS_MAX - 1 && winner->steps[at] == loser->steps[at]) {
        at++;
    }
    const uint16_t one = winner->steps[at], other = loser->steps[at];
    const bool patterns = one >= OSP_STEP_PATTERN && one < OSP_STEP_PARAM &&
                          other >= OSP_STEP_PATTERN && other < OSP_STEP_PARAM;
    osp_buf_printf(out, "fits too, but %s is tried before %s",
                   patterns ? "the pattern that takes less, or is declared first," : step_name(one),
                   patterns ? "the other" : step_name(other));
    osp_buf_printf(out, " in segment %zu", at + 1);
}

static void say_nomatch(osp_buf *out, const osp_type *in)
{
    const char *before = "fits, but the request is another's by ";
    for (uint16_t i = 0; i < in->field_count; i++) {
        if (in->fields[i].nomatch) {
            osp_buf_printf(out, "%s%s", before, in->fields[i].member_);
            before = ", ";
        }
    }
    osp_buf_str(out, OSP_STR(", which has .nomatch"));
}

static void say_refused(osp_buf *out, const osp_candidate *of)
{
    if (of->matcher != NULL) {
        osp_buf_printf(out, "%s refuses \"%.*s\"", of->matcher->name_, OSP_ARG(of->segment));
    } else {
        osp_buf_printf(out, "the text beside its parameters is not that of \"%.*s\"",
                       OSP_ARG(of->segment));
    }
    osp_buf_printf(out, " in segment %zu", of->depth + 1);
}

static void say_end(osp_buf *out, const osp_candidate *of)
{
    switch (of->end) {
    case OSP_CANDIDATE_SHORTER:
        osp_buf_printf(out, "ends before segment %zu, \"%.*s\"", of->depth + 1,
                       OSP_ARG(of->segment));
        return;
    case OSP_CANDIDATE_LONGER:
        osp_buf_printf(out, "has one segment more%s%.*s%s", of->wanted.len > 0 ? ", \"" : "",
                       OSP_ARG(of->wanted), of->wanted.len > 0 ? "\"" : "");
        return;
    default:
        if (of->wanted.len == 0) {
            osp_buf_printf(out, "has a parameter in segment %zu, where nothing is", of->depth + 1);
            return;
        }
        osp_buf_printf(out, "has \"%.*s\" in segment %zu, and not \"%.*s\"", OSP_ARG(of->wanted),
                       of->depth + 1, OSP_ARG(of->segment));
    }
}

/* ---------------------------------------------------------------- the candidates */

typedef struct explaining {
    const osp_asked *asked;
    osp_buf *out;
    osp_candidate candidates[OSP_CANDIDATES_MAX];
    size_t count;
    const osp_candidate *winner; /* of the URL, maybe without the method; NULL: none */
} explaining;

/* Those of one host; a near miss is of no interest where another host has the URL. */
static void add_candidates(explaining *e, const osp_route_node *root)
{
    const osp_ctx *ctx = &e->asked->ctx;
    osp_candidate found[OSP_CANDIDATES_MAX];
    const size_t count = root != NULL ? osp_route_candidates(root, ctx->request.path, found) : 0;
    for (size_t i = 0; i < count && e->count < OSP_CANDIDATES_MAX; i++) {
        if (found[i].end <= OSP_CANDIDATE_REFUSED || ctx->match.leaf == NULL) {
            e->candidates[e->count++] = found[i];
        }
    }
}

/* What is looked for among the candidates: a '/' at the end may have been taken off meanwhile. */
static void find_candidates(explaining *e)
{
    const osp_ctx *ctx = &e->asked->ctx;
    const osp_refusal refusal = (osp_refusal)ctx->refusal;
    if (refusal != OSP_REFUSAL_NONE && refusal != OSP_REFUSAL_NOT_FOUND &&
        refusal != OSP_REFUSAL_OTHER_METHOD) {
        return;
    }
    const osp_route_node *roots[OSP_HOST_ROOTS] = { ctx->app->root };
    if (ctx->app->hosts != NULL) {
        osp_route_roots(ctx->app->hosts, osp_client_host(ctx), roots);
    }
    for (size_t i = 0; i < OSP_HOST_ROOTS; i++) {
        add_candidates(e, roots[i]);
    }
    for (size_t i = 0; i < e->count && ctx->match.leaf != NULL && e->winner == NULL; i++) {
        const osp_candidate *at = &e->candidates[i];
        if (at->end == OSP_CANDIDATE_FITS && at->leaf == ctx->match.leaf) {
            e->winner = at;
        }
    }
}

/* Whether it stands before the winner, or there is none, and its input has refused the URL. */
static bool is_passed(const explaining *e, size_t index)
{
    size_t fitting = 0;
    for (size_t i = 0; i < index; i++) {
        fitting += e->candidates[i].end == OSP_CANDIDATE_FITS;
    }
    return fitting < e->asked->passed;
}

static bool are_on_same_hosts(const osp_route_leaf *one, const osp_route_leaf *other)
{
    return one->hosts == NULL || other->hosts == NULL ? one->hosts == other->hosts
                                                      : strcmp(one->hosts, other->hosts) == 0;
}

/* One word for tools, and a sentence for people. */
static const char *judge(const explaining *e, size_t index, osp_buf *reason)
{
    const osp_candidate *of = &e->candidates[index];
    if (of == e->winner) {
        if (e->asked->route == NULL) {
            osp_buf_printf(reason, "has the URL, but no %s", e->asked->method);
            return "other-method";
        }
        osp_buf_str(reason, OSP_STR("answers"));
        return "answers";
    }
    if (of->end == OSP_CANDIDATE_REFUSED) {
        say_refused(reason, of);
        return "refused";
    }
    if (of->end != OSP_CANDIDATE_FITS) {
        say_end(reason, of);
        return "near";
    }
    if (e->winner == NULL || is_passed(e, index)) {
        say_nomatch(reason, osp_asked_route_of(e->asked, of->leaf)->in_);
        return "nomatch";
    }
    if (!are_on_same_hosts(of->leaf, e->winner->leaf)) {
        osp_buf_str(reason, OSP_STR("fits too, but routes of the host itself, then those of its "
                                    "\"*.\", are tried before"));
    } else {
        say_order(reason, e->winner, of);
    }
    return "later";
}

/* ---------------------------------------------------------------- as text */

/* What people are shown for a URL that nothing answers; NULL: no page. */
static const char *page_of_nothing(const explaining *e)
{
    const osp_ctx *ctx = &e->asked->ctx;
    const struct osp_page_keeper *keeper = ctx->app->page_keeper;
    const osp_template_file *page =
        keeper != NULL && ctx->refusal == OSP_REFUSAL_NOT_FOUND ? keeper->not_found(ctx) : NULL;
    return page != NULL ? page->file : NULL;
}

static void say_status(const explaining *e, osp_buf *out)
{
    static const char *const sentences[] = {
        [OSP_REFUSAL_NOT_FOUND] = "nothing answers this URL",
        [OSP_REFUSAL_SLASH] = "a redirect to the URL without the '/' at its end",
        [OSP_REFUSAL_OTHER_METHOD] = "the URL answers other methods",
        [OSP_REFUSAL_TARGET] = "the URL is malformed",
        [OSP_REFUSAL_METHOD] = "no server knows that method",
        [OSP_REFUSAL_SECURED] = "the server speaks no https by itself",
        [OSP_REFUSAL_WHOLE] = "only OPTIONS can be about the whole server",
        [OSP_REFUSAL_OPTIONS] = "the server answers by itself",
    };
    const bool options = e->asked->ctx.request.method == OSP_METHOD_OPTIONS;
    uint8_t refusal = e->asked->ctx.refusal;
    refusal = options && refusal == OSP_REFUSAL_OTHER_METHOD ? OSP_REFUSAL_OPTIONS : refusal;
    const char *sentence = refusal < OSP_ARRAY_LEN(sentences) ? sentences[refusal] : NULL;
    osp_buf_printf(out, "%d, %s", osp_asked_status(e->asked),
                   sentence != NULL ? sentence : "nothing answers");
    const char *page = page_of_nothing(e);
    if (page != NULL) {
        osp_buf_printf(out, "; people are shown %s", page);
    }
    if (e->asked->ctx.refusal == OSP_REFUSAL_OTHER_METHOD) {
        osp_ctx *ctx = (osp_ctx *)(uintptr_t)&e->asked->ctx; /* its arena alone is written */
        osp_buf_printf(out, ": %.*s", OSP_ARG(osp_leaf_methods(ctx, ctx->match.leaf)));
    }
}

static void explain_text(explaining *e)
{
    const osp_ctx *ctx = &e->asked->ctx;
    osp_buf *out = e->out;
    const bool has_path = ctx->request.path.len > 0 && ctx->refusal != OSP_REFUSAL_TARGET;
    osp_buf_printf(out, "%s %.*s\n", e->asked->method, OSP_ARG(ctx->request.target));
    if (has_path) {
        osp_buf_printf(out, "  normal form: %.*s\n", OSP_ARG(ctx->request.path));
    }
    if (e->asked->route != NULL) {
        osp_buf_printf(out, "  answered by %s %s, %s at ",
                       osp_method_name(e->asked->route->method_), ctx->match.leaf->pattern,
                       e->asked->route->handler_);
        osp_say_place(out, ctx->match.leaf, e->asked->route);
        osp_buf_byte(out, '\n');
        for (uint8_t i = 0; i < ctx->match.param_count; i++) {
            osp_buf_printf(out, "    %s = \"%.*s\"\n", ctx->match.leaf->param_names[i],
                           OSP_ARG(ctx->match.params[i]));
        }
    } else {
        osp_buf_str(out, OSP_STR("  "));
        say_status(e, out);
        osp_buf_byte(out, '\n');
    }
    for (size_t i = 0, near = 0; i < e->count; i++) {
        const osp_candidate *of = &e->candidates[i];
        near += of->end > OSP_CANDIDATE_REFUSED;
        if (near > NEAREST_MAX || (of == e->winner && e->asked->route != NULL && e->count == 1)) {
            continue;
        }
        osp_buf_printf(out, "  %s%s  ", of->leaf->hosts != NULL ? of->leaf->hosts : "",
                       of->leaf->pattern);
        osp_say_place(out, of->leaf, osp_asked_route_of(e->asked, of->leaf));
        osp_buf_str(out, OSP_STR("\n      "));
        (void)judge(e, i, out);
        if (of->more > 0) {
            osp_buf_printf(out, "; so have %zu more", of->more);
        }
        osp_buf_byte(out, '\n');
    }
}

/* ---------------------------------------------------------------- as JSON */

static void explain_candidate(const explaining *e, size_t index)
{
    char storage[512];
    osp_buf reason, *out = e->out;
    const osp_candidate *of = &e->candidates[index];
    const osp_route *route = osp_asked_route_of(e->asked, of->leaf);
    osp_buf_init(&reason, storage, sizeof storage, 1 << 16);
    const char *verdict = judge(e, index, &reason);
    osp_buf_str(out, index > 0 ? OSP_STR(",\n  {") : OSP_STR("\n  {"));
    osp_say_key(out, "pattern", osp_str_from(of->leaf->pattern));
    osp_say_json_place(out, osp_place_of(of->leaf, route));
    osp_say_key(out, "verdict", osp_str_from(verdict));
    if (of->end != OSP_CANDIDATE_FITS) {
        osp_buf_printf(out, ",\"segment\":%zu", of->depth + 1);
    }
    osp_say_key(out, "reason", (osp_str){ reason.ptr, reason.len });
    osp_buf_byte(out, '}');
    osp_buf_done(&reason);
}

static void explain_json(const explaining *e)
{
    const osp_ctx *ctx = &e->asked->ctx;
    const osp_route *route = e->asked->route;
    osp_buf *out = e->out;
    osp_buf_byte(out, '{');
    osp_say_key(out, "method", osp_str_from(e->asked->method));
    osp_say_key(out, "target", ctx->request.target);
    if (ctx->request.path.len > 0 && ctx->refusal != OSP_REFUSAL_TARGET) {
        osp_say_key(out, "path", ctx->request.path);
    }
    if (route != NULL) {
        osp_buf_str(out, OSP_STR(",\n \"answer\":{"));
        osp_say_key(out, "method", osp_str_from(osp_method_name(route->method_)));
        osp_say_key(out, "pattern", osp_str_from(ctx->match.leaf->pattern));
        osp_say_key(out, "handler", osp_str_from(route->handler_));
        osp_say_json_place(out, osp_place_of(ctx->match.leaf, route));
        osp_buf_str(out, OSP_STR(",\"params\":{"));
        for (uint8_t i = 0; i < ctx->match.param_count; i++) {
            osp_say_key(out, ctx->match.leaf->param_names[i], ctx->match.params[i]);
        }
        osp_buf_str(out, OSP_STR("}}"));
    } else {
        const char *page = page_of_nothing(e);
        osp_buf_printf(out, ",\"status\":%d", osp_asked_status(e->asked));
        if (page != NULL) {
            osp_say_key(out, "page", osp_str_from(page));
        }
    }
    osp_buf_str(out, OSP_STR(",\n \"candidates\":["));
    for (size_t i = 0; i < e->count; i++) {
        explain_candidate(e, i);
    }
    osp_buf_str(out, OSP_STR("]}\n"));
}

void osp_explain(const osp_asked *asked, bool json, osp_buf *out)
{
    explaining e = { .asked = asked, .out = out };
    find_candidates(&e);
    if (json) {
        explain_json(&e);
    } else {
        explain_text(&e);
    }
}
