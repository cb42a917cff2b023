/* Files that a handler answers with, such as uploads.  Those of public/ need no handler. */
#ifndef OPENSPEED_FILE_H
#define OPENSPEED_FILE_H

#include <openspeed/app.h>
#include <openspeed/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Answers with a file: with ETag and Last-Modified, 304 and 412 by the conditions of the request
 * (RFC 9110 13), and a part of it when the client asks for one (RFC 9110 14).  It goes from the page
 * cache to the socket when the handler has ended, whatever its size.
 *
 *     return osp_send_file(ctx, S(""), "uploads", in->name);
 *
 * media_type  borrowed until the request ends; empty: by the extension of the path
 * folder      where it lies, which the application decides; a relative one counts from where the
 *             server was started.  Workers may read there: see harden.read of the configuration
 * path        below it, which a client may have said: nothing leads out of the folder, be it "..", a
 *             path from the root or a link
 * Returns     OSP_OK | OSP_E_FAILED (there is no such file, and 404 is the answer; or there is no
 *             such part, and 416 is) | OSP_E_INVALID (behind the first osp_write) | OSP_E_IO (it may
 *             not be read) | OSP_E_BUSY (no descriptors) | OSP_E_LIMIT (no room for headers) |
 *             OSP_E_NOMEM
 * Without a Cache-Control of the handler's browsers ask again each time.  A file that is written to
 * while it is sent may arrive mixed: put a new one in its place by rename.  The ETag is of inode,
 * size and time, and weak while the file is younger than two seconds.
 * May wait for the disk.  Yields: no. */
#define osp_send_file(ctx, media_type, folder, path)                                               \
    osp_send_file_at((ctx), OSP_HERE, (media_type), (folder), (path))
/* What this macro calls; `here` is named by the log.  NULL: not known. */
OSP_API OSP_MUST_CHECK osp_status osp_send_file_at(osp_ctx *ctx, const osp_place *here,
                                                   osp_str media_type, const char *folder,
                                                   osp_str path);

#ifdef __cplusplus
}
#endif
#endif
