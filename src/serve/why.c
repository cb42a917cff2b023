/* All that runs for a request, in the order in which it does.
 *
 *     what middleware needs --> the middleware --> ... --> what the route needs --> the handler
 *     of a page: what it and all around it need --> layouts, slots, the page itself
 *     values that close before the response, the newest first --> those that close after it
 *
 * The chain is the one that the request runs (osp_chain_of).  Providers are walked as
 * src/app/provide.c makes them: the list of who needs them in its order, before each what it needs
 * itself, and each once.  A test holds this against an application that says what it makes. */
#include <string.h>

#include "app/chain.h"
#include "app/graph.h"
#include "serve/explain.h"

/* A value on its way, for whom it is made first. */
typedef struct made_for {
    const osp_provider *provider;
    const char *who;
    bool wanted; /* the request goes on without it */
} made_for;

typedef struct telling {
    const osp_asked *asked;
    osp_buf *out;
    bool json;
    size_t step;
    made_for made[OSP_PROVIDERS_MAX];
    size_t made_count, told;
} telling;

/* ---------------------------------------------------------------- providers */

static bool is_made(const telling *t, const osp_provider *provider)
{
    bool made = false;
    for (size_t i = 0; i < t->made_count; i++) {
        made |= t->made[i].provider == provider;
    }
    return made;
}

/* As deep as providers need each other, which the build has proved to end. */
static void make_all(telling *t, const osp_need *needs, const char *who, bool wanted)
{
    for (const osp_need *need = needs; need != NULL && need->name != NULL; need++) {
        const osp_provider *provider = need->provider;
        if (provider == NULL || is_made(t, provider) || t->made_count == OSP_PROVIDERS_MAX) {
            continue;
        }
        const bool only_wanted = wanted || need->optional;
        make_all(t, provider->needs, provider->name_, only_wanted);
        make_all(t, provider->in_->needs_, provider->name_, only_wanted);
        t->made[t->made_count++] = (made_for){ provider, who, only_wanted };
    }
}

static const char *scope_name(const osp_provider *provider)
{
    static const char *const names[OSP_SCOPE_COUNT] = { [OSP_PER_REQUEST] = "request",
                                                        [OSP_PER_WORKER] = "worker",
                                                        [OSP_PER_APPLICATION] = "application" };
    return (unsigned)provider->scope < OSP_SCOPE_COUNT ? names[provider->scope] : "?";
}

static const char *closes(const osp_provider *provider)
{
    return provider->close == NULL                       ? NULL
           : provider->scope != OSP_PER_REQUEST          ? "worker"
           : provider->close_when == OSP_BEFORE_RESPONSE ? "before"
                                                         : "after";
}

/* ---------------------------------------------------------------- steps */

static void begin_step(telling *t, const char *kind, const char *name, osp_place place)
{
    osp_buf *out = t->out;
    t->step++;
    if (t->json) {
        osp_buf_str(out, t->step > 1 ? OSP_STR(",\n  {") : OSP_STR("\n  {"));
        osp_say_key(out, "kind", osp_str_from(kind));
        osp_say_key(out, "name", osp_str_from(name));
        osp_say_json_place(out, place);
    } else {
        osp_buf_printf(out, "  %2zu  %-10s %-24s  %s", t->step, kind, name, place.file);
        if (place.line > 0) {
            osp_buf_printf(out, ":%d", place.line);
        }
    }
}

static void end_step(telling *t)
{
    osp_buf_str(t->out, t->json ? OSP_STR("}") : OSP_STR("\n"));
}

static void tell_provider(telling *t, const made_for *one)
{
    const osp_provider *provider = one->provider;
    const char *when = closes(provider);
    osp_buf *out = t->out;
    begin_step(t, "provider", provider->name_, (osp_place){ provider->file_, provider->line_ });
    if (t->json) {
        osp_say_key(out, "for", osp_str_from(one->who));
        osp_say_key(out, "scope", osp_str_from(scope_name(provider)));
        osp_buf_printf(out, ",\"authenticates\":%s,\"wanted\":%s",
                       provider->authenticates ? "true" : "false", one->wanted ? "true" : "false");
        if (when != NULL) {
            osp_say_key(out, "closes", osp_str_from(when));
        }
    } else {
        osp_buf_printf(out, "  for %s", one->who);
        if (provider->scope != OSP_PER_REQUEST) {
            osp_buf_printf(out, ", made before the worker serves, of the %s", scope_name(provider));
        }
        osp_buf_str(out, provider->authenticates ? OSP_STR(", authenticates") : OSP_STR(""));
        osp_buf_str(out, one->wanted ? OSP_STR(", only wanted") : OSP_STR(""));
        if (when != NULL && provider->scope == OSP_PER_REQUEST) {
            osp_buf_printf(out, ", closes %s the response", when);
        }
    }
    end_step(t);
}

