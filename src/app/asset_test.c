/* Files of public/ against requests, without a server: what is not in memory is a descriptor of
 * which the test reads what a server would send. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/files.h"
#include "tests/unit/unit.h"

#define MODIFIED "Sun, 06 Nov 1994 08:49:37 GMT"
#define LARGE (OSP_FILE_SMALL_MAX + 1)

enum { SMALL_FORM, BROTLI_FORM, GZIP_FORM, LARGE_FORM, EMPTY_FORM, FORMS };

typedef struct site {
    char dir[32];
    int folder;
    char tags[FORMS][OSP_ASSET_ETAG_SIZE];
    osp_asset_form forms[FORMS];
    osp_asset assets[4]; /* small, large, empty, a redirect */
    osp_app_def app;
    osp_files *files;
    osp_service services[2];
} site;

static site the;

/* One answer. */
typedef struct answer {
    int status;
    char body[2 * LARGE];
    size_t len;
    bool from_file;
    int flags; /* of its descriptor */
    osp_ctx ctx;
} answer;

static answer got;

static void put_file(const char *name, const char *bytes, size_t size)
{
    const int fd = openat(the.folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    OSP_CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    close(fd);
}

static void add_form(size_t number, const char *name, const char *coding, const char *bytes,
                     size_t size)
{
    osp_sha256 sha;
    uint8_t digest[OSP_SHA256_SIZE];
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, (osp_str){ bytes, size });
    osp_sha256_end(&sha, digest);
    osp_asset_etag(digest, the.tags[number]);
    the.forms[number] = (osp_asset_form){ name, coding, osp_str_from(the.tags[number]), size };
    put_file(name, bytes, size);
}

static osp_asset asset_of(uint32_t first, uint32_t count)
{
    return (osp_asset){ .media_type = OSP_STR("text/plain; charset=utf-8"),
                        .modified = OSP_STR(MODIFIED),
                        .cache_control = OSP_STR("no-cache"),
                        .forms = &the.forms[first],
                        .form_count = count,
                        .first = first };
}

static void begin(void)
{
    static char large[LARGE];
    osp_error err;
    memset(large, 'l', sizeof large);
    memcpy(the.dir, "/tmp/osp-files-XXXXXX", 22);
    OSP_CHECK(mkdtemp(the.dir) != NULL);
    the.folder = open(the.dir, O_RDONLY | O_DIRECTORY);
    add_form(SMALL_FORM, "small.txt", NULL, "0123456789", 10);
    add_form(BROTLI_FORM, "small.txt.br", "br", "br", 2);
    add_form(GZIP_FORM, "small.txt.gz", "gzip", "gzip", 4);
    add_form(LARGE_FORM, "large.txt", NULL, large, sizeof large);
    add_form(EMPTY_FORM, "empty.txt", NULL, "", 0);
    the.assets[0] = asset_of(SMALL_FORM, 3);
    the.assets[1] = asset_of(LARGE_FORM, 1);
    the.assets[2] = asset_of(EMPTY_FORM, 1);
    the.assets[3] = (osp_asset){ .location = "./docs/" };
    the.app = (osp_app_def){ .name = "test", .asset_form_count = FORMS };
    OSP_CHECK(osp_files_new(&the.app, the.folder, &the.files, &err) == OSP_OK);
    the.services[0] = (osp_service){ &osp_files_key, the.files };
}

static void end(void)
{
    static const char *const names[] = { "small.txt", "small.txt.br", "small.txt.gz", "large.txt",
                                         "empty.txt" };
    osp_files_free(the.files);
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        (void)unlinkat(the.folder, names[i], 0);
    }
    close(the.folder);
    OSP_CHECK(rmdir(the.dir) == 0);
}

static void take_body(const osp_response *response)
{
    const osp_file_body *file = response->file;
    got.from_file = file != NULL;
    got.len = 0;
    if (!osp_status_has_body(response->status)) {
        return;
    }
    if (file != NULL) {
        OSP_CHECK(file->length <= sizeof got.body);
        got.len = (size_t)file->length;
        got.flags = fcntl(file->fd, F_GETFL);
        OSP_CHECK(pread(file->fd, got.body, got.len, (off_t)file->at) == (ssize_t)got.len);
    } else if (response->bytes.len > 0) {
        OSP_CHECK(response->bytes.len <= sizeof got.body);
        got.len = response->bytes.len;
        memcpy(got.body, response->bytes.ptr, got.len);
    }
}

