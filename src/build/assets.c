/* What the build knows of the files of public/.
 *
 *     public/app.js, app.js.br, app.js.gz  -->  /app.js          one asset, up to three forms
 *     public/backup.tar.gz                 -->  /backup.tar.gz   there is no backup.tar
 *     public/docs/index.html               -->  /docs/, /docs/index.html; /docs leads to /docs/
 *
 * Each file is read once, for its hash: the ETag is the content's, whenever and wherever it was
 * built.  Last-Modified is what the file system says, no later than the build itself, and no later
 * than $SOURCE_DATE_EPOCH: with that two builds of one source are the same bytes.
 *
 * A compressed form that is not smaller is of no use, and left out. */
#include "build/assets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/files.h"
#include "http/media.h"
#include "wire/date.h"
#include "wire/uri.h"

#define FOLDER "public/"
#define READ_SIZE 65536
#define INDEX "index.html"

typedef struct reader {
    osp_arena *arena;
    int folder;
    int64_t newest_s; /* no file is said to be newer */
    const char **sorted;
    size_t count;
    char *room; /* READ_SIZE */
    osp_error *err;
} reader;

static const char *below(const char *path)
{
    return path + strlen(FOLDER);
}

/* The hash and the size of what is read. */
static osp_status hash(const reader *r, const char *path, int fd, osp_asset_form *form)
{
    osp_sha256 sha;
    uint8_t digest[OSP_SHA256_SIZE];
    char *etag = osp_kit_alloc(r->arena, OSP_ASSET_ETAG_SIZE);
    ssize_t size;
    osp_sha256_init(&sha);
    form->size = 0;
    while ((size = read(fd, r->room, READ_SIZE)) != 0) {
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return osp_error_set(r->err, OSP_E_BUILD, "%s: %s", path, strerror(errno));
        }
        osp_sha256_add(&sha, (osp_str){ r->room, (size_t)size });
        form->size += (uint64_t)size;
    }
    osp_sha256_end(&sha, digest);
    osp_asset_etag(digest, etag);
    form->etag = osp_str_from(etag);
    return OSP_OK;
}

static osp_status read_form(const reader *r, const char *path, const char *coding,
                            osp_asset_form *form, int64_t *ret_modified_s)
{
    struct stat about;
    const int fd = osp_file_open_below(r->folder, below(path));
    if (fd < 0 || fstat(fd, &about) != 0) {
        const int why = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        return osp_error_set(r->err, OSP_E_BUILD, "%s%s", path,
                             why == EXDEV ? " is a link that leaves public/"
                                          : osp_kit_format(r->arena, ": %s", strerror(why)));
    }
    *form = (osp_asset_form){ .path = below(path), .coding = coding };
    const osp_status status = hash(r, path, fd, form);
    (void)close(fd);
    *ret_modified_s = about.st_mtim.tv_sec < r->newest_s ? about.st_mtim.tv_sec : r->newest_s;
    return status;
}

static const char *find(const reader *r, const char *path)
{
    const char **at = bsearch(&path, r->sorted, r->count, sizeof(*r->sorted), osp_kit_by_bytes);
    return at != NULL ? *at : NULL;
}

/* Whether a file is the compressed form of another. */
static bool is_form(const reader *r, const char *path)
{
    size_t len = 0;
    return osp_media_coding(path, &len) != NULL &&
           find(r, osp_kit_format(r->arena, "%.*s", (int)len, path)) != NULL;
}

/* Adds a form behind the first, in the order of sizes. */
static void add_form(osp_asset_form *forms, uint32_t *count, osp_asset_form form)
{
    uint32_t place = *count;
    if (form.size >= forms[0].size) {
        return;
    }
    for (; place > 1 && forms[place - 1].size > form.size; place--) {
        forms[place] = forms[place - 1];
    }
    forms[place] = form;
    (*count)++;
}

static osp_str http_date(osp_arena *arena, int64_t unix_s)
{
    char *text = osp_kit_alloc(arena, OSP_HTTP_DATE_LEN);
    osp_http_date_write(unix_s, text);
    return (osp_str){ text, OSP_HTTP_DATE_LEN };
}

static osp_status read_asset(const reader *r, const char *path, osp_asset *asset)
{
    static const char *const ends[] = { ".br", ".gz", ".zst" };
    osp_asset_form *forms = osp_kit_alloc(r->arena, (1 + OSP_ARRAY_LEN(ends)) * sizeof(*forms));
    int64_t modified_s = 0, ignored_s = 0;
    OSP_TRY(read_form(r, path, NULL, &forms[0], &modified_s));
    asset->form_count = 1;
    for (size_t i = 0; i < OSP_ARRAY_LEN(ends) && !is_form(r, path); i++) {
        osp_asset_form form;
        size_t len;
        const char *other = find(r, osp_kit_format(r->arena, "%s%s", path, ends[i]));
        if (other != NULL) {
            OSP_TRY(read_form(r, other, osp_media_coding(other, &len), &form, &ignored_s));
            add_form(forms, &asset->form_count, form);
        }
    }
    asset->forms = forms;
    asset->media_type = osp_str_from(osp_media_type(path));
    asset->modified = http_date(r->arena, modified_s);
    asset->cache_control = osp_media_is_immutable(below(path))
                               ? OSP_STR("public, max-age=31536000, immutable")
                               : OSP_STR("no-cache");
    return OSP_OK;
}

