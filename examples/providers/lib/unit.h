/* All that a request changes, or nothing of it. */
#ifndef NOTES_UNIT_H
#define NOTES_UNIT_H

#include <openspeed/openspeed.h>

OSP_PROVIDES(unit, osp_transaction);

#endif
