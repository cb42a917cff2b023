#include "agent/channel.h"

#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/unit.h"

typedef struct both {
    osp_channel one, other;
} both;

static void begin(both *ends)
{
    int fds[2];
    OSP_CHECK(osp_channel_pair(fds) == OSP_OK);
    osp_channel_begin(&ends->one, fds[0]);
    osp_channel_begin(&ends->other, fds[1]);
}

static void end(both *ends)
{
    osp_channel_end(&ends->one);
    osp_channel_end(&ends->other);
}

static bool comes(osp_channel *channel, osp_str wanted)
{
    osp_str line;
    return osp_channel_next(channel, &line) && osp_str_equal(line, wanted);
}

static osp_str line_of(size_t len)
{
    char *text = malloc(len + 1);
    OSP_CHECK(text != NULL);
    memset(text, 'x', len);
    return (osp_str){ text, len };
}

OSP_UNIT_TEST(channel_lines, "lines come as they were sent, and connections beside them")
{
    both ends;
    osp_str line;
    int fds[2];
    begin(&ends);
    OSP_CHECK(pipe(fds) == 0);
    OSP_CHECK(osp_channel_send(&ends.one, S("{\"t\":\"a\"}")) == OSP_OK);
    OSP_CHECK(osp_channel_give(&ends.one, fds[0]) == OSP_OK);
    OSP_CHECK(osp_channel_send(&ends.one, S("b")) == OSP_OK);
    close(fds[0]);
    OSP_CHECK(osp_channel_receive(&ends.other) == OSP_OK);
    OSP_CHECK(osp_channel_next(&ends.other, &line));
    OSP_CHECK_STR(line, S("{\"t\":\"a\"}"));
    OSP_CHECK(osp_channel_next(&ends.other, &line));
    OSP_CHECK_STR(line, S("{\"t\":\"connection\"}"));
    OSP_CHECK(comes(&ends.other, S("b")));
    OSP_CHECK(!osp_channel_next(&ends.other, &line));
    const int fd = osp_channel_take(&ends.other);
    char byte = 0;
    OSP_CHECK(write(fds[1], "!", 1) == 1 && read(fd, &byte, 1) == 1 && byte == '!');
    OSP_CHECK(osp_channel_take(&ends.other) == -1);
    close(fd);
    end(&ends);
    OSP_CHECK(osp_channel_send(&ends.one, S("x")) == OSP_E_CLOSED);
}

OSP_UNIT_TEST(channel_long_lines,
              "a line may be as long as the limit, and one byte more is refused")
{
    both ends;
    osp_str got = { 0 };
    begin(&ends);
    const osp_str longest = line_of(OSP_CHANNEL_LINE_MAX + 1);
    OSP_CHECK(osp_channel_send(&ends.one, longest) == OSP_E_LIMIT);
    OSP_CHECK(osp_channel_send(&ends.one, (osp_str){ longest.ptr, OSP_CHANNEL_LINE_MAX }) ==
              OSP_OK);
    while (!osp_channel_next(&ends.other, &got)) {
        OSP_CHECK(osp_channel_flush(&ends.one) >= 0);
        OSP_CHECK(osp_channel_receive(&ends.other) == OSP_OK);
    }
    OSP_CHECK(got.len == OSP_CHANNEL_LINE_MAX);
    free((void *)(uintptr_t)longest.ptr);
    end(&ends);
}

OSP_UNIT_TEST(channel_endless_line, "whoever sends a line without end is listened to no more")
{
    both ends;
    osp_status status = OSP_OK;
    begin(&ends);
    const osp_str part = line_of(65536);
    for (size_t sent = 0; status == OSP_OK && sent < 2 * OSP_CHANNEL_LINE_MAX;) {
        const ssize_t size = write(ends.one.fd, part.ptr, part.len);
        sent += size > 0 ? (size_t)size : 0;
        status = osp_channel_receive(&ends.other);
    }
    OSP_CHECK(status == OSP_E_CLOSED);
    free((void *)(uintptr_t)part.ptr);
    end(&ends);
}

