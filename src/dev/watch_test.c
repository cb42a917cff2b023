#include "dev/watch.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char folder[64];

static void enter_folder(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/openspeed-watch-XXXXXX");
    OSP_CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
    OSP_CHECK(mkdir("routes", 0755) == 0 && mkdir("routes/a", 0755) == 0);
}

static void leave_folder(void)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    OSP_CHECK(chdir("/") == 0 && system(command) == 0);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    OSP_CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static osp_changes read_all(osp_watcher *watcher)
{
    osp_changes changes = { 0 };
    struct pollfd look = { .fd = osp_watcher_fd(watcher), .events = POLLIN };
    if (look.fd >= 0) {
        OSP_CHECK(poll(&look, 1, 10000) == 1); /* what was done is there already */
    }
    osp_watcher_read(watcher, &changes);
    return changes;
}

OSP_UNIT_TEST(watch_kinds, "what a file means is told by its path alone")
{
    static const struct {
        const char *path;
        unsigned kinds;
    } rows[] = {
        { "routes/route.c", OSP_CHANGE_SOURCE },
        { "lib/x.h", OSP_CHANGE_SOURCE },
        { "vendor/deep/x.h", OSP_CHANGE_SOURCE },
        { "migrations/0001_a.sql", OSP_CHANGE_SOURCE },
        { "routes/page.html", OSP_CHANGE_TEMPLATE },
        { "lib/card.html", OSP_CHANGE_TEMPLATE },
        { "notes.html", 0 },
        { "public/style.css", OSP_CHANGE_STYLE },
        { "public/a/b.js", OSP_CHANGE_PUBLIC },
        { "public/x.c", OSP_CHANGE_PUBLIC },
        { "publicity/x.css", 0 },
        { "openspeed.json", OSP_CHANGE_CONFIG },
        { "lib/openspeed.json", 0 },
        { "app.db", 0 },
        { "app.db-wal", 0 },
        { "routes/route.c~", 0 },
        { "routes/.route.c.swp", 0 },
        { "routes/#route.c#", 0 },
        { "routes/4913", 0 },
        { ".c", 0 },
        { "", 0 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(rows); i++) {
        OSP_CHECK(osp_change_of(rows[i].path) == rows[i].kinds);
    }
}

OSP_UNIT_TEST(watch_events, "files that are written, replaced, moved and removed are changes")
{
    enter_folder();
    osp_watcher *watcher = osp_watcher_new(false, NULL);
    OSP_CHECK(watcher != NULL && osp_watcher_count(watcher) == 3);
    write_file("routes/a/route.c", "x");
    osp_changes changes = read_all(watcher);
    OSP_CHECK(changes.kinds == OSP_CHANGE_SOURCE && changes.count == 1);
    OSP_CHECK(strcmp(changes.first, "routes/a/route.c") == 0);
    write_file("routes/a/x~", "y");
    OSP_CHECK(rename("routes/a/x~", "routes/a/page.html") == 0);
    OSP_CHECK(read_all(watcher).kinds == OSP_CHANGE_TEMPLATE);
    OSP_CHECK(unlink("routes/a/route.c") == 0);
    OSP_CHECK(read_all(watcher).kinds == OSP_CHANGE_SOURCE);
    write_file("app.db", "z");
    OSP_CHECK(read_all(watcher).kinds == 0);
    /* A folder that came is watched, one that moved is known by its new name. */
    OSP_CHECK(mkdir("routes/b", 0755) == 0);
    OSP_CHECK(read_all(watcher).kinds == OSP_CHANGE_SOURCE);
    write_file("routes/b/route.c", "x");
    OSP_CHECK(read_all(watcher).count == 1);
    OSP_CHECK(rename("routes/b", "routes/c") == 0);
    (void)read_all(watcher);
    write_file("routes/c/route.c", "y");
    changes = read_all(watcher);
    OSP_CHECK(changes.kinds == OSP_CHANGE_SOURCE && strcmp(changes.first, "routes/c/route.c") == 0);
    osp_watcher_free(watcher);
    leave_folder();
}

OSP_UNIT_TEST(watch_poll, "the same is seen by looking again and again")
{
    enter_folder();
    write_file("routes/a/route.c", "x");
    osp_watcher *watcher = osp_watcher_new(true, NULL);
    OSP_CHECK(watcher != NULL && osp_watcher_fd(watcher) == -1 && osp_watcher_count(watcher) == 1);
    OSP_CHECK(read_all(watcher).count == 0);
    write_file("routes/a/route.c", "longer");
    OSP_CHECK(read_all(watcher).kinds == OSP_CHANGE_SOURCE);
    write_file("routes/page.html", "");
    OSP_CHECK(read_all(watcher).kinds == OSP_CHANGE_TEMPLATE);
    OSP_CHECK(rename("routes/page.html", "routes/a/page.html") == 0);
    OSP_CHECK(read_all(watcher).count == 2);
    OSP_CHECK(unlink("routes/a/page.html") == 0);
    OSP_CHECK(read_all(watcher).kinds == OSP_CHANGE_TEMPLATE);
    OSP_CHECK(read_all(watcher).count == 0);
    osp_watcher_free(watcher);
    leave_folder();
}

OSP_UNIT_TEST(watch_names, "a digest of names tells whether a file came, went or was renamed")
{
    enter_folder();
    write_file("routes/a/page.html", "x");
    const uint64_t before = osp_watch_names(OSP_CHANGE_TEMPLATE);
    write_file("routes/a/page.html", "y");
    write_file("routes/a/route.c", "of another kind");
    OSP_CHECK(osp_watch_names(OSP_CHANGE_TEMPLATE) == before);
    OSP_CHECK(rename("routes/a/page.html", "routes/page.html") == 0);
    OSP_CHECK(osp_watch_names(OSP_CHANGE_TEMPLATE) != before);
    leave_folder();
}

OSP_UNIT_TEST(watch_depth, "folders are watched as deep as the limit, and no deeper")
{
    char path[4096] = "routes";
    enter_folder();
    osp_watcher *watcher = osp_watcher_new(true, NULL);
    OSP_CHECK(watcher != NULL);
    for (int depth = 2; depth <= OSP_WATCH_DEPTH_MAX; depth++) {
        (void)snprintf(path + strlen(path), sizeof path - strlen(path), "/d");
        (void)mkdir(path, 0755);
        char file[4200];
        (void)snprintf(file, sizeof file, "%s/route.c", path);
        write_file(file, "x");
        OSP_CHECK(read_all(watcher).count == (depth < OSP_WATCH_DEPTH_MAX));
    }
    osp_watcher_free(watcher);
    leave_folder();
}

OSP_UNIT_TEST(watch_many, "what lies in one folder more than are watched is missed, which is said")
{
    osp_error err = { 0 };
    char path[32];
    enter_folder();
    for (int i = 3; i < OSP_WATCH_FOLDERS_MAX; i++) { /* beside this one and the two in it */
        (void)snprintf(path, sizeof path, "routes/a/%d", i);
        OSP_CHECK(mkdir(path, 0755) == 0);
    }
    osp_watcher *watcher = osp_watcher_new(false, &err);
    OSP_CHECK(watcher != NULL);
    const bool has_room = osp_watcher_count(watcher) == OSP_WATCH_FOLDERS_MAX;
    OSP_CHECK((osp_watcher_missed(watcher) == NULL) == has_room); /* or the system has none */
    if (has_room) {
        OSP_CHECK(mkdir("routes/a/more", 0755) == 0);
        (void)read_all(watcher);
        OSP_CHECK(strstr(osp_watcher_missed(watcher), "(8192)") != NULL);
        OSP_CHECK(osp_watcher_count(watcher) == OSP_WATCH_FOLDERS_MAX);
    }
    osp_watcher_free(watcher);
    leave_folder();
}
