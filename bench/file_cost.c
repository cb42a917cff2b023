/* What one request for a file of public/ costs in instructions, from bytes to bytes, without
 * sockets.
 *
 *     file_cost SCENARIO COUNT      SCENARIO: small (1 KB from memory), forms (one of three, by
 *                                   Accept-Encoding), same (a 304), part (of a large one: a head)
 *
 * The files are made in a folder that goes at the end.  See request_cost.c. */
#include <fcntl.h>
#include <openspeed/openspeed.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/files.h"

#define SMALL 1024
#define LARGE 102400
#define HEAD(more)                                                                                 \
    "GET /file.txt HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n" more "\r\n"

typedef struct scenario {
    const char *name, *request;
    int status;
    uint32_t first, count; /* of the forms */
} scenario;

enum { SMALL_FORM, BROTLI_FORM, GZIP_FORM, LARGE_FORM, FORMS };

static const char *const names[FORMS] = { "small", "small.br", "small.gz", "large" };
static const char *const codings[FORMS] = { NULL, "br", "gzip", NULL };
static const size_t sizes[FORMS] = { SMALL, 100, 200, LARGE };

static const scenario scenarios[] = {
    { "small", HEAD(""), 200, SMALL_FORM, 1 },
    { "forms", HEAD("Accept-Encoding: gzip, deflate, br, zstd\r\n"), 200, SMALL_FORM, 3 },
    { "same", HEAD("If-None-Match: *\r\n"), 304, SMALL_FORM, 1 },
    { "part", HEAD("Range: bytes=1000-99999\r\n"), 206, LARGE_FORM, 1 },
};

static osp_asset_form forms[FORMS];
static char etags[FORMS][OSP_ASSET_ETAG_SIZE];

static void make_file(int folder, size_t number)
{
    static char bytes[LARGE];
    osp_sha256 sha;
    uint8_t digest[OSP_SHA256_SIZE];
    memset(bytes, 'x', sizes[number]);
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, (osp_str){ bytes, sizes[number] });
    osp_sha256_end(&sha, digest);
    osp_asset_etag(digest, etags[number]);
    forms[number] = (osp_asset_form){ names[number], codings[number], osp_str_from(etags[number]),
                                      sizes[number] };
    const int fd = openat(folder, names[number], O_WRONLY | O_CREAT, 0600);
    if (fd < 0 || write(fd, bytes, sizes[number]) != (ssize_t)sizes[number]) {
        abort();
    }
    close(fd);
}

static void answer(const osp_app_def *app, const scenario *what, const osp_service *services,
                   osp_arena *arena, osp_buf *out)
{
    static osp_h1_head head;
    static osp_ctx ctx;
    const osp_str bytes = osp_str_from(what->request);
    if (osp_h1_parse_head(bytes, 0, &osp_h1_limits_default, &head) != OSP_OK) {
        abort();
    }
    osp_ctx_init(&ctx, app, arena);
    ctx.task.services = services;
    osp_request_take_head(&ctx.request, &head);
    osp_app_handle(&ctx);
    out->len = 0;
    const osp_reply_options options = { .date_line = "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n" };
    if (ctx.response.status != what->status) {
        abort();
    }
    if (ctx.response.file != NULL) {
        (void)osp_reply_begin_h1(&ctx.response, &options, ctx.response.file->length, false, out);
    } else if (osp_reply_write_h1(&ctx.response, &options, out) != OSP_OK) {
        abort();
    }
    osp_arena_reset(arena);
}

static void run(const scenario *what, int folder, long count)
{
    const osp_asset asset = { .media_type = OSP_STR("text/plain; charset=utf-8"),
                              .modified = OSP_STR("Sun, 06 Nov 1994 08:49:37 GMT"),
                              .cache_control = OSP_STR("no-cache"),
                              .forms = &forms[what->first],
                              .form_count = what->count,
                              .first = what->first };
    osp_route_leaf leaf = { .pattern = "/file.txt", .asset = &asset };
    leaf.by_method[OSP_METHOD_GET] = &osp_route_asset__GET;
    const osp_route_node end = { .leaf = &leaf, .kind = OSP_NODE_STATIC_ONLY };
    const osp_route_edge edge = { "file.txt", 8, &end };
    const osp_route_node root = { .edges = &edge, .kind = OSP_NODE_STATIC_ONLY };
    const osp_app_def app = { .name = "cost", .root = &root, .asset_form_count = FORMS };
    static char first[8192], storage[16384];
    osp_files *files;
    osp_arena arena;
    osp_buf out;
    osp_error err;
    if (osp_files_new(&app, folder, &files, &err) != OSP_OK) {
        abort();
    }
    const osp_service services[] = { { &osp_files_key, files }, { NULL, NULL } };
    osp_arena_init(&arena, first, sizeof first, 1 << 20);
    osp_buf_init(&out, storage, sizeof storage, sizeof storage);
    for (; count > 0; count--) {
        answer(&app, what, services, &arena, &out);
    }
    osp_files_free(files);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 3 && i < OSP_ARRAY_LEN(scenarios); i++) {
        if (strcmp(scenarios[i].name, argv[1]) != 0) {
            continue;
        }
        char dir[] = "/tmp/osp-cost-XXXXXX";
        const int folder = mkdtemp(dir) != NULL ? open(dir, O_RDONLY | O_DIRECTORY) : -1;
        if (folder < 0) {
            abort();
        }
        for (size_t n = 0; n < FORMS; n++) {
            make_file(folder, n);
        }
        run(&scenarios[i], folder, strtol(argv[2], NULL, 10));
        for (size_t n = 0; n < FORMS; n++) {
            (void)unlinkat(folder, names[n], 0);
        }
        close(folder);
        return rmdir(dir);
    }
    fprintf(stderr, "usage: file_cost small|forms|same|part COUNT\n");
    return 2;
}
