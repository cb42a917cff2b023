/* A stream between two processes of one version, with a queue at each end.
 *
 *     line      bytes without a line end, '\n'
 *     frame     0x02, the length as 4 bytes, the bytes: for what is no text
 *
 * Neither end ever waits for the other: what the kernel does not take is kept, up to a limit, and
 * goes when the socket can be written.  A descriptor goes with the first byte of a line of its own,
 * and only when nothing is kept, so that it comes out where that line does.
 *
 * Rejected: SOCK_SEQPACKET.  It keeps messages apart, but takes none that is larger than the
 * socket's buffer, some 200 KiB; a report may have more. */
#include "agent/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_SIZE 16384
#define FRAME '\x02'                      /* begins a frame: its length and its bytes follow */
#define FRAME_HEAD (1 + sizeof(uint32_t)) /* bytes in front of these */
#define KEEP_MAX ((size_t)64 << 10)       /* bytes of an empty buffer that stays */

osp_status osp_channel_pair(int ret_fds[2])
{
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_fds) == 0
               ? OSP_OK
               : OSP_E_IO;
}

void osp_channel_begin(osp_channel *channel, int fd)
{
    *channel = (osp_channel){ .fd = fd };
    osp_buf_init(&channel->in, NULL, 0, OSP_CHANNEL_LINE_MAX + RECEIVE_SIZE);
    osp_buf_init(&channel->out, NULL, 0, OSP_CHANNEL_QUEUE_MAX);
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void osp_channel_end(osp_channel *channel)
{
    if (channel->fd < 0) {
        return;
    }
    for (size_t i = 0; i < channel->fd_count; i++) {
        close(channel->fds[i]);
    }
    close(channel->fd);
    osp_buf_done(&channel->in);
    osp_buf_done(&channel->out);
    *channel = (osp_channel){ .fd = -1 };
}

/* Forgets the first bytes of a buffer, and its memory when that is large and empty. */
static void drop_front(osp_buf *buf, size_t *at)
{
    OSP_ASSERT(*at <= buf->len);
    memmove(buf->ptr, buf->ptr + *at, buf->len - *at);
    buf->len -= *at;
    *at = 0;
    if (buf->len == 0 && buf->cap > KEEP_MAX) {
        const size_t max = buf->max;
        osp_buf_done(buf);
        osp_buf_init(buf, NULL, 0, max);
    }
}

/* ---------------------------------------------------------------- sending */

osp_status osp_channel_flush(osp_channel *channel)
{
    if (channel->fd < 0) {
        return OSP_E_CLOSED;
    }
    while (channel->out_at < channel->out.len) {
        const ssize_t sent = send(channel->fd, channel->out.ptr + channel->out_at,
                                  channel->out.len - channel->out_at, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0) {
            return errno == EAGAIN || errno == EWOULDBLOCK ? OSP_AGAIN : OSP_E_CLOSED;
        }
        channel->out_at += (size_t)sent;
    }
    if (channel->out_at > 0) {
        drop_front(&channel->out, &channel->out_at);
    }
    return OSP_OK;
}

/* Room for a line or a frame with what is around it.  OSP_OK | OSP_E_LIMIT | OSP_E_CLOSED */
static osp_status make_room(osp_channel *channel, size_t len)
{
    osp_buf *out = &channel->out;
    if (channel->fd < 0) {
        return OSP_E_CLOSED;
    }
    if (channel->out_at > 0) {
        drop_front(out, &channel->out_at);
    }
    if (len > OSP_CHANNEL_LINE_MAX || len + FRAME_HEAD > out->max - out->len ||
        !osp_buf_reserve(out, len + FRAME_HEAD)) {
        out->failed = false; /* what waits stays as it is */
        return OSP_E_LIMIT;
    }
    return OSP_OK;
}

static osp_status send_now(osp_channel *channel)
{
    const osp_status status = osp_channel_flush(channel);
    return status == OSP_AGAIN ? OSP_OK : status;
}

osp_status osp_channel_send(osp_channel *channel, osp_str line)
{
    OSP_ASSERT(line.len > 0 && line.ptr[0] != FRAME && memchr(line.ptr, '\n', line.len) == NULL);
    OSP_TRY(make_room(channel, line.len));
    osp_buf_str(&channel->out, line);
    osp_buf_byte(&channel->out, '\n');
    return send_now(channel);
}

osp_status osp_channel_send_frame(osp_channel *channel, osp_str bytes)
{
    const uint32_t len = (uint32_t)bytes.len; /* make_room: it is no longer than a line */
    OSP_TRY(make_room(channel, bytes.len));
    osp_buf_byte(&channel->out, FRAME);
    osp_buf_append(&channel->out, &len, sizeof len);
    osp_buf_str(&channel->out, bytes);
    return send_now(channel);
}

osp_status osp_channel_give(osp_channel *channel, int fd)
{
    static const char line[] = "{\"t\":\"connection\"}\n";
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { .bytes = { 0 } };
    struct iovec part = { .iov_base = (void *)(uintptr_t)line, .iov_len = sizeof line - 1 };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };
    OSP_TRY(osp_channel_flush(channel)); /* never within a line */
    if (channel->out.len > 0) {
        return OSP_AGAIN;
    }
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    const ssize_t sent = sendmsg(channel->fd, &message, MSG_NOSIGNAL);
    if (sent < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ETOOMANYREFS
                   ? OSP_AGAIN
                   : OSP_E_CLOSED;
    }
    /* What is left of the line follows; the descriptor went with its first byte. */
    osp_buf_append(&channel->out, line + sent, sizeof line - 1 - (size_t)sent);
    return OSP_OK;
}

