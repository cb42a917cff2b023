/* Where the files of public/ are when the application runs.
 *
 *     shop/.openspeed/release/app     as it was built:  shop/public
 *     /srv/app                        as it was put:    /srv/public
 *     public_folder                   anywhere else
 *
 * The folder is found from the executable, so that it can be moved as a whole, and a worker
 * that is started anew finds what the first one found, from wherever it was started. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "serve/worker.h"

#define PATH_SIZE 4096
#define BUILT ".openspeed" /* the folder of folders that builds write to */

/* "/shop/.openspeed/release" becomes "/shop"; another path stays. */
static void leave_built(char *folder)
{
    char *mode = strrchr(folder, '/');
    if (mode == NULL) {
        return;
    }
    *mode = '\0';
    char *built = strrchr(folder, '/');
    if (built != NULL && strcmp(built, "/" BUILT) == 0) {
        *built = '\0';
    } else {
        *mode = '/';
    }
}

/* The path of public/ by that of the executable. */
static osp_status find(char ret_path[PATH_SIZE], osp_error *err)
{
    char folder[PATH_SIZE];
    const ssize_t len = readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (len <= 0) {
        return osp_error_set(err, OSP_E_NOT_FOUND, "cannot tell where the executable is: %s",
                             strerror(errno));
    }
    folder[len] = '\0';
    *strrchr(folder, '/') = '\0'; /* the path is absolute */
    leave_built(folder);
    const int size = snprintf(ret_path, PATH_SIZE, "%s/public", folder);
    return size > 0 && size < PATH_SIZE
               ? OSP_OK
               : osp_error_set(err, OSP_E_NOT_FOUND, "the path of public/ is too long");
}

static osp_status open_folder(osp_str configured, int *ret_folder, osp_error *err)
{
    char path[PATH_SIZE];
    *ret_folder = -1;
    if (configured.len > 0) {
        OSP_ASSERT(configured.len < PATH_SIZE);
        (void)snprintf(path, sizeof path, "%.*s", OSP_ARG(configured));
    } else {
        OSP_TRY(find(path, err));
    }
    do {
        *ret_folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    } while (*ret_folder < 0 && errno == EINTR);
    return *ret_folder >= 0
               ? OSP_OK
               : osp_error_set(err, OSP_E_NOT_FOUND,
                               "public/ is not at %.140s (%s); say public_folder where it is", path,
                               strerror(errno));
}

static osp_status open_files(osp_worker *worker, osp_error *err)
{
    OSP_TRY(open_folder(worker->config->public_folder, &worker->public_folder, err));
    return osp_files_new(worker->app, worker->public_folder, &worker->files, err);
}

static void close_files(osp_worker *worker)
{
    osp_files_free(worker->files);
    worker->files = NULL;
    if (worker->public_folder >= 0) {
        close(worker->public_folder);
        worker->public_folder = -1;
    }
}

const struct osp_asset_keeper osp_asset_keeper = { open_folder, open_files, close_files };
