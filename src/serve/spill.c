/* Answers that their clients do not read, out of memory and into files.
 *
 *     whole answer --> the kernel takes some --> the rest waits in memory, up to a second
 *                                            --> in a file without a name, sent from there
 *                                            or, without room there, in memory: OSP_UNREAD_MAX
 *
 * Who reads as fast as his network lets him is mostly done before that second is over, and no disk
 * hears of him.  When those who wait hold more than OSP_SPILL_SOON together, the next ones go to a
 * file at once.  What is left of an answer is written once, from one piece of memory; the file
 * belongs to the connection alone and ends with it, whoever ends that (file_part.c).
 *
 * A disk may be busy, so a thread makes, writes and closes the files.  It holds the memory
 * meanwhile, and gives it back when there is no room; no more than OSP_SPILL_WRITING_MAX lies
 * there.
 *
 * The files are made in a folder of the user's own, which nobody else may enter, so that a worker
 * is confined to it and not to all that lies beside it.  It is shared by all workers of that user,
 * and stays.  Nothing in it ever has a name: when a worker dies the kernel takes what it held.
 *
 * Rejected: one file for all, with holes where answers were.  What the kernel still sends lies in
 * the pages of the file, and a hole beside it in the same page, or large folio, writes zeros there.
 * Rejected: memory of the kernel (memfd): it is no less for having no address. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "serve/worker.h"

#define PATH_SIZE 4096
#define TOLD_S 10 /* between two words about answers that stay in memory */

/* ---------------------------------------------------------------- the folder */