OSP_UNIT_TEST(channel_slow, "who reads nothing costs a queue, and what was sent before stays whole")
{
    both ends;
    osp_status status = OSP_OK;
    size_t sent = 0, got = 0;
    osp_str line;
    begin(&ends);
    const osp_str text = line_of(1000);
    while (status == OSP_OK) {
        status = osp_channel_send(&ends.one, text);
        sent += status == OSP_OK;
        OSP_CHECK(ends.one.out.len <= OSP_CHANNEL_QUEUE_MAX);
    }
    OSP_CHECK(status == OSP_E_LIMIT && sent * 1000 > OSP_CHANNEL_QUEUE_MAX / 2);
    OSP_CHECK(osp_channel_give(&ends.one, STDERR_FILENO) == OSP_AGAIN);
    while (got < sent) {
        OSP_CHECK(osp_channel_receive(&ends.other) == OSP_OK);
        while (osp_channel_next(&ends.other, &line)) {
            OSP_CHECK_STR(line, text);
            got++;
        }
        OSP_CHECK(osp_channel_flush(&ends.one) >= 0);
    }
    OSP_CHECK(osp_channel_flush(&ends.one) == OSP_OK);
    free((void *)(uintptr_t)text.ptr);
    end(&ends);
}

OSP_UNIT_TEST(channel_many, "more connections than are taken wait, and none is lost")
{
    both ends;
    int taken = 0, given = 0;
    begin(&ends);
    while (given < OSP_CHANNEL_FDS_MAX + 10 &&
           osp_channel_give(&ends.one, STDERR_FILENO) == OSP_OK) {
        given++;
    }
    OSP_CHECK(given == OSP_CHANNEL_FDS_MAX + 10);
    OSP_CHECK(osp_channel_receive(&ends.other) == OSP_OK);
    OSP_CHECK(ends.other.fd_count == OSP_CHANNEL_FDS_MAX);
    for (int fd; (fd = osp_channel_take(&ends.other)) >= 0; taken++) {
        close(fd);
        OSP_CHECK(osp_channel_receive(&ends.other) == OSP_OK);
    }
    OSP_CHECK(taken == given);
    osp_channel_end(&ends.one);
    OSP_CHECK(osp_channel_receive(&ends.other) == OSP_E_CLOSED);
    end(&ends);
}

OSP_UNIT_TEST(channel_frames, "lines and frames come in their order, a frame with any bytes in it")
{
    both ends;
    osp_str line;
    const osp_str bytes = { "a\n\0\x02{", 5 };
    begin(&ends);
    OSP_CHECK(osp_channel_send(&ends.one, OSP_STR("{1}")) == OSP_OK);
    OSP_CHECK(osp_channel_send_frame(&ends.one, bytes) == OSP_OK);
    OSP_CHECK(osp_channel_send_frame(&ends.one, (osp_str){ "", 0 }) == OSP_OK);
    OSP_CHECK(osp_channel_send(&ends.one, OSP_STR("{2}")) == OSP_OK);
    OSP_CHECK(osp_channel_receive(&ends.other) == OSP_OK);
    OSP_CHECK(comes(&ends.other, OSP_STR("{1}")) && comes(&ends.other, bytes));
    OSP_CHECK(comes(&ends.other, OSP_STR("")) && comes(&ends.other, OSP_STR("{2}")));
    OSP_CHECK(!osp_channel_next(&ends.other, &line));
    end(&ends);
}

OSP_UNIT_TEST(channel_limit, "what is too long is not sent, and what is as long as may be arrives")
{
    static char bytes[OSP_CHANNEL_LINE_MAX + 1];
    both ends;
    osp_str line;
    begin(&ends);
    memset(bytes, '\n', sizeof bytes);
    OSP_CHECK(osp_channel_send_frame(&ends.one, (osp_str){ bytes, sizeof bytes }) == OSP_E_LIMIT);
    OSP_CHECK(osp_channel_send_frame(&ends.one, (osp_str){ bytes, sizeof bytes - 1 }) == OSP_OK);
    bool whole = false;
    for (int i = 0; i < 1000 && !whole; i++) {
        OSP_CHECK(osp_channel_receive(&ends.other) == OSP_OK);
        whole = osp_channel_next(&ends.other, &line);
        (void)!osp_channel_flush(&ends.one);
    }
    OSP_CHECK(whole && line.len == sizeof bytes - 1);
    end(&ends);
}
