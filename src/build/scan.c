/* Walks the folders of an application.
 *
 *     routes/    folders are URL segments; route.c answers, middleware.c wraps, page.html is shown,
 *             headers are welcome; what is in a folder whose name begins with `_` is the
 *             application's own affair
 *     lib/       the application's own helpers, all compiled; x.sql in either holds queries, and
 *             x.html here, _x.html there is a part of templates
 *     public/    files that are answered with as they are
 *     tests/     what tests need besides; x_test.c in any of the three is a test
 *     migrations/ SQL that is embedded in the executable, in the order of the numbers that the
 *             names begin with
 *
 * What a walk finds must not depend on the file system it runs on: entries are sorted, names that
 * differ by case alone are refused (elsewhere they would be one file), and links may not leave the
 * folder.  Files that would be ignored silently although their name looks meant, such as
 * routes/user.c, are errors.
 *
 * Cost: one readdir and one lstat an entry. */
#include "build/scan.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice.h"
#include "build/segment.h"

typedef struct walk {
    osp_arena *arena;
    const char *dir;  /* of the application, as given */
    const char *real; /* of the application, resolved */
    osp_scan *scan;
    osp_error *err;
    osp_error first; /* of what is wrong */
    size_t found;
} walk;

/* What a top folder does with the files and folders in it. */
typedef struct folder {
    const char *name;
    osp_status (*take)(walk *w, const char *path, const char *name);
    bool nested, segments, required;
    bool odd; /* what is neither a file nor a folder may be there, unless it looks meant */
} folder;

static bool ends_with(const char *text, const char *end)
{
    const size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* Remembers that something is wrong; the walk goes on, so that one run tells all of it. */
static void note(walk *w, const osp_error *cause)
{
    if (w->found++ == 0) {
        w->first = *cause;
    } else if (w->found <= OSP_SCAN_FINDINGS_MAX) {
        const char *text = osp_kit_format(w->arena, "%s", cause->message);
        osp_kit_push(w->arena, &w->scan->findings, text);
    }
}

/* Tests stand beside what they test, and are no part of the application. */
static bool take_test(walk *w, const char *path, const char *name)
{
    const bool is_test = ends_with(name, "_test.c");
    if (is_test) {
        osp_kit_push(w->arena, &w->scan->tests, path);
    }
    return is_test;
}

/* Queries stand beside what calls them. */
static bool take_queries(walk *w, const char *path, const char *name)
{
    const size_t len = strlen(name);
    const bool are_queries = len > 4 && strcasecmp(name + len - 4, ".sql") == 0;
    if (are_queries) {
        osp_kit_push(w->arena, &w->scan->queries, path);
    }
    return are_queries;
}

static bool is_template(const char *name)
{
    const size_t len = strlen(name);
    return (len > 5 && strcasecmp(name + len - 5, ".html") == 0) ||
           (len > 4 && strcasecmp(name + len - 4, ".htm") == 0);
}

/* "page.html", or "page@(shop).html", which says whose layouts are around it. */
static bool is_resettable(const char *name, const char *stem)
{
    const size_t len = strlen(stem);
    return strncmp(name, stem, len) == 0 && name[len] == '@' && ends_with(name, ".html");
}

static osp_status take_page_template(walk *w, const char *path, const char *name)
{
    static const char *const names[] = { "page.html",  "layout.html",    "loading.html",
                                         "error.html", "not-found.html", "default.html" };
    bool known = is_resettable(name, "page") || is_resettable(name, "layout") ||
                 (name[0] == '_' && ends_with(name, ".html"));
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        known |= strcmp(name, names[i]) == 0;
    }
    if (!known) {
        return osp_error_set(w->err, OSP_E_BUILD,
                             "%s: below routes/ templates are page.html, layout.html, "
                             "loading.html, error.html, not-found.html and default.html, and "
                             "parts of them begin with '_'; a file that is sent as it is belongs "
                             "into public/",
                             path);
    }
    osp_kit_push(w->arena, &w->scan->templates, path);
    return OSP_OK;
}

static osp_status take_route(walk *w, const char *path, const char *name)
{
    static const struct {
        const char *name;
        size_t list;
    } sources[] = {
        { "route.c", offsetof(osp_scan, routes) },
        { "middleware.c", offsetof(osp_scan, middleware) },
        { "page.c", offsetof(osp_scan, pages) },
        { "layout.c", offsetof(osp_scan, pages) },
        { "default.c", offsetof(osp_scan, pages) },
    };
    if (take_test(w, path, name) || take_queries(w, path, name)) {
        return OSP_OK;
    }
    if (is_template(name)) {
        return take_page_template(w, path, name);
    }
    bool meant = ends_with(name, ".c");
    for (size_t i = 0; i < OSP_ARRAY_LEN(sources); i++) {
        if (strcmp(name, sources[i].name) == 0) {
            osp_kit_push(w->arena, (osp_kit_list *)((char *)w->scan + sources[i].list), path);
            return OSP_OK;
        }
        meant |= strcasecmp(name, sources[i].name) == 0;
    }
    return !meant ? OSP_OK
                  : osp_error_set(w->err, OSP_E_BUILD,
                                  "%s: below routes/ only files named route.c, middleware.c, "
                                  "page.c, layout.c and default.c are compiled; helpers belong in "
                                  "lib/, and names of tests end in _test.c",
                                  path);
}

