#include "agent/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_SIZE 16384
#define KEEP_MAX ((size_t)64 << 10) /* bytes of an empty buffer that stays */

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

osp_status osp_channel_send(osp_channel *channel, osp_str line)
{
    osp_buf *out = &channel->out;
    OSP_ASSERT(memchr(line.ptr, '\n', line.len) == NULL);
    if (channel->fd < 0) {
        return OSP_E_CLOSED;
    }
    if (channel->out_at > 0) {
        drop_front(out, &channel->out_at);
    }
    if (line.len > OSP_CHANNEL_LINE_MAX || line.len >= out->max - out->len ||
        !osp_buf_reserve(out, line.len + 1)) {
        out->failed = false; /* what waits stays as it is */
        return OSP_E_LIMIT;
    }
    osp_buf_str(out, line);
    osp_buf_byte(out, '\n');
    const osp_status status = osp_channel_flush(channel);
    return status == OSP_AGAIN ? OSP_OK : status;
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
            const bool whole = memchr(channel->in.ptr, '\n', channel->in.len) != NULL;
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
    const osp_str rest = { channel->in.ptr + channel->in_at, channel->in.len - channel->in_at };
    const char *end = rest.len > 0 ? memchr(rest.ptr, '\n', rest.len) : NULL;
    if (end == NULL) {
        return false;
    }
    *ret_line = (osp_str){ rest.ptr, (size_t)(end - rest.ptr) };
    channel->in_at += ret_line->len + 1;
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
