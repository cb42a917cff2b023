/* The logs of a server, as its supervisor holds them: open files, which its workers are handed. */
#ifndef OSP_SERVE_LOGBOOK_H
#define OSP_SERVE_LOGBOOK_H

#include "serve/journal.h"

/* Descriptors of the targets that one configuration names. */
typedef struct osp_logs {
    int access, errors; /* owned; -1: none */
} osp_logs;

/* Opens them, files anew: one that was moved away is let go.
 * Returns   OSP_OK | OSP_E_IO | OSP_E_INVALID (err names the key); nothing is open then */
OSP_MUST_CHECK osp_status osp_logs_open(const osp_config_log *config, const osp_std *std,
                                        osp_logs *ret_logs, osp_error *err);
void osp_logs_close(osp_logs *logs);

typedef struct osp_logbook {
    osp_std std;
    osp_logs logs; /* of the configuration that is in force */
    osp_journal journal;
} osp_logbook;

/* Begins with standard error, as text, until a configuration is known. */
void osp_logbook_begin(osp_logbook *book);
/* Puts logs in force; taken. */
void osp_logbook_take(osp_logbook *book, const osp_logs *logs, const osp_config_log *config);
void osp_logbook_end(osp_logbook *book);

#endif
