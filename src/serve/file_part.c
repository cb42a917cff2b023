/* A body that is a part of a file: it goes from the page cache to the socket, by no memory of ours.
 *
 *     out:  | answers, a head ... |  then  file: ... | at .. at + left | ...
 *
 * It stands behind what is in the connection's output buffer and before everything else: while some
 * of it is left, the connection has no other answer, no handler and reads no request.  The buffer
 * is open as long, be it without memory, so that an open buffer means that something is unsent, and
 * nobody has to ask twice.
 *
 * A descriptor of our own making belongs to one part alone.  What is under way in the kernel still
 * lies in the pages of the file, so that nobody may write there, nor make a hole, until the file
 * has gone as a whole.  One of a file that nobody writes to may be shared, and counts its users.
 * Source: sendfile(2) */
#include <errno.h>
#include <sys/sendfile.h>

#include "serve/worker.h"

bool osp_conn_send_file(osp_conn *conn)
{
    osp_file_part *file = &conn->exchange->file;
    OSP_ASSERT(conn->filed);
    if (file->fd < 0) {
        return false; /* it is not written yet: osp_conn_go_on comes */
    }
    uint64_t turn = OSP_STREAM_TURN;
    while (file->left > 0 && turn > 0) {
        const uint64_t most = file->left < turn ? file->left : turn;
        const ssize_t sent = sendfile(conn->watch.fd, file->fd, &file->at, (size_t)most);
        if (sent > 0) {
            OSP_ASSERT((uint64_t)sent <= most);
            file->left -= (uint64_t)sent;
            turn -= (uint64_t)sent;
            conn->exchange->out_pace.moved += (uint64_t)sent;
            continue;
        }
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        /* Nothing: somebody made the file shorter. */
        conn->broken |= sent == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
        return false;
    }
    if (file->left > 0) { /* others have their turn */
        osp_conn_again(conn);
        return false;
    }
    return true;
}

void osp_conn_end_file(osp_conn *conn)
{
    const osp_file_part *file = &conn->exchange->file;
    OSP_ASSERT(conn->filed);
    if (file->spilled != NULL) {
        osp_spill_end(file->spilled);
    } else {
        osp_file_release(file->fd, file->users);
    }
    conn->filed = false;
}
