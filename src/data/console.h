/* What is said at a terminal of what the owner of a database does with it. */
#ifndef OSP_DATA_CONSOLE_H
#define OSP_DATA_CONSOLE_H

#include "data/admin.h"

enum { OSP_CONSOLE_OK = 0, OSP_CONSOLE_FAILED = 1, OSP_CONSOLE_PENDING = 3 };

/* osp_resource.command of every driver.  What came of it goes to stdout, as text or as one JSON
 * object; notes and failures go to stderr. */
int osp_console_run(const osp_db_admin *admin, const osp_resource_order *order);

/* Prints a failure as that does.  Returns OSP_CONSOLE_FAILED. */
int osp_console_fail(const osp_error *err, bool json);
/* osp_migration_watch.note to stderr. */
void osp_console_note(void *arg, const char *text);

#endif