static osp_status take_helper(walk *w, const char *path, const char *name)
{
    if (take_test(w, path, name) || take_queries(w, path, name)) {
        return OSP_OK;
    }
    if (ends_with(name, ".c")) {
        osp_kit_push(w->arena, &w->scan->helpers, path);
    } else if (ends_with(name, ".html")) {
        osp_kit_push(w->arena, &w->scan->templates, path);
    }
    return OSP_OK;
}

/* Notes the time of what was read: a change meanwhile must show. */
static void note_time(walk *w, const char *path, const struct stat *info)
{
    osp_kit_push(w->arena, &w->scan->folders,
                 osp_kit_format(w->arena, "%s %lld.%09ld", path, (long long)info->st_mtim.tv_sec,
                                info->st_mtim.tv_nsec));
}

static osp_status take_public(walk *w, const char *path, const char *name)
{
    struct stat info;
    (void)name;
    if (stat(osp_kit_format(w->arena, "%s/%s", w->dir, path), &info) != 0) {
        return osp_error_set(w->err, OSP_E_BUILD, "%s: %s", path, strerror(errno));
    }
    note_time(w, path, &info);
    osp_kit_push(w->arena, &w->scan->public, path);
    return OSP_OK;
}

static osp_status take_test_helper(walk *w, const char *path, const char *name)
{
    if (!take_test(w, path, name) && ends_with(name, ".c")) {
        osp_kit_push(w->arena, &w->scan->test_helpers, path);
    }
    return OSP_OK;
}

/* Digits as a number; leading zeros do not matter. */
static bool number_of(osp_str digits, int64_t *ret_number)
{
    while (digits.len > 1 && digits.ptr[0] == '0') {
        digits = osp_str_skip(digits, 1);
    }
    return osp_str_to_int(digits, ret_number) == OSP_OK;
}

/* The number that a migration's name begins with; false when it has none or is too long for one. */
static bool migration_number(const char *name, int64_t *ret_number)
{
    const size_t len = strspn(name, "0123456789");
    return name[len] == '_' && number_of((osp_str){ name, len }, ret_number);
}

static osp_status take_migration(walk *w, const char *path, const char *name)
{
    int64_t number;
    const size_t len = strlen(name);
    if (len < 4 || strcasecmp(name + len - 4, ".sql") != 0) {
        return OSP_OK;
    }
    if (!ends_with(name, ".sql") || len < 6 || !migration_number(name, &number)) {
        return osp_error_set(w->err, OSP_E_BUILD,
                             "%s: a migration is called NUMBER_WORDS.sql, such as "
                             "migrations/0001_start.sql",
                             path);
    }
    osp_kit_push(w->arena, &w->scan->migrations, path);
    return OSP_OK;
}

static int by_number(const void *a, const void *b)
{
    int64_t one = 0, other = 0;
    (void)migration_number(strchr(*(const char *const *)a, '/') + 1, &one);
    (void)migration_number(strchr(*(const char *const *)b, '/') + 1, &other);
    return one < other ? -1 : one > other ? 1 : osp_kit_by_bytes(a, b);
}

/* Numbers say the order, not the bytes of the names: 2 stands before 10. */
static osp_status order_migrations(walk *w)
{
    osp_kit_list *list = &w->scan->migrations;
    osp_kit_sort(list, by_number);
    int64_t last = 0;
    if (list->count > 0) {
        (void)migration_number(strchr(list->items[list->count - 1], '/') + 1, &last);
    }
    last = last < INT64_MAX ? last : INT64_MAX - 1;
    for (size_t i = 1; i < list->count; i++) {
        int64_t one = 0, other = 0;
        const char *before = list->items[i - 1], *path = list->items[i];
        (void)migration_number(strchr(before, '/') + 1, &one);
        (void)migration_number(strchr(path, '/') + 1, &other);
        if (one == other) {
            return osp_error_set(w->err, OSP_E_BUILD,
                                 "%s and %s have one number; give the later one the next free one, "
                                 "%04lld",
                                 before, path, (long long)(last + 1));
        }
    }
    return OSP_OK;
}

