/* Memory that a crowd has needed goes back to the system when the crowd has gone.
 *
 * The C library keeps what is freed below something that is still in use, so that a worker of five
 * hundred deaf clients would be as large as with them ever after.  Once a second the worker looks
 * how much is free: when it has grown by OSP_SLACK_MAX since it was lowest, the pages are given
 * back.  They count as free all the same, so the next time begins from there.  A crowd that comes
 * and goes between two looks is not seen, and what it needed stays until the next one.
 *
 * Rejected: a lower threshold for mmap, by which each large buffer costs two system calls. */
#include <malloc.h>

#include "serve/worker.h"

void osp_slack_look(osp_worker *worker)
{
    const size_t slack = mallinfo2().fordblks;
    if (slack < worker->slack_low) {
        worker->slack_low = slack;
    } else if (slack - worker->slack_low > OSP_SLACK_MAX) {
        (void)malloc_trim(0);
        worker->slack_low = mallinfo2().fordblks;
    }
}