/* Asks for a file with fields "A: b\nC: d". */
static void ask(size_t asset, osp_method method, const char *fields)
{
    static char first[8192];
    static osp_header_field headers[8];
    osp_arena arena;
    osp_route_leaf leaf = { .pattern = "/x", .asset = &the.assets[asset] };
    leaf.by_method[OSP_METHOD_GET] = &osp_route_asset__GET;
    const osp_route_node root = { .leaf = &leaf };
    the.app.root = &root;
    osp_arena_init(&arena, first, sizeof first, 1 << 20);
    osp_ctx *ctx = &got.ctx;
    osp_ctx_init(ctx, &the.app, &arena);
    ctx->task.services = the.services;
    ctx->request.method = method;
    ctx->request.target = OSP_STR("/");
    ctx->request.headers = headers;
    ctx->request.header_count = 0;
    ctx->request.conditional = strstr(fields, "If-") != NULL;
    while (*fields != '\0') {
        const size_t name = strcspn(fields, ":"), len = strcspn(fields, "\n");
        headers[ctx->request.header_count++] =
            (osp_header_field){ { fields, name }, { fields + name + 2, len - name - 2 } };
        fields += len + (fields[len] == '\n');
    }
    osp_app_handle(ctx);
    got.status = ctx->response.status;
    take_body(&ctx->response);
    osp_arena_done(&arena);
}

static osp_str header(const char *name)
{
    const osp_response *response = &got.ctx.response;
    for (uint32_t i = 0; i < response->header_count; i++) {
        if (osp_str_equal_nocase(response->headers[i].name, osp_str_from(name))) {
            return response->headers[i].value;
        }
    }
    return (osp_str){ 0 };
}

static void is(int status, const char *body)
{
    if (got.status != status) {
        fprintf(stderr, "%d, not %d\n", got.status, status);
    }
    OSP_CHECK(got.status == status);
    OSP_CHECK_STR(((osp_str){ got.body, got.len }), osp_str_from(body));
}

OSP_UNIT_TEST(asset_whole, "a file is answered with what the tables say of it")
{
    begin();
    ask(0, OSP_METHOD_GET, "");
    is(200, "0123456789");
    OSP_CHECK(!got.from_file);
    OSP_CHECK_STR(header("ETag"), osp_str_from(the.tags[SMALL_FORM]));
    OSP_CHECK_STR(header("Last-Modified"), OSP_STR(MODIFIED));
    OSP_CHECK_STR(header("Cache-Control"), OSP_STR("no-cache"));
    OSP_CHECK_STR(header("Accept-Ranges"), OSP_STR("bytes"));
    OSP_CHECK_STR(header("Vary"), OSP_STR("Accept-Encoding"));
    ask(1, OSP_METHOD_GET, "");
    OSP_CHECK(got.status == 200 && got.from_file && got.len == LARGE && got.body[LARGE - 1] == 'l');
    OSP_CHECK(header("Vary").len == 0);
    /* It stays open, and each answer would note the time. */
    OSP_CHECK((got.flags & O_NOATIME) != 0);
    ask(2, OSP_METHOD_GET, "");
    is(200, "");
    end();
}

OSP_UNIT_TEST(asset_forms, "the form that the client likes best, of equal ones the smallest")
{
    begin();
    ask(0, OSP_METHOD_GET, "Accept-Encoding: gzip, br");
    is(200, "br");
    OSP_CHECK_STR(header("Content-Encoding"), OSP_STR("br"));
    OSP_CHECK_STR(header("ETag"), osp_str_from(the.tags[BROTLI_FORM]));
    OSP_CHECK_STR(header("Vary"), OSP_STR("Accept-Encoding"));
    ask(0, OSP_METHOD_GET, "Accept-Encoding: gzip, br;q=0.9");
    is(200, "gzip");
    ask(0, OSP_METHOD_GET, "Accept-Encoding: gzip;q=0.5, identity");
    is(200, "0123456789");
    OSP_CHECK(header("Content-Encoding").len == 0);
    ask(0, OSP_METHOD_GET, "Accept-Encoding: zstd, br;q=0");
    is(200, "0123456789");
    ask(0, OSP_METHOD_GET, "Accept-Encoding: *;q=0"); /* better than nothing */
    is(200, "0123456789");
    ask(0, OSP_METHOD_GET, "Accept-Encoding: gzip\nRange: bytes=1-2");
    is(206, "zi");
    end();
}

