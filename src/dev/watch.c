/* Watches the folders of an application.
 *
 *     inotify    a watch for each folder, as the system has no recursive ones; a folder that comes
 *                is watched and read at once, for files may have come with it
 *     --poll     the times and sizes of all files, again and again: for folders of other machines
 *                and of some containers, of which the system tells nothing
 *
 * What changes is judged by its path alone, so that what editors, databases and version control
 * write beside the sources wakes nobody.  Editors replace files in several ways; each of them ends
 * with a file that is closed after writing or that is moved to its name. */
#include "dev/watch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define MASK                                                                                       \
    ((uint32_t)(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR))
#define PATH_SIZE 4096
#define EVENTS_SIZE 65536
#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)

typedef struct folder {
    int wd;
    char *path; /* owned; "" is the folder of the application */
} folder;

/* A file as --poll saw it. */
typedef struct seen {
    uint64_t path;       /* a digest of it */
    int64_t s, ns, size; /* when it was written */
    uint64_t inode;
    unsigned kinds;
} seen;

typedef struct seen_list {
    seen *at;
    size_t count, cap;
    bool more; /* than it may hold */
} seen_list;

struct osp_watcher {
    int fd; /* -1: it polls */
    folder *folders;
    size_t count, cap;
    seen_list now, before;
    const char *missed; /* osp_watcher_missed */
};

/* ---------------------------------------------------------------- what paths mean */

static bool ends_with(const char *path, const char *end)
{
    const size_t len = strlen(path), end_len = strlen(end);
    return len > end_len && strcmp(path + len - end_len, end) == 0;
}

static bool is_below(const char *path, const char *top)
{
    const size_t len = strlen(top);
    return strncmp(path, top, len) == 0 && path[len] == '/';
}

unsigned osp_change_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    if (name[0] == '\0' || name[0] == '.' || name[0] == '#' || ends_with(name, "~")) {
        return 0;
    }
    if (is_below(path, "public")) {
        return ends_with(name, ".css") ? OSP_CHANGE_STYLE : OSP_CHANGE_PUBLIC;
    }
    if (strcmp(path, "openspeed.json") == 0) {
        return OSP_CHANGE_CONFIG;
    }
    if (ends_with(name, ".c") || ends_with(name, ".h") || ends_with(name, ".sql")) {
        return OSP_CHANGE_SOURCE;
    }
    if (ends_with(name, ".html") && (is_below(path, "routes") || is_below(path, "lib"))) {
        return OSP_CHANGE_TEMPLATE;
    }
    return 0;
}

/* A folder that comes or goes, as far as its files may be of the application. */
static unsigned change_of_folder(const char *path)
{
    if (is_below(path, "public") || strcmp(path, "public") == 0) {
        return OSP_CHANGE_PUBLIC;
    }
    return is_below(path, "routes") || is_below(path, "lib") || strcmp(path, "routes") == 0 ||
                   strcmp(path, "lib") == 0 || strcmp(path, "migrations") == 0
               ? OSP_CHANGE_SOURCE
               : 0;
}

/* Whether a folder is looked into. */
static bool is_watched(const char *name)
{
    return name[0] != '.' && strcmp(name, "node_modules") != 0;
}

static void add_change(osp_changes *to, unsigned kinds, const char *path)
{
    if (kinds != 0) {
        if (to->count++ == 0) {
            (void)snprintf(to->first, sizeof to->first, "%.255s", path);
        }
        to->kinds |= kinds;
    }
}

/* ---------------------------------------------------------------- going through folders */

/* Calls fn for each file and folder below `path`, folders first.  fn returns whether a folder is
 * gone into. */
typedef bool visit_fn(void *arg, const char *path, const struct stat *info);

static void walk(const char *path, int depth, visit_fn *fn, void *arg)
{
    DIR *dir = depth > 0 ? opendir(path[0] != '\0' ? path : ".") : NULL;
    if (dir == NULL) {
        return; /* it is gone again */
    }
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        char below[PATH_SIZE];
        struct stat info;
        const int len = snprintf(below, sizeof below, "%s%s%s", path, path[0] != '\0' ? "/" : "",
                                 entry->d_name);
        if (!is_watched(entry->d_name) || len >= (int)sizeof below || lstat(below, &info) != 0) {
            continue;
        }
        if (fn(arg, below, &info) && S_ISDIR(info.st_mode)) {
            walk(below, depth - 1, fn, arg);
        }
    }
    closedir(dir);
}

/* ---------------------------------------------------------------- inotify */

