/* Backups of a database that others write to meanwhile.
 *
 *     FILE.backup-PID  <- pages of one snapshot -> out of WAL -> whole? -> to the disk -> FILE
 *
 * The source is read in one read transaction, so the copy is the database as it was at one moment,
 * and a write of another process does not make it start over, as SQLite's copying does otherwise.
 * In a WAL nobody waits for that.  What has the name is whole, or what it was before. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "drivers/sqlite.h"
#include "drivers/sqlite_impl.h"

#define STEP_PAGES 2048

typedef struct copy {
    osp_sqlite_conn source;
    sqlite3 *made;
    const char *file;
    char *beside; /* where it is written; SQLite's memory */
    osp_sqlite_ticker ticker;
    osp_error *err;
} copy;

static osp_status fail_file(const copy *c)
{
    return osp_error_set(c->err, OSP_E_IO, "%.150s: %s", c->file, strerror(errno));
}

/* In SQLite's memory. */
static char *folder_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash == NULL ? sqlite3_mprintf(".")
                         : sqlite3_mprintf("%.*s", slash == file ? 1 : (int)(slash - file), file);
}

static const char *name_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash != NULL ? slash + 1 : file;
}

/* Whether it has the name of a file that belongs to the database, and may not be there now. */
static bool is_part_of(const char *database, const char *file)
{
    static const char *const ends[] = { "-wal", "-shm", "-journal", OSP_SQLITE_LOCK_SUFFIX };
    char *here = folder_of(database), *there = folder_of(file);
    struct stat one, other;
    const bool same = here != NULL && there != NULL && stat(here, &one) == 0 &&
                      stat(there, &other) == 0 && one.st_ino == other.st_ino &&
                      one.st_dev == other.st_dev;
    const char *base = name_of(database), *name = name_of(file);
    const size_t len = strlen(base);
    bool part = false;
    for (size_t i = 0; same && i < OSP_ARRAY_LEN(ends); i++) {
        part |= strncmp(name, base, len) == 0 && strcmp(name + len, ends[i]) == 0;
    }
    sqlite3_free(here);
    sqlite3_free(there);
    return part;
}

/* What SQLite says of the copy. */
static osp_status fail_copy(const copy *c, int code)
{
    const int primary = code & 0xff;
    const int cause =
        primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL
            ? sqlite3_system_errno(c->made)
            : 0;
    return osp_error_set(c->err, primary == SQLITE_NOMEM ? OSP_E_NOMEM : OSP_E_DB,
                         "the backup cannot be written to %.120s: %s%s%s", c->beside,
                         c->made != NULL ? sqlite3_errmsg(c->made) : sqlite3_errstr(code),
                         cause != 0 ? ": " : "", cause != 0 ? strerror(cause) : "");
}

static void say_progress(copy *c, sqlite3_backup *run)
{
    int64_t seconds;
    if (!osp_sqlite_ticker_is_due(&c->ticker, &seconds)) {
        return;
    }
    char text[120];
    const int total = sqlite3_backup_pagecount(run);
    (void)snprintf(text, sizeof(text), "%d of %d pages are copied, %lld s so far",
                   total - sqlite3_backup_remaining(run), total, (long long)seconds);
    c->ticker.note(c->ticker.arg, text);
}

static osp_status copy_pages(copy *c)
{
    /* The transaction reads from its first statement on. */
    OSP_TRY(osp_sqlite_conn_do(&c->source, "BEGIN; SELECT count(*) FROM sqlite_schema", c->err));
    sqlite3_backup *run = sqlite3_backup_init(c->made, "main", c->source.handle, "main");
    int code = run != NULL ? SQLITE_OK : sqlite3_errcode(c->made);
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(run, STEP_PAGES);
        if (code == SQLITE_OK) {
            say_progress(c, run);
        }
    }
    const int finished = run != NULL ? sqlite3_backup_finish(run) : code;
    osp_sqlite_conn_rollback(&c->source);
    if (code == SQLITE_DONE && finished == SQLITE_OK) {
        return OSP_OK;
    }
    /* A source that cannot be read fails here too. */
    const int primary = code & 0xff;
    if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
        return osp_error_set(c->err, OSP_E_DB, "the database cannot be copied: %s",
                             sqlite3_errstr(code));
    }
    return fail_copy(c, code != SQLITE_DONE ? code : finished);
}

static osp_status verify(const copy *c)
{
    sqlite3_stmt *handle = NULL;
    int code = sqlite3_prepare_v2(c->made, "PRAGMA integrity_check(1)", -1, &handle, NULL);
    code = code == SQLITE_OK ? sqlite3_step(handle) : code;
    const bool whole =
        code == SQLITE_ROW && osp_str_equal(osp_sqlite_text(handle, 0), OSP_STR("ok"));
    osp_status status = OSP_OK;
    if (code != SQLITE_ROW) {
        status = fail_copy(c, code);
    } else if (!whole) {
        status = osp_error_set(c->err, OSP_E_DB,
                               "the database is corrupt, and so is its copy, which was not kept: "
                               "%.100s; db check says more",
                               osp_sqlite_text(handle, 0).ptr);
    }
    sqlite3_finalize(handle);
    return status;
}

