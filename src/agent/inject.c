/* Writes the script that listens for changes into pages, and lets their policy have it.
 *
 * Where: behind <head>, so that it runs whatever stands in the page; where there is none, behind
 * the doctype, which a browser must see first; else in front. */
#include <string.h>

#include "agent/agent.h"
#include "base/slice.h"

#define POLICY "Content-Security-Policy"

/* ---------------------------------------------------------------- policies */

/* The next directive of a policy, without the spaces around it; false: there is none. */
static bool next_directive(osp_str *rest, osp_str *ret_directive)
{
    bool found;
    do {
        found = osp_str_take(rest, ';', ret_directive);
        *ret_directive = found ? osp_str_trim(*ret_directive) : (osp_str){ 0 };
    } while (found && ret_directive->len == 0);
    return found;
}

/* Splits a word from the front. */
static osp_str take_word(osp_str *text)
{
    size_t len = 0;
    while (len < text->len && text->ptr[len] != ' ' && text->ptr[len] != '\t') {
        len++;
    }
    const osp_str word = { text->ptr, len };
    *text = osp_str_trim(osp_str_skip(*text, len));
    return word;
}

/* The sources of a directive of a policy.  False: it has none of that name. */
static bool find_directive(osp_str policy, const char *name, osp_str *ret_sources)
{
    osp_str directive;
    while (next_directive(&policy, &directive)) {
        if (osp_str_equal_nocase(take_word(&directive), osp_str_from(name))) {
            *ret_sources = directive;
            return true;
        }
    }
    return false;
}

static bool has_source(osp_str sources, const char *wanted)
{
    while (sources.len > 0) {
        if (osp_str_equal_nocase(take_word(&sources), osp_str_from(wanted))) {
            return true;
        }
    }
    return false;
}

/* Whether a directive, or what stands for it, keeps out what comes from here. */
static bool keeps_out(osp_str policy, const char *name, osp_str *ret_sources)
{
    return (find_directive(policy, name, ret_sources) ||
            find_directive(policy, "default-src", ret_sources)) &&
           !has_source(*ret_sources, "'self'") && !has_source(*ret_sources, "*");
}

/* Sources with this origin among them; 'none' means nothing beside another one. */
static osp_str with_self(osp_ctx *ctx, osp_str sources)
{
    return has_source(sources, "'none'") || sources.len == 0
               ? OSP_STR("'self'")
               : osp_format(ctx, "%.*s 'self'", OSP_ARG(sources));
}

/* Each of the three in turn: what is changed for one is what the next is looked for in.  A
 * directive that is not there gets the sources of default-src, which would no longer stand for it.
 */
osp_str osp_agent_policy(osp_ctx *ctx, osp_str policy)
{
    static const char *const names[] = { "script-src", "connect-src", "style-src" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        osp_str sources, rest = policy, directive, changed = { 0 };
        if (!keeps_out(policy, names[i], &sources)) {
            continue;
        }
        const osp_str better = with_self(ctx, sources);
        while (next_directive(&rest, &directive)) {
            osp_str name = directive;
            if (!osp_str_equal_nocase(take_word(&name), osp_str_from(names[i]))) {
                changed = osp_format(ctx, "%.*s%.*s; ", OSP_ARG(changed), OSP_ARG(directive));
            }
        }
        policy = osp_format(ctx, "%.*s%s %.*s", OSP_ARG(changed), names[i], OSP_ARG(better));
    }
    return policy;
}

/* The nonce that scripts of a policy must have; empty: none. */
static osp_str nonce_of(osp_str policy)
{
    static const osp_str begin = { "'nonce-", 7 };
    osp_str sources = { 0 };
    if (!find_directive(policy, "script-src", &sources)) {
        (void)find_directive(policy, "default-src", &sources);
    }
    while (sources.len > 0) {
        const osp_str word = take_word(&sources);
        if (osp_str_starts_with(word, begin) && word.len > begin.len + 1) {
            return (osp_str){ word.ptr + begin.len, word.len - begin.len - 1 };
        }
    }
    return (osp_str){ 0 };
}

