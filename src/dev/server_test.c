#include "dev/server.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define LOUD (1 << 20) /* bytes that a worker says at once */

OSP_UNIT_TEST(server_loud, "a worker that says more and more keeps the command from nothing else")
{
    static char words[LOUD];
    static osp_server server; /* does not serve yet: its words are held back */
    int ends[2], left = 0;
    OSP_CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    if (fcntl(ends[1], F_SETPIPE_SZ, LOUD) < LOUD) {
        return; /* a pipe may not be that large here */
    }
    memset(words, 'x', sizeof words);
    OSP_CHECK(write(ends[1], words, sizeof words) == LOUD);
    server.said_fd = ends[0];
    osp_buf_init(&server.said, NULL, 0, 2 * OSP_SERVER_SAID_MAX);
    osp_buf_init(&server.held, NULL, 0, OSP_SERVER_SAID_MAX);
    osp_server_listen(&server, 1);
    OSP_CHECK(ioctl(ends[0], FIONREAD, &left) == 0 && left > 0 && left < LOUD);
    OSP_CHECK(server.said.len > 0 && server.said.len <= OSP_SERVER_SAID_MAX);
    close(ends[1]);
    for (int i = 0; i < LOUD / 4096 && server.said_fd >= 0; i++) {
        osp_server_listen(&server, 1);
    }
    OSP_CHECK(server.said_fd == -1); /* all of it is read in the end */
    osp_buf_done(&server.said);
    osp_buf_done(&server.held);
}
