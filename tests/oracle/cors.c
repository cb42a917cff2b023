/* Answers tests/oracle/cors.mjs: for each line of 10 words what osp_cors makes of one request.
 *
 *     ORIGINS HEADERS EXPOSE AGE CREDENTIALS METHODS   the options, and a bit for each osp_method
 * of the URL METHOD ORIGIN ASKED-METHOD ASKED-HEADERS         the request
 *
 * Texts are in hex, empty ones "=", what is not there "-".  The answer is "refused" for options
 * that do not build, else the status and the fields of the answer in a row, as "name=value" in hex.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/mw/mw.h"

#define LINE_SIZE 65536
#define WORDS 10
#define TEXT_SIZE 2048

typedef struct asked {
    char texts[WORDS][TEXT_SIZE];
    const char *words[WORDS]; /* NULL: not there */
} asked;

static osp_cors_options options; /* of the line at hand */

static osp_status run_cors(osp_ctx *ctx, osp_next *next)
{
    return osp_cors(ctx, next, &options);
}

static osp_status answer(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, OSP_STR("answered"));
}

static const osp_route route = {
    .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = answer, .handler_ = "answer"
};

static bool read_words(char *line, asked *ret)
{
    char *save = NULL;
    const char *word = strtok_r(line, " \n", &save);
    for (size_t i = 0; i < WORDS; i++, word = strtok_r(NULL, " \n", &save)) {
        size_t len = 0;
        if (word == NULL) {
            return false;
        }
        for (const char *hex = word; hex[0] > '-' && hex[1] > '-' && len + 1 < TEXT_SIZE;
             hex += 2) {
            const char byte[3] = { hex[0], hex[1], '\0' };
            ret->texts[i][len++] = (char)(unsigned char)strtoul(byte, NULL, 16);
        }
        ret->texts[i][len] = '\0';
        ret->words[i] = strcmp(word, "-") == 0 ? NULL : ret->texts[i];
    }
    return true;
}

static osp_method method_of(const char *name)
{
    for (int i = 0; i < OSP_METHOD_OTHER; i++) {
        if (strcmp(osp_method_name((osp_method)i), name) == 0) {
            return (osp_method)i;
        }
    }
    return OSP_METHOD_OTHER;
}

static void put_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        printf("%02x", (unsigned char)text[i]);
    }
}

static void print(const osp_response *response)
{
    printf("%d", response->status);
    for (uint32_t i = 0; i < response->header_count; i++) {
        putchar(' ');
        put_hex(response->headers[i].name.ptr, response->headers[i].name.len);
        putchar('=');
        put_hex(response->headers[i].value.ptr, response->headers[i].value.len);
    }
    putchar('\n');
}

static void ask(const asked *a)
{
    static const char *const names[] = { "Origin", "Access-Control-Request-Method",
                                         "Access-Control-Request-Headers" };
    static const osp_middleware step = { .call_ = run_cors, .name_ = "osp_cors" };
    static const osp_middleware *const chain[] = { &step, NULL };
    osp_route_leaf leaf = { .pattern = "/", .chain = chain };
    const osp_route_node root = { .leaf = &leaf };
    const osp_app_def app = { .name = "oracle", .root = &root, .root_chain = chain };
    osp_header_field fields[OSP_ARRAY_LEN(names)];
    uint32_t count = 0;
    const unsigned long methods = strtoul(a->words[5], NULL, 10);
    for (int i = 0; i < OSP_METHOD_OTHER; i++) {
        leaf.by_method[i] = (methods >> i & 1) != 0 ? &route : NULL;
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        if (a->words[7 + i] != NULL) {
            fields[count++] =
                (osp_header_field){ osp_str_from(names[i]), osp_str_from(a->words[7 + i]) };
        }
    }
    osp_arena arena;
    osp_ctx ctx;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_ctx_init(&ctx, &app, &arena);
    ctx.request.method = method_of(a->words[6]);
    ctx.request.target = OSP_STR("/");
    ctx.request.headers = fields;
    ctx.request.header_count = count;
    osp_app_handle(&ctx);
    print(&ctx.response);
    osp_arena_done(&arena);
}

int main(void)
{
    static char line[LINE_SIZE];
    static asked a;
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (!read_words(line, &a) || a.words[3] == NULL || a.words[4] == NULL ||
            a.words[5] == NULL || a.words[6] == NULL) {
            return 2;
        }
        options = (osp_cors_options){ .origins = a.words[0],
                                      .headers = a.words[1],
                                      .expose = a.words[2],
                                      .max_age_s = atoi(a.words[3]),
                                      .credentials = a.words[4][0] == '1' };
        if (osp_cors_check(&options) != NULL) {
            puts("refused");
        } else {
            ask(&a);
        }
    }
    return 0;
}
