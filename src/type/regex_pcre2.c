/* Regular expressions by PCRE2's interpreter, with a bound on the work of a search.
 *
 * Whoever writes a pattern is trusted, whoever sends the text is not, and a backtracking engine may
 * take exponential time.  PCRE2 counts steps, but anew from each place where a match may start, and
 * a step may itself run over the rest of the text.  Hence three bounds together:
 *
 *     the text              at most OSP_PATTERN_TEXT_MAX
 *     the steps of a search at most OSP_PATTERN_STEPS_MAX, all starts together
 *     steps times length    at most OSP_PATTERN_WORK_MAX
 *
 * Depth needs none of its own: what can be taken back is a frame in OSP_PATTERN_HEAP_MAX.
 *
 * First the whole text is searched at once, each start with its share of the steps; that is all for
 * nearly every text.  When one start needs more, starts are tried one by one, each with a limit
 * that grows by GROWTH until it suffices, and what was used is taken off the whole.  PCRE2 does not
 * tell how many steps a try took, only whether they were under the limit, so the bound holds within
 * that factor.  An expression that is anchored has one start and gets everything at once.
 *
 * No JIT: its code runs on the caller's stack with 32 KB of its own, it must be given executable
 * memory, and the interpreter keeps its frames on the heap, in the scratch, from one search to the
 * next.  A search on a fiber therefore needs little stack and allocates only when it goes deeper
 * than any before.
 *
 * Rules of ECMA-262 as far as options reach: \uXXXX and \u{X}, [] and [^], a group that did not
 * take part matches empty, '.' takes neither LF nor CR, '$' stands at the very end.
 *
 * Source: pcre2api(3), pcre2syntax(3). */
#include "type/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "type/pattern.h"

#define NEST_MAX 100 /* of parentheses: compiling them recurses, perhaps on a fiber */
#define GROWTH 4U
#define FIRST_STEPS GROWTH
#define ERROR_TEXT_MAX 128

static const uint32_t compile_options =
    PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_MATCH_UNSET_BACKREF |
    PCRE2_NEVER_BACKSLASH_C; /* \C would stop inside a character */

static const pcre2_code *code_of(const osp_regex *regex)
{
    return (const pcre2_code *)(const void *)regex;
}

osp_status osp_regex_compile(const char *pattern, osp_regex **ret_regex, osp_error *err)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (context == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "out of memory for the pattern \"%.100s\"", pattern);
    }
    (void)pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALT_BSUX);
    (void)pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    (void)pcre2_set_parens_nest_limit(context, NEST_MAX);
    int code;
    PCRE2_SIZE at;
    pcre2_code *regex = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, compile_options,
                                      &code, &at, context);
    pcre2_compile_context_free(context);
    if (regex == NULL) {
        unsigned char words[ERROR_TEXT_MAX] = "";
        (void)pcre2_get_error_message(code, words, sizeof(words));
        const bool memory = code == PCRE2_ERROR_HEAP_FAILED;
        return osp_error_set(err, memory ? OSP_E_NOMEM : OSP_E_INVALID,
                             "%s, at byte %zu of the pattern \"%.100s\"", (const char *)words, at,
                             pattern);
    }
    *ret_regex = (osp_regex *)(void *)regex;
    return OSP_OK;
}

void osp_regex_free(osp_regex *regex)
{
    pcre2_code_free((pcre2_code *)(void *)regex);
}

osp_status osp_regex_scratch_init(osp_regex_scratch *scratch)
{
    /* One pair of offsets: whether it matches is all that is asked. */
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    if (data == NULL || context == NULL) {
        pcre2_match_data_free(data);
        pcre2_match_context_free(context);
        return OSP_E_NOMEM;
    }
    (void)pcre2_set_heap_limit(context, OSP_PATTERN_HEAP_MAX / 1024);
    *scratch = (osp_regex_scratch){ data, context };
    return OSP_OK;
}

void osp_regex_scratch_done(osp_regex_scratch *scratch)
{
    pcre2_match_data_free(scratch->data);
    pcre2_match_context_free(scratch->context);
    *scratch = (osp_regex_scratch){ 0 };
}

typedef struct search {
    const pcre2_code *code;
    const osp_regex_scratch *scratch;
    osp_str text;
} search;

/* What pcre2_match says from `start` on, or there alone, with at most `steps` from each start. */
static int match(const search *my, size_t start, uint32_t options, uint32_t steps)
{
    (void)pcre2_set_match_limit(my->scratch->context, steps);
    return pcre2_match(my->code, (PCRE2_SPTR)my->text.ptr, my->text.len, start,
                       options | PCRE2_NO_UTF_CHECK, my->scratch->data, my->scratch->context);
}

static osp_status status_of(int said)
{
    static const struct {
        int said;
        osp_status status;
    } meanings[] = {
        { PCRE2_ERROR_NOMATCH, OSP_DONE },       { PCRE2_ERROR_MATCHLIMIT, OSP_E_LIMIT },
        { PCRE2_ERROR_DEPTHLIMIT, OSP_E_LIMIT }, { PCRE2_ERROR_HEAPLIMIT, OSP_E_LIMIT },
        { PCRE2_ERROR_NOMEMORY, OSP_E_NOMEM },
    };
    if (said >= 0) {
        return OSP_OK;
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(meanings); i++) {
        if (meanings[i].said == said) {
            return meanings[i].status;
        }
    }
    return OSP_E_INVALID;
}

/* From `start` alone.  Takes the steps off *left; OSP_E_LIMIT when they do not suffice. */
static osp_status match_at(const search *my, size_t start, uint32_t *left)
{
    uint32_t steps = FIRST_STEPS;
    for (;;) {
        const int said = match(my, start, PCRE2_ANCHORED, steps);
        const bool more = said == PCRE2_ERROR_MATCHLIMIT;
        const uint32_t used = more ? steps : steps / GROWTH;
        if (used >= *left) {
            *left = 0;
            return said == PCRE2_ERROR_NOMATCH ? OSP_E_LIMIT : status_of(said);
        }
        *left -= used;
        if (!more) {
            return status_of(said);
        }
        steps = steps * GROWTH < *left ? steps * GROWTH : *left;
    }
}

/* From every character, and from the end. */
static osp_status match_each(const search *my, uint32_t left)
{
    osp_status status = OSP_DONE;
    for (size_t at = 0; at <= my->text.len && status == OSP_DONE; at++) {
        const bool inside = at < my->text.len && ((unsigned char)my->text.ptr[at] & 0xC0) == 0x80;
        if (!inside) {
            status = match_at(my, at, &left);
        }
    }
    return status;
}

osp_status osp_regex_search(const osp_regex *regex, osp_regex_scratch *scratch, osp_str text)
{
    OSP_ASSERT(text.len <= OSP_PATTERN_TEXT_MAX);
    const search my = { code_of(regex), scratch, text.len == 0 ? OSP_STR("") : text };
    const uint32_t starts = (uint32_t)text.len + 1;
    const uint32_t allowed = OSP_PATTERN_WORK_MAX / starts;
    const uint32_t steps = allowed < OSP_PATTERN_STEPS_MAX ? allowed : OSP_PATTERN_STEPS_MAX;
    uint32_t options = 0;
    (void)pcre2_pattern_info(my.code, PCRE2_INFO_ALLOPTIONS, &options);
    const bool anchored = (options & PCRE2_ANCHORED) != 0;
    const int said = match(&my, 0, 0, anchored ? steps : FIRST_STEPS + steps / starts);
    if (said == PCRE2_ERROR_MATCHLIMIT && !anchored) {
        return match_each(&my, steps);
    }
    return status_of(said);
}
