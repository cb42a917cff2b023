#include "build/scan.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "build/strays.h"
#include "tests/unit/unit.h"

/* Every test builds a folder of its own and removes it; all run in their own process. */
static osp_arena arena;
static osp_error err;
static osp_scan scan;
static char root[] = "/tmp/osp-scan-XXXXXX";

static void begin(void)
{
    osp_arena_init(&arena, NULL, 0, (size_t)64 << 20);
    OSP_CHECK(mkdtemp(root) != NULL);
}

static void file(const char *path)
{
    char *full = osp_kit_format(&arena, "%s/%s", root, path);
    char *slash = strrchr(full, '/');
    *slash = '\0';
    OSP_CHECK(osp_kit_mkdir(&arena, full, &err) == OSP_OK);
    *slash = '/';
    OSP_CHECK(osp_kit_write(&arena, full, OSP_STR("x"), &err) == OSP_OK);
}

static osp_status run(void)
{
    memset(&err, 0, sizeof(err));
    return osp_scan_app(&arena, root, &scan, &err);
}

static void refused(const char *word)
{
    const osp_status status = run();
    if (status != OSP_E_BUILD || strstr(err.message, word) == NULL) {
        fprintf(stderr, "status %d, \"%s\" without \"%s\"\n", status, err.message, word);
    }
    OSP_CHECK(status == OSP_E_BUILD && strstr(err.message, word) != NULL);
}

/* Removes what the test made; its folders have no other content. */
static void end(void)
{
    const char *const argv[] = { "rm", "-rf", "--", root, NULL };
    osp_arena_done(&arena);
    (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
    OSP_CHECK(!"rm cannot be run");
}

OSP_UNIT_TEST(scan_sorted, "routes, helpers and migrations are listed in the order of their names")
{
    begin();
    file("routes/b/route.c");
    file("routes/a/route.c");
    file("routes/a/types.h");
    file("routes/.hidden/x.c");
    file("routes/.well-known/change-password/route.c");
    file("lib/deep/y.c");
    file("lib/x.c");
    file("lib/x.h");
    file("migrations/0002_b.sql");
    file("migrations/0001_a.sql");
    file("migrations/README");
    file("migrations/old/0.sql");
    OSP_CHECK(run() == OSP_OK);
    OSP_CHECK(scan.routes.count == 3 && scan.helpers.count == 2 && scan.migrations.count == 2);
    OSP_CHECK(strcmp(scan.routes.items[0], "routes/.well-known/change-password/route.c") == 0);
    OSP_CHECK(strcmp(scan.routes.items[1], "routes/a/route.c") == 0);
    OSP_CHECK(strcmp(scan.helpers.items[0], "lib/deep/y.c") == 0);
    OSP_CHECK(strcmp(scan.migrations.items[0], "migrations/0001_a.sql") == 0);
    end();
}

OSP_UNIT_TEST(scan_private, "a folder below routes/ that begins with _ is not looked into")
{
    begin();
    file("routes/route.c");
    file("routes/_drafts/route.c");
    file("routes/users/_old/a b/users.c");
    file("routes/users/_old/Route.c");
    file("lib/_text/trim.c");
    OSP_CHECK(run() == OSP_OK);
    OSP_CHECK(scan.routes.count == 1 && scan.helpers.count == 1);
    OSP_CHECK(strcmp(scan.helpers.items[0], "lib/_text/trim.c") == 0);
    file("routes/_stray.c"); /* a file, not a folder */
    refused("routes/_stray.c");
    end();
}

OSP_UNIT_TEST(scan_tests, "tests stand beside what they test and in tests/, with their helpers")
{
    begin();
    file("routes/route.c");
    file("routes/a/route_test.c");
    file("lib/x.c");
    file("lib/x_test.c");
    file("tests/deep/all_test.c");
    file("tests/support.c");
    file("tests/support.h");
    OSP_CHECK(run() == OSP_OK);
    OSP_CHECK(scan.routes.count == 1 && scan.helpers.count == 1);
    OSP_CHECK(scan.tests.count == 3 && scan.test_helpers.count == 1);
    OSP_CHECK(strcmp(scan.tests.items[0], "routes/a/route_test.c") == 0);
    OSP_CHECK(strcmp(scan.tests.items[2], "tests/deep/all_test.c") == 0);
    OSP_CHECK(strcmp(scan.test_helpers.items[0], "tests/support.c") == 0);
    file("routes/a/routetest.c");
    refused("names of tests end in _test.c");
    end();
}

OSP_UNIT_TEST(scan_nothing, "a folder without routes/ or without a route.c is no application")
{
    begin();
    refused("routes/");
    file("routes/a/readme.txt");
    refused("route.c");
    end();
}

OSP_UNIT_TEST(scan_stray_source, "a C file below routes/ that is not route.c is refused")
{
    begin();
    file("routes/route.c");
    file("routes/users/users.c");
    refused("routes/users/users.c");
    end();
}

OSP_UNIT_TEST(scan_misspelt_route, "Route.c is refused, not ignored")
{
    begin();
    file("routes/Route.c");
    refused("routes/Route.c");
    end();
}

OSP_UNIT_TEST(scan_bad_name, "a folder that cannot be a URL segment is refused")
{
    begin();
    file("routes/a b/readme");
    refused("routes/a b");
    end();
}

OSP_UNIT_TEST(scan_migration_order, "migrations are listed in the order of their numbers")
{
    begin();
    file("routes/route.c");
    file("migrations/10_c.sql");
    file("migrations/0002_b.sql");
    file("migrations/1_a.sql");
    file("migrations/20240101120000_d.sql");
    OSP_CHECK(run() == OSP_OK && scan.migrations.count == 4);
    OSP_CHECK(strcmp(scan.migrations.items[0], "migrations/1_a.sql") == 0);
    OSP_CHECK(strcmp(scan.migrations.items[1], "migrations/0002_b.sql") == 0);
    OSP_CHECK(strcmp(scan.migrations.items[2], "migrations/10_c.sql") == 0);
    OSP_CHECK(strcmp(scan.migrations.items[3], "migrations/20240101120000_d.sql") == 0);
    end();
}

OSP_UNIT_TEST(scan_migration_names,
              "a migration without a number is refused with the form expected")
{
    static const char *const bad[] = { "migrations/start.sql",
                                       "migrations/0001.sql",
                                       "migrations/0001-a.sql",
                                       "migrations/_a.sql",
                                       "migrations/0001_a.SQL",
                                       "migrations/-1_a.sql",
                                       "migrations/99999999999999999999_a.sql" };
    begin();
    file("routes/route.c");
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        file(bad[i]);
        refused(bad[i]);
        OSP_CHECK(strstr(err.message, "migrations/0001_start.sql") != NULL);
        OSP_CHECK(unlink(osp_kit_format(&arena, "%s/%s", root, bad[i])) == 0);
    }
    OSP_CHECK(run() == OSP_OK);
    end();
}

