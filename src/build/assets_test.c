#include "build/assets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "wire/date.h"

static osp_arena arena;
static osp_error err;
static osp_assets assets;
static osp_kit_list paths;
static char root[] = "/tmp/osp-assets-XXXXXX";

static void begin(void)
{
    osp_arena_init(&arena, NULL, 0, (size_t)64 << 20);
    OSP_CHECK(mkdtemp(root) != NULL);
}

static const char *full_path(const char *path)
{
    return osp_kit_format(&arena, "%s/%s", root, path);
}

static void file(const char *path, const char *text)
{
    char *full = osp_kit_format(&arena, "%s/%s", root, path);
    char *slash = strrchr(full, '/');
    *slash = '\0';
    OSP_CHECK(osp_kit_mkdir(&arena, full, &err) == OSP_OK);
    *slash = '/';
    OSP_CHECK(osp_kit_write(&arena, full, osp_str_from(text), &err) == OSP_OK);
    osp_kit_push(&arena, &paths, path);
}

static osp_status run(void)
{
    return osp_assets_read(&arena, root, &paths, &assets, &err);
}

static const osp_asset *asset_of(const char *path)
{
    for (size_t i = 0; i < assets.files.count; i++) {
        if (strcmp(assets.files.items[i], path) == 0) {
            return assets.assets.items[i];
        }
    }
    return NULL;
}

static void end(void)
{
    const char *const argv[] = { "rm", "-rf", "--", root, NULL };
    osp_arena_done(&arena);
    (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
    OSP_CHECK(!"rm cannot be run");
}

OSP_UNIT_TEST(assets_forms, "compressed forms belong to their file, the smallest first")
{
    begin();
    file("public/b.js", "0123456789");
    file("public/b.js.gz", "0123");
    file("public/b.js.br", "012");
    file("public/b.js.zst", "0123456789"); /* not smaller */
    file("public/a.tar.gz", "x");
    OSP_CHECK(run() == OSP_OK && assets.files.count == 2 && assets.form_count == 4);
    const osp_asset *js = asset_of("public/b.js"), *tar = asset_of("public/a.tar.gz");
    OSP_CHECK(js != NULL && tar != NULL && tar->first == 0 && js->first == 1);
    OSP_CHECK(js->form_count == 3 && tar->form_count == 1);
    OSP_CHECK(js->forms[0].coding == NULL && strcmp(js->forms[1].coding, "br") == 0 &&
              strcmp(js->forms[2].coding, "gzip") == 0);
    OSP_CHECK(strcmp(js->forms[0].path, "b.js") == 0 && js->forms[0].size == 10);
    OSP_CHECK_STR(js->forms[0].etag, OSP_STR("\"84d89877f0d4041efb6bf91a16f0248f\""));
    end();
}

OSP_UNIT_TEST(assets_date, "Last-Modified is no later than SOURCE_DATE_EPOCH, nor than now")
{
    begin();
    file("public/old.txt", "x");
    file("public/new.txt", "x");
    const struct timespec old[2] = { { .tv_sec = 784111777 }, { .tv_sec = 784111777 } };
    const struct timespec late[2] = { { .tv_sec = 32503680000 }, { .tv_sec = 32503680000 } };
    OSP_CHECK(utimensat(AT_FDCWD, full_path("public/old.txt"), old, 0) == 0);
    OSP_CHECK(utimensat(AT_FDCWD, full_path("public/new.txt"), late, 0) == 0);
    OSP_CHECK(setenv("SOURCE_DATE_EPOCH", "784111778", 1) == 0 && run() == OSP_OK);
    OSP_CHECK_STR(asset_of("public/old.txt")->modified, OSP_STR("Sun, 06 Nov 1994 08:49:37 GMT"));
    OSP_CHECK_STR(asset_of("public/new.txt")->modified, OSP_STR("Sun, 06 Nov 1994 08:49:38 GMT"));
    OSP_CHECK(unsetenv("SOURCE_DATE_EPOCH") == 0 && run() == OSP_OK);
    OSP_CHECK(memmem(asset_of("public/new.txt")->modified.ptr, OSP_HTTP_DATE_LEN, " 3000 ", 6) ==
              NULL);
    end();
}

static const osp_trie_leaf *leaf_of(const osp_trie *trie, const char *pattern)
{
    for (size_t i = 0; i < trie->leaves.count; i++) {
        const osp_trie_leaf *leaf = trie->leaves.items[i];
        if (strcmp(leaf->pattern, pattern) == 0) {
            return leaf;
        }
    }
    return NULL;
}

OSP_UNIT_TEST(assets_urls, "each file is a URL, and index.html that of its folder")
{
    osp_trie trie;
    begin();
    file("public/index.html", "x");
    file("public/a b/index.html", "y");
    file("public/[id].txt", "z");
    OSP_CHECK(run() == OSP_OK);
    osp_trie_init(&trie, &arena);
    OSP_CHECK(osp_trie_add(&trie, "routes/[id]/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_assets_add(&assets, &trie, &err) == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK && trie.leaves.count == 7);
    const osp_trie_leaf *docs = leaf_of(&trie, "/a b/"), *to_docs = leaf_of(&trie, "/a b");
    OSP_CHECK(docs != NULL && docs->asset == asset_of("public/a b/index.html"));
    OSP_CHECK(to_docs != NULL && strcmp(to_docs->asset->location, "./a%20b/") == 0);
    OSP_CHECK(leaf_of(&trie, "/")->asset == leaf_of(&trie, "/index.html")->asset);
    OSP_CHECK(leaf_of(&trie, "/[x+5b]id[x+5d].txt")->param_count == 0);
    end();
}

OSP_UNIT_TEST(assets_twice, "a file and a route with one URL are both named")
{
    osp_trie trie;
    begin();
    file("public/users", "x");
    OSP_CHECK(run() == OSP_OK);
    osp_trie_init(&trie, &arena);
    OSP_CHECK(osp_trie_add(&trie, "routes/(a)/users/route.c", &err) == OSP_OK);
    OSP_CHECK(osp_assets_add(&assets, &trie, &err) == OSP_E_BUILD);
    OSP_CHECK_STR(osp_str_from(err.message),
                  OSP_STR("routes/(a)/users/route.c and public/users answer the same URL, /users"));
    end();
}

static void refused(const char *word)
{
    OSP_CHECK(run() == OSP_E_BUILD);
    if (strstr(err.message, word) == NULL) {
        fprintf(stderr, "\"%s\" without \"%s\"\n", err.message, word);
    }
    OSP_CHECK(strstr(err.message, word) != NULL);
}

OSP_UNIT_TEST(assets_links, "a link that leaves public/ is refused, one within is followed")
{
    begin();
    file("public/a.txt", "x");
    OSP_CHECK(symlink("a.txt", full_path("public/b.txt")) == 0);
    osp_kit_push(&arena, &paths, "public/b.txt");
    OSP_CHECK(run() == OSP_OK && asset_of("public/b.txt")->forms[0].size == 1);
    file("secret.txt", "x");
    paths.count--;
    OSP_CHECK(symlink("../secret.txt", full_path("public/c.txt")) == 0);
    osp_kit_push(&arena, &paths, "public/c.txt");
    refused("public/c.txt is a link that leaves public/");
    end();
}