static const folder folders[] = {
    { "routes", take_route, true, true, true, true },
    { "lib", take_helper, true, false, false, true },
    { "tests", take_test_helper, true, false, false, true },
    { "public", take_public, true, false, false, false },
    { "migrations", take_migration, false, false, false, true }, /* the last */
};

static int by_letters(const void *a, const void *b)
{
    const int order = strcasecmp(*(const char *const *)a, *(const char *const *)b);
    return order != 0 ? order : osp_kit_by_bytes(a, b);
}

/* The names in a folder, hidden ones left out but for .well-known (RFC 8615). */
static osp_status list_names(walk *w, const char *path, osp_kit_list *names)
{
    DIR *stream = opendir(osp_kit_format(w->arena, "%s/%s", w->dir, path));
    if (stream == NULL) {
        return osp_error_set(w->err, OSP_E_BUILD, "%s: %s", path, strerror(errno));
    }
    struct stat info;
    if (fstat(dirfd(stream), &info) == 0) { /* before reading */
        note_time(w, path, &info);
    }
    osp_status status = OSP_OK;
    const struct dirent *entry;
    /* NULL is the end or a failure; taken for the end, a failure would lose URLs silently. */
    while (status == OSP_OK && (errno = 0, entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] == '.' && strcmp(entry->d_name, ".well-known") != 0) {
            continue;
        }
        if (names->count == OSP_SCAN_ENTRIES_MAX) {
            status = osp_error_set(w->err, OSP_E_BUILD, "%s: more than %d entries in one folder",
                                   path, OSP_SCAN_ENTRIES_MAX);
            break;
        }
        osp_kit_push(w->arena, names, osp_kit_format(w->arena, "%s", entry->d_name));
    }
    if (status == OSP_OK && errno != 0) {
        status = osp_error_set(w->err, OSP_E_BUILD, "%s: %s", path, strerror(errno));
    }
    (void)closedir(stream);
    return status;
}

static osp_status refuse_case_twins(walk *w, const char *path, osp_kit_list *names)
{
    osp_kit_sort(names, by_letters);
    for (size_t i = 1; i < names->count; i++) {
        const char *one = names->items[i - 1], *other = names->items[i];
        if (strcasecmp(one, other) == 0) {
            return osp_error_set(w->err, OSP_E_BUILD,
                                 "%s/%s and %s/%s differ only by upper and lower case; rename one",
                                 path, one, path, other);
        }
    }
    osp_kit_sort(names, osp_kit_by_bytes);
    return OSP_OK;
}

/* The kind of a file, a link followed; a link out of the application is refused. */
static osp_status inspect(walk *w, const char *path, mode_t *ret_mode)
{
    const char *full = osp_kit_format(w->arena, "%s/%s", w->dir, path);
    struct stat info;
    char real[PATH_MAX];
    if (lstat(full, &info) != 0) {
        return osp_error_set(w->err, OSP_E_BUILD, "%s: %s", path, strerror(errno));
    }
    if (S_ISLNK(info.st_mode)) {
        const size_t len = strlen(w->real);
        if (stat(full, &info) != 0 || realpath(full, real) == NULL) {
            return osp_error_set(w->err, OSP_E_BUILD, "%s is a broken link: %s", path,
                                 strerror(errno));
        }
        if (strncmp(real, w->real, len) != 0 || (real[len] != '/' && real[len] != '\0')) {
            return osp_error_set(w->err, OSP_E_BUILD,
                                 "%s is a link that leaves the application's folder", path);
        }
    }
    *ret_mode = info.st_mode;
    return OSP_OK;
}

static osp_status walk_folder(walk *w, const folder *top, const char *path, size_t depth);

/* What is neither a file nor a folder but looks like one that is meant: a FIFO would be waited for,
 * and one that is left out would lose its URL. */
static osp_status refuse_odd(walk *w, const folder *top, const char *path, const char *name)
{
    const bool meant = !top->odd || ends_with(name, ".c") || ends_with(name, ".sql") ||
                       ends_with(name, ".h") || is_template(name);
    return !meant ? OSP_OK
                  : osp_error_set(w->err, OSP_E_BUILD, "%s is neither a file nor a folder", path);
}

/* A folder below routes/ that is no part of the URLs: nobody looks into it. */
static bool is_private(const folder *top, const char *name)
{
    return top->segments && name[0] == '_';
}

