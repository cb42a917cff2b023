/* What whoever starts a server says in variables: sockets that it opened, where to be told, how
 * often, and the sockets of the process before.
 *
 * Each line is the value of the variable at its place in `names`.  Whatever they say, there are as
 * many sockets as are counted or words about the one that is none, and what is told goes to an
 * address that was given. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/systemd.h"
#include "serve/takeover.h"

#define TEXT_MAX 4096
#define FIRST_FD 3 /* of a service manager's sockets */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = { "LISTEN_FDS",    "LISTEN_FDNAMES", "NOTIFY_SOCKET",
                                     "WATCHDOG_USEC", "WATCHDOG_PID",   "OPENSPEED_HANDOVER" };

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

/* A socket where a service manager would have put it, unless something else stands there. */
static void open_socket(void)
{
    const struct sockaddr_un nowhere = { .sun_family = AF_UNIX }; /* the kernel chooses a name */
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(fd >= 0 && bind(fd, (const struct sockaddr *)&nowhere, sizeof(sa_family_t)) == 0 &&
            listen(fd, 1) == 0);
}

static void set_variables(const char *text)
{
    char line[TEXT_MAX + 64];
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        const int len = (int)strcspn(text, "\n");
        if (strcmp(names[i], "OPENSPEED_HANDOVER") == 0) { /* from the parent, whoever that is */
            (void)snprintf(line, sizeof line, "%d:%.*s", (int)getppid(), len, text);
        } else {
            (void)snprintf(line, sizeof line, "%.*s", len, text);
        }
        require((len > 0 ? setenv(names[i], line, 1) : unsetenv(names[i])) == 0);
        text += len + (text[len] == '\n');
    }
    (void)snprintf(line, sizeof line, "%d", (int)getpid());
    require(setenv("LISTEN_PID", line, 1) == 0);
}

static void check_sockets(const osp_listeners *found, osp_status status, const osp_error *error)
{
    require(found->count <= OSP_LISTENERS_MAX);
    require(status == OSP_OK || (status < 0 && error->message[0] != '\0'));
    for (size_t i = 0; i < found->count; i++) {
        require(found->at[i].fd >= 0 && found->at[i].shared);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool opened;
    char text[TEXT_MAX + 1];
    if (size > TEXT_MAX || memchr(data, 0, size) != NULL) {
        return 0;
    }
    if (!opened) {
        opened = true;
        open_socket();
    }
    memcpy(text, data, size);
    text[size] = '\0';
    set_variables(text);

    osp_error error = { 0 };
    osp_listeners found = { .count = 0 };
    size_t count = 0;
    osp_status status = osp_systemd_listen(&found, &count, &error);
    check_sockets(&found, status, &error);
    require(count == found.count);

    osp_handover handover;
    found.count = 0;
    error = (osp_error){ 0 };
    status = osp_handover_take(&handover, &found, &error);
    check_sockets(&found, status, &error);
    require(handover.ready_fd >= 0 || found.count == 0);

    osp_notify notify;
    osp_notify_open(&notify);
    require(notify.watchdog_ms == 0 || notify.watchdog_ms >= 2);
    require(notify.fd < 0 ||
            (notify.to_size > sizeof(sa_family_t) + 1 && notify.to_size <= sizeof notify.to));
    osp_notify_close(&notify);

    osp_systemd_forget();
    osp_handover_forget();
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        require(getenv(names[i]) == NULL);
    }
    return 0;
}
