/* Whether a worker goes round: it beats in the page that it shares (page.h). */
#ifndef OSP_SERVE_PULSE_H
#define OSP_SERVE_PULSE_H

#include <openspeed/base.h>
#include <sys/types.h>

#define OSP_LOOK_MS 1000 /* between two looks at whether a worker goes round */

/* Zero it to start, with the time of the start in looked_ms. */
typedef struct osp_pulse {
    uint32_t beats;  /* at the last look */
    uint32_t silent; /* looks since they grew */
    int64_t looked_ms;
} osp_pulse;

/* Looks, unless it has just been done; false: not yet time.  Then pulse->silent tells. */
bool osp_pulse_look(osp_pulse *pulse, uint32_t beats, int64_t now_ms);

/* What a process does at this moment. */
typedef enum osp_doing {
    OSP_DOING_WORK = 0, /* it computes, or would if processors and disks were faster; it is gone */
    OSP_DOING_WAIT,     /* it sleeps in a system call */
    OSP_DOING_NOTHING   /* somebody holds it on purpose: a debugger, or SIGSTOP */
} osp_doing;

osp_doing osp_process_doing(pid_t pid);
/* Milliseconds of processors that a process has used; 0: it is gone. */
int64_t osp_process_used_ms(pid_t pid);

#endif