/* One name in a folder.  What is wrong with it is noted; the walk goes on. */
static osp_status take_entry(walk *w, const folder *top, const char *path, const char *name,
                             size_t depth)
{
    osp_error cause = { 0 }, *err = w->err;
    osp_segment segment;
    mode_t mode = 0;
    w->err = &cause;
    osp_status status = inspect(w, path, &mode);
    if (status == OSP_OK && S_ISREG(mode)) {
        status = top->take(w, path, name);
    } else if (status == OSP_OK && !S_ISDIR(mode)) {
        status = refuse_odd(w, top, path, name);
    } else if (status == OSP_OK && is_private(top, name)) {
        w->err = err;
        return OSP_OK;
    } else if (status == OSP_OK && top->nested && top->segments) {
        status = osp_segment_parse(w->arena, osp_str_from(name), path, &segment, w->err);
    }
    w->err = err;
    if (status != OSP_OK) {
        note(w, &cause);
        return OSP_OK;
    }
    return S_ISDIR(mode) && top->nested ? walk_folder(w, top, path, depth + 1) : OSP_OK;
}

/* Recursion is bounded by OSP_SCAN_DEPTH_MAX. */
static osp_status walk_folder(walk *w, const folder *top, const char *path, size_t depth)
{
    osp_kit_list names = { 0 };
    if (depth > OSP_SCAN_DEPTH_MAX) {
        return osp_error_set(w->err, OSP_E_BUILD, "%.150s...: more than %d folders deep", path,
                             OSP_SCAN_DEPTH_MAX);
    }
    OSP_TRY(list_names(w, path, &names));
    OSP_TRY(refuse_case_twins(w, path, &names));
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i];
        const char *below = osp_kit_format(w->arena, "%s/%s", path, name);
        OSP_TRY(take_entry(w, top, below, name, depth));
    }
    return OSP_OK;
}

static osp_status walk_top(walk *w, const folder *top)
{
    struct stat info;
    mode_t mode = 0;
    if (lstat(osp_kit_format(w->arena, "%s/%s", w->dir, top->name), &info) != 0 &&
        errno == ENOENT) {
        if (!top->required) {
            return OSP_OK;
        }
        return osp_error_set(w->err, OSP_E_BUILD,
                             "%s is not an application: it has no %s/ folder (routes/route.c would "
                             "answer /, routes/page.html be shown there)",
                             w->real, top->name);
    }
    OSP_TRY(inspect(w, top->name, &mode));
    if (!S_ISDIR(mode)) {
        return osp_error_set(w->err, OSP_E_BUILD, "%s is not a folder", top->name);
    }
    return walk_folder(w, top, top->name, 0);
}

/* What every walk of the folder begins with.  real: PATH_MAX bytes. */
static osp_status begin(walk *w, const char *dir, char *real)
{
    struct stat info;
    memset(w->scan, 0, sizeof(*w->scan));
    if (realpath(dir, real) == NULL || stat(real, &info) != 0) {
        return osp_error_set(w->err, OSP_E_BUILD, "%s: %s", dir, strerror(errno));
    }
    if (!S_ISDIR(info.st_mode)) {
        return osp_error_set(w->err, OSP_E_BUILD,
                             "%s is a file; the folder of an application is expected, the one that "
                             "holds routes/",
                             dir);
    }
    w->dir = dir;
    w->real = strcmp(real, "/") == 0 ? "" : real;
    return OSP_OK;
}

osp_status osp_scan_app(osp_arena *arena, const char *dir, osp_scan *ret_scan, osp_error *err)
{
    char real[PATH_MAX];
    walk w = { .arena = arena, .scan = ret_scan, .err = err };
    OSP_TRY(begin(&w, dir, real));
    for (size_t i = 0; i < OSP_ARRAY_LEN(folders); i++) {
        OSP_TRY(walk_top(&w, &folders[i]));
    }
    if (w.found > 0) {
        return osp_error_set(err, OSP_E_BUILD, "%s", w.first.message);
    }
    OSP_TRY(order_migrations(&w));
    if (ret_scan->routes.count == 0 && ret_scan->templates.count == 0) {
        return osp_error_set(err, OSP_E_BUILD,
                             "there is no route.c and no page.html below routes/; routes/route.c "
                             "would answer /");
    }
    return OSP_OK;
}

osp_status osp_scan_migrations(osp_arena *arena, const char *dir, osp_scan *ret_scan,
                               osp_error *err)
{
    char real[PATH_MAX];
    walk w = { .arena = arena, .scan = ret_scan, .err = err };
    OSP_TRY(begin(&w, dir, real));
    if (access(osp_kit_format(arena, "%s/routes", dir), F_OK) != 0) {
        return osp_error_set(err, OSP_E_BUILD, "%s is not an application: it has no routes/ folder",
                             w.real);
    }
    OSP_TRY(walk_top(&w, &folders[OSP_ARRAY_LEN(folders) - 1]));
    if (w.found > 0) {
        return osp_error_set(err, OSP_E_BUILD, "%s", w.first.message);
    }
    return order_migrations(&w);
}