static bool watch_folder(osp_watcher *watcher, const char *path)
{
    if (watcher->count == OSP_WATCH_FOLDERS_MAX) {
        watcher->missed = "there are more folders than are watched (" TEXT_OF(
            OSP_WATCH_FOLDERS_MAX) "): changes in the others are not seen";
        return false;
    }
    const int wd = inotify_add_watch(watcher->fd, path[0] != '\0' ? path : ".", MASK);
    if (wd < 0) {
        if (errno == ENOSPC) {
            watcher->missed = "the system lets no more folders be watched: changes in the others "
                              "are not seen; raise fs.inotify.max_user_watches, or use --poll";
        }
        return false;
    }
    for (size_t i = 0; i < watcher->count; i++) {
        if (watcher->folders[i].wd == wd) { /* moved here */
            char *moved = strdup(path);
            if (moved != NULL) {
                free(watcher->folders[i].path);
                watcher->folders[i].path = moved;
            }
            return true;
        }
    }
    if (watcher->count == watcher->cap) {
        const size_t cap = watcher->cap > 0 ? 2 * watcher->cap : 64;
        folder *more = realloc(watcher->folders, cap * sizeof *more);
        if (more == NULL) {
            return false;
        }
        watcher->folders = more;
        watcher->cap = cap;
    }
    char *copy = strdup(path);
    if (copy == NULL) {
        return false;
    }
    watcher->folders[watcher->count++] = (folder){ wd, copy };
    return true;
}

/* Of a folder that is new to us. */
typedef struct arrival {
    osp_watcher *watcher;
    osp_changes *to; /* its files are changes; NULL: they were there before */
} arrival;

static bool visit_to_watch(void *arg, const char *path, const struct stat *info)
{
    const arrival *self = arg;
    const bool is_folder = S_ISDIR(info->st_mode);
    if (self->to != NULL) {
        add_change(self->to, is_folder ? change_of_folder(path) : osp_change_of(path), path);
    }
    return is_folder && watch_folder(self->watcher, path);
}

static void forget(osp_watcher *watcher, int wd)
{
    for (size_t i = 0; i < watcher->count; i++) {
        if (watcher->folders[i].wd == wd) {
            free(watcher->folders[i].path);
            watcher->folders[i] = watcher->folders[--watcher->count];
            return;
        }
    }
}

static const char *path_of(const osp_watcher *watcher, int wd)
{
    for (size_t i = 0; i < watcher->count; i++) {
        if (watcher->folders[i].wd == wd) {
            return watcher->folders[i].path;
        }
    }
    return NULL;
}

static void take_event(osp_watcher *watcher, const struct inotify_event *event, osp_changes *to)
{
    char path[PATH_SIZE];
    if ((event->mask & IN_Q_OVERFLOW) != 0) { /* more than we know of */
        add_change(to, OSP_CHANGE_SOURCE | OSP_CHANGE_TEMPLATE | OSP_CHANGE_PUBLIC, "");
        walk("", OSP_WATCH_DEPTH_MAX, visit_to_watch, &(arrival){ watcher, to });
        return;
    }
    if ((event->mask & IN_IGNORED) != 0) {
        forget(watcher, event->wd);
        return;
    }
    const char *folder_path = path_of(watcher, event->wd);
    if (folder_path == NULL || event->len == 0 ||
        snprintf(path, sizeof path, "%s%s%s", folder_path, folder_path[0] != '\0' ? "/" : "",
                 event->name) >= (int)sizeof path) {
        return;
    }
    if ((event->mask & IN_ISDIR) == 0) {
        /* One that was made is still being written, unless it is a link. */
        struct stat info;
        const bool made = (event->mask & IN_CREATE) != 0;
        if (!made || (lstat(path, &info) == 0 && (S_ISLNK(info.st_mode) || info.st_nlink > 1))) {
            add_change(to, osp_change_of(path), path);
        }
        return;
    }
    if (!is_watched(event->name)) {
        return;
    }
    add_change(to, change_of_folder(path), path);
    if ((event->mask & (IN_CREATE | IN_MOVED_TO)) != 0 && watch_folder(watcher, path)) {
        walk(path, OSP_WATCH_DEPTH_MAX, visit_to_watch, &(arrival){ watcher, to });
    }
}

static void read_events(osp_watcher *watcher, osp_changes *to)
{
    char bytes[EVENTS_SIZE] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t got;
    while ((got = read(watcher->fd, bytes, sizeof bytes)) > 0) {
        for (size_t at = 0; at + sizeof(struct inotify_event) <= (size_t)got;) {
            struct inotify_event *event = (struct inotify_event *)(void *)(bytes + at);
            take_event(watcher, event, to);
            at += sizeof *event + event->len;
        }
    }
}

/* ---------------------------------------------------------------- --poll */

/* FNV-1a: paths of one application do not meet, and if they did a change would be told once. */
static uint64_t digest(const char *path)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (; *path != '\0'; path++) {
        sum = (sum ^ (uint8_t)*path) * UINT64_C(0x100000001b3);
    }
    return sum;
}

