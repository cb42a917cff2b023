/* Looks for pages where nobody looks for them.
 *
 *     page.html  pages/about/page.html  views/index.html
 *
 * Whoever has used another framework puts pages there, and wonders why they are not shown.  The
 * folders are the application's own affair: what is in them may be meant, so it is told of and no
 * mistake, and only names that a page has count. */
#include "build/strays.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

typedef struct search {
    osp_arena *arena;
    const char *dir;
    osp_kit_list *found;
} search;

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* path   of a folder; "" for that of the application
 * depth  0: of the application, of whose folders some are looked into */
static void look(const search *s, const char *path, size_t depth)
{
    static const char *const pages[] = { "page.html", "layout.html", "page.c" };
    static const char *const folders[] = { "pages", "views", "app" };
    DIR *stream = opendir(osp_kit_format(s->arena, "%s/%s", s->dir, path));
    const struct dirent *entry;
    while (stream != NULL && s->found->count < OSP_STRAYS_MAX &&
           (entry = readdir(stream)) != NULL) {
        const char *name = entry->d_name;
        const char *below =
            osp_kit_format(s->arena, "%s%s%s", path, path[0] != '\0' ? "/" : "", name);
        struct stat info;
        if (name[0] == '.' || lstat(osp_kit_format(s->arena, "%s/%s", s->dir, below), &info) != 0) {
            continue;
        }
        const bool index = depth > 0 && strcmp(name, "index.html") == 0;
        if (S_ISREG(info.st_mode) && (index || is_one_of(name, pages, OSP_ARRAY_LEN(pages)))) {
            osp_kit_push(s->arena, s->found, below);
        } else if (S_ISDIR(info.st_mode) && depth < OSP_STRAYS_DEPTH_MAX &&
                   (depth > 0 || is_one_of(name, folders, OSP_ARRAY_LEN(folders)))) {
            look(s, below, depth + 1);
        }
    }
    if (stream != NULL) {
        (void)closedir(stream);
    }
}

void osp_strays_find(osp_arena *arena, const char *dir, osp_kit_list *ret_paths)
{
    const search s = { arena, dir, ret_paths };
    *ret_paths = (osp_kit_list){ 0 };
    look(&s, "", 0);
}