static osp_status read_all(reader *r, osp_assets *assets)
{
    for (size_t i = 0; i < r->count; i++) {
        const char *path = r->sorted[i];
        if (is_form(r, path)) {
            continue;
        }
        osp_asset *asset = osp_kit_alloc(r->arena, sizeof(*asset));
        OSP_TRY(read_asset(r, path, asset));
        asset->first = assets->form_count;
        assets->form_count += asset->form_count;
        osp_kit_push(r->arena, &assets->files, path);
        osp_kit_push(r->arena, &assets->assets, asset);
    }
    return OSP_OK;
}

/* Seconds since 1970 that no file is newer than. */
static int64_t newest_s(void)
{
    const char *said = getenv("SOURCE_DATE_EPOCH");
    const int64_t now_s = osp_now_us() / 1000000;
    int64_t epoch_s = 0;
    return said != NULL && osp_str_to_int(osp_str_from(said), &epoch_s) == OSP_OK && epoch_s < now_s
               ? epoch_s
               : now_s;
}

osp_status osp_assets_read(osp_arena *arena, const char *dir, const osp_kit_list *paths,
                           osp_assets *ret_assets, osp_error *err)
{
    *ret_assets = (osp_assets){ .form_count = 0 };
    if (paths->count == 0) {
        return OSP_OK;
    }
    reader r = { .arena = arena,
                 .folder = open(osp_kit_format(arena, "%s/public", dir),
                                O_PATH | O_DIRECTORY | O_CLOEXEC),
                 .newest_s = newest_s(),
                 .sorted = osp_kit_alloc(arena, paths->count * sizeof(*r.sorted)),
                 .count = paths->count,
                 .room = osp_kit_alloc(arena, READ_SIZE),
                 .err = err };
    if (r.folder < 0) {
        return osp_error_set(err, OSP_E_BUILD, "public: %s", strerror(errno));
    }
    memcpy(r.sorted, paths->items, paths->count * sizeof(*r.sorted));
    qsort(r.sorted, r.count, sizeof(*r.sorted), osp_kit_by_bytes);
    const osp_status status = read_all(&r, ret_assets);
    (void)close(r.folder);
    return status;
}

/* ---------------------------------------------------------------- URLs */

static osp_status add(osp_trie *trie, const char *url, const char *file, const osp_asset *asset,
                      osp_error *err)
{
    OSP_TRY(osp_trie_add_literal(trie, osp_str_from(url), file, err));
    osp_trie_leaf *leaf = (osp_trie_leaf *)(uintptr_t)trie->leaves.items[trie->leaves.count - 1];
    leaf->unit = "asset";
    leaf->methods = 1u << OSP_METHOD_GET;
    leaf->asset = asset;
    return OSP_OK;
}

/* The URL of a folder, and below the root one that leads there.  Relative, for the application may
 * be below another path of its client's. */
static osp_status add_index(osp_trie *trie, const char *url, const char *file,
                            const osp_asset *asset, osp_error *err)
{
    const size_t len = strlen(url) - strlen(INDEX);
    const char *folder = osp_kit_format(trie->arena, "%.*s", (int)len, url);
    OSP_TRY(add(trie, folder, file, asset, err));
    if (len == 1) {
        return OSP_OK;
    }
    const char *without = osp_kit_format(trie->arena, "%.*s", (int)len - 1, url);
    osp_asset *redirect = osp_kit_alloc(trie->arena, sizeof(*redirect));
    osp_buf to;
    osp_buf_init(&to, NULL, 0, 3 * len + 8);
    osp_buf_str(&to, OSP_STR("./"));
    for (const char *at = strrchr(without, '/') + 1; *at != '\0'; at++) {
        if (osp_uri_is_unreserved(*at)) {
            osp_buf_byte(&to, *at);
        } else {
            osp_percent_put(&to, *at);
        }
    }
    redirect->location = osp_kit_format(trie->arena, "%.*s/", (int)to.len, to.ptr);
    osp_buf_done(&to);
    return add(trie, without, file, redirect, err);
}

osp_status osp_assets_add(const osp_assets *assets, osp_trie *trie, osp_error *err)
{
    for (size_t i = 0; i < assets->files.count; i++) {
        const char *file = assets->files.items[i], *url = file + strlen(FOLDER) - 1;
        const osp_asset *asset = assets->assets.items[i];
        OSP_TRY(add(trie, url, file, asset, err));
        if (strcmp(strrchr(url, '/') + 1, INDEX) == 0) {
            OSP_TRY(add_index(trie, url, file, asset, err));
        }
    }
    return OSP_OK;
}