OSP_UNIT_TEST(scan_migration_twins, "two migrations of one number are refused and both named")
{
    begin();
    file("routes/route.c");
    file("migrations/0001_a.sql");
    file("migrations/2_b.sql");
    file("migrations/02_c.sql");
    refused("migrations/02_c.sql and migrations/2_b.sql have one number");
    end();
}

OSP_UNIT_TEST(scan_folders, "a file that was away for a moment shows in the time of its folder")
{
    begin();
    file("routes/a/route.c");
    OSP_CHECK(run() == OSP_OK && scan.folders.count == 2);
    const char *before = scan.folders.items[1];
    OSP_CHECK(run() == OSP_OK && strcmp(before, scan.folders.items[1]) == 0);
    const struct timespec tick = { 0, 20 * 1000 * 1000 };
    (void)nanosleep(&tick, NULL);
    const char *name = osp_kit_format(&arena, "%s/routes/a/route.c", root);
    const char *away = osp_kit_format(&arena, "%s/routes/a/away", root);
    OSP_CHECK(rename(name, away) == 0 && rename(away, name) == 0);
    OSP_CHECK(run() == OSP_OK && scan.folders.count == 2);
    OSP_CHECK(strcmp(before, scan.folders.items[1]) != 0);
    end();
}

OSP_UNIT_TEST(scan_no_app, "a file, and a folder without routes, are told what an application is")
{
    begin();
    file("README");
    refused("it has no routes/ folder");
    const char *path = osp_kit_format(&arena, "%s/README", root);
    OSP_CHECK(osp_scan_app(&arena, path, &scan, &err) == OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "README is a file; the folder of an application is expected"));
    end();
}

OSP_UNIT_TEST(scan_case_twins, "names that differ only by case are refused and both named")
{
    begin();
    file("routes/Users/route.c");
    file("routes/Userz/route.c");
    file("routes/users/route.c");
    refused("routes/Users");
    OSP_CHECK(strstr(err.message, "routes/users") != NULL);
    end();
}

OSP_UNIT_TEST(scan_links, "a link inside the folder is followed and one that leaves it is refused")
{
    begin();
    file("routes/a/route.c");
    OSP_CHECK(symlink("a", osp_kit_format(&arena, "%s/routes/b", root)) == 0);
    OSP_CHECK(run() == OSP_OK && scan.routes.count == 2);
    OSP_CHECK(symlink("/usr", osp_kit_format(&arena, "%s/routes/c", root)) == 0);
    refused("routes/c");
    end();
}

