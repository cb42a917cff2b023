/* Settings, as the files see them that read them. */
#ifndef OSP_SERVE_SETTINGS_IMPL_H
#define OSP_SERVE_SETTINGS_IMPL_H

#include "serve/settings.h"
#include "type/issues.h"

/* Reads the file, if there is one, into the value, and notes which keys stand in it.  What does not
 * fit is said.  OSP_OK | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_settings_read_file(osp_settings *settings,
                                                 const osp_settings_input *input);

/* Begins a line of what is said; the caller ends it. */
void osp_settings_say_error(osp_settings *settings);
/* Appends text from outside: bytes that would break the line become '?'. */
void osp_settings_say_text(osp_settings *settings, osp_str text);
/* Appends what is wrong with a value. */
void osp_settings_say_flaw(osp_settings *settings, const osp_flaw *flaw);

#endif