OSP_UNIT_TEST(asset_parts, "a range is a part of the bytes, of GET alone")
{
    begin();
    ask(0, OSP_METHOD_GET, "Range: bytes=2-4");
    is(206, "234");
    OSP_CHECK_STR(header("Content-Range"), OSP_STR("bytes 2-4/10"));
    ask(1, OSP_METHOD_GET, "Range: bytes=-2");
    is(206, "ll");
    OSP_CHECK(got.from_file);
    ask(0, OSP_METHOD_GET, "Range: bytes=0-0,9-9");
    is(200, "0123456789");
    ask(0, OSP_METHOD_HEAD, "Range: bytes=2-4");
    OSP_CHECK(got.status == 200 && header("Content-Range").len == 0);
    ask(0, OSP_METHOD_GET, "Range: bytes=10-");
    OSP_CHECK(got.status == 416);
    OSP_CHECK_STR(header("Content-Range"), OSP_STR("bytes */10"));
    OSP_CHECK(header("ETag").len == 0 && header("Cache-Control").len == 0);
    ask(2, OSP_METHOD_GET, "Range: bytes=0-");
    OSP_CHECK(got.status == 416);
    end();
}

/* A field with the tag of a form. */
static const char *with_tag(const char *before, size_t form, const char *behind)
{
    static char fields[256];
    (void)snprintf(fields, sizeof fields, "%s%s%s", before, the.tags[form], behind);
    return fields;
}

OSP_UNIT_TEST(asset_conditions, "conditions come before ranges, and If-Range between them")
{
    begin();
    ask(0, OSP_METHOD_GET, with_tag("If-None-Match: ", SMALL_FORM, ""));
    is(304, "");
    OSP_CHECK(header("ETag").len > 0 && header("Vary").len > 0 && header("Cache-Control").len > 0);
    ask(0, OSP_METHOD_GET, with_tag("Accept-Encoding: br\nIf-None-Match: ", SMALL_FORM, ""));
    is(200, "br");
    ask(1, OSP_METHOD_GET, "If-Modified-Since: " MODIFIED);
    is(304, "");
    OSP_CHECK(!got.from_file);
    ask(0, OSP_METHOD_GET, "If-Match: \"other\"");
    OSP_CHECK(got.status == 412);
    ask(0, OSP_METHOD_GET, with_tag("Range: bytes=10-\nIf-None-Match: ", SMALL_FORM, ""));
    is(304, "");
    ask(0, OSP_METHOD_GET, with_tag("Range: bytes=1-1\nIf-Range: ", SMALL_FORM, ""));
    is(206, "1");
    ask(0, OSP_METHOD_GET, with_tag("Range: bytes=1-1\nIf-Range: W/", SMALL_FORM, ""));
    is(200, "0123456789");
    ask(0, OSP_METHOD_GET, with_tag("Range: bytes=1-1\nIf-Range: ", GZIP_FORM, ""));
    is(200, "0123456789");
    ask(1, OSP_METHOD_GET, "Range: bytes=1-1\nIf-Range: " MODIFIED);
    is(206, "l");
    ask(0, OSP_METHOD_GET, "Range: bytes=1-1\nIf-Range: " MODIFIED); /* it has several forms */
    is(200, "0123456789");
    end();
}

OSP_UNIT_TEST(asset_redirect, "a folder without its slash leads to the one with it")
{
    begin();
    ask(3, OSP_METHOD_GET, "");
    is(308, "");
    OSP_CHECK_STR(header("Location"), OSP_STR("./docs/"));
    end();
}

OSP_UNIT_TEST(asset_changed, "a file that is not what was built is not served")
{
    begin();
    put_file("small.txt", "0123456780", 10);
    ask(0, OSP_METHOD_GET, "");
    OSP_CHECK(got.status == 500 && strstr(got.ctx.task.error.message, "public/small.txt") != NULL);
    put_file("small.txt", "0123456789", 10); /* and then it is */
    ask(0, OSP_METHOD_GET, "");
    is(200, "0123456789");
    put_file("small.txt", "other", 5); /* of which memory knows nothing */
    ask(0, OSP_METHOD_GET, "");
    is(200, "0123456789");
    put_file("large.txt", "short", 5);
    ask(1, OSP_METHOD_GET, "");
    OSP_CHECK(got.status == 500 && !got.from_file);
    (void)unlinkat(the.folder, "empty.txt", 0);
    ask(2, OSP_METHOD_GET, "");
    OSP_CHECK(got.status == 500);
    OSP_CHECK(symlinkat("/etc/hostname", the.folder, "empty.txt") == 0);
    ask(2, OSP_METHOD_GET, "");
    OSP_CHECK(got.status == 500);
    end();
}

