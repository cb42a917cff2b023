/* The files of migrations/, for commands that need no executable.
 *
 * A new one gets the next number, with as many digits as the last has: where those are moments
 * (20260131120000_x.sql), it gets the present one. */
#include "build/migrations.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/time.h"
#include "build/scan.h"

#define WORDS_MAX 80     /* bytes of what a new one is called */
#define MOMENT_DIGITS 14 /* 20260131120000 */

const char *osp_migrations_checksum(osp_arena *arena, osp_str bytes)
{
    osp_sha256 sha;
    uint8_t digest[OSP_SHA256_SIZE];
    char *hex = osp_kit_alloc(arena, OSP_SHA256_SIZE * 2 + 1);
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, bytes);
    osp_sha256_end(&sha, digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        hex[i * 2] = "0123456789abcdef"[digest[i] >> 4];
        hex[i * 2 + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    return hex;
}

osp_status osp_migrations_read(osp_arena *arena, const char *dir, osp_migration **ret_items,
                               size_t *ret_count, osp_error *err)
{
    osp_scan scan;
    OSP_TRY(osp_scan_migrations(arena, dir, &scan, err));
    osp_migration *items = osp_kit_alloc(arena, (scan.migrations.count + 1) * sizeof(*items));
    for (size_t i = 0; i < scan.migrations.count; i++) {
        const char *path = scan.migrations.items[i];
        osp_str sql;
        OSP_TRY(osp_kit_read(arena, osp_kit_format(arena, "%s/%s", dir, path), &sql, err));
        if (memchr(sql.ptr, '\0', sql.len) != NULL) {
            return osp_error_set(err, OSP_E_BUILD, "%s holds a NUL byte", path);
        }
        items[i] =
            (osp_migration){ strrchr(path, '/') + 1, sql.ptr, osp_migrations_checksum(arena, sql) };
    }
    *ret_items = items;
    *ret_count = scan.migrations.count;
    return OSP_OK;
}

/* What a migration is called behind its number: a-z, 0-9 and `_` between words. */
static osp_status name_of(osp_arena *arena, const char *words, const char **ret_name,
                          osp_error *err)
{
    char *name = osp_kit_alloc(arena, WORDS_MAX + 1);
    size_t len = 0;
    for (const char *at = words; *at != '\0' && len < WORDS_MAX; at++) {
        const char small = *at >= 'A' && *at <= 'Z' ? (char)(*at | 0x20) : *at;
        const bool between = small == ' ' || small == '-' || small == '_';
        if (between && (len == 0 || name[len - 1] == '_')) {
            continue;
        }
        if (!between && !(small >= 'a' && small <= 'z') && !(small >= '0' && small <= '9')) {
            return osp_error_set(
                err, OSP_E_INVALID,
                "\"%.60s\" cannot be a name: letters, digits, and spaces, dashes or "
                "_ between them, such as add_author",
                words);
        }
        name[len++] = between ? '_' : small;
    }
    if (len == 0 || strlen(words) > WORDS_MAX) {
        return osp_error_set(err, OSP_E_INVALID,
                             "say what it does, in 1 to %d letters, such as add_author", WORDS_MAX);
    }
    name[name[len - 1] == '_' ? len - 1 : len] = '\0';
    *ret_name = name;
    return OSP_OK;
}

static const char *number_behind(osp_arena *arena, const osp_kit_list *paths)
{
    if (paths->count == 0) {
        return "0001";
    }
    const char *last = strrchr(paths->items[paths->count - 1], '/') + 1;
    const size_t digits = strspn(last, "0123456789");
    int64_t number = 0; /* the scan has seen that it fits */
    for (size_t i = 0; i < digits; i++) {
        number = number * 10 + (last[i] - '0');
    }
    if (digits == MOMENT_DIGITS) {
        const int64_t now = osp_now_us() / 1000000, second = now % 86400;
        const osp_civil day = osp_civil_from_days(now / 86400);
        const int64_t moment = ((day.year * 100 + day.month) * 100 + day.day) * 1000000 +
                               (second / 3600 * 100 + second / 60 % 60) * 100 + second % 60;
        number = moment > number ? moment - 1 : number;
    }
    return osp_kit_format(arena, "%0*lld", (int)digits, (long long)number + 1);
}

osp_status osp_migrations_new(osp_arena *arena, const char *dir, const char *words,
                              const char **ret_path, osp_error *err)
{
    osp_scan scan;
    const char *name = NULL;
    OSP_TRY(name_of(arena, words, &name, err));
    OSP_TRY(osp_scan_migrations(arena, dir, &scan, err));
    const char *number = number_behind(arena, &scan.migrations);
    const char *path = osp_kit_format(arena, "migrations/%s_%s.sql", number, name);
    const char *text = osp_kit_format(
        arena,
        "-- %s\n"
        "--\n"
        "-- Runs once, in a transaction, with all that follows or not at all.  When it has been\n"
        "-- applied anywhere, leave it as it is: what is to change next is another file.\n\n",
        words);
    OSP_TRY(osp_kit_mkdir(arena, osp_kit_format(arena, "%s/migrations", dir), err));
    OSP_TRY(
        osp_kit_write(arena, osp_kit_format(arena, "%s/%s", dir, path), osp_str_from(text), err));
    *ret_path = path;
    return OSP_OK;
}
