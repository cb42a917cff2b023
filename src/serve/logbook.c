/* Who opens the logs.
 *
 *     supervisor: opens the targets --descriptors--> workers, confined before they could open any
 *
 * Each generation of workers writes to what was opened for it.  After SIGHUP the new ones have the
 * file of the name anew, and the old ones the one that was moved away, until they end. */
#include "serve/logbook.h"

#include <unistd.h>

static osp_status open_target(const char *key, osp_str target, const osp_std *std, int *ret_fd,
                              osp_error *err)
{
    osp_error cause = { 0 };
    const osp_status status = osp_sink_open(target, std, ret_fd, &cause);
    return status == OSP_OK ? OSP_OK : osp_error_set(err, status, "%s: %s", key, cause.message);
}

osp_status osp_logs_open(const osp_config_log *config, const osp_std *std, osp_logs *ret_logs,
                         osp_error *err)
{
    osp_logs logs = { -1, -1 };
    OSP_TRY(open_target("log.errors", config->errors, std, &logs.errors, err));
    if (!osp_str_equal(config->access, OSP_STR("off"))) {
        const osp_status status = open_target("log.access", config->access, std, &logs.access, err);
        if (status != OSP_OK) {
            osp_logs_close(&logs);
            return status;
        }
    }
    *ret_logs = logs;
    return OSP_OK;
}

void osp_logs_close(osp_logs *logs)
{
    if (logs->access >= 0) {
        close(logs->access);
    }
    if (logs->errors >= 0) {
        close(logs->errors);
    }
    *logs = (osp_logs){ -1, -1 };
}

void osp_logbook_begin(osp_logbook *book)
{
    osp_std_open(&book->std);
    book->logs = (osp_logs){ -1, -1 };
    osp_journal_begin(&book->journal, book->std.err, &osp_config_default()->log);
}

void osp_logbook_take(osp_logbook *book, const osp_logs *logs, const osp_config_log *config)
{
    osp_journal_change(&book->journal, logs->errors, config);
    osp_logs_close(&book->logs);
    book->logs = *logs;
}

void osp_logbook_end(osp_logbook *book)
{
    osp_journal_end(&book->journal);
    osp_logs_close(&book->logs);
    osp_std_close(&book->std);
}