OSP_UNIT_TEST(scan_link_sibling,
              "a link to a folder whose name begins like the application's is refused")
{
    begin();
    file("routes/a/route.c");
    const char *sibling = osp_kit_format(&arena, "%s-other", root);
    OSP_CHECK(mkdir(sibling, 0755) == 0);
    OSP_CHECK(symlink(sibling, osp_kit_format(&arena, "%s/lib", root)) == 0);
    refused("lib");
    OSP_CHECK(rmdir(sibling) == 0);
    end();
}

OSP_UNIT_TEST(scan_link_loop, "a link to a folder above it ends at the depth limit")
{
    begin();
    file("routes/route.c");
    OSP_CHECK(symlink(".", osp_kit_format(&arena, "%s/routes/loop", root)) == 0);
    refused("32");
    end();
}

OSP_UNIT_TEST(scan_depth, "32 folders deep is read and 33 is refused")
{
    begin();
    const char *path = "routes";
    for (int i = 0; i < OSP_SCAN_DEPTH_MAX; i++) {
        path = osp_kit_format(&arena, "%s/d", path);
    }
    file(osp_kit_format(&arena, "%s/route.c", path));
    OSP_CHECK(run() == OSP_OK && scan.routes.count == 1);
    file(osp_kit_format(&arena, "%s/d/route.c", path));
    refused("32");
    end();
}

OSP_UNIT_TEST(scan_entries, "16384 entries in a folder are read and one more is refused")
{
    begin();
    file("routes/route.c");
    file("routes/f1");
    const char *first = osp_kit_format(&arena, "%s/routes/f1", root);
    for (int i = 2; i < OSP_SCAN_ENTRIES_MAX; i++) { /* one file; to make thousands takes seconds */
        OSP_CHECK(link(first, osp_kit_format(&arena, "%s/routes/f%d", root, i)) == 0);
    }
    OSP_CHECK(run() == OSP_OK);
    file("routes/one-more");
    refused("16384");
    end();
}

OSP_UNIT_TEST(scan_all_findings, "all bad names are told of in one run, the first one as the error")
{
    begin();
    file("routes/a b/route.c");
    file("routes/b/user.c");
    file("routes/c*d/e f/route.c");
    file("migrations/x.sql");
    refused("routes/a b: not a segment");
    OSP_CHECK(scan.findings.count == 3);
    OSP_CHECK(strstr(scan.findings.items[0], "routes/b/user.c: below routes/") != NULL);
    OSP_CHECK(strstr(scan.findings.items[1], "routes/c*d: not a segment") != NULL);
    OSP_CHECK(strstr(scan.findings.items[2], "migrations/x.sql: a migration is called") != NULL);
    for (int i = 0; i < OSP_SCAN_FINDINGS_MAX + 5; i++) {
        file(osp_kit_format(&arena, "routes/b/%d.c", i));
    }
    refused("routes/a b: not a segment");
    OSP_CHECK(scan.findings.count == OSP_SCAN_FINDINGS_MAX - 1);
    end();
}

OSP_UNIT_TEST(scan_odd_files, "a route.c, helper or migration that is no regular file is refused")
{
    static const char *const paths[] = { "routes/a/route.c", "lib/x.c", "lib/y.h",
                                         "migrations/0001_a.sql" };
    begin();
    file("routes/route.c");
    file("routes/a/x.h");
    file("lib/z.c");
    file("migrations/0002_a.sql");
    OSP_CHECK(mkfifo(osp_kit_format(&arena, "%s/routes/pipe", root), 0600) == 0);
    OSP_CHECK(run() == OSP_OK);
    for (size_t i = 0; i < OSP_ARRAY_LEN(paths); i++) {
        const char *full = osp_kit_format(&arena, "%s/%s", root, paths[i]);
        OSP_CHECK(mkfifo(full, 0600) == 0);
        refused(osp_kit_format(&arena, "%s is neither a file nor a folder", paths[i]));
        OSP_CHECK(unlink(full) == 0);
    }
    end();
}

OSP_UNIT_TEST(scan_strays, "pages elsewhere are found so deep, so many of them, and no others")
{
    begin();
    char deep[256] = "pages";
    osp_kit_list found;
    for (int i = 1; i < OSP_STRAYS_DEPTH_MAX; i++) {
        strcat(deep, "/a");
    }
    file(osp_kit_format(&arena, "%s/a/page.html", deep));
    file("lib/page.html");
    file("pages/_card.html");
    osp_strays_find(&arena, root, &found);
    OSP_CHECK(found.count == 0);
    file(osp_kit_format(&arena, "%s/page.html", deep));
    osp_strays_find(&arena, root, &found);
    OSP_CHECK(found.count == 1 && strstr(found.items[0], "/a/page.html") != NULL);
    for (char name = 'b'; name < 'b' + OSP_STRAYS_MAX; name++) {
        file(osp_kit_format(&arena, "views/%c/page.html", name));
    }
    osp_strays_find(&arena, root, &found);
    OSP_CHECK(found.count == OSP_STRAYS_MAX);
    end();
}
