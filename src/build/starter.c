/* Makes new applications of the files of templates/.
 *
 * The name of an application goes into C, a unit of systemd, a Dockerfile and commands that people
 * copy: it is checked before anything is written, so that nothing has to be escaped. */
#include "build/starter.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

bool osp_starter_exists(const char *starter)
{
    for (const osp_starter_file *file = osp_starter_files; file->path != NULL; file++) {
        if (strcmp(file->starter, starter) == 0) {
            return strcmp(starter, "common") != 0;
        }
    }
    return false;
}

/* ---------------------------------------------------------------- names */

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_name(osp_str name)
{
    bool good = name.len > 0 && name.len <= OSP_APP_NAME_MAX && is_letter(name.ptr[0]) &&
                name.ptr[name.len - 1] != '-';
    for (size_t i = 0; good && i < name.len; i++) {
        const char byte = name.ptr[i];
        good = is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '-';
    }
    return good;
}

/* The last name of a path; that of the folder itself for ".". */
static osp_str name_of(osp_arena *arena, const char *folder)
{
    char real[PATH_MAX];
    const char *path = folder;
    if (strcmp(folder, ".") == 0 && realpath(folder, real) != NULL) {
        path = osp_kit_format(arena, "%s", real);
    }
    osp_str name = osp_str_from(path);
    while (name.len > 1 && name.ptr[name.len - 1] == '/') {
        name.len--;
    }
    for (size_t i = name.len; i > 0; i--) {
        if (name.ptr[i - 1] == '/') {
            return osp_str_skip(name, i);
        }
    }
    return name;
}

/* "my-shop" becomes "My shop". */
static osp_str title_of(osp_arena *arena, osp_str name)
{
    char *title = osp_kit_string(arena, name);
    if (title[0] >= 'a' && title[0] <= 'z') {
        title[0] = (char)(title[0] - 'a' + 'A');
    }
    for (char *at = title; *at != '\0'; at++) {
        *at = *at == '-' ? ' ' : *at;
    }
    return osp_str_from(title);
}

/* ---------------------------------------------------------------- folders */

/* A version control that was begun before is no content. */
static osp_status check_empty(const char *folder, osp_error *err)
{
    DIR *stream = opendir(folder);
    if (stream == NULL) {
        return errno == ENOENT ? OSP_OK
                               : osp_error_set(err, OSP_E_IO, "%s: %s", folder, strerror(errno));
    }
    osp_status status = OSP_OK;
    const struct dirent *entry;
    while (status == OSP_OK && (entry = readdir(stream)) != NULL) {
        static const char *const allowed[] = { ".", "..", ".git" };
        bool is_allowed = false;
        for (size_t i = 0; i < OSP_ARRAY_LEN(allowed); i++) {
            is_allowed |= strcmp(entry->d_name, allowed[i]) == 0;
        }
        if (!is_allowed) {
            status = osp_error_set(err, OSP_E_INVALID,
                                   "%s is not empty (it has %.100s); a new application needs a "
                                   "folder of its own",
                                   folder, entry->d_name);
        }
    }
    (void)closedir(stream);
    return status;
}

/* ---------------------------------------------------------------- writing */

typedef struct replacement {
    const char *word;
    osp_str with;
} replacement;

/* `text` with all words replaced; a word is not looked for in what replaces another. */
static osp_str replace(osp_arena *arena, osp_str text, const replacement *words, size_t count)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, OSP_BUILD_FILE_MAX);
    for (size_t at = 0; at < text.len;) {
        const osp_str rest = osp_str_skip(text, at);
        size_t i = 0;
        while (i < count && !osp_str_starts_with(rest, osp_str_from(words[i].word))) {
            i++;
        }
        if (i < count) {
            osp_buf_str(&out, words[i].with);
            at += strlen(words[i].word);
        } else {
            osp_buf_byte(&out, text.ptr[at++]);
        }
    }
    char *copy = osp_kit_alloc(arena, out.len + 1);
    if (out.len > 0) {
        memcpy(copy, out.ptr, out.len);
    }
    const osp_str result = { copy, out.len };
    osp_buf_done(&out);
    return result;
}

static osp_status write_file(osp_arena *arena, const osp_starter_file *file, const char *folder,
                             osp_str name, osp_kit_list *files, osp_error *err)
{
    const replacement in_path[] = { { "NAME", name } };
    const replacement in_text[] = { { "__NAME__", name }, { "__TITLE__", title_of(arena, name) } };
    const char *path = replace(arena, osp_str_from(file->path), in_path, 1).ptr;
    OSP_TRY(osp_kit_create(arena, osp_kit_format(arena, "%s/%s", folder, path),
                           replace(arena, (osp_str){ file->text, file->len }, in_text, 2), err));
    osp_kit_push(arena, files, path);
    return OSP_OK;
}

osp_status osp_starter_write(osp_arena *arena, const char *starter, const char *folder,
                             osp_kit_list *ret_files, osp_error *err)
{
    OSP_ASSERT(osp_starter_exists(starter));
    const osp_str name = name_of(arena, folder);
    if (!is_name(name)) {
        return osp_error_set(err, OSP_E_INVALID,
                             "\"%.100s\" is no name for an application: it is up to %d letters, "
                             "digits and dashes, and begins with a letter",
                             osp_kit_string(arena, name), OSP_APP_NAME_MAX);
    }
    OSP_TRY(check_empty(folder, err));
    *ret_files = (osp_kit_list){ 0 };
    for (const osp_starter_file *file = osp_starter_files; file->path != NULL; file++) {
        if (strcmp(file->starter, "common") == 0 || strcmp(file->starter, starter) == 0) {
            OSP_TRY(write_file(arena, file, folder, name, ret_files, err));
        }
    }
    return OSP_OK;
}
