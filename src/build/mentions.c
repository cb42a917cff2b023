/* Looks for macros of declarations in the text of files, as who reads them would.
 *
 *     OSP_MATCHER(even, is_even, ...)                     a matcher
 *     OSP_PROVIDER(user, make, In, User, .authenticates)  a guard
 *     OSP_MIDDLEWARE(private, .deny_by_default = true)    below which all need one
 *     ... NEEDS(user) ...                                 and have it, when this is beside that
 *
 * The build asks the compiled files, which know better; this only has to say something useful
 * before there are any. */
#include "build/mentions.h"

#include <ctype.h>
#include <string.h>

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) != 0 || byte == '_';
}

/* Behind the bracket of the next call of a macro; NULL: there is none. */
static const char *find_call(const char *text, const char *macro)
{
    const size_t len = strlen(macro);
    for (const char *at = text; (at = strstr(at, macro)) != NULL; at += len) {
        const char *bracket = at + len + strspn(at + len, " \t\n");
        if ((at == text || !is_word(at[-1])) && *bracket == '(') {
            return bracket + 1;
        }
    }
    return NULL;
}

/* The identifier that a text begins with, blanks aside. */
static osp_str first_word(const char *text)
{
    text += strspn(text, " \t\n");
    size_t len = 0;
    while (is_word(text[len])) {
        len++;
    }
    return (osp_str){ text, len };
}

/* Empty when it cannot be read. */
static const char *text_of(osp_arena *arena, const char *dir, const char *path)
{
    osp_str text;
    const char *full = osp_kit_format(arena, "%s/%s", dir, path);
    return osp_kit_read(arena, full, &text, NULL) == OSP_OK ? text.ptr : "";
}

bool osp_mentions_matcher(osp_arena *arena, const char *dir, const osp_scan *scan, osp_str name)
{
    for (size_t i = 0; i < scan->helpers.count; i++) {
        const char *at = text_of(arena, dir, scan->helpers.items[i]);
        while ((at = find_call(at, "OSP_MATCHER")) != NULL) {
            if (osp_str_equal(first_word(at), name)) {
                return true;
            }
        }
    }
    return false;
}

/* Providers that authenticate, char *. */
static osp_kit_list find_guards(osp_arena *arena, const char *dir, const osp_scan *scan)
{
    osp_kit_list guards = { 0 };
    for (size_t i = 0; i < scan->helpers.count; i++) {
        const char *at = text_of(arena, dir, scan->helpers.items[i]);
        while ((at = find_call(at, "OSP_PROVIDER")) != NULL) {
            const osp_str name = first_word(at);
            const osp_str all = { at, strcspn(at, ";") };
            if (memmem(all.ptr, all.len, ".authenticates", strlen(".authenticates")) != NULL) {
                osp_kit_push(arena, &guards, osp_kit_string(arena, name));
            }
        }
    }
    return guards;
}

/* Whether a list of needs in a text has one of the guards. */
static bool needs_one(const char *text, const osp_kit_list *guards)
{
    for (const char *at = text; (at = find_call(at, "NEEDS")) != NULL;) {
        for (const char *end = at + strcspn(at, ")"); at < end; at += strcspn(at, ",)") + 1) {
            const osp_str name = first_word(at);
            for (size_t i = 0; i < guards->count; i++) {
                if (osp_str_equal(name, osp_str_from(guards->items[i]))) {
                    return true;
                }
            }
        }
    }
    return false;
}

osp_denial osp_mentions_denial(osp_arena *arena, const char *dir, const osp_scan *scan,
                               const char *folder)
{
    const osp_kit_list guards = find_guards(arena, dir, scan);
    osp_denial denial = { .provider = guards.count > 0 ? guards.items[0] : NULL };
    for (size_t i = 0; i < scan->middleware.count; i++) {
        const char *path = scan->middleware.items[i];
        const size_t len = strlen(path) - strlen("/middleware.c");
        if (strncmp(folder, path, len) != 0 || (folder[len] != '\0' && folder[len] != '/')) {
            continue;
        }
        const char *text = text_of(arena, dir, path);
        if (needs_one(text, &guards)) {
            return (osp_denial){ .provider = denial.provider };
        }
        denial.by = strstr(text, ".deny_by_default") != NULL ? path : denial.by;
    }
    return denial;
}
