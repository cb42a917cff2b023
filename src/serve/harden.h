/* What a process gives up before it serves: privileges, system calls, files. */
#ifndef OSP_SERVE_HARDEN_H
#define OSP_SERVE_HARDEN_H

#include <openspeed/manifest.h>

#include "serve/journal.h"

typedef enum osp_seccomp_mode {
    OSP_SECCOMP_OFF = 0,
    OSP_SECCOMP_DENY,  /* what no worker needs is refused with EPERM */
    OSP_SECCOMP_STRICT /* what is not known to be needed ends the worker with a crash report */
} osp_seccomp_mode;

/* All texts borrowed for the life of the process. */
typedef struct osp_harden_options {
    const char *user;  /* name, UID or UID:GID to become; NULL: nobody else */
    const char *read;  /* more paths that a worker reads, colons between; NULL: none */
    const char *write; /* and writes */
    osp_seccomp_mode seccomp;
    bool landlock;   /* no file but those that are named */
    bool privileges; /* a worker has no capability */
    bool exec;       /* a worker starts no program */
    bool wx;         /* no memory that was written is executed */
    bool dump;       /* no image of a worker's memory: neither a core nor a debugger of its user */
    bool umask;      /* files are made unreadable for others */
    bool verbose;    /* each worker says what holds */
} osp_harden_options;

/* Takes a command line option of this room's: --user, --harden, --seccomp, --read, --write.
 *
 * It becomes the variable of the environment that means the same, which is how workers hear of it.
 * value    borrowed for the call
 * Returns  false: `name` is none of them */
bool osp_harden_option(const char *name, const char *value);

/* Reads OPENSPEED_USER, _HARDEN, _SECCOMP, _READ and _WRITE; what nobody says holds by default.
 * Returns   OSP_OK | OSP_E_INVALID (err names the variable and the word) */
OSP_MUST_CHECK osp_status osp_harden_read(osp_harden_options *ret_options, osp_error *err);

/* Of the supervisor, before it opens anything: becomes options->user, with CAP_NET_BIND_SERVICE
 * kept of all capabilities, and sets what children inherit.
 * Returns   OSP_OK | OSP_E_INVALID (no such user) | OSP_E_IO (not permitted) */
OSP_MUST_CHECK osp_status osp_harden_begin(const osp_harden_options *options, osp_error *err);

/* Of a worker that has one thread and has opened nothing yet; threads that come later inherit all.
 * What this kernel or this build does not have is left out.
 * Returns   OSP_OK | OSP_E_IO | OSP_E_NOT_FOUND (a path that is named and not there) */
OSP_MUST_CHECK osp_status osp_harden_worker(const osp_harden_options *options,
                                            const osp_app_def *app, osp_journal *journal,
                                            osp_error *err);

/* Lets no program that is executed inherit the descriptors that are open now, from `first` on. */
void osp_harden_descriptors(int first);

/* ---------------------------------------------------------------- parts of osp_harden_worker */

/* Confines the calling thread, and those it will start, to the files of options and resources.
 * Returns   OSP_OK | OSP_E_UNSUPPORTED (the kernel has no Landlock) | OSP_E_NOT_FOUND | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_landlock_begin(const osp_harden_options *options,
                                             const osp_app_def *app, osp_error *err);
/* Installs the filter of system calls; needs no_new_privs.
 * Returns   OSP_OK | OSP_E_UNSUPPORTED (kernel or architecture) | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_seccomp_begin(osp_seccomp_mode mode, bool exec, osp_error *err);

#endif