/* Those that have come since the last call. */
static void tell_made(telling *t)
{
    for (; t->told < t->made_count; t->told++) {
        tell_provider(t, &t->made[t->told]);
    }
}

static void tell_middleware(telling *t, const osp_middleware *step)
{
    make_all(t, step->needs, step->name_, false);
    tell_made(t);
    begin_step(t, "middleware", step->name_, step->place_);
    if (t->json) {
        osp_buf_printf(t->out, ",\"denyByDefault\":%s", step->deny_by_default ? "true" : "false");
        if (step->body_max != 0) {
            osp_buf_printf(t->out, ",\"bodyMax\":%llu", (unsigned long long)step->body_max);
        }
    } else {
        osp_buf_str(t->out, step->deny_by_default ? OSP_STR("  denies by default") : OSP_STR(""));
        if (step->body_max != 0) {
            osp_buf_printf(t->out, "  takes bodies of %llu bytes",
                           (unsigned long long)step->body_max);
        }
    }
    end_step(t);
}

static void need_all(telling *t, const osp_route *route, const char *who)
{
    make_all(t, route->needs, who, false);
    make_all(t, route->in_->needs_, who, false);
}

/* What is around or beside a page. */
static void tell_part(telling *t, const char *kind, const char *name, const osp_page_part *part)
{
    const osp_route *load = part->load;
    begin_step(t, kind, name,
               load != NULL ? (osp_place){ load->file_, load->line_ }
                            : (osp_place){ part->html->file, 0 });
    if (t->json) {
        osp_say_key(t->out, "template", osp_str_from(part->html->file));
        osp_buf_printf(t->out, ",\"streams\":%s", load != NULL && load->streams ? "true" : "false");
    } else {
        osp_buf_str(t->out, load != NULL && load->streams ? OSP_STR("  streams") : OSP_STR(""));
    }
    end_step(t);
}

/* All inputs are read before the first load. */
static void tell_page(telling *t, const osp_page_def *page)
{
    for (uint32_t i = 0; i + 1 < page->part_count; i++) {
        if (page->parts[i]->load != NULL) {
            need_all(t, page->parts[i]->load, page->parts[i]->html->file);
        }
    }
    for (uint32_t i = 0; i < page->slot_count; i++) {
        if (page->slots[i].part->load != NULL) {
            need_all(t, page->slots[i].part->load, page->slots[i].part->html->file);
        }
    }
    tell_made(t);
    for (uint32_t i = 0; i + 1 < page->part_count; i++) {
        const osp_route *load = page->parts[i]->load;
        tell_part(t, "layout", load != NULL ? load->handler_ : "layout", page->parts[i]);
    }
    for (uint32_t i = 0; i < page->slot_count; i++) {
        tell_part(t, "slot", page->slots[i].name, page->slots[i].part);
    }
    const osp_page_part *last = page->parts[page->part_count - 1];
    tell_part(t, "page", t->asked->route->handler_, last);
}

/* Which of them runs, the request's query and form say. */
static void tell_actions(telling *t, const osp_route *const *at)
{
    for (; *at != NULL; at++) {
        need_all(t, *at, (*at)->handler_);
        tell_made(t);
        begin_step(t, "action", (*at)->handler_, (osp_place){ (*at)->file_, (*at)->line_ });
        end_step(t);
    }
}

static void tell_refusal(telling *t, const osp_route_leaf *leaf)
{
    begin_step(t, "refusal", "the server", (osp_place){ leaf != NULL ? leaf->file : "", 0 });
    if (t->json) {
        osp_buf_printf(t->out, ",\"status\":%d", osp_asked_status(t->asked));
    } else {
        osp_buf_printf(t->out, "  answers %d", osp_asked_status(t->asked));
    }
    end_step(t);
}

static void tell_endpoint(telling *t)
{
    const osp_route *route = t->asked->route;
    const osp_route_leaf *leaf = t->asked->ctx.match.leaf;
    if (route == NULL) {
        tell_refusal(t, leaf);
        return;
    }
    need_all(t, route, route->handler_);
    const osp_route *const *actions = osp_leaf_actions(leaf, route->method_);
    if (osp_leaf_shows(leaf, route)) {
        tell_page(t, leaf->page);
    } else if (actions != NULL) {
        tell_actions(t, actions);
    } else {
        tell_made(t);
        begin_step(t, "handler", route->handler_, osp_place_of(leaf, route));
        end_step(t);
    }
}

