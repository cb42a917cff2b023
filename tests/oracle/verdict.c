/* Decodes instances for tests/oracle/oracle.mjs and says what the codec thinks of each.
 *
 * Linked with one file of generated types.  Input is a sequence of frames: index of the type and
 * length of the text, four bytes each in the machine's order, then the text.  Output is a
 * record of JSON for each frame, ended by a byte 0x1e: status, issues, and for a good instance what
 * it is written back as. */
#include "tests/oracle/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "type/json.h"

#define TEXT_MAX (4U << 20)
#define ARENA_MAX (64U << 20)

/* False at the end of the input. */
static bool read_all(void *out, size_t len)
{
    char *at = out;
    while (len != 0) {
        const ssize_t got = read(STDIN_FILENO, at, len);
        if (got <= 0) {
            return false;
        }
        at += got;
        len -= (size_t)got;
    }
    return true;
}

static void print(const osp_buf *line)
{
    const char *at = line->ptr;
    for (size_t left = line->len; left != 0;) {
        const ssize_t put = write(STDOUT_FILENO, at, left);
        if (put <= 0) {
            exit(1);
        }
        at += put;
        left -= (size_t)put;
    }
}

static void add_string(osp_buf *line, osp_str text)
{
    if (osp_json_string(text, line) != OSP_OK) {
        osp_buf_str(line, OSP_STR("null"));
    }
}

static void add_issues(osp_buf *line, const osp_issues *issues, osp_arena *arena)
{
    osp_buf_str(line, OSP_STR("\"issues\":["));
    for (size_t i = 0; i < issues->count; i++) {
        const osp_issue *issue = &issues->items[i];
        osp_buf_str(line, i != 0 ? OSP_STR(",[") : OSP_STR("["));
        add_string(line, issue->where);
        osp_buf_byte(line, ',');
        add_string(line, osp_str_from(osp_issue_code_name(issue->flaw.says->code)));
        osp_buf_byte(line, ',');
        add_string(line, osp_flaw_text(&issue->flaw, NULL, arena));
        osp_buf_byte(line, ']');
    }
    osp_buf_printf(line, "],\"dropped\":%zu", issues->dropped);
}

static void judge(const osp_type *type, osp_str text, const osp_patterns *patterns,
                  osp_arena *arena)
{
    osp_issues issues = { .count = 0 };
    osp_error err = { .message = "" };
    const osp_decoding how = { .arena = arena, .issues = &issues, .patterns = patterns };
    void *value = osp_arena_zalloc(arena, type->size);
    osp_buf line;
    osp_buf_init(&line, NULL, 0, TEXT_MAX * 8);
    const osp_status status = osp_json_decode(type, value, text, &how, &err);
    osp_buf_printf(&line, "{\"status\":%d,", (int)status);
    if (status == OSP_OK) {
        osp_buf_str(&line, OSP_STR("\"again\":"));
        if (osp_json_encode(type, value, &line) != OSP_OK) {
            osp_buf_str(&line, OSP_STR("null"));
        }
        osp_buf_byte(&line, ',');
    } else if (status != OSP_E_TYPE_MISMATCH) {
        osp_buf_str(&line, OSP_STR("\"error\":"));
        add_string(&line, osp_str_from(err.message));
        osp_buf_byte(&line, ',');
    }
    add_issues(&line, &issues, arena);
    osp_buf_str(&line, OSP_STR("}\x1e"));
    print(&line);
    osp_buf_done(&line);
    osp_arena_reset(arena);
}

int main(void)
{
    osp_patterns *patterns = osp_patterns_new();
    for (size_t i = 0; i < osp_oracle_type_count; i++) {
        osp_error err = { .message = "" };
        if (osp_patterns_add_type(patterns, osp_oracle_types[i], &err) != OSP_OK) {
            fprintf(stderr, "type %zu: %s\n", i, err.message);
            return 1;
        }
    }
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    uint32_t head[2];
    while (read_all(head, sizeof(head))) {
        /* A block of exactly this size: a read behind the text is one that a sanitizer sees. */
        char *text = head[1] <= TEXT_MAX ? malloc(head[1] + (head[1] == 0)) : NULL;
        if (head[0] >= osp_oracle_type_count || text == NULL || !read_all(text, head[1])) {
            fprintf(stderr, "bad frame\n");
            return 1;
        }
        judge(osp_oracle_types[head[0]], (osp_str){ text, head[1] }, patterns, &arena);
        free(text);
    }
    osp_arena_done(&arena);
    osp_patterns_free(patterns);
    return 0;
}
