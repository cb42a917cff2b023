/* Whether a worker goes round.
 *
 * That is counted in looks, not in time: when the machine was asleep or the whole container frozen,
 * no looks have passed either.
 *
 * Source: proc_pid_status(5), clock_getcpuclockid(3). */
#include "serve/pulse.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool osp_pulse_look(osp_pulse *pulse, uint32_t beats, int64_t now_ms)
{
    if (now_ms - pulse->looked_ms < OSP_LOOK_MS) {
        return false;
    }
    pulse->looked_ms = now_ms;
    pulse->silent = beats == pulse->beats ? pulse->silent + 1 : 0;
    pulse->beats = beats;
    return true;
}

osp_doing osp_process_doing(pid_t pid)
{
    char path[64], text[2048];
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return OSP_DOING_WORK;
    }
    const ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    text[size > 0 ? size : 0] = 0;
    const char *state = strstr(text, "\nState:\t"), *tracer = strstr(text, "\nTracerPid:\t");
    const char letter = state != NULL ? state[8] : 'R';
    if (letter == 'T' || letter == 't' || (tracer != NULL && tracer[12] != '0')) {
        return OSP_DOING_NOTHING;
    }
    return letter == 'S' ? OSP_DOING_WAIT : OSP_DOING_WORK;
}

int64_t osp_process_used_ms(pid_t pid)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) {
        return 0;
    }
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}