OSP_UNIT_TEST(asset_written, "an open file that somebody writes over is served no more")
{
    static char other[LARGE];
    begin();
    ask(1, OSP_METHOD_GET, "");
    OSP_CHECK(got.status == 200);
    put_file("large.txt", other, sizeof other);
    usleep(1100000); /* nobody looks twice within a second */
    for (int i = 0; i < 2; i++) {
        ask(1, OSP_METHOD_GET, "");
        OSP_CHECK(got.status == 500 && !got.from_file);
    }
    end();
}

OSP_UNIT_TEST(asset_unopened, "without public/ there is no answer")
{
    begin();
    the.services[0].key = NULL;
    ask(0, OSP_METHOD_GET, "");
    OSP_CHECK(got.status == 500);
    end();
}

/* Many forms of one file, which are as good as many files. */
static void begin_many(osp_asset_form *forms, uint32_t count, size_t number)
{
    osp_error err;
    begin();
    osp_files_free(the.files);
    for (uint32_t i = 0; i < count; i++) {
        forms[i] = the.forms[number];
    }
    the.app.asset_form_count = count;
    OSP_CHECK(osp_files_new(&the.app, the.folder, &the.files, &err) == OSP_OK);
    the.services[0].value = the.files;
}

/* Asks for form `i`; from_file and the length tell. */
static void ask_one_of(const osp_asset_form *forms, uint32_t i)
{
    the.assets[0].forms = &forms[i];
    the.assets[0].form_count = 1;
    the.assets[0].first = i;
    ask(0, OSP_METHOD_GET, "");
    OSP_CHECK(got.status == 200 && got.len == forms[i].size);
}

static size_t open_files(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 4096; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

OSP_UNIT_TEST(asset_open, "OSP_FILES_OPEN_MAX files stay open, and one more makes room")
{
    static osp_asset_form forms[OSP_FILES_OPEN_MAX + 2];
    const uint32_t count = OSP_ARRAY_LEN(forms);
    begin_many(forms, count, LARGE_FORM);
    const size_t before = open_files();
    for (uint32_t i = 0; i < OSP_FILES_OPEN_MAX; i++) {
        ask_one_of(forms, i);
        OSP_CHECK(got.from_file && open_files() == before + i + 1);
    }
    for (uint32_t i = 0; i < 2 * count; i++) {
        ask_one_of(forms, i % count);
        OSP_CHECK(open_files() == before + OSP_FILES_OPEN_MAX);
    }
    end();
}

OSP_UNIT_TEST(asset_in_use, "when all that are open are in use, an answer has a file of its own")
{
    static osp_asset_form forms[OSP_FILES_OPEN_MAX + 1];
    static char first[1 << 16];
    osp_arena arena;
    osp_ctx ctx;
    begin_many(forms, OSP_ARRAY_LEN(forms), LARGE_FORM);
    const size_t before = open_files();
    osp_arena_init(&arena, first, sizeof first, 1 << 20);
    osp_ctx_init(&ctx, &the.app, &arena);
    const osp_byte_range part = { 0, 1 };
    for (uint32_t i = 0; i < OSP_ARRAY_LEN(forms); i++) {
        const osp_asset asset = { .forms = &forms[i], .form_count = 1, .first = i };
        OSP_CHECK(osp_files_answer(the.files, &ctx, &asset, 0, part) == OSP_OK);
        OSP_CHECK((ctx.response.file->users == NULL) == (i == OSP_FILES_OPEN_MAX));
    }
    OSP_CHECK(open_files() == before + OSP_FILES_OPEN_MAX + 1);
    osp_arena_done(&arena);
    OSP_CHECK(open_files() == before + OSP_FILES_OPEN_MAX);
    end();
}

OSP_UNIT_TEST(asset_memory, "small files beyond OSP_FILES_MEMORY_MAX are sent from their files")
{
    static osp_asset_form forms[2 * OSP_FILES_MEMORY_MAX / OSP_FILE_SMALL_MAX];
    static char bytes[OSP_FILE_SMALL_MAX];
    size_t kept = 0;
    begin();
    add_form(SMALL_FORM, "small.txt", NULL, bytes, sizeof bytes);
    const osp_asset_form form = the.forms[SMALL_FORM];
    end();
    begin_many(forms, OSP_ARRAY_LEN(forms), SMALL_FORM);
    add_form(SMALL_FORM, "small.txt", NULL, bytes, sizeof bytes);
    for (uint32_t i = 0; i < OSP_ARRAY_LEN(forms); i++) {
        forms[i] = form;
        ask_one_of(forms, i);
        kept += !got.from_file;
    }
    OSP_CHECK(kept > OSP_ARRAY_LEN(forms) / 4 && kept <= OSP_ARRAY_LEN(forms) / 2 + 1);
    end();
}