/* ---------------------------------------------------------------- receiving */

/* Those that are too many are closed: whoever was given away with one loses the connection. */
static void take_fds(osp_channel *channel, struct msghdr *message)
{
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL;
         head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
            if (channel->fd_count < OSP_CHANNEL_FDS_MAX) {
                channel->fds[channel->fd_count++] = fd;
            } else {
                close(fd);
            }
        }
    }
}

/* The line or frame at the front.  A frame that is too long never is whole, and ends the channel.
 */
static bool find_next(const osp_channel *channel, osp_str *ret_line, size_t *ret_used)
{
    const osp_str rest = { channel->in.ptr + channel->in_at, channel->in.len - channel->in_at };
    if (rest.len > 0 && rest.ptr[0] == FRAME) {
        uint32_t len = 0;
        if (rest.len < FRAME_HEAD) {
            return false;
        }
        memcpy(&len, rest.ptr + 1, sizeof len);
        *ret_line = (osp_str){ rest.ptr + FRAME_HEAD, len };
        *ret_used = FRAME_HEAD + (size_t)len;
        return len <= rest.len - FRAME_HEAD;
    }
    const char *end = rest.len > 0 ? memchr(rest.ptr, '\n', rest.len) : NULL;
    if (end == NULL) {
        return false;
    }
    *ret_line = (osp_str){ rest.ptr, (size_t)(end - rest.ptr) };
    *ret_used = ret_line->len + 1;
    return true;
}

osp_status osp_channel_receive(osp_channel *channel)
{
    if (channel->fd < 0) {
        return OSP_E_CLOSED;
    }
    if (channel->in_at > 0) {
        drop_front(&channel->in, &channel->in_at);
    }
    while (channel->fd_count < OSP_CHANNEL_FDS_MAX) { /* the others wait in the kernel */
        char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
        if (!osp_buf_reserve(&channel->in, RECEIVE_SIZE)) {
            osp_str line;
            size_t used;
            const bool whole = find_next(channel, &line, &used);
            channel->in.failed = false;
            return whole ? OSP_OK : OSP_E_CLOSED; /* a line without end */
        }
        struct iovec part = { .iov_base = channel->in.ptr + channel->in.len,
                              .iov_len = RECEIVE_SIZE };
        struct msghdr message = { .msg_iov = &part,
                                  .msg_iovlen = 1,
                                  .msg_control = control,
                                  .msg_controllen = sizeof control };
        const ssize_t got = recvmsg(channel->fd, &message, MSG_CMSG_CLOEXEC);
        if (got > 0) {
            take_fds(channel, &message);
            channel->in.len += (size_t)got;
        } else if (got < 0 && errno == EINTR) {
            continue;
        } else {
            return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? OSP_OK : OSP_E_CLOSED;
        }
    }
    return OSP_OK;
}

bool osp_channel_next(osp_channel *channel, osp_str *ret_line)
{
    size_t used;
    if (!find_next(channel, ret_line, &used)) {
        return false;
    }
    channel->in_at += used;
    OSP_ASSERT(channel->in_at <= channel->in.len);
    return true;
}

int osp_channel_take(osp_channel *channel)
{
    if (channel->fd_count == 0) {
        return -1;
    }
    const int fd = channel->fds[0];
    memmove(channel->fds, channel->fds + 1, --channel->fd_count * sizeof fd);
    return fd;
}
