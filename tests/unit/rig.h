/* A worker in the test's own process, clients at the other ends of its sockets, and a clock that
 * only the test moves.  Nothing here waits: a turn of the loop handles what is ready and returns.
 */
#ifndef OSP_TESTS_RIG_H
#define OSP_TESTS_RIG_H

#include "serve/worker.h"
#include "tests/unit/unit.h"

/* What the worker of a rig answers:
 *
 *     GET  /hi               "hi"
 *     GET  /many?bytes=N     as many, up to OSP_OUTPUT_MAX
 *     GET  /memory?bytes=N   "ok", after it has allocated so much, a kilobyte at a time
 *     GET  /wait             "waited", after OSP_RIG_WAIT_S
 *     GET  /late?bytes=N     "late", after twice OSP_HANDLER_S; with 1 also when that was ended
 *     GET  /work?bytes=N     "worked", after the held clock has moved by N milliseconds
 *     POST /ANY              the body {"text": ...} */
extern const osp_app_def osp_rig_app;
#define OSP_RIG_WAIT_S 50 /* less than OSP_HANDLER_S */
#define OSP_RIG_GET(path) "GET " path " HTTP/1.1\r\nHost: test\r\n\r\n"

typedef struct osp_rig {
    osp_worker *worker;
    int listen_fd; /* of TCP, on 127.0.0.1 */
    int64_t now_us;
} osp_rig;

void osp_rig_open(osp_rig *rig);
/* The same with another application. */
void osp_rig_open_app(osp_rig *rig, const osp_app_def *app);
/* The same by a configuration, which is borrowed until close. */
void osp_rig_open_with(osp_rig *rig, const osp_config *config);
/* Both. */
void osp_rig_open_app_with(osp_rig *rig, const osp_app_def *app, const osp_config *config);
/* The defaults, without least rates: a byte now and then is progress. */
osp_config osp_rig_patient(void);
/* When every client has closed. */
void osp_rig_close(osp_rig *rig);
void osp_rig_turns(osp_rig *rig, int turns);
/* Moves the clock, at most a second at a time, with turns in between. */
void osp_rig_pass(osp_rig *rig, int seconds);
void osp_rig_pass_ms(osp_rig *rig, int64_t ms);

typedef struct osp_client {
    osp_rig *rig;
    int fd;
    bool closed;  /* by the server */
    size_t total; /* bytes received */
    size_t kept;  /* of them in `text` */
    char text[4096];
} osp_client;

/* One end of a pair of sockets whose other end the worker was given. */
osp_client osp_client_open(osp_rig *rig);
/* By TCP: the worker has to accept it. */
osp_client osp_client_connect(osp_rig *rig);
void osp_client_close(osp_client *client);
/* Sends all of it and lets the worker work; gives up when the worker does not read. */
void osp_client_send(osp_client *client, osp_str bytes);
void osp_client_repeat(osp_client *client, char byte, size_t count);
/* Reads what there is and what follows from reading it, but not more than `most` bytes. */
void osp_client_read(osp_client *client, size_t most);
/* Reads all.  The status of the first answer that was kept; 0: not one byte came.  A 503 must say
 * when to come again. */
int osp_client_status(osp_client *client);
/* Forgets what was received. */
void osp_client_forget(osp_client *client);
/* How often `part` is in what was kept. */
size_t osp_client_count(const osp_client *client, const char *part);

#endif
