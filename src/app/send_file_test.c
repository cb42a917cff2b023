/* Files of an application's own against requests; see asset_test.c for those of public/. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <openspeed/answer.h>
#include <openspeed/file.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/files.h"
#include "tests/unit/unit.h"

#define SYS_OPENAT2 437 /* the same on every architecture */

static char dir[] = "/tmp/osp-send-XXXXXX";
static osp_str asked, type, cache;
static bool attaches;

static osp_status send_it(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    if (cache.len > 0) {
        OSP_TRY(osp_set_header(ctx, S("Cache-Control"), cache));
    }
    if (attaches) {
        OSP_TRY(osp_attachment(ctx, asked));
    }
    return osp_send_file(ctx, type, dir, asked);
}

static const osp_route route = {
    .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = send_it, .handler_ = "send_it"
};

static struct {
    int status;
    char body[64], tag[64], range[64], cache[64], type[64], disposition[64];
} got;

static void keep(char to[64], osp_str from)
{
    OSP_CHECK(from.len < 64);
    (void)snprintf(to, 64, "%.*s", OSP_ARG(from));
}

static void take(const osp_ctx *ctx)
{
    const osp_response *response = &ctx->response;
    memset(&got, 0, sizeof got);
    got.status = response->status;
    keep(got.tag, osp_answer_header(ctx, S("ETag")));
    keep(got.range, osp_answer_header(ctx, S("Content-Range")));
    keep(got.cache, osp_answer_header(ctx, S("Cache-Control")));
    keep(got.disposition, osp_answer_header(ctx, S("Content-Disposition")));
    keep(got.type, response->media_type);
    if (response->file != NULL && osp_status_has_body(response->status)) {
        OSP_CHECK(response->file->length < sizeof got.body && response->file->users == NULL);
        OSP_CHECK(pread(response->file->fd, got.body, response->file->length,
                        (off_t)response->file->at) == (ssize_t)response->file->length);
    }
}

/* One request with a field, or none. */
static void ask(const char *name, const char *field, const char *value)
{
    static char first[8192];
    osp_arena arena;
    osp_ctx ctx;
    const osp_header_field header = { osp_str_from(field), osp_str_from(value) };
    osp_route_leaf leaf = { .pattern = "/" };
    leaf.by_method[OSP_METHOD_GET] = &route;
    const osp_route_node root = { .leaf = &leaf };
    const osp_app_def app = { .name = "test", .root = &root };
    asked = osp_str_from(name);
    osp_arena_init(&arena, first, sizeof first, 1 << 20);
    osp_ctx_init(&ctx, &app, &arena);
    ctx.request.method = OSP_METHOD_GET;
    ctx.request.target = S("/");
    ctx.request.headers = &header;
    ctx.request.header_count = field != NULL;
    ctx.request.conditional = field != NULL && strncmp(field, "If-", 3) == 0;
    osp_app_handle(&ctx);
    take(&ctx);
    osp_arena_done(&arena);
}

static void path_of(const char *name, char path[128])
{
    (void)snprintf(path, 128, "%s/%s", dir, name);
}

static void file(const char *name, const char *text, time_t age_s)
{
    char path[128];
    path_of(name, path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    OSP_CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    const struct timespec then = { .tv_sec = osp_now_us() / 1000000 - age_s };
    const struct timespec times[2] = { then, then };
    OSP_CHECK(futimens(fd, times) == 0);
    close(fd);
}

static void begin(void)
{
    char path[128];
    OSP_CHECK(mkdtemp(dir) != NULL);
    file("a.txt", "0123456789", 100);
    file("empty", "", 100);
    path_of("within", path);
    OSP_CHECK(symlink("a.txt", path) == 0);
    path_of("without", path);
    OSP_CHECK(symlink("/etc/hostname", path) == 0);
}

static void end(void)
{
    static const char *const names[] = { "a.txt", "empty", "within", "without" };
    char path[128];
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        path_of(names[i], path);
        OSP_CHECK(unlink(path) == 0);
    }
    OSP_CHECK(rmdir(dir) == 0);
}