/* ---------------------------------------------------------------- what holds for all of it */

static bool takes_body(const osp_route *route)
{
    bool takes = route->in_->kind == OSP_KIND_STREAM || route->in_->kind == OSP_KIND_UNION;
    for (uint16_t i = 0; i < route->in_->field_count; i++) {
        const uint8_t source = route->in_->fields[i].source_;
        takes |=
            source == OSP_SOURCE_FIELD || source == OSP_SOURCE_BODY || source == OSP_SOURCE_FORM;
    }
    return takes;
}

static const char *body_of(const osp_route *route)
{
    return route == NULL || !takes_body(route) ? "none"
           : osp_route_reads_stream(route)     ? "stream"
                                               : "whole";
}

static int status_of(const osp_route *route)
{
    return route->status != 0 ? route->status : route->out_->kind == OSP_KIND_NONE ? 204 : 200;
}

/* In the order of closing. */
static void tell_closing(telling *t, const char *when)
{
    bool first = true;
    if (t->json) {
        osp_buf_printf(t->out, "%s\"%s\":[", strcmp(when, "before") == 0 ? "" : ",", when);
    }
    for (size_t i = t->made_count; i-- > 0;) {
        const osp_provider *provider = t->made[i].provider;
        const char *closing = closes(provider);
        if (closing == NULL || strcmp(closing, when) != 0) {
            continue;
        }
        if (t->json) {
            osp_buf_printf(t->out, "%s\"%s\"", first ? "" : ",", provider->name_);
        } else if (first) {
            osp_buf_printf(t->out, "  closes %s the response: %s", when, provider->name_);
        } else {
            osp_buf_printf(t->out, ", %s", provider->name_);
        }
        first = false;
    }
    osp_buf_str(t->out, t->json ? OSP_STR("]") : first ? OSP_STR("") : OSP_STR("\n"));
}

static void tell_rest(telling *t)
{
    const osp_route *route = t->asked->route;
    const char *body = body_of(route);
    const unsigned long long max = osp_chain_body_max(&t->asked->ctx);
    osp_buf *out = t->out;
    if (t->json) {
        osp_buf_str(out, OSP_STR("],\n \"closing\":{"));
        tell_closing(t, "before");
        tell_closing(t, "after");
        osp_buf_printf(out, "},\n \"body\":\"%s\"", body);
        if (max != 0) {
            osp_buf_printf(out, ",\"bodyMax\":%llu", max);
        }
        osp_buf_printf(out, ",\"status\":%d}\n",
                       route != NULL ? status_of(route) : osp_asked_status(t->asked));
        return;
    }
    tell_closing(t, "before");
    tell_closing(t, "after");
    if (strcmp(body, "stream") == 0) {
        osp_buf_str(out, OSP_STR("  body: read as it comes, of any length\n"));
    } else if (strcmp(body, "whole") == 0 && max != 0) {
        osp_buf_printf(out, "  body: up to %llu bytes\n", max);
    } else if (strcmp(body, "whole") == 0) {
        osp_buf_str(out, OSP_STR("  body: up to limits.body\n"));
    }
    if (route != NULL) {
        osp_buf_printf(out, "  status: %d%s\n", status_of(route),
                       route->status == 0 && status_of(route) == 204
                           ? ", or 200 when the handler sends something"
                           : "");
    }
}

void osp_why(const osp_asked *asked, bool json, osp_buf *out)
{
    const osp_ctx *ctx = &asked->ctx;
    telling t = { .asked = asked, .out = out, .json = json };
    const osp_middleware *const *chain = osp_chain_of(ctx);
    const char *pattern = ctx->match.leaf != NULL ? ctx->match.leaf->pattern : "";
    if (json) {
        osp_buf_byte(out, '{');
        osp_say_key(out, "method", osp_str_from(asked->method));
        osp_say_key(out, "target", ctx->request.target);
        osp_say_key(out, "pattern", osp_str_from(pattern));
        osp_buf_str(out, OSP_STR(",\n \"chain\":["));
    } else {
        osp_buf_printf(out, "%s %.*s%s%s\n", asked->method, OSP_ARG(ctx->request.target),
                       pattern[0] != '\0' ? "  is  " : "", pattern);
    }
    for (; chain != NULL && *chain != NULL; chain++) {
        tell_middleware(&t, *chain);
    }
    tell_endpoint(&t);
    tell_rest(&t);
}
