/* The routes of an application, for people and for tools. */
#include <stdio.h>
#include <string.h>

#include "app/ctx.h"
#include "base/buf.h"
#include "serve/explain.h"
#include "serve/supervisor.h"
#include "type/json.h"

/* The middleware around a route, outermost first. */
static bool write_chain(const osp_middleware *const *chain, osp_buf *out)
{
    bool ok = true;
    osp_buf_str(out, OSP_STR(",\"chain\":["));
    for (size_t i = 0; chain != NULL && chain[i] != NULL; i++) {
        osp_buf_printf(out, "%s{\"middleware\":\"%s\",\"file\":", i == 0 ? "" : ",",
                       chain[i]->name_);
        ok = ok && osp_json_string(osp_str_from(chain[i]->place_.file), out) == OSP_OK;
        osp_buf_printf(out, ",\"line\":%d}", chain[i]->place_.line);
    }
    osp_buf_byte(out, ']');
    return ok;
}

/* The hosts of a URL as a list; nothing where it is on all of them. */
static bool write_hosts(const char *hosts, osp_buf *out)
{
    bool ok = true;
    const char *before = ",\"hosts\":[";
    for (const char *at = hosts; at != NULL && *at != '\0'; before = ",") {
        const size_t len = strcspn(at, ",");
        osp_buf_str(out, osp_str_from(before));
        ok = ok && osp_json_string((osp_str){ at, len }, out) == OSP_OK;
        at += len + (at[len] == ',');
    }
    osp_buf_str(out, hosts != NULL ? OSP_STR("]") : OSP_STR(""));
    return ok;
}

/* Whether a route is the page of its leaf, or acts for it. */
static bool is_page(const osp_route_leaf *leaf, const osp_route *route)
{
    return osp_leaf_shows(leaf, route) || osp_leaf_actions(leaf, route->method_) != NULL;
}

static const char *kind_of(const osp_route_leaf *leaf, const osp_route *route)
{
    return leaf->asset != NULL ? "file" : is_page(leaf, route) ? "page" : "route";
}

/* The file that a route stands in, or the page's template where nothing fills it. */
static const char *file_of(const osp_route_leaf *leaf, const osp_route *route)
{
    return leaf->page != NULL ? osp_place_of(leaf, route).file : leaf->file;
}

/* The template, the layouts around it and what a form can do. */
static bool write_page(const osp_route_leaf *leaf, const osp_route *route, osp_buf *out)
{
    const osp_page_def *page = leaf->page;
    if (!is_page(leaf, route)) {
        return true;
    }
    osp_buf_str(out, OSP_STR(",\"template\":"));
    bool ok = osp_json_string(osp_str_from(leaf->file), out) == OSP_OK;
    osp_buf_str(out, OSP_STR(",\"layouts\":["));
    for (uint32_t i = 0; i + 1 < page->part_count; i++) {
        osp_buf_str(out, i == 0 ? OSP_STR("") : OSP_STR(","));
        ok = ok && osp_json_string(osp_str_from(page->parts[i]->html->file), out) == OSP_OK;
    }
    osp_buf_byte(out, ']');
    const osp_route *const *actions = osp_leaf_actions(leaf, route->method_);
    for (const osp_route *const *at = actions; at != NULL && *at != NULL; at++) {
        osp_buf_printf(out, "%s\"%s\"", at == actions ? ",\"actions\":[" : ",", (*at)->handler_);
    }
    osp_buf_str(out, actions != NULL ? OSP_STR("]") : OSP_STR(""));
    return ok;
}

