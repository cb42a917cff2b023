/* Answers tests/oracle/events.mjs: for each line of events what osp_sse_send makes of them, in hex.
 *
 *     EVENT DATA ID RETRY [EVENT DATA ID RETRY ...]
 *
 * Texts are in hex, behind a '='.  The answer is "refused" where one of them was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ctx.h"

#define LINE_SIZE 65536

static const osp_app_def app = { .name = "oracle" };

/* Turns the hex of a word into bytes, where it stands. */
static osp_str unhex(char *word)
{
    size_t len = 0;
    for (const char *hex = word + 1; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
        const char byte[3] = { hex[0], hex[1], '\0' };
        word[len++] = (char)(unsigned char)strtoul(byte, NULL, 16);
    }
    return (osp_str){ word, len };
}

/* Sends all events of a line; false: one is refused, or the line is cut off. */
static bool send_all(osp_ctx *ctx, char *line)
{
    char *save = NULL;
    for (char *name = strtok_r(line, " \n", &save); name != NULL;
         name = strtok_r(NULL, " \n", &save)) {
        char *data = strtok_r(NULL, " \n", &save), *id = strtok_r(NULL, " \n", &save);
        const char *retry = strtok_r(NULL, " \n", &save);
        if (retry == NULL || osp_sse_send(ctx, .event = unhex(name), .data = unhex(data),
                                          .id = unhex(id), .retry_ms = atoll(retry)) != OSP_OK) {
            return false;
        }
    }
    return true;
}

int main(void)
{
    static char line[LINE_SIZE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        osp_arena arena;
        osp_ctx ctx;
        osp_stream out = { .length = 0 };
        osp_arena_init(&arena, NULL, 0, 1 << 20);
        osp_ctx_init(&ctx, &app, &arena);
        ctx.request.method = OSP_METHOD_GET;
        osp_flow *flow = osp_ctx_flow(&ctx);
        if (flow == NULL) {
            return 2;
        }
        flow->out = &out;
        if (send_all(&ctx, line)) {
            for (size_t i = 0; i < ctx.response.bytes.len; i++) {
                printf("%02x", (unsigned char)ctx.response.bytes.ptr[i]);
            }
            putchar('\n');
        } else {
            puts("refused");
        }
        osp_arena_done(&arena);
    }
    return 0;
}
