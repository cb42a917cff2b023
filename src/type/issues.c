/* What is wrong with a field, in sentences for the client.
 *
 * An input is judged as a whole: every bad field becomes one issue, up to a maximum, so that a form
 * can mark all of them at once.  Sentences start with a verb ("must be at least 1"); whoever shows
 * them puts the field's name in front.  None repeats the input. */
#include "type/issues.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DETAIL_MAX 160 /* bytes of a formatted sentence */

static const char *const code_names[OSP_ISSUE_CODES] = {
    [OSP_ISSUE_CHECK] = "check",
    [OSP_ISSUE_REQUIRED] = "required",
    [OSP_ISSUE_NULL] = "null",
    [OSP_ISSUE_TYPE] = "type",
    [OSP_ISSUE_MINIMUM] = "minimum",
    [OSP_ISSUE_MAXIMUM] = "maximum",
    [OSP_ISSUE_ABOVE] = "above",
    [OSP_ISSUE_BELOW] = "below",
    [OSP_ISSUE_MULTIPLE] = "multiple_of",
    [OSP_ISSUE_MIN_LENGTH] = "min_length",
    [OSP_ISSUE_MAX_LENGTH] = "max_length",
    [OSP_ISSUE_MIN_ITEMS] = "min_items",
    [OSP_ISSUE_MAX_ITEMS] = "max_items",
    [OSP_ISSUE_UNIQUE] = "unique",
    [OSP_ISSUE_PATTERN] = "pattern",
    [OSP_ISSUE_FORMAT] = "format",
    [OSP_ISSUE_ENUM] = "enum",
    [OSP_ISSUE_NEEDS] = "needs",
    [OSP_ISSUE_ADDITIONAL] = "additional",
    [OSP_ISSUE_DUPLICATE] = "duplicate",
};

const char *osp_issue_code_name(osp_issue_code code)
{
    OSP_ASSERT((unsigned)code < OSP_ISSUE_CODES);
    return code_names[code];
}

void osp_issues_add(osp_issues *issues, const char *in, osp_str where, osp_flaw flaw)
{
    OSP_ASSERT(issues != NULL);
    OSP_ASSERT(issues->count <= OSP_ISSUES_MAX);
    if (issues->count == OSP_ISSUES_MAX) {
        issues->dropped++;
        return;
    }
    issues->items[issues->count++] = (osp_issue){ in, where, flaw.code, flaw.detail };
}

osp_flaw osp_flaw_format(osp_issue_code code, osp_arena *arena, const char *format, ...)
{
    char text[DETAIL_MAX];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    OSP_ASSERT(len > 0);
    len = (size_t)len < sizeof(text) ? len : (int)sizeof(text) - 1;
    char *copy = osp_arena_try(arena, (size_t)len);
    if (copy == NULL) {
        return osp_flaw_of(code, "is not valid");
    }
    memcpy(copy, text, (size_t)len);
    return (osp_flaw){ code, OSP_OK, { copy, (size_t)len } };
}
