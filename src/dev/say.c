#include "dev/say.h"

#include <stdarg.h>
#include <stdio.h>

#include "dev/report.h"
#include "type/json.h"

#define LINE_MAX_BYTES 65536
#define WORDS_MAX_BYTES 1024

static void add_text(osp_buf *out, const char *name, const char *text)
{
    if (text == NULL || text[0] == '\0') {
        return;
    }
    const size_t before = out->len;
    osp_buf_printf(out, ",\"%s\":", name);
    if (osp_json_string(osp_str_from(text), out) != OSP_OK) {
        out->len = before; /* a path that is not UTF-8 */
    }
}

static void add_number(osp_buf *out, const char *name, int64_t number)
{
    if (number != 0) {
        osp_buf_printf(out, ",\"%s\":%lld", name, (long long)number);
    }
}

static void say_json(const osp_said *said)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, LINE_MAX_BYTES);
    osp_buf_printf(&out, "{\"event\":\"%s\"", said->event);
    add_number(&out, "pid", said->pid);
    add_number(&out, "port", said->port);
    add_text(&out, "url", said->url);
    add_text(&out, "file", said->file);
    add_number(&out, "changes", said->changes);
    add_number(&out, "generation", said->generation);
    add_number(&out, "files", said->files);
    add_number(&out, "compiled", said->compiled);
    add_number(&out, "compile_ms", said->compile_ms);
    add_number(&out, "link_ms", said->link_ms);
    add_number(&out, "start_ms", said->start_ms);
    add_number(&out, "total_ms", said->total_ms);
    add_number(&out, "pause_ms", said->pause_ms);
    add_text(&out, "stage", said->stage);
    add_text(&out, "error", said->error);
    osp_buf_str(&out, said->fast ? OSP_STR(",\"fast\":true}\n") : OSP_STR("}\n"));
    (void)fwrite(out.ptr, 1, out.len, stdout);
    osp_buf_done(&out);
}

/* Names of files may hold what moves the cursor of a terminal. */
static void say_words(const char *words, va_list args)
{
    char line[WORDS_MAX_BYTES], storage[WORDS_MAX_BYTES];
    osp_buf out;
    osp_buf_init(&out, storage, sizeof storage, sizeof storage);
    (void)vsnprintf(line, sizeof line, words, args);
    osp_report_put(osp_str_from(line), &out);
    (void)fwrite(out.ptr, 1, out.len, stdout);
    (void)putchar('\n');
}

void osp_say(bool json, const osp_said *said, const char *words, ...)
{
    if (json) {
        say_json(said);
    } else if (words != NULL) {
        va_list args;
        va_start(args, words);
        say_words(words, args);
        va_end(args);
    }
    (void)fflush(stdout);
}
