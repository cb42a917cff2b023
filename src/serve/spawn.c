/* A worker is exec'ed, not only forked, so that it has an address layout of its own, and gets all
 * it needs by descriptor (osp_worker_fd). */
#include "serve/spawn.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "serve/harden.h"
#include "serve/systemd.h"
#include "serve/takeover.h"
#include "serve/worker.h"

#define PAGE_SIZE ((size_t)4096)
#define NO_FD (-2) /* in place of a descriptor */

osp_status osp_shared_open(osp_shared *to)
{
    if (to->page != NULL) {
        return OSP_OK;
    }
    const int fd = memfd_create("openspeed-worker", MFD_CLOEXEC);
    if (fd < 0) {
        return OSP_E_IO;
    }
    void *page = MAP_FAILED;
    if (ftruncate(fd, (off_t)PAGE_SIZE) == 0) {
        page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (page == MAP_FAILED) {
        close(fd);
        return OSP_E_IO;
    }
    *to = (osp_shared){ page, fd };
    return OSP_OK;
}

void osp_shared_close(osp_shared *of)
{
    if (of->page != NULL) {
        munmap(of->page, PAGE_SIZE);
        close(of->fd);
    }
    *of = (osp_shared){ NULL, -1 };
}

void osp_shared_clear(const osp_shared *of)
{
    osp_page *page = of->page;
    atomic_store(&page->serving, 0);
    atomic_store(&page->beats, 0);
    atomic_store(&page->crashed, 0);
    atomic_store(&page->jobs, 0);
    atomic_store(&page->jobs_done.some_s, 0);
    atomic_store(&page->frame_count, 0);
    for (size_t i = 0; i < sizeof page->request; i++) {
        atomic_store(&page->request[i], 0);
    }
}

static void reset_signals(const sigset_t *mask)
{
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_DFL);
    (void)signal(SIGHUP, SIG_IGN); /* who means the supervisor may send it to all */
    (void)signal(SIGUSR2, SIG_IGN);
    sigprocmask(SIG_SETMASK, mask, NULL);
}

/* Puts each descriptor at its place. */
static void place_descriptors(const osp_spawn *with, int ready_fd)
{
    enum { OWN = 6 }; /* beside the sockets */
    /* One may stand where another must go: move them out of the way first. */
    int fds[OWN + OSP_LISTENERS_MAX] = { ready_fd,        with->page_fd,   with->config_fd,
                                         with->errors_fd, with->access_fd, with->channel_fd };
    int places[OWN + OSP_LISTENERS_MAX] = { OSP_READY_FD,  OSP_PAGE_FD,   OSP_CONFIG_FD,
                                            STDERR_FILENO, OSP_ACCESS_FD, OSP_CHANNEL_FD };
    const size_t count = OWN + with->listeners->count;
    for (size_t i = OWN; i < count; i++) {
        fds[i] = with->listeners->at[i - OWN].fd;
        places[i] = OSP_LISTEN_FD + (int)i - OWN;
    }
    for (size_t i = 0; i < count; i++) {
        const bool none = (places[i] == OSP_ACCESS_FD || places[i] == OSP_CHANNEL_FD) && fds[i] < 0;
        fds[i] = none ? NO_FD : fcntl(fds[i], F_DUPFD_CLOEXEC, OSP_BEHIND_FD);
    }
    osp_harden_descriptors(STDERR_FILENO + 1); /* also what we inherited ourselves */
    for (size_t i = 0; i < count; i++) {
        if (fds[i] != NO_FD && (fds[i] < 0 || dup2(fds[i], places[i]) < 0)) {
            _exit(126);
        }
    }
    if (with->channel_fd >= 0) { /* what an application prints to find out is told with its log */
        (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    }
}

/* The child's side of a start; never returns. */
static void become_worker(const osp_spawn *with, pid_t parent, int ready_fd)
{
    prctl(PR_SET_PDEATHSIG, OSP_PARENT_DIED);
    if (getppid() != parent) {
        _exit(125); /* the supervisor died before the kernel was asked to tell */
    }
    reset_signals(with->mask);
    place_descriptors(with, ready_fd);
    osp_systemd_forget();
    osp_handover_forget();
    char listeners[8];
    (void)snprintf(listeners, sizeof listeners, "%zu", with->listeners->count);
    const char *arguments[] = {
        "openspeed-worker", "--worker", "--listeners", listeners, NULL, NULL
    };
    if (with->channel_fd >= 0) {
        arguments[4] = with->preview ? "--preview" : "--development";
    }
    execv(with->path != NULL ? with->path : OSP_SPAWN_SELF, (char *const *)(uintptr_t)arguments);
    _exit(127);
}

osp_status osp_worker_spawn(const osp_spawn *with, pid_t *ret_pid, int *ret_ready_fd)
{
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        return OSP_E_IO;
    }
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
        become_worker(with, parent, pipe_fds[1]);
    }
    close(pipe_fds[1]);
    if (pid < 0) {
        close(pipe_fds[0]);
        return OSP_E_IO;
    }
    *ret_pid = pid;
    *ret_ready_fd = pipe_fds[0];
    return OSP_OK;
}