static int open_file(int folder)
{
    return openat(folder, ".", O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
}

static bool is_own(int folder)
{
    struct stat about;
    if (fstat(folder, &about) != 0) {
        return false;
    }
    errno = EPERM;
    return about.st_uid == geteuid() && (about.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

/* -1, and errno. */
static int open_folder(const char *path)
{
    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) {
        return -1;
    }
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const int file = folder >= 0 && is_own(folder) ? open_file(folder) : -1;
    if (file >= 0) {
        close(file);
        (void)flock(folder, LOCK_SH | LOCK_NB); /* who tidies up old folders leaves it alone */
        return folder;
    }
    const int why = errno;
    if (folder >= 0) {
        close(folder);
    }
    errno = why;
    return -1;
}

int osp_spill_folder(osp_str temp_folder, osp_error *err)
{
    char path[PATH_SIZE];
    const char *said = getenv("TMPDIR");
    const osp_str of_system = osp_str_from(said != NULL && *said != '\0' ? said : "/tmp");
    const osp_str within = temp_folder.len > 0 ? temp_folder : of_system;
    const int len =
        snprintf(path, sizeof path, "%.*s/openspeed-%u", OSP_ARG(within), (unsigned)geteuid());
    if (len < 0 || (size_t)len >= sizeof path) {
        (void)osp_error_set(err, OSP_E_LIMIT, "the path of the folder for them is too long");
        return -1;
    }
    const int folder = open_folder(path);
    if (folder < 0) {
        (void)osp_error_set(err, OSP_E_IO, "%.200s: %s", path, strerror(errno));
    }
    return folder;
}

uint64_t osp_spill_room(int folder, uint64_t wanted)
{
    struct statfs about;
    const bool known = fstatfs(folder, &about) == 0;
    const bool on_disk = known && about.f_type != TMPFS_MAGIC && about.f_type != RAMFS_MAGIC;
    return on_disk || wanted < OSP_UNREAD_MAX ? wanted : OSP_UNREAD_MAX;
}

/* ---------------------------------------------------------------- on the thread */

/* An answer on its way to a file and there, until the file is closed. */
struct osp_spilled {
    osp_offload_job job;
    osp_worker *worker;
    osp_conn *conn; /* whose it is; NULL: it has gone */
    osp_spilled *prev, *next;
    osp_buf out;          /* what the connection held, while it is written */
    size_t at;            /* where in it the unsent part begins */
    size_t size;          /* of that */
    int fd;               /* -1: it is not written */
    int why;              /* errno */
    atomic_bool unwanted; /* for the thread, which does not look at conn */
};

/* -1, and errno. */
static ssize_t write_some(osp_spilled *spilled, int fd, size_t done)
{
    ssize_t size;
    do {
        if (atomic_load(&spilled->unwanted)) {
            errno = ECANCELED;
            return -1;
        }
        size = pwrite(fd, spilled->out.ptr + spilled->at + done, spilled->size - done, (off_t)done);
    } while (size < 0 && errno == EINTR);
    if (size == 0) {
        errno = ENOSPC;
    }
    return size > 0 ? size : -1;
}

static void write_out(void *arg)
{
    osp_spilled *spilled = arg;
    const int fd = open_file(spilled->worker->spill.folder);
    ssize_t size = fd >= 0 ? 0 : -1;
    for (size_t done = 0; size >= 0 && done < spilled->size; done += (size_t)size) {
        size = write_some(spilled, fd, done);
    }
    if (size >= 0) {
        spilled->fd = fd;
        return;
    }
    spilled->why = errno;
    if (fd >= 0) {
        close(fd);
    }
}

/* To give back what a file holds may take as long as to write it. */
static void close_file(void *arg)
{
    close(((osp_spilled *)arg)->fd);
}

/* ---------------------------------------------------------------- on the loop */

static void forget(osp_spilled *spilled)
{
    osp_spill *spill = &spilled->worker->spill;
    *(spilled->prev != NULL ? &spilled->prev->next : &spill->first) = spilled->next;
    if (spilled->next != NULL) {
        spilled->next->prev = spilled->prev;
    }
    OSP_ASSERT(spill->held >= spilled->size);
    spill->held -= spilled->size;
    osp_buf_done(&spilled->out);
    free(spilled);
}

static void closed(osp_post *post)
{
    forget(OSP_CONTAINER_OF(post, osp_spilled, job.done));
}

static void end(osp_spilled *spilled)
{
    spilled->job = (osp_offload_job){
        .fn = close_file, .arg = spilled, .done = { .run = closed }, .loop = spilled->worker->loop
    };
    if (osp_offload_submit(spilled->worker->spill.queue, &spilled->job) != OSP_OK) {
        close_file(spilled);
        forget(spilled);
    }
}

/* Who fails is not asked again within the second. */
static void note_failure(osp_worker *worker, int why)
{
    osp_spill *spill = &worker->spill;
    spill->failed_s = worker->now_s;
    if (spill->told_s == 0 || worker->now_s - spill->told_s >= TOLD_S) {
        spill->told_s = worker->now_s;
        osp_journal_say(&worker->journal, OSP_LOG_WARNING,
                        "answers that are not read stay in memory: %s", strerror(why));
    }
}

/* It is written, or cannot be: then the connection has its memory back. */
static void written(osp_post *post)
{
    osp_spilled *spilled = OSP_CONTAINER_OF(post, osp_spilled, job.done);
    osp_conn *conn = spilled->conn;
    osp_spill *spill = &spilled->worker->spill;
    OSP_ASSERT(spill->writing >= spilled->out.cap);
    spill->writing -= spilled->out.cap;
    if (conn == NULL) {
        spilled->fd >= 0 ? end(spilled) : forget(spilled);
        return;
    }
    if (spilled->fd >= 0) {
        osp_buf_done(&spilled->out);
        conn->exchange->file.fd = spilled->fd;
    } else {
        note_failure(spilled->worker, spilled->why);
        osp_conn_unspill(conn, spilled->out, spilled->at);
        spilled->out = (osp_buf){ 0 };
        forget(spilled);
    }
    osp_conn_go_on(conn);
}

void osp_spill_end(osp_spilled *spilled)
{
    const bool is_written = spilled->conn->exchange->file.fd >= 0;
    spilled->conn = NULL;
    atomic_store(&spilled->unwanted, true);
    if (is_written) { /* else it comes back from the thread */
        end(spilled);
    }
}

bool osp_spill_out(osp_conn *conn)
{
    osp_worker *worker = conn->worker;
    osp_spill *spill = &worker->spill;
    const size_t size = conn->out.len - conn->out_at;
    OSP_ASSERT(size > 0 && !conn->filed);
    if (spill->max - spill->held < size || spill->writing >= OSP_SPILL_WRITING_MAX ||
        spill->failed_s == worker->now_s) {
        return false;
    }
    osp_spilled *spilled = malloc(sizeof *spilled);
    if (spilled == NULL) {
        return false;
    }
    *spilled = (osp_spilled){ .worker = worker,
                              .conn = conn,
                              .out = conn->out,
                              .fd = -1,
                              .at = conn->out_at,
                              .size = size,
                              .next = spill->first };
    spilled->job = (osp_offload_job){
        .fn = write_out, .arg = spilled, .done = { .run = written }, .loop = worker->loop
    };
    if (osp_offload_submit(spill->queue, &spilled->job) != OSP_OK) {
        free(spilled);
        return false;
    }
    if (spill->first != NULL) {
        spill->first->prev = spilled;
    }
    spill->first = spilled;
    spill->held += size;
    spill->writing += conn->out.cap;
    conn->exchange->file = (osp_file_part){ .fd = -1, .left = size, .spilled = spilled };
    conn->filed = true;
    return true;
}

osp_status osp_spill_begin(osp_worker *worker, int folder, uint64_t max, osp_error *err)
{
    osp_spill *spill = &worker->spill;
    OSP_ASSERT(folder >= 0 && spill->queue == NULL);
    spill->queue = osp_offload_new(
        (osp_offload_options){ .name = "spill", .queue_max = OSP_SPILL_WAITING_MAX }, err);
    if (spill->queue == NULL) {
        return err->status;
    }
    spill->folder = folder;
    spill->max = max;
    return OSP_OK;
}

void osp_spill_close(osp_worker *worker)
{
    osp_spill *spill = &worker->spill;
    if (spill->queue != NULL) {
        osp_offload_free(spill->queue);
        spill->queue = NULL;
    }
    while (spill->first != NULL) {
        osp_spilled *spilled = spill->first;
        OSP_ASSERT(spilled->conn == NULL);
        if (spilled->fd >= 0 && spilled->job.fn == write_out) {
            close(spilled->fd);
        }
        forget(spilled);
    }
}
