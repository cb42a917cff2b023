#include <openspeed/openspeed.h>
#include <openspeed/test.h>

/* Writes a note; gives its number. */
int64_t note_written(osp_test *app, const char *text);
