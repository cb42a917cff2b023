/* Reads "x.o: a.c \<newline> b\ c.h" as gcc and clang write it: a backslash before a space, a `#`
 * or a backslash, `$$` for a dollar, and a backslash at the end of a line that goes on. */
#include "build/depfile.h"

#include <string.h>

#include "base/slice.h"

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/* The byte `ahead` of the next one; NUL behind the end, and no file's name holds a NUL. */
static char peek(const osp_str *text, size_t ahead)
{
    return ahead < text->len ? text->ptr[ahead] : '\0';
}

static void skip(osp_str *text, size_t len)
{
    *text = osp_str_skip(*text, len);
}

bool osp_depfile_begin(osp_str *text)
{
    const char *colon = text->len > 0 ? memmem(text->ptr, text->len, ": ", 2) : NULL;
    if (colon == NULL) {
        return false;
    }
    skip(text, (size_t)(colon - text->ptr) + 2);
    return true;
}

bool osp_depfile_next(osp_str *text, char *word)
{
    size_t len = 0;
    while (is_blank(peek(text, 0)) || (peek(text, 0) == '\\' && peek(text, 1) == '\n')) {
        skip(text, peek(text, 0) == '\\' ? 2 : 1);
    }
    while (peek(text, 0) != '\0' && !is_blank(peek(text, 0)) &&
           !(peek(text, 0) == '\\' && peek(text, 1) == '\n')) {
        const char next = peek(text, 1);
        const bool escape =
            (peek(text, 0) == '\\' && (next == ' ' || next == '#' || next == '\\')) ||
            (peek(text, 0) == '$' && next == '$');
        skip(text, escape ? 1 : 0);
        word[len++] = text->ptr[0];
        skip(text, 1);
    }
    word[len] = '\0';
    return len != 0;
}
