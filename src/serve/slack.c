/* Memory that a crowd has needed goes back to the system when the crowd has gone.
 *
 * The C library keeps what is freed below something that is still in use, so that a worker of five
 * hundred deaf clients would be as large as with them ever after.  Once a second the worker looks
 * how much is free: when it has grown by OSP_SLACK_MAX since it was lowest, the pages are given
 * back.  They count as free all the same, so the next time begins from there.  What is taken of
 * them and freed again before the next look could not be seen, and a crowd does not go at once: so
 * that look gives back as well.  Who comes and goes between two later looks is not seen, and what
 * he needed stays until the next time.
 *
 * Rejected: a lower threshold for mmap, by which each large buffer costs two system calls. */
#include <malloc.h>

#include "serve/worker.h"

void osp_slack_look(osp_worker *worker)
{
    const size_t slack = mallinfo2().fordblks;
    const bool grown = slack > worker->slack_low && slack - worker->slack_low > OSP_SLACK_MAX;
    if (grown || worker->slack_again) {
        (void)malloc_trim(0);
        worker->slack_low = mallinfo2().fordblks;
    } else if (slack < worker->slack_low) {
        worker->slack_low = slack;
    }
    worker->slack_again = grown;
}