/* A copy in a WAL would be three files, and could not be read where nobody may write. */
static osp_status leave_wal(const copy *c)
{
    const int code = sqlite3_exec(c->made, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    return code == SQLITE_OK ? OSP_OK : fail_copy(c, code);
}

static osp_status write_copy(copy *c)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    const int code = sqlite3_open_v2(c->beside, &c->made, flags, NULL);
    if (code == SQLITE_OK) {
        osp_sqlite_ticker_set(c->made, &c->ticker);
        /* A copy that fails is thrown away, so nothing of it need be undone. */
        (void)sqlite3_exec(c->made, "PRAGMA journal_mode=OFF", NULL, NULL, NULL);
    }
    osp_status status = code == SQLITE_OK ? copy_pages(c) : fail_copy(c, code);
    if (status == OSP_OK) {
        status = leave_wal(c);
    }
    if (status == OSP_OK) {
        status = verify(c);
    }
    (void)sqlite3_close(c->made);
    return status;
}

/* The folder too, or the name might be lost although the command said that all is well. */
static osp_status sync_folder(const copy *c)
{
    char *folder = folder_of(c->file);
    const int fd = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    sqlite3_free(folder);
    if (fd < 0) {
        return OSP_OK; /* It may be written and not read. */
    }
    const osp_status status = fsync(fd) == 0 || errno == EINVAL ? OSP_OK : fail_file(c);
    (void)close(fd);
    return status;
}

/* Gives the copy its name, which nobody may have taken meanwhile. */
static osp_status give_name(const copy *c, bool force)
{
    int failed = renameat2(AT_FDCWD, c->beside, AT_FDCWD, c->file, force ? 0 : RENAME_NOREPLACE);
    if (failed != 0 && errno == EINVAL) { /* Not on this kind of file system. */
        failed = rename(c->beside, c->file);
    }
    return failed == 0 ? sync_folder(c) : fail_file(c);
}

/* An empty file with the permissions of the database, which may hold what not everybody shall read.
 */
static osp_status make_beside(const copy *c)
{
    struct stat source = { 0 };
    const char *from = sqlite3_db_filename(c->source.handle, "main");
    if (from == NULL || stat(from, &source) != 0) {
        return osp_error_set(c->err, OSP_E_IO, "%.150s: %s", from, strerror(errno));
    }
    struct stat there;
    if (stat(c->file, &there) == 0 && there.st_ino == source.st_ino &&
        there.st_dev == source.st_dev) {
        return osp_error_set(c->err, OSP_E_INVALID,
                             "%.150s is the database itself; give the backup another name",
                             c->file);
    }
    if (is_part_of(from, c->file)) {
        return osp_error_set(c->err, OSP_E_INVALID,
                             "%.150s has the name of a file that belongs to the database; give the "
                             "backup another name",
                             c->file);
    }
    (void)unlink(c->beside); /* of a process of the same number that was killed */
    const int fd = open(c->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, source.st_mode & 0777);
    if (fd < 0) {
        return fail_file(c);
    }
    (void)close(fd);
    return OSP_OK;
}

static osp_status make(copy *c, bool force, osp_backup *ret_backup)
{
    struct stat made = { 0 };
    OSP_TRY(make_beside(c));
    osp_status status = write_copy(c);
    if (status == OSP_OK && stat(c->beside, &made) != 0) {
        status = fail_file(c);
    }
    if (status == OSP_OK) {
        ret_backup->bytes = made.st_size;
        status = give_name(c, force);
    }
    if (status != OSP_OK) {
        (void)unlink(c->beside);
    }
    return status;
}

osp_status osp_sqlite_backup(const char *file, bool force, const osp_migration_watch *watch,
                             osp_backup *ret_backup, osp_error *err)
{
    const int64_t begin_us = osp_monotonic_us();
    struct stat there;
    if (file[0] == '\0') {
        return osp_error_set(err, OSP_E_INVALID, "say the name of a file");
    }
    if (stat(file, &there) == 0 && !S_ISREG(there.st_mode)) {
        return osp_error_set(err, OSP_E_INVALID, "%.150s is %s; say the name of a file", file,
                             S_ISDIR(there.st_mode) ? "a folder" : "no file");
    }
    if (lstat(file, &there) == 0 && !force) {
        return osp_error_set(err, OSP_E_INVALID,
                             "%.150s is there already; say another name, or --force to replace it",
                             file);
    }
    copy c = {
        .file = file,
        .ticker = { .note = watch->note, .arg = watch->arg, .what = "the copy is looked at" },
        .err = err
    };
    OSP_TRY(osp_sqlite_conn_open(&c.source, NULL, OSP_SQLITE_LOOK, err));
    c.beside = sqlite3_mprintf("%s.backup-%d", file, (int)getpid());
    osp_status status = c.beside != NULL
                            ? make(&c, force, ret_backup)
                            : osp_error_set(err, OSP_E_NOMEM, "no memory for the name of a file");
    ret_backup->ms = (osp_monotonic_us() - begin_us) / 1000;
    sqlite3_free(c.beside);
    osp_sqlite_conn_close(&c.source);
    return status;
}