static void mend_policy(osp_ctx *ctx)
{
    osp_response *response = &ctx->response;
    for (uint32_t i = 0; i < response->header_count; i++) {
        osp_header_field *field = &response->headers[i];
        if (osp_str_equal_nocase(field->name, OSP_STR(POLICY))) {
            const osp_str better = osp_agent_policy(ctx, field->value);
            field->value = better.len > 0 ? better : field->value;
        }
    }
}

/* ---------------------------------------------------------------- pages */

osp_str osp_agent_head(osp_ctx *ctx)
{
    const osp_agent *agent = osp_agent_of(ctx);
    if (!osp_agent_is_local(ctx)) {
        return (osp_str){ 0 }; /* who could not load it */
    }
    const osp_str nonce = nonce_of(osp_answer_header(ctx, OSP_STR(POLICY)));
    return osp_format(ctx,
                      "<script src=\"" OSP_DEV_PREFIX
                      "/client.js\" data-generation=\"%lld\"%s%.*s%s"
                      " defer></script>",
                      (long long)agent->generation, nonce.len > 0 ? " nonce=\"" : "",
                      OSP_ARG(nonce), nonce.len > 0 ? "\"" : "");
}

/* The tag "<name ...>" in a page, in any case: where it ends; 0: there is none. */
static size_t behind_tag(osp_str page, const char *name)
{
    const size_t len = strlen(name);
    for (size_t at = 0; at + len + 1 < page.len; at++) {
        const char *begin = memchr(page.ptr + at, '<', page.len - at);
        if (begin == NULL) {
            return 0;
        }
        at = (size_t)(begin - page.ptr);
        if (page.len - at > len + 1 &&
            osp_str_equal_nocase((osp_str){ begin + 1, len }, osp_str_from(name)) &&
            strchr(" \t\r\n/>", begin[1 + len]) != NULL) {
            const char *end = memchr(begin, '>', page.len - at);
            return end != NULL ? (size_t)(end - page.ptr) + 1 : 0;
        }
    }
    return 0;
}

static size_t place_in(osp_str page)
{
    static const char *const behind[] = { "head", "html", "!doctype" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(behind); i++) {
        const size_t at = behind_tag(page, behind[i]);
        if (at > 0) {
            return at;
        }
    }
    return 0;
}

static bool is_page(const osp_response *response)
{
    return response->type == NULL && response->file == NULL &&
           osp_status_has_body(response->status) && response->status != 206 &&
           response->bytes.len <= OSP_AGENT_PAGE_MAX &&
           osp_str_starts_with(response->media_type, OSP_STR("text/html"));
}

void osp_agent_inject(osp_ctx *ctx)
{
    static const osp_str mark = { "src=\"" OSP_DEV_PREFIX "/client.js\"",
                                  sizeof "src=\"" OSP_DEV_PREFIX "/client.js\"" - 1 };
    osp_response *response = &ctx->response;
    const osp_str page = response->bytes;
    if (ctx->flow != NULL && ctx->flow->begun) {
        return; /* it is sent already, from its {{head}} on */
    }
    if (!is_page(response) || osp_response_has(response, OSP_STR("Content-Encoding")) ||
        !osp_agent_is_local(ctx)) {
        return;
    }
    mend_policy(ctx);
    if (osp_response_has(response, OSP_STR("OpenSpeed-Part"))) {
        return; /* the document that it is for has the script */
    }
    if (page.len > 0 && memmem(page.ptr, page.len, mark.ptr, mark.len) != NULL) {
        return; /* whoever made it has written it */
    }
    const osp_str tag = osp_agent_head(ctx);
    const size_t at = place_in(page);
    OSP_ASSERT(at <= page.len);
    char *both = osp_arena_try(ctx->task.arena, page.len + tag.len);
    if (both == NULL || tag.len == 0) {
        return;
    }
    memcpy(both + at, tag.ptr, tag.len);
    if (page.len > 0) { /* an empty one may have no pointer */
        memcpy(both, page.ptr, at);
        memcpy(both + at + tag.len, page.ptr + at, page.len - at);
    }
    response->bytes = (osp_str){ both, page.len + tag.len };
}
