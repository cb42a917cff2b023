/* Answers tests/oracle/templates.mjs: a line of JSON a template, a line of JSON what it shows. */
#include <stdio.h>
#include <stdlib.h>

#include "base/task.h"
#include "template/template.h"
#include "type/json.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)

typedef struct Asked {
    osp_str own; /* the template as we write it */
    osp_str x;
    int64_t n;
    bool b;
} Asked;
OSP_TYPE(Asked, FIELD(own), FIELD(x), FIELD(n), FIELD(b));

typedef struct Answer {
    bool good;
    osp_str text;
} Answer;
OSP_TYPE(Answer, FIELD(good), FIELD(text));

typedef struct Object {
    osp_str a;
    int64_t n;
} Object;
OSP_TYPE(Object, FIELD(a), FIELD(n));

typedef struct View {
    osp_str x;
    int64_t n;
    bool b;
    osp_str_list l;
    Object o;
} View;
OSP_TYPE(View, FIELD(x), FIELD(n), FIELD(b), LIST(l, osp_str), OBJECT(o, Object));

static bool show(osp_arena *arena, const Asked *asked, osp_buf *out)
{
    static const osp_template_scope scope = { NULL, &osp_type_View };
    const osp_template_options options = { .scopes = &scope, .scope_count = 1 };
    osp_str list[] = { asked->x, asked->x };
    const View view = {
        .x = asked->x, .n = asked->n, .b = asked->b, .l = { list, 2 }, .o = { asked->x, asked->n }
    };
    const void *values[] = { &view };
    osp_task task;
    osp_task_init(&task, arena);
    osp_template_complaints said = { .count = 0 };
    osp_buf_init(&said.said, NULL, 0, LINE_MAX_BYTES);
    const osp_template *template = NULL;
    const osp_template_text source = { "t", asked->own };
    const bool good = osp_template_compile(arena, source, &options, &said, &template) == OSP_OK &&
                      osp_template_render(template, values, NULL, &task, out) == OSP_OK;
    if (!good) {
        osp_buf_str(out, (osp_str){ said.said.ptr, said.said.len });
    }
    osp_buf_done(&said.said);
    return good;
}

static bool answer(osp_str line)
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, LINE_MAX_BYTES * 64);
    osp_issues issues = { .count = 0 };
    const osp_decoding how = { .arena = &arena, .issues = &issues };
    Asked asked = { .n = 0 };
    osp_buf shown, said;
    osp_buf_init(&shown, NULL, 0, LINE_MAX_BYTES);
    osp_buf_init(&said, NULL, 0, LINE_MAX_BYTES * 8);
    bool done = osp_json_decode(&osp_type_Asked, &asked, line, &how, NULL) == OSP_OK;
    if (done) {
        const bool good = show(&arena, &asked, &shown);
        const Answer told = { good, { shown.ptr, shown.len } };
        done = osp_json_encode(&osp_type_Answer, &told, &said) == OSP_OK;
    }
    if (done) {
        printf("%.*s\n", (int)said.len, said.ptr);
    }
    osp_buf_done(&shown);
    osp_buf_done(&said);
    osp_arena_done(&arena);
    return done;
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    bool good = true;
    while (good && (len = getline(&line, &size, stdin)) > 0) {
        good = answer((osp_str){ line, (size_t)len });
    }
    free(line);
    return good ? 0 : 1;
}
