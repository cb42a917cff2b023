/* What a process gives up before it serves: privileges, system calls, files. */
#ifndef OSP_SERVE_HARDEN_H
#define OSP_SERVE_HARDEN_H

#include <openspeed/manifest.h>

#include "serve/config.h"
#include "serve/journal.h"

/* Of the supervisor, before it opens anything: becomes options->user, if there is one, with
 * CAP_NET_BIND_SERVICE kept of all capabilities, and sets what children inherit. Returns   OSP_OK |
 * OSP_E_INVALID (no such user) | OSP_E_IO (not permitted) */
OSP_MUST_CHECK osp_status osp_harden_begin(const osp_config_harden *options, osp_error *err);

/* Folders that a worker has open; -1: it has none of the kind. */
typedef struct osp_worker_folders {
    int spill;  /* of osp_spill_folder */
    int public; /* of osp_asset_keeper; -1: there is none */
} osp_worker_folders;

/* Of a worker that has one thread and has opened nothing yet; threads that come later inherit all.
 * What this kernel or this build does not have is left out.
 *
 * folders   may be used afterwards
 * Returns   OSP_OK | OSP_E_IO | OSP_E_NOT_FOUND (a path that is named and not there) */
OSP_MUST_CHECK osp_status osp_harden_worker(const osp_config_harden *options,
                                            const osp_app_def *app,
                                            const osp_worker_folders *folders, osp_journal *journal,
                                            osp_error *err);

/* Lets no program that is executed inherit the descriptors that are open now, from `first` on. */
void osp_harden_descriptors(int first);

/* ---------------------------------------------------------------- parts of osp_harden_worker */

/* Confines the calling thread, and those it will start, to the files of options and resources.
 * Returns   OSP_OK | OSP_E_UNSUPPORTED (the kernel has no Landlock) | OSP_E_NOT_FOUND | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_landlock_begin(const osp_config_harden *options,
                                             const osp_app_def *app,
                                             const osp_worker_folders *folders, osp_error *err);
/* Installs the filter of system calls; needs no_new_privs.
 * Returns   OSP_OK | OSP_E_UNSUPPORTED (kernel or architecture) | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_seccomp_begin(osp_seccomp_mode mode, bool exec, osp_error *err);

#endif