static void print_json(FILE *to, const osp_route_leaf *leaf, osp_method method, bool first)
{
    const osp_route *route = leaf->by_method[method];
    char storage[2048];
    osp_buf out;
    osp_buf_init(&out, storage, sizeof storage, 1 << 16);
    osp_buf_printf(&out, "%s{\"method\":\"%s\",\"pattern\":", first ? "" : ",\n ",
                   osp_method_name(method));
    bool ok = osp_json_string(osp_str_from(leaf->pattern), &out) == OSP_OK;
    ok = ok && write_hosts(leaf->hosts, &out);
    osp_buf_printf(&out, ",\"kind\":\"%s\",\"file\":", kind_of(leaf, route));
    ok = ok && osp_json_string(osp_str_from(file_of(leaf, route)), &out) == OSP_OK;
    osp_buf_printf(&out, ",\"line\":%d,\"handler\":\"%s\"", route->line_, route->handler_);
    ok = ok && write_page(leaf, route, &out);
    if (route->summary != NULL) {
        osp_buf_str(&out, OSP_STR(",\"summary\":"));
        ok = ok && osp_json_string(osp_str_from(route->summary), &out) == OSP_OK;
    }
    ok = ok && write_chain(leaf->chain, &out);
    osp_buf_byte(&out, '}');
    if (ok && !out.failed) {
        fprintf(to, "%.*s", (int)out.len, out.ptr);
    }
    osp_buf_done(&out);
}

/* Files are many, and all alike. */
static bool is_shown(const osp_route_leaf *leaf, osp_routes_options options)
{
    return (leaf->asset == NULL && !osp_leaf_is_ours(leaf)) || options.files;
}

static int widest_pattern(const osp_app_def *app, osp_routes_options options)
{
    size_t widest = 0;
    for (size_t i = 0; i < app->leaf_count; i++) {
        const char *hosts = app->leaves[i]->hosts;
        const size_t len = strlen(app->leaves[i]->pattern) + (hosts != NULL ? strlen(hosts) : 0);
        widest = len > widest && is_shown(app->leaves[i], options) ? len : widest;
    }
    return widest > 48 ? 48 : (int)widest;
}

/* action   of a page, which has a name; NULL: it is none */
static void print_line(FILE *to, const osp_route_leaf *leaf, const osp_route *route,
                       const char *action, int width)
{
    const int printed = fprintf(to, "  %-7s %s%s%s%s", osp_method_name(route->method_),
                                leaf->hosts != NULL ? leaf->hosts : "", leaf->pattern,
                                action != NULL ? "?/" : "", action != NULL ? action : "");
    const char *told = action != NULL ? route->file_ : leaf->file;
    if (route->summary != NULL && leaf->asset == NULL) {
        told = route->summary;
    }
    fprintf(to, "%*s  %s\n", width + 10 > printed ? width + 10 - printed : 0, "", told);
}

/* A line, or one for each action of a page. */
static void print_text(FILE *to, const osp_route_leaf *leaf, osp_method method, int width)
{
    const osp_route *const *actions = osp_leaf_actions(leaf, method);
    if (actions == NULL) {
        print_line(to, leaf, leaf->by_method[method], NULL, width);
    }
    for (; actions != NULL && *actions != NULL; actions++) {
        print_line(to, leaf, *actions, (*actions)->handler_, width);
    }
}

void osp_routes_print(FILE *to, const osp_app_def *app, osp_routes_options options)
{
    const int width = widest_pattern(app, options);
    bool first = true;
    size_t files = 0;
    fprintf(to, "%s", options.json ? "[" : "");
    for (size_t i = 0; i < app->leaf_count; i++) {
        const osp_route_leaf *leaf = app->leaves[i];
        for (int method = 0; method < OSP_METHOD_OTHER; method++) {
            const osp_route *route = leaf->by_method[method];
            if (route == NULL) {
                continue;
            }
            if (!is_shown(leaf, options)) {
                files += leaf->asset != NULL;
                continue;
            }
            if (options.json) {
                print_json(to, leaf, (osp_method)method, first);
            } else {
                print_text(to, leaf, (osp_method)method, width);
            }
            first = false;
        }
    }
    if (files > 0 && !options.json) {
        fprintf(to, "  and %zu of public/; `openspeed routes --files` lists them\n", files);
    }
    fprintf(to, "%s", options.json ? "]\n" : "");
}
