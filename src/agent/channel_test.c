#include "agent/channel.h"

#include <string.h>

#include "tests/unit/unit.h"

static void open_both(osp_channel *one, osp_channel *other)
{
    int fds[2];
    OSP_CHECK(osp_channel_pair(fds) == OSP_OK);
    osp_channel_begin(one, fds[0]);
    osp_channel_begin(other, fds[1]);
}

static bool comes(osp_channel *channel, osp_str wanted)
{
    osp_str line;
    return osp_channel_next(channel, &line) && osp_str_equal(line, wanted);
}

OSP_UNIT_TEST(channel_frames, "lines and frames come in their order, a frame with any bytes in it")
{
    osp_channel one, other;
    osp_str line;
    const osp_str bytes = { "a\n\0\x02{", 5 };
    open_both(&one, &other);
    OSP_CHECK(osp_channel_send(&one, OSP_STR("{1}")) == OSP_OK);
    OSP_CHECK(osp_channel_send_frame(&one, bytes) == OSP_OK);
    OSP_CHECK(osp_channel_send_frame(&one, (osp_str){ "", 0 }) == OSP_OK);
    OSP_CHECK(osp_channel_send(&one, OSP_STR("{2}")) == OSP_OK);
    OSP_CHECK(osp_channel_receive(&other) == OSP_OK);
    OSP_CHECK(comes(&other, OSP_STR("{1}")) && comes(&other, bytes));
    OSP_CHECK(comes(&other, OSP_STR("")) && comes(&other, OSP_STR("{2}")));
    OSP_CHECK(!osp_channel_next(&other, &line));
    osp_channel_end(&one);
    osp_channel_end(&other);
}

OSP_UNIT_TEST(channel_limit, "what is too long is not sent, and what is as long as may be arrives")
{
    static char bytes[OSP_CHANNEL_LINE_MAX + 1];
    osp_channel one, other;
    osp_str line;
    open_both(&one, &other);
    memset(bytes, '\n', sizeof bytes);
    OSP_CHECK(osp_channel_send_frame(&one, (osp_str){ bytes, sizeof bytes }) == OSP_E_LIMIT);
    OSP_CHECK(osp_channel_send_frame(&one, (osp_str){ bytes, sizeof bytes - 1 }) == OSP_OK);
    bool whole = false;
    for (int i = 0; i < 1000 && !whole; i++) {
        OSP_CHECK(osp_channel_receive(&other) == OSP_OK);
        whole = osp_channel_next(&other, &line);
        (void)!osp_channel_flush(&one);
    }
    OSP_CHECK(whole && line.len == sizeof bytes - 1);
    osp_channel_end(&one);
    osp_channel_end(&other);
}