static bool visit_to_see(void *arg, const char *path, const struct stat *info)
{
    seen_list *list = arg;
    const unsigned kinds = S_ISDIR(info->st_mode) ? 0 : osp_change_of(path);
    if (kinds == 0) {
        return true;
    }
    if (list->count == OSP_WATCH_FILES_MAX) {
        list->more = true;
        return true;
    }
    if (list->count == list->cap) {
        const size_t cap = list->cap > 0 ? 2 * list->cap : 256;
        seen *more = realloc(list->at, cap * sizeof *more);
        if (more == NULL) {
            return true;
        }
        list->at = more;
        list->cap = cap;
    }
    list->at[list->count++] = (seen){ .path = digest(path),
                                      .s = info->st_mtim.tv_sec,
                                      .ns = info->st_mtim.tv_nsec,
                                      .size = info->st_size,
                                      .inode = info->st_ino,
                                      .kinds = kinds };
    return true;
}

static int compare_seen(const void *a, const void *b)
{
    const uint64_t one = ((const seen *)a)->path, other = ((const seen *)b)->path;
    return one < other ? -1 : one > other;
}

static void look(osp_watcher *watcher)
{
    watcher->now.count = 0;
    walk("", OSP_WATCH_DEPTH_MAX, visit_to_see, &watcher->now);
    if (watcher->now.more) {
        watcher->missed = "there are more files than --poll looks at (" TEXT_OF(
            OSP_WATCH_FILES_MAX) "): changes of the others are not seen";
    }
    if (watcher->now.count > 0) {
        qsort(watcher->now.at, watcher->now.count, sizeof(seen), compare_seen);
    }
}

static bool is_same(const seen *a, const seen *b)
{
    return a->s == b->s && a->ns == b->ns && a->size == b->size && a->inode == b->inode;
}

/* What came, went and changed between two looks, both in one order. */
static void compare(const osp_watcher *watcher, osp_changes *to)
{
    const seen_list *now = &watcher->now, *before = &watcher->before;
    size_t i = 0, k = 0;
    while (i < now->count || k < before->count) {
        const seen *a = i < now->count ? &now->at[i] : NULL;
        const seen *b = k < before->count ? &before->at[k] : NULL;
        const bool same_path = a != NULL && b != NULL && a->path == b->path;
        const bool is_a = same_path || b == NULL || (a != NULL && a->path < b->path);
        if (!same_path || !is_same(a, b)) {
            add_change(to, is_a ? a->kinds : b->kinds, "");
        }
        i += is_a;
        k += same_path || !is_a;
    }
}

static void poll_files(osp_watcher *watcher, osp_changes *to)
{
    const seen_list old = watcher->before;
    watcher->before = watcher->now;
    watcher->now = old;
    look(watcher);
    compare(watcher, to);
}

/* ---------------------------------------------------------------- names */

typedef struct naming {
    unsigned kinds;
    uint64_t sum; /* of the digests, whatever the order */
} naming;

static bool visit_to_name(void *arg, const char *path, const struct stat *info)
{
    naming *self = arg;
    if (!S_ISDIR(info->st_mode) && (osp_change_of(path) & self->kinds) != 0) {
        self->sum += digest(path);
    }
    return true;
}

uint64_t osp_watch_names(unsigned kinds)
{
    static const char *const tops[] = { "routes", "lib", "public" };
    naming self = { .kinds = kinds };
    for (size_t i = 0; i < OSP_ARRAY_LEN(tops); i++) {
        if (access(tops[i], F_OK) == 0) {
            walk(tops[i], OSP_WATCH_DEPTH_MAX, visit_to_name, &self);
        }
    }
    return self.sum;
}

/* ---------------------------------------------------------------- its life */

osp_watcher *osp_watcher_new(bool poll, osp_error *err)
{
    osp_watcher *watcher = calloc(1, sizeof *watcher);
    if (watcher == NULL) {
        (void)osp_error_set(err, OSP_E_NOMEM, "no memory to watch files");
        return NULL;
    }
    watcher->fd = poll ? -1 : inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (poll) {
        look(watcher);
        return watcher;
    }
    if (watcher->fd < 0 || !watch_folder(watcher, "")) {
        (void)osp_error_set(err, OSP_E_IO, "cannot watch files: %s; try --poll", strerror(errno));
        osp_watcher_free(watcher);
        return NULL;
    }
    walk("", OSP_WATCH_DEPTH_MAX, visit_to_watch, &(arrival){ watcher, NULL });
    return watcher;
}

void osp_watcher_free(osp_watcher *watcher)
{
    if (watcher == NULL) {
        return;
    }
    for (size_t i = 0; i < watcher->count; i++) {
        free(watcher->folders[i].path);
    }
    free(watcher->folders);
    free(watcher->now.at);
    free(watcher->before.at);
    if (watcher->fd >= 0) {
        close(watcher->fd);
    }
    free(watcher);
}

int osp_watcher_fd(const osp_watcher *watcher)
{
    return watcher->fd;
}

void osp_watcher_read(osp_watcher *watcher, osp_changes *to)
{
    if (watcher->fd >= 0) {
        read_events(watcher, to);
    } else {
        poll_files(watcher, to);
    }
}

const char *osp_watcher_missed(const osp_watcher *watcher)
{
    return watcher->missed;
}

size_t osp_watcher_count(const osp_watcher *watcher)
{
    return watcher->fd >= 0 ? watcher->count : watcher->now.count;
}
