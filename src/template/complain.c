/* What is wrong with a template, told as compilers do:
 *
 *     routes/page.html:3:10: error: there is no "titel" here; did you mean title?
 *         3 | <h1>{{titel}}</h1>
 *           |       ^~~~~
 *
 * A body of a loop is compiled again where its own end changes its beginning, and a partial at each
 * of its calls: what was told of a place once is not told again. */
#include <stdarg.h>
#include <stdio.h>

#include "base/excerpt.h"
#include "base/utf8.h"
#include "template/template_impl.h"

#define WORDS_MAX 512

typedef struct place {
    int line, column; /* from 1; columns are characters */
} place;

static place place_of(osp_str text, size_t at)
{
    place found = { 1, 1 };
    for (size_t i = 0; i < at && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            found.line++;
            found.column = 1;
        } else if (!osp_utf8_goes_on(text.ptr[i])) {
            found.column++;
        }
    }
    return found;
}

static void put(osp_buf *said, const osp_template_text *source, osp_str at, const char *sort,
                const char *words)
{
    OSP_ASSERT(at.ptr >= source->text.ptr && at.ptr <= source->text.ptr + source->text.len);
    const size_t offset = (size_t)(at.ptr - source->text.ptr);
    const place found = place_of(source->text, offset);
    osp_buf_printf(said, "%s:%d:%d: %s: %s\n", source->file, found.line, found.column, sort, words);
    osp_excerpt_write(source->text, offset, at.len, found.line, 0, said);
}

/* Whether this is news, which is kept in mind. */
static bool is_news(osp_teller *teller, const char *at, const char *words)
{
    for (size_t i = 0; i < teller->told_count; i++) {
        if (teller->told[i].at == at && strcmp(teller->told[i].words, words) == 0) {
            return false;
        }
    }
    if (teller->told_count == OSP_TEMPLATE_COMPLAINTS_MAX) {
        return false;
    }
    const size_t size = strlen(words) + 1;
    char *copy = osp_arena_try(teller->arena, size);
    if (copy == NULL) {
        return true; /* it may be told again */
    }
    memcpy(copy, words, size);
    teller->told[teller->told_count].at = at;
    teller->told[teller->told_count++].words = copy;
    return true;
}

void osp_tell(osp_teller *teller, const osp_template_text *source, osp_str at, const char *format,
              ...)
{
    char words[WORDS_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    teller->wrong++;
    teller->newest = is_news(teller, at.ptr, words);
    teller->newest_at = at.ptr;
    if (teller->newest) {
        teller->said->count++;
        put(&teller->said->said, source, at, "error", words);
    }
}

void osp_tell_note(osp_teller *teller, const osp_template_text *source, osp_str at,
                   const char *format, ...)
{
    if (!teller->newest || at.ptr == teller->newest_at) {
        return;
    }
    char words[WORDS_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    put(&teller->said->said, source, at, "note", words);
}

void osp_template_complain(osp_template_complaints *said, const osp_template_text *source,
                           osp_str at, const char *words)
{
    said->count++;
    put(&said->said, source, at, "error", words);
}