OSP_UNIT_TEST(send_file_whole, "a file is answered with its type, tag and rules for caches")
{
    begin();
    ask("a.txt", NULL, NULL);
    OSP_CHECK(got.status == 200 && strcmp(got.body, "0123456789") == 0);
    OSP_CHECK(strcmp(got.type, "text/plain; charset=utf-8") == 0 && got.tag[0] == '"');
    OSP_CHECK(strcmp(got.cache, "no-cache") == 0 && got.disposition[0] == '\0');
    type = S("image/png");
    cache = S("private");
    attaches = true;
    ask("a.txt", NULL, NULL);
    OSP_CHECK(strcmp(got.type, "image/png") == 0 && strcmp(got.cache, "private") == 0);
    OSP_CHECK(strstr(got.disposition, "a.txt") != NULL);
    ask("empty", NULL, NULL);
    OSP_CHECK(got.status == 200 && got.body[0] == '\0');
    ask("within", NULL, NULL);
    OSP_CHECK(got.status == 200 && strcmp(got.body, "0123456789") == 0);
    end();
}

/* Names of nothing in the folder. */
static void check_absent(void)
{
    static const char *const names[] = { "nothing",     "",         ".",
                                         "..",          "../a.txt", "without",
                                         "/etc/passwd", "a.txt/",   "a.txt/../..",
                                         "x/../a.txt",  "/" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        ask(names[i], NULL, NULL);
        if (got.status != 404 || got.body[0] != '\0') {
            fprintf(stderr, "%s: %d\n", names[i], got.status);
        }
        OSP_CHECK(got.status == 404 && got.body[0] == '\0' && got.tag[0] == '\0');
    }
    char longest[5000];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    ask(longest, NULL, NULL);
    OSP_CHECK(got.status == 404);
}

OSP_UNIT_TEST(send_file_absent, "what is not in the folder is answered 404")
{
    begin();
    check_absent();
    end();
}

/* A kernel or a container without openat2; false: no filter can be installed here. */
static bool refuse_openat2(unsigned why)
{
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_OPENAT2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | why),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = { OSP_ARRAY_LEN(lines), lines };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

OSP_UNIT_TEST(send_file_steps, "nothing leads out of the folder where there is no openat2 either")
{
    static const unsigned reasons[] = { EPERM, ENOSYS };
    char path[128];
    begin();
    path_of("deep", path);
    OSP_CHECK(mkdir(path, 0700) == 0);
    path_of("out", path);
    OSP_CHECK(symlink("/etc", path) == 0);
    file("deep/b.txt", "deep", 100);
    for (size_t i = 0; i < OSP_ARRAY_LEN(reasons) && refuse_openat2(reasons[i]); i++) {
        check_absent();
        ask("out/hostname", NULL, NULL);
        OSP_CHECK(got.status == 404);
        ask("deep/../../etc/hostname", NULL, NULL);
        OSP_CHECK(got.status == 404);
        ask("a.txt", NULL, NULL);
        OSP_CHECK(got.status == 200 && strcmp(got.body, "0123456789") == 0);
        ask("./deep/b.txt", NULL, NULL);
        OSP_CHECK(got.status == 200 && strcmp(got.body, "deep") == 0);
    }
    path_of("deep/b.txt", path);
    OSP_CHECK(unlink(path) == 0);
    path_of("deep", path);
    OSP_CHECK(rmdir(path) == 0);
    path_of("out", path);
    OSP_CHECK(unlink(path) == 0);
    end();
}

OSP_UNIT_TEST(send_file_conditions, "conditions and ranges are those of any file")
{
    char tag[64];
    begin();
    ask("a.txt", "Range", "bytes=2-4");
    OSP_CHECK(got.status == 206 && strcmp(got.body, "234") == 0);
    OSP_CHECK(strcmp(got.range, "bytes 2-4/10") == 0);
    ask("a.txt", "Range", "bytes=10-");
    OSP_CHECK(got.status == 416 && strcmp(got.range, "bytes */10") == 0);
    ask("empty", "Range", "bytes=0-");
    OSP_CHECK(got.status == 416);
    ask("a.txt", NULL, NULL);
    memcpy(tag, got.tag, sizeof tag);
    ask("a.txt", "If-None-Match", tag);
    OSP_CHECK(got.status == 304 && got.body[0] == '\0');
    file("a.txt", "0123456780", 99);
    ask("a.txt", "If-None-Match", tag);
    OSP_CHECK(got.status == 200 && strcmp(got.body, "0123456780") == 0);
    ask("a.txt", "If-Match", tag);
    OSP_CHECK(got.status == 412);
    file("a.txt", "young", 0); /* it may change once more within the same time */
    ask("a.txt", NULL, NULL);
    OSP_CHECK(strncmp(got.tag, "W/\"", 3) == 0);
    end();
}

OSP_UNIT_TEST(send_file_no_folder, "a folder that is not there is a failure of the application")
{
    ask("a.txt", NULL, NULL); /* `dir` has not been made */
    OSP_CHECK(got.status == 500);
}
